//! A forgotten password, from the form to the link in the mail.

use domain::{
    auth::reset::send::send_reset,
    mail::Mail,
    outbox::Job,
    testing::{self, Smtp},
};
use sqlx::PgPool;

use crate::{
    person::{Answer, Person},
    site::{PUBLIC_URL, Site, account},
};

const PAGE: &str = "/reset";

/// Asks for a link by the form, as a browser without JavaScript does.
async fn ask(person: &Person, email: &str) -> Answer {
    person.submit("/forgot", "/rpc/forgot_password", &[("email", email)]).await
}

/// Does the mail jobs, and answers with the newest link, as it is in the mail, and its token.
async fn mailed(site: &Site, smtp: &Smtp) -> Option<(String, String)> {
    for (job, _) in testing::outbox(site.db()).await {
        if let Job::SendMail { mail: Mail::PasswordReset { reset_id } } = job {
            send_reset(&site.backend, reset_id).await.expect("sends");
        }
    }
    let mails = smtp.mails();
    let link = mails.last()?.lines().find(|line| line.starts_with(PUBLIC_URL))?.trim().to_owned();
    let token = link.strip_prefix(&format!("{PUBLIC_URL}{PAGE}#")).expect("the link's form").to_owned();
    Some((link, token))
}

/// Pastes the link, as a person does whose browser runs no scripts.
async fn open(person: &Person, link: &str) -> Answer {
    person.submit(PAGE, "/rpc/open_reset", &[("token", link)]).await
}

async fn reset(person: &Person, password: &str) -> Answer {
    person.submit(PAGE, "/rpc/reset_password", &[("new_password", password)]).await
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_mailed_link_sets_a_password_once(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let alice = site.sign_up("alice").await;
    let lost = site.visitor();
    lost.open("/signin").await.assert_has("a", "Forgotten your password?");
    lost.open("/forgot").await.assert_status(200).assert_has("button", "Send link");
    assert_eq!(ask(&lost, "ALICE@example.com").await.redirect(), (302, "/forgot?done=sent"));
    let sent = lost.open("/forgot?done=sent").await;
    assert!(sent.of_class("notice").starts_with("If there is an account with that email"), "{}", sent.words());

    let (link, _) = mailed(&site, &smtp).await.expect("a link");
    lost.open(PAGE).await.assert_status(200).assert_has("h1", "Open your link");
    for _ in 0..2 {
        let opened = open(&lost, &link).await;
        assert_eq!(opened.redirect(), (302, PAGE));
        let (cookie, flags) = (opened.header("set-cookie"), "; HttpOnly; SameSite=Lax; Path=/; Max-Age=1800");
        assert!(cookie.starts_with("gittix-reset=") && cookie.ends_with(flags), "{cookie}");
        let page = lost.open(PAGE).await;
        page.assert_status(200).assert_has("button", "Set password");
        // Password managers save the new password under it.
        assert!(page.body.contains("autocomplete=\"username\" value=\"alice@example.com\""), "{}", page.body);
    }
    assert_eq!(reset(&lost, "a new horse").await.redirect(), (302, "/signin?done=password"));
    assert_eq!(lost.open("/signin?done=password").await.of_class("notice"), "Your password is set. Sign in with it.");
    assert_eq!(alice.open("/account").await.status, 302, "signed out everywhere");
    let old = lost.post("/rpc/sign_in", &account("alice")).await;
    assert_eq!(old.refusal(), (401, "wrong_credentials".to_owned()));
    let new = [("email", "alice@example.com"), ("password", "a new horse")];
    lost.post("/rpc/sign_in", &new).await.assert_status(200);

    let again = lost.post("/rpc/reset_password", &[("new_password", "a third horse")]).await;
    assert_eq!(again.refusal(), (409, "reset_link_ended".to_owned()));
    let other = site.visitor();
    let used = open(&other, &link).await;
    let page = other.open(used.location().trim_start_matches(PUBLIC_URL)).await;
    assert_eq!(page.of_class("notice notice-error"), "This link no longer works. Get a new one.");
    assert!(!page.body.contains("alice@example.com"), "{}", page.body);
}

/// The answers are the same to the byte, and so is what is stored.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nobody_learns_who_has_an_account(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    let mut seen = Vec::new();
    for email in ["alice@example.com", "nobody@example.com"] {
        let visitor = site.visitor();
        let called = visitor.post("/rpc/forgot_password", &[("email", email)]).await;
        let sent = ask(&visitor, email).await;
        let page = visitor.open("/forgot?done=sent").await.words();
        seen.push((called.line(), called.location().to_owned(), sent.line(), sent.location().to_owned(), page));
    }
    assert_eq!(seen[0], seen[1]);
    let stored =
        testing::count(site.db(), "SELECT count(DISTINCT email) FROM password_resets WHERE user_id IS NULL").await;
    assert_eq!(stored, 2);
    mailed(&site, &smtp).await.expect("a link");
    let mails = smtp.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: alice@example.com"), "{}", mails[0]);
}

