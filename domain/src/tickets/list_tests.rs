use model::{
    Money,
    tickets::{Availability, Category, SplitRule, TicketStatus},
};
use sqlx::PgPool;

use super::*;
use crate::{
    testing::{self, TestBackend},
    tickets::show::show,
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
    assert!(view.card.starts.text.contains(", 20:00 CE"), "{:?}", view.card.starts);
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
