//! The files of `migrations/`, and migrating more than once.

use domain::{
    database::{MIGRATIONS, migrate},
    testing::{self, Listed},
};
use model::Money;
use sqlx::PgPool;

/// The other files change tables (CONTRIBUTING.md).
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn each_table_is_made_by_one_file(db: PgPool) {
    let mut tables: Vec<String> = sqlx::query_scalar(
        "
        SELECT 'create ' || replace(tablename, '_', ' ') FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'
        ",
    )
    .fetch_all(&db)
    .await
    .expect("the tables");
    let descriptions = MIGRATIONS.iter().map(|migration| &*migration.description);
    let mut files: Vec<&str> = descriptions.filter(|description| description.starts_with("create ")).collect();
    tables.sort();
    files.sort_unstable();
    assert_eq!(files, tables);
}

/// The contents of the database, and its applied migrations.
async fn contents(db: &PgPool) -> (String, String) {
    let applied = sqlx::query_scalar("SELECT string_agg(m::text, E'\\n' ORDER BY version) FROM _sqlx_migrations m")
        .fetch_one(db)
        .await
        .expect("the migrations");
    (testing::snapshot(db).await, applied)
}

#[sqlx::test(migrations = false)]
async fn migrating_again_changes_nothing(db: PgPool) {
    // Two at the same time, as when a Job is started twice: one waits for the other.
    let (one, other) = tokio::join!(migrate(&db, None), migrate(&db, None));
    one.and(other).expect("an empty database is migrated");
    let Listed { backend, bob, listing: ticket, .. } = Listed::new(db.clone()).await;
    testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");

    let before = contents(&db).await;
    migrate(&db, None).await.expect("nothing to do");
    assert_eq!(contents(&db).await, before);
}
