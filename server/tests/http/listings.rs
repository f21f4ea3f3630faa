//! Listings of several tickets: buying some of them, what the seller changes meanwhile, and their waitlist.

use domain::{ids::fresh, testing};
use model::{ListingId, tickets::ListingInput};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    person::{Answer, Person, listing, lock_form, lock_form_at},
    site::{PUBLIC_URL, Site},
};

/// The row of Alice's listing.
const SEATS: [&str; 4] = ["12", "13", "14", "15"];

/// A listing of four seats by Alice, and buyers.
struct Setup {
    site: Site,
    alice: Person,
    bob: Person,
    carol: Person,
    listing: String,
    page: String,
    /// The ids of the tickets, in the order of their seats.
    tickets: Vec<String>,
}

impl Setup {
    async fn new(db: PgPool) -> Self {
        Self::split(db, "any").await
    }

    /// With a rule how the tickets may be split.
    async fn split(db: PgPool, rule: &str) -> Self {
        let site = Site::without_stripe(db);
        let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
        let listed = alice.post("/rpc/list_ticket", &listing(&four(rule))).await;
        let page = listed.assert_status(200).location().to_owned();
        let listing = page.strip_prefix("/tickets/").expect("a page").to_owned();
        let tickets = ids(&shown(&alice, &listing).await["tickets"]);
        Self { site, alice, bob, carol, listing, page, tickets }
    }

    /// The form that locks `count` tickets.
    fn some(&self, count: &str) -> Vec<(&str, String)> {
        [owned(lock_form(&self.listing)), vec![("count", count.to_owned())]].concat()
    }

    /// The form that locks chosen tickets.
    fn chosen(&self, tickets: &[&str]) -> Vec<(&str, String)> {
        let chosen = tickets.iter().map(|ticket| ("tickets[]", (*ticket).to_owned()));
        owned(lock_form(&self.listing)).into_iter().chain(chosen).collect()
    }

    async fn lock(&self, person: &Person, form: &[(&str, String)]) -> Answer {
        person.post("/rpc/lock_ticket", form).await
    }

    /// The order of a successful lock, as its buyer reads it.
    async fn order(&self, person: &Person, form: &[(&str, String)]) -> Value {
        let locked = self.lock(person, form).await;
        let order = locked.location().strip_prefix("/orders/").unwrap_or_else(|| panic!("{}", locked.line()));
        person.read(&format!("/rpc/show_order?order={order}")).await.json()
    }

    /// The listing, as a visitor reads it.
    async fn shown(&self) -> Value {
        shown(&self.site.visitor(), &self.listing).await
    }

    /// The statuses of its tickets, in the order of their seats.
    async fn statuses(&self) -> Vec<String> {
        texts(&self.shown().await["tickets"], "status")
    }

    /// Joins the waitlist for so many tickets.
    async fn join(&self, person: &Person, wanted: &str) -> Answer {
        person.post("/rpc/join_line", &[("ticket", self.listing.as_str()), ("wanted", wanted)]).await
    }

    /// Closes the waitlist, or opens it again.
    async fn close(&self, person: &Person, is_closed: &str) -> Answer {
        person.post("/rpc/close_line", &[("ticket", self.listing.as_str()), ("is_closed", is_closed)]).await
    }

    async fn edit(&self, change: ListingInput) {
        let version = self.shown().await["version"].to_string();
        let form = [vec![("ticket", self.listing.clone()), ("version", version)], listing(&change)].concat();
        self.alice.post("/rpc/edit_ticket", &form).await.assert_status(200);
    }
}

fn four(rule: &str) -> ListingInput {
    ListingInput { seat: "12-15".into(), split: rule.into(), ..testing::listing_input() }
}

fn owned<'a>(form: [(&'a str, &str); 3]) -> Vec<(&'a str, String)> {
    form.map(|(name, value)| (name, value.to_owned())).into()
}

async fn shown(person: &Person, listing: &str) -> Value {
    person.read(&format!("/rpc/show_ticket?ticket={listing}")).await.assert_status(200).json()
}

fn texts(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().expect("rows");
    rows.iter().map(|row| row[field].as_str().expect("a text").to_owned()).collect()
}

