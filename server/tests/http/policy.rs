//! What browsers are told not to do with an answer.

use std::collections::BTreeSet;

use app::{App, server::CookiePolicy};
use domain::testing::TestBackend;
use insta::assert_snapshot;
use leptos_axum::generate_route_list;
use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person},
    site::Site,
};

/// The nonce in an answer's policy.
fn nonce(answer: &Answer) -> &str {
    let policy = answer.header("content-security-policy");
    let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\''));
    nonce.map_or_else(|| panic!("no nonce: {policy}"), |(nonce, _)| nonce)
}

/// A page, a refused page, a refusal, a file, a server function, and what is made without either.
async fn one_of_each(person: &Person) -> Vec<(&'static str, Answer)> {
    let mut answers = Vec::new();
    for path in ["/", "/no/such/page", "/rpc/lock_ticket"] {
        answers.push((path, person.open(path).await));
    }
    for path in ["/favicon.svg", "/pkg/gittix.css", "/rpc/show_home", "/rpc/lock_ticket", "/healthz"] {
        answers.push((path, Answer::from(person.server().get(path).add_header("accept", JSON).await)));
    }
    answers.push(("/webhooks/stripe", Answer::from(person.server().post("/webhooks/stripe").text("{}").await)));
    let foreign = person.server().post("/rpc/sign_out").add_header("origin", "https://evil.example");
    answers.push(("/rpc/sign_out", Answer::from(foreign.add_header("accept", HTML).await)));
    answers
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn every_answer_has_them(db: PgPool) {
    let site = Site::without_stripe(db);
    for (path, answer) in one_of_each(&site.visitor()).await {
        let is_page = answer.header("content-type").starts_with("text/html");
        let policy = answer.header("content-security-policy");
        if path == "/rpc/lock_ticket" && is_page || path == "/rpc/sign_out" {
            assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{path}: {policy}");
        } else if is_page {
            assert!(policy.starts_with("default-src 'self'; "), "{path}: {policy}");
        } else {
            assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "{path}");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin-allow-popups"),
            ("cross-origin-resource-policy", "same-origin"),
            // Without TLS a browser would not come back.
            ("strict-transport-security", ""),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_page_talks_to_this_site_and_to_stripe_alone(db: PgPool) {
    let page = Site::without_stripe(db).visitor().open("/").await;
    assert_snapshot!(
        page.header("content-security-policy").replace(nonce(&page), "…"),
        @"default-src 'self'; script-src 'self' 'nonce-…' 'wasm-unsafe-eval' http://127.0.0.1:9; connect-src 'self' http://127.0.0.1:9; frame-src http://127.0.0.1:9; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    assert_snapshot!(page.header("permissions-policy"), @r#"accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), picture-in-picture=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=(), payment=(self "http://127.0.0.1:9"), publickey-credentials-get=(self "http://127.0.0.1:9")"#);
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn behind_tls_browsers_stay_there(db: PgPool) {
    let site = Site::changed(TestBackend::without_stripe(db), |state| state.cookies = CookiePolicy { secure: true });
    for (path, answer) in one_of_each(&site.visitor()).await {
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000; includeSubDomains", "{path}");
    }
}

/// Every tag of a page, without its brackets.
fn tags(page: &Answer) -> impl Iterator<Item = &str> {
    page.body.split('<').skip(1).filter_map(|rest| rest.split('>').next())
}

#[track_caller]
fn assert_nothing_inline_but_by_nonce(page: &Answer, path: &str) {
    let nonce = format!("nonce=\"{}\"", nonce(page));
    for tag in tags(page) {
        let name = tag.split_whitespace().next().unwrap_or_default();
        let is_data = tag == "script type=\"application/ld+json\"";
        let is_inline = (name == "script" && !tag.contains(" src=")) || name == "style";
        assert!(!is_inline || is_data || tag.contains(&nonce), "{path}: <{tag}> without the nonce of its answer");
        let names = tag.split('"').step_by(2).collect::<String>();
        assert!(!names.contains(" style=") && !names.contains(" on"), "{path}: <{tag}>");
        assert!(!tag.contains("javascript:"), "{path}: <{tag}>");
    }
    assert!(tags(page).any(|tag| tag.starts_with("script")), "{path} has no script at all");
}

/// Proves that the page gets its nonce from the answer's headers: Leptos would make one of its own.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn each_page_runs_its_own_scripts_and_no_others(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let (locked, free) = (alice.list().await, alice.list().await);
    let order = bob.lock(&locked).await;
    let mut nonces = BTreeSet::new();
    let mut count = 0;
    for route in generate_route_list(App) {
        let id = if route.path().starts_with("/orders") { &order } else { &free };
        let path = route.path().replace("{id}", id);
        for person in [&site.visitor(), &alice, &bob] {
            let page = person.open(&path).await;
            if page.status == 302 {
                continue;
            }
            assert_nothing_inline_but_by_nonce(&page, &path);
            nonces.insert(nonce(&page).to_owned());
            count += 1;
        }
    }
    assert_eq!(nonces.len(), count, "two answers share a nonce");
    assert!(nonces.iter().all(|nonce| nonce.len() == 22), "128 bits: {nonces:?}");
}
