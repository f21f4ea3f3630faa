//! Handing tickets over, from the file to the buyer: with the real reader of files and a simulated Stripe.

mod gifts;
mod returns;

use std::{collections::BTreeMap, time::Duration};

use model::{
    AppError, Code, ListingId, Money, OrderId, TicketId, UserId,
    delivery::{HandInInput, HandInView},
    orders::{OrderEventKind, OrderStatus},
    tickets::{ListingInput, SplitRule},
};
use sqlx::PgPool;

use super::{
    discard::discard,
    hand_in::{HandInError, hand_in},
    load::{LoadError, load},
    mails,
    open::{OpenError, open, show as show_tickets},
    promises, purge,
    show::show,
    store,
    upload::{UploadError, upload},
};
use crate::{
    Backend,
    ids::fresh,
    mail::Mail,
    orders,
    outbox::Job,
    payments::{self, check::check},
    testing::{self, GOOD_CARD, Listed, TestBackend},
    tickets::{edit::edit, list::list, restore::restore, withdraw::withdraw},
};

/// Four pages, each with a QR code and a seat.
const FOUR_PAGES: &[u8] = include_bytes!("../../../inspect/samples/reportlab-qr-four-pages.pdf");
const ONE_CODE: &[u8] = include_bytes!("../../../inspect/samples/screenshot-qr.png");
const NO_CODE: &[u8] = include_bytes!("../../../inspect/samples/cat.png");
const PASSWORD: &[u8] = include_bytes!("../../../inspect/samples/pikepdf-password.pdf");
const PRICE: Money = Money::usd(4950);

async fn ticket_ids(backend: &Backend, seller: UserId, listing: ListingId) -> Vec<TicketId> {
    seen(backend, seller, listing).await.tickets.iter().map(|ticket| ticket.id).collect()
}

async fn seen(backend: &Backend, seller: UserId, listing: ListingId) -> HandInView {
    show(backend, seller, listing).await.expect("the seller may look")
}

/// Hands in what the page suggests.
async fn hand_in_as_suggested(backend: &Backend, seller: UserId, listing: ListingId) -> Result<(), HandInError> {
    let view = seen(backend, seller, listing).await;
    let choices = view.tickets.into_iter().map(|ticket| (ticket.id, ticket.suggested)).collect();
    hand_in(backend, seller, listing, &HandInInput { choices, ..HandInInput::default() }).await
}

fn typed(codes: &[(TicketId, &str)]) -> HandInInput {
    let typed = codes.iter().map(|(ticket, code)| (*ticket, (*code).to_owned())).collect();
    HandInInput { typed, ..HandInInput::default() }
}

async fn buy(backend: &Backend, buyer: UserId, listing: ListingId, count: usize) -> OrderId {
    let order = testing::lock_some(backend, buyer, listing, PRICE, count).await.expect("locks");
    testing::start_payment(backend, buyer, order).await.expect("starts");
    testing::pay_with(backend, order, GOOD_CARD).await;
    check(backend, buyer, order).await.expect("checks");
    order
}

async fn codes_of(backend: &Backend, buyer: UserId, order: OrderId) -> Vec<Option<String>> {
    let shown = show_tickets(backend, buyer, order).await.expect("the buyer may look");
    shown.tickets.into_iter().map(|ticket| ticket.text).collect()
}

