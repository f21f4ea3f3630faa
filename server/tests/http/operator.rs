//! What those who run the site see: `/operator` and `/metrics`.

use domain::{auth::operators::set_operator, testing};
use sqlx::PgPool;

use crate::{second_factor::set_up, site::Site};

async fn break_a_promise(site: &Site) {
    let ticket = site.sign_up("alice").await.list().await;
    sqlx::query("UPDATE tickets SET starts_at = starts_at + interval '1 day' WHERE listing_id = $1::uuid")
        .bind(ticket)
        .execute(site.db())
        .await
        .expect("breaks");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn an_operator_sees_how_the_shop_is(db: PgPool) {
    // The doctor has a row for what the role of the site may do.
    let site = Site::without_stripe(testing::as_application(&db));
    let olga = site.sign_up("olga").await;
    olga.open("/operator").await.assert_status(404);
    set_operator(site.db(), "olga@example.com", true).await.expect("grants");
    set_up(&site, &olga, "olga").await;
    let page = olga.open("/operator").await;
    page.assert_status(200);
    assert!(page.words().contains("Every invariant holds."), "{}", page.words());

    break_a_promise(&site).await;
    let page = olga.open("/operator").await;
    assert!(page.words().contains("One invariant is violated."), "{}", page.words());
    assert!(page.words().contains("tickets.other_start1 rows0 rowsViolated"), "{}", page.words());

    set_operator(site.db(), "olga@example.com", false).await.expect("takes it away");
    olga.open("/operator").await.assert_status(404);
}

/// To everybody else, signed in or not, the page is none at all.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn others_find_nothing_there(db: PgPool) {
    let site = Site::without_stripe(db);
    for person in [site.visitor(), site.sign_up("bob").await] {
        let page = person.open("/operator").await;
        assert_eq!((page.status, page.title().as_str()), (404, "Not found · GitTix"));
        assert_eq!(person.read("/rpc/examine_shop").await.refusal(), (404, "not_found".to_owned()));
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn metrics_tell_what_the_doctor_found(db: PgPool) {
    let site = Site::without_stripe(db);
    break_a_promise(&site).await;
    let metrics = site.visitor().read("/metrics").await;
    metrics.assert_status(200);
    assert_eq!(metrics.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    for line in [
        "gittix_build_info{version=\"0.1.0\",revision=\"unknown\"} 1",
        "gittix_doctor_up 1",
        "gittix_doctor_found{invariant=\"tickets.other_start\",unit=\"rows\"} 1",
        "gittix_doctor_bound{invariant=\"tickets.other_start\",unit=\"rows\"} 0",
        "gittix_doctor_violated{invariant=\"tickets.other_start\",unit=\"rows\"} 1",
        "gittix_doctor_violated{invariant=\"backlog.oldest_event\",unit=\"s\"} 0",
    ] {
        assert!(metrics.body.lines().any(|written| written == line), "{line} in {}", metrics.body);
    }
}

/// Scraping is no load: the doctor looks once for everybody who asks within a few seconds.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn metrics_are_kept_for_a_while(db: PgPool) {
    let site = Site::without_stripe(db);
    site.visitor().read("/metrics").await;
    break_a_promise(&site).await;
    let metrics = site.visitor().read("/metrics").await.body;
    assert!(
        metrics.contains("gittix_doctor_violated{invariant=\"tickets.other_start\",unit=\"rows\"} 0\n"),
        "{metrics}"
    );
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn metrics_answer_without_a_database(db: PgPool) {
    let site = Site::without_stripe(db);
    site.db().close().await;
    let metrics = site.visitor().read("/metrics").await;
    metrics.assert_status(200);
    assert!(metrics.body.contains("gittix_doctor_up 0\n"), "{}", metrics.body);
    assert!(!metrics.body.contains("gittix_doctor_found{"), "{}", metrics.body);
}
