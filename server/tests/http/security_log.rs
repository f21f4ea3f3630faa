//! The log of what matters to security: who signs in, and what is refused.

use serde_json::Value;
use sqlx::PgPool;

use crate::{
    mailed_code,
    person::{Answer, JSON, listing},
    second_factor::set_up,
    site::{PUBLIC_URL, Site, account},
    telemetry::{Log, logged},
};

/// The lines at the target `security` that were written since the last call.
struct Watch {
    log: Log,
    seen: usize,
}

impl Watch {
    fn new_lines(&mut self) -> Vec<Value> {
        let text = self.log.text();
        let lines = text.lines().skip(self.seen).map(|line| serde_json::from_str(line).expect("JSON"));
        let lines: Vec<Value> = lines.collect();
        self.seen += lines.len();
        lines.into_iter().filter(|line| line["target"] == "security").collect()
    }

    /// Expects one line, of the request that was answered.
    #[track_caller]
    fn expect(&mut self, message: &str, answer: &Answer) -> Value {
        let lines = self.new_lines();
        let [line] = &lines[..] else { panic!("expected {message:?}, found {lines:?}") };
        assert_eq!(line["fields"]["message"], message, "{line}");
        assert_eq!(line["spans"][0]["request.id"], answer.header("x-request-id"), "{line}");
        line.clone()
    }
}

async fn id_of(site: &Site, email: &str) -> String {
    let id = sqlx::query_scalar("SELECT id::text FROM users WHERE email = $1").bind(email);
    id.fetch_one(site.db()).await.expect("an account")
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn security_log_tells_of_sign_ins_and_refusals(db: PgPool) {
    let (log, _logging) = logged("off,security=info,server=info");
    let (site, smtp) = Site::with_mail(db);
    let (alice, carol) = (site.sign_up("alice").await, site.sign_up("carol").await);
    let ticket = alice.list().await;
    let id = id_of(&site, "alice@example.com").await;
    let mut watch = Watch { log: log.clone(), seen: 0 };
    watch.new_lines();

    let visitor = site.visitor();
    let answer = visitor.post("/rpc/sign_in", &account("alice")).await;
    assert_eq!(watch.expect("signed in", &answer)["fields"]["user.id"], *id);
    let guess = [("email", "alice@example.com"), ("password", "a guess of a password")];
    let answer = site.visitor().post("/rpc/sign_in", &guess).await;
    watch.expect("a password or code was wrong", &answer);
    let answer = site.visitor().read("/rpc/my_orders").await;
    assert_eq!(watch.expect("access was refused", &answer)["fields"]["error.code"], "NotSignedIn");
    let edit = [vec![("ticket", ticket), ("version", "1".to_owned())], listing(&domain::testing::listing_input())];
    let answer = carol.post("/rpc/edit_ticket", &edit.concat()).await;
    assert_eq!(watch.expect("access was refused", &answer)["fields"]["error.code"], "NotYourTicket");
    let foreign = carol.server().post("/rpc/sign_out").add_header("origin", "https://evil.example");
    let answer = Answer::from(foreign.add_header("accept", JSON).await);
    watch.expect("a request from another site was refused", &answer);
    let answer = carol.post("/rpc/end_other_sessions", &[("shown_to", "00000000")]).await;
    watch.expect("a form that was shown to another account was refused", &answer);

    let code = mailed_code::ask_for_code(&site, &smtp, &visitor, "alice@example.com").await;
    let answer = visitor.post("/rpc/enter_mailed_code", &[("code", &code)]).await;
    assert_eq!(watch.expect("signed in by a mailed code", &answer)["fields"]["user.id"], *id);
    let (app, recovery) = set_up(&site, &visitor, "alice").await;
    let lines = watch.new_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(lines[0]["fields"]["message"], "a second factor was turned on");
    let other = site.visitor();
    other.post("/rpc/sign_in", &account("alice")).await.assert_status(200);
    assert_eq!(watch.new_lines(), [Value::Null; 0], "the second step is to come");
    let answer = other.post("/rpc/enter_sign_in_code", &[("code", &recovery[0])]).await;
    watch.expect("signed in with a second factor", &answer);
    let answer = other.post("/rpc/enter_sign_in_code", &[("code", &app.code(site.db(), 1).await)]).await;
    assert_eq!(answer.status, 409, "{}", answer.line());

    for _ in 0..12 {
        site.visitor().post("/rpc/sign_in", &guess).await;
    }
    let lines = watch.new_lines();
    assert!(lines.iter().any(|line| line["fields"]["message"] == "there were too many attempts"), "{lines:?}");

    let text = log.text();
    for secret in ["alice", "carol", "@example.com", "a guess", "horse", &code, &recovery[0], PUBLIC_URL] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}
