//! The rights of the application's role.
//!
//! The owner of the schema migrates it. Servers and workers connect as another role, which owns nothing: it cannot switch
//! off a trigger, and what is written once stays as it was written, whatever their code does.

use model::doctor::{InvariantCheck, Unit};
use sqlx::{Connection, PgConnection, PgPool};

/// The tables whose rows are added and never changed. The application's role may read them and add to them.
pub const APPEND_ONLY: [&str; 4] = ["ledger_entries", "listing_prices", "order_events", "stripe_movements"];

/// The table of the migrations that have run, which servers and workers only read.
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";

/// Gives the role `application` what servers and workers need, and takes from it what they must not have. The role that
/// runs it owns the schema.
///
/// # Errors
///
/// When there is no such role, or the database does not answer.
pub(super) async fn grant(db: &mut PgConnection, application: &str) -> sqlx::Result<()> {
    // One transaction: a server at work meets the rights of before or of after.
    let mut tx = db.begin().await?;
    for (name, value) in
        [("role", application), ("append_only", &APPEND_ONLY.join(",")), ("read_only", MIGRATIONS_TABLE)]
    {
        sqlx::query("SELECT set_config('gittix.' || $1, $2, true)").bind(name).bind(value).execute(&mut *tx).await?;
    }
    sqlx::raw_sql(GRANTS).execute(&mut *tx).await?;
    tx.commit().await
}

/// A block takes no parameters, so it reads them as settings of the transaction.
const GRANTS: &str = "
DO $$
DECLARE
    application text := current_setting('gittix.role');
    name text;
BEGIN
    -- By default every role may connect. Another default is the operator's to complete, where the database is another's.
    IF pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), application);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', application);
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND pg_has_role(relowner, 'USAGE')
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM %I', name, application);
        EXECUTE format('GRANT %s ON %I TO %I', CASE
            WHEN name = ANY(string_to_array(current_setting('gittix.read_only'), ',')) THEN 'SELECT'
            WHEN name = ANY(string_to_array(current_setting('gittix.append_only'), ',')) THEN 'SELECT, INSERT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END, name, application);
    END LOOP;
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %I', application);
    -- Between a migration and this, triggers of an older version may write to a new table.
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', application);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO %I', application);
END
$$";

/// Whether the role of this connection can change what is written once: by a right, or because it owns the table.
///
/// # Errors
///
/// When the database does not answer.
pub(crate) async fn check_role(db: &PgPool) -> sqlx::Result<InvariantCheck> {
    let changeable: i64 = sqlx::query_scalar(
        "
        SELECT count(*) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname = ANY($1)
            AND (pg_has_role(relowner, 'USAGE') OR has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
                OR has_any_column_privilege(oid, 'UPDATE'))
        ",
    )
    .bind(APPEND_ONLY.map(str::to_owned).to_vec())
    .fetch_one(db)
    .await?;
    Ok(InvariantCheck {
        name: "database.ledger_can_be_changed".to_owned(),
        meaning: "The role that serves cannot change a row of the ledger and of the timelines.".to_owned(),
        value: changeable,
        bound: 0,
        unit: Unit::Rows,
    })
}

#[cfg(test)]
mod tests {
    use model::Money;
    use platform::{
        database::{DatabaseSettings, MigrationSettings},
        settings::Variables,
    };
    use sqlx::AssertSqlSafe;

    use super::*;
    use crate::{
        payments::check::check,
        testing::{self, GOOD_CARD, TestBackend},
    };

    #[test]
    fn configuration_page_lists_what_migrate_reads() {
        crate::settings::document::check(
            "migrate",
            |variables| {
                MigrationSettings::read(variables);
            },
            |variables| {
                DatabaseSettings::read(variables);
            },
        );
    }

    #[test]
    fn rights_are_given_to_another_role_alone() {
        let read = |owner: Option<&str>| {
            let look_up = |name: &str| match name {
                "DATABASE_URL" => Some("postgres://app:a@localhost/shop".to_owned()),
                "MIGRATION_DATABASE_URL" => owner.map(str::to_owned),
                _ => None,
            };
            let mut variables = Variables::new(&look_up);
            let settings = MigrationSettings::read(&mut variables);
            variables.finish(settings).map(|settings| settings.application)
        };
        assert_eq!(read(None).expect("one role"), None);
        assert_eq!(read(Some("postgres://app:a@localhost/shop")).expect("one role"), None);
        assert_eq!(read(Some("postgres://owner:o@localhost/shop")).expect("two roles"), Some("app".to_owned()));
        assert!(read(Some("owner")).expect_err("no address").to_string().contains("MIGRATION_DATABASE_URL"));
    }