async fn delivery(backend: &Backend, listing: ListingId) -> Option<String> {
    crate::tickets::show::show(backend, None, listing).await.expect("shows").card.delivery
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn file_of_four_codes_becomes_four_tickets(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let listing = testing::listing_of(&backend, ana, 4, SplitRule::Any).await;
    assert!(delivery(&backend, listing).await.is_some_and(|text| text.starts_with("Promised by ")));
    upload(&backend, ana, listing, FOUR_PAGES).await.expect("takes it in");
    let view = seen(&backend, ana, listing).await;
    assert_eq!(view.files.len(), 1);
    assert_eq!((view.files[0].summary.as_str(), view.files[0].choices.len()), ("PDF, 4 pages, 4 codes", 4));
    assert!(view.deadline.is_some() && view.tickets.iter().all(|ticket| ticket.is_open && ticket.has.is_none()));
    let suggested: std::collections::HashSet<_> = view.tickets.iter().map(|ticket| &ticket.suggested).collect();
    assert_eq!(suggested.len(), 4, "each ticket gets its own code: {view:?}");
    // No code is shown as a whole, and none lies anywhere unsealed.
    let stored: Vec<String> = sqlx::query_scalar(
        "SELECT f::text || coalesce(c::text, '') FROM ticket_files f LEFT JOIN found_codes c ON c.file_id = f.id",
    )
    .fetch_all(&backend.db)
    .await
    .expect("reads");
    let stored = stored.concat();
    assert!(stored.len() > 1_000, "{stored}");
    let found = inspect::inspect(FOUR_PAGES, Duration::from_secs(20)).expect("reads it");
    for code in found.codes() {
        assert!(!format!("{view:?}").contains(&code.text) && !stored.contains(&code.text), "{}", code.text);
        assert!(!stored.contains(&hex::encode(code.text.as_bytes())), "{}", code.text);
    }

    hand_in_as_suggested(&backend, ana, listing).await.expect("hands in");
    let view = seen(&backend, ana, listing).await;
    assert!(view.files.is_empty() && view.deadline.is_none(), "{view:?}");
    assert!(view.tickets.iter().all(|ticket| ticket.has.as_deref() == Some("QR code from a PDF")), "{view:?}");
    assert_eq!(delivery(&backend, listing).await.as_deref(), Some("In hand"));
    // The codes that were found have gone to the tickets, and nowhere else.
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM found_codes").await, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn buyer_gets_what_was_handed_in_and_both_see_when(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob, carol] = [
        testing::user(&backend.db, "ana").await,
        testing::user(&backend.db, "bob").await,
        testing::user(&backend.db, "carol").await,
    ];
    let listing = testing::listing(&backend, ana).await;
    let file = upload(&backend, ana, listing, ONE_CODE).await.expect("takes it in");
    hand_in_as_suggested(&backend, ana, listing).await.expect("hands in");
    let order = testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");

    // Before it is paid for, it is no one's.
    for reader in [ana, bob, carol] {
        let refused = show_tickets(&backend, reader, order).await.expect_err("is not paid for");
        assert!(matches!(refused, OpenError::NotFound | OpenError::NotBought), "{refused:?}");
        open(&backend, reader, order).await.expect_err("is not paid for");
        assert!(matches!(load(&backend, reader, order, file).await, Err(LoadError::NotFound)));
    }
    testing::start_payment(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, GOOD_CARD).await;
    check(&backend, bob, order).await.expect("checks");

    // Paid for and not opened: there is no code yet, and no file.
    let closed = show_tickets(&backend, bob, order).await.expect("is bob's");
    assert_eq!((closed.opened, closed.tickets.len(), closed.files.len(), closed.missing), (None, 0, 0, 0));
    assert!(matches!(load(&backend, bob, order, file).await, Err(LoadError::NotFound)), "not opened");
    for reader in [ana, carol] {
        assert!(matches!(open(&backend, reader, order).await, Err(OpenError::NotFound)));
    }
    for _ in 0..2 {
        open(&backend, bob, order).await.expect("opens");
    }
    let opened = show_tickets(&backend, bob, order).await.expect("is bob's");
    assert!(opened.opened.is_some());
    let code_of = |file: &[u8]| {
        let found = inspect::inspect(file, Duration::from_secs(20)).expect("reads it");
        found.codes().next().expect("a code").text.clone()
    };
    let code = code_of(ONE_CODE);
    assert_eq!(opened.tickets[0].text.as_deref(), Some(code.as_str()));
    assert!(opened.tickets[0].picture.as_deref().is_some_and(|svg| svg.starts_with("<svg")));
    assert_eq!(opened.files.iter().map(|file| file.id).collect::<Vec<_>>(), [file]);
    let loaded = load(&backend, bob, order, file).await.expect("loads");
    assert_eq!((loaded.kind.as_str(), code_of(&loaded.bytes)), ("png", code));
    assert_ne!(loaded.bytes, ONE_CODE, "a picture is drawn anew, without what is written beside it");

    // No one else has it, and the buyer has it under no other name.
    for (reader, order, file) in [(ana, order, file), (carol, order, file), (bob, fresh(), file), (bob, order, fresh())]
    {
        assert!(matches!(load(&backend, reader, order, file).await, Err(LoadError::NotFound)));
    }
    for reader in [ana, carol] {
        assert!(matches!(show_tickets(&backend, reader, order).await, Err(OpenError::NotFound)));
    }

    let buyers = orders::show::show(&backend, bob, order).await.expect("shows").timeline;
    let sellers = orders::sale::sale(&backend, ana, listing).await.expect("shows").sales.remove(0).timeline;
    for timeline in [buyers, sellers] {
        let opened = timeline.iter().filter(|entry| entry.what == OrderEventKind::Opened).count();
        assert_eq!(opened, 1, "{timeline:?}");
    }

    // The money goes back: so does the ticket.
    testing::refund(&backend, &testing::newest_intent(&backend, order).await, None).await;
    testing::hear_of(&backend, &testing::newest_intent(&backend, order).await).await;
    assert!(matches!(show_tickets(&backend, bob, order).await, Err(OpenError::NotBought)));
    assert!(matches!(load(&backend, bob, order, file).await, Err(LoadError::NotFound)));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn file_with_the_tickets_of_two_buyers_is_given_to_neither(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob, carol] = [
        testing::user(&backend.db, "ana").await,
        testing::user(&backend.db, "bob").await,
        testing::user(&backend.db, "carol").await,
    ];
    let listing = testing::listing_of(&backend, ana, 4, SplitRule::Any).await;
    let file = upload(&backend, ana, listing, FOUR_PAGES).await.expect("takes it in");
    hand_in_as_suggested(&backend, ana, listing).await.expect("hands in");
    let orders = [(bob, buy(&backend, bob, listing, 2).await), (carol, buy(&backend, carol, listing, 2).await)];
    let mut codes = Vec::new();
    for (buyer, order) in orders {
        open(&backend, buyer, order).await.expect("opens");
        assert!(show_tickets(&backend, buyer, order).await.expect("shows").files.is_empty());
        assert!(matches!(load(&backend, buyer, order, file).await, Err(LoadError::NotFound)));
        codes.extend(codes_of(&backend, buyer, order).await);
    }
    let different: std::collections::HashSet<_> = codes.iter().flatten().collect();
    assert_eq!(different.len(), 4, "each has two codes of their own: {codes:?}");
}

