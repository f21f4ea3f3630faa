use model::{
    Money,
    events::OfferFilter,
    tickets::{Availability, Category, SplitRule, TicketStatus},
};
use sqlx::PgPool;

use super::*;
use crate::{
    catalogue::event::show_event,
    places::{EXAMPLES, Places},
    testing::{self, TestBackend},
    tickets::{edit::edit, show::show},
};

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn listed_ticket_is_shown(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let id = list(&backend, ana, &testing::listing_input()).await.expect("lists");
    let view = show(&backend, Some(ana), id).await.expect("shows");
    assert_eq!(view.card.title, "Sigur Rós");
    assert_eq!(view.card.category, Category::Concert);
    assert_eq!(view.card.price, Money::usd(4950));
    assert_eq!(view.card.place, "Section\u{a0}A · Row\u{a0}3 · Seat\u{a0}12");
    assert_eq!(view.card.availability, Availability::OnSale);
    assert!(view.card.starts.text.ends_with(", 20:00"), "{:?}", view.card.starts);
    assert_eq!((view.version, view.is_mine, view.my_order), (1, true, None));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn several_seats_are_tickets_in_their_order(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let input = ListingInput { seat: "9-11, A2".into(), split: "never_leave_one".into(), ..testing::listing_input() };
    let id = list(&backend, ana, &input).await.expect("lists");
    let view = show(&backend, None, id).await.expect("shows");
    let seats: Vec<_> = view.tickets.iter().map(|ticket| (ticket.seat.as_str(), ticket.status)).collect();
    assert_eq!(seats, ["9", "10", "11", "A2"].map(|seat| (seat, TicketStatus::OnSale)));
    assert_eq!((view.card.free, view.split, view.choices), (4, SplitRule::NeverLeaveOne, vec![1, 2, 4]));
    assert_eq!(view.card.place, "Section\u{a0}A · Row\u{a0}3 · Seats\u{a0}9-11,\u{a0}A2");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn face_value_is_stored_and_edited(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let printed = |face_value: &str| ListingInput { face_value: face_value.into(), ..testing::listing_input() };
    let id = list(&backend, ana, &printed("55")).await.expect("lists");
    let view = show(&backend, None, id).await.expect("shows");
    assert_eq!(view.face_value, Some(Money::usd(5500)));
    assert_eq!(view.beside_face_value.as_deref(), Some("$5.50 below face value"));
    let event = show_event(&backend, &view.event, &OfferFilter::default()).await.expect("shows");
    assert_eq!(event.listings[0].beside_face_value, view.beside_face_value);

    edit(&backend, ana, id, 1, &printed("49.50")).await.expect("edits");
    let view = show(&backend, None, id).await.expect("shows");
    assert_eq!(view.beside_face_value.as_deref(), Some("At face value"));
    edit(&backend, ana, id, 2, &printed("")).await.expect("edits");
    let view = show(&backend, None, id).await.expect("shows");
    assert_eq!((view.face_value, view.beside_face_value), (None, None));
}

/// Another country has another rule, and where there is none nothing is needed.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn rule_of_the_place_holds_for_listing_and_editing(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.places = Box::leak(Box::new(Places::parse(EXAMPLES).expect("rules")));
    let ana = testing::user(&backend.db, "ana").await;
    let input = |zone: &str, price: &str, face_value: &str| ListingInput {
        venue: format!("Hall of {zone}"),
        time_zone: zone.into(),
        price: price.into(),
        face_value: face_value.into(),
        ..testing::listing_input()
    };
    let refused = async |input: ListingInput| {
        let error: AppError = list(&backend, ana, &input).await.expect_err("is refused").into();
        (error.errors()[0].field, error.code())
    };
    assert_eq!(refused(input("Europe/Dublin", "50", "")).await, (Some(Field::FaceValue), Code::FaceValueNeeded));
    assert_eq!(refused(input("Europe/Dublin", "50.01", "50")).await, (Some(Field::Price), Code::PriceAboveCap));
    assert_eq!(refused(input("Europe/Amsterdam", "60.01", "50")).await, (Some(Field::Price), Code::PriceAboveCap));
    let listing = list(&backend, ana, &input("Europe/Amsterdam", "60", "50")).await.expect("20% above");
    let rule = show(&backend, None, listing).await.expect("shows").place_rule;
    assert_eq!(rule[0], "In the Netherlands, tickets cost at most their face value plus 20%.");

    let edited = edit(&backend, ana, listing, 1, &input("Europe/Amsterdam", "70", "50")).await.expect_err("is refused");
    assert_eq!(AppError::from(edited).code(), Code::PriceAboveCap);
    edit(&backend, ana, listing, 1, &input("Europe/Amsterdam", "55", "50")).await.expect("edits");
    let free = list(&backend, ana, &input("Europe/Berlin", "500", "")).await.expect("no rule");
    assert_eq!(show(&backend, None, free).await.expect("shows").place_rule.len(), 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn list_fails_when_a_field_is_wrong(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let input = ListingInput { starts_at: "2020-01-01T20:00".into(), price: "0.49".into(), ..testing::listing_input() };
    let refused = list(&backend, ana, &input).await;
    assert!(matches!(&refused, Err(ListError::Invalid(problems)) if problems.errors().len() == 2), "{refused:?}");
    for rows in ["SELECT count(*) FROM tickets", "SELECT count(*) FROM events", "SELECT count(*) FROM venues"] {
        assert_eq!(testing::count(&backend.db, rows).await, 0, "{rows}");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn time_zone_is_needed_only_for_a_new_venue(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let unzoned = ListingInput { time_zone: String::new(), ..testing::listing_input() };
    let refused = list(&backend, ana, &unzoned).await.expect_err("the venue is new");
    assert_eq!(AppError::from(refused).code(), Code::TimeZoneNeeded);

    list(&backend, ana, &testing::listing_input()).await.expect("lists");
    // The time zone is the venue's, whatever a later form says.
    let abroad = ListingInput { time_zone: "Asia/Tokyo".into(), ..testing::listing_input() };
    for input in [unzoned, abroad] {
        let id = list(&backend, ana, &input).await.expect("lists");
        let starts = show(&backend, None, id).await.expect("shows").card.starts;
        assert_eq!((starts.local, starts.time_zone.as_str()), (input.starts_at, "Europe/Berlin"));
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn same_event_is_found_however_it_is_typed(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let typed = |title: &str, venue: &str| ListingInput {
        title: title.into(),
        venue: venue.into(),
        ..testing::listing_input()
    };
    for (title, venue) in [("Sigur Rós", "Tempodrom"), ("SIGUR ROS!", "tempodrom"), ("sigur  rós", "Tempodrom.")] {
        list(&backend, ana, &typed(title, venue)).await.expect("lists");
    }
    let events = async || testing::count(&backend.db, "SELECT count(*) FROM events").await;
    assert_eq!(events().await, 1);
    list(&backend, ana, &typed("Sigur Rós, second night", "Tempodrom")).await.expect("lists");
    list(&backend, ana, &typed("Sigur Rós", "Columbiahalle")).await.expect("lists");
    let later = ListingInput { starts_at: testing::local_time_in_days(31), ..testing::listing_input() };
    list(&backend, ana, &later).await.expect("lists");
    assert_eq!(events().await, 4);
}

/// Proves the unique keys of venues and events: without them many sellers at one moment make several.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sellers_at_one_moment_make_one_event(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let sellers = testing::users(&backend.db, 8).await;
    let listed = sellers.into_iter().map(async |seller| list(&backend, seller, &testing::listing_input()).await);
    for listed in futures_util::future::join_all(listed).await {
        listed.expect("lists");
    }
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM venues").await, 1);
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM events").await, 1);
    assert_eq!(testing::count(&backend.db, "SELECT count(DISTINCT event_id) FROM listings").await, 1);
}

/// Otherwise the page of the listing shows tickets on sale, and refuses every number of them.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn list_fails_if_no_buyer_can_hold_so_many(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.max_active_locks = 4;
    let ana = testing::user(&backend.db, "ana").await;
    let together = |seats: &str| ListingInput {
        seat: seats.into(),
        split: SplitRule::AllTogether.code().into(),
        ..testing::listing_input()
    };
    list(&backend, ana, &together("1-4")).await.expect("lists");
    let refused = list(&backend, ana, &together("1-5")).await.expect_err("five");
    assert_eq!(AppError::from(refused).code(), Code::SplitTooLarge);
}

/// Proves that the columns and indexes take what the form takes: PostgreSQL counts code points, and people do not.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn the_longest_text_of_every_field_is_stored(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    for sign in ["👨\u{200d}👩\u{200d}👧\u{200d}👦", "क्ष्म्य", "각", "\u{fdfa}"] {
        let of = |count: usize| sign.repeat(count);
        let input = ListingInput {
            title: of(limits::TITLE_MAX),
            venue: of(limits::VENUE_MAX),
            city: of(limits::CITY_MAX),
            section: of(limits::PLACE_MAX),
            row: of(limits::PLACE_MAX),
            seat: of(limits::PLACE_MAX),
            ..testing::listing_input()
        };
        list(&backend, ana, &input).await.unwrap_or_else(|error| panic!("{sign}: {error:?}"));
    }
}

/// Proves `is_second_hour`: without it both listings are for the event of the first hour.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_hour_that_comes_twice_has_two_events(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    // The last Sunday of an October to come, when the clocks of Berlin go back at three.
    let night: String = sqlx::query_scalar(
        "SELECT to_char(max(day), 'YYYY-MM-DD') FROM generate_series(1, 31) n,
            make_date(extract(year FROM now())::int + 1, 10, n) day WHERE extract(dow FROM day) = 0",
    )
    .fetch_one(&backend.db)
    .await
    .expect("a Sunday");
    let form = |which_hour: &str| ListingInput {
        starts_at: format!("{night}T02:30"),
        which_hour: which_hour.into(),
        ..testing::listing_input()
    };
    let refused = AppError::from(list(&backend, ana, &form("")).await.expect_err("which hour?"));
    assert_eq!(refused, AppError::field(Field::StartsAt, Code::TimeComesTwice));
    let mut shown = Vec::new();
    for which_hour in ["first", "second", "second"] {
        let id = list(&backend, ana, &form(which_hour)).await.expect("lists");
        shown.push(show(&backend, None, id).await.expect("shows").card.starts.iso);
    }
    assert_eq!(shown, ["+02:00", "+01:00", "+01:00"].map(|offset| format!("{night}T02:30:00{offset}")));
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM events").await, 2);
}
