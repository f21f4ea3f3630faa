//! Event streams: pages hear of every change of a listing, from any user and any server.

use std::time::{Duration, Instant};

use domain::{
    Backend,
    ids::fresh,
    live::publish::publish,
    testing::{self, TestBackend},
    tickets::{edit::edit, list::list},
    waitlist::join::join,
};
use model::{
    EventId, ListingId, Money, UserId,
    live::ListingUpdate,
    tickets::{Availability, ListingInput, SplitRule},
};
use reqwest::{Response, StatusCode};
use server::serve::serve_until;
use sqlx::PgPool;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use crate::site::{self, Site};

/// An update that arrives within this time came by a notification or at a known end: the read every 15 s would be later.
const SOONER_THAN_THE_LOOK: Duration = Duration::from_secs(12);

/// A server on a socket, until it is told to stop.
struct Server {
    url: String,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Server {
    async fn start(backend: &Backend) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel::<()>();
        let state = site::state(backend.clone());
        let ended = tokio::spawn(serve_until(listener, state, Duration::ZERO, async {
            // Dropped by a test that failed: stop as well.
            let _ = stopped.await;
        }));
        Self { url, stop, ended }
    }

    async fn follow(&self, listings: &[ListingId]) -> Stream {
        let ids: Vec<_> = listings.iter().map(ToString::to_string).collect();
        self.open(&format!("/live/tickets?ids={}", ids.join(","))).await
    }

    /// Follows an event for a page that was read at `since_us`.
    async fn follow_event(&self, event: EventId, since_us: i64) -> Stream {
        self.open(&format!("/live/events?id={event}&since={since_us}")).await
    }

    async fn open(&self, path: &str) -> Stream {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.expect("answers");
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("content-type"), "text/event-stream");
        assert_eq!((header("cache-control").as_str(), header("x-accel-buffering").as_str()), ("no-store", "no"));
        Stream { answer, rest: String::new() }
    }

    /// What `/metrics` says of streams.
    async fn viewers(&self) -> String {
        let metrics = reqwest::get(format!("{}/metrics", self.url)).await.expect("answers").text().await.expect("text");
        let line = metrics.lines().find(|line| line.starts_with("gittix_event_streams "));
        line.expect("it is measured").trim_start_matches("gittix_event_streams ").to_owned()
    }
}

/// A stream that is being read.
struct Stream {
    answer: Response,
    rest: String,
}

impl Stream {
    /// The next event's data, or nothing when the stream has come to its end.
    async fn next(&mut self) -> Option<ListingUpdate> {
        loop {
            while let Some((event, rest)) = self.rest.split_once("\n\n") {
                let update = event.lines().find_map(|line| line.strip_prefix("data: ")).map(serde_json::from_str);
                self.rest = rest.into();
                if let Some(update) = update {
                    return Some(update.expect("news"));
                }
            }
            let chunk = tokio::time::timeout(Duration::from_mins(1), self.answer.chunk()).await;
            let chunk = chunk.expect("something comes").expect("the stream does not break off")?;
            self.rest.push_str(std::str::from_utf8(&chunk).expect("text"));
        }
    }

    async fn expect(&mut self) -> ListingUpdate {
        self.next().await.expect("news")
    }
}

