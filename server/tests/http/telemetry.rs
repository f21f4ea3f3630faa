//! What the log and the traces say, and what they never say.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use domain::{
    mail::Mail,
    outbox::Job,
    payments::handle_event::handle_event,
    testing::{self, Smtp, Spans, TestBackend, WEBHOOK_SECRET},
};
use platform::telemetry::{Format, log};
use serde_json::Value;
use sqlx::PgPool;
use tracing_subscriber::{EnvFilter, Layer, prelude::*};

use crate::{
    site::Site,
    stripe::{DECLINED_CARD, GOOD_CARD, confirm},
};

/// What would have been written to standard error.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("text")
    }
}

/// Logs what this thread does, as in production but for how much of it.
pub(crate) fn logged(how_much: &str) -> (Log, tracing::subscriber::DefaultGuard) {
    let written = Log::default();
    let writer = written.clone();
    let layer = log(Format::Json, move || writer.clone()).with_filter(EnvFilter::new(how_much));
    (written, tracing_subscriber::registry().with(layer).set_default())
}

const PASSWORD: &str = "marked-password-1";
const NEW_PASSWORD: &str = "marked-password-2";
const EMAIL: &str = "marked-person@example.com";

/// The list of what is never logged: passwords, tokens, card data, mail addresses, bodies; and the keys.
/// Everybody's life on the site, with all of it logged that we and the libraries under us would log.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn nothing_secret_is_logged(db: PgPool) {
    // The simulator is another program, which happens to run on this thread.
    let (log, _logging) = logged("debug,server=trace,app=trace,domain=trace,sqlx=trace,stripe_sim=off");
    let (mut backend, stripe) = TestBackend::with_simulator(db).await;
    let smtp = Smtp::listen(&mut backend);
    let site = Site::changed(backend, |_| ());
    let mut secrets: Vec<String> =
        [PASSWORD, NEW_PASSWORD, EMAIL, "marked-person", WEBHOOK_SECRET, "sk_test_sim"].map(str::to_owned).into();
    secrets.extend([GOOD_CARD.to_owned(), DECLINED_CARD.to_owned(), "marked-body".to_owned()]);

    let person = site.visitor();
    let account = [("email", EMAIL), ("password", PASSWORD)];
    let signing_up = person.post("/rpc/sign_up", &account).await;
    let code = site.mailed_code(&smtp).await;
    let entered = person.post("/rpc/enter_code", &[("code", &code)]).await;
    for answer in [signing_up, entered, person.post("/rpc/sign_in", &account).await] {
        secrets.extend(token(answer.assert_status(200).header("set-cookie")));
    }
    // Six digits also stand in times and ids.
    secrets.push(format!("code={code}"));
    secrets.push(format!("\"{code}\""));
    person.post("/rpc/sign_in", &[("email", EMAIL), ("password", NEW_PASSWORD)]).await.assert_status(401);

    secrets.extend(pay(&site, &stripe, &person).await);

    person.post("/rpc/forgot_password", &[("email", EMAIL)]).await;
    for (job, _) in testing::outbox(site.db()).await {
        if let Job::SendMail { mail: Mail::PasswordReset { reset_id } } = job {
            domain::auth::reset::send::send_reset(&site.backend, reset_id).await.expect("sends");
        }
    }
    let mail = smtp.mails().pop().expect("a mail");
    let (_, rest) = mail.split_once("/reset#").expect("a link");
    let reset = rest[..64].to_owned();
    person.post("/rpc/open_reset", &[("token", &reset)]).await.assert_status(200);
    person.open("/reset").await.assert_status(200);
    person.post("/rpc/reset_password", &[("new_password", NEW_PASSWORD)]).await.assert_status(200);
    secrets.push(reset);
    // And where it all fails.
    site.db().close().await;
    person.post("/rpc/sign_in", &account).await.assert_status(503);

    let text = log.text();
    assert!(text.contains("order.lock") && text.contains("INSERT INTO"), "the log is on: {text}");
    for secret in secrets {
        let line = text.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}

/// Locks, pays after a declined card, and is told so by a webhook. Answers with the secrets on the way.
async fn pay(site: &Site, stripe: &stripe_sim::Simulator, buyer: &crate::person::Person) -> Vec<String> {
    let order = buyer.lock(&site.sign_up("alice").await.list().await).await;
    let mut secrets = Vec::new();
    for card in [DECLINED_CARD, GOOD_CARD] {
        let form: Value = buyer.post("/rpc/start_payment", &[("order", &order)]).await.json();
        confirm(stripe, &form, card).await;
        secrets.push(form["client_secret"].as_str().expect("a secret").to_owned());
        buyer.post("/rpc/check_payment", &[("order", &order)]).await.assert_status(200);
    }
    let intent = testing::newest_intent(&site.backend, order.parse().expect("an id")).await;
    let body = format!(
        r#"{{"id":"evt_1","type":"payment_intent.succeeded","note":"marked-body","data":{{"object":{{"id":"{intent}","object":"payment_intent"}}}}}}"#
    );
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, now.try_into().expect("a time"));
    for (signature, status) in [(signature.as_str(), 204), ("t=1,v1=marked-signature", 400)] {
        let server = buyer.server();
        let told = server.post("/webhooks/stripe").add_header("stripe-signature", signature).text(&body).await;
        assert_eq!(told.status_code().as_u16(), status);
    }
    handle_event(&site.backend, "evt_1").await.expect("handles");
    secrets.extend([signature, "marked-signature".to_owned()]);
    secrets
}

/// The value of a session's cookie.
fn token(set_cookie: &str) -> Option<String> {
    let (_, value) = set_cookie.split(';').next()?.split_once('=')?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// From the request through the use-case to its SQL, and to the job that the outbox keeps.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_request_is_a_trace_and_its_job_names_it(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let ticket = alice.list().await;
    let spans = Spans::collect();
    bob.lock(&ticket).await;
    let [request] = &spans.named("http.request")[..] else { panic!("one request") };
    let [lock] = &spans.named("order.lock")[..] else { panic!("one lock") };
    assert_eq!(lock.span_context.trace_id(), request.span_context.trace_id());
    assert!(lock.events.iter().any(|event| format!("{event:?}").contains("INSERT INTO")), "{lock:?}");
    let traceparent: String =
        sqlx::query_scalar("SELECT traceparent FROM outbox").fetch_one(site.db()).await.expect("the timer");
    assert_eq!(traceparent, format!("00-{}-{}-01", request.span_context.trace_id(), lock.span_context.span_id()));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_line_of_the_log_names_request_and_trace(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    site.db().close().await;
    let written = Log::default();
    let writer = written.clone();
    let spans = Spans::beside(log(Format::Json, move || writer.clone()));
    let page = alice.open("/").await;
    let id = page.header("x-request-id");
    let text = written.text();
    let line: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    let span = &line["spans"][0];
    assert_eq!(span["request.id"], id, "{line}");
    let request = &spans.named("http.request")[0];
    assert_eq!(span["trace.id"], request.span_context.trace_id().to_string(), "{line}");
}
