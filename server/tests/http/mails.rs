//! Which mails a user gets: the page of the choices, and turning mails off from a mail.

use domain::{
    delivery::lock_mails::send_lock_left,
    orders::remind::{REMIND_AFTER, remind},
    testing::{self, Smtp},
};
use sqlx::PgPool;

use crate::{
    person::Person,
    site::{PUBLIC_URL, Site},
};

/// Which mails come, as the page has them.
async fn states(person: &Person) -> Vec<String> {
    let spans = person.open("/account/mails").await.texts("span").into_iter();
    spans.filter(|text| ["On", "Off"].contains(&text.as_str())).collect()
}

/// The address in the reminder of a lock that the buyer has left alone.
async fn address_in_a_mail(site: &Site, smtp: &Smtp, buyer: &Person) -> String {
    let order = buyer.lock(&site.sign_up("alice").await.list().await).await;
    testing::let_time_pass(site.db(), REMIND_AFTER).await;
    assert_eq!(remind(&site.backend).await.expect("reminds"), 1);
    send_lock_left(&site.backend, order.parse().expect("an id")).await.expect("sends");
    let mail = smtp.mails().pop().expect("a mail").replace("\r\n", "\n").replace("\n ", " ");
    assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{mail}");
    let address =
        mail.split_once("List-Unsubscribe: <").and_then(|(_, rest)| rest.split_once('>')).expect("an address").0;
    address.strip_prefix(PUBLIC_URL).expect("of the site").to_owned()
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn user_turns_mails_off_and_on(db: PgPool) {
    let site = Site::without_stripe(db);
    let (bob, carol) = (site.sign_up("bob").await, site.sign_up("carol").await);
    assert_eq!(states(&bob).await, ["On"; 3]);
    let form = [("topic", "lock_left"), ("is_on", "false")];
    assert_eq!(bob.submit("/account/mails", "/rpc/choose_mail", &form).await.redirect(), (302, "/account/mails"));
    assert_eq!(states(&bob).await, ["On", "Off", "On"]);
    assert_eq!(states(&carol).await, ["On"; 3]);
    let form = [("topic", "lock_left"), ("is_on", "true")];
    bob.submit("/account/mails", "/rpc/choose_mail", &form).await;
    assert_eq!(states(&bob).await, ["On"; 3]);
    // Mails about money cannot be turned off.
    for topic in ["order_bought", "sign_up", ""] {
        let refused = bob.post("/rpc/choose_mail", &[("topic", topic), ("is_on", "false")]).await;
        assert!(refused.status >= 400, "{topic}: {}", refused.status);
    }
}

/// Proves that the address is outside the CSRF layer, needs no session, and that opening it changes nothing.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn mail_program_turns_mails_off_from_the_address_in_a_mail(db: PgPool) {
    let (site, smtp) = Site::with_mail(db);
    let bob = site.sign_up("bob").await;
    let address = address_in_a_mail(&site, &smtp, &bob).await;
    let visitor = site.visitor();
    let page = visitor.open(&address).await;
    assert_eq!((page.status, page.title().as_str()), (200, "Emails · GitTix"));
    page.assert_has("button", "Turn off");
    assert_eq!(states(&bob).await, ["On"; 3], "a GET changes nothing");

    let post = async |address: &str, body: &'static str| {
        let request = visitor.server().post(address).add_header("origin", "https://mail.example");
        request
            .add_header("sec-fetch-site", "cross-site")
            .content_type("application/x-www-form-urlencoded")
            .bytes(body.into())
            .await
    };
    for _ in 0..2 {
        let answer = post(&address, "List-Unsubscribe=One-Click").await;
        assert_eq!((answer.status_code().as_u16(), answer.text().as_str()), (200, ""));
    }
    assert_eq!(states(&bob).await, ["On", "Off", "On"]);
    let (path, _) = address.split_once('?').expect("a token");
    for wrong in [path.to_owned(), format!("{path}?token=1.watch_news.2"), format!("{address}0")] {
        let answer = post(&wrong, "List-Unsubscribe=One-Click").await;
        assert_eq!((answer.status_code().as_u16(), answer.text().as_str()), (200, ""), "tells nothing");
    }
    let answer = post(&address, "from_page=1").await;
    assert_eq!(
        (answer.status_code().as_u16(), answer.header("location")),
        (303, "/mails/unsubscribe?done=1".parse().expect("a value"))
    );
    visitor.open("/mails/unsubscribe?done=1").await.assert_has("h1", "Turned off");
}
