//! What the tests of every crate share: users, tickets, a backend, and `let_time_pass`, the only way to
//! move time.

mod card;
mod fixtures;
mod inspect;
mod plans;
mod second_factor;
mod smtp;
mod spans;
pub mod wire;

use std::{future::Future, time::Duration};

use sqlx::{AssertSqlSafe, PgPool};

pub use self::{card::*, fixtures::*, inspect::*, plans::*, second_factor::*, smtp::Smtp, spans::Spans};
use platform::{
    files::FileStore,
    inspection::Inspector,
    mail::{MailSettings, Mailer},
    sealing::KEY_BYTES,
    stripe::{Stripe, StripeSettings},
};

use crate::{
    Backend, auth::password::Passwords, backend::Rules, delivery::Delivery, live::ChangeSet, payments::PaymentSteps,
    view_counts::ViewCounts,
};

/// The secret with which the simulator of a [`TestBackend`] signs its webhooks.
pub const WEBHOOK_SECRET: &str = "whsec_test";
/// The previous secret, before a rotation.
pub const PREVIOUS_WEBHOOK_SECRET: &str = "whsec_test_previous";

/// Creates backends for tests.
#[derive(Debug)]
pub struct TestBackend;

impl TestBackend {
    /// A backend whose Stripe never answers: nothing listens on the discard port.
    #[must_use]
    pub fn without_stripe(db: PgPool) -> Backend {
        Self::with_stripe_at(db, "http://127.0.0.1:9")
    }

    /// A backend that pays through a simulator of its own.
    ///
    /// # Panics
    ///
    /// When the simulator does not start.
    pub async fn with_simulator(db: PgPool) -> (Backend, stripe_sim::Simulator) {
        let config = stripe_sim::Config { webhook_secret: WEBHOOK_SECRET.into(), ..stripe_sim::Config::default() };
        let simulator = stripe_sim::Simulator::start(config).await.expect("the simulator starts");
        (Self::with_stripe_at(db, simulator.url()), simulator)
    }

    fn with_stripe_at(db: PgPool, api_base: &str) -> Backend {
        let settings = StripeSettings {
            api_base: api_base.to_owned(),
            script_url: format!("{api_base}/v3/"),
            secret_key: "sk_test_sim".into(),
            publishable_key: "pk_test_sim".into(),
            webhook_secret: WEBHOOK_SECRET.into(),
            previous_webhook_secret: Some(PREVIOUS_WEBHOOK_SECRET.into()),
        };
        let stripe = Stripe::new(settings).expect("the settings are valid");
        // One buyer may do the work of many in a test; the tests of the cap and of the limit set them.
        let rules = Rules {
            max_active_locks: 1000,
            max_tickets_per_event: 0,
            max_listings_of_new_account: 1000,
            max_listings_of_account: 1000,
            ..Rules::default()
        };
        let mail = MailSettings { smtp_url: None, from: "tickets@gittix.example".into(), catcher_url: None };
        Backend {
            db,
            stripe,
            mail: Mailer::new(&mail, "https://gittix.example").expect("the settings are valid"),
            delivery: delivery(),
            passwords: Passwords::new(2),
            second_factor_keys: format!("test:{}", "7".repeat(2 * KEY_BYTES)).parse().expect("a key"),
            rules,
            changes: ChangeSet::default(),
            view_counts: ViewCounts::default(),
            payment_steps: PaymentSteps::default(),
        }
    }
}

/// The role that servers and workers connect as, beside the owner that runs the tests. `scripts/services.sh` makes it.
pub const APPLICATION_ROLE: &str = "gittix_app";

/// A test's database as servers and workers see it.
#[must_use]
pub fn as_application(db: &PgPool) -> PgPool {
    let options = (*db.connect_options()).clone().options([("role", APPLICATION_ROLE)]);
    platform::database::pool(options, 5)
}

/// Files in memory, keys of its own, and the reader of files that stands beside the tests.
fn delivery() -> Delivery {
    let key = |digit: &str| digit.repeat(2 * KEY_BYTES);
    let program = std::env::current_exe().expect("a test has a program");
    let folder = program.ancestors().nth(2).expect("tests lie in deps, beside which programs are");
    Delivery {
        files: FileStore::memory(),
        keys: format!("test:{}", key("5")).parse().expect("a key"),
        hash_key: key("6").parse().expect("a key"),
        inspector: Inspector::new(folder.join("gittix-jobs"), 2),
    }
}

/// The only way to move time in tests: every stored time becomes that much older.
///
/// The rules read one clock, the database's, and compare it with stored times. Moving every stored time
/// back is therefore the same as letting time pass, and needs no switch in the product. The time on a venue's clocks
/// moves with the instant that it stands for: otherwise a listing for the same time of day would be for the event that
/// has moved.
///
/// # Panics
///
/// When the database does not answer.
pub async fn let_time_pass(db: &PgPool, time: Duration) {
    // The columns are read from the schema, so that none is missing.
    let moves: Vec<String> = sqlx::query_scalar(
        "
        SELECT CASE
            -- Rows that are never changed grow older like all others. (16: the trigger is for updates.)
            WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = moved.oid AND NOT tgisinternal AND tgtype & 16 <> 0) THEN
                format('ALTER TABLE %1$I DISABLE TRIGGER USER; %2$s; ALTER TABLE %1$I ENABLE TRIGGER USER', moved.relname, moved.moves)
            ELSE moved.moves
        END
        FROM (
            SELECT c.oid, c.relname,
                format('UPDATE %I SET ', c.relname) || string_agg(format('%1$I = %1$I - interval ''%2$s microseconds''', a.attname, $1), ', ') AS moves
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'
                AND a.atttypid = 'timestamptz'::regtype AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            GROUP BY c.oid, c.relname
        ) AS moved
        UNION ALL
        -- By way of another century: a unique index compares each row with those that have not moved yet.
        SELECT format(
            'UPDATE %1$I SET %2$I = %2$I - interval ''%3$s microseconds'' - interval ''36500 days''; UPDATE %1$I SET %2$I = %2$I + interval ''36500 days''',
            c.relname, a.attname, $1
        )
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            AND a.atttypid = 'timestamp'::regtype AND a.attnum > 0 AND NOT a.attisdropped
        ",
    )
    .bind(i64::try_from(time.as_micros()).expect("a time in PostgreSQL's range"))
    .fetch_all(db)
    .await
    .expect("the columns that are dated");
    // One call is one transaction: no one sees only some of the times moved.
    sqlx::raw_sql(AssertSqlSafe(moves.join("; "))).execute(db).await.expect("time passes");
}

/// Waits until a condition is true, and panics with `what` after two minutes: far longer than it takes,
/// because the machine may be busy.
///
/// # Panics
///
/// When the condition is not true within two minutes.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is_true: impl FnMut() -> F) {
    let wait = async {
        while !is_true().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_mins(2), wait).await.is_ok(), "waited two minutes: {what}");
}
