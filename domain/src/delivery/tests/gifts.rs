//! Gifts: one ticket of an order goes to another person, and to no one else.

use futures_util::future::join;
use model::{
    GiftId, TicketFileId,
    auth::{CurrentUser, Role},
    delivery::{GiftState, GivableTicket},
};

use super::*;
use crate::delivery::{
    gate::gate,
    gifts::{
        accept::{AcceptError, accept},
        mails::{send_accepted, send_offered},
        offer::{OfferError, TakeBackError, offer, take_back},
        open::open as open_gift,
        received::{self, ReceivedError},
    },
};
use crate::orders::returning::{ReturnError, return_tickets};

/// A file of four codes on one page.
const FOUR_ON_ONE: &[u8] = include_bytes!("../../../../inspect/samples/reportlab-qr-four-on-one.pdf");

/// Ana has sold bob two tickets, with a code each; carol is his friend, and dave is no one's.
struct Sold {
    backend: Backend,
    simulator: stripe_sim::Simulator,
    ana: UserId,
    bob: UserId,
    carol: CurrentUser,
    dave: CurrentUser,
    listing: ListingId,
    order: OrderId,
    tickets: Vec<TicketId>,
}

impl Sold {
    async fn new(db: PgPool) -> Self {
        let (backend, simulator) = TestBackend::with_simulator(db).await;
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        let (carol, dave) = (person(&backend, "carol").await, person(&backend, "dave").await);
        let listing = list(&backend, ana, &input("1-2")).await.expect("lists");
        let tickets = ticket_ids(&backend, ana, listing).await;
        let codes = typed(&[(tickets[0], "LH-0001"), (tickets[1], "LH-0002")]);
        hand_in(&backend, ana, listing, &codes).await.expect("hands in");
        let order = buy(&backend, bob, listing, 2).await;
        Self { backend, simulator, ana, bob, carol, dave, listing, order, tickets }
    }

    async fn offer(&self, place: usize) -> Result<GiftId, OfferError> {
        offer(&self.backend, self.bob, self.order, self.tickets[place], " Carol@Example.com ").await
    }

    async fn given(&self) -> GiftId {
        let gift = self.offer(0).await.expect("offers");
        accept(&self.backend, &self.carol, gift).await.expect("accepts");
        gift
    }

    async fn givable(&self) -> Vec<GivableTicket> {
        show_tickets(&self.backend, self.bob, self.order).await.expect("is bob's").givable
    }

    /// What each side's timeline says of the gift.
    async fn timelines(&self) -> [Vec<OrderEventKind>; 2] {
        let buyers = orders::show::show(&self.backend, self.bob, self.order).await.expect("shows").timeline;
        let sellers = orders::sale::sale(&self.backend, self.ana, self.listing).await.expect("shows");
        let of_gifts = |kind: &OrderEventKind| matches!(kind, OrderEventKind::Given | OrderEventKind::GiftOpened);
        [&buyers, &sellers.sales[0].timeline]
            .map(|entries| entries.iter().map(|entry| entry.what).filter(of_gifts).collect())
    }

    async fn code(&self, gift: GiftId) -> Option<String> {
        received::show(&self.backend, &self.carol, gift)
            .await
            .expect("is carol's")
            .ticket
            .and_then(|ticket| ticket.text)
    }

    /// A stranger gets nothing of it, by any way.
    async fn assert_hidden_from(&self, user: &CurrentUser, gift: GiftId) {
        let backend = &self.backend;
        assert!(matches!(received::show(backend, user, gift).await, Err(ReceivedError::NotFound)));
        assert!(matches!(received::gate(backend, user, gift).await, Err(ReceivedError::NotFound)));
        assert!(matches!(received::calendar(backend, user, gift).await, Err(ReceivedError::NotFound)));
        assert!(matches!(open_gift(backend, user, gift).await, Err(ReceivedError::NotFound)));
        assert!(matches!(accept(backend, user, gift).await, Err(AcceptError::NotFound)));
        assert!(received::list(backend, user).await.expect("answers").iter().all(|found| found.id != gift));
    }
}

