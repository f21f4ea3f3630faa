//! How often somebody may ask, counted by all servers together.

use axum::http::StatusCode;
use axum_test::TestRequest;
use domain::{ids::fresh, testing::TestBackend};
use model::OrderId;
use serde_json::json;
use server::limits::Limits;
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::{
    person::{Answer, HTML, JSON},
    site::{NO_REDIS, Site, account, now_ms},
};

/// A site that counts, behind a proxy: requests within a process come from nowhere.
fn counting(db: PgPool, redis_url: &str, factor: u32) -> Site {
    let redis = redis::Client::open(redis_url).expect("an address");
    Site::changed(TestBackend::without_stripe(db), |state| {
        state.limits = Some(Limits::new(redis, factor).expect("limits"));
        state.proxies = "0.0.0.0".parse().expect("an address");
    })
}

fn redis_url() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL names the tests' Redis; make test sets it")
}

/// A network that nobody has been counted for, in this run or another.
fn somewhere() -> String {
    let random = fresh::<OrderId>().to_string();
    let [a, b, c] = [random.len() - 12, random.len() - 8, random.len() - 4].map(|at| &random[at..at + 4]);
    format!("fd00:{a}:{b}:{c}::1")
}

fn call(site: &Site, from: &str, path: &str, form: &[(&str, String)]) -> TestRequest {
    site.visitor().server().post(path).form(form).add_header("accept", JSON).add_header("x-forwarded-for", from)
}

async fn lock(site: &Site, from: &str) -> Answer {
    call(site, from, "/rpc/lock_ticket", &[]).await.into()
}

/// Proves that servers share their counts: with a count of its own each would take as many again.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn two_servers_share_one_limit(db: PgPool) {
    let sites = [counting(db.clone(), &redis_url(), 1), counting(db, &redis_url(), 1)];
    let from = somewhere();
    for call in 0..120 {
        assert_eq!(lock(&sites[call % 2], &from).await.refusal(), (422, "invalid_input".to_owned()), "call {call}");
    }
    for site in &sites {
        let refused = lock(site, &from).await;
        let wait_s: u32 = refused.header("retry-after").parse().expect("seconds");
        // The wait stands in the body, too, for the page that shows the error.
        let body = refused.json();
        assert_eq!((refused.status, &body["retry_after_seconds"]), (429, &json!(wait_s)));
        let error = &body["errors"][0];
        assert_eq!(error["code"], "too_many_requests");
        let message = error["message"].as_str().expect("a message");
        assert!(message.starts_with("Too many requests from your network. Try again after "), "{message}");
        let said_ms = error["free_at_ms"].as_i64().expect("a time");
        assert!((said_ms - now_ms() - i64::from(wait_s) * 1000).abs() < 10_000, "{error}");
        assert!((1..=60).contains(&wait_s), "{wait_s}");
        // What costs nothing, and who is somewhere else, is not held up.
        let read = site.visitor().server().get("/rpc/show_home").add_header("x-forwarded-for", &from).await;
        assert_eq!(read.status_code(), StatusCode::OK);
        assert_eq!(lock(site, &somewhere()).await.status, 422);
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_person_is_told_on_a_page(db: PgPool) {
    let site = counting(db, &redis_url(), 1);
    let from = somewhere();
    for _ in 0..120 {
        lock(&site, &from).await;
    }
    let form = site.visitor().server().post("/rpc/lock_ticket").form(&[("", "")]).add_header("accept", HTML);
    let page = Answer::from(form.add_header("x-forwarded-for", &from).await);
    let seconds: u32 = page.header("retry-after").parse().expect("seconds");
    let wait = if seconds == 60 {
        "1 minute".to_owned()
    } else {
        format!("{seconds} second{}", if seconds == 1 { "" } else { "s" })
    };
    page.assert_has("p", &format!("There were too many requests from your network. Try again in {wait}."));
    page.assert_has("a", "My orders");
    assert_eq!((page.status, page.header("content-type")), (429, "text/html; charset=utf-8"));
}

/// Guessing at one account: whoever does holds up nobody but their own network.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_account_has_a_limit_for_each_network_that_guesses_at_it(db: PgPool) {
    let site = counting(db, &redis_url(), 1);
    let email = format!("{}@example.com", fresh::<OrderId>());
    let from = somewhere();
    let sign_in = async |from: &str, email: &str| {
        let form = [("email", email.to_owned()), ("password", String::new())];
        Answer::from(call(&site, from, "/rpc/sign_in", &form).await).refusal()
    };
    for _ in 0..20 {
        assert_eq!(sign_in(&from, &email).await, (422, "required".to_owned()));
    }
    assert_eq!(sign_in(&from, &email.to_uppercase()).await, (429, "too_many_requests".to_owned()));
    assert_eq!(sign_in(&from, &format!("{}@example.com", fresh::<OrderId>())).await, (422, "required".to_owned()));
    assert_eq!(sign_in(&somewhere(), &email).await, (422, "required".to_owned()));
}

