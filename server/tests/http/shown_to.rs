//! A tab that stays open while another one signs in to another account.

use app::paths::SHOWN_TO;
use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person, listing, lock_form},
    site::{PUBLIC_URL, Site, account},
};

type Form = Vec<(&'static str, String)>;

/// A form of each kind: the page that shows it, its endpoint, and its fields.
fn forms(ticket: &str, alices: &str) -> Vec<(String, &'static str, Form)> {
    let owned = |form: &[(&'static str, &str)]| form.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let new_listing = listing(&domain::testing::listing_input());
    let prices = [("listings[]", &*format!("{alices}.1")), ("price_change", "lower_by"), ("amount", "10")];
    let give = [("order", ticket), ("ticket", ticket), ("email", "dave@example.com")];
    vec![
        (format!("/tickets/{ticket}"), "/rpc/lock_ticket", owned(&lock_form(ticket))),
        ("/tickets/new".into(), "/rpc/list_ticket", new_listing.clone()),
        ("/tickets/new".into(), "/rpc/save_draft", [owned(&[("draft", ticket)]), new_listing].concat()),
        ("/listings".into(), "/rpc/change_prices", owned(&prices)),
        (format!("/orders/{ticket}/tickets"), "/rpc/give_ticket", owned(&give)),
        (format!("/orders/{ticket}"), "/rpc/cancel_order", owned(&[("order", ticket)])),
        ("/account".into(), "/rpc/end_other_sessions", vec![]),
        ("/account/mails".into(), "/rpc/choose_mail", owned(&[("topic", "watch_news"), ("is_on", "false")])),
    ]
}

/// The mark of the account in a page.
fn mark(page: &Answer) -> String {
    let rest = page.body.split_once("data-account=\"").expect("every page has it").1;
    rest.split('"').next().unwrap_or_default().to_owned()
}

async fn cast(db: PgPool) -> (Site, Person, Person, String, String) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = site.sign_up("carol").await.list().await;
    let alices = alice.list().await;
    (site, alice, bob, ticket, alices)
}

/// Proves `shown_to::refuse_others`: without it Alice's browser acts for her by a form that Bob was shown.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn form_of_another_account_is_refused_in_words_and_changes_nothing(db: PgPool) {
    let (site, alice, bob, ticket, alices) = cast(db).await;
    let [hers, his] = [mark(&alice.open("/").await), mark(&bob.open("/").await)];
    assert!(hers.len() == 8 && his.len() == 8 && hers != his, "{hers} {his}");
    let before = site.snapshot().await;
    for (page, endpoint, mut form) in forms(&ticket, &alices) {
        form.push((SHOWN_TO, his.clone()));
        let called = alice.post(endpoint, &form).await;
        assert_eq!(called.refusal(), (409, "other_account".to_owned()), "{endpoint}");
        assert_eq!(site.snapshot().await, before, "{endpoint}");

        let sent = alice.submit(&page, endpoint, &form).await;
        let back = sent.location().strip_prefix(PUBLIC_URL).unwrap_or_else(|| panic!("{}", sent.line()));
        assert!(sent.status == 302 && back.starts_with(&format!("{page}?")), "{}", sent.line());
        let shown = alice.open(back).await;
        // Also on a page that is none of hers, and shows no form.
        let words = "Another account is signed in now than when you opened this page, so nothing was changed.";
        assert!(shown.words().contains(words), "{endpoint}: {} {}", shown.status, shown.words());
        assert_eq!(site.snapshot().await, before, "{endpoint}");
    }
    let drafts = domain::testing::count(site.db(), "SELECT count(*) FROM listing_drafts").await;
    assert_eq!(drafts, 0);
}

/// What was typed is on the page to which the browser is led back.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn typed_listing_is_kept_where_it_is_refused(db: PgPool) {
    let (_site, alice, bob, ..) = cast(db).await;
    let form = [listing(&domain::testing::listing_input()), vec![(SHOWN_TO, mark(&bob.open("/").await))]].concat();
    let refused = alice.submit("/tickets/new", "/rpc/list_ticket", &form).await;
    let page = alice.open(refused.location().trim_start_matches(PUBLIC_URL)).await;
    for (name, typed) in form.iter().filter(|(name, _)| ["title", "venue", "price"].contains(name)) {
        assert!(page.field(name).contains(&format!("value=\"{typed}\"")), "{}", page.field(name));
    }
    assert_eq!(page.value(SHOWN_TO), mark(&alice.open("/").await), "the form is hers now");
}