/// Tickets of the event. Mails of other letters than ASCII are encoded.
fn input(seat: &str) -> ListingInput {
    ListingInput { title: "Night Train".into(), seat: seat.into(), ..testing::listing_input() }
}

async fn person(backend: &Backend, name: &str) -> CurrentUser {
    CurrentUser {
        id: testing::user(&backend.db, name).await,
        email: format!("{name}@example.com"),
        role: Role::Member,
        is_verified: true,
        has_second_factor: false,
        locked_order: None,
        is_waiting: false,
        is_watching: false,
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn ticket_that_is_given_is_its_recipients_alone(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, bob, carol, dave, order, .. } = &sold;
    open(backend, *bob, *order).await.expect("opens");
    let gift = sold.offer(0).await.expect("offers");

    // Offered, it is the giver's still.
    let offered = received::show(backend, carol, gift).await.expect("is for carol");
    assert_eq!((&offered.state, offered.from.as_deref()), (&GiftState::Offered, Some("bob@example.com")));
    assert!(offered.ticket.is_none() && received::gate(backend, carol, gift).await.expect("answers").is_none());
    assert_eq!(codes_of(backend, *bob, *order).await, [Some("LH-0001".into()), Some("LH-0002".into())]);
    assert!(open_gift(backend, carol, gift).await.is_err(), "not accepted");
    assert!(received::calendar(backend, carol, gift).await.is_err(), "not accepted");
    sold.assert_hidden_from(dave, gift).await;
    let unverified = CurrentUser { is_verified: false, ..carol.clone() };
    sold.assert_hidden_from_unverified(&unverified, gift).await;
    assert_eq!(received::list(backend, carol).await.expect("lists").len(), 1);

    for _ in 0..2 {
        accept(backend, carol, gift).await.expect("accepts");
    }
    assert_eq!(codes_of(backend, *bob, *order).await, [None, Some("LH-0002".into())]);
    let shown = gate(backend, *bob, *order).await.expect("shows").expect("opened");
    assert_eq!(shown.tickets.len(), 1);
    let view = received::show(backend, carol, gift).await.expect("is carol's");
    assert!(view.state == GiftState::Accepted && view.ticket.is_none(), "{view:?}");
    assert_eq!(sold.code(gift).await, None, "not opened");
    sold.assert_hidden_from(dave, gift).await;
    for _ in 0..2 {
        open_gift(backend, carol, gift).await.expect("opens");
    }
    assert_eq!(sold.code(gift).await.as_deref(), Some("LH-0001"));
    let shown = received::gate(backend, carol, gift).await.expect("shows").expect("opened");
    assert_eq!(shown.tickets[0].text.as_deref(), Some("LH-0001"));
    assert!(received::calendar(backend, carol, gift).await.is_ok());
    sold.assert_hidden_from(dave, gift).await;
    for timeline in sold.timelines().await {
        assert_eq!(timeline, [OrderEventKind::Given, OrderEventKind::GiftOpened]);
    }

    // The money goes back: so does what it bought.
    testing::refund(backend, &testing::newest_intent(backend, *order).await, None).await;
    testing::hear_of(backend, &testing::newest_intent(backend, *order).await).await;
    let gone = received::show(backend, carol, gift).await.expect("is carol's");
    assert!(gone.state == GiftState::Gone && gone.ticket.is_none(), "{gone:?}");
    assert!(received::gate(backend, carol, gift).await.expect("answers").is_none());
    assert!(open_gift(backend, carol, gift).await.is_err());
    assert!(received::list(backend, carol).await.expect("lists").is_empty());
}

impl Sold {
    async fn assert_hidden_from_unverified(&self, user: &CurrentUser, gift: GiftId) {
        assert!(matches!(received::show(&self.backend, user, gift).await, Err(ReceivedError::NotFound)));
        assert!(matches!(accept(&self.backend, user, gift).await, Err(AcceptError::NotGivable)));
        assert!(received::list(&self.backend, user).await.expect("answers").is_empty());
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn offer_is_taken_back_until_it_is_accepted(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, ana, bob, carol, dave, .. } = &sold;
    let gift = sold.offer(0).await.expect("offers");
    for stranger in [*ana, carol.id, dave.id] {
        assert!(matches!(take_back(backend, stranger, gift).await, Err(TakeBackError::NotFound)));
    }
    for _ in 0..2 {
        assert_eq!(take_back(backend, *bob, gift).await.expect("takes it back"), sold.order);
    }
    sold.assert_hidden_from(carol, gift).await;
    assert!(sold.givable().await.iter().all(|ticket| ticket.gift.is_none()));
    let gift = sold.given().await;
    assert!(matches!(take_back(backend, *bob, gift).await, Err(TakeBackError::Accepted)));
    let given = sold.givable().await.remove(0).gift.expect("is given");
    assert!(given.is_accepted && given.email.as_deref() == Some("Carol@example.com"), "{given:?}");
    // Each offer mails a person who has not asked for it.
    for _ in 0..5 {
        let gift = sold.offer(1).await.expect("offers");
        take_back(backend, *bob, gift).await.expect("takes it back");
    }
    assert!(matches!(sold.offer(1).await, Err(OfferError::NotGivable)));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn ticket_is_not_given_twice_nor_by_others_nor_in_dispute(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, ana, bob, carol, order, tickets, .. } = &sold;
    for stranger in [*ana, carol.id] {
        let refused = offer(backend, stranger, *order, tickets[0], "dave@example.com").await;
        assert!(matches!(refused, Err(OfferError::NotFound)), "{refused:?}");
    }
    for (email, code) in [("BOB@example.com", Code::OwnEmail), ("", Code::Required), ("carol", Code::InvalidEmail)] {
        let refused = offer(backend, *bob, *order, tickets[0], email).await;
        assert!(matches!(refused, Err(OfferError::Invalid(found)) if found == code), "{email}: {refused:?}");
    }
    let unknown = offer(backend, *bob, *order, fresh(), "carol@example.com").await;
    assert!(matches!(unknown, Err(OfferError::NotFound)));
    let gift = sold.offer(0).await.expect("offers");
    assert!(matches!(sold.offer(0).await, Err(OfferError::NotGivable)), "is offered");

    // Put on sale again by the giver, it cannot be accepted.
    let again = list(backend, *bob, &input("9")).await.expect("lists");
    let [place] = ticket_ids(backend, *bob, again).await[..] else { panic!("one ticket") };
    hand_in(backend, *bob, again, &typed(&[(place, "LH-0001")])).await.expect("is his until it is accepted");
    assert!(matches!(accept(backend, carol, gift).await, Err(AcceptError::NotGivable)));
    withdraw(backend, *bob, again, None).await.expect("withdraws");

    let intent = testing::newest_intent(backend, *order).await;
    assert!(sold.simulator.dispute(&intent));
    let payment = payments::store::sale_of_order(&backend.db, *order).await.expect("answers").expect("is paid for");
    testing::hear_of_disputes(backend, payment).await;
    assert!(matches!(accept(backend, carol, gift).await, Err(AcceptError::NotGivable)), "in dispute");
    assert!(matches!(sold.offer(1).await, Err(OfferError::NotGivable)), "in dispute");

    let promised = testing::listing(backend, *ana).await;
    let promised_order = buy(backend, *bob, promised, 1).await;
    let missing = ticket_ids(backend, *ana, promised).await[0];
    let refused = offer(backend, *bob, promised_order, missing, "carol@example.com").await;
    assert!(matches!(refused, Err(OfferError::NotGivable)), "not in hand");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn code_of_a_gift_is_its_recipients_to_sell(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, bob, carol, .. } = &sold;
    let gift = sold.given().await;
    open_gift(backend, carol, gift).await.expect("opens");
    let sell = async |seller: UserId| {
        let listing = list(backend, seller, &input("9")).await.expect("lists");
        let ticket = ticket_ids(backend, seller, listing).await[0];
        hand_in(backend, seller, listing, &typed(&[(ticket, "LH-0001")])).await
    };
    assert!(matches!(sell(*bob).await, Err(HandInError::Elsewhere)), "he has given it away");
    sell(carol.id).await.expect("is hers");
    assert_eq!(sold.code(gift).await, None, "and she does not keep it");
    assert!(received::gate(backend, carol, gift).await.expect("answers").is_none());
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn file_goes_with_its_only_ticket(db: PgPool) {
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
    let (carol, dave) = (person(&backend, "carol").await, person(&backend, "dave").await);
    let buy_file = async |file: &[u8], count: usize| {
        let listing = testing::listing_of(&backend, ana, count, SplitRule::Any).await;
        let id = upload(&backend, ana, listing, file).await.expect("takes it in");
        hand_in_as_suggested(&backend, ana, listing).await.expect("hands in");
        let order = buy(&backend, bob, listing, count).await;
        open(&backend, bob, order).await.expect("opens");
        (id, order, ticket_ids(&backend, ana, listing).await[0])
    };
    let give = async |order: OrderId, ticket: TicketId| {
        let gift = offer(&backend, bob, order, ticket, "carol@example.com").await.expect("offers");
        accept(&backend, &carol, gift).await.expect("accepts");
        gift
    };
    let loads = async |gift: GiftId, file: TicketFileId| received::load(&backend, &carol, gift, file).await;
    let (single, order, ticket) = buy_file(ONE_CODE, 1).await;
    assert!(load(&backend, bob, order, single).await.is_ok());
    let gift = give(order, ticket).await;
    assert!(load(&backend, bob, order, single).await.is_err(), "it is carol's");
    assert!(loads(gift, single).await.is_err(), "not opened");
    open_gift(&backend, &carol, gift).await.expect("opens");
    assert_eq!(loads(gift, single).await.expect("loads").kind, "png");
    assert!(received::load(&backend, &dave, gift, single).await.is_err());
    assert!(loads(fresh(), single).await.is_err() && loads(gift, fresh()).await.is_err());
    assert!(matches!(open(&backend, bob, order).await, Err(OpenError::NotBought)), "nothing is left to open");

    // With other tickets in it, it would show each person the other's code.
    let (shared, order, ticket) = buy_file(FOUR_PAGES, 4).await;
    assert!(load(&backend, bob, order, shared).await.is_ok());
    let gift = give(order, ticket).await;
    open_gift(&backend, &carol, gift).await.expect("opens");
    assert!(load(&backend, bob, order, shared).await.is_err());
    assert!(loads(gift, shared).await.is_err());

    // A code in it that no ticket has may still be sold.
    let listing = testing::listing(&backend, ana).await;
    let partly = upload(&backend, ana, listing, FOUR_ON_ONE).await.expect("takes it in");
    let ticket = ticket_ids(&backend, ana, listing).await[0];
    let found = seen(&backend, ana, listing).await.files[0].choices[0].value.clone();
    let choices = BTreeMap::from([(ticket, found)]);
    hand_in(&backend, ana, listing, &HandInInput { choices, ..HandInInput::default() }).await.expect("one of four");
    let order = buy(&backend, bob, listing, 1).await;
    let gift = give(order, ticket).await;
    open_gift(&backend, &carol, gift).await.expect("opens");
    assert!(loads(gift, partly).await.is_err());
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn both_are_mailed_and_no_mail_has_the_code(db: PgPool) {
    let mut sold = Sold::new(db).await;
    let smtp = testing::Smtp::listen(&mut sold.backend);
    let gift = sold.offer(0).await.expect("offers");
    let read = || smtp.mails().concat().replace("=\r\n", "");
    send_offered(&sold.backend, gift).await.expect("sends");
    let offered = read();
    assert!(offered.contains("To: Carol@example.com") && offered.contains(&format!("/gifts/{gift}")), "{offered}");
    assert!(offered.contains("bob@example.com gives you a ticket"), "{offered}");
    send_accepted(&sold.backend, gift).await.expect("says nothing");
    accept(&sold.backend, &sold.carol, gift).await.expect("accepts");
    send_offered(&sold.backend, gift).await.expect("says nothing");
    send_accepted(&sold.backend, gift).await.expect("sends");
    let sent = read();
    assert_eq!(sent.matches("Subject:").count(), 2, "{sent}");
    assert!(
        sent.contains("To: bob@example.com") && sent.contains(&format!("/orders/{}/tickets", sold.order)),
        "{sent}"
    );
    assert!(!sent.contains("LH-0001"), "{sent}");
}

/// Who a gift was for is erased with either account; the ticket stays where it is.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn account_takes_its_gifts_addresses_along(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, bob, carol, .. } = &sold;
    let accepted = sold.given().await;
    let offered = sold.offer(1).await.expect("offers");
    let mut tx = backend.begin().await.expect("begins");
    crate::delivery::gifts::erase(&mut tx, *bob).await.expect("erases");
    tx.commit().await.expect("commits");
    sold.assert_hidden_from(carol, offered).await;
    let view = received::show(backend, carol, accepted).await.expect("is carol's");
    assert_eq!(view.state, GiftState::Accepted);
    let named = "SELECT count(*) FROM gifts WHERE email IS NOT NULL OR email_key IS NOT NULL";
    assert_eq!(testing::count(&backend.db, named).await, 0);
}

/// Proves the listing's lock and the hashes' locks: without them the code is the friend's and on sale by the giver.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn of_accepting_and_selling_again_at_once_one_wins(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, bob, carol, .. } = &sold;
    let again = list(backend, *bob, &input("9")).await.expect("lists");
    let place = ticket_ids(backend, *bob, again).await[0];
    for (round, code) in ["LH-0001", "LH-0002"].into_iter().enumerate() {
        let gift = sold.offer(round).await.expect("offers");
        let codes = typed(&[(place, code)]);
        let (accepted, on_sale) = join(accept(backend, carol, gift), hand_in(backend, *bob, again, &codes)).await;
        assert!(accepted.is_ok() != on_sale.is_ok(), "{accepted:?} {on_sale:?}");
    }
}

/// An order of which a gift is offered is not returned, also while it is accepted: the friend keeps it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn gift_is_accepted_while_its_order_is_returned(db: PgPool) {
    let sold = Sold::new(db).await;
    let Sold { backend, bob, carol, order, .. } = &sold;
    let gift = sold.offer(0).await.expect("offers");
    let (accepted, returned) = join(accept(backend, carol, gift), return_tickets(backend, *bob, *order)).await;
    accepted.expect("accepts");
    assert!(matches!(returned, Err(ReturnError::NotReturnable)), "{returned:?}");
    open_gift(backend, carol, gift).await.expect("is carol's");
    assert_eq!(sold.code(gift).await.as_deref(), Some("LH-0001"));
    let report = crate::doctor::examine::examine(&backend.db).await.expect("examines");
    assert_eq!(report.violations().count(), 0, "{report:?}");
}

/// What was accepted is the account's, and not its address'.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn friend_who_changes_their_address_keeps_the_gift(db: PgPool) {
    let sold = Sold::new(db).await;
    let gift = sold.given().await;
    let backend = &sold.backend;
    sqlx::query("UPDATE users SET email = 'carola@example.com' WHERE id = $1")
        .bind(sold.carol.id.as_uuid())
        .execute(&backend.db)
        .await
        .expect("changes");
    let moved = CurrentUser { email: "carola@example.com".to_owned(), ..sold.carol.clone() };
    assert_eq!(received::list(backend, &moved).await.expect("lists").len(), 1);
    open_gift(backend, &moved, gift).await.expect("is still hers");
    let shown = received::show(backend, &moved, gift).await.expect("is still hers").ticket;
    assert_eq!(shown.and_then(|ticket| ticket.text).as_deref(), Some("LH-0001"));
    // The next owner of the address.
    let next = CurrentUser { email: "carol@example.com".to_owned(), ..person(backend, "carol").await };
    sold.assert_hidden_from(&next, gift).await;
}
