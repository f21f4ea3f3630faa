//! The pages about the site, its well-known addresses, and the footer that leads there.

use domain::auth::email::Email;
use domain::{Backend, backend::Rules, testing::TestBackend};
use model::money::Fee;
use server::imprint::Imprint;
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    person::{Answer, HTML},
    site::{PUBLIC_URL, Site},
};

/// Address and heading of each, in the order of the footer.
const PAGES: [(&str, &str); 8] = [
    ("/how-it-works", "How it works"),
    ("/money", "How your money is held"),
    ("/fees", "Fees"),
    ("/help", "Help"),
    ("/terms", "Terms"),
    ("/privacy", "Privacy"),
    ("/imprint", "Imprint"),
    ("/status", "Status"),
];

fn email(text: &str) -> Email {
    Email::parse(text).expect("an email")
}

/// A site that names its operator.
fn site_of(db: PgPool, imprint: Imprint) -> Site {
    Site::changed(TestBackend::without_stripe(db), |state| state.imprint = imprint)
}

/// A site with other rules than the default ones.
fn site_with(db: PgPool, change: impl FnOnce(&mut Rules)) -> Site {
    let mut backend: Backend = TestBackend::without_stripe(db);
    change(&mut backend.rules);
    Site::changed(backend, |_| ())
}

async fn head(site: &Site, path: &str) -> Answer {
    let visitor = site.visitor();
    visitor.server().method(axum::http::Method::HEAD, path).add_header("accept", HTML).await.into()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn each_is_a_whole_page_without_a_script(db: PgPool) {
    let site = Site::without_stripe(db);
    for (path, heading) in PAGES {
        let page = site.visitor().open(path).await;
        assert_eq!((page.status, page.title()), (200, format!("{heading} · GitTix")), "{path}");
        assert_eq!(page.texts("h1"), [heading], "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; ") && !policy.contains("script"), "{policy}");
        let kept = if path == "/status" { "no-store" } else { "public, max-age=60" };
        assert_eq!(page.header("cache-control"), kept, "{path}");
        for part in [
            "<!DOCTYPE html><html lang=\"en\">",
            "href=\"/pkg/gittix.css\"",
            "name=\"description\"",
            "class=\"skip-link\"",
        ] {
            assert!(page.body.contains(part), "{path} lacks {part}");
        }
        for tag in page.body.split('<').filter_map(|rest| rest.split('>').next()) {
            let is_active = |part: &str| part.starts_with("on") && part.contains('=') || part.starts_with("style=");
            assert!(!tag.starts_with("script") && !tag.split_whitespace().any(is_active), "{path}: <{tag}>");
        }
        let asked = head(&site, path).await;
        assert_eq!(
            (asked.status, asked.body.as_str(), asked.header("content-type")),
            (200, "", "text/html; charset=utf-8")
        );
        assert_eq!(site.visitor().open(&format!("{path}/?q=a")).await.redirect(), (308, &*format!("{path}?q=a")));
        assert_eq!(site.visitor().server().post(path).await.status_code(), 405, "{path}");
    }
}

/// Readers need some of them most when nothing else works.
#[tokio::test]
async fn each_answers_without_a_database() {
    let nowhere = PgPoolOptions::new().connect_lazy("postgres://127.0.0.1:9/none").expect("an address");
    let site = Site::without_stripe(nowhere);
    for (path, heading) in PAGES {
        site.visitor().open(path).await.assert_status(200).assert_has("h1", heading);
    }
    let status = site.visitor().open("/status").await;
    assert!(status.words().contains("You cannot buy or sell right now."), "{}", status.words());
}

/// Proves the escaping of what the operator wrote.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn what_the_operator_wrote_is_text_and_nothing_else(db: PgPool) {
    let name = "</title><script>alert(1)</script> & \"Sons\"";
    let imprint = Imprint {
        name: Some(name.to_owned()),
        address: vec!["<img src=x onerror=alert(1)>".to_owned(), "London".to_owned()],
        contact: Some(email("\"<script>\"@example.com")),
    };
    let site = site_of(db, imprint);
    for (path, _) in PAGES {
        let page = site.visitor().open(path).await;
        page.assert_status(200);
        assert!(!page.body.contains("<script") && !page.body.contains("<img"), "{path}: {}", page.body);
    }
    let page = site.visitor().open("/imprint").await;
    page.assert_has("dd", name);
    assert!(page.words().contains("<img src=x onerror=alert(1)>"), "{}", page.words());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn imprint_says_who_runs_the_site_or_that_it_does_not(db: PgPool) {
    let unnamed = Site::without_stripe(db.clone()).visitor().open("/imprint").await;
    assert!(unnamed.words().contains("This site has not said yet who runs it."), "{}", unnamed.words());
    let imprint = Imprint {
        name: Some("Example Tickets Ltd".into()),
        address: vec!["1 High Street".into(), "London SE1 9PP".into()],
        contact: Some(email("help@example.com")),
    };
    let site = site_of(db, imprint);
    let named = site.visitor().open("/imprint").await;
    for words in ["Example Tickets Ltd", "1 High Street", "London SE1 9PP", "help@example.com"] {
        assert!(named.words().contains(words), "{words}: {}", named.words());
    }
    for path in ["/terms", "/privacy"] {
        let page = site.visitor().open(path).await;
        assert!(page.words().contains("This is a template.") && page.words().contains("Example Tickets Ltd"), "{path}");
    }
    assert!(site.visitor().open("/help").await.body.contains("href=\"mailto:help@example.com\""));
}

