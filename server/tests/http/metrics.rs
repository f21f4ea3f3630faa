//! `/metrics`: what moves when somebody buys, and that nobody can make it grow.

use std::collections::BTreeSet;

use axum::http::Method;
use sqlx::PgPool;

use crate::{
    monitoring::named_of_servers,
    person::{Person, lock_form},
    site::Site,
    stripe::{GOOD_CARD, confirm},
};

/// A scrape: its series and their values.
struct Scrape(Vec<(String, f64)>);

impl Scrape {
    async fn of(site: &Site) -> Self {
        let text = site.visitor().read("/metrics").await.assert_status(200).body.clone();
        let series = text.lines().filter(|line| !line.starts_with('#'));
        Self(
            series
                .map(|line| {
                    let (name, value) = line.rsplit_once(' ').expect("a name and a value");
                    (name.to_owned(), value.parse().expect("a number"))
                })
                .collect(),
        )
    }

    /// The value of a series; what was never counted is zero.
    fn value(&self, series: &str) -> f64 {
        self.0.iter().find(|(name, _)| name == series).map_or(0.0, |(_, value)| *value)
    }

    /// How often `what` was written in a timeline. The counts are the process', not the site's.
    fn events(&self, what: &str) -> f64 {
        self.value(&format!("gittix_order_events_total{{kind=\"{what}\"}}"))
    }

    fn answered(&self, method: &str, route: &str, status: u16) -> f64 {
        self.value(&format!("gittix_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}}"))
    }

    fn names(&self) -> BTreeSet<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).collect()
    }
}

async fn buy(site: &Site, stripe: &stripe_sim::Simulator, buyer: &Person, ticket: &str) {
    let order = buyer.lock(ticket).await;
    let form = buyer.post("/rpc/start_payment", &[("order", &order)]).await.json();
    confirm(stripe, &form, GOOD_CARD).await;
    let paid = buyer.post("/rpc/check_payment", &[("order", &order)]).await.json();
    assert_eq!(paid["status"], "complete", "{paid}");
    site.visitor().open(&format!("/tickets/{ticket}")).await.assert_status(200);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_purchase_moves_them(db: PgPool) {
    let (site, stripe) = Site::with_stripe(db).await;
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, site.sign_up("carol").await);
    let (bought, given_up) = (alice.list().await, alice.list().await);
    // Its timer is the next job.
    bob.lock(&alice.list().await).await;
    let before = Scrape::of(&site).await;

    let order = bob.lock(&given_up).await;
    carol.post("/rpc/lock_ticket", &lock_form(&given_up)).await.assert_status(409);
    bob.post("/rpc/cancel_order", &[("order", &order)]).await.assert_status(200);
    buy(&site, &stripe, &bob, &bought).await;

    let after = Scrape::of(&site).await;
    for (what, times) in [
        ("locked", 2.0),
        ("cancelled", 1.0),
        ("attempt_opened", 1.0),
        ("captured", 1.0),
        ("completed", 1.0),
        ("expired", 0.0),
    ] {
        assert!((after.events(what) - before.events(what) - times).abs() < 0.1, "{what}");
    }
    let refused = "gittix_locks_refused_total{code=\"ticket_locked\"}";
    assert!((after.value(refused) - before.value(refused) - 1.0).abs() < 0.1, "{:?}", after.names());
    // Those of the site are the site's alone.
    for (route, status, times) in
        [("/rpc/lock_ticket", 200, 3.0), ("/rpc/lock_ticket", 409, 1.0), ("/rpc/cancel_order", 200, 1.0)]
    {
        assert!((after.answered("POST", route, status) - times).abs() < 0.1, "{route} {status}: {:?}", after.names());
    }
    assert!((after.answered("GET", "/tickets/{id}", 200) - 1.0).abs() < 0.1, "{:?}", after.names());
    let calls = "gittix_stripe_call_seconds_count{call=\"capture\",outcome=\"ok\"}";
    assert!((after.value(calls) - before.value(calls) - 1.0).abs() < 0.1, "{:?}", after.names());
    assert!(after.value("gittix_database_connections{state=\"idle\"}") >= 1.0, "{:?}", after.names());
    let metrics: BTreeSet<&str> = after.names().iter().filter_map(|name| name.split('{').next()).collect();
    for name in named_of_servers() {
        assert!(metrics.contains(name), "alerts or dashboard name {name}, which is not in {metrics:?}");
    }
}

/// Proves that a label is made of what the site consists of, and of nothing that somebody sends.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nobody_makes_them_grow(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let visit = async |round: u32| {
        let ticket = alice.list().await;
        let order = bob.lock(&ticket).await;
        bob.open(&format!("/orders/{order}")).await;
        bob.open(&format!("/tickets/{ticket}?from={round}")).await;
        bob.open(&format!("/no-such-page-{round}")).await;
        bob.open(&format!("/no-such-file-{round}.txt")).await;
        bob.read(&format!("/rpc/no_such_function_{round}")).await;
        let made_up = Method::from_bytes(format!("MADEUP{round}").as_bytes()).expect("a method");
        bob.server().method(made_up, "/").await;
        Scrape::of(&site).await;
    };
    visit(0).await;
    let before = Scrape::of(&site).await;
    for round in 1..4 {
        visit(round).await;
    }
    let after = Scrape::of(&site).await;
    assert_eq!(after.names(), before.names());
    for name in after.names() {
        let is_id = |value: &str| value.split('-').count() == 5 || value.contains('@') || value.len() > 60;
        assert!(!name.split('"').skip(1).step_by(2).any(is_id), "{name}");
    }
}

/// A rate is told from a series' second value: what may happen is there from the start.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_has_never_happened_is_zero(db: PgPool) {
    let scrape = Scrape::of(&Site::without_stripe(db)).await;
    for what in model::orders::OrderEventKind::ALL {
        let series = format!("gittix_order_events_total{{kind=\"{}\"}}", what.code());
        assert!(scrape.names().contains(series.as_str()), "{series}");
    }
    for series in ["gittix_expiry_lag_seconds", "gittix_webhooks_waiting", "gittix_outbox_due{queue=\"payments\"}"] {
        assert!(scrape.value(series).abs() < 0.1 && scrape.names().contains(series), "{series}: {:?}", scrape.names());
    }
}
