//! A backup that is taken while the shop is open, and restored after more purchases.

use std::process::Command;

use domain::{
    Backend, doctor, expiration,
    orders::show::show,
    payments::{self, check::check},
    reconciliation::{
        What,
        reconcile::{Extent, reconcile},
    },
    testing::{self, GOOD_CARD, TestBackend},
};
use model::{Money, OrderId, UserId, orders::OrderStatus};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};

const PRICE: Money = Money::usd(4950);

/// One of PostgreSQL's programs, with the connection of a database of the tests' server.
fn program(name: &str, db: &PgPool, database: &str, arguments: &[&str]) {
    let options = db.connect_options();
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL names the tests' PostgreSQL; make test sets it");
    let account = url.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
    let password = account.and_then(|(account, _)| account.split_once(':')).map_or("", |(_, password)| password);
    let ended = Command::new(name)
        .env("PGPASSWORD", password)
        .args(["--host", options.get_host(), "--port", &options.get_port().to_string()])
        .args(["--username", options.get_username(), "--dbname", database])
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{name} comes with PostgreSQL and belongs on PATH: {error}"));
    assert!(ended.status.success(), "{name}: {}", String::from_utf8_lossy(&ended.stderr));
}

/// Restores the file into a new database.
async fn restored(db: &PgPool, file: &str) -> PgPool {
    let options = db.connect_options();
    let database = options.get_database().expect("a database").to_owned();
    program("pg_dump", db, &database, &["--format", "custom", "--file", file]);
    let name = format!("{}_r", &database[..database.len().min(60)]);
    for sql in
        [format!(r#"DROP DATABASE IF EXISTS "{name}""#), format!(r#"CREATE DATABASE "{name}" TEMPLATE template0"#)]
    {
        sqlx::query(AssertSqlSafe(sql)).execute(db).await.expect("a database");
    }
    program("pg_restore", db, &name, &["--exit-on-error", "--single-transaction", file]);
    PgPoolOptions::new().connect_lazy_with((*options).clone().database(&name))
}

async fn status(backend: &Backend, buyer: UserId, order: OrderId) -> OrderStatus {
    show(backend, buyer, order).await.expect("shows").status
}

/// What was captured after the backup is found at Stripe, and what was locked becomes free: the hours
/// that a backup does not have lose no sale and no money.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn restored_backup_is_reconciled_with_stripe(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db.clone()).await;
    let (ana, bob) = (testing::user(&db, "ana").await, testing::user(&db, "bob").await);
    let mut orders = Vec::new();
    for _ in 0..4 {
        orders
            .push(testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks"));
    }
    let [sold, paying, opened, locked] = orders[..] else { panic!("four orders") };
    for order in [sold, paying, opened] {
        testing::start_payment(&backend, bob, order).await.expect("starts");
    }
    testing::pay_with(&backend, sold, GOOD_CARD).await;
    check(&backend, bob, sold).await.expect("completes");

    // The dump is taken while a buyer's transaction is open: it does not contain the transaction, and
    // does not block it.
    let open = db.begin().await.expect("a transaction");
    let mut open = open;
    sqlx::query("UPDATE listings SET version = version + 1").execute(&mut *open).await.expect("an edit");
    let folder = std::env::temp_dir().join(format!("gittix-backup-{}.dump", domain::ids::fresh::<uuid::Uuid>()));
    let copy = Backend { db: restored(&db, folder.to_str().expect("a path")).await, ..backend.clone() };
    open.rollback().await.expect("rolls back");
    std::fs::remove_file(folder).expect("the dump");

    // After the backup a buyer has paid; the database with that payment is lost.
    testing::pay_with(&backend, paying, GOOD_CARD).await;
    check(&backend, bob, paying).await.expect("completes");
    assert_eq!(status(&copy, bob, paying).await, OrderStatus::AwaitingPayment, "the backup is from before");

    testing::let_time_pass(&copy.db, copy.rules.lock_length).await;
    for _ in 0..2 {
        expiration::sweep::sweep(&copy).await.expect("sweeps");
        expiration::sweep::sweep_payments(&copy).await.expect("sweeps");
        payments::sweep::sweep(&copy).await.expect("sweeps");
    }
    let expected = [
        (sold, OrderStatus::Complete),
        (paying, OrderStatus::Complete),
        (opened, OrderStatus::Expired),
        (locked, OrderStatus::Expired),
    ];
    for (order, expected) in expected {
        assert_eq!(status(&copy, bob, order).await, expected);
    }
    let captured = simulator.balances().captured;
    assert_eq!(captured, 2 * PRICE.cents(), "as much as two complete orders cost");
    let report = doctor::examine::examine(&copy.db).await.expect("examines");
    let broken: Vec<&str> =
        report.violations().map(|check| check.name.as_str()).filter(|name| !name.starts_with("backlog.")).collect();
    assert_eq!(broken, [""; 0]);

    // What was sold after the backup for an order that it does not have is at Stripe and nowhere else.
    let lost = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::start_payment(&backend, bob, lost).await.expect("starts");
    testing::pay_with(&backend, lost, GOOD_CARD).await;
    check(&backend, bob, lost).await.expect("completes");
    let yesterday = testing::now().date().previous_day().expect("a day");
    let reconciled = reconcile(&copy, yesterday, Extent::All).await.expect("reconciles");
    let [sale] = &reconciled.differences[..] else { panic!("{:?}", reconciled.differences) };
    assert_eq!((sale.what, sale.payment_id), (What::Unbooked, None));
    assert_eq!(sale.stripe_intent_id, Some(testing::newest_intent(&backend, lost).await));

    let database = copy.db.connect_options().get_database().expect("a database").to_owned();
    copy.db.close().await;
    sqlx::query(AssertSqlSafe(format!(r#"DROP DATABASE "{database}""#))).execute(&db).await.expect("purges");
}
