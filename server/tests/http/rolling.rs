//! Servers that are replaced one by one while people use them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    Backend,
    orders::show::show,
    payments::check::check,
    testing::{self, GOOD_CARD, TestBackend},
};
use model::{Money, orders::OrderStatus};
use reqwest::{Client, StatusCode};
use server::{serve::serve_until, state::ServerState};
use sqlx::PgPool;
use stripe_sim::Faults;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::Instant,
};

use crate::site;

/// Longer than [`Balancer`] takes to notice, on a machine that is busy with all else.
const DRAIN: Duration = Duration::from_secs(6);
/// How often it asks who is ready.
const LOOK: Duration = Duration::from_millis(50);
/// People who load pages all the time.
const VISITORS: usize = 8;
/// Pages that they have loaded before a server is replaced, and again before the next one is.
const PAGES: usize = 10 * VISITORS;

/// One server on its port, until it is told to stop.
struct Running {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Running {
    async fn start(address: &str, backend: &Backend) -> Self {
        Self::start_with(address, backend, DRAIN).await
    }

    async fn start_with(address: &str, backend: &Backend, drain: Duration) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let address = listener.local_addr().expect("an address");
        let url = std::env::var("REDIS_URL").expect("REDIS_URL names the Redis of the tests");
        let redis = redis::Client::open(url).expect("an address");
        let state = ServerState { redis, ..site::state(backend.clone()) };
        let (stop, stopped) = oneshot::channel::<()>();
        let ended = tokio::spawn(serve_until(listener, state, drain, async {
            // Dropped by a test that failed: stop as well.
            let _ = stopped.await;
        }));
        Self { address, stop, ended }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        self.ended.await.expect("it does not panic");
    }
}

/// Gives requests to the servers in turn, as far as they say that they are ready.
struct Balancer {
    servers: [(String, AtomicBool); 2],
    turn: AtomicUsize,
    client: Client,
}

impl Balancer {
    async fn look(&self) {
        for (server, is_ready) in &self.servers {
            let answer = self.client.get(format!("{server}/readyz")).send().await;
            is_ready.store(answer.is_ok_and(|answer| answer.status() == StatusCode::OK), Ordering::SeqCst);
        }
    }

    async fn get(&self, path: &str) -> Result<StatusCode, String> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let ready =
            (first..first + 2).map(|turn| &self.servers[turn % 2]).find(|(_, ready)| ready.load(Ordering::SeqCst));
        let (server, _) = ready.ok_or("no server is ready")?;
        let answer = self.client.get(format!("{server}{path}")).send().await.map_err(|error| format!("{error:?}"))?;
        let status = answer.status();
        answer.bytes().await.map_err(|error| format!("{error:?}"))?;
        Ok(status)
    }
}

/// Proves the drain: without it requests meet a server that has stopped listening before anybody knew.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_rolling_restart_fails_no_request(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let seller = testing::user(&backend.db, "ana").await;
    let ticket = testing::listing(&backend, seller).await;
    let mut servers =
        vec![Running::start("127.0.0.1:0", &backend).await, Running::start("127.0.0.1:0", &backend).await];
    let balancer = Arc::new(Balancer {
        servers: [0, 1].map(|n: usize| (servers[n].url(""), AtomicBool::new(false))),
        turn: AtomicUsize::new(0),
        client: Client::new(),
    });
    balancer.look().await;
    let looking = tokio::spawn({
        let balancer = Arc::clone(&balancer);
        async move {
            loop {
                balancer.look().await;
                tokio::time::sleep(LOOK).await;
            }
        }
    });

    let over = Arc::new(AtomicBool::new(false));
    let loaded = Arc::new(AtomicUsize::new(0));
    let mut visitors = JoinSet::new();
    for _ in 0..VISITORS {
        let (balancer, over, loaded) = (Arc::clone(&balancer), Arc::clone(&over), Arc::clone(&loaded));
        visitors.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                for path in ["/", &format!("/tickets/{ticket}")] {
                    assert_eq!(balancer.get(path).await, Ok(StatusCode::OK));
                    loaded.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }

    for _ in 0..2 {
        let before = loaded.load(Ordering::Relaxed);
        testing::until("pages are loaded", || async { loaded.load(Ordering::Relaxed) >= before + PAGES }).await;
        let old = servers.remove(0);
        let address = old.address.to_string();
        old.stop().await;
        servers.push(Running::start(&address, &backend).await);
        testing::until("both are ready", || async {
            balancer.servers.iter().all(|(_, ready)| ready.load(Ordering::SeqCst))
        })
        .await;
    }
    over.store(true, Ordering::Relaxed);
    visitors.join_all().await;
    looking.abort();
}