async fn two_with_a_listing(backend: &Backend) -> (UserId, ListingId) {
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    (bob, testing::listing(backend, ana).await)
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn tells_how_listings_stand_and_what_another_process_does_to_them(db: PgPool) {
    let backend = TestBackend::without_stripe(db.clone());
    let (bob, listing) = two_with_a_listing(&backend).await;
    let server = Server::start(&backend).await;
    let (mut first, mut second) =
        (server.follow(&[listing]).await, server.follow(&[listing, fresh::<ListingId>()]).await);
    for stream in [&mut first, &mut second] {
        let update = stream.expect().await;
        assert_eq!((update.id, update.availability, update.waitlist_length), (listing, Availability::OnSale, 0));
    }
    assert_eq!(server.viewers().await, "2");

    let elsewhere = TestBackend::without_stripe(db);
    let publishing = tokio::spawn(publish(elsewhere.clone()));
    let begun = Instant::now();
    testing::lock_one(&elsewhere, bob, listing, Money::usd(4950)).await.expect("locks");
    for stream in [&mut first, &mut second] {
        assert!(matches!(stream.expect().await.availability, Availability::LockedUntil(_)));
    }
    assert!(begun.elapsed() < SOONER_THAN_THE_LOOK);
    publishing.abort();
}

/// A listing of several is still on sale while some of its tickets are locked.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn tells_how_each_ticket_stands(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let users = testing::users(&backend.db, 3).await;
    let listing = testing::listing_of(&backend, users[0], 4, SplitRule::Any).await;
    let server = Server::start(&backend).await;
    let mut stream = server.follow(&[listing]).await;
    let told = |update: ListingUpdate| (update.availability, update.free, update.tickets, update.waitlist_length);
    assert_eq!(told(stream.expect().await), (Availability::OnSale, 4, "oooo".to_owned(), 0));
    testing::lock_some(&backend, users[1], listing, Money::usd(4950), 3).await.expect("locks");
    assert_eq!(told(stream.expect().await), (Availability::OnSale, 1, "lllo".to_owned(), 0));
    join(&backend, users[2], listing, 2).await.expect("waits for two");
    assert_eq!(told(stream.expect().await), (Availability::OnSale, 1, "lllo".to_owned(), 1));
    testing::set_ticket_status(&backend.db, listing, "sold").await;
    backend.changes.mark(listing);
    assert_eq!(told(stream.expect().await), (Availability::Sold, 0, "ssss".to_owned(), 1));
}

/// Proves the read without a notification: the end of a lock is not published.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn tells_in_the_end_what_it_has_not_heard(db: PgPool) {
    let backend = TestBackend::without_stripe(db.clone());
    let (bob, listing) = two_with_a_listing(&backend).await;
    let server = Server::start(&backend).await;
    let mut stream = server.follow(&[listing]).await;
    stream.expect().await;
    testing::lock_one(&TestBackend::without_stripe(db), bob, listing, Money::usd(4950)).await.expect("locks");
    assert!(matches!(stream.expect().await.availability, Availability::LockedUntil(_)));
}

/// Proves that the end of a lock is shown though no worker is there to write it down, and that who comes
/// then is not told how the listing stood when it was last looked at.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn tells_of_a_lock_that_has_run_out_when_it_has(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.lock_length = Duration::from_secs(4);
    let (bob, listing) = two_with_a_listing(&backend).await;
    let server = Server::start(&backend).await;
    testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
    let mut stream = server.follow(&[listing]).await;
    let locked = stream.expect().await;
    assert!(matches!(locked.availability, Availability::LockedUntil(_)));

    let begun = Instant::now();
    let free = stream.expect().await;
    assert_eq!(free.availability, Availability::OnSale);
    assert!(free.as_of_us > locked.as_of_us);
    assert!(begun.elapsed() < SOONER_THAN_THE_LOOK);
}

/// Proves that streams end with their server: it would wait for them until it is killed.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn ends_when_the_server_does_and_leaves_nothing_behind(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, listing) = two_with_a_listing(&backend).await;
    let server = Server::start(&backend).await;
    let mut gone = server.follow(&[listing]).await;
    gone.expect().await;
    drop(gone);
    testing::until("the reader who has gone has no place any more", || async { server.viewers().await == "0" }).await;

    let mut stream = server.follow(&[listing]).await;
    stream.expect().await;
    server.stop.send(()).expect("it runs");
    assert_eq!(stream.next().await, None, "it ends, and does not break off");
    tokio::time::timeout(Duration::from_mins(1), server.ended).await.expect("it ends").expect("it does not panic");
}