    /// Proves the list: a table that refuses changes by its trigger is in it.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn every_table_that_refuses_changes_is_listed(db: PgPool) {
        let refusing: Vec<String> = sqlx::query_scalar(
            "SELECT tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'refuse_change' ORDER BY 1",
        )
        .fetch_all(&db)
        .await
        .expect("reads");
        assert!(refusing.len() >= 3, "{refusing:?}");
        assert!(refusing.iter().all(|table| APPEND_ONLY.contains(&table.as_str())), "{refusing:?}");
    }

    /// A whole sale as the application's role, and then what it must not do.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn application_sells_and_cannot_change_the_ledger(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(testing::as_application(&db)).await;
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let ticket = testing::listing(&backend, ana).await;
        let order = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("opens an attempt");
        testing::pay_with(&backend, order, GOOD_CARD).await;
        check(&backend, bob, order).await.expect("completes");
        for table in ["ledger_entries", "order_events"] {
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                .fetch_one(&backend.db)
                .await
                .expect("reads");
            assert!(rows > 0, "{table} was written");
        }
        for table in APPEND_ONLY {
            for change in [
                format!("UPDATE {table} SET id = DEFAULT"),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table}"),
                format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
            ] {
                let refused = sqlx::query(AssertSqlSafe(change.clone())).execute(&backend.db).await;
                let code =
                    refused.expect_err(&change).into_database_error().and_then(|error| error.code().map(Into::into));
                assert_eq!(code, Some("42501".to_owned()), "{change}: insufficient privilege");
            }
        }
        let migrations = sqlx::query("DELETE FROM _sqlx_migrations").execute(&backend.db).await;
        assert!(migrations.is_err(), "the application migrates nothing");
        sqlx::query("CREATE TABLE mine ()").execute(&backend.db).await.expect_err("it owns nothing");
    }

    /// Proves the list of rights: no table has one more or one less.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn each_table_gives_the_application_exactly_its_rights(db: PgPool) {
        grant_again(&db).await;
        let rights: Vec<(String, String)> = sqlx::query_as(
            "
            SELECT relname::text, coalesce(string_agg(r, ' ' ORDER BY r), '') FROM pg_class
            LEFT JOIN LATERAL (
                SELECT r FROM unnest('{DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE}'::text[]) r
                WHERE has_table_privilege($1, pg_class.oid, r)
            ) rights ON true
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
            GROUP BY relname ORDER BY relname
            ",
        )
        .bind(testing::APPLICATION_ROLE)
        .fetch_all(&db)
        .await
        .expect("reads");
        assert!(rights.len() > 40, "{rights:?}");
        for (table, rights) in rights {
            let expected = match table.as_str() {
                MIGRATIONS_TABLE => "SELECT",
                name if APPEND_ONLY.contains(&name) => "INSERT SELECT",
                _ => "DELETE INSERT SELECT UPDATE",
            };
            assert_eq!(rights, expected, "{table}");
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn doctor_tells_the_owner_from_the_application(db: PgPool) {
        assert!(check_role(&db).await.expect("reads").is_violated(), "the owner can switch triggers off");
        let application = testing::as_application(&db);
        assert!(!check_role(&application).await.expect("reads").is_violated());
        for right in ["UPDATE (amount_cents)", "DELETE", "TRUNCATE"] {
            let grant = format!("GRANT {right} ON ledger_entries TO {}", testing::APPLICATION_ROLE);
            sqlx::raw_sql(AssertSqlSafe(grant)).execute(&db).await.expect("grants");
            assert_eq!(check_role(&application).await.expect("reads").value, 1, "{right}");
            grant_again(&db).await;
            assert!(!check_role(&application).await.expect("reads").is_violated(), "the next migration takes it away");
        }
    }

    /// Proves the default privileges: an older server's trigger may write to a table that a migration has just made.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn later_tables_are_usable_at_once(db: PgPool) {
        sqlx::raw_sql("CREATE TABLE later (id bigserial)").execute(&db).await.expect("a migration");
        let insert = sqlx::query("INSERT INTO later DEFAULT VALUES").execute(&testing::as_application(&db)).await;
        insert.expect("may write");
    }

    async fn grant_again(db: &PgPool) {
        let mut connection = db.acquire().await.expect("a connection");
        grant(&mut connection, testing::APPLICATION_ROLE).await.expect("grants");
    }
}
