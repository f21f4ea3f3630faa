//! A job's trace links to the request that wrote the job.

use domain::{
    orders::cancel::cancel,
    testing::{self, Spans, TestBackend},
};
use model::Money;
use sqlx::PgPool;
use tracing::Instrument;

use crate::support::{Worker, redis, seller_and_buyer};

/// A request writes a job, and the job calls Stripe. These are two traces, and the second links to the
/// span that wrote the job.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn job_links_to_the_request_that_wrote_it(db: PgPool) {
    let spans = Spans::collect();
    let (backend, _simulator) = TestBackend::with_simulator(db).await;
    let redis = redis(32).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order =
        testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, Money::usd(4950)).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect("starts");
    let request = tracing::info_span!("http.request");
    cancel(&backend, bob, order).instrument(request).await.expect("cancels");

    let worker = Worker::start(&backend, &redis);
    testing::until("the job is done", || async { !spans.named("job").is_empty() }).await;
    worker.stop().await;
    let [request] = &spans.named("http.request")[..] else { panic!("one request") };
    let cancelled = &spans.named("order.cancel")[0];
    let job = &spans.named("job")[0];
    let [cause] = &job.links.links[..] else { panic!("one cause: {job:?}") };
    assert_eq!(cause.span_context.trace_id(), request.span_context.trace_id());
    assert_eq!(cause.span_context.span_id(), cancelled.span_context.span_id());
    assert_ne!(job.span_context.trace_id(), request.span_context.trace_id());
    let calls = spans.named("stripe.call");
    let of_job = calls.iter().filter(|call| call.span_context.trace_id() == job.span_context.trace_id());
    assert!(of_job.count() >= 1, "Stripe was called within the job: {calls:?}");
    let reconciled = &spans.named("payment.reconcile")[0];
    assert!(
        reconciled.events.iter().any(|event| format!("{event:?}").contains("FROM payments")),
        "its SQL: {reconciled:?}"
    );
}
