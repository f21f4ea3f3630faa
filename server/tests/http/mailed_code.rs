//! Signing in by a mailed code over HTTP, without JavaScript and with.

use domain::testing::Smtp;
use sqlx::PgPool;

use crate::{
    person::{Answer, Person},
    second_factor::set_up,
    site::{PUBLIC_URL, Site},
};

const PAGE: &str = "/signin/email";

async fn ask(person: &Person, email: &str, next: &str) -> Answer {
    person.submit(PAGE, "/rpc/mail_sign_in_code", &[("email", email), ("next", next)]).await
}

async fn enter(person: &Person, code: &str) -> Answer {
    person.submit(PAGE, "/rpc/enter_mailed_code", &[("code", code)]).await
}

/// Asks for a code, and answers with the one in the mail.
pub(crate) async fn ask_for_code(site: &Site, smtp: &Smtp, person: &Person, email: &str) -> String {
    ask(person, email, "").await;
    site.mailed_code(smtp).await
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn mailed_code_signs_in_where_it_was_asked_for(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    let (alice, other) = (site.visitor(), site.visitor());
    let page = alice.open("/signin?next=/orders").await;
    assert!(page.body.contains("href=\"/signin/email?next=/orders\""), "{}", page.body);
    let page = alice.open("/signin/email?next=/orders").await;
    assert!(page.field("next").contains("value=\"/orders\""), "{}", page.body);
    let asked = ask(&alice, "ALICE@example.com", "/orders").await;
    assert_eq!(asked.redirect(), (302, PAGE));
    let cookie = asked.header("set-cookie");
    let flags = "; HttpOnly; SameSite=Lax; Path=/; Max-Age=900";
    assert!(cookie.starts_with("gittix-code=") && cookie.ends_with(flags), "{cookie}");
    let code = site.mailed_code(&smtp).await;

    let elsewhere = other.open(&format!("{PAGE}?code={code}")).await;
    assert!(elsewhere.words().contains("only in the browser in which you asked for it"), "{}", elsewhere.words());
    let stolen = other.post("/rpc/enter_mailed_code", &[("code", &code)]).await;
    assert_eq!(stolen.refusal(), (409, "mailed_code_ended".to_owned()));
    // The link in the mail fills the form in, and opening it changes nothing.
    let page = alice.open(&format!("{PAGE}?code={code}")).await;
    assert_eq!(page.value("code"), code);
    page.assert_has("bdi", "ALICE@example.com");
    let wrong = enter(&alice, "12 34").await;
    let back = wrong.location().strip_prefix(PUBLIC_URL).unwrap_or_else(|| panic!("{}", wrong.line()));
    let page = alice.open(back).await;
    assert_eq!(page.of_id("code-error"), "That is not the code in the newest email.");
    let entered = enter(&alice, &code).await;
    assert_eq!(entered.redirect(), (302, "/orders"));
    alice.open("/orders").await.assert_status(200);
    let again = alice.post("/rpc/enter_mailed_code", &[("code", &code)]).await;
    assert_eq!(again.refusal(), (409, "mailed_code_ended".to_owned()));
}

/// The answers are the same to the byte.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nobody_learns_who_has_an_account(db: PgPool) {
    let (site, _smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    let mut seen = Vec::new();
    for email in ["alice@example.com", "nobody@example.com"] {
        let visitor = site.visitor();
        let asked = ask(&visitor, email, "").await;
        let page = visitor.open(PAGE).await.words().replace(email, "");
        let wrong = visitor.post("/rpc/enter_mailed_code", &[("code", "no code")]).await;
        seen.push((asked.line(), asked.location().to_owned(), page, wrong.line()));
    }
    assert_eq!(seen[0], seen[1]);
}

/// Who reads the owner's mail gets no further than the owner's password would.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn mailed_code_does_not_bypass_the_second_factor(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let (app, _) = set_up(&site, &site.sign_up("ana").await, "ana").await;
    let ana = site.visitor();
    ask(&ana, "ana@example.com", "/orders").await;
    let code = site.mailed_code(&smtp).await;
    assert_eq!(enter(&ana, &code).await.redirect(), (302, "/signin/code?next=/orders"));
    assert_eq!(ana.read("/rpc/my_account").await.refusal(), (401, "not_signed_in".to_owned()));
    let form = [("code", app.code(site.db(), 1).await), ("next", "/orders".to_owned())];
    let entered = ana.submit("/signin/code", "/rpc/enter_sign_in_code", &form).await;
    assert_eq!(entered.redirect(), (302, "/orders"));
    ana.open("/orders").await.assert_status(200);
}

/// Wherever the form asks to go on.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn leads_within_the_site_only(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    let alice = site.visitor();
    ask(&alice, "alice@example.com", "https://evil.example").await;
    let code = site.mailed_code(&smtp).await;
    assert_eq!(enter(&alice, &code).await.redirect(), (302, "/"));
}