/// A signal to stop: not ready at once, serving for the drain, every connection closed with its
/// answer, and what is running then done to its end.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_server_leaves_in_order(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let server = Running::start("127.0.0.1:0", &backend).await;
    let (home, ready, client) = (server.url("/"), server.url("/readyz"), Client::new());
    let open = client.get(&home).send().await.expect("answers");
    assert!(!open.headers().contains_key("connection"));

    // A page that waits for its database until the drain is over.
    let mut held = backend.db.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE tickets").execute(&mut *held).await.expect("a lock");
    let running = tokio::spawn(client.get(&home).send());
    testing::until("the page waits", || async {
        testing::count(&backend.db, "SELECT count(*) FROM pg_locks WHERE NOT granted").await > 0
    })
    .await;

    let told = Instant::now();
    let mut stopping = tokio::spawn(server.stop());
    testing::until("it is not ready", || async {
        client.get(&ready).send().await.is_ok_and(|answer| answer.status() == StatusCode::SERVICE_UNAVAILABLE)
    })
    .await;
    assert!(told.elapsed() < DRAIN, "at once");
    let draining = client.get(server_alive(&home)).send().await.expect("it still serves");
    assert_eq!((draining.status(), draining.headers()["connection"].as_bytes()), (StatusCode::OK, b"close".as_slice()));
    testing::until("it refuses connections", || async { Client::new().get(&ready).send().await.is_err() }).await;
    assert!(told.elapsed() >= DRAIN);
    let ended = tokio::time::timeout(LOOK, &mut stopping).await;
    assert!(ended.is_err(), "a page is not answered yet");

    held.rollback().await.expect("lets go");
    assert_eq!(running.await.expect("runs").expect("answers").status(), StatusCode::OK);
    stopping.await.expect("it stops");
}

/// The buyer's request is dropped while the money is being captured, and the server is told to stop.
///
/// Proves that it waits for the step: otherwise the order still awaits its payment.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_server_waits_for_a_payment_whose_request_is_over(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let ticket = testing::listing(&backend, ana).await;
    let order = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, GOOD_CARD).await;
    let stall = Faults { stall_next: 1, stall_ms: 1500, path: Some("/capture".into()), ..Default::default() };
    simulator.set_faults(stall);
    let server = Running::start_with("127.0.0.1:0", &backend, Duration::ZERO).await;
    let capturing = "SELECT count(*) FROM payments WHERE status = 'capturing'";
    tokio::select! {
        checked = check(&backend, bob, order) => panic!("too early: {checked:?}"),
        () = testing::until("it captures", || async { testing::count(&backend.db, capturing).await == 1 }) => {}
    }
    server.stop().await;
    assert_eq!(show(&backend, bob, order).await.expect("shows").status, OrderStatus::Complete);
}

fn server_alive(home: &str) -> String {
    format!("{home}healthz")
}

/// Views are written every few seconds, and the last ones when the server stops.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn views_of_the_last_seconds_are_written_when_a_server_stops(db: PgPool) {
    let testing::Listed { backend, listing, .. } = testing::Listed::new(db).await;
    let server = Running::start_with("127.0.0.1:0", &backend, Duration::ZERO).await;
    let client = Client::builder().user_agent("Mozilla/5.0 Firefox/145.0").build().expect("a client");
    let page = client.get(server.url(&format!("/tickets/{listing}"))).send().await.expect("answers");
    assert_eq!(page.status(), StatusCode::OK);
    drop((page, client));
    server.stop().await;
    assert_eq!(testing::count(&backend.db, "SELECT sum(views)::bigint FROM listing_views").await, 1);
}
