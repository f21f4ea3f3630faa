//! The account page: devices, and changing the password.

use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person},
    site::{PUBLIC_URL, Site, account, passwords},
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// Signs in by a browser of that name, with or without a cookie that it has so far.
async fn signed_in(site: &Site, user_agent: &str, cookie: Option<&str>) -> (Person, String) {
    let person = site.visitor();
    let request = person.server().post("/rpc/sign_in").form(&account("alice")).add_header("origin", PUBLIC_URL);
    let request = request.add_header("accept", JSON).add_header("user-agent", user_agent);
    let request = cookie.into_iter().fold(request, |request, cookie| request.add_header("cookie", cookie));
    let answer = Answer::from(request.await);
    answer.assert_status(200);
    let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    (person, cookie)
}

async fn is_open(site: &Site, cookie: &str) -> bool {
    let visitor = site.visitor();
    let page = visitor.server().get("/orders").add_header("accept", HTML).add_header("cookie", cookie).await;
    Answer::from(page).status == 200
}

fn ids(account: &Answer, is_this: bool) -> Vec<String> {
    let account = account.json();
    let devices = account["devices"].as_array().expect("a list").iter();
    devices
        .filter(|device| device["is_this"] == is_this)
        .map(|device| device["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn the_page_names_devices_and_no_secret(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let (_, cookie) = signed_in(&site, FIREFOX, None).await;
    let page = alice.open("/account").await;
    page.assert_status(200).assert_has("h1", "Account").assert_has("h2", "Your devices").assert_has("a", "Account");
    page.assert_has("p", "Firefox on Linux").assert_has("p", "A browser this device");
    page.assert_has("button", "Sign out everywhere else");
    let token = cookie.strip_prefix("gittix=").expect("a token");
    let hash: String = sqlx::query_scalar("SELECT encode(sha256($1::text::bytea), 'hex')")
        .bind(token)
        .fetch_one(site.db())
        .await
        .expect("a hash");
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM sessions WHERE encode(token_hash, 'hex') = $1)")
        .bind(&hash)
        .fetch_one(site.db())
        .await
        .expect("an answer");
    assert!(known, "this is what is stored of the token");
    for answer in [page, alice.read("/rpc/my_account").await] {
        assert!(!answer.body.contains(token) && !answer.body.contains(&hash), "{}", answer.body);
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn without_script_a_device_is_signed_out(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let (_, cookie) = signed_in(&site, FIREFOX, None).await;
    let other = ids(&alice.read("/rpc/my_account").await, false).remove(0);
    let sent = alice.submit("/account", "/rpc/end_session", &[("session", &other)]).await;
    assert_eq!(sent.redirect(), (302, "/account?done=device"));
    assert_eq!(alice.open("/account?done=device").await.of_class("notice"), "That device is signed out.");
    assert!(!is_open(&site, &cookie).await);

    let again = alice.submit("/account", "/rpc/end_session", &[("session", &other)]).await;
    let back = again.location().strip_prefix(PUBLIC_URL).expect("back to the site").to_owned();
    assert_eq!(alice.open(&back).await.of_class("notice notice-error"), "That device is already signed out.");
}

/// Proves that the session is looked for among the asker's own: without it Bob's would end.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nobody_signs_out_anothers_device(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let bobs = ids(&bob.read("/rpc/my_account").await, true).remove(0);
    let refused = alice.post("/rpc/end_session", &[("session", &bobs)]).await;
    assert_eq!(refused.refusal(), (404, "session_not_found".to_owned()));
    bob.open("/account").await.assert_status(200);
    for nonsense in ["", "1", "'; DROP TABLE sessions; --"] {
        assert_eq!(alice.post("/rpc/end_session", &[("session", nonsense)]).await.refusal().0, 422, "{nonsense}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn everywhere_else_is_everywhere_but_here(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let (_, one) = signed_in(&site, FIREFOX, None).await;
    let (_, two) = signed_in(&site, FIREFOX, None).await;
    let sent = alice.submit("/account", "/rpc/end_other_sessions", &[("", "")]).await;
    assert_eq!(sent.redirect(), (302, "/account?done=devices"));
    assert!(!is_open(&site, &one).await && !is_open(&site, &two).await);
    alice.open("/account").await.assert_status(200).assert_lacks("button", "Sign out everywhere else");
    bob.open("/account").await.assert_status(200);
}

/// A thief who planted or copied the cookie has nothing of the session that follows.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn signing_in_again_replaces_the_session(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    let (_, first) = signed_in(&site, FIREFOX, None).await;
    let (_, second) = signed_in(&site, FIREFOX, Some(&first)).await;
    assert_ne!(first, second);
    assert!(!is_open(&site, &first).await && is_open(&site, &second).await);
    let sessions = domain::testing::count(site.db(), "SELECT count(*) FROM sessions").await;
    assert_eq!(sessions, 2, "the one of signing up, and one of this browser");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_new_password_keeps_this_browser_alone(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    let (here, copied) = signed_in(&site, FIREFOX, None).await;
    let (_, elsewhere) = signed_in(&site, FIREFOX, None).await;
    let [(_, current), _] = passwords("alice");
    let form = [("current_password", current.as_str()), ("new_password", "a new horse")];
    let changed = here.submit("/account", "/rpc/change_password", &form).await;
    assert_eq!(changed.redirect(), (302, "/account?done=password"));
    here.open("/account").await.assert_status(200);
    assert!(!is_open(&site, &elsewhere).await && !is_open(&site, &copied).await);
    let old = site.visitor().post("/rpc/sign_in", &account("alice")).await;
    assert_eq!(old.refusal(), (401, "wrong_credentials".to_owned()));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_wrong_password_is_told_at_its_field(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let form = [("current_password", "a guess"), ("new_password", "a new horse")];
    let sent = alice.submit("/account", "/rpc/change_password", &form).await;
    let back = sent.location().strip_prefix(PUBLIC_URL).expect("back to the site").to_owned();
    let page = alice.open(&back).await;
    assert_eq!(page.of_id("current_password-error"), "That is not your password.");
    assert!(!page.body.contains("a new horse") && !back.contains("guess"), "{back}");
    let refused = alice.post("/rpc/change_password", &form).await;
    assert_eq!(refused.json()["errors"][0]["field"], "current_password");
    assert_eq!(refused.refusal(), (422, "wrong_password".to_owned()));
}
