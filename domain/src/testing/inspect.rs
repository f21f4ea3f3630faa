//! Reading what is stored.

use model::{Money, OrderId, orders::OrderEventKind};
use prometheus_client::encoding::text::encode;
use sqlx::{PgPool, types::Json};
use time::OffsetDateTime;

use crate::{metrics, outbox::Job};

/// The number that a query returns.
///
/// # Panics
///
/// When the query fails.
pub async fn count(db: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db).await.expect("a number")
}

/// How many statements of the test's database wait for a lock. A test that needs them to meet waits for
/// their number.
///
/// # Panics
///
/// When the database does not answer.
pub async fn waiting_for_locks(db: &PgPool) -> i64 {
    count(db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        .await
}

/// How many events of a kind this process has counted. A test is a process of its own.
///
/// # Panics
///
/// When the metrics do not have them.
#[must_use]
pub fn counted_events(db: &PgPool, kind: OrderEventKind) -> i64 {
    let mut text = String::new();
    encode(&mut text, &metrics::registry(db)).expect("encodes");
    let series = format!("order_events_total{{kind=\"{}\"}} ", kind.code());
    let (_, value) = text.lines().find_map(|line| line.split_once(&series)).expect("the series");
    value.parse().expect("a count")
}

/// The price that an order's buyer pays.
///
/// # Panics
///
/// When there is no such order.
pub async fn order_price(db: &PgPool, order: OrderId) -> Money {
    let cents =
        sqlx::query_scalar("SELECT price_cents FROM orders WHERE id = $1").bind(order.as_uuid()).fetch_one(db).await;
    Money::usd(cents.expect("the order"))
}

/// The jobs in the outbox, oldest first.
///
/// # Panics
///
/// When a job cannot be read.
pub async fn outbox(db: &PgPool) -> Vec<(Job, OffsetDateTime)> {
    let rows: Vec<(Json<Job>, OffsetDateTime)> =
        sqlx::query_as("SELECT job, run_at FROM outbox ORDER BY created_at").fetch_all(db).await.expect("jobs");
    rows.into_iter().map(|(Json(job), run_at)| (job, run_at)).collect()
}

/// Every row about purchases and payments, as text: two equal snapshots mean that nothing has changed.
///
/// # Panics
///
/// When the database does not answer.
pub async fn snapshot(db: &PgPool) -> String {
    sqlx::query_scalar(
        "
        SELECT concat_ws(E'\\n',
            (SELECT string_agg(g::text, E'\\n' ORDER BY id) FROM listings g),
            (SELECT string_agg(t::text, E'\\n' ORDER BY id) FROM tickets t),
            (SELECT string_agg(o::text, E'\\n' ORDER BY id) FROM orders o),
            (SELECT string_agg(l::text, E'\\n' ORDER BY id) FROM waitlist_entries l),
            (SELECT string_agg(p::text, E'\\n' ORDER BY id) FROM payments p),
            (SELECT string_agg(r::text, E'\\n' ORDER BY id) FROM refunds r),
            (SELECT string_agg(d::text, E'\\n' ORDER BY id) FROM disputes d),
            (SELECT string_agg(w::text, E'\\n' ORDER BY stripe_warning_id) FROM fraud_warnings w),
            (SELECT string_agg(y::text, E'\\n' ORDER BY id) FROM ledger_entries y),
            (SELECT string_agg(h::text, E'\\n' ORDER BY id) FROM order_events h),
            (SELECT string_agg(e::text, E'\\n' ORDER BY id) FROM stripe_events e),
            (SELECT string_agg(x::text, E'\\n' ORDER BY id) FROM outbox x))
        ",
    )
    .fetch_one(db)
    .await
    .expect("a snapshot")
}