/// Its seller may hand in the other codes for another buyer later.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn file_with_a_code_that_no_ticket_has_is_given_to_no_one(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
    let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
    let file = upload(&backend, ana, listing, FOUR_PAGES).await.expect("takes it in");
    hand_in_as_suggested(&backend, ana, listing).await.expect("two of four codes");
    let order = buy(&backend, bob, listing, 2).await;
    open(&backend, bob, order).await.expect("opens");
    assert!(codes_of(&backend, bob, order).await.iter().all(Option::is_some));
    assert!(show_tickets(&backend, bob, order).await.expect("shows").files.is_empty());
    assert!(matches!(load(&backend, bob, order, file).await, Err(LoadError::NotFound)));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn promised_ticket_is_handed_in_after_the_sale(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
    let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
    let order = buy(&backend, bob, listing, 2).await;
    let closed = show_tickets(&backend, bob, order).await.expect("is bob's");
    assert_eq!(closed.missing, 2);
    assert!(closed.promised_until.is_some());
    assert!(matches!(open(&backend, bob, order).await, Err(OpenError::NotBought)), "nothing is there");

    let [first, second] = ticket_ids(&backend, ana, listing).await[..] else { panic!("two tickets") };
    hand_in(&backend, ana, listing, &typed(&[(first, "LH-0001")])).await.expect("hands in one");
    open(&backend, bob, order).await.expect("opens what is there");
    assert_eq!(codes_of(&backend, bob, order).await, [Some("LH-0001".to_owned()), None]);
    hand_in(&backend, ana, listing, &typed(&[(second, "LH-0002")])).await.expect("hands in the other");
    assert_eq!(codes_of(&backend, bob, order).await, ["LH-0001", "LH-0002"].map(|code| Some(code.to_owned())));
    let timeline = orders::show::show(&backend, bob, order).await.expect("shows").timeline;
    assert_eq!(timeline.iter().filter(|entry| entry.what == OrderEventKind::HandedIn).count(), 1);

    // What is sold cannot be changed.
    let refused = hand_in(&backend, ana, listing, &typed(&[(first, "LH-0003")])).await;
    assert!(matches!(refused, Err(HandInError::Closed)), "{refused:?}");
    // The promise is kept.
    testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
    assert!(promises::sweep(&backend).await.expect("sweeps").is_empty());
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn promise_that_is_broken_is_refunded_once(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
    let listing = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
    let (order, unpaid) =
        (buy(&backend, bob, listing, 2).await, testing::lock_one(&backend, ana, listing, PRICE).await);
    assert!(unpaid.is_err(), "her own");
    let [first, ..] = ticket_ids(&backend, ana, listing).await[..] else { panic!("three tickets") };
    hand_in(&backend, ana, listing, &typed(&[(first, "LH-0001")])).await.expect("one of two is there");
    assert!(promises::sweep(&backend).await.expect("sweeps").is_empty());
    // The event is at 20:00 in 30 days: its last two days have begun, and its last hours have not.
    testing::let_time_pass(&backend.db, Duration::from_hours(29 * 24 - 2)).await;
    let (one, other) = tokio::join!(promises::sweep(&backend), promises::sweep(&backend));
    let refunded = [one.expect("sweeps"), other.expect("sweeps")].concat_outcomes();
    assert_eq!(refunded, [order]);
    let view = orders::show::show(&backend, bob, order).await.expect("shows");
    assert_eq!(view.status, OrderStatus::RefundPending);
    assert!(view.timeline.iter().any(|entry| entry.what == OrderEventKind::NotDelivered));
    testing::let_time_pass(&backend.db, Duration::from_secs(61)).await;
    payments::sweep::sweep(&backend).await.expect("sweeps");
    assert_eq!(orders::show::show(&backend, bob, order).await.expect("shows").status, OrderStatus::Refunded);
    assert!(matches!(open(&backend, bob, order).await, Err(OpenError::NotBought)));
    let refused =
        hand_in(&backend, ana, listing, &typed(&[(ticket_ids(&backend, ana, listing).await[1], "X-1")])).await;
    assert!(matches!(refused, Err(HandInError::Closed)), "the money is back: {refused:?}");
    let kept = "SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account = 'seller'";
    assert_eq!(testing::count(&backend.db, kept).await, 0);
}

trait Outcomes {
    fn concat_outcomes(self) -> Vec<OrderId>;
}

impl Outcomes for [Vec<(OrderId, sqlx::Result<bool>)>; 2] {
    fn concat_outcomes(self) -> Vec<OrderId> {
        let refunded = |(order, outcome): (OrderId, sqlx::Result<bool>)| outcome.expect("refunds").then_some(order);
        self.into_iter().flatten().filter_map(refunded).collect()
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn code_is_on_sale_once_and_then_its_buyers(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob, carol] = [
        testing::user(&backend.db, "ana").await,
        testing::user(&backend.db, "bob").await,
        testing::user(&backend.db, "carol").await,
    ];
    let mut listings = Vec::new();
    for seller in [ana, bob, carol, ana] {
        let listing = testing::listing(&backend, seller).await;
        listings.push((seller, listing, ticket_ids(&backend, seller, listing).await[0]));
    }
    let [(_, anas, ticket), bobs, carols, anas_other] = listings[..] else { panic!("four listings") };
    let hand = async |(seller, listing, ticket): (UserId, ListingId, TicketId)| {
        hand_in(&backend, seller, listing, &typed(&[(ticket, "LH-4711")])).await
    };
    let is_elsewhere = |outcome: Result<(), HandInError>| matches!(outcome, Err(HandInError::Elsewhere));
    hand((ana, anas, ticket)).await.expect("is the first");
    hand((ana, anas, ticket)).await.expect("is the same ticket");
    assert!(is_elsewhere(hand(bobs).await), "another seller");
    assert!(is_elsewhere(hand(anas_other).await), "the same seller, while it is on sale");

    // Withdrawn, it stays with its seller, and comes back only while it is not on sale elsewhere.
    withdraw(&backend, ana, anas, None).await.expect("withdraws");
    assert!(is_elsewhere(hand(bobs).await));
    hand(anas_other).await.expect("its seller lists it anew");
    let refused = restore(&backend, ana, anas, ticket).await.expect_err("is on sale elsewhere");
    assert_eq!(AppError::from(refused).code(), Code::TicketElsewhere);
    withdraw(&backend, ana, anas_other.1, None).await.expect("withdraws");
    restore(&backend, ana, anas, ticket).await.expect("is on sale nowhere else");

    let order = buy(&backend, bob, anas, 1).await;
    assert!(is_elsewhere(hand(carols).await), "sold: not another user's");
    assert!(is_elsewhere(hand((ana, anas_other.1, ticket)).await.map_err(|_| HandInError::Elsewhere)));
    open(&backend, bob, order).await.expect("opens");
    assert_eq!(codes_of(&backend, bob, order).await, [Some("LH-4711".to_owned())]);
    hand(bobs).await.expect("its buyer may sell it");
    assert_eq!(codes_of(&backend, bob, order).await, [None], "and does not keep it");
    let next = buy(&backend, carol, bobs.1, 1).await;
    open(&backend, carol, next).await.expect("opens");
    assert_eq!(codes_of(&backend, carol, next).await, [Some("LH-4711".to_owned())]);
    hand(carols).await.expect("she has it now");
    // For another event it is another ticket: a season's.
    let later = ListingInput { starts_at: testing::local_time_in_days(40), ..testing::listing_input() };
    let later = list(&backend, ana, &later).await.expect("lists");
    hand((ana, later, ticket_ids(&backend, ana, later).await[0])).await.expect("another event");
}

/// Proves the locks of `twin_store`: without them both sellers have it on sale.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn of_many_sellers_with_one_code_at_once_one_wins(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let sellers = testing::users(&backend.db, 8).await;
    for round in 0..5 {
        let code = format!("ROUND-{round}");
        let mut forms = Vec::new();
        for seller in &sellers {
            let listing = testing::listing(&backend, *seller).await;
            let ticket = ticket_ids(&backend, *seller, listing).await[0];
            forms.push((*seller, listing, typed(&[(ticket, &code)])));
        }
        let sent = forms.iter().map(|(seller, listing, form)| hand_in(&backend, *seller, *listing, form));
        let won = futures_util::future::join_all(sent).await.into_iter().flatten().count();
        assert_eq!(won, 1, "round {round}");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn file_without_a_code_is_handed_in_as_it_is_for_one_ticket(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
    let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
    let file = upload(&backend, ana, listing, NO_CODE).await.expect("takes it in");
    let [first, second] = ticket_ids(&backend, ana, listing).await[..] else { panic!("two tickets") };
    let choose = |tickets: &[TicketId]| HandInInput {
        choices: tickets.iter().map(|ticket| (*ticket, file.to_string())).collect(),
        ..HandInInput::default()
    };
    let refused = hand_in(&backend, ana, listing, &choose(&[first, second])).await;
    assert!(matches!(refused, Err(HandInError::Twice)), "{refused:?}");
    hand_in(&backend, ana, listing, &choose(&[first])).await.expect("hands in");

    // The same file is for sale once.
    let bobs = testing::listing(&backend, bob).await;
    let twin = upload(&backend, bob, bobs, NO_CODE).await.expect("takes it in");
    let choices = BTreeMap::from([(ticket_ids(&backend, bob, bobs).await[0], twin.to_string())]);
    let refused = hand_in(&backend, bob, bobs, &HandInInput { choices, ..HandInInput::default() }).await;
    assert!(matches!(refused, Err(HandInError::Elsewhere)), "{refused:?}");

    withdraw(&backend, ana, listing, Some(second)).await.expect("withdraws");
    let order = buy(&backend, bob, listing, 1).await;
    open(&backend, bob, order).await.expect("opens");
    let shown = show_tickets(&backend, bob, order).await.expect("shows");
    assert_eq!((shown.tickets[0].picture.as_ref(), shown.files.len()), (None, 1));
    assert_eq!(load(&backend, bob, order, file).await.expect("loads").kind, "png");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn edit_to_another_place_takes_away_what_was_handed_in(db: PgPool) {
    let Listed { backend, ana, .. } = Listed::new(db).await;
    let listing = testing::listing_of(&backend, ana, 2, SplitRule::Any).await;
    let tickets = ticket_ids(&backend, ana, listing).await;
    hand_in(&backend, ana, listing, &typed(&[(tickets[0], "A-1"), (tickets[1], "A-2")])).await.expect("hands in");
    let input = |seat: &str, row: &str| ListingInput { seat: seat.into(), row: row.into(), ..testing::listing_input() };
    let has = async || {
        let view = seen(&backend, ana, listing).await;
        view.tickets.into_iter().map(|ticket| ticket.has.is_some()).collect::<Vec<_>>()
    };
    let cheaper = ListingInput { price: "40".into(), ..input("1-2", "3") };
    edit(&backend, ana, listing, 1, &cheaper).await.expect("another price");
    assert_eq!(has().await, [true, true]);
    edit(&backend, ana, listing, 2, &input("2-3", "3")).await.expect("seat 1 becomes seat 3");
    assert_eq!(has().await, [true, false]);
    edit(&backend, ana, listing, 3, &input("2-3", "4")).await.expect("another row");
    assert_eq!(has().await, [false, false]);
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM tickets WHERE is_in_hand").await, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn files_are_refused_with_the_reason_and_leave_nothing(db: PgPool) {
    let Listed { backend, ana, bob, listing } = Listed::new(db).await;
    let code = |refused: Result<_, UploadError>| AppError::from(refused.expect_err("is refused")).code();
    assert_eq!(code(upload(&backend, ana, listing, b"").await), Code::NoFile);
    assert_eq!(code(upload(&backend, ana, listing, b"GIF89a").await), Code::UnknownFileKind);
    assert_eq!(code(upload(&backend, ana, listing, PASSWORD).await), Code::FileEncrypted);
    assert_eq!(code(upload(&backend, ana, listing, b"%PDF-1.7 and nothing else").await), Code::UnreadableFile);
    let large = vec![0; model::inspection::FILE_BYTES + 1];
    assert_eq!(code(upload(&backend, ana, listing, &large).await), Code::FileTooLarge);
    assert_eq!(code(upload(&backend, bob, listing, ONE_CODE).await), Code::TicketNotFound);
    assert_eq!(code(upload(&backend, ana, fresh(), ONE_CODE).await), Code::TicketNotFound);
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM ticket_files").await, 0);

    for _ in 0..model::delivery::FILES_MAX {
        upload(&backend, ana, listing, ONE_CODE).await.expect("takes it in");
    }
    assert_eq!(code(upload(&backend, ana, listing, ONE_CODE).await), Code::TooManyFiles);
    let file = seen(&backend, ana, listing).await.files[0].id;
    assert!(discard(&backend, bob, listing, file).await.is_err());
    discard(&backend, ana, listing, file).await.expect("removes it");
    assert!(discard(&backend, ana, listing, file).await.is_err());
    assert_eq!(backend.delivery.files.get(&store::name(file)).await.expect("answers"), None);
    upload(&backend, ana, listing, ONE_CODE).await.expect("there is room again");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn form_is_refused_with_the_reason_and_changes_nothing(db: PgPool) {
    let Listed { backend, ana, bob, listing } = Listed::new(db).await;
    let ticket = ticket_ids(&backend, ana, listing).await[0];
    let code = |refused: Result<_, HandInError>| AppError::from(refused.expect_err("is refused")).code();
    assert_eq!(code(hand_in(&backend, ana, listing, &HandInInput::default()).await), Code::NothingHandedIn);
    assert_eq!(code(hand_in(&backend, ana, listing, &typed(&[(ticket, " ")])).await), Code::NothingHandedIn);
    assert_eq!(code(hand_in(&backend, ana, listing, &typed(&[(ticket, "a\u{7}b")])).await), Code::InvalidCode);
    assert_eq!(code(hand_in(&backend, ana, listing, &typed(&[(ticket, &"x".repeat(2_001))])).await), Code::InvalidCode);
    let kinds = BTreeMap::from([(ticket, "code128".to_owned())]);
    let input = HandInInput { kinds, ..typed(&[(ticket, "\u{1f3ab}")]) };
    assert_eq!(code(hand_in(&backend, ana, listing, &input).await), Code::InvalidCode);
    assert_eq!(code(hand_in(&backend, ana, listing, &typed(&[(fresh(), "LH-1")])).await), Code::FileNotFound);
    assert_eq!(code(hand_in(&backend, bob, listing, &typed(&[(ticket, "LH-1")])).await), Code::TicketNotFound);
    let choices = BTreeMap::from([(ticket, fresh::<OrderId>().to_string())]);
    let refused = hand_in(&backend, ana, listing, &HandInInput { choices, ..HandInInput::default() }).await;
    assert_eq!(code(refused), Code::FileNotFound);
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM deliverables").await, 0);

    // While a buyer holds it, what is handed in stays, and what is missing can come.
    testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
    hand_in(&backend, ana, listing, &typed(&[(ticket, "LH-1")])).await.expect("was missing");
    assert_eq!(code(hand_in(&backend, ana, listing, &typed(&[(ticket, "LH-2")])).await), Code::AlreadyHandedIn);
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM orders WHERE promised_until IS NULL").await, 1);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn files_that_no_ticket_has_go(db: PgPool) {
    let Listed { backend, ana, listing, .. } = Listed::new(db).await;
    let kept = upload(&backend, ana, listing, ONE_CODE).await.expect("takes it in");
    hand_in_as_suggested(&backend, ana, listing).await.expect("hands in");
    let left = upload(&backend, ana, listing, NO_CODE).await.expect("takes it in");
    assert_eq!(purge::purge(&backend).await.expect("purges"), 0);
    let days = u64::from(purge::FILES_KEPT_DAYS.unsigned_abs());
    testing::let_time_pass(&backend.db, Duration::from_hours(24 * days + 1)).await;
    assert_eq!(purge::purge(&backend).await.expect("purges"), 1);
    let is_there = async |file| backend.delivery.files.get(&store::name(file)).await.expect("answers").is_some();
    assert!(is_there(kept).await && !is_there(left).await);
    // A young file without a row is being taken in.
    backend.delivery.files.put(&store::name(fresh()), vec![1]).await.expect("stores");
    assert_eq!(purge::purge_rowless(&backend).await.expect("purges"), 0);
    assert!(is_there(kept).await);
}

/// The jobs of a kind that wait, and what is mailed for each.
async fn mailed(backend: &Backend, smtp: &testing::Smtp) -> Vec<String> {
    for (job, _) in testing::outbox(&backend.db).await {
        match job {
            Job::SendMail { mail: Mail::OrderBought { order_id } } => mails::send_bought(backend, order_id).await,
            Job::SendMail { mail: Mail::OrderSold { order_id } } => mails::send_sold(backend, order_id).await,
            Job::SendMail { mail: Mail::OrderHandedIn { order_id } } => mails::send_handed_in(backend, order_id).await,
            Job::SendMail { mail: Mail::OrderNotDelivered { order_id } } => {
                mails::send_not_delivered(backend, order_id).await
            }
            _ => Ok(()),
        }
        .expect("sends");
    }
    sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("empties it");
    let mut mails = smtp.mails();
    mails.sort();
    // Lines are broken where mails ask for it.
    mails.into_iter().map(|mail| mail.replace("=\r\n", "").replace("\r\n", "\n")).collect()
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn both_sides_are_mailed_what_they_have_to_know(db: PgPool) {
    let (mut backend, _simulator) = TestBackend::with_simulator(db).await;
    let smtp = testing::Smtp::listen(&mut backend);
    let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
    // Mails of other letters than ASCII are encoded.
    let input =
        |seat: &str| ListingInput { title: "Night Train".into(), seat: seat.into(), ..testing::listing_input() };
    let listing = list(&backend, ana, &input("1-2")).await.expect("lists");
    let [first, second] = ticket_ids(&backend, ana, listing).await[..] else { panic!("two tickets") };
    hand_in(&backend, ana, listing, &typed(&[(first, "SECRET-0001")])).await.expect("hands in");
    let in_hand = buy(&backend, bob, listing, 1).await;
    let sent = mailed(&backend, &smtp).await;
    let [bought, sold] = &sent[..] else { panic!("one to each: {sent:?}") };
    let (bought, sold) = if bought.contains("To: bob@") { (bought, sold) } else { (sold, bought) };
    assert!(bought.contains("To: bob@example.com") && bought.contains("Subject: Bought: Night Train"), "{bought}");
    assert!(bought.contains(&format!("/orders/{in_hand}/tickets")) && bought.contains("They are in hand"), "{bought}");
    assert!(bought.contains("$49.50") && bought.contains("Tempodrom, Berlin\nSection A, Row 3, Seat 1\n"), "{bought}");
    assert!(sold.contains("To: ana@example.com") && sold.contains("You get $49.50"), "{sold}");
    assert!(sold.contains("nothing to do") && !sold.contains("bob"), "{sold}");

    let promised = buy(&backend, bob, listing, 1).await;
    let sent = mailed(&backend, &smtp).await;
    assert!(sent.iter().any(|mail| mail.contains("has promised to hand them in by")), "{sent:?}");
    let sold = sent.iter().find(|mail| mail.contains("Hand in the tickets by")).expect("to the seller");
    assert!(sold.contains(&format!("/tickets/{listing}/delivery")), "{sold}");
    hand_in(&backend, ana, listing, &typed(&[(second, "SECRET-0002")])).await.expect("hands in");
    let sent = mailed(&backend, &smtp).await;
    let there = sent.iter().find(|mail| mail.contains("has handed in")).expect("to the buyer");
    assert!(there.contains("To: bob@example.com") && there.contains(&format!("/orders/{promised}/tickets")), "{there}");

    let late = list(&backend, ana, &input("9")).await.expect("lists");
    let late = buy(&backend, bob, late, 1).await;
    testing::let_time_pass(&backend.db, Duration::from_hours(29 * 24 - 2)).await;
    promises::sweep(&backend).await.expect("sweeps");
    let sent = mailed(&backend, &smtp).await;
    let sorry = sent.iter().find(|mail| mail.contains("we pay you back $49.50")).expect("to the buyer");
    assert!(sorry.contains("To: bob@example.com") && sorry.contains(&format!("/orders/{late}")), "{sorry}");
    // What was sold and refunded meanwhile is not mailed as sold.
    assert!(!sent.iter().any(|mail| mail.contains(&format!("/orders/{late}/tickets"))), "{sent:?}");
    assert!(sent.iter().all(|mail| !mail.contains("SECRET")), "no mail has a code");
}
