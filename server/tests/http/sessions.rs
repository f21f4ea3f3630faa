//! The session's cookie: its flags, its beginning and its end.

use app::server::CookiePolicy;
use axum::http::StatusCode;
use domain::testing::TestBackend;
use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person},
    site::{PUBLIC_URL, Site, account},
};

/// The token in a `Set-Cookie` of exactly the form that is expected of the site.
fn token_in(set_cookie: &str, name: &str, secure: &str) -> String {
    let (token, flags) = set_cookie
        .strip_prefix(&format!("{name}="))
        .and_then(|rest| rest.split_at_checked(64))
        .expect("a cookie with a token");
    assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()), "256 bits in hexadecimal: {token}");
    assert_eq!(flags, format!("; HttpOnly; SameSite=Lax{secure}; Path=/; Max-Age=2592000"));
    token.to_owned()
}

/// The home page, asked for with a cookie header as it stands.
async fn home_with(person: &Person, cookies: &[u8]) -> Answer {
    let cookies = axum::http::HeaderValue::from_bytes(cookies).expect("a header");
    person.server().get("/").add_header("accept", HTML).add_header("cookie", cookies).await.into()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn each_sign_in_gives_a_new_token_in_a_cookie_for_servers_alone(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let mut tokens = Vec::new();
    let alice = site.visitor();
    alice.post("/rpc/sign_up", &account("alice")).await.assert_status(200);
    let code = [("code", site.mailed_code(&smtp).await)];
    for (path, person, form) in [
        ("/rpc/enter_code", alice, &code[..]),
        ("/rpc/sign_in", site.visitor(), &account("alice")[..]),
        ("/rpc/sign_in", site.visitor(), &account("alice")[..]),
    ] {
        let answer = person.post(path, form).await;
        let cookies = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("text"));
        let cookies: Vec<_> = cookies.filter(|cookie| cookie.starts_with("gittix=")).collect();
        assert_eq!(cookies.len(), 1, "{path}: {cookies:?}");
        tokens.push(token_in(answer.header("set-cookie"), "gittix", ""));
    }
    let without_script = site.visitor().submit("/signin", "/rpc/sign_in", &account("alice")).await;
    tokens.push(token_in(without_script.header("set-cookie"), "gittix", ""));
    for token in &tokens {
        assert_eq!(tokens.iter().filter(|other| *other == token).count(), 1, "a token came twice");
        home_with(&site.visitor(), format!("gittix={token}").as_bytes()).await.assert_has("button", "Sign out");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn over_tls_the_cookie_is_bound_to_this_host(db: PgPool) {
    let site = Site::changed(TestBackend::without_stripe(db), |state| state.cookies = CookiePolicy { secure: true });
    site.sign_up("alice").await;
    let alice = site.visitor();
    let signed_in = alice.post("/rpc/sign_in", &account("alice")).await;
    let token = token_in(signed_in.header("set-cookie"), "__Host-gittix", "; Secure");
    alice.open("/").await.assert_has("button", "Sign out");
    // Another host of the domain could have set a cookie without the prefix.
    home_with(&site.visitor(), format!("gittix={token}").as_bytes()).await.assert_has("a", "Sign in");
    let signed_out = alice.post("/rpc/sign_out", &[("", "")]).await;
    assert_eq!(signed_out.header("set-cookie"), "__Host-gittix=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0");
}

/// Proves that signing out deletes the session: without that the old cookie still opens the account.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn signing_out_ends_the_session_at_the_server(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    let alice = site.visitor();
    let token = token_in(alice.post("/rpc/sign_in", &account("alice")).await.header("set-cookie"), "gittix", "");
    let cookie = format!("gittix={token}");
    home_with(&site.visitor(), cookie.as_bytes()).await.assert_has("a", "My orders");
    let signed_out = alice.post("/rpc/sign_out", &[("", "")]).await;
    assert_eq!(signed_out.header("set-cookie"), "gittix=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    alice.open("/").await.assert_has("a", "Sign in");

    let thief = site.visitor();
    home_with(&thief, cookie.as_bytes()).await.assert_has("a", "Sign in").assert_lacks("a", "My orders");
    let orders = thief.server().get("/rpc/my_orders").add_header("accept", JSON).add_header("cookie", cookie).await;
    assert_eq!(Answer::from(orders).refusal(), (401, "not_signed_in".to_owned()));
    alice.post("/rpc/sign_out", &[("", "")]).await.assert_status(200);
}

/// A token that somebody planted before the sign-in opens nothing after it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_planted_token_does_not_become_the_session(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    let planted = format!("gittix={}", "ab".repeat(32));
    let alice = site.visitor();
    let form = alice.server().post("/rpc/sign_in").form(&account("alice")).add_header("origin", PUBLIC_URL);
    let signed_in = Answer::from(form.add_header("accept", JSON).add_header("cookie", planted.clone()).await);
    let token = token_in(signed_in.assert_status(200).header("set-cookie"), "gittix", "");
    assert_ne!(format!("gittix={token}"), planted);
    home_with(&site.visitor(), planted.as_bytes()).await.assert_has("a", "Sign in");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_cookie_that_is_none_of_ours_is_harmless(db: PgPool) {
    let site = Site::without_stripe(db);
    let anon = site.visitor();
    let long = [b"gittix=".to_vec(), vec![b'a'; 8_000]].concat();
    let unknown = format!("gittix={}", "0".repeat(64));
    let garbage: [&[u8]; 9] = [
        b"gittix",
        b"gittix=",
        b"gittix='; DROP TABLE sessions; --",
        b"=;;=; gittix",
        b"gittix=\xff\xfe",
        b"gittix=\"quoted\"",
        b"__Host-gittix=x",
        &long,
        unknown.as_bytes(),
    ];
    for cookies in garbage {
        let page = home_with(&anon, cookies).await;
        assert_eq!(page.status, StatusCode::OK.as_u16(), "{cookies:?}");
        page.assert_has("a", "Sign in");
    }
}
