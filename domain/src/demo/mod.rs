//! The demo's users and listings.

mod draw;
mod events;

use model::{
    Code, ListingId, UserId,
    auth::Credentials,
    delivery::{HandInInput, TicketToHandIn},
    tickets::{Chosen, PriceChange},
};
use time::OffsetDateTime;

use self::{draw::DemoListing, events::SELLERS};
use crate::{
    Backend,
    auth::sign_up::{CreateError, create_account},
    delivery::{
        hand_in::{HandInError, hand_in},
        show::{ShowHandInError, show},
    },
    tickets::{
        list::{ListError, list},
        reprice::{RepriceError, reprice},
    },
};

/// The password of every account of the demo.
pub const PASSWORD: &str = "correct horse battery";

/// Of so many listings of a seller one is promised, and the others are in hand.
const PROMISED_EVERY: usize = 3;

/// Why there is no demo data.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An account.
    #[error("a demo account was not made")]
    Account(#[source] CreateError),
    /// A listing.
    #[error("a demo listing was not made")]
    List(#[source] ListError),
    /// The tickets of a listing.
    #[error("the tickets of a demo listing were not read")]
    ShowHandIn(#[source] ShowHandInError),
    /// Their codes.
    #[error("the tickets of a demo listing were not handed in")]
    HandIn(#[source] HandInError),
    /// A price that is lowered.
    #[error("a price of the demo was not lowered")]
    Lower(#[source] RepriceError),
    /// A price that could not be lowered.
    #[error("a price of the demo was not lowered: {}", .0.words())]
    NotLowered(Code),
}

/// A price that is lowered once all is listed: the newest prices are those that the home page looks at.
struct Lowered {
    seller: UserId,
    listing: ListingId,
    percent: i64,
}

/// Makes the demo's accounts, lists their tickets, hands in most of them and lowers some prices, through the same use-cases as everyone's. Where an account is there
/// already it does nothing for it, so that it can run at every start.
///
/// # Errors
///
/// See [`DemoError`].
#[expect(clippy::disallowed_methods, reason = "the days of the demo need no agreement with another clock")]
pub async fn seed(backend: &Backend) -> Result<(), DemoError> {
    let today = OffsetDateTime::now_utc();
    let mut backend = backend.clone();
    // Few sellers list all of it at once.
    (backend.rules.max_listings_of_new_account, backend.rules.max_listings_of_account) = (u32::MAX, u32::MAX);
    let backend = &backend;
    let mut listings = draw::listings(today);
    let mut lowered = Vec::new();
    for name in SELLERS {
        let theirs = listings.remove(name).unwrap_or_default();
        let credentials = Credentials { email: format!("{name}@example.com"), password: PASSWORD.into() };
        match create_account(&backend.db, &backend.passwords, &credentials).await {
            Ok(seller) => lowered.extend(list_all(backend, seller, &theirs).await?),
            Err(CreateError::EmailTaken) => {}
            Err(error) => return Err(DemoError::Account(error)),
        }
    }
    for price in lowered {
        lower(backend, &price).await?;
    }
    Ok(())
}

/// Lists the tickets of one seller. Returns the prices that are to be lowered.
async fn list_all(backend: &Backend, seller: UserId, listings: &[DemoListing]) -> Result<Vec<Lowered>, DemoError> {
    let mut lowered = Vec::new();
    for (n, DemoListing { input, lowered_by }) in listings.iter().enumerate() {
        let listing = list(backend, seller, input).await.map_err(DemoError::List)?;
        if n % PROMISED_EVERY != 0 {
            hand_in_all(backend, seller, listing).await?;
        }
        lowered.extend(lowered_by.map(|percent| Lowered { seller, listing, percent }));
    }
    Ok(lowered)
}

/// Hands in a made-up code for each ticket of a listing.
async fn hand_in_all(backend: &Backend, seller: UserId, listing: ListingId) -> Result<(), DemoError> {
    let view = show(backend, seller, listing).await.map_err(DemoError::ShowHandIn)?;
    // The end of an id is random: no other listing has these codes.
    let id = listing.to_string().to_uppercase();
    let name = &id[id.len() - 8..];
    let code = |(n, ticket): (usize, TicketToHandIn)| (ticket.id, format!("DEMO-{name}-{n}"));
    let typed = (1..).zip(view.tickets).map(code).collect();
    let input = HandInInput { typed, ..HandInInput::default() };
    hand_in(backend, seller, listing, &input).await.map_err(DemoError::HandIn)
}

async fn lower(backend: &Backend, Lowered { seller, listing, percent }: &Lowered) -> Result<(), DemoError> {
    let chosen = [Chosen { listing: *listing, version: 1 }];
    let outcomes = reprice(backend, *seller, &chosen, PriceChange::By(-percent)).await.map_err(DemoError::Lower)?;
    match outcomes.into_iter().find_map(|(_, refused)| refused) {
        Some(code) => Err(DemoError::NotLowered(code)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::home::home,
        doctor::examine::examine,
        testing::{TestBackend, count},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn demo_is_listed_once(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        for _ in 0..2 {
            seed(&backend).await.expect("a demo");
            assert_eq!(count(&backend.db, "SELECT count(*) FROM events").await, 60);
            assert_eq!(count(&backend.db, "SELECT count(DISTINCT city) FROM venues").await, 12);
            assert_eq!(count(&backend.db, "SELECT count(DISTINCT seller_id) FROM listings").await, 12);
            assert_eq!(count(&backend.db, "SELECT count(*) FROM listings").await, draw::LISTINGS);
            assert_eq!(count(&backend.db, "SELECT count(*) FROM listing_prices").await, draw::LISTINGS + 9);
        }
        let drops = home(&backend, None).await.expect("a home page").drops;
        assert_eq!(drops.len(), 6, "as many as the page shows: {drops:?}");
        assert!(drops.iter().all(|drop| drop.was.cents() > drop.card.price.cents()), "{drops:?}");
        let report = examine(&backend.db).await.expect("examines");
        assert_eq!(report.violations().count(), 0, "{report:?}");
    }
}
