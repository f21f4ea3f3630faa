//! Watching, from the watch to the mail.

mod cost;
mod telling;

use std::time::Duration;

use model::{AppError, Code, ListingId, UserId, tickets::ListingInput, watching::WatchedView};
use sqlx::PgPool;

use super::{
    WATCHES_MAX,
    change::{set_at_once, stop},
    mine::{mine, of_event},
    purge::purge,
    send::send_news,
    sweep::sweep,
    watch::{WatchError, watch_event, watch_listing},
};
use crate::{
    Backend,
    ids::fresh,
    mail::Mail,
    outbox::Job,
    testing::{self, Smtp, TestBackend},
    tickets::{edit::edit, list::list, show::show},
};

/// Ana sells, and Bob watches.
struct World {
    backend: Backend,
    smtp: Smtp,
    ana: UserId,
    bob: UserId,
}

/// Two tickets for an event, at a price. All of it is ASCII, so that mails about it are.
fn tickets_at(event: &str, price: &str) -> ListingInput {
    ListingInput {
        title: event.into(),
        section: String::new(),
        row: String::new(),
        seat: String::new(),
        quantity: "2".into(),
        price: price.into(),
        ..testing::listing_input()
    }
}

impl World {
    async fn new(db: PgPool) -> Self {
        let mut backend = TestBackend::without_stripe(db);
        let smtp = Smtp::listen(&mut backend);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        Self { backend, smtp, ana, bob }
    }

    /// The same for the event of that name that there is: its time moves with the clock of the test.
    async fn tickets_at(&self, event: &str, price: &str) -> ListingInput {
        let starts = "SELECT to_char(starts_local, 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM events WHERE title = $1";
        let starts: Option<String> =
            sqlx::query_scalar(starts).bind(event).fetch_optional(&self.backend.db).await.expect("an event");
        let input = tickets_at(event, price);
        ListingInput { starts_at: starts.unwrap_or(input.starts_at), ..input }
    }

    async fn list(&self, seller: UserId, event: &str, price: &str) -> ListingId {
        list(&self.backend, seller, &self.tickets_at(event, price).await).await.expect("lists")
    }

    async fn set_price(&self, listing: ListingId, event: &str, price: &str) {
        let version = show(&self.backend, None, listing).await.expect("shows").version;
        let input = self.tickets_at(event, price).await;
        edit(&self.backend, self.ana, listing, version, &input).await.expect("edits");
    }

    /// The end of the address of a listing's event.
    async fn event_of(&self, listing: ListingId) -> String {
        show(&self.backend, None, listing).await.expect("shows").event
    }

    async fn watch(&self, user: UserId, event: &str, under: &str, at_once: bool) -> Result<String, WatchError> {
        watch_event(&self.backend, user, event, under, at_once).await
    }

    async fn pass(&self, time: Duration) {
        testing::let_time_pass(&self.backend.db, time).await;
    }

    /// Lets the workers do what is due a few seconds later. Returns the mails that they send.
    async fn mails(&self) -> Vec<String> {
        self.pass(Duration::from_secs(10)).await;
        let before = self.smtp.mails().len();
        sweep(&self.backend).await.expect("sweeps");
        self.run_jobs().await;
        self.smtp.mails().split_off(before)
    }

    /// Runs all jobs that were ever written: those whose mail has left do nothing.
    async fn run_jobs(&self) {
        for (job, _) in testing::outbox(&self.backend.db).await {
            if let Job::SendMail { mail: Mail::WatchNews { mail_id } } = job {
                send_news(&self.backend, mail_id).await.expect("sends");
            }
        }
    }

    async fn watched(&self, user: UserId) -> Vec<WatchedView> {
        mine(&self.backend, user).await.expect("reads")
    }

    async fn count(&self, sql: &'static str) -> i64 {
        testing::count(&self.backend.db, sql).await
    }
}

