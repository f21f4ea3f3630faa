//! Jobs of a later version.

use std::collections::BTreeMap;

use model::{Money, OrderId, PaymentId, ResetId};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{
    Entry, Job, LEASE, Queue,
    relay::{SET_ASIDE, relay},
    store::{self, Kinds},
    unreadable,
};
use crate::{
    expiration,
    ids::fresh,
    mail::Mail,
    orders::cancel::cancel,
    testing::{self, Listed, TestBackend},
};

/// Jobs of kinds that this version does not know.
const UNKNOWN: [&str; 5] = [
    r#"{"kind": "pay_out", "payout_id": 7}"#,
    r#"{"kind": "send_mail", "mail": {"about": "sold", "order_id": 7}}"#,
    r#"{"kind": "send_mail"}"#,
    r#"["reconcile_payment"]"#,
    "null",
];

/// Jobs of known kinds in a form that this version does not know.
const MISSHAPEN: [&str; 4] = [
    r#"{"kind": "reconcile_payment", "payment_id": 7}"#,
    r#"{"kind": "reconcile_payment"}"#,
    r#"{"kind": "handle_stripe_event", "event_id": "evt_1", "weight": 1e400}"#,
    r#"{"kind": "send_mail", "mail": {"about": "password_reset", "reset_id": "soon"}}"#,
];

/// Writes jobs with the given JSON, due an hour ago.
async fn write(db: &PgPool, queue: Queue, jobs: &[&str]) {
    sqlx::query(
        "
        INSERT INTO outbox (id, job, queue, run_at)
        SELECT gen_random_uuid(), job::jsonb, $2, now() - interval '1 hour' + n * interval '1 second'
        FROM unnest($1::text[]) WITH ORDINALITY AS given (job, n)
        ",
    )
    .bind(jobs)
    .bind(queue.name())
    .execute(db)
    .await
    .expect("writes");
}

async fn rows(db: &PgPool) -> BTreeMap<Uuid, (String, bool)> {
    let rows: Vec<(Uuid, String, bool)> = sqlx::query_as("SELECT id, job::text, leased_until IS NOT NULL FROM outbox")
        .fetch_all(db)
        .await
        .expect("reads");
    rows.into_iter().map(|(id, job, is_leased)| (id, (job, is_leased))).collect()
}

/// Relays up to three batches of two jobs and returns the jobs that the queue got, sorted.
async fn relay_some(db: &PgPool) -> Vec<Value> {
    let mut given = Vec::new();
    for _ in 0..3 {
        relay(db, Queue::Payments, 2, async |entries: &[Entry]| {
            given.extend(entries.iter().map(|entry| entry.job.clone()));
            Ok::<_, ()>(())
        })
        .await
        .expect("relays");
    }
    // A batch comes in any order.
    given.sort_by_key(Value::to_string);
    given
}

/// Proves the condition on kinds in the relay's query: without it the rows in front fill every batch.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unknown_kinds_do_not_block_jobs_behind_them(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    write(&backend.db, Queue::Payments, &UNKNOWN).await;
    let before = rows(&backend.db).await;
    let extended = json!({ "kind": "reconcile_payment", "payment_id": fresh::<PaymentId>(), "why": { "n": 1 } });
    let plain = json!({ "kind": "send_mail", "mail": { "about": "password_reset", "reset_id": fresh::<ResetId>() } });
    write(&backend.db, Queue::Payments, &[&extended.to_string(), &plain.to_string()]).await;

    assert_eq!(relay_some(&backend.db).await, [extended, plain], "with what a later version has added");
    assert_eq!(rows(&backend.db).await, before, "none is leased, none is lost");
    let found = unreadable(&backend).await.expect("answers");
    assert_eq!((found.jobs, found.kinds.as_str()), (5, "none, pay_out, send_mail"));

    let later = Kinds { jobs: &["pay_out"], mails: &["sold"] };
    let taken = store::take(&backend.db, Queue::Payments, 10, LEASE, later).await.expect("takes");
    let mut taken: Vec<&str> = taken.iter().map(|row| row.job.as_str()).collect();
    taken.sort_unstable();
    assert_eq!(taken.len(), 2, "a version that knows the kinds takes them: {taken:?}");
    assert!(taken[0].contains("pay_out") && taken[1].contains("sold"), "{taken:?}");
}

/// Proves that rows are parsed one by one, and set aside: otherwise one of them fails its batch, or comes
/// again with every batch.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn misshapen_jobs_are_set_aside(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    write(&backend.db, Queue::Payments, &MISSHAPEN).await;
    let before = rows(&backend.db).await;
    let plain = json!({ "kind": "reconcile_payment", "payment_id": fresh::<PaymentId>() });
    write(&backend.db, Queue::Payments, &[&plain.to_string()]).await;

    assert_eq!(relay_some(&backend.db).await, [plain]);
    let aside = rows(&backend.db).await;
    assert!(aside.keys().eq(before.keys()), "none is lost");
    assert!(aside.values().all(|(_, is_leased)| *is_leased), "{aside:?}");
    assert_eq!(unreadable(&backend).await.expect("answers").jobs, 4);

    testing::let_time_pass(&backend.db, SET_ASIDE).await;
    let again = store::take(&backend.db, Queue::Payments, 10, LEASE, Kinds::KNOWN).await.expect("takes");
    assert_eq!(again.len(), 4, "a version that can read them takes them");
}