/// A page of any number of listings follows one thing, and hears of those that are listed after it was loaded.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn stream_of_an_event_tells_of_its_listings_and_of_new_ones(db: PgPool) {
    let backend = TestBackend::without_stripe(db.clone());
    let users = testing::users(&backend.db, 2).await;
    let (ana, bob) = (users[0], users[1]);
    let listing = testing::listing(&backend, ana).await;
    let event = testing::event_of(&backend, listing).await;
    let elsewhere = ListingInput { title: "Another night".into(), ..testing::listing_input() };
    let elsewhere = list(&backend, ana, &elsewhere).await.expect("lists");
    let server = Server::start(&backend).await;
    let mut stream = server.follow_event(event, 0).await;
    let first = stream.expect().await;
    assert_eq!((first.id, first.price, &*first.together), (listing, Some(Money::usd(4950)), "1"));

    let other_process = TestBackend::without_stripe(db);
    let publishing = tokio::spawn(publish(other_process.clone()));
    let begun = Instant::now();
    testing::lock_one(&other_process, bob, elsewhere, Money::usd(4950)).await.expect("locks");
    let new = testing::listing_of(&other_process, ana, 4, SplitRule::Pairs).await;
    let update = stream.expect().await;
    assert_eq!((update.id, update.free, &*update.together), (new, 4, "2, 4"), "and nothing of the other event");
    assert!(update.id.created_ms() > first.as_of_us / 1_000, "a page knows a new listing by its id");
    testing::lock_some(&other_process, bob, new, Money::usd(4950), 2).await.expect("locks");
    let update = stream.expect().await;
    assert_eq!((update.id, update.free, &*update.together), (new, 2, "2"));
    let cheaper = ListingInput { price: "20".into(), ..testing::listing_input() };
    edit(&other_process, ana, listing, 1, &cheaper).await.expect("edits");
    let update = stream.expect().await;
    assert_eq!((update.id, update.price, update.version), (listing, Some(Money::usd(2000)), 2));
    assert!(begun.elapsed() < SOONER_THAN_THE_LOOK);

    // A page that was just read needs only what follows.
    let mut late = server.follow_event(event, update.as_of_us).await;
    testing::lock_one(&other_process, bob, listing, Money::usd(2000)).await.expect("locks");
    for stream in [&mut stream, &mut late] {
        let update = stream.expect().await;
        assert_eq!((update.id, update.free, &*update.together), (listing, 0, ""));
    }
    publishing.abort();
}

/// An edit of its title moves a listing to another event. The page of the former one hears of it.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn stream_of_an_event_tells_of_a_listing_that_leaves_it(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let listing = testing::listing(&backend, ana).await;
    let event = testing::event_of(&backend, listing).await;
    let server = Server::start(&backend).await;
    let mut stream = server.follow_event(event, 0).await;
    assert_eq!(stream.expect().await.version, 1);
    let begun = Instant::now();
    let moved = ListingInput { title: "Another night".into(), ..testing::listing_input() };
    edit(&backend, ana, listing, 1, &moved).await.expect("edits");
    let update = stream.expect().await;
    assert_eq!((update.id, update.version), (listing, 2));
    assert!(begun.elapsed() < SOONER_THAN_THE_LOOK);
}

/// The end of a lock is not published, and a listing that was sold is not read again.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn stream_of_an_event_tells_of_the_end_of_a_lock(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.lock_length = Duration::from_secs(4);
    let (bob, listing) = two_with_a_listing(&backend).await;
    let event = testing::event_of(&backend, listing).await;
    let server = Server::start(&backend).await;
    testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
    let mut stream = server.follow_event(event, 0).await;
    assert_eq!(stream.expect().await.free, 0);
    let begun = Instant::now();
    assert_eq!(stream.expect().await.availability, Availability::OnSale);
    assert!(begun.elapsed() < SOONER_THAN_THE_LOOK);
    drop(stream);
    testing::until("the reader who has gone has no place any more", || async { server.viewers().await == "0" }).await;
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn refuses_what_names_no_event(db: PgPool) {
    let visitor = Site::without_stripe(db).visitor();
    for query in ["", "?id=", "?id=x", "?id=0190d1d0-0000-7000-8000-000000000001&since=x"] {
        let answer = visitor.read(&format!("/live/events{query}")).await;
        assert_eq!(answer.refusal().0, 404, "{query}");
    }
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn refuses_what_names_no_listings_and_more_than_a_page_of_them(db: PgPool) {
    let visitor = Site::without_stripe(db).visitor();
    let many = vec![fresh::<ListingId>().to_string(); 21].join(",");
    for query in ["", "?ids=", "?ids=x", &format!("?ids={many}")] {
        let answer = visitor.read(&format!("/live/tickets{query}")).await;
        assert_eq!(answer.refusal().0, 404, "{query}");
    }
}

/// Proves the bound on streams from one address.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn one_address_does_not_take_every_place(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, listing) = two_with_a_listing(&backend).await;
    let server = Server::start(&backend).await;
    let mut streams = Vec::new();
    for _ in 0..200 {
        streams.push(server.follow(&[listing]).await);
    }
    let url = format!("{}/live/tickets?ids={listing}", server.url);
    let refused = reqwest::get(&url).await.expect("answers");
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key("retry-after"));
    streams.pop();
    testing::until("a place comes free", || async {
        reqwest::get(&url).await.is_ok_and(|answer| answer.status() == StatusCode::OK)
    })
    .await;
}
