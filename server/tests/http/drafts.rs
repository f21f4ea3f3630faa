//! Drafts of the form of a new listing, as a browser without JavaScript and a hydrated page save them.

use domain::{ids::fresh, testing};
use model::{Code, DraftId, tickets::ListingInput};
use sqlx::PgPool;

use crate::{
    person::{Answer, Person, listing},
    site::{PUBLIC_URL, Site},
};

fn typed(title: &str) -> ListingInput {
    ListingInput { title: title.into(), price: "a lot".into(), time_zone: String::new(), ..testing::listing_input() }
}

fn form(draft: &str, input: &ListingInput) -> Vec<(&'static str, String)> {
    [vec![("draft", draft.to_owned())], listing(input)].concat()
}

/// The id that a form of the page is saved as; before it there may be forms that discard other drafts.
fn draft_of(page: &Answer) -> String {
    let field =
        page.body.split("<input").find(|tag| tag.contains("data-kept")).unwrap_or_else(|| panic!("{}", page.body));
    field.split_once("value=\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
}

/// Sends the form of the page at `from` by one of its buttons.
async fn send(person: &Person, from: &str, button: &str, form: &[(&'static str, String)]) -> Answer {
    let sent = person.submit(from, button, form).await;
    assert_eq!(sent.status, 302, "{}", sent.body);
    sent
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn draft_is_saved_continued_and_listed_without_javascript(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let fresh_page = alice.open("/tickets/new").await;
    assert!(fresh_page.body.contains("formaction=\"/rpc/save_draft\" formnovalidate"), "{}", fresh_page.body);
    fresh_page.assert_lacks("a", "Continue").assert_lacks("button", "Discard draft");
    let id = draft_of(&fresh_page);

    let saved = send(&alice, "/tickets/new", "/rpc/save_draft", &form(&id, &typed("Sigur Rós"))).await;
    let page = format!("/tickets/new?draft={id}");
    assert_eq!(saved.location(), page);
    let draft = alice.open(&page).await;
    assert_eq!(draft.of_id("said"), "Your draft is saved.");
    assert_eq!([&*draft_of(&draft), draft.value("title"), draft.value("price")], [&*id, "Sigur Rós", "a lot"]);
    assert!(draft.words().contains("This is your draft, saved "), "{}", draft.words());
    draft.assert_has("button", "Discard draft");

    // A new form is another draft, and offers this one.
    let other = alice.open("/tickets/new").await;
    assert!(draft_of(&other) != id && other.value("title").is_empty(), "{}", other.body);
    other.assert_has("a", "Continue");
    assert!(other.words().contains("You have a draft: Sigur Rós, saved "), "{}", other.words());

    // A refusal leads back to the draft, with what was typed since.
    let refused = send(&alice, &page, "/rpc/list_ticket", &form(&id, &typed("Sigur Rós, live"))).await;
    let back = refused.location().strip_prefix(PUBLIC_URL).expect("our own page");
    assert!(back.starts_with(&format!("{page}&")), "{back}");
    let back = alice.open(back).await;
    assert_eq!(
        (back.value("title"), back.of_id("price-error")),
        ("Sigur Rós, live", Code::InvalidPrice.words().into())
    );

    let listed = send(&alice, &page, "/rpc/list_ticket", &form(&id, &testing::listing_input())).await;
    assert!(listed.location().starts_with("/tickets/"), "{}", listed.location());
    alice.open(&page).await.assert_status(404);
    alice.open("/tickets/new").await.assert_lacks("a", "Continue");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn draft_is_its_users_own(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let id = fresh::<DraftId>().to_string();
    alice.post("/rpc/save_draft", &form(&id, &typed("Hers"))).await.assert_status(200);
    let page = format!("/tickets/new?draft={id}");
    bob.open(&page).await.assert_status(404);
    let read = bob.read(&format!("/rpc/prefill_listing?draft={id}")).await;
    assert_eq!(read.refusal(), (404, "draft_not_found".to_owned()));
    bob.open("/tickets/new").await.assert_lacks("a", "Continue");
    let discarded = bob.post("/rpc/discard_draft", &[("draft", &id)]).await;
    assert_eq!(discarded.refusal(), (404, "draft_not_found".to_owned()));
    bob.post("/rpc/list_ticket", &form(&id, &testing::listing_input())).await.assert_status(200);
    bob.post("/rpc/save_draft", &form(&id, &typed("His"))).await.assert_status(200);
    assert_eq!(bob.open(&page).await.value("title"), "His");
    assert_eq!(alice.open(&page).await.value("title"), "Hers");
    alice.open("/tickets/new?draft=x").await.assert_status(404);
    assert_eq!(site.visitor().open(&page).await.status, 302, "a visitor signs in first");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn drafts_are_a_part_of_the_list_and_are_discarded(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    // Its first page says what was done before it.
    alice.open("/").await;
    for (n, title) in ["First", "", "Third"].into_iter().enumerate() {
        let form = form(&fresh::<DraftId>().to_string(), &typed(title));
        alice.post("/rpc/save_draft", &form).await.assert_status(200);
        assert_eq!(
            alice.read("/rpc/my_listings?show=drafts").await.json()["drafts"].as_array().map(Vec::len),
            Some(n + 1)
        );
    }
    // A save by itself says nothing on the next page.
    let page = alice.open("/listings?show=drafts").await;
    assert_eq!(page.of_id("said"), "");
    assert_eq!(page.texts("h2"), ["Third", "Untitled listing", "First"]);
    assert!(page.words().contains("Tempodrom, Berlin"), "{}", page.words());
    assert!(alice.open("/tickets/new").await.words().contains("2 more drafts"));
    alice.open("/listings").await.assert_has("a", "Drafts");

    let newest = page.value("draft").to_owned();
    let forms = [("draft", newest.clone()), ("next", "/listings?show=drafts".into())];
    let discarded = send(&alice, "/listings?show=drafts", "/rpc/discard_draft", &forms).await;
    assert_eq!(discarded.location(), "/listings?show=drafts");
    let page = alice.open("/listings?show=drafts").await;
    assert_eq!(
        (page.of_id("said"), page.texts("h2")),
        ("The draft is discarded.".into(), ["Untitled listing", "First"].map(str::to_owned).to_vec())
    );
    let again = alice.post("/rpc/discard_draft", &[("draft", &newest)]).await;
    assert_eq!(again.refusal(), (404, "draft_not_found".to_owned()));
    let elsewhere = [("draft", page.value("draft").to_owned()), ("next", "//evil.example".into())];
    let sent = send(&alice, "/listings", "/rpc/discard_draft", &elsewhere).await;
    assert_eq!(sent.location(), "/listings?show=drafts");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn draft_of_an_event_that_is_known_stays_for_it(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let event = crate::events::event_page(&site.visitor(), &alice.list().await).await;
    let slug = event.trim_start_matches("/events/").to_owned();
    let page = bob.open(&format!("/tickets/new?event={slug}")).await;
    assert_eq!(page.value("event"), slug);
    let id = draft_of(&page);
    let mut fields = form(&id, &ListingInput { seat: "5-6".into(), ..typed("Sigur Rós") });
    fields.push(("event", slug.clone()));
    bob.post("/rpc/save_draft", &fields).await.assert_status(200);
    let page = bob.open(&format!("/tickets/new?draft={id}")).await;
    assert_eq!((page.value("event"), page.value("seat")), (&*slug, "5-6"));
    assert!(page.words().contains("Cheapest on sale now: $49.50."), "{}", page.words());
    bob.open(&format!("/tickets/new?event={slug}")).await.assert_has("a", "Continue");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn draft_is_bounded(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let long = form(&fresh::<DraftId>().to_string(), &typed(&"x".repeat(domain::drafts::FIELD_BYTES_MAX + 1)));
    assert_eq!(alice.post("/rpc/save_draft", &long).await.refusal(), (422, "too_long".to_owned()));
    for _ in 0..domain::drafts::DRAFTS_MAX {
        let form = form(&fresh::<DraftId>().to_string(), &typed("One of ten"));
        alice.post("/rpc/save_draft", &form).await.assert_status(200);
    }
    let one_more = form(&fresh::<DraftId>().to_string(), &typed("The eleventh"));
    assert_eq!(alice.post("/rpc/save_draft", &one_more).await.refusal(), (409, "too_many_drafts".to_owned()));
    // Without JavaScript nothing that was typed is lost.
    let sent = send(&alice, "/tickets/new", "/rpc/save_draft", &one_more).await;
    let back = alice.open(sent.location().strip_prefix(PUBLIC_URL).expect("our own page")).await;
    assert_eq!(back.of_class("notice notice-error"), Code::TooManyDrafts.words());
    assert_eq!(back.value("title"), "The eleventh");
    assert!(Code::TooManyDrafts.words().contains(&format!(" {} drafts", domain::drafts::DRAFTS_MAX)));
}
