//! Changing the address of an account, from the form to the mail that tells the old address.

use domain::{auth::sign_up::send_address_changed, mail::Mail, outbox::Job, testing};
use sqlx::PgPool;

use crate::{
    person::{Answer, Person},
    site::{PUBLIC_URL, Site, account},
};

const PAGE: &str = "/account/email";

async fn ask(person: &Person, email: &str, password: &str) -> Answer {
    person.submit(PAGE, "/rpc/change_address", &[("email", email), ("password", password)]).await
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn address_changes_by_the_code_that_is_mailed_to_the_new_one(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let alice = site.sign_up("alice").await;
    let elsewhere = site.sign_in("alice").await;
    let [_, (_, password)] = account("alice");
    alice.open("/account").await.assert_has("a", "Change email");

    let refused = ask(&alice, "new@example.com", "a guess").await;
    let page = alice.open(refused.location().trim_start_matches(PUBLIC_URL)).await;
    assert_eq!(page.of_id("password-error"), "That is not your password.");
    assert!(page.field("email").contains("value=\"new@example.com\""), "{}", page.field("email"));

    let asked = ask(&alice, "New@Example.com", &password).await;
    assert_eq!(asked.redirect(), (302, PAGE));
    let cookie = asked.header("set-cookie");
    assert!(cookie.starts_with("gittix-address=") && cookie.contains("HttpOnly"), "{cookie}");
    alice.open(PAGE).await.assert_has("h1", "Check your email").assert_has("bdi", "New@example.com");
    let code = site.mailed_code(&smtp).await;
    let stolen = elsewhere.post("/rpc/enter_address_code", &[("code", &code)]).await;
    assert_eq!(stolen.refusal(), (409, "address_change_ended".to_owned()), "it is bound to the browser");
    let wrong = alice.submit(PAGE, "/rpc/enter_address_code", &[("code", "12")]).await;
    let page = alice.open(wrong.location().trim_start_matches(PUBLIC_URL)).await;
    assert_eq!(page.of_id("code-error"), "That is not the code in the newest email.");
    assert!(alice.open(&format!("{PAGE}?code={code}")).await.value("code") == code, "the link fills it in");

    let entered = alice.submit(PAGE, "/rpc/enter_address_code", &[("code", &code)]).await;
    assert_eq!(entered.redirect(), (302, "/account?done=email"));
    let page = alice.open("/account?done=email").await;
    assert!(page.words().contains("Your email is changed.") && page.words().contains("New@example.com"));
    assert_eq!(elsewhere.read("/rpc/my_account").await.refusal().0, 401, "other devices are signed out");
    let again = alice.post("/rpc/enter_address_code", &[("code", &code)]).await;
    assert_eq!(again.refusal(), (409, "address_change_ended".to_owned()));

    let sign_in = async |email: &str| {
        site.visitor().post("/rpc/sign_in", &[("email", email), ("password", &password)]).await.status
    };
    assert_eq!((sign_in("alice@example.com").await, sign_in("new@example.com").await), (401, 200));
    for (job, _) in testing::outbox(site.db()).await {
        if let Job::SendMail { mail: Mail::AddressChanged { sign_up_id } } = job {
            send_address_changed(&site.backend, sign_up_id).await.expect("sends");
        }
    }
    let mail = smtp.mails().pop().expect("a mail");
    assert!(mail.contains("To: alice@example.com") && !mail.to_lowercase().contains("new@example.com"), "{mail}");
}
