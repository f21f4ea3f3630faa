use model::{Money, UserId, auth::Credentials, mails::MailTopic};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::*;
use crate::{
    auth::{browser::Browser, session::SessionToken},
    current_user::current_user,
    drafts::save::save,
    ids::fresh,
    mail::choices::choose,
    payments::check::check,
    testing::{self, GOOD_CARD, TestBackend, sign_up},
    waitlist::join::join,
    watching::watch::watch_listing,
};

const PRICE: Money = Money::usd(4950);

async fn signed_up(backend: &Backend, name: &str) -> (CurrentUser, SessionToken) {
    let credentials = Credentials { email: format!("{name}@example.com"), password: "correct horse".into() };
    let session = sign_up(backend, &credentials, &Browser::default()).await.expect("signs up");
    (current_user(backend, &session).await.expect("the database answers").expect("signed in"), session)
}

async fn file(backend: &Backend, user: &CurrentUser) -> Value {
    serde_json::to_value(export(backend, user).await.expect("exports")).expect("it is JSON")
}

/// `buyer` buys a ticket from `seller`.
async fn sale(backend: &Backend, seller: UserId, buyer: UserId) {
    let order = testing::lock_one(backend, buyer, testing::listing(backend, seller).await, PRICE).await.expect("locks");
    testing::start_payment(backend, buyer, order).await.expect("starts");
    testing::pay_with(backend, order, GOOD_CARD).await;
    check(backend, buyer, order).await.expect("completes");
}

/// Ana has sold to Bob and bought from him. She is on the waitlist of another ticket of his, and watches it.
async fn scene(db: PgPool) -> (Backend, stripe_sim::Simulator, [CurrentUser; 2], SessionToken) {
    let (backend, stripe) = TestBackend::with_simulator(db).await;
    let ((ana, session), (bob, _)) = (signed_up(&backend, "ana").await, signed_up(&backend, "bob").await);
    sale(&backend, ana.id, bob.id).await;
    sale(&backend, bob.id, ana.id).await;
    let held = testing::listing(&backend, bob.id).await;
    let carol = testing::user(&backend.db, "carol").await;
    testing::lock_one(&backend, carol, held, PRICE).await.expect("locks");
    join(&backend, ana.id, held, 1).await.expect("joins");
    watch_listing(&backend, ana.id, held, true).await.expect("watches");
    choose(&backend, ana.id, MailTopic::LockLeft, false).await.expect("turns off");
    save(&backend, ana.id, fresh(), String::new(), testing::listing_input()).await.expect("saves");
    sqlx::query(
        "INSERT INTO gifts (id, ticket_id, order_id, giver_id, email, email_key, status, recipient_id, accepted_at)
        SELECT gen_random_uuid(), t.id, o.id, o.buyer_id, 'friend@example.com', 'friend@example.com', 'accepted', $2, now()
        FROM orders o JOIN tickets t ON t.order_id = o.id WHERE o.buyer_id = $1",
    )
    .bind(ana.id)
    .bind(carol)
    .execute(&backend.db)
    .await
    .expect("a gift");
    (backend, stripe, [ana, bob], session)
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn export_holds_all_own_data(db: PgPool) {
    let (backend, _stripe, [ana, _], _) = scene(db).await;
    crate::auth::reset::request::request_reset(&backend, "ANA@example.com").await.expect("is stored");
    let file = file(&backend, &ana).await;
    assert_eq!(file["account"]["email"], "ana@example.com");
    assert_eq!(file["account"]["balance_cents"], 4950);
    let lists = file.as_object().expect("an object").iter().filter(|(_, list)| list.get("rows").is_some());
    let lengths: Vec<_> = lists.map(|(name, list)| (name.as_str(), list["rows"].as_array().map(Vec::len))).collect();
    let one = [
        "devices",
        "drafts",
        "gifts",
        "lines",
        "mails_turned_off",
        "orders",
        "password_links",
        "tickets",
        "tried_cards",
        "watches",
    ]
    .map(|name| (name, Some(1)));
    let others = [("ledger", Some(2)), ("named_calls", Some(0)), ("sign_in_tries", Some(0))];
    let mut expected = [one.as_slice(), &others].concat();
    expected.sort_unstable();
    assert_eq!(lengths, expected);
    let watched = &file["watches"]["rows"][0];
    assert_eq!((&watched["event"], &watched["at_once"]), (&json!("Sigur Rós"), &json!(true)));
    assert_eq!(file["drafts"]["rows"][0]["fields"]["listing"]["title"], "Sigur Rós");
    let sold = &file["tickets"]["rows"][0];
    assert_eq!(
        (&sold["status"], &sold["sale"], &sold["sold_for_cents"]),
        (&json!("sold"), &json!("complete"), &json!(4950))
    );
    assert_eq!(sold["prices"][0]["price_cents"], 4950);
    let gift = &file["gifts"]["rows"][0];
    assert_eq!((&gift["is_given"], &gift["email"]), (&json!(true), &json!("friend@example.com")));
    let bought = &file["orders"]["rows"][0];
    assert_eq!((&bought["status"], &bought["payments"][0]["status"]), (&json!("complete"), &json!("captured")));
    assert_eq!(bought["payments"][0]["disputes"], json!([]));
    let timeline: Vec<_> = bought["timeline"].as_array().expect("a list").iter().map(|line| &line["what"]).collect();
    assert_eq!(timeline, ["locked", "attempt_opened", "authorised", "captured", "completed"]);
    let booked: Vec<_> = file["ledger"]["rows"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|e| (&e["account"], &e["amount_cents"]))
        .collect();
    assert_eq!(booked, [(&json!("buyer"), &json!(-4950)), (&json!("seller"), &json!(4950))]);
}

/// The export holds no secrets and nothing that identifies other users.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn export_holds_no_data_of_others(db: PgPool) {
    let (backend, _stripe, [ana, bob], session) = scene(db).await;
    let file = file(&backend, &ana).await.to_string();
    let bobs: Vec<String> = sqlx::query_scalar("SELECT id::text FROM orders WHERE buyer_id <> $1")
        .bind(ana.id.as_uuid())
        .fetch_all(&backend.db)
        .await
        .expect("orders");
    assert_eq!(bobs.len(), 2);
    let session_hash = hex::encode(session.hash());
    for secret in ["bob@", "carol@", "argon2", &bob.id.to_string(), &session_hash, session.expose(), &bobs[0], &bobs[1]]
    {
        assert!(!file.contains(secret), "{secret} is in {file}");
    }
}

/// Proves that a truncated list says so.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn export_marks_truncated_lists(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (ana, _) = signed_up(&backend, "ana").await;
    for _ in 0..3 {
        testing::listing(&backend, ana.id).await;
    }
    for (most, rows, is_complete) in [(2, 2, false), (3, 3, true)] {
        let gathered = gather(&backend, &ana, most).await.expect("gathers");
        assert_eq!((gathered.tickets.rows.len(), gathered.tickets.is_complete), (rows, is_complete));
    }
}
