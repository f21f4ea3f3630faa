//! Handing tickets over, as browsers and programs do it: files go in and out by plain addresses.

use axum_test::multipart::{MultipartForm, Part};
use domain::{auth::operators::set_operator, ids::fresh};
use model::{Code, OrderId, TicketFileId};
use sqlx::PgPool;

use crate::{
    person::{Answer, Person},
    second_factor::set_up,
    site::{PUBLIC_URL, Site},
    stripe::{GOOD_CARD, confirm},
};

/// How a PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const FILE: &[u8] = include_bytes!("../../../inspect/samples/screenshot-qr.png");
const UPLOAD: &str = "/rpc/upload_ticket_file";

/// What a browser accepts that shows the answer as a page, and what a program accepts.
const HTML: &str = "text/html,application/xhtml+xml";
const JSON: &str = "application/json";

async fn send(person: &Person, listing: &str, file: &[u8], accept: &str) -> Answer {
    let form = MultipartForm::new()
        .add_text("ticket", listing)
        .add_part("file", Part::bytes(file.to_vec()).file_name("../../etc/passwd").mime_type("text/html"));
    let request = person.server().post(UPLOAD).multipart(form);
    request.add_header("origin", PUBLIC_URL).add_header("accept", accept).await.into()
}

/// The form that hands in what the page suggests.
fn suggested(page: &Answer) -> Vec<(String, String)> {
    let choices = page.body.split("<select").filter_map(|select| {
        let name = select.split_once("name=\"choices[").map(|(_, rest)| rest.split(']').next().unwrap_or_default())?;
        let (before, _) = select.split_once(" selected")?;
        let value = before.rsplit_once("value=\"")?.1.split('"').next()?;
        Some((format!("choices[{name}]"), value.to_owned()))
    });
    choices.collect()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn ticket_goes_from_file_to_buyer_without_javascript(db: PgPool) {
    let (site, simulator) = Site::with_stripe(db).await;
    let [alice, bob, carol] = [site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await];
    let listing = alice.list().await;
    let page = format!("/tickets/{listing}/delivery");
    alice.open(&format!("/tickets/{listing}")).await.assert_has("a", "Hand in tickets");
    let sent = send(&alice, &listing, FILE, HTML).await;
    assert_eq!(sent.redirect(), (303, page.as_str()), "{}", sent.body);
    let found = alice.open(&page).await;
    assert!(found.words().contains("Picture, one code"), "{}", found.words());
    let form: Vec<_> = [("ticket".to_owned(), listing.clone())].into_iter().chain(suggested(&found)).collect();
    assert_eq!(form.len(), 2, "{}", found.body);
    let handed_in = alice.submit(&page, "/rpc/hand_in", &form).await;
    assert_eq!(handed_in.redirect(), (302, page.as_str()), "{}", handed_in.body);
    assert!(alice.open(&page).await.words().contains("All tickets are in hand"));
    assert!(bob.open(&format!("/tickets/{listing}")).await.words().contains("In hand"));

    let order = bob.lock(&listing).await;
    let tickets = format!("/orders/{order}/tickets");
    bob.open(&tickets).await.assert_status(409);
    let intent = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&simulator, &intent, GOOD_CARD).await;
    bob.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);
    bob.open(&format!("/orders/{order}")).await.assert_has("a", "Your tickets");

    let closed = bob.open(&tickets).await;
    closed.assert_has("button", "Open tickets");
    assert!(!closed.body.contains("<svg xmlns"), "no code before it is opened: {}", closed.body);
    let (gate, calendar) = (format!("/gate/{order}"), format!("/orders/{order}/calendar"));
    assert_eq!(bob.open(&gate).await.redirect(), (303, tickets.as_str()), "opening takes a press");
    let opened = bob.submit(&tickets, "/rpc/open_tickets", &[("order", &order)]).await;
    assert_eq!(opened.redirect(), (302, tickets.as_str()), "{}", opened.body);
    let opened = bob.open(&tickets).await;
    assert!(opened.body.contains("<svg xmlns"), "{}", opened.body);
    let (_, rest) = opened.body.split_once(&format!("/orders/{order}/files/")).expect("a link to the file");
    let file = &rest[..36];

    let address = format!("/orders/{order}/files/{file}");
    let loaded = bob.server().get(&address).await;
    assert_eq!(loaded.status_code().as_u16(), 200);
    assert!(loaded.as_bytes().starts_with(PNG));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "attachment; filename=\"ticket.png\""),
        ("cache-control", "private, no-store"),
        ("content-security-policy", "default-src 'none'; sandbox; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(loaded.header(name), value, "{name}");
    }
    let shown = bob.server().get(&gate).await;
    assert!(shown.status_code() == 200 && shown.text().contains("<svg xmlns"), "{}", shown.text());
    let header = |name: &str| shown.header(name).to_str().expect("text").to_owned();
    assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'nonce-"));
    assert!(header("permissions-policy").contains("screen-wake-lock=(self)"));
    assert_eq!(header("cache-control"), "private, no-store");
    let keep_until: i64 = header("gate-keep-until").parse().expect("milliseconds");
    assert!(keep_until > domain::testing::now().unix_timestamp() * 1000);
    let worker = bob.server().get("/gate/worker.js").await;
    assert!(worker.header("content-type").to_str().expect("text").starts_with("text/javascript"));
    assert_eq!(
        worker.header("content-security-policy"),
        "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    );
    let entry = bob.read(&calendar).await;
    assert!(entry.status == 200 && entry.body.contains("DTSTART:2"), "{}", entry.body);
    // Every route to it, for everyone else.
    for person in [&alice, &carol] {
        person.open(&gate).await.assert_status(404);
        assert_eq!(person.read(&calendar).await.refusal(), (404, "order_not_found".to_owned()));
        assert_eq!(person.read(&address).await.refusal(), (404, "file_not_found".to_owned()));
        person.open(&tickets).await.assert_status(404);
        let read = format!("/rpc/show_delivery?order={order}");
        assert_eq!(person.read(&read).await.refusal(), (404, "order_not_found".to_owned()));
    }
    assert_eq!(site.visitor().read(&address).await.refusal(), (401, "not_signed_in".to_owned()));
    assert_eq!(site.visitor().read(&calendar).await.refusal(), (401, "not_signed_in".to_owned()));
    assert_eq!(site.visitor().open(&gate).await.redirect(), (303, format!("/signin?next={gate}").as_str()));
    for wrong in [
        format!("/orders/{order}/files/{}", fresh::<TicketFileId>()),
        format!("/orders/{}/files/{file}", fresh::<OrderId>()),
        format!("/orders/{order}/files/none"),
    ] {
        assert_eq!(bob.read(&wrong).await.refusal(), (404, "file_not_found".to_owned()), "{wrong}");
    }
    let sale = alice.open(&format!("/tickets/{listing}/sale")).await;
    assert!(sale.words().contains("Opened by the buyer"), "{}", sale.words());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn file_is_refused_in_words_and_stores_nothing(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let listing = alice.list().await;
    let page = format!("/tickets/{listing}/delivery");
    let large = vec![b'x'; model::inspection::FILE_BYTES + 1];
    for (file, code) in [
        (&b"<html>"[..], Code::UnknownFileKind),
        (b"", Code::NoFile),
        (&large, Code::FileTooLarge),
        (b"%PDF-1.4 broken", Code::UnreadableFile),
    ] {
        let refused = send(&alice, &listing, file, HTML).await;
        let (status, back) = refused.redirect();
        assert!(status == 303 && back.starts_with(&page), "{status} {back}");
        let shown = alice.open(back).await;
        assert!(shown.words().contains(code.words()), "{code:?}: {}", shown.words());
        assert_eq!(send(&alice, &listing, file, JSON).await.refusal().0, code.status());
    }
    assert_eq!(send(&bob, &listing, FILE, JSON).await.refusal(), (404, "ticket_not_found".to_owned()));
    assert_eq!(send(&alice, "none", FILE, JSON).await.refusal(), (404, "ticket_not_found".to_owned()));
    assert_eq!(send(&site.visitor(), &listing, FILE, JSON).await.refusal(), (401, "not_signed_in".to_owned()));
    let foreign = MultipartForm::new().add_text("ticket", &listing);
    let foreign = alice.server().post(UPLOAD).multipart(foreign).add_header("origin", "https://evil.example").await;
    assert_eq!(Answer::from(foreign).refusal(), (403, "cross_site".to_owned()));
    let plain = alice.post(UPLOAD, &[("ticket", &listing)]).await;
    assert!((400..500).contains(&plain.status), "no form of several parts: {}", plain.body);
    assert_eq!(domain::testing::count(site.db(), "SELECT count(*) FROM ticket_files").await, 0);
    let stored = send(&alice, &listing, FILE, JSON).await;
    assert_eq!(stored.status, 201, "{}", stored.body);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn gift_goes_to_its_recipient_without_javascript(db: PgPool) {
    let (site, simulator) = Site::with_stripe(db).await;
    let [alice, bob, carol, dave] = [
        site.sign_up("alice").await,
        site.sign_up("bob").await,
        site.sign_up("carol").await,
        site.sign_up("dave").await,
    ];
    let listing = alice.list().await;
    send(&alice, &listing, FILE, HTML).await;
    let page = format!("/tickets/{listing}/delivery");
    let found = alice.open(&page).await;
    let form: Vec<_> = [("ticket".to_owned(), listing.clone())].into_iter().chain(suggested(&found)).collect();
    alice.submit(&page, "/rpc/hand_in", &form).await;
    let order = bob.lock(&listing).await;
    let intent = bob.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(&simulator, &intent, GOOD_CARD).await;
    bob.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);

    let tickets = format!("/orders/{order}/tickets");
    let shown = bob.open(&tickets).await;
    let ticket = hidden(&shown, "ticket");
    let give = |email: &str| [("order", order.clone()), ("ticket", ticket.clone()), ("email", email.to_owned())];
    let refused = bob.submit(&tickets, "/rpc/give_ticket", &give("bob@example.com")).await;
    let refused = bob.open(refused.redirect().1).await;
    assert!(refused.words().contains(Code::OwnEmail.words()), "{}", refused.words());
    assert!(refused.body.contains("value=\"bob@example.com\""), "what was typed is kept");
    let given = bob.submit(&tickets, "/rpc/give_ticket", &give("carol@example.com")).await;
    assert_eq!(given.redirect(), (302, tickets.as_str()), "{}", given.body);
    let shown = bob.open(&tickets).await;
    assert!(shown.words().contains("Offered, and not accepted yet, to carol@example.com"), "{}", shown.words());

    let gift = carol.read("/rpc/my_orders").await.json()["gifts"][0]["id"].as_str().expect("a gift").to_owned();
    let gift_page = format!("/gifts/{gift}");
    let gate = format!("/gate{gift_page}");
    let calendar = format!("{gift_page}/calendar");
    carol.open("/orders").await.assert_has("a", "Sigur Rós");
    let offered = carol.open(&gift_page).await;
    offered.assert_has("button", "Accept ticket");
    assert!(offered.words().contains("bob@example.com gives you this ticket"), "{}", offered.words());
    let form = [("gift", gift.clone())];
    assert_eq!(carol.post("/rpc/open_gift", &form).await.refusal(), (404, "gift_not_found".to_owned()), "not accepted");
    let accepted = carol.submit(&gift_page, "/rpc/accept_gift", &form).await;
    assert_eq!(accepted.redirect(), (302, gift_page.as_str()), "{}", accepted.body);
    assert_eq!(carol.open(&gate).await.redirect(), (303, gift_page.as_str()), "opening takes a press");
    carol.open(&gift_page).await.assert_has("button", "Open ticket");
    carol.submit(&gift_page, "/rpc/open_gift", &form).await;
    let opened = carol.open(&gift_page).await;
    assert!(opened.body.contains("<svg xmlns"), "{}", opened.body);
    assert!(carol.open(&gate).await.body.contains("<svg xmlns"));
    let entry = carol.read(&calendar).await;
    assert!(entry.status == 200 && entry.body.contains("BEGIN:VEVENT"), "{}", entry.body);
    let (_, rest) = opened.body.split_once(&format!("{gift_page}/files/")).expect("a link to the file");
    let address = format!("{gift_page}/files/{}", &rest[..36]);
    assert!(carol.server().get(&address).await.as_bytes().starts_with(PNG));

    // Every route to it, for everyone else: the giver and the seller, too.
    for person in [&alice, &bob, &dave] {
        assert_eq!(person.read(&address).await.refusal(), (404, "file_not_found".to_owned()));
        assert_eq!(person.read(&calendar).await.refusal(), (404, "gift_not_found".to_owned()));
        person.open(&gate).await.assert_status(404);
        person.open(&gift_page).await.assert_status(404);
        for call in ["/rpc/accept_gift", "/rpc/open_gift"] {
            assert_eq!(person.post(call, &form).await.refusal(), (404, "gift_not_found".to_owned()), "{call}");
        }
    }
    assert_eq!(site.visitor().read(&address).await.refusal(), (401, "not_signed_in".to_owned()));
    assert_eq!(site.visitor().open(&gate).await.redirect(), (303, format!("/signin?next={gate}").as_str()));
    let shown = bob.open(&tickets).await;
    assert!(shown.words().contains("It belongs to carol@example.com"), "{}", shown.words());
    assert_eq!(bob.post("/rpc/open_tickets", &[("order", &order)]).await.refusal(), (409, "not_bought".to_owned()));
    let sale = alice.open(&format!("/tickets/{listing}/sale")).await;
    assert!(sale.words().contains("Opened by the buyer's friend"), "{}", sale.words());
    assert!(!sale.words().contains("carol"), "the seller is not told who");
}

/// The value of a hidden field.
fn hidden(page: &Answer, name: &str) -> String {
    let (_, field) = page.body.split_once(&format!("name=\"{name}\"")).expect("the field");
    field.split_once("value=\"").and_then(|(_, rest)| rest.split('"').next()).expect("its value").to_owned()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn operator_sees_both_listings_of_one_code(db: PgPool) {
    let site = Site::without_stripe(db);
    let [alice, bob, olga] = [site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("olga").await];
    set_operator(site.db(), "olga@example.com", true).await.expect("grants");
    set_up(&site, &olga, "olga").await;
    let none = "No ticket was refused because another listing has it.";
    assert!(olga.open("/operator").await.words().contains(none));
    let hand_in = async |seller: &Person, listing: &str| {
        let page = format!("/tickets/{listing}/delivery");
        let form = seller.open(&page).await;
        let (_, rest) = form.body.split_once("name=\"typed[t").expect("a field for a code");
        let code = format!("typed[t{}]", &rest[..36]);
        seller.submit(&page, "/rpc/hand_in", &[("ticket", listing), (code.as_str(), "LH-4711")]).await
    };
    let (alices, bobs) = (alice.list().await, bob.list().await);
    assert_eq!(hand_in(&alice, &alices).await.status, 302);
    for _ in 0..2 {
        let refused = hand_in(&bob, &bobs).await;
        assert!(!refused.body.contains("alice"), "{}", refused.body);
        assert!(!refused.body.contains(&alices), "{}", refused.body);
    }
    let page = olga.open("/operator").await;
    for words in ["of bob@example.com", "of alice@example.com"] {
        assert!(page.words().contains(words), "{words} is not in {}", page.words());
    }
    for listing in [&alices, &bobs] {
        assert!(page.body.contains(&format!("href=\"/tickets/{listing}\"")), "{listing}");
    }
    let told = olga.read("/rpc/refused_twins").await.json();
    assert_eq!((told.as_array().map(Vec::len), &told[0]["times"]), (Some(1), &2.into()), "{told}");
}
