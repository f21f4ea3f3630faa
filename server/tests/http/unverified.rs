//! An account whose address is not verified, as one of an older version: its user reads, and holds nothing.

use domain::testing;
use sqlx::PgPool;

use crate::{
    person::{Person, listing, lock_form},
    site::{Site, account},
};

const REFUSED: u16 = 403;

/// Carol, whose address is not verified.
async fn carol(site: &Site) -> Person {
    let carol = site.sign_up("carol").await;
    let unverified = sqlx::query("UPDATE users SET email_verified_at = NULL WHERE email = 'carol@example.com'");
    assert_eq!(unverified.execute(site.db()).await.expect("is unverified").rows_affected(), 1);
    carol
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn unverified_account_neither_lists_nor_locks_nor_joins(db: PgPool) {
    let site = Site::without_stripe(db);
    let (alice, bob, carol) = (site.sign_up("alice").await, site.sign_up("bob").await, carol(&site).await);
    let (free, taken) = (alice.list().await, alice.list().await);
    bob.lock(&taken).await;
    let before = site.snapshot().await;
    let listed = carol.post("/rpc/list_ticket", &listing(&testing::listing_input())).await;
    let locked = carol.post("/rpc/lock_ticket", &lock_form(&free)).await;
    let joined = carol.post("/rpc/join_line", &[("ticket", &taken)]).await;
    for answer in [listed, locked, joined] {
        assert_eq!(answer.refusal(), (REFUSED, "email_unverified".to_owned()));
    }
    assert_eq!(site.snapshot().await, before, "nothing has changed");
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM waitlist_entries").fetch_one(site.db()).await.expect("reads");
    assert_eq!(waiting, 0);

    // What a verified address may do, to show that nothing else refused them.
    sqlx::query("UPDATE users SET email_verified_at = now()").execute(site.db()).await.expect("are verified");
    carol.list().await;
    carol.lock(&free).await;
    carol.post("/rpc/join_line", &[("ticket", &taken)]).await.assert_status(200);
}

/// The user is signed in all the same, and the page of the listing says why nothing is reserved.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn purchase_of_an_unverified_account_is_refused_after_signing_in(db: PgPool) {
    let site = Site::without_stripe(db);
    let ticket = site.sign_up("alice").await.list().await;
    carol(&site).await;
    let before = site.snapshot().await;
    let next = format!("/tickets/{ticket}?version=1&price_cents=4950&count=1");
    let carol = site.visitor();
    let signed_in = carol.submit("/signin", "/rpc/sign_in", &[&account("carol")[..], &[("next", next)]].concat()).await;
    assert!(signed_in.location().starts_with(&format!("/tickets/{ticket}?__path=")), "{}", signed_in.location());
    let page = carol.open(signed_in.location()).await;
    let notice = page.assert_status(200).of_class("notice notice-error");
    assert!(notice.starts_with("Confirm your email first"), "{notice:?}");
    assert_eq!(site.snapshot().await, before, "nothing is locked");
}