fn code<T: std::fmt::Debug>(refused: Result<T, WatchError>) -> Code {
    AppError::from(refused.expect_err("is refused")).code()
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn page_shows_own_watches_with_the_cheapest_price(db: PgPool) {
    let world = World::new(db).await;
    let first = world.list(world.ana, "Night Ferry", "60").await;
    world.list(world.ana, "Night Ferry", "49.50").await;
    let (event, carol) = (world.event_of(first).await, testing::user(&world.backend.db, "carol").await);
    assert_eq!(world.watch(world.bob, &event, "45", false).await.expect("watches"), event);
    watch_listing(&world.backend, world.bob, first, true).await.expect("watches");

    let watched = world.watched(world.bob).await;
    let [of_event_view, of_listing] = &watched[..] else { panic!("two watches: {watched:?}") };
    let prices =
        |view: &WatchedView| [view.watch.under, view.cheapest].map(|price| price.map(|price| price.to_string()));
    assert_eq!(prices(of_event_view), [Some("$45.00".into()), Some("$49.50".into())]);
    let listing = of_listing.listing.as_ref().expect("a listing");
    assert_eq!((listing.id, listing.price.to_string(), of_listing.watch.at_once), (first, "$60.00".into(), true));
    let of_page = of_event(&world.backend, world.bob, &event).await.expect("reads");
    assert_eq!(of_page, Some(of_event_view.watch));

    // Carol sees none of it, and ends none of it.
    assert_eq!(world.watched(carol).await, []);
    assert_eq!(of_event(&world.backend, carol, &event).await.expect("reads"), None);
    stop(&world.backend, carol, of_listing.watch.id).await.expect("does nothing");
    set_at_once(&world.backend, carol, of_listing.watch.id, false).await.expect("does nothing");
    assert_eq!(world.watched(world.bob).await, watched);
    stop(&world.backend, world.bob, of_listing.watch.id).await.expect("ends it");
    stop(&world.backend, world.bob, of_listing.watch.id).await.expect("it has ended");
    assert_eq!(world.watched(world.bob).await, watched[..1]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn second_watch_of_the_same_thing_changes_it(db: PgPool) {
    let world = World::new(db).await;
    let listing = world.list(world.ana, "Night Ferry", "60").await;
    let event = world.event_of(listing).await;
    for (under, at_once) in [("45", false), ("", true), ("50", true)] {
        world.watch(world.bob, &event, under, at_once).await.expect("watches");
        watch_listing(&world.backend, world.bob, listing, at_once).await.expect("watches");
        let [of_event, of_listing] = &world.watched(world.bob).await[..] else { panic!("two watches") };
        assert_eq!(of_event.watch.under.map(model::Money::to_input).unwrap_or_default().trim_end_matches(".00"), under);
        assert_eq!((of_event.watch.at_once, of_listing.watch.at_once), (at_once, at_once));
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn watch_is_refused_for_what_brings_no_news(db: PgPool) {
    let world = World::new(db).await;
    let listing = world.list(world.ana, "Night Ferry", "60").await;
    let sold = world.list(world.ana, "Night Ferry", "60").await;
    let withdrawn = world.list(world.ana, "Night Ferry", "60").await;
    testing::set_ticket_status(&world.backend.db, sold, "sold").await;
    testing::set_ticket_status(&world.backend.db, withdrawn, "withdrawn").await;
    let of = async |user, listing| code(watch_listing(&world.backend, user, listing, true).await);
    assert_eq!(of(world.ana, listing).await, Code::OwnTicket);
    assert_eq!(of(world.bob, sold).await, Code::TicketSold);
    assert_eq!(of(world.bob, withdrawn).await, Code::TicketWithdrawn);
    assert_eq!(of(world.bob, fresh()).await, Code::TicketNotFound);
    for unknown in ["", "night-ferry", "night-ferry-000000000000", "\0"] {
        assert_eq!(code(world.watch(world.bob, unknown, "", true).await), Code::EventNotFound);
    }
    let event = world.event_of(listing).await;
    assert_eq!(code(world.watch(world.bob, &event, "a lot", true).await), Code::InvalidPrice);
    world.pass(testing::UNTIL_THE_EVENT).await;
    assert_eq!(of(world.bob, listing).await, Code::EventStarted);
    assert_eq!(code(world.watch(world.bob, &event, "", true).await), Code::EventStarted);
    assert_eq!(world.count("SELECT count(*) FROM watches").await, 0);
}

/// Proves the account's row lock: without it both requests see one watch fewer than the limit.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn limit_holds_for_requests_at_once(db: PgPool) {
    let world = World::new(db).await;
    let mut listings = Vec::new();
    for _ in 0..WATCHES_MAX + 2 {
        listings.push(world.list(world.ana, "Night Ferry", "60").await);
    }
    let last = listings.split_off(listings.len() - 3);
    for listing in &listings {
        watch_listing(&world.backend, world.bob, *listing, false).await.expect("watches");
    }
    // Holds the requests back until all of them wait.
    let mut holder = world.backend.db.begin().await.expect("begins");
    sqlx::query("SELECT FROM users WHERE email = 'bob@example.com' FOR UPDATE")
        .execute(&mut *holder)
        .await
        .expect("locks");
    let mut requests = tokio::task::JoinSet::new();
    for listing in last {
        let (backend, bob) = (world.backend.clone(), world.bob);
        requests.spawn(async move { watch_listing(&backend, bob, listing, false).await });
    }
    testing::until("all wait", || async { testing::waiting_for_locks(&world.backend.db).await == 3 }).await;
    holder.rollback().await.expect("rolls back");
    let refused =
        requests.join_all().await.into_iter().filter_map(Result::err).map(|error| AppError::from(error).code());
    assert_eq!(refused.collect::<Vec<_>>(), [Code::TooManyWatches; 2]);
    assert_eq!(world.count("SELECT count(*) FROM watches").await, WATCHES_MAX);
    watch_listing(&world.backend, world.bob, listings[0], true).await.expect("a change is no new watch");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn watch_ends_with_its_event(db: PgPool) {
    let world = World::new(db).await;
    let moved = world.list(world.ana, "Night Ferry", "60").await;
    let other = world.list(world.ana, "Night Ferry", "60").await;
    let event = world.event_of(moved).await;
    world.watch(world.bob, &event, "", false).await.expect("watches");
    for listing in [moved, other] {
        watch_listing(&world.backend, world.bob, listing, false).await.expect("watches");
    }
    // The trigger moves the end of the watch with the listing.
    let later = ListingInput { starts_at: testing::local_time_in_days(60), ..tickets_at("Night Ferry", "60") };
    edit(&world.backend, world.ana, moved, 1, &later).await.expect("edits");
    assert_eq!(purge(&world.backend).await.expect("purges"), 0);
    world.pass(testing::UNTIL_THE_EVENT).await;
    let left = world.watched(world.bob).await;
    assert_eq!(
        left.iter().filter_map(|view| view.listing.as_ref()).map(|listing| listing.id).collect::<Vec<_>>(),
        [moved]
    );
    assert_eq!(purge(&world.backend).await.expect("purges"), 2);
    assert_eq!(world.watched(world.bob).await.len(), 1);
}
