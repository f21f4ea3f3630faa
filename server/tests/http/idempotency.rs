//! `Idempotency-Key`: one call, one effect, one answer.

use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person, lock_form, lock_form_at},
    site::{PUBLIC_URL, Site},
};

impl Person {
    /// Calls a server function under a name.
    async fn post_named(&self, key: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        self.post_named_for(JSON, key, path, form).await
    }

    /// The same, for who takes pages or data.
    async fn post_named_for(&self, accept: &str, key: &str, path: &str, form: &[(&str, &str)]) -> Answer {
        self.server()
            .post(path)
            .form(form)
            .add_header("origin", PUBLIC_URL)
            .add_header("accept", accept)
            .add_header("referer", format!("{PUBLIC_URL}/"))
            .add_header("idempotency-key", key)
            .await
            .into()
    }
}

const LOCK: &str = "/rpc/lock_ticket";
const START: &str = "/rpc/start_payment";

/// Proves the stored answer: done again, the call would be refused, as the order has been given up.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_repeated_call_is_answered_alike_and_does_nothing(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let first = bob.post_named("k", LOCK, &lock_form(&ticket)).await;
    let id = first.location().strip_prefix("/orders/").expect("an order").to_owned();
    bob.post("/rpc/cancel_order", &[("order", &id)]).await.assert_status(200);
    let before = site.snapshot().await;
    let again = bob.post_named("k", LOCK, &lock_form(&ticket)).await;
    assert_eq!((again.line(), again.location()), (first.line(), first.location()));
    assert_eq!(
        (again.header("content-type"), again.header("idempotent-replayed")),
        (first.header("content-type"), "true")
    );
    assert_eq!(site.snapshot().await, before);
    // A refusal is an answer, too; and under another name it is another call.
    let refused = bob.post_named("r", LOCK, &lock_form_at(&ticket, "1", "1")).await;
    assert_eq!(refused.refusal(), (409, "price_changed".to_owned()));
    let again = bob.post_named("r", LOCK, &lock_form_at(&ticket, "1", "1")).await;
    assert_eq!(again.line(), refused.line());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_key_names_one_call(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let (ticket, other) = (alice.list().await, alice.list().await);
    bob.post_named("k", LOCK, &lock_form(&ticket)).await.assert_status(200);
    let reused = (422, "idempotency_key_reused".to_owned());
    assert_eq!(bob.post_named("k", LOCK, &lock_form(&other)).await.refusal(), reused);
    assert_eq!(bob.post_named("k", START, &lock_form(&ticket)).await.refusal(), reused);
    assert_eq!(carol.post_named("k", LOCK, &lock_form(&other)).await.status, 200, "another's key is another key");
    let long = "k".repeat(256);
    let refused = bob.post_named(&long, LOCK, &lock_form(&ticket)).await;
    assert_eq!(refused.refusal(), (422, "invalid_idempotency_key".to_owned()));
    let signed_out = site.visitor().post_named("k", LOCK, &lock_form(&ticket)).await;
    assert_eq!(signed_out.refusal(), (401, "not_signed_in".to_owned()));
}

/// The first call waits for the listing's row lock; the second finds it under way.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn two_at_once_make_one_order(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let mut tx = site.db().begin().await.expect("begins");
    sqlx::query("SELECT FROM listings FOR UPDATE").execute(&mut *tx).await.expect("a row lock");
    let form = lock_form(&ticket);
    let (first, second) = tokio::join!(bob.post_named("k", LOCK, &form), async {
        domain::testing::until("the first is under way", || async {
            domain::testing::count(site.db(), "SELECT count(*) FROM idempotency_keys").await == 1
        })
        .await;
        let second = bob.post_named("k", LOCK, &form).await;
        tx.commit().await.expect("lets go");
        second
    });
    assert_eq!(second.refusal(), (409, "idempotency_key_in_use".to_owned()));
    first.assert_status(200);
    assert_eq!(bob.post_named("k", LOCK, &form).await.location(), first.location());
    assert_eq!(domain::testing::count(site.db(), "SELECT count(*) FROM orders").await, 1);
}

/// What lets a browser pay is not kept: the call is done again, and finds the same attempt.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn no_secret_is_kept_of_a_payment(db: PgPool) {
    let (site, _stripe) = Site::with_stripe(db).await;
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let order = bob.lock(&alice.list().await).await;
    let first = bob.post_named("k", START, &[("order", &order)]).await;
    let again = bob.post_named("k", START, &[("order", &order)]).await;
    assert_eq!(first.assert_status(200).json(), again.json());
    let kept: String = sqlx::query_scalar("SELECT string_agg(k::text, '') FROM idempotency_keys k")
        .fetch_one(site.db())
        .await
        .expect("a key");
    assert!(!kept.contains("secret"), "{kept}");
    assert_eq!(domain::testing::count(site.db(), "SELECT count(*) FROM payments").await, 1);
}

/// A fault of ours is no answer: the same key tries again.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_failure_frees_the_key(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let order = bob.lock(&alice.list().await).await;
    for _ in 0..2 {
        let failed = bob.post_named("k", START, &[("order", &order)]).await;
        assert_eq!(failed.refusal(), (503, "payments_unavailable".to_owned()));
    }
    assert_eq!(domain::testing::count(site.db(), "SELECT count(*) FROM idempotency_keys").await, 0);
}

/// Who takes pages is led back to one, whatever failed: that is no answer, either, while a refusal is.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_failure_frees_the_key_of_who_takes_pages(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    sqlx::query("ALTER TABLE outbox RENAME TO put_away").execute(site.db()).await.expect("no timer can be set");
    let failed = bob.post_named_for(HTML, "k", LOCK, &lock_form(&ticket)).await;
    assert!(failed.assert_status(302).location().contains("__err="), "{}", failed.location());
    sqlx::query("ALTER TABLE put_away RENAME TO outbox").execute(site.db()).await.expect("it can again");
    let locked = bob.post_named_for(HTML, "k", LOCK, &lock_form(&ticket)).await;
    assert!(locked.assert_status(302).location().starts_with("/orders/"), "{}", locked.location());

    for replayed in ["", "true"] {
        // Her own ticket.
        let refused = alice.post_named_for(HTML, "r", LOCK, &lock_form(&ticket)).await;
        assert!(refused.assert_status(302).location().contains("__err="), "{}", refused.location());
        assert_eq!(refused.header("idempotent-replayed"), replayed);
    }
}
