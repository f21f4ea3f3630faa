//! Many sequences at once: each worker has a database and a simulator of its own, for all of its
//! sequences.

use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};

use domain::{database::MIGRATIONS, testing::TestBackend};
use model::money::Fee;
use rand::{SeedableRng, rngs::StdRng};
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    money::FEE_BASIS_POINTS,
    product::Product,
    sequence::{Failure, TOO_SLOW, run_drawn, run_given},
    shrink::shrink,
    step::Step,
    world::{HELD, OF_AN_EVENT, PLACES, WAITLIST_MAX},
};

/// A worker waits for PostgreSQL half of the time.
const WORKERS_PER_CORE: usize = 2;

/// How many sequences are run, and how long they are.
pub(crate) struct Plan {
    pub(crate) sequences: usize,
    pub(crate) steps: usize,
    pub(crate) seed: u64,
}

struct Shared<'a> {
    plan: &'a Plan,
    kept: Vec<Vec<Step>>,
    next: AtomicUsize,
    failure: Mutex<Option<String>>,
}

/// Runs the stored failures, then the sequences of the plan. Returns the first failure.
pub(crate) fn run(plan: &Plan) -> Option<String> {
    let started = Instant::now();
    let shared = Shared { plan, kept: kept(), next: AtomicUsize::new(0), failure: Mutex::new(None) };
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get) * WORKERS_PER_CORE;
    thread::scope(|scope| {
        for worker in 0..workers {
            let shared = &shared;
            scope.spawn(move || work(worker, shared));
        }
    });
    let done = shared.next.load(Ordering::Relaxed).min(shared.kept.len() + plan.sequences);
    println!("{done} sequences in {:.1} s on {workers} workers", started.elapsed().as_secs_f64());
    shared.failure.into_inner().expect("no worker panicked")
}

fn work(worker: usize, shared: &Shared<'_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let database = format!("gittix_model_{worker}");
        let mut product = open(&database).await;
        loop {
            let turn = shared.next.fetch_add(1, Ordering::Relaxed);
            let has_failed = shared.failure.lock().expect("no worker panicked").is_some();
            if has_failed || turn >= shared.kept.len() + shared.plan.sequences {
                break;
            }
            if let Err(failure) = one(&mut product, shared, turn).await {
                let report = report(&mut product, failure, shared.plan).await;
                shared.failure.lock().expect("no worker panicked").get_or_insert(report);
            }
        }
        product.backend.db.close().await;
        drop_database(&database).await;
    });
}

/// A stored sequence, or a drawn one.
async fn one(product: &mut Product, shared: &Shared<'_>, turn: usize) -> Result<(), Failure> {
    if let Some(steps) = shared.kept.get(turn) {
        return run_given(product, steps).await.map_err(|what| Failure { steps: steps.clone(), what });
    }
    let seed = shared.plan.seed.wrapping_mul(1_000_003).wrapping_add((turn - shared.kept.len()) as u64);
    loop {
        let started = Instant::now();
        let outcome = run_drawn(product, shared.plan.steps, &mut StdRng::seed_from_u64(seed)).await;
        if started.elapsed() < TOO_SLOW {
            return outcome;
        }
        eprintln!("the machine was busy: sequence {turn} is run again");
    }
}

async fn report(product: &mut Product, failure: Failure, plan: &Plan) -> String {
    let length = failure.steps.len();
    let (steps, what) = match run_given(product, &failure.steps).await {
        Err(_) => shrink(product, failure.steps, failure.what).await,
        // Concurrent steps may have another result the next time.
        Ok(()) => (failure.steps, format!("{} (and not when it was run again)", failure.what)),
    };
    keep(&steps);
    let mut text =
        format!("a sequence of {length} steps fails (seed {}); these {} are enough:\n", plan.seed, steps.len());
    for (number, step) in (1..).zip(&steps) {
        let _ = writeln!(text, "{number:4}. {step}");
    }
    let _ = write!(text, "{what}\nIt is kept in {} and is run first from now on.", failures().display());
    text
}

fn failures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/model/failures.jsonl")
}

/// The sequences that failed once, one a line.
fn kept() -> Vec<Vec<Step>> {
    let text = fs::read_to_string(failures()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("a kept sequence that can be read")).collect()
}

fn keep(steps: &[Step]) {
    let line = serde_json::to_string(steps).expect("steps can be written");
    let mut text = fs::read_to_string(failures()).unwrap_or_default();
    if !text.lines().any(|kept| kept == line) {
        let _ = writeln!(text, "{line}");
        fs::write(failures(), text).expect("the failure is kept");
    }
}

async fn open(database: &str) -> Product {
    drop_database(database).await;
    let mut server = server().await;
    let create = AssertSqlSafe(format!("CREATE DATABASE {database}"));
    sqlx::raw_sql(create).execute(&mut server).await.expect("a database");
    // The tables are small and the statements always the same: one plan for each is enough, and planning
    // again would cost time.
    let options =
        server_options().database(database).options([("plan_cache_mode", "force_generic_plan"), ("jit", "off")]);
    let db = PgPoolOptions::new()
        .max_connections(4)
        .test_before_acquire(false)
        .connect_with(options)
        .await
        .expect("a connection");
    MIGRATIONS.run(&db).await.expect("the schema");
    // Each sequence begins with empty tables: here rows that the product never deletes must be deleted.
    sqlx::raw_sql(
        "
        DROP TRIGGER order_events_append_only ON order_events; DROP TRIGGER ledger_entries_append_only ON ledger_entries;
        DROP TRIGGER listing_prices_append_only ON listing_prices
        ",
    )
    .execute(&db)
    .await
    .expect("the triggers");
    let (mut backend, simulator) = TestBackend::with_simulator(db).await;
    backend.rules.max_active_locks = HELD.try_into().expect("a few");
    // The model counts them by order alone.
    backend.rules.max_declines_per_account = u32::MAX;
    backend.rules.max_declines_per_network = u32::MAX;
    backend.rules.platform_fee = Fee { basis_points: FEE_BASIS_POINTS };
    backend.rules.max_tickets_per_event = OF_AN_EVENT.try_into().expect("a few");
    backend.rules.max_waitlist_length = WAITLIST_MAX.try_into().expect("a few");
    backend.rules.max_waitlists_per_user = PLACES.try_into().expect("a few");
    Product::new(backend, simulator)
}

async fn drop_database(database: &str) {
    let drop = AssertSqlSafe(format!("DROP DATABASE IF EXISTS {database}"));
    sqlx::raw_sql(drop).execute(&mut server().await).await.expect("no such database");
}

async fn server() -> PgConnection {
    server_options().connect().await.expect("a connection")
}

fn server_options() -> PgConnectOptions {
    std::env::var("DATABASE_URL").expect("DATABASE_URL").parse().expect("a PostgreSQL URL")
}
