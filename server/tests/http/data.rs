//! The account page: taking one's data away, and deleting the account.

use serde_json::json;
use sqlx::PgPool;

use crate::{
    person::{Answer, HTML, JSON, Person},
    site::{PUBLIC_URL, Site, account},
};

fn password(name: &str) -> [(&'static str, String); 1] {
    let [_, (_, password)] = account(name);
    [("password", password)]
}

/// The page that a form without JavaScript leads back to.
async fn sent_back(person: &Person, sent: &Answer) -> Answer {
    person.open(sent.location().strip_prefix(PUBLIC_URL).expect("back to the site")).await
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_link_downloads_ones_own_data(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let (alices, bobs) = (alice.list().await, bob.list().await);
    let page = alice.open("/account").await;
    page.assert_status(200).assert_has("h2", "Your data").assert_has("a", "Download my data");
    assert!(page.body.contains(r#"href="/account/export""#), "{}", page.body);

    let file = alice.open("/account/export").await;
    file.assert_status(200);
    assert_eq!(file.header("content-type"), "application/json");
    assert_eq!(file.header("content-disposition"), r#"attachment; filename="gittix-account.json""#);
    assert_eq!(file.header("cache-control"), "private, no-store");
    assert_eq!(file.json()["account"]["email"], "alice@example.com");
    assert_eq!(file.json()["tickets"]["rows"][0]["listing_id"], json!(alices));
    assert!(!file.body.contains(&bobs) && !file.body.contains("bob@"), "{}", file.body);
}

/// There is nothing in the address by which to ask for another's.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn anothers_data_cannot_be_asked_for(db: PgPool) {
    let site = Site::without_stripe(db);
    let (_alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let alice: String = sqlx::query_scalar("SELECT id::text FROM users WHERE email = 'alice@example.com'")
        .fetch_one(site.db())
        .await
        .expect("Alice");
    for name in ["user", "user_id", "id", "email", "account"] {
        let file = bob.read(&format!("/account/export?{name}={alice}")).await;
        assert_eq!(file.assert_status(200).json()["account"]["email"], "bob@example.com");
    }
    assert_eq!(bob.read(&format!("/account/export/{alice}")).await.status, 404);
    let visitor = site.visitor();
    assert_eq!(visitor.read("/account/export").await.refusal(), (401, "not_signed_in".to_owned()));
    visitor.open("/account/export").await.assert_status(401).assert_has("p", "Sign in to continue.");
    let sent = bob.post("/account/export", &[("", "")]).await;
    assert_eq!(sent.refusal(), (405, "method_not_allowed".to_owned()));
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn without_script_an_account_is_deleted(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    let elsewhere = site.sign_in("alice").await;
    let ticket = alice.list().await;
    let sent = alice.submit("/account", "/rpc/delete_account", &password("alice")).await;
    assert_eq!(sent.redirect(), (302, "/?done=account"));
    assert!(
        sent.header("set-cookie").starts_with("gittix=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"),
        "{:?}",
        sent.headers
    );
    let home = alice.open("/?done=account").await;
    home.assert_has("a", "Sign in").assert_lacks("button", "Sign out");
    assert!(home.of_class("notice").starts_with("Your account is deleted"), "{}", home.of_class("notice"));
    assert_eq!(elsewhere.read("/account/export").await.refusal(), (401, "not_signed_in".to_owned()));
    site.visitor().open(&format!("/tickets/{ticket}")).await.assert_status(410).assert_lacks("button", "Buy ticket");
    let gone = site.visitor().post("/rpc/sign_in", &account("alice")).await;
    assert_eq!(gone.refusal(), (401, "wrong_credentials".to_owned()));
    site.sign_up("alice").await.open("/listings").await.assert_status(200).assert_lacks("a", "Sigur Rós");
}

/// Where the refusal is told: a wrong password at its field, what stands in the way above the form,
/// with the way on.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn a_refusal_is_told_on_the_page(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob) = (site.sign_up("alice").await, site.sign_up("bob").await);
    let sent = bob.submit("/account", "/rpc/delete_account", &[("password", "a guess")]).await;
    assert_eq!(sent_back(&bob, &sent).await.of_id("password-error"), "That is not your password.");
    bob.lock(&alice.list().await).await;
    for (person, name, words) in
        [(&bob, "bob", "A ticket is reserved for you."), (&alice, "alice", "Someone is paying")]
    {
        let before = site.snapshot().await;
        let sent = person.submit("/account", "/rpc/delete_account", &password(name)).await;
        let page = sent_back(person, &sent).await;
        assert!(page.of_class("notice notice-error").starts_with(words), "{}", page.words());
        assert_eq!(site.snapshot().await, before);
    }
    assert_eq!(bob.post("/rpc/delete_account", &password("bob")).await.refusal(), (409, "order_open".to_owned()));
}

/// With the right password in it, which another site might know of its own visitor.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn another_site_deletes_nobody(db: PgPool) {
    let site = Site::without_stripe(db);
    let alice = site.sign_up("alice").await;
    for (accept, header, value) in
        [(JSON, "origin", "https://evil.example"), (HTML, "origin", "null"), (HTML, "sec-fetch-site", "cross-site")]
    {
        let sent = alice.server().post("/rpc/delete_account").form(&password("alice"));
        let refused = Answer::from(sent.add_header("accept", accept).add_header(header, value).await);
        refused.assert_status(403);
    }
    alice.open("/account").await.assert_status(200);
}

/// The inventory of personal data in `docs/DATABASE.md` says of each table what it holds about a person.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn every_table_is_in_the_inventory_of_personal_data(db: PgPool) {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
            AND relname <> '_sqlx_migrations' ORDER BY relname COLLATE \"C\"",
    )
    .fetch_all(&db)
    .await
    .expect("tables");
    let page = include_str!("../../../docs/DATABASE.md");
    let (_, list) = page.split_once("## Personal data").expect("the inventory");
    let (list, _) = list.split_once("\n## ").expect("its end");
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let listed: Vec<String> = rows.map(|(table, _)| table.to_owned()).collect();
    assert_eq!(listed, tables);
}