/// Every form of a page that is shown to a user tells so, and they are taken.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn pages_mark_their_forms_for_the_account_that_is_signed_in(db: PgPool) {
    let (site, alice, bob, ticket, alices) = cast(db).await;
    let pages = [
        (&bob, format!("/tickets/{ticket}")),
        (&alice, format!("/tickets/{alices}")),
        (&alice, format!("/tickets/{alices}/edit")),
        (&alice, format!("/tickets/{alices}/delivery")),
        (&alice, "/tickets/new".into()),
        (&alice, "/listings".into()),
        (&alice, "/account".into()),
        (&alice, "/account/email".into()),
        (&alice, "/account/second-factor".into()),
        (&alice, "/account/mails".into()),
    ];
    for (person, path) in pages {
        let page = person.open(&path).await;
        page.assert_status(200);
        let forms = page.body.matches("method=\"post\"").count();
        let marked = page.body.matches(&format!("name=\"{SHOWN_TO}\" value=\"{}\"", mark(&page))).count();
        assert!(forms > 0 && marked == forms, "{path}: {marked} of {forms} forms are marked");
    }
    let page = site.visitor().open("/signin").await;
    assert!(!page.body.contains(SHOWN_TO), "no one is signed in");
    let his = mark(&bob.open("/").await);
    let own = [&lock_form(&ticket)[..], &[(SHOWN_TO, &*his)]].concat();
    assert!(bob.post("/rpc/lock_ticket", &own).await.location().starts_with("/orders/"));
}

/// Signing in and out act for no account that is signed in, so that each tab can do it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn signing_in_and_out_is_open_to_every_tab(db: PgPool) {
    let (site, alice, bob, ..) = cast(db).await;
    let his = mark(&bob.open("/").await);
    let form = [&account("bob")[..], &[(SHOWN_TO, his.clone())]].concat();
    alice.post("/rpc/sign_in", &form).await.assert_status(200);
    assert_eq!(mark(&alice.open("/").await), his);
    let carol = site.sign_in("carol").await;
    carol.post("/rpc/sign_out", &[(SHOWN_TO, his)]).await.assert_status(200);
    carol.open("/").await.assert_has("a", "Sign in");
}

/// The seller's file is not taken in for the account of another tab, and the answer says why.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn file_of_another_account_is_refused_in_words(db: PgPool) {
    let (_site, alice, bob, _, alices) = cast(db).await;
    let his = mark(&bob.open("/").await);
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{SHOWN_TO}\"\r\n\r\n{his}\r\n--x\r\nContent-Disposition: form-data; name=\"ticket\"\r\n\r\n{alices}\r\n--x--\r\n"
    );
    let send = async |accept: &str| {
        let sent = alice.server().post("/rpc/upload_ticket_file").bytes(body.clone().into());
        let sent = sent.content_type("multipart/form-data; boundary=x").add_header("origin", PUBLIC_URL);
        Answer::from(sent.add_header("accept", accept).await)
    };
    assert_eq!(send(JSON).await.refusal(), (409, "other_account".to_owned()));
    let page = send(HTML).await;
    assert!(page.status == 409 && page.words().contains("Another account is signed in now"), "{}", page.words());
}

/// The header tells the tabs apart for people.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn header_shows_who_is_signed_in(db: PgPool) {
    let (site, alice, ..) = cast(db).await;
    alice.open("/").await.assert_has("bdi", "alice@example.com");
    site.visitor().open("/").await.assert_lacks("bdi", "alice@example.com");
}