/// A client with 48 bits of IPv6 has 65,536 networks with 64, and no more than four times as much as one of them.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn networks_around_share_limits_that_grow(db: PgPool) {
    let site = counting(db, &redis_url(), 1);
    let from = somewhere();
    let (wide, _) = from.rsplit_once("::").and_then(|(own, _)| own.rsplit_once(':')).expect("four groups");
    let ask = async |n: u16| lock(&site, &format!("{wide}:{n:x}::1")).await.status;
    // Of the same 56 bits.
    for call in 0..240_u16 {
        assert_eq!(ask(call % 0x100).await, 422, "call {call}");
    }
    assert_eq!(ask(0xff).await, 429);
    // Of the same 48 bits; those that were refused count, too.
    for call in 0..239_u16 {
        assert_eq!(ask((1 + call) * 0x100).await, 422, "call {call}");
    }
    assert_eq!(ask(0xff00).await, 429);
    assert_eq!(lock(&site, &somewhere()).await.status, 422);
}

/// Having mail sent to one address, from everywhere.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_mailbox_has_a_limit_wherever_the_calls_come_from(db: PgPool) {
    let site = counting(db, &redis_url(), 1);
    let email = format!("{}@example.com", fresh::<OrderId>());
    let ask = async |email: &str| {
        call(&site, &somewhere(), "/rpc/forgot_password", &[("email", email.to_owned())]).await.status_code()
    };
    for _ in 0..10 {
        assert_eq!(ask(&email).await, StatusCode::OK);
    }
    assert_eq!(ask(&email.to_uppercase()).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&format!("{}@example.com", fresh::<OrderId>())).await, StatusCode::OK);
}

/// Whoever is signed in is counted as one, at home and on the road.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn somebody_signed_in_has_a_limit_wherever_they_are(db: PgPool) {
    let site = counting(db, &redis_url(), 1);
    let alice = site.sign_up("alice").await;
    let lock = async || {
        let call = alice.server().post("/rpc/lock_ticket").form(&[("", "")]).add_header("accept", JSON);
        Answer::from(call.add_header("x-forwarded-for", somewhere()).await).refusal().0
    };
    for _ in 0..30 {
        assert_eq!(lock().await, 422);
    }
    assert_eq!(lock().await, 429);
}

/// Proves that a visitor does not choose their address: only what the proxy itself wrote counts.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_forged_address_is_not_counted_for(db: PgPool) {
    let site = counting(db, &redis_url(), 1);
    let from = somewhere();
    for _ in 0..120 {
        lock(&site, &format!("{}, {from}", somewhere())).await;
    }
    assert_eq!(lock(&site, &format!("{}, {from}", somewhere())).await.status, 429);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_operator_can_raise_them(db: PgPool) {
    let site = counting(db, &redis_url(), 2);
    let from = somewhere();
    for _ in 0..240 {
        assert_eq!(lock(&site, &from).await.status, 422);
    }
    assert_eq!(lock(&site, &from).await.status, 429);
}

/// What is so for a Redis that refuses, and for one that says nothing.
async fn assert_open_for_buyers_and_closed_for_guessers(site: &Site) {
    for path in [
        "/rpc/sign_in",
        "/rpc/sign_up",
        "/rpc/enter_code",
        "/rpc/forgot_password",
        "/rpc/change_password",
        "/rpc/reset_password",
    ] {
        let refused = Answer::from(call(site, &somewhere(), path, &account("alice")).await);
        assert_eq!(refused.refusal(), (503, "unavailable".to_owned()), "{path}");
        assert_eq!(refused.header("retry-after"), "5", "{path}");
    }
    for path in ["/rpc/lock_ticket", "/rpc/start_payment", "/rpc/check_payment", "/rpc/cancel_order"] {
        let answered = Answer::from(call(site, &somewhere(), path, &[]).await);
        assert_eq!(answered.refusal(), (422, "invalid_input".to_owned()), "{path}");
    }
    site.visitor().open("/").await.assert_status(200);
    site.visitor().read("/rpc/show_home").await.assert_status(200);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn without_redis_buyers_go_on_and_guessers_do_not(db: PgPool) {
    assert_open_for_buyers_and_closed_for_guessers(&counting(db, NO_REDIS, 1)).await;
}

/// Proves the bound on the wait: without it the first call waits until the request's own bound.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_redis_that_says_nothing_holds_nobody_up(db: PgPool) {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let site = counting(db, &format!("redis://{}", silent.local_addr().expect("an address")), 1);
    let calls = assert_open_for_buyers_and_closed_for_guessers(&site);
    tokio::time::timeout(std::time::Duration::from_mins(1), calls).await.expect("six waits of a second");
}
