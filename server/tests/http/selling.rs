//! What a seller does with several listings: prices that fall, a change of several prices, the parts of the list, and the
//! table of sales.

use domain::testing;
use model::{Code, tickets::ListingInput};
use sqlx::PgPool;
use stripe_sim::Simulator;

use crate::{
    person::{Answer, Person, listing},
    site::{PUBLIC_URL, Site},
    stripe::{GOOD_CARD, confirm},
};

fn titled(title: &str) -> ListingInput {
    ListingInput { title: title.into(), ..testing::listing_input() }
}

/// Lists, and answers with the listing's id.
async fn list(seller: &Person, input: &ListingInput) -> String {
    seller.post("/rpc/list_ticket", &listing(input)).await.id_after("/tickets/")
}

/// The price of a listing, in cents.
async fn price(reader: &Person, id: &str) -> i64 {
    let shown = reader.read(&format!("/rpc/show_ticket?ticket={id}")).await.json();
    shown["card"]["price"]["cents"].as_i64().expect("a price")
}

/// The page that a form of the list leads to.
async fn led_to(person: &Person, sent: &Answer) -> Answer {
    assert_eq!(sent.status, 302, "{}", sent.body);
    person.open(sent.location().trim_start_matches(PUBLIC_URL)).await
}

fn change<'a>(how: &'a str, amount: &'a str, chosen: &[String]) -> Vec<(&'a str, String)> {
    let chosen = chosen.iter().map(|id| ("listings[]", format!("{id}.1")));
    [("show", "coming".to_owned()), ("price_change", how.to_owned()), ("amount", amount.to_owned())]
        .into_iter()
        .chain(chosen)
        .collect()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn steps_of_a_price_are_public_and_its_form_comes_back_as_typed(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let falling = |to: &str| ListingInput {
        fall_every: "24".into(),
        fall_by: "5".into(),
        fall_to: to.into(),
        ..testing::listing_input()
    };
    let sent = alice.submit("/tickets/new", "/rpc/list_ticket", &listing(&falling("49.50"))).await;
    let back = led_to(&alice, &sent).await;
    assert_eq!(back.of_id("fall_to-error"), Code::FloorNotBelowPrice.words());
    assert_eq!((back.value("fall_by"), back.value("fall_to")), ("5", "49.50"));
    assert!(back.body.contains("<option value=\"24\" selected"), "{}", back.field("fall_every"));

    let id = list(&alice, &falling("38")).await;
    let page = site.visitor().open(&format!("/tickets/{id}")).await;
    let words = page.assert_status(200).words();
    assert!(words.contains("The price falls. Next: $44.50 from "), "{words}");
    assert!(words.contains("The price falls by $5.00 every day, to $38.00 at the lowest."), "{words}");
    let edit = alice.open(&format!("/tickets/{id}/edit")).await;
    assert_eq!((edit.value("fall_by"), edit.value("fall_to")), ("5.00", "38.00"));
    assert!(edit.body.contains("<option value=\"24\" selected"), "{}", edit.body);
    assert!(edit.body.contains("<option value=\"never\""), "it can be ended");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn prices_change_or_the_list_says_why_not(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let [free, locked, other] = ["Free", "Locked", "Other"].map(titled);
    let [free, locked, other] = [list(&alice, &free).await, list(&alice, &locked).await, list(&alice, &other).await];
    bob.lock(&locked).await;

    let page = alice.open("/listings").await;
    page.assert_has("summary", "Change several prices").assert_has("button", "Change prices");
    let chosen = [free.clone(), locked.clone()];
    let sent = alice.submit("/listings", "/rpc/change_prices", &change("lower_by", "10", &chosen)).await;
    assert_eq!(sent.location(), "/listings?show=coming");
    let page = led_to(&alice, &sent).await;
    let words = page.words();
    assert!(words.contains("1 price is changed. 1 could not be changed; the reason is beside each."), "{words}");
    page.assert_has("p", "Price changed.");
    page.assert_has("p", &format!("Price not changed. {}", Code::TicketLocked.words()));
    let prices = [price(&alice, &free).await, price(&alice, &locked).await, price(&alice, &other).await];
    assert_eq!(prices, [4455, 4950, 4950]);
    alice.open("/listings").await.assert_lacks("p", "Price changed.");

    // What was typed and chosen is there again.
    let sent =
        alice.submit("/listings", "/rpc/change_prices", &change("lower_by", "1.5", std::slice::from_ref(&other))).await;
    let back = led_to(&alice, &sent).await;
    assert_eq!(back.of_id("amount-error"), Code::InvalidPercent.words());
    assert_eq!(back.value("amount"), "1.5");
    assert!(back.body.contains("<option value=\"lower_by\" selected"), "{}", back.body);
    let boxes: Vec<_> = back.body.split('<').filter(|tag| tag.contains("type=\"checkbox\"")).collect();
    let is_checked =
        |id: &str| boxes.iter().any(|tag| tag.contains(&format!("value=\"{id}")) && tag.contains(" checked"));
    assert_eq!([is_checked(&other), is_checked(&free)], [true, false], "{boxes:?}");

    let sent = alice.submit("/listings", "/rpc/change_prices", &change("set_to", "30", &[])).await;
    let back = led_to(&alice, &sent).await;
    assert_eq!(back.of_class("notice notice-error"), Code::NothingChosen.words());
    // The same with JavaScript.
    for (amount, chosen, code) in [
        ("1.5", vec![other.clone()], "invalid_percent"),
        ("15", vec![], "nothing_chosen"),
        ("15", vec!["x".to_owned()], "invalid_input"),
        ("15", vec![other.clone(); 21], "invalid_input"),
    ] {
        let refused = alice.post("/rpc/change_prices", &change("lower_by", amount, &chosen)).await;
        assert_eq!(refused.refusal(), (422, code.to_owned()), "{amount}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn prices_of_another_seller_stay(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let (alices, bobs) = (list(&alice, &titled("Hers")).await, list(&bob, &titled("His")).await);
    let both = [alices.clone(), bobs.clone()];
    let sent = bob.submit("/listings", "/rpc/change_prices", &change("set_to", "1", &both)).await;
    let page = led_to(&bob, &sent).await;
    page.assert_has("p", "Price changed.");
    assert!(!page.words().contains("Hers"), "{}", page.words());
    assert_eq!([price(&bob, &alices).await, price(&bob, &bobs).await], [4950, 100]);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn list_has_parts(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let over = ListingInput { starts_at: testing::local_time_in_days(3), ..titled("Over") };
    list(&alice, &over).await;
    testing::let_time_pass(site.db(), std::time::Duration::from_hours(24 * 5)).await;
    // Their sessions are five days older, and still hold.
    let held = list(&alice, &titled("Held")).await;
    let gone = list(&alice, &titled("Gone")).await;
    alice.post("/rpc/withdraw_ticket", &[("ticket", &gone)]).await.assert_status(200);
    bob.lock(&held).await;
    let titles = async |address: &str| alice.open(address).await.assert_status(200).texts("h2");
    assert_eq!(titles("/listings").await, ["Gone", "Held"]);
    assert_eq!(titles("/listings?show=on_sale").await, ["Held"]);
    assert_eq!(titles("/listings?show=withdrawn").await, ["Gone"]);
    assert_eq!(titles("/listings?show=past").await, ["Over"]);
    assert_eq!(titles("/listings?show=sold").await, ["Nothing here"]);
    assert_eq!(titles("/listings?show=nonsense").await, ["Gone", "Held"]);
    let notes = alice.open("/listings").await.of_class("small listing-notes");
    assert!(notes.starts_with("reserved once · 1 reserved now · reserved for "), "{notes}");
    assert_eq!(titles("/listings?show=locked").await, ["Held"]);
}

async fn buy(buyer: &Person, stripe: &Simulator, ticket: &str) -> String {
    let order = buyer.lock(ticket).await;
    let form = buyer.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(stripe, &form, GOOD_CARD).await;
    let paid = buyer.post("/rpc/check_payment", &[("order", &order)]).await.json();
    assert_eq!(paid["status"], "complete", "{paid}");
    order
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn table_of_sales_has_own_sales_only(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let first = buy(&bob, &stripe, &list(&alice, &titled("Sigur Rós, live")).await).await;
    let second = buy(&bob, &stripe, &list(&alice, &titled("=SUM(1;2)")).await).await;
    let bobs = buy(&carol, &stripe, &list(&bob, &titled("Another's")).await).await;

    alice.open("/listings").await.assert_has("a", "Download my sales as a table (CSV)");
    let charts = alice.open("/listings?show=sold").await;
    charts.assert_has("h2", "Your sales of the last 12 weeks");
    charts.assert_has("figcaption", "2 tickets sold, by week").assert_has("figcaption", "You get $99.00, by week");
    charts.assert_has("td", "2 tickets").assert_has("td", "$99.00");
    for (person, page) in [(&alice, "/listings"), (&carol, "/listings?show=sold")] {
        assert_eq!(person.open(page).await.texts("figcaption"), [""; 0], "{page}");
    }
    let file = alice.open("/listings/sales").await;
    file.assert_status(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(file.header("content-disposition"), r#"attachment; filename="gittix-sales.csv""#);
    assert_eq!(file.header("cache-control"), "private, no-store");
    let lines: Vec<_> = file.body.trim_start_matches('\u{feff}').split("\r\n").collect();
    let [head, newest, oldest, ""] = lines[..] else { panic!("two sales: {lines:?}") };
    assert!(head.starts_with("Sold at (UTC),Order,Event,"), "{head}");
    let place = "Tempodrom,Berlin,Section A · Row 3 · Seat 12,1,49.50,0.00,49.50,Sold";
    assert!(newest.contains(&format!(",{second},'=SUM(1;2),")) && newest.ends_with(place), "{newest}");
    assert!(oldest.contains(&format!(",{first},\"Sigur Rós, live\",")) && oldest.ends_with(place), "{oldest}");
    for anothers in [bobs.as_str(), "Another", "@example.com"] {
        assert!(!file.body.contains(anothers), "{anothers} is in {}", file.body);
    }

    sqlx::query("UPDATE orders SET status = 'refund_pending' WHERE id = $1::uuid")
        .bind(&first)
        .execute(site.db())
        .await
        .expect("a refund begins");
    let file = alice.open("/listings/sales").await;
    assert!(file.body.contains(",1,49.50,0.00,0.00,Refunded\r\n"), "{}", file.body);
    let none = carol.open("/listings/sales").await.body;
    assert_eq!(none.matches("\r\n").count(), 1, "only the head: {none}");
    site.visitor().read("/listings/sales").await.assert_status(401);
}