/// What was typed goes back with a refused form in a cookie, and a token is no part of it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_refused_token_is_not_sent_back(db: PgPool) {
    let lost = Site::without_stripe(db).visitor();
    let token = "0123456789abcdef".repeat(4);
    let refused = open(&lost, &format!("{PUBLIC_URL}/reset#{token}")).await;
    assert!(refused.location().contains("__err="), "{}", refused.line());
    let said = format!("{:?}", refused.headers);
    assert!(!said.contains(&token[..20]), "{said}");
}

/// Past the bound the answer is the same, and nothing is mailed.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_mailbox_is_not_flooded(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    for _ in 0..8 {
        assert_eq!(ask(&site.visitor(), "alice@example.com").await.redirect(), (302, "/forgot?done=sent"));
    }
    assert_eq!(testing::outbox(site.db()).await.len(), 5);
    mailed(&site, &smtp).await.expect("a link");
    assert_eq!(smtp.mails().len(), 1, "all but the last are void");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_link_stays_within_the_site_and_out_of_what_is_stored(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    site.sign_up("alice").await;
    let lost = site.visitor();
    ask(&lost, "alice@example.com").await;
    let (link, token) = mailed(&site, &smtp).await.expect("a link");
    let opened = open(&lost, &link).await;
    assert!(!opened.location().contains(&token), "{}", opened.location());
    let page = lost.open(PAGE).await;
    assert!(!page.body.contains(&token), "{}", page.body);
    assert!(["same-origin", "no-referrer"].contains(&page.header("referrer-policy")), "{:?}", page.headers);
    assert!(page.header("cache-control").contains("no-store"), "{:?}", page.headers);
    assert!(
        !page.body.contains("src=\"http") && !page.body.contains("href=\"http"),
        "nothing is loaded from elsewhere"
    );
    let stored: String = sqlx::query_scalar(
        "SELECT concat_ws(' ', (SELECT string_agg(r::text, ' ') FROM password_resets r), (SELECT string_agg(o::text, ' ') FROM outbox o))",
    )
    .fetch_one(site.db())
    .await
    .expect("rows");
    assert!(!stored.contains(&token), "{stored}");

    // A refusal leads back to the form with the link still good.
    let sent = reset(&lost, "short").await;
    let back = sent.location().strip_prefix(PUBLIC_URL).expect("back to the site").to_owned();
    let page = lost.open(&back).await;
    assert_eq!(page.of_id("new_password-error"), "Use at least 8 characters.");
    assert!(!sent.location().contains(&token) && !page.body.contains(&token), "{}", sent.location());
    assert_eq!(reset(&lost, "a new horse").await.redirect(), (302, "/signin?done=password"));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_is_no_link_is_refused_and_what_is_no_address_told(db: PgPool) {
    let (site, _smtp) = Site::with_mail(db);
    let alice = site.sign_up("alice").await;
    for token in ["", "1", "'; DROP TABLE users; --", &"0".repeat(64), &"0".repeat(10_000)] {
        let refused = alice.post("/rpc/open_reset", &[("token", token)]).await;
        assert_eq!(refused.refusal(), (409, "reset_link_ended".to_owned()), "{token}");
        let refused = alice.post("/rpc/reset_password", &[("new_password", "a new horse")]).await;
        assert_eq!(refused.refusal(), (409, "reset_link_ended".to_owned()), "{token}");
    }
    alice.open("/account").await.assert_status(200);
    let refused = alice.post("/rpc/forgot_password", &[("email", "alice")]).await;
    assert_eq!(refused.refusal(), (422, "invalid_email".to_owned()));
}
