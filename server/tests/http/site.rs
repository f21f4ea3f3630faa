//! The site under test.

use std::{fs, path::Path, sync::Arc, time::SystemTime};

use app::server::CookiePolicy;
use axum::Router;
use axum_test::TestServer;
use domain::{
    Backend,
    auth::{browser::Browser, sign_up::send_code},
    mail::Mail,
    outbox::Job,
    testing::{Smtp, TestBackend},
};
use leptos::{config::Env, prelude::LeptosOptions};
use model::auth::Credentials;
use server::{
    crawlers::Sitemap, drain::Draining, imprint::Imprint, live::Live, metrics::Metrics, preview::Previews,
    proxies::TrustedProxies, router::router, state::Reached, state::ServerState,
};
use sqlx::PgPool;
use stripe_sim::Simulator;
use tracing_subscriber::EnvFilter;

use crate::person::Person;

/// The site's address as browsers see it. The tests reach it under another host, as behind a proxy.
pub(crate) const PUBLIC_URL: &str = "https://gittix.example";

/// Nothing listens on the discard port.
pub(crate) const NO_REDIS: &str = "redis://127.0.0.1:9";

/// The whole site on a test's own database.
pub(crate) struct Site {
    pub(crate) backend: Backend,
    router: Router,
}

impl Site {
    /// For all that is not about payment: its Stripe never answers.
    pub(crate) fn without_stripe(db: PgPool) -> Self {
        Self::of(TestBackend::without_stripe(db))
    }

    /// With a Stripe of its own.
    pub(crate) async fn with_stripe(db: PgPool) -> (Self, Simulator) {
        let (backend, stripe) = TestBackend::with_simulator(db).await;
        (Self::of(backend), stripe)
    }

    /// With a mail server.
    pub(crate) fn with_mail(db: PgPool) -> (Self, Smtp) {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        (Self::of(backend), smtp)
    }

    fn of(backend: Backend) -> Self {
        Self::changed(backend, |_| ())
    }

    /// With a state other than most tests want.
    pub(crate) fn changed(backend: Backend, change: impl FnOnce(&mut ServerState)) -> Self {
        // With RUST_LOG set, a failing test shows what the server had to say.
        let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_test_writer();
        // Another test of this process was first.
        let _ = log.try_init();
        let mut state = state(backend.clone());
        change(&mut state);
        Self { backend, router: router(state) }
    }

    /// The database.
    pub(crate) fn db(&self) -> &PgPool {
        &self.backend.db
    }

    /// Somebody who has just come.
    pub(crate) fn visitor(&self) -> Person {
        Person::new(self.router.clone())
    }

    /// A user who has signed up as `name@example.com`, and has typed the code in the mail.
    pub(crate) async fn sign_up(&self, name: &str) -> Person {
        let [(_, email), (_, password)] = account(name);
        let signed_up =
            domain::testing::sign_up(&self.backend, &Credentials { email, password }, &Browser::default()).await;
        Person::signed_in(self.router.clone(), &signed_up.expect("a new account"))
    }

    /// The same person at another browser.
    pub(crate) async fn sign_in(&self, name: &str) -> Person {
        let person = self.visitor();
        person.post("/rpc/sign_in", &account(name)).await.assert_status(200);
        person
    }

    /// Sends the mails with codes, and answers with the code of the newest.
    pub(crate) async fn mailed_code(&self, smtp: &Smtp) -> String {
        for (job, _) in domain::testing::outbox(self.db()).await {
            if let Job::SendMail { mail: Mail::SignUp { sign_up_id } | Mail::SignInCode { sign_up_id } } = job {
                send_code(&self.backend, sign_up_id).await.expect("sends");
            }
        }
        let mail = smtp.mails().pop().expect("a mail");
        let (_, rest) = mail.split_once("?code=").expect("a link");
        rest[..6].to_owned()
    }

    /// The site on a socket, for as long as the value lives.
    pub(crate) fn listening(&self) -> TestServer {
        TestServer::builder().http_transport().build(self.router.clone())
    }

    /// What is stored of tickets, orders and payments.
    pub(crate) async fn snapshot(&self) -> String {
        domain::testing::snapshot(self.db()).await
    }
}

/// What the server works with, as most tests want it.
pub(crate) fn state(backend: Backend) -> ServerState {
    ServerState {
        backend,
        cookies: CookiePolicy { secure: false },
        redis: redis::Client::open(NO_REDIS).expect("the address is fine"),
        limits: None,
        proxies: TrustedProxies::default(),
        leptos: leptos_options(),
        public_url: Arc::from(PUBLIC_URL),
        imprint: Imprint::default(),
        metrics: Metrics::default(),
        live: Live::default(),
        previews: Previews::default(),
        sitemap: Sitemap::default(),
        reached: Reached::default(),
        draining: Draining::default(),
    }
}

/// What somebody types to sign up or in.
pub(crate) fn account(name: &str) -> [(&'static str, String); 2] {
    [("email", format!("{name}@example.com")), ("password", format!("the horse of {name}"))]
}

/// What somebody types to change their password, to what it was.
pub(crate) fn passwords(name: &str) -> [(&'static str, String); 2] {
    let [_, (_, password)] = account(name);
    [("current_password", password.clone()), ("new_password", password)]
}

/// As the server makes them, but for the hashes, which only a build knows.
fn leptos_options() -> LeptosOptions {
    LeptosOptions::builder()
        .output_name("gittix")
        .site_root(site_root())
        .site_pkg_dir("pkg")
        .env(Env::PROD)
        .hash_files(false)
        .build()
}

/// A folder with a built file and two others.
fn site_root() -> &'static str {
    const ROOT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/site");
    let root = Path::new(ROOT);
    fs::create_dir_all(root.join("pkg")).expect("a folder");
    fs::write(root.join("pkg/gittix.css"), "body{}").expect("a file");
    fs::write(root.join("favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").expect("a file");
    fs::write(root.join("notes.txt"), "A text.\n").expect("a file");
    ROOT
}

/// This machine's clock, in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set");
    i64::try_from(since_1970.as_millis()).expect("a time")
}