/// The pages say what the code does, whatever the settings are.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn numbers_are_those_of_the_settings(db: PgPool) {
    let site = site_with(db, |rules| {
        rules.lock_length = std::time::Duration::from_mins(7);
        rules.payment_attempts = 9;
        rules.max_active_locks = 11;
        rules.platform_fee = Fee { basis_points: 250 };
    });
    let words = async |path: &str| site.visitor().open(path).await.words();
    for path in ["/how-it-works", "/money", "/help", "/terms", "/"] {
        assert!(words(path).await.contains("for you for 7 minutes"), "{path}: {}", words(path).await);
    }
    let help = words("/help").await;
    assert!(help.contains("You have 9 tries") && help.contains("You can hold 11 tickets"), "{help}");
    let fees = words("/fees").await;
    assert!(fees.contains("we keep 2.5% of its price") && fees.contains("$50.00$50.00$48.75$1.25"), "{fees}");
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn help_is_searched_without_a_script(db: PgPool) {
    let site = Site::without_stripe(db);
    let search = async |query: &str| site.visitor().open(&format!("/help{query}")).await;
    let all = search("").await.texts("summary").len();
    assert!(all >= 20, "{all} questions");
    let found = search("?q=declined+card").await;
    found.assert_has("summary", "My card was declined. What can I do?");
    assert!(found.texts("summary").len() < all / 2 && found.body.contains("value=\"declined card\""), "{}", found.body);
    let nothing = search("?q=%3Cscript%3Ealert(1)").await;
    assert!(nothing.words().contains("No answer has “<script>alert(1)” in it."), "{}", nothing.words());
    assert!(!nothing.body.contains("<script"), "{}", nothing.body);
    // What cannot be read is no search.
    for query in ["?", "?q", "?q=", "?p=1", "?q=%ff&q=card", "?%"] {
        search(query).await.assert_status(200);
    }
    let long = search(&format!("?q={}", "a".repeat(5_000))).await;
    assert!(long.words().contains(&format!("“{}”", "a".repeat(80))), "{}", long.words());
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn status_says_what_does_not_work(db: PgPool) {
    // The Redis of most tests never answers.
    let site = Site::without_stripe(db.clone());
    let status = site.visitor().open("/status").await;
    assert_eq!(status.texts("dd")[0], "Working", "{}", status.words());
    assert!(status.words().contains("Signing in, signing up and emails do not work right now."), "{}", status.words());
    let url = std::env::var("REDIS_URL").expect("REDIS_URL names the Redis of the tests");
    let site = Site::changed(TestBackend::without_stripe(db), |state| {
        state.redis = redis::Client::open(url).expect("an address");
    });
    assert!(site.visitor().open("/status").await.words().contains("Everything works."));
    // What many readers ask for is asked once.
    site.db().close().await;
    assert!(site.visitor().open("/status").await.words().contains("Everything works."));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn every_page_has_the_footer(db: PgPool) {
    let site = Site::without_stripe(db);
    for path in ["/", "/signin", "/no/such/page", "/help", "/status"] {
        let page = site.visitor().open(path).await;
        let (_, footer) = page.body.split_once("<footer").unwrap_or_else(|| panic!("{path} has no footer"));
        for (address, name) in PAGES {
            let link = format!("<a href=\"{address}\" rel=\"external\" class=\"footer-link\">{name}<");
            assert!(footer.contains(&link), "{path} lacks {link}: {footer}");
        }
        assert!(
            page.words().contains("the ticket is reserved for you for 15 minutes. Don’t pay, and you owe nothing.")
        );
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn password_managers_are_led_to_the_account(db: PgPool) {
    let led = Site::without_stripe(db).visitor().open("/.well-known/change-password").await;
    assert_eq!(led.redirect(), (302, "/account"));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn finders_of_vulnerabilities_learn_whom_to_tell(db: PgPool) {
    let site = Site::without_stripe(db.clone());
    assert_eq!(site.visitor().read("/.well-known/security.txt").await.refusal(), (404, "not_found".into()));
    let site = site_of(db, Imprint { contact: Some(email("security@example.com")), ..Imprint::default() });
    let file = site.visitor().read("/.well-known/security.txt").await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/plain; charset=utf-8"));
    let expires = file.body.lines().find_map(|line| line.strip_prefix("Expires: ")).expect("it expires");
    // The database's clock: this year or the next.
    let is_within_a_year: bool =
        sqlx::query_scalar("SELECT $1::timestamptz BETWEEN now() + interval '30 days' AND now() + interval '1 year'")
            .bind(expires)
            .fetch_one(site.db())
            .await
            .expect("a time");
    assert!(is_within_a_year, "{expires}");
    assert_eq!(
        file.body.replace(expires, "…"),
        format!(
            "Contact: mailto:security@example.com\nExpires: …\nPreferred-Languages: en\nCanonical: {PUBLIC_URL}/.well-known/security.txt\n"
        )
    );
}
