//! The demo's users and listings.

use model::{UserId, auth::Credentials, tickets::ListingInput};
use time::{Duration, OffsetDateTime, macros::format_description};

use crate::{
    Backend,
    auth::{
        self,
        browser::Browser,
        sign_up::{SignUpError, sign_up},
    },
    tickets::list::{ListError, list},
};

/// The password of every account of the demo.
pub const PASSWORD: &str = "correct horse battery";

/// Why there is no demo data.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An account.
    #[error("a demo account was not made")]
    SignUp(#[source] SignUpError),
    /// A listing.
    #[error("a demo listing was not made")]
    List(#[source] ListError),
    /// The database.
    #[error("a demo account was not read")]
    Database(#[from] sqlx::Error),
}

/// Makes the demo's accounts and lists their tickets, through the same doors as everybody. Where
/// an account is there already it does nothing for it, so that it can run at every start.
///
/// # Errors
///
/// See [`DemoError`].
pub async fn seed(backend: &Backend) -> Result<(), DemoError> {
    for (email, listings) in [("alice@example.com", ALICE), ("bob@example.com", BOB)] {
        let credentials = Credentials { email: email.into(), password: PASSWORD.into() };
        match sign_up(backend, &credentials, &Browser::default()).await {
            Ok(_) => list_all(backend, email, listings).await?,
            Err(SignUpError::EmailTaken) => {}
            Err(error) => return Err(DemoError::SignUp(error)),
        }
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the days of the demo need no agreement with another clock")]
async fn list_all(backend: &Backend, email: &str, listings: &[Demo]) -> Result<(), DemoError> {
    let account = auth::store::find_by_email(&backend.db, email).await?;
    let seller: UserId = account.map(|(id, _)| id).ok_or(DemoError::Database(sqlx::Error::RowNotFound))?;
    let today = OffsetDateTime::now_utc();
    for listing in listings {
        list(backend, seller, &listing.input(today)).await.map_err(DemoError::List)?;
    }
    Ok(())
}

/// A listing of the demo: event, category, venue, city, days from now, time, zone, section, row and seats, how many
/// tickets if they have no seats, split rule, price of one.
struct Demo(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    i64,
    &'static str,
    &'static str,
    [&'static str; 3],
    &'static str,
    &'static str,
    &'static str,
);

impl Demo {
    fn input(&self, today: OffsetDateTime) -> ListingInput {
        let Self(title, category, venue, city, days, time, time_zone, [section, row, seat], quantity, split, price) =
            *self;
        let date =
            (today + Duration::days(days)).date().format(format_description!(version = 2, "[year]-[month]-[day]"));
        ListingInput {
            title: title.into(),
            category: category.into(),
            venue: venue.into(),
            city: city.into(),
            // A date always formats; an empty one would be refused with a clear word.
            starts_at: date.map(|date| format!("{date}T{time}")).unwrap_or_default(),
            time_zone: time_zone.into(),
            section: section.into(),
            row: row.into(),
            seat: seat.into(),
            quantity: quantity.into(),
            split: split.into(),
            price: price.into(),
        }
    }
}

#[rustfmt::skip]
const ALICE: &[Demo] = &[
    Demo("The Midnight Choir: Farewell Tour", "concert", "Tempodrom", "Berlin", 12, "20:00", "Europe/Berlin", ["B", "14", "7"], "", "", "64.00"),
    Demo("The Midnight Choir: Farewell Tour", "concert", "Tempodrom", "Berlin", 12, "20:00", "", ["C", "2", "21-24"], "", "pairs", "58.00"),
    Demo("Harbour City v. Northern United", "sports", "Dockside Stadium", "Boston", 5, "19:30", "America/New_York", ["112", "C", "21"], "", "", "89.50"),
    Demo("Harbour City v. Northern United", "sports", "Dockside Stadium", "Boston", 5, "19:30", "", ["118", "F", "1-6"], "", "never_leave_one", "72.00"),
    Demo("Twelfth Night", "theatre", "The Old Granary", "London", 20, "19:00", "Europe/London", ["Stalls", "F", "3"], "", "", "42.00"),
    Demo("Open Fields Festival: Weekend Pass", "festival", "Lakeside Meadow", "Chicago", 45, "12:00", "America/Chicago", ["", "", ""], "8", "any", "215.00"),
    Demo("Ines Duarte Trio", "concert", "Clube da Esquina", "Lisbon", 9, "21:30", "Europe/Lisbon", ["", "", "12"], "", "", "28.00"),
    Demo("An Evening of One-Minute Operas, Sung in the Dark by Forty Amateur Sopranos and One Very Patient Pianist", "other", "Basement of the Natural History Museum", "Vienna", 31, "18:45", "Europe/Vienna", ["", "", ""], "", "", "19.99"),
    Demo("Nadia Okafor: Small Talk", "comedy", "The Cellar Door", "Toronto", 14, "21:00", "America/Toronto", ["", "", ""], "4", "any", "26.00"),
];

#[rustfmt::skip]
const BOB: &[Demo] = &[
    Demo("Stand Up, Sit Down: Open Mic Final", "comedy", "The Cellar Door", "Toronto", 3, "20:30", "America/Toronto", ["", "", "44"], "", "", "17.50"),
    Demo("The Midnight Choir: Farewell Tour", "concert", "Tempodrom", "Berlin", 12, "20:00", "Europe/Berlin", ["A", "1", "10-13"], "", "all_together", "95.00"),
    Demo("Paper Lanterns", "concert", "Budokan Hall", "Tokyo", 27, "18:30", "Asia/Tokyo", ["Arena", "8", "30"], "", "", "120.00"),
    Demo("Women's Cup Semi-Final", "sports", "Riverside Park", "Sydney", 16, "15:00", "Australia/Sydney", ["East", "R", "118, 119"], "", "any", "55.00"),
    Demo("The Glass Menagerie", "theatre", "Playhouse on Third", "New York", 8, "20:00", "America/New_York", ["Balcony", "A", "12"], "", "", "74.00"),
    Demo("Cello Marathon", "concert", "The Old Granary", "London", 23, "14:00", "Europe/London", ["Stalls", "B", "5-8"], "", "any", "38.00"),
];