fn ids(rows: &Value) -> Vec<String> {
    texts(rows, "id")
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn two_of_four_are_locked(db: PgPool) {
    let setup = Setup::new(db).await;
    let order = setup.order(&setup.bob, &setup.some("2")).await;
    assert_eq!((&order["tickets"]["count"], &order["price"]["cents"]), (&2.into(), &9900.into()), "{order}");
    assert_eq!(setup.statuses().await, ["locked", "locked", "on_sale", "on_sale"]);
    let view = setup.shown().await;
    let free = (&view["card"]["free"], &view["card"]["availability"], &view["choices"]);
    assert_eq!(free, (&2.into(), &"OnSale".into(), &serde_json::json!([1, 2])), "{view}");

    // The other two by a form without JavaScript.
    let sent = setup.carol.submit(&setup.page, "/rpc/lock_ticket", &setup.some("2")).await;
    assert!(sent.assert_status(302).location().starts_with("/orders/"), "{}", sent.location());
    let page = setup.site.visitor().open(&setup.page).await;
    assert!(page.status_words().starts_with("Reserved until"), "{}", page.words());
    page.assert_lacks("button", "Buy tickets").assert_has("button", "Join the waitlist");
    let dave = setup.site.sign_up("dave").await;
    assert_eq!(setup.lock(&dave, &setup.some("1")).await.refusal(), refused(409, "ticket_locked"));
    assert_eq!(testing::count(setup.site.db(), "SELECT count(*) FROM orders").await, 2);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn chosen_seats_are_locked_and_no_others(db: PgPool) {
    let setup = Setup::new(db).await;
    let [_, second, _, fourth] = &setup.tickets[..] else { panic!("four tickets") };
    // The chosen ones count, not the number; each counts once.
    let form = [setup.chosen(&[fourth, second, fourth]), vec![("count", "1".to_owned())]].concat();
    let order = setup.order(&setup.bob, &form).await;
    assert_eq!((&order["tickets"]["count"], &order["price"]["cents"]), (&2.into(), &9900.into()), "{order}");
    let place = order["tickets"]["place"].as_str().expect("a place").replace('\u{a0}', " ");
    assert_eq!(place, "Section A · Row 3 · Seats 13, 15");
    assert_eq!(setup.statuses().await, ["on_sale", "locked", "on_sale", "locked"]);

    let taken = setup.lock(&setup.carol, &setup.chosen(&[&setup.tickets[0], second])).await;
    assert_eq!(taken.refusal(), refused(409, "ticket_locked"), "one of the two is taken, so both are refused");
    let others = ids(&shown(&setup.alice, &setup.alice.list().await).await["tickets"]);
    let before = setup.site.snapshot().await;
    let foreign = setup.lock(&setup.carol, &setup.chosen(&[&others[0]])).await;
    assert_eq!(foreign.refusal(), refused(404, "ticket_not_found"), "a ticket of another listing");
    assert_eq!(setup.site.snapshot().await, before);
    assert_eq!(setup.statuses().await, ["on_sale", "locked", "on_sale", "locked"]);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn number_of_tickets_is_checked(db: PgPool) {
    let setup = Setup::split(db, "pairs").await;
    let before = setup.site.snapshot().await;
    for (count, refusal) in [
        ("0", refused(422, "invalid_count")),
        ("101", refused(422, "invalid_count")),
        ("-1", refused(422, "invalid_input")),
        ("70000", refused(422, "invalid_input")),
        ("6", refused(409, "not_enough_tickets")),
        ("1", refused(409, "split_not_allowed")),
        ("", refused(409, "split_not_allowed")),
    ] {
        assert_eq!(setup.lock(&setup.bob, &setup.some(count)).await.refusal(), refusal, "{count}");
        assert_eq!(setup.site.snapshot().await, before, "{count}");
    }
    assert_eq!(setup.order(&setup.bob, &setup.some("2")).await["tickets"]["count"], 2);
}

/// Proves that the version is compared where the tickets are taken: a buyer pays for what they saw.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn changed_listing_is_a_conflict_that_carries_it(db: PgPool) {
    let setup = Setup::new(db).await;
    setup.edit(ListingInput { section: "B".into(), ..four("any") }).await;
    let before = setup.site.snapshot().await;
    let conflict = setup.lock(&setup.bob, &setup.some("2")).await;
    assert_eq!(conflict.refusal(), refused(409, "listing_changed"));
    let mut now = conflict.json()["listing"].clone();
    assert_eq!((&now["version"], &now["section"]), (&2.into(), &"B".into()), "{now}");
    // It is the listing as its page reads it, but for what the buyer need not decide again by.
    let mut page = shown(&setup.bob, &setup.listing).await;
    for view in [&mut now, &mut page] {
        view["card"]["as_of_us"] = Value::Null;
    }
    for facts in ["price_history", "seller"] {
        let (is_shown, is_sent) = (page[facts].take() != json!([]), now[facts].take() != json!([]));
        assert_eq!((is_shown, is_sent), (true, false), "{facts}");
    }
    assert_eq!(now, page);
    assert_eq!(setup.site.snapshot().await, before);

    setup.edit(ListingInput { section: "B".into(), price: "60".into(), ..four("any") }).await;
    let before = setup.site.snapshot().await;
    let conflict = setup.lock(&setup.bob, &owned(lock_form_at(&setup.listing, "2", "4950"))).await;
    assert_eq!(conflict.refusal(), refused(409, "price_changed"));
    let body = conflict.json();
    assert_eq!((&body["errors"][0]["price_cents"], &body["listing"]["version"]), (&6000.into(), &3.into()), "{body}");
    // Neither a guessed version nor an old price with the new version is taken.
    for (version, cents, code) in [("4", "6000", "listing_changed"), ("3", "4950", "price_changed")] {
        let conflict = setup.lock(&setup.bob, &owned(lock_form_at(&setup.listing, version, cents))).await;
        assert_eq!(conflict.refusal(), refused(409, code), "{version} {cents}");
    }
    assert_eq!(setup.site.snapshot().await, before);

    // Without JavaScript the conflict comes back to the page, which shows the listing as it is.
    let sent = setup.bob.submit(&setup.page, "/rpc/lock_ticket", &owned(lock_form(&setup.listing))).await;
    let back = setup.bob.open(sent.location().strip_prefix(PUBLIC_URL).expect("our own page")).await;
    assert!(!back.of_class("notice notice-error").is_empty(), "{}", back.words());
    assert_eq!(
        (back.field("version"), back.field("price_cents")),
        (
            "input type=\"hidden\" name=\"version\" value=\"3\"",
            "input type=\"hidden\" name=\"price_cents\" value=\"6000\"",
        )
    );
    setup.lock(&setup.bob, &owned(lock_form_at(&setup.listing, "3", "6000"))).await.assert_status(200);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn seller_withdraws_one_seat(db: PgPool) {
    let setup = Setup::new(db).await;
    let withdraw = async |person: &Person, seat: &str| {
        person.post("/rpc/withdraw_ticket", &[("ticket", setup.listing.as_str()), ("seat", seat)]).await
    };
    let before = setup.site.snapshot().await;
    let none = fresh::<model::TicketId>().to_string();
    assert_eq!(withdraw(&setup.bob, &setup.tickets[1]).await.refusal(), refused(403, "not_your_ticket"));
    assert_eq!(withdraw(&setup.site.visitor(), &setup.tickets[1]).await.refusal(), refused(401, "not_signed_in"));
    assert_eq!(withdraw(&setup.alice, &none).await.refusal(), refused(404, "ticket_not_found"));
    assert_eq!(setup.site.snapshot().await, before);

    assert_eq!(withdraw(&setup.alice, &setup.tickets[1]).await.redirect(), (200, &*setup.page));
    assert_eq!(setup.statuses().await, ["on_sale", "withdrawn", "on_sale", "on_sale"]);
    let place = setup.shown().await["card"]["place"].as_str().expect("a place").replace('\u{a0}', " ");
    assert_eq!(place, "Section A · Row 3 · Seats 12, 14-15");

    // While one of the others is locked, the rest can be withdrawn one by one only.
    setup.lock(&setup.bob, &setup.chosen(&[&setup.tickets[0]])).await.assert_status(200);
    assert_eq!(withdraw(&setup.alice, &setup.tickets[0]).await.refusal(), refused(409, "ticket_locked"));
    let all = setup.alice.post("/rpc/withdraw_ticket", &[("ticket", &setup.listing)]).await;
    assert_eq!(all.refusal(), refused(409, "ticket_locked"));
    let form = [("ticket", setup.listing.as_str()), ("seat", &setup.tickets[3])];
    let sent = setup.alice.submit(&setup.page, "/rpc/withdraw_ticket", &form).await;
    assert_eq!(sent.redirect(), (302, &*setup.page));
    assert_eq!(setup.statuses().await, ["locked", "withdrawn", "on_sale", "withdrawn"]);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn waitlist_is_for_a_number_of_tickets(db: PgPool) {
    let setup = Setup::new(db).await;
    assert_eq!(setup.join(&setup.carol, "2").await.refusal(), refused(409, "ticket_is_free"));
    let order = setup.order(&setup.bob, &setup.some("4")).await;
    for (wanted, refusal) in [
        ("0", refused(422, "invalid_count")),
        ("5", refused(409, "not_enough_tickets")),
        ("-1", refused(422, "invalid_input")),
    ] {
        assert_eq!(setup.join(&setup.carol, wanted).await.refusal(), refusal, "{wanted}");
    }
    let wanted = async || setup.carol.read("/rpc/my_orders").await.json()["waitlists"][0]["wanted"].clone();
    assert_eq!(setup.join(&setup.carol, "2").await.redirect(), (200, &*setup.page));
    assert_eq!(wanted().await, 2);
    setup.join(&setup.carol, "3").await.assert_status(200);
    assert_eq!(wanted().await, 3);
    assert_eq!(shown(&setup.carol, &setup.listing).await["waitlist"]["my_position"], 1);

    let order = order["id"].as_str().expect("an id");
    setup.bob.post("/rpc/cancel_order", &[("order", order)]).await.assert_status(200);
    assert_eq!(setup.statuses().await, ["locked", "locked", "locked", "on_sale"], "what she does not want is on sale");
    let offered = &setup.carol.read("/rpc/my_orders").await.json()["open"][0];
    assert_eq!((&offered["tickets"]["count"], &offered["price"]["cents"]), (&3.into(), &14_850.into()), "{offered}");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn only_the_seller_closes_the_waitlist(db: PgPool) {
    let setup = Setup::new(db).await;
    let dave = setup.site.sign_up("dave").await;
    setup.lock(&setup.bob, &setup.some("4")).await.assert_status(200);
    setup.join(&setup.carol, "1").await.assert_status(200);
    let before = setup.site.snapshot().await;
    for person in [&setup.bob, &setup.carol] {
        assert_eq!(setup.close(person, "true").await.refusal(), refused(403, "not_your_ticket"));
    }
    assert_eq!(setup.close(&setup.site.visitor(), "true").await.refusal(), refused(401, "not_signed_in"));
    let none = [("ticket", fresh::<ListingId>().to_string()), ("is_closed", "true".to_owned())];
    assert_eq!(setup.alice.post("/rpc/close_line", &none).await.refusal(), refused(404, "ticket_not_found"));
    assert_eq!(setup.close(&setup.alice, "maybe").await.refusal(), refused(422, "invalid_input"));
    assert_eq!(setup.site.snapshot().await, before);

    let words = |open: &str| format!("at the latest{open}.");
    let before_closing = setup.alice.open(&setup.page).await;
    before_closing.assert_has("button", "Close the waitlist");
    assert!(before_closing.words().contains(&words(", unless others join the waitlist")), "{}", before_closing.words());
    assert!(setup.alice.open("/listings").await.words().contains("reserved for 31 minutes at most"));
    let form = [("ticket", setup.listing.as_str()), ("is_closed", "true")];
    let sent = setup.alice.submit(&setup.page, "/rpc/close_line", &form).await;
    assert_eq!(sent.redirect(), (302, &*setup.page));
    assert_eq!(setup.join(&dave, "1").await.refusal(), refused(409, "line_closed"));
    dave.open(&setup.page).await.assert_lacks("button", "Join the waitlist");
    assert!(setup.alice.open(&setup.page).await.words().contains(&words("")));
    assert!(!dave.open(&setup.page).await.words().contains("at the latest"), "it is the seller's to know");
    // Carol, who was on it, has no place any more and is told so.
    assert_eq!(setup.join(&setup.carol, "2").await.refusal(), refused(409, "line_closed"));
    let waitlist = &shown(&setup.carol, &setup.listing).await["waitlist"];
    assert_eq!(*waitlist, serde_json::json!({"length": 0, "is_closed": true, "my_position": null}));
    let carols = setup.carol.open(&setup.page).await;
    assert!(carols.words().contains("The seller has closed the waitlist."), "{}", carols.words());
    assert!(!setup.carol.open("/orders").await.words().contains("You are number"));

    assert_eq!(setup.close(&setup.alice, "false").await.redirect(), (200, &*setup.page));
    setup.join(&dave, "1").await.assert_status(200);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn known_venue_needs_no_time_zone(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let typed = |venue: &str, time_zone: &str| {
        let input = testing::listing_input();
        listing(&ListingInput { venue: venue.into(), time_zone: time_zone.into(), ..input })
    };
    let before = testing::count(site.db(), "SELECT count(*) FROM venues").await;
    let refusal = alice.post("/rpc/list_ticket", &typed("Tempodrom", "")).await;
    assert_eq!(refusal.refusal(), refused(422, "time_zone_needed"));
    assert_eq!(refusal.json()["errors"][0]["field"], "time_zone");
    assert_eq!(testing::count(site.db(), "SELECT count(*) FROM venues").await, before);
    alice.post("/rpc/list_ticket", &typed("Tempodrom", "Europe/Berlin")).await.assert_status(200);

    // However it is typed. A zone that contradicts the venue's does not count.
    for time_zone in ["", "America/New_York"] {
        let listed = bob.post("/rpc/list_ticket", &typed("TEMPÓDROM", time_zone)).await;
        let id = listed.assert_status(200).location().strip_prefix("/tickets/").expect("a page").to_owned();
        let card = &shown(&bob, &id).await["card"];
        assert_eq!(
            (&card["starts"]["time_zone"], &card["venue"]),
            (&"Europe/Berlin".into(), &"Tempodrom".into()),
            "{card}"
        );
    }
    let refusal = bob.post("/rpc/list_ticket", &typed("Huxleys", "")).await;
    assert_eq!(refusal.refusal(), refused(422, "time_zone_needed"));
    for (table, rows) in [("SELECT count(*) FROM venues", 1), ("SELECT count(*) FROM events", 1)] {
        assert_eq!(testing::count(site.db(), table).await, rows, "{table}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn several_tickets_are_listed_by_seats_or_by_number(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let list = async |seat: &str, quantity: &str, split: &str| {
        let input = testing::listing_input();
        let form =
            listing(&ListingInput { seat: seat.into(), quantity: quantity.into(), split: split.into(), ..input });
        alice.post("/rpc/list_ticket", &form).await
    };
    for (seat, quantity, split, field, code) in [
        ("12-15", "3", "", "quantity", "invalid_quantity"),
        ("", "0", "", "quantity", "invalid_quantity"),
        ("", "101", "", "quantity", "too_many_tickets"),
        ("12-15", "", "thirds", "split", "invalid_split"),
    ] {
        let refusal = list(seat, quantity, split).await;
        assert_eq!((refusal.refusal(), &refusal.json()["errors"][0]["field"]), (refused(422, code), &field.into()));
    }
    for (seat, quantity, seats) in [("12-15", "", &SEATS[..]), ("12-15", "4", &SEATS), ("", "3", &["", "", ""])] {
        let listed = list(seat, quantity, "all_together").await;
        let view = shown(&alice, listed.location().strip_prefix("/tickets/").expect("a page")).await;
        assert_eq!(
            (texts(&view["tickets"], "seat"), &view["choices"]),
            (seats.iter().map(|&seat| seat.to_owned()).collect(), &serde_json::json!([seats.len()]),)
        );
    }
}
