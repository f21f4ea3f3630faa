//! Answers that are made at the same time on the same thread.

use futures_util::future::join_all;
use sqlx::PgPool;

use crate::site::Site;

/// Proves `isolate`: without it a file is sent with the status, the address or the cookies of a page or of a form.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn file_has_nothing_of_another_answer(db: PgPool) {
    let site = Site::without_stripe(db);
    site.sign_up("alice").await;
    let mut missing = 0;
    for _ in 0..20 {
        let pages = ["/orders", "/nowhere", "/"].map(|path| (site.visitor(), path));
        let files: [_; 8] = std::array::from_fn(|_| site.visitor());
        let signing_in = site.sign_in("alice");
        let opening = join_all(pages.iter().map(|(person, path)| person.open(path)));
        let reading = join_all(files.iter().map(|person| person.read("/favicon.svg")));
        let (_, opened, read) = tokio::join!(signing_in, opening, reading);
        missing += opened.iter().filter(|page| page.status == 404).count();
        for file in read {
            assert_eq!((file.status, file.header("location"), file.header("set-cookie")), (200, "", ""));
        }
    }
    assert_eq!(missing, 20, "each page has its own status");
}
