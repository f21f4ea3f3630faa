//! The second factor over HTTP: set up on its page, and asked for at the next sign-in.

use domain::{
    auth::{
        operators::set_operator,
        reset::{request::request_reset, send::send_reset},
    },
    mail::Mail,
    outbox::Job,
    testing::{self, App},
};
use sqlx::PgPool;

use crate::{
    person::Person,
    site::{PUBLIC_URL, Site, account},
};

/// Sets an app up for a user who has signed up as `name`. Returns it with the recovery codes.
pub(crate) async fn set_up(site: &Site, person: &Person, name: &str) -> (App, Vec<String>) {
    let [_, (_, password)] = account(name);
    person.post("/rpc/begin_second_factor", &[("password", password)]).await.assert_status(200);
    let shown = person.read("/rpc/my_second_factor").await.json();
    let app = App::with_key(shown["set_up"]["key"].as_str().expect("a key"));
    let code = app.code(site.db(), 0).await;
    person.post("/rpc/confirm_second_factor", &[("code", code)]).await.assert_status(200);
    let codes = shown["set_up"]["recovery_codes"].as_array().expect("codes");
    (app, codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect())
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn page_shows_key_and_codes_until_they_are_confirmed(db: PgPool) {
    let site = Site::without_stripe(db);
    let ana = site.sign_up("ana").await;
    let page = "/account/second-factor";
    let [_, (_, password)] = account("ana");
    let begun = ana.submit(page, "/rpc/begin_second_factor", &[("password", password)]).await;
    assert_eq!(begun.redirect(), (302, page));
    let shown = ana.open(page).await;
    let set_up = ana.read("/rpc/my_second_factor").await.json()["set_up"].clone();
    let (key, code) = (set_up["key"].as_str().expect("a key"), set_up["recovery_codes"][9].as_str().expect("a code"));
    assert!(shown.words().contains(key) && shown.words().contains(code), "{}", shown.words());
    assert!(shown.body.contains("<svg"), "a picture for the app");

    let wrong = ana.submit(page, "/rpc/confirm_second_factor", &[("code", "000000")]).await;
    assert!(wrong.location().starts_with(&format!("{PUBLIC_URL}{page}?")), "{}", wrong.location());
    let right = App::with_key(key).code(site.db(), 0).await;
    let confirmed = ana.submit(page, "/rpc/confirm_second_factor", &[("code", right)]).await;
    assert_eq!(confirmed.redirect(), (302, "/account/second-factor?done=on"));
    let shown = ana.open(page).await;
    assert!(shown.words().contains("You have 10 recovery codes left."), "{}", shown.words());
    assert!(!shown.body.contains(key) && !shown.body.contains(code), "never again");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn sign_in_has_a_second_step(db: PgPool) {
    let site = Site::without_stripe(db);
    let (app, recovery) = set_up(&site, &site.sign_up("ana").await, "ana").await;
    let form = [&account("ana")[..], &[("next", "/orders".to_owned())]].concat();

    let ana = site.visitor();
    let asked = ana.submit("/signin", "/rpc/sign_in", &form).await;
    assert_eq!(asked.redirect(), (302, "/signin/code?next=/orders"));
    assert_eq!(ana.read("/rpc/my_account").await.refusal(), (401, "not_signed_in".to_owned()));
    let page = ana.open("/signin/code?next=%2Forders").await;
    assert!(page.field("next").contains("value=\"/orders\""), "{}", page.body);
    let code = app.code(site.db(), 1).await;
    let enter = |code: &str| vec![("code", code.to_owned()), ("next", "/orders".to_owned())];
    let stranger = site.visitor().post("/rpc/enter_sign_in_code", &enter(&code)).await;
    assert_eq!(stranger.refusal(), (409, "sign_in_ended".to_owned()), "it is bound to the browser");
    let wrong = ana.post("/rpc/enter_sign_in_code", &enter("000000")).await;
    assert_eq!(wrong.refusal(), (422, "wrong_second_factor".to_owned()));
    let entered = ana.submit("/signin/code?next=%2Forders", "/rpc/enter_sign_in_code", &enter(&code)).await;
    assert_eq!(entered.redirect(), (302, "/orders"));
    ana.open("/orders").await.assert_status(200);

    let other = site.visitor();
    other.post("/rpc/sign_in", &account("ana")).await.assert_status(200);
    let again = other.post("/rpc/enter_sign_in_code", &enter(&code)).await;
    assert_eq!(again.refusal(), (422, "wrong_second_factor".to_owned()), "a code is good once");
    other.post("/rpc/enter_sign_in_code", &enter(&recovery[0])).await.assert_status(200);
    other.open("/account").await.assert_status(200);
}

/// Who reads the owner's mail gets no further than the password.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn reset_link_does_not_bypass_it(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    set_up(&site, &site.sign_up("ana").await, "ana").await;
    request_reset(&site.backend, "ana@example.com").await.expect("is stored");
    for (job, _) in testing::outbox(site.db()).await {
        if let Job::SendMail { mail: Mail::PasswordReset { reset_id } } = job {
            send_reset(&site.backend, reset_id).await.expect("sends");
        }
    }
    let mail = smtp.mails().pop().expect("a mail");
    let token = mail.split_once("/reset#").expect("a link").1[..64].to_owned();
    let thief = site.visitor();
    thief.post("/rpc/open_reset", &[("token", token)]).await.assert_status(200);
    let new = [("new_password", "the horse of a thief")];
    thief.post("/rpc/reset_password", &new).await.assert_status(200);
    let form = [("email", "ana@example.com".to_owned()), ("password", "the horse of a thief".to_owned())];
    assert_eq!(thief.post("/rpc/sign_in", &form).await.redirect(), (200, "/signin/code"));
    assert_eq!(thief.read("/rpc/my_account").await.refusal(), (401, "not_signed_in".to_owned()));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn operator_needs_one(db: PgPool) {
    let site = Site::without_stripe(db);
    let olga = site.sign_up("olga").await;
    set_operator(site.db(), "olga@example.com", true).await.expect("grants");
    let page = olga.open("/operator").await;
    assert_eq!((page.status, page.title().as_str()), (403, "Second factor needed · GitTix"));
    assert!(page.body.contains("href=\"/account/second-factor\""), "it says where: {}", page.body);
    for function in ["/rpc/examine_shop", "/rpc/open_disputes", "/rpc/refused_twins"] {
        assert_eq!(olga.read(function).await.refusal(), (403, "second_factor_needed".to_owned()));
    }
    set_up(&site, &olga, "olga").await;
    olga.open("/operator").await.assert_status(200);
}
