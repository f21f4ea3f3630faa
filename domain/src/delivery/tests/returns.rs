//! Returns: unopened tickets go on sale again, and all of the money to the buyer.

use futures_util::future::join;

use super::*;
use crate::{
    delivery::gifts::offer::offer,
    doctor::examine::examine,
    orders::returning::{ReturnError, return_tickets},
    payments,
    waitlist::join::join as wait,
};

async fn assert_sound(backend: &Backend) {
    let report = examine(&backend.db).await.expect("examines");
    assert_eq!(report.violations().count(), 0, "{report:?}");
}

async fn is_returnable(backend: &Backend, buyer: UserId, order: OrderId) -> bool {
    show_tickets(backend, buyer, order).await.expect("is the buyer's").returnable_until.is_some()
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn returned_tickets_are_on_sale_again_and_all_of_the_money_goes_back(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob, carol] = [
        testing::user(&backend.db, "ana").await,
        testing::user(&backend.db, "bob").await,
        testing::user(&backend.db, "carol").await,
    ];
    let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
    let tickets = ticket_ids(&backend, ana, listing).await;
    let codes = typed(&[(tickets[0], "LH-0001"), (tickets[1], "LH-0002")]);
    hand_in(&backend, ana, listing, &codes).await.expect("hands in");
    let order = buy(&backend, bob, listing, 2).await;
    assert!(is_returnable(&backend, bob, order).await);
    for stranger in [ana, carol] {
        let refused = return_tickets(&backend, stranger, order).await;
        assert!(matches!(refused, Err(ReturnError::NotFound)), "{refused:?}");
    }
    return_tickets(&backend, bob, order).await.expect("returns");
    assert_sound(&backend).await;
    assert!(matches!(return_tickets(&backend, bob, order).await, Err(ReturnError::NotReturnable)), "once");
    assert!(matches!(open(&backend, bob, order).await, Err(OpenError::NotBought)));
    let view = orders::show::show(&backend, bob, order).await.expect("shows");
    assert_eq!(view.status, OrderStatus::RefundPending);
    let sale = orders::sale::sale(&backend, ana, listing).await.expect("shows").sales.remove(0);
    for timeline in [view.timeline, sale.timeline] {
        assert!(timeline.iter().any(|entry| entry.what == OrderEventKind::Returned), "{timeline:?}");
    }

    // The seller may change the listing while the refund is on its way.
    let input = ListingInput { face_value: "55".into(), seat: "1-2".into(), ..testing::listing_input() };
    edit(&backend, ana, listing, 1, &input).await.expect("edits");
    assert_sound(&backend).await;

    // What was handed in is the next buyer's.
    let next = buy(&backend, carol, listing, 1).await;
    open(&backend, carol, next).await.expect("opens");
    assert_eq!(codes_of(&backend, carol, next).await, [Some("LH-0001".to_owned())]);
    testing::let_time_pass(&backend.db, Duration::from_secs(61)).await;
    payments::sweep::sweep(&backend).await.expect("sweeps");
    assert_eq!(orders::show::show(&backend, bob, order).await.expect("shows").status, OrderStatus::Refunded);
    let refunded = "SELECT sum(amount_cents)::bigint FROM ledger_entries WHERE account = 'buyer'";
    assert_eq!(testing::count(&backend.db, refunded).await, -4950, "carol's alone");
    let facts = crate::tickets::show::show(&backend, None, listing).await.expect("shows").seller;
    assert!(!format!("{facts:?}").contains("Refunded"), "it does not count against the seller: {facts:?}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn returned_ticket_is_offered_to_the_waitlist(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let mut users = testing::users(&backend.db, 4).await.into_iter();
    let [ana, bob, carol, dave] = std::array::from_fn(|_| users.next().expect("four users"));
    let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
    let tickets = ticket_ids(&backend, ana, listing).await;
    let codes = typed(&[(tickets[0], "LH-0001"), (tickets[1], "LH-0002")]);
    hand_in(&backend, ana, listing, &codes).await.expect("hands in");
    let order = buy(&backend, bob, listing, 1).await;
    testing::lock_one(&backend, dave, listing, PRICE).await.expect("locks");
    wait(&backend, carol, listing, 1).await.expect("waits");
    return_tickets(&backend, bob, order).await.expect("returns");
    let offers = "SELECT count(*) FROM tickets t JOIN orders o ON o.id = t.order_id WHERE t.position = 1 AND o.status = 'created' AND o.buyer_id <> (SELECT buyer_id FROM orders WHERE returned_at IS NOT NULL)";
    assert_eq!(testing::count(&backend.db, offers).await, 1, "it is carol's to pay for");
    assert_sound(&backend).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn opened_given_disputed_late_and_many_orders_are_not_returned(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob, carol] = [
        testing::user(&backend.db, "ana").await,
        testing::user(&backend.db, "bob").await,
        testing::user(&backend.db, "carol").await,
    ];
    let buy_one = async |buyer: UserId, code: &str| {
        let listing = testing::listing(&backend, ana).await;
        let ticket = ticket_ids(&backend, ana, listing).await[0];
        hand_in(&backend, ana, listing, &typed(&[(ticket, code)])).await.expect("hands in");
        (buy(&backend, buyer, listing, 1).await, ticket)
    };
    let refuses = async |buyer: UserId, order: OrderId| {
        assert!(!is_returnable(&backend, buyer, order).await, "and the page does not offer it");
        let before = testing::snapshot(&backend.db).await;
        assert!(matches!(return_tickets(&backend, buyer, order).await, Err(ReturnError::NotReturnable)));
        assert_eq!(testing::snapshot(&backend.db).await, before);
    };
    let (opened, _) = buy_one(bob, "LH-0001").await;
    open(&backend, bob, opened).await.expect("opens");
    refuses(bob, opened).await;
    let (given, ticket) = buy_one(bob, "LH-0002").await;
    offer(&backend, bob, given, ticket, "carol@example.com").await.expect("offers");
    refuses(bob, given).await;

    let (disputed, _) = buy_one(bob, "LH-0008").await;
    assert!(simulator.dispute(&testing::newest_intent(&backend, disputed).await));
    let payment = payments::store::sale_of_order(&backend.db, disputed).await.expect("answers").expect("is paid for");
    testing::hear_of_disputes(&backend, payment).await;
    refuses(bob, disputed).await;

    for code in ["LH-0003", "LH-0004", "LH-0005"] {
        let (order, _) = buy_one(carol, code).await;
        return_tickets(&backend, carol, order).await.expect("returns");
    }
    let (fourth, _) = buy_one(carol, "LH-0006").await;
    refuses(carol, fourth).await;

    let (late, _) = buy_one(bob, "LH-0007").await;
    testing::let_time_pass(&backend.db, Duration::from_mins(30)).await;
    refuses(bob, late).await;
}

/// Proves the order's row lock: without it a buyer keeps the code and gets the money.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn of_opening_and_returning_at_once_one_wins(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let ana = testing::user(&backend.db, "ana").await;
    for (round, buyer) in testing::users(&backend.db, 6).await.into_iter().enumerate() {
        let listing = testing::listing(&backend, ana).await;
        let ticket = ticket_ids(&backend, ana, listing).await[0];
        let code = format!("LH-{round}");
        hand_in(&backend, ana, listing, &typed(&[(ticket, &code)])).await.expect("hands in");
        let order = buy(&backend, buyer, listing, 1).await;
        let (opened, returned) = join(open(&backend, buyer, order), return_tickets(&backend, buyer, order)).await;
        assert!(opened.is_ok() != returned.is_ok(), "{opened:?} {returned:?}");
    }
    assert_sound(&backend).await;
}
