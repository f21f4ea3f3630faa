//! What a program is told when a call is refused: status, shape and words.

use domain::{auth::sign_in::TRIES_PER_ACCOUNT, testing};
use insta::assert_snapshot;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    person::{listing, listing_at, lock_form_at},
    site::{Site, account, now_ms},
};

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_invalid_form_names_its_fields(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    assert_snapshot!(
        alice.post("/rpc/list_ticket", &listing_at("0.10")).await.line(),
        @r#"422 {"errors":[{"message":"The lowest price is $0.50.","field":"price","code":"price_too_low"}]}"#
    );
    assert_snapshot!(
        site.visitor().post("/rpc/sign_up", &[("email", "ana"), ("password", "short")]).await.line(),
        @r#"422 {"errors":[{"message":"Enter an email address, like ana@example.com.","field":"email","code":"invalid_email"},{"message":"Use at least 8 characters.","field":"password","code":"password_too_short"}]}"#
    );
    assert_snapshot!(
        site.visitor().post("/rpc/enter_code", &[("code", "123456")]).await.line(),
        @r#"409 {"errors":[{"message":"This code no longer works. Sign up again to get a new one.","code":"sign_up_ended"}]}"#
    );
    assert_snapshot!(
        site.visitor().read("/rpc/search_events?after=nonsense").await.line(),
        @r#"422 {"errors":[{"message":"This request could not be understood.","code":"invalid_input"}]}"#
    );
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_listing_that_changed_is_not_overwritten(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let ticket = alice.list().await;
    let edit =
        |price: &str| [vec![("ticket", ticket.clone()), ("version", "1".to_owned())], listing_at(price)].concat();
    alice.post("/rpc/edit_ticket", &edit("60")).await.assert_status(200);
    assert_snapshot!(
        alice.post("/rpc/edit_ticket", &edit("70")).await.line(),
        @r#"409 {"errors":[{"message":"This listing has changed since you opened it. Check it and save again.","code":"stale_version"}]}"#
    );
    let ticket = alice.read(&format!("/rpc/show_ticket?ticket={ticket}")).await.json();
    assert_eq!((&ticket["version"], &ticket["card"]["price"]["cents"]), (&2.into(), &6000.into()), "{ticket}");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_conflict_carries_what_helps(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let ticket = alice.list().await;
    let lock = |cents| lock_form_at(&ticket, "1", cents);
    let conflict = bob.post("/rpc/lock_ticket", &lock("4949")).await;
    let mut body = conflict.json();
    let now = body.as_object_mut().expect("an object").remove("listing").expect("the listing as it is");
    assert_eq!((&now["card"]["id"], &now["version"]), (&ticket.as_str().into(), &1.into()), "{now}");
    assert_snapshot!(
        format!("{} {body}", conflict.status),
        @r#"409 {"errors":[{"code":"price_changed","message":"The price has changed. It is now $49.50.","price_cents":4950}]}"#
    );
    let order = bob.lock(&ticket).await;
    let order = bob.read(&format!("/rpc/show_order?order={order}")).await.json();
    let expires_at_ms = order["expires_at"]["unix_ms"].as_i64().expect("a time");
    let edit =
        [vec![("ticket", ticket.clone()), ("version", "1".to_owned())], listing(&testing::listing_input())].concat();
    for refused in [carol.post("/rpc/lock_ticket", &lock("4950")).await, alice.post("/rpc/edit_ticket", &edit).await] {
        assert_eq!(refused.refusal(), (409, "ticket_locked".to_owned()));
        let free_at_ms = refused.json()["errors"][0]["free_at_ms"].as_i64().expect("a time");
        assert!((0..1000).contains(&(expires_at_ms - free_at_ms)), "{free_at_ms} is not the second of {expires_at_ms}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn guessing_at_a_password_ends(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    for _ in 0..TRIES_PER_ACCOUNT {
        let wrong =
            site.visitor().post("/rpc/sign_in", &[("email", "alice@example.com"), ("password", "a guess")]).await;
        assert_eq!(
            wrong.line(),
            r#"401 {"errors":[{"message":"That email and password do not match.","code":"wrong_credentials"}]}"#
        );
    }
    let right = site.visitor().post("/rpc/sign_in", &account("alice")).await;
    assert_eq!(right.refusal(), (429, "too_many_attempts".to_owned()));
    let said_ms = right.json()["errors"][0]["free_at_ms"].as_i64().expect("a time");
    assert!((said_ms - now_ms() - 15 * 60_000).abs() < 60_000, "{said_ms}");
    assert_eq!(right.header("retry-after"), "900");
    assert_eq!(right.header("set-cookie"), "");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_stripe_that_is_away_is_said_to_be(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let order = bob.lock(&alice.list().await).await;
    let refused = bob.post("/rpc/start_payment", &[("order", &order)]).await;
    let message = "The card service is not answering right now. What you reserved stays reserved. Please try again.";
    let expected = json!({
        "errors": [{"message": message, "code": "payments_unavailable"}],
        "request_id": refused.header("x-request-id"),
    });
    assert_eq!((refused.status, refused.json()), (503, expected));
    assert_eq!(refused.header("retry-after"), "5");
    assert_eq!(bob.open(&format!("/orders/{order}")).await.status_words(), "Awaiting payment");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_database_that_is_away_is_said_to_be(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    site.db().close().await;
    let errors = json!([{"message": model::Code::Unavailable.words(), "code": "unavailable"}]);
    // Of a visitor nothing is looked up before the function; of Alice her session is.
    for person in [&site.visitor(), &alice] {
        let refused = person.read("/rpc/show_home").await;
        let expected = json!({"errors": errors, "request_id": refused.header("x-request-id")});
        assert_eq!((refused.status, refused.json(), refused.header("retry-after")), (503, expected, "5"));
        let page = person.open("/").await;
        assert_eq!(
            (page.status, page.header("content-type"), page.header("retry-after")),
            (503, "text/html; charset=utf-8", "5")
        );
        assert!(page.words().contains(model::Code::Unavailable.words()), "{}", page.words());
    }
    // Of Alice, whose session cannot be read, no page of the site can be rendered.
    let page = alice.open("/").await;
    for said in ["What you have paid or reserved is safe.", page.header("x-request-id")] {
        assert!(page.words().contains(said), "{said}: {}", page.words());
    }
    let policy = page.header("content-security-policy");
    let nonce = policy.split_once("style-src 'nonce-").and_then(|(_, rest)| rest.split_once('\'')).expect("a nonce").0;
    assert!(page.body.contains(&format!("<style nonce=\"{nonce}\">")), "{policy}: {}", page.body);
}