/// A job with an order's id need not be the timer of that order.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sweep_deletes_no_job_of_a_later_version(db: PgPool) {
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
    let order = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
    cancel(&backend, bob, order).await.expect("cancels");
    sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("no timer");
    let newer = [
        json!({ "kind": "remind", "order_id": order }).to_string(),
        json!({ "kind": "expire_order", "order_id": "all" }).to_string(),
        json!({ "kind": "expire_order", "order_id": order }).to_string(),
    ];
    write(&backend.db, Queue::Expiry, &newer.each_ref().map(String::as_str)).await;
    expiration::sweep::sweep(&backend).await.expect("sweeps");
    let left = rows(&backend.db).await;
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left.values().all(|(job, _)| job.contains("remind") || job.contains("all")), "{left:?}");
}

/// The relay's query uses these names.
#[test]
fn kinds_match_their_stored_names() {
    let jobs = [
        Job::ExpireOrder { order_id: fresh::<OrderId>() },
        Job::HandleStripeEvent { event_id: "evt_1".into() },
        Job::ReconcilePayment { payment_id: fresh::<PaymentId>() },
        Job::SendMail { mail: Mail::PasswordReset { reset_id: fresh::<ResetId>() } },
        Job::RetryMail { mail: Mail::PasswordReset { reset_id: fresh::<ResetId>() }, tries: 1, until_s: 0 },
    ];
    let stored = |job: &Job| serde_json::to_value(job).expect("JSON");
    assert_eq!(jobs.each_ref().map(|job| stored(job)["kind"].clone()), Job::KINDS);
    assert_eq!(jobs.each_ref().map(Job::kind), Job::KINDS);
    let name = |mail: Mail| match mail {
        // A new kind of mail needs its name in `Mail::KINDS`: without it no relay takes its jobs.
        Mail::PasswordReset { .. } => Mail::KINDS[0],
        Mail::SignUp { .. } => Mail::KINDS[1],
        Mail::WatchNews { .. } => Mail::KINDS[2],
        Mail::RefundFailed { .. } => Mail::KINDS[3],
        Mail::RefundFailedReport { .. } => Mail::KINDS[4],
        Mail::DisputeReport { .. } => Mail::KINDS[5],
        Mail::OrderBought { .. } => Mail::KINDS[6],
        Mail::OrderSold { .. } => Mail::KINDS[7],
        Mail::OrderHandedIn { .. } => Mail::KINDS[8],
        Mail::OrderNotDelivered { .. } => Mail::KINDS[9],
        Mail::YourTurn { .. } => Mail::KINDS[10],
        Mail::LockLeft { .. } => Mail::KINDS[11],
        Mail::OrderExpired { .. } => Mail::KINDS[12],
        Mail::Refunded { .. } => Mail::KINDS[13],
        Mail::DeliverablesMissing { .. } => Mail::KINDS[14],
        Mail::EventMoved { .. } => Mail::KINDS[15],
        Mail::EventCancelled { .. } => Mail::KINDS[16],
        Mail::AddressChanged { .. } => Mail::KINDS[17],
        Mail::GiftOffered { .. } => Mail::KINDS[18],
        Mail::GiftAccepted { .. } => Mail::KINDS[19],
        Mail::SignInCode { .. } => Mail::KINDS[20],
        Mail::SecondFactorChanged { .. } => Mail::KINDS[21],
    };
    let failed = fresh();
    for mail in [
        Mail::PasswordReset { reset_id: fresh() },
        Mail::SignUp { sign_up_id: fresh() },
        Mail::WatchNews { mail_id: fresh() },
        Mail::RefundFailed { refund_id: failed },
        Mail::RefundFailedReport { refund_id: failed, operator_id: fresh() },
        Mail::DisputeReport { dispute_id: fresh(), operator_id: fresh() },
        Mail::OrderBought { order_id: fresh() },
        Mail::OrderSold { order_id: fresh() },
        Mail::OrderHandedIn { order_id: fresh() },
        Mail::GiftOffered { gift_id: fresh() },
        Mail::GiftAccepted { gift_id: fresh() },
        Mail::OrderNotDelivered { order_id: fresh() },
        Mail::YourTurn { order_id: fresh() },
        Mail::LockLeft { order_id: fresh() },
        Mail::OrderExpired { order_id: fresh() },
        Mail::Refunded { refund_id: failed },
        Mail::DeliverablesMissing { order_id: fresh() },
        Mail::EventMoved { event_id: fresh(), user_id: fresh(), starts_s: 0 },
        Mail::EventCancelled { event_id: fresh(), user_id: fresh() },
        Mail::AddressChanged { sign_up_id: fresh() },
        Mail::SignInCode { sign_up_id: fresh() },
        Mail::SecondFactorChanged { user_id: fresh(), is_on: true },
    ] {
        assert_eq!(stored(&Job::SendMail { mail })["mail"]["about"], name(mail));
    }
}
