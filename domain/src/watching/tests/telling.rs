//! What is told, when, and how often.

use super::*;
use crate::{
    orders::cancel::cancel,
    watching::{AT_ONCE_PAUSE_MINUTES, DIGEST_HOURS},
};

fn minutes(minutes: i32) -> Duration {
    Duration::from_mins(minutes.unsigned_abs().into())
}

fn hours(hours: i32) -> Duration {
    Duration::from_hours(hours.unsigned_abs().into())
}

/// The entries of a mail.
fn entries(mail: &str) -> Vec<&str> {
    mail.lines().filter_map(|line| line.strip_prefix("- ")).collect()
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn news_under_the_price_is_told_at_once_and_collected_for_an_hour(db: PgPool) {
    let world = World::new(db).await;
    // Listed before the watch, so no news.
    let first = world.list(world.ana, "Night Ferry", "40").await;
    let event = world.event_of(first).await;
    world.watch(world.bob, &event, "45", true).await.expect("watches");
    let expensive = world.list(world.ana, "Night Ferry", "50").await;
    world.list(world.ana, "Another Night", "10").await;
    assert_eq!(world.mails().await, [""; 0]);

    let listing = world.list(world.ana, "Night Ferry", "45").await;
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(entries(mail), ["New: 2 tickets for $45.00 each, General admission"]);
    for line in [
        "To: bob@example.com".to_owned(),
        "Subject: Night Ferry: tickets from $45.00".to_owned(),
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click".to_owned(),
        format!("https://gittix.example/events/{event}"),
        format!("  https://gittix.example/tickets/{listing}"),
        "https://gittix.example/watching".to_owned(),
    ] {
        assert!(mail.lines().any(|other| other == line), "{line} is not in\n{mail}");
    }
    assert!(!mail.contains("ana"), "it names the seller: {mail}");
    assert_eq!(world.mails().await, [""; 0], "it is told");

    // Within the hour news collects, and then it is one mail.
    world.set_price(expensive, "Night Ferry", "44").await;
    world.list(world.ana, "Night Ferry", "43").await;
    world.set_price(listing, "Night Ferry", "45").await;
    assert_eq!(world.mails().await, [""; 0], "the watch pauses");
    world.pass(minutes(AT_ONCE_PAUSE_MINUTES)).await;
    let mails = world.mails().await;
    let told: Vec<_> = mails.iter().map(|mail| entries(mail)).collect();
    assert_eq!(
        told,
        [[
            "New: 2 tickets for $43.00 each, General admission",
            "Cheaper: 2 tickets for $44.00 each, before $50.00, General admission",
        ]]
    );
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn own_listing_is_no_news(db: PgPool) {
    let world = World::new(db).await;
    let event = world.event_of(world.list(world.bob, "Night Ferry", "60").await).await;
    for user in [world.ana, world.bob] {
        world.watch(user, &event, "", true).await.expect("watches");
    }
    world.list(world.ana, "Night Ferry", "60").await;
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: bob@example.com"), "{}", mails[0]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn digest_is_one_mail_a_day_with_all_news(db: PgPool) {
    let world = World::new(db).await;
    for title in ["Night Ferry", "Another Night"] {
        let event = world.event_of(world.list(world.ana, title, "60").await).await;
        world.watch(world.bob, &event, "", false).await.expect("watches");
        // The digest of the second watch is due with that of the first.
        world.pass(hours(1)).await;
        world.list(world.ana, title, "50").await;
    }
    world.pass(hours(DIGEST_HOURS - 3)).await;
    assert_eq!(world.mails().await, [""; 0], "it is not due");
    world.pass(hours(1)).await;
    let mails = world.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("\nSubject: News about 2 events that you watch\n"), "{}", mails[0]);
    assert_eq!(entries(&mails[0]), ["New: 2 tickets for $50.00 each, General admission"; 2]);
    world.list(world.ana, "Night Ferry", "40").await;
    assert_eq!(world.mails().await, [""; 0], "there was one today");
    world.pass(hours(DIGEST_HOURS)).await;
    assert_eq!(world.mails().await.len(), 1);
    world.pass(hours(DIGEST_HOURS)).await;
    assert_eq!(world.mails().await, [""; 0], "a day without news is a day without a mail");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn listing_is_told_when_it_is_cheaper_or_on_sale_again(db: PgPool) {
    let world = World::new(db).await;
    let listing = world.list(world.ana, "Night Ferry", "60").await;
    let carol = testing::user(&world.backend.db, "carol").await;
    watch_listing(&world.backend, world.bob, listing, true).await.expect("watches");
    let next = async || {
        world.pass(minutes(AT_ONCE_PAUSE_MINUTES)).await;
        world
            .mails()
            .await
            .iter()
            .flat_map(|mail| entries(mail).into_iter().map(str::to_owned).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    };
    world.list(world.ana, "Night Ferry", "10").await;
    world.set_price(listing, "Night Ferry", "65").await;
    assert_eq!(next().await, [""; 0], "neither another listing nor a higher price");
    world.set_price(listing, "Night Ferry", "55").await;
    assert_eq!(next().await, ["Cheaper: 2 tickets for $55.00 each, before $60.00, General admission"]);

    let dan = testing::user(&world.backend.db, "dan").await;
    let lock =
        async |buyer| testing::lock_one(&world.backend, buyer, listing, model::Money::usd(5500)).await.expect("locks");
    // The other ticket was on sale all the time.
    cancel(&world.backend, carol, lock(carol).await).await.expect("cancels");
    assert_eq!(next().await, [""; 0]);
    let order = lock(carol).await;
    lock(dan).await;
    assert_eq!(world.mails().await, [""; 0], "nothing can be bought");
    cancel(&world.backend, carol, order).await.expect("cancels");
    let mails = world.mails().await;
    assert_eq!(
        mails.iter().map(|mail| entries(mail)).collect::<Vec<_>>(),
        [["On sale again: 1 ticket for $55.00, General admission"]]
    );
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn own_order_that_ended_is_no_news(db: PgPool) {
    let world = World::new(db).await;
    let listing = world.list(world.ana, "Night Ferry", "60").await;
    watch_listing(&world.backend, world.bob, listing, true).await.expect("watches");
    let price = model::Money::usd(6000);
    let order = testing::lock_some(&world.backend, world.bob, listing, price, 2).await.expect("locks");
    cancel(&world.backend, world.bob, order).await.expect("cancels");
    assert_eq!(world.mails().await, [""; 0]);
}

/// Proves the lock of the account: without it, workers that sweep at once write several mails.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn workers_at_once_write_one_mail_for_each_user(db: PgPool) {
    let world = World::new(db).await;
    for n in 0..4 {
        let event = world.event_of(world.list(world.ana, &format!("Night {n}"), "60").await).await;
        world.watch(world.bob, &event, "", n % 2 == 0).await.expect("watches");
        world.list(world.ana, &format!("Night {n}"), "50").await;
    }
    world.pass(hours(DIGEST_HOURS)).await;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let backend = world.backend.clone();
        workers.spawn(async move { sweep(&backend).await.expect("sweeps") });
    }
    assert_eq!(workers.join_all().await.into_iter().sum::<u64>(), 2, "one at once, and one digest");
    world.run_jobs().await;
    world.run_jobs().await;
    let mails = world.smtp.mails();
    assert_eq!(mails.iter().map(|mail| entries(mail).len()).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(sweep(&world.backend).await.expect("sweeps"), 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lost_mail_is_told_by_the_next_one(db: PgPool) {
    let world = World::new(db).await;
    let event = world.event_of(world.list(world.ana, "Night Ferry", "60").await).await;
    world.watch(world.bob, &event, "", true).await.expect("watches");
    world.list(world.ana, "Night Ferry", "50").await;
    world.pass(Duration::from_secs(10)).await;
    assert_eq!(sweep(&world.backend).await.expect("sweeps"), 1);
    sqlx::query("DELETE FROM outbox").execute(&world.backend.db).await.expect("as if Redis had lost it");
    assert_eq!(world.mails().await, [""; 0]);
    world.pass(minutes(AT_ONCE_PAUSE_MINUTES)).await;
    let mails = world.mails().await;
    assert_eq!(
        mails.iter().map(|mail| entries(mail)).collect::<Vec<_>>(),
        [["New: 2 tickets for $50.00 each, General admission"]]
    );
    world.pass(minutes(AT_ONCE_PAUSE_MINUTES)).await;
    assert_eq!(world.mails().await, [""; 0]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn mail_is_not_sent_when_its_news_is_gone_or_its_watch_has_ended(db: PgPool) {
    let world = World::new(db).await;
    let event = world.event_of(world.list(world.ana, "Night Ferry", "60").await).await;
    let [bob, carol] = [world.bob, testing::user(&world.backend.db, "carol").await];
    for user in [bob, carol] {
        world.watch(user, &event, "", true).await.expect("watches");
    }
    let listing = world.list(world.ana, "Night Ferry", "50").await;
    world.pass(Duration::from_secs(10)).await;
    assert_eq!(sweep(&world.backend).await.expect("sweeps"), 2);
    let watch = world.watched(carol).await[0].watch.id;
    stop(&world.backend, carol, watch).await.expect("ends it");
    testing::set_ticket_status(&world.backend.db, listing, "sold").await;
    world.run_jobs().await;
    assert_eq!(world.smtp.mails(), [""; 0]);
    assert_eq!(world.count("SELECT count(*) FROM watches WHERE mail_id IS NOT NULL").await, 0);
}

/// The mail server refuses for now, and then for good.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refused_mail_is_retried_until_it_is_refused_for_good(db: PgPool) {
    let world = World::new(db).await;
    let event = world.event_of(world.list(world.ana, "Night Ferry", "60").await).await;
    world.watch(world.bob, &event, "", true).await.expect("watches");
    world.list(world.ana, "Night Ferry", "50").await;
    world.pass(Duration::from_secs(10)).await;
    sweep(&world.backend).await.expect("sweeps");
    let jobs = testing::outbox(&world.backend.db).await;
    let Some((Job::SendMail { mail: Mail::WatchNews { mail_id } }, _)) = jobs.last() else { panic!("{jobs:?}") };
    world.smtp.answer("451 try later");
    send_news(&world.backend, *mail_id).await.expect_err("fails, to be retried");
    world.smtp.answer("550 no such mailbox");
    for _ in 0..2 {
        send_news(&world.backend, *mail_id).await.expect("gives up");
    }
    assert_eq!(world.smtp.mails().len(), 2);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn listing_that_moves_to_the_event_is_news(db: PgPool) {
    let world = World::new(db).await;
    let event = world.event_of(world.list(world.ana, "Night Ferry", "60").await).await;
    let moved = world.list(world.ana, "Nigth Ferry", "50").await;
    world.watch(world.bob, &event, "", true).await.expect("watches");
    world.set_price(moved, "Night Ferry", "50").await;
    let mails = world.mails().await;
    assert_eq!(
        mails.iter().map(|mail| entries(mail)).collect::<Vec<_>>(),
        [["New: 2 tickets for $50.00 each, General admission"]]
    );
}

/// Switching back and forth does not shorten the pause.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn changed_watch_keeps_its_pause(db: PgPool) {
    let world = World::new(db).await;
    let event = world.event_of(world.list(world.ana, "Night Ferry", "60").await).await;
    world.watch(world.bob, &event, "", true).await.expect("watches");
    world.list(world.ana, "Night Ferry", "50").await;
    assert_eq!(world.mails().await.len(), 1);
    for at_once in [false, true] {
        let watch = world.watched(world.bob).await[0].watch.id;
        set_at_once(&world.backend, world.bob, watch, at_once).await.expect("changes");
    }
    world.list(world.ana, "Night Ferry", "40").await;
    assert_eq!(world.mails().await, [""; 0]);
    world.pass(minutes(AT_ONCE_PAUSE_MINUTES)).await;
    assert_eq!(world.mails().await.len(), 1);
}
