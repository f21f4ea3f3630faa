//! `/healthz`, `/servingz` and `/readyz`.

use domain::testing::TestBackend;
use insta::assert_snapshot;
use server::drain::Draining;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::site::Site;

fn with_redis(db: PgPool) -> Site {
    let url = std::env::var("REDIS_URL").expect("REDIS_URL names the Redis of the tests");
    Site::changed(TestBackend::without_stripe(db), |state| {
        state.redis = redis::Client::open(url).expect("an address");
    })
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn is_ready_while_both_answer(db: PgPool) {
    let site = with_redis(db);
    assert_snapshot!(site.visitor().read("/healthz").await.line(), @"200 ok");
    assert_snapshot!(site.visitor().read("/readyz").await.line(), @r#"200 {"postgres":true,"redis":true}"#);
    site.db().close().await;
    assert_snapshot!(site.visitor().read("/readyz").await.line(), @r#"503 {"postgres":false,"redis":true}"#);
    assert_snapshot!(site.visitor().read("/healthz").await.line(), @"200 ok");
}

/// The pages need no Redis: only follow-ups wait for it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn without_redis_it_is_alive_and_sells_but_is_not_ready(db: PgPool) {
    let site = Site::without_stripe(db);
    assert_snapshot!(site.visitor().read("/readyz").await.line(), @r#"503 {"postgres":true,"redis":false}"#);
    assert_snapshot!(site.visitor().read("/healthz").await.line(), @"200 ok");
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    bob.lock(&alice.list().await).await;
}

/// A database that all servers share takes none of them out, once it has been there.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn people_may_be_sent_to_it_from_the_first_answer_of_its_database_to_its_end(db: PgPool) {
    let nowhere = PgPoolOptions::new().connect_lazy("postgres://127.0.0.1:9/none").expect("an address");
    let lost = Site::without_stripe(nowhere);
    assert_snapshot!(lost.visitor().read("/servingz").await.line(), @"503 waiting for PostgreSQL");

    let draining = Draining::default();
    let site = Site::changed(TestBackend::without_stripe(db), |state| state.draining = draining.clone());
    assert_snapshot!(site.visitor().read("/servingz").await.line(), @"200 ok");
    site.db().close().await;
    assert_snapshot!(site.visitor().read("/servingz").await.line(), @"200 ok");
    draining.begin();
    assert_snapshot!(site.visitor().read("/servingz").await.line(), @"503 draining");
}
