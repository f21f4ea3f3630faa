//! The metrics of a worker.

use domain::{
    Backend,
    outbox::{Job, Queue},
    testing::{self, TestBackend},
};
use redis::Client;
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::{Worker, is_done, redis, write_idle_job};

/// The prefixes of metrics that only workers have.
const WORKER_PREFIXES: [&str; 3] = ["gittix_job_", "gittix_queue_", "gittix_sweeps_"];

/// The metrics endpoint of a worker. Dropping it closes the endpoint.
struct MetricsEndpoint {
    address: String,
    serving: JoinHandle<()>,
}

impl MetricsEndpoint {
    async fn start(backend: &Backend, redis: &Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let serving = tokio::spawn(jobs::metrics::serve(listener, backend.clone(), redis.clone()));
        Self { address, serving }
    }

    async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).await.expect("it listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: worker\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sends");
        let mut response = String::new();
        stream.read_to_string(&mut response).await.expect("responds");
        response
    }

    /// The value of a series, or zero without one.
    async fn value(&self, series: &str) -> f64 {
        let text = self.get("/metrics").await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        let value = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.map_or(0.0, |value| value.parse().expect("a number"))
    }
}

impl Drop for MetricsEndpoint {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn metrics_count_jobs_and_backlog(db: PgPool) {
    const DONE: &str = "gittix_job_seconds_count{kind=\"handle_stripe_event\",outcome=\"done\"}";
    const DUE: &str = "gittix_outbox_due{queue=\"payments\"}";
    let backend = TestBackend::without_stripe(db);
    let redis = redis(31).await;
    let endpoint = MetricsEndpoint::start(&backend, &redis).await;
    let done = endpoint.value(DONE).await;
    let job = write_idle_job(&backend.db, Queue::Payments).await;
    let newer = "INSERT INTO outbox (id, job, queue, run_at) VALUES (gen_random_uuid(), '{\"kind\": \"pay_out\"}', 'payments', now() - interval '1 hour')";
    sqlx::query(newer).execute(&backend.db).await.expect("a job of a later version");
    assert!((endpoint.value(DUE).await - 1.0).abs() < 0.1);
    assert!((endpoint.value("gittix_outbox_unreadable{queue=\"payments\"}").await - 1.0).abs() < 0.1);
    assert!(endpoint.value("gittix_outbox_lag_seconds{queue=\"payments\"}").await < 60.0, "it lags behind nothing");

    let worker = Worker::start(&backend, &redis);
    testing::until("the job is done", || is_done(&backend.db, &redis, Queue::Payments, job)).await;
    assert!((endpoint.value(DONE).await - done - 1.0).abs() < 0.1);
    testing::until("it has left the outbox", || async { endpoint.value(DUE).await.abs() < 0.1 }).await;
    testing::until("a sweep has ended", || async {
        endpoint.value("gittix_sweeps_total{sweep=\"expiry\"}").await > 0.5
    })
    .await;
    let text = endpoint.get("/metrics").await;
    let monitoring =
        [include_str!("../../../k8s/monitoring/alerts.yaml"), include_str!("../../../k8s/monitoring/dashboard.json")];
    let words = monitoring.iter().flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    // The server's tests check all others.
    for name in words.filter(|word| WORKER_PREFIXES.iter().any(|prefix| word.starts_with(prefix))) {
        assert!(text.contains(&format!("\n{name}{{")), "alerts or dashboard name {name}, which is not in {text}");
    }
    for series in ["gittix_queue_jobs{queue=\"payments\"} ", "gittix_order_events_total{kind=\"expired\"} "] {
        assert!(text.contains(series), "{series} in {text}");
    }
    worker.stop().await;
}

/// An alert sees a failure as an increase of a series, so every series has to start at zero. No test here gives
/// a job up or refunds a payment.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn series_start_at_zero(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let text = MetricsEndpoint::start(&backend, &redis(34).await).await.get("/metrics").await;
    for kind in Job::KINDS {
        let series = format!("gittix_job_seconds_count{{kind=\"{kind}\",outcome=\"given_up\"}} ");
        assert!(text.contains(&series), "{series} in {text}");
    }
    for sweep in ["expiry", "expiry_payments", "payments", "refunds", "watches", "purge", "trim"] {
        let series = format!("gittix_sweeps_total{{sweep=\"{sweep}\"}} ");
        assert!(text.contains(&series), "{series} in {text}");
    }
    for outcome in ["ok", "moved_on", "failed", "unavailable", "crowded", "refused"] {
        let series = format!("gittix_stripe_call_seconds_count{{call=\"refund\",outcome=\"{outcome}\"}} 0\n");
        assert!(text.contains(&series), "{series} in {text}");
    }
}

/// A probe that fails with the database would restart the worker in vain.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn healthz_is_ok_without_database_and_redis(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let endpoint = MetricsEndpoint::start(&backend, &Client::open("redis://127.0.0.1:9").expect("an address")).await;
    backend.db.close().await;
    assert!(endpoint.get("/healthz").await.ends_with("\r\n\r\nok\n"));
    let text = endpoint.get("/metrics").await;
    assert!(text.contains("gittix_build_info{"), "{text}");
    assert!(!text.contains("gittix_outbox_due{") && !text.contains("gittix_queue_jobs{"), "{text}");
    assert!(endpoint.get("/").await.starts_with("HTTP/1.1 404"));
}
