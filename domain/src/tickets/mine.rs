//! A seller's own listings.

use std::collections::HashMap;

use model::{
    AppError, ListingId, UserId,
    tickets::{ListingsPart, MyListing, MyListings, PAGE_SIZE},
};
use time::Duration;

use super::{
    mine_store::{self, ActivityRow},
    row::ListingRow,
    state::{TicketRow, TicketState},
    store,
};
use crate::{Backend, backend::Rules, database, drafts};

/// The query that reads the listings failed.
#[derive(Debug, thiserror::Error)]
#[error("the listings were not read")]
pub struct MyListingsError(#[from] sqlx::Error);

/// One page of a part of the listings of `seller`, newest first; `after` is the last listing of the previous page.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(
    backend: &Backend,
    seller: UserId,
    part: ListingsPart,
    after: Option<ListingId>,
) -> Result<MyListings, MyListingsError> {
    if part == ListingsPart::Drafts {
        let drafts = drafts::mine::mine(&backend.db, seller).await?;
        let has_any = !drafts.is_empty() || mine_store::has_any(&backend.db, seller).await?;
        return Ok(MyListings { drafts, has_any, ..MyListings::default() });
    }
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX) + 1;
    let mut rows = store::of_seller(&backend.db, seller, part, after, limit).await?;
    let has_more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let activity = if ids.is_empty() { Vec::new() } else { mine_store::activity(&backend.db, &ids).await? };
    let activity: HashMap<_, _> = activity.into_iter().map(|row| (row.listing, row)).collect();
    let has_any = !rows.is_empty() || mine_store::has_any(&backend.db, seller).await?;
    let view = |row: &ListingRow| view(row, &backend.rules, activity.get(&row.id));
    Ok(MyListings { listings: rows.iter().map(view).collect(), next, has_any, ..MyListings::default() })
}

fn view(row: &ListingRow, rules: &Rules, activity: Option<&ActivityRow>) -> MyListing {
    let held = row.held_count();
    let sold = sold_count(row);
    let listed = row.tickets.iter().filter(|ticket| !ticket.is_withdrawn()).count();
    let (views, holds) = activity.map(|row| (row.views, row.holds)).unwrap_or_default();
    let took = activity.and_then(|row| Some(row.sold_at? - row.listed_at));
    let notes = [
        (views > 0).then(|| times(views, "1 view", "views")),
        (holds > 0).then(|| times(holds, "reserved once", "times reserved")),
        (held > 0).then(|| format!("{held} reserved now")),
        row.last_end(rules).map(|end| format!("reserved for {} at most", minutes(end - row.now))),
        (row.waiting > 0).then(|| times(row.waiting.into(), "1 person waits", "people wait")),
        (sold > 0).then(|| sold_note(sold, listed, took)),
    ];
    MyListing {
        card: row.card(rules),
        version: row.version,
        notes: notes.into_iter().flatten().collect(),
        repriced: None,
    }
}

fn sold_count(row: &ListingRow) -> usize {
    let sold = |ticket: &&TicketRow| row.state(ticket) == TicketState::Sold;
    row.tickets.iter().filter(sold).count()
}

fn times(count: i64, once: &str, times: &str) -> String {
    if count == 1 { once.to_owned() } else { format!("{count} {times}") }
}

/// How many tickets are sold, and how long the last one took from the listing on.
fn sold_note(sold: usize, listed: usize, took: Option<Duration>) -> String {
    let took = took.map(after);
    match (listed, took) {
        (0 | 1, Some(took)) => format!("Sold {took}"),
        (0 | 1, None) => "Sold".to_owned(),
        (_, Some(took)) => format!("{sold} of {listed} tickets sold, the last {took}"),
        (_, None) => format!("{sold} of {listed} tickets sold"),
    }
}

/// `46 minutes`, rounded up.
fn minutes(time: Duration) -> String {
    let minutes = time.whole_seconds().max(1).unsigned_abs().div_ceil(60);
    if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") }
}

/// `after 5 hours`, `after 3 days`.
fn after(took: Duration) -> String {
    let (count, unit) = match (took.whole_hours(), took.whole_days()) {
        (..1, _) => return "within an hour".to_owned(),
        (hours, ..2) => (hours, "hour"),
        (_, days) => (days, "day"),
    };
    format!("after {count} {unit}{}", if count == 1 { "" } else { "s" })
}

impl From<MyListingsError> for AppError {
    fn from(MyListingsError(error): MyListingsError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        tickets::{ListingInput, SplitRule},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        drafts::save::save,
        ids::fresh,
        payments::check::check,
        testing::{self, TestBackend},
        tickets::{list::list, withdraw::withdraw},
        view_counts::flush::flush,
        waitlist::join::join,
    };

    const PRICE: Money = Money::usd(4950);

    async fn ids(backend: &Backend, seller: UserId, part: ListingsPart) -> Vec<ListingId> {
        let page = mine(backend, seller, part, None).await.expect("reads");
        page.listings.iter().map(|listing| listing.card.id).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mine_lists_own_tickets_newest_first(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let mut listed = Vec::new();
        for _ in 0..25 {
            listed.push(testing::listing(&backend, ana).await);
        }
        let sold = testing::listing(&backend, bob).await;
        testing::set_ticket_status(&backend.db, sold, "sold").await;
        listed.reverse();

        let first = mine(&backend, ana, ListingsPart::Coming, None).await.expect("reads");
        let next = first.next.as_deref().expect("there are more").parse().expect("an id");
        let second = mine(&backend, ana, ListingsPart::Coming, Some(next)).await.expect("reads");
        let seen: Vec<_> = first.listings.iter().chain(&second.listings).map(|ticket| ticket.card.id).collect();
        assert_eq!((seen, second.next), (listed, None));
        assert_eq!(ids(&backend, bob, ListingsPart::Coming).await, [sold], "sold ones stay in view");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn each_part_has_the_listings_of_its_state(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        assert!(!mine(&backend, ana, ListingsPart::Coming, None).await.expect("reads").has_any);
        let past = testing::listing(&backend, ana).await;
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        let [on_sale, sold, withdrawn, held, waited] = [(); 5].map(|()| testing::listing(&backend, ana));
        let (on_sale, sold, withdrawn, held, waited) =
            (on_sale.await, sold.await, withdrawn.await, held.await, waited.await);
        let (bob, eve) = (testing::user(&backend.db, "bob").await, testing::user(&backend.db, "eve").await);
        let overdue = testing::listing(&backend, ana).await;
        testing::lock_one(&backend, bob, overdue, PRICE).await.expect("locks");
        testing::lock_one(&backend, bob, waited, PRICE).await.expect("locks");
        join(&backend, eve, waited, 1).await.expect("joins");
        testing::let_time_pass(&backend.db, std::time::Duration::from_mins(16)).await;
        testing::lock_one(&backend, bob, held, PRICE).await.expect("locks");
        testing::set_ticket_status(&backend.db, sold, "sold").await;
        withdraw(&backend, ana, withdrawn, None).await.expect("withdraws");
        for (part, expected) in [
            (ListingsPart::Coming, vec![overdue, waited, held, withdrawn, sold, on_sale]),
            (ListingsPart::OnSale, vec![overdue, waited, held, on_sale]),
            // A lock that is over holds nothing, unless a buyer waits for the tickets.
            (ListingsPart::Locked, vec![waited, held]),
            (ListingsPart::Sold, vec![sold]),
            (ListingsPart::Withdrawn, vec![withdrawn]),
            (ListingsPart::Past, vec![past]),
        ] {
            assert_eq!(ids(&backend, ana, part).await, expected, "{part:?}");
        }
        let none = mine(&backend, ana, ListingsPart::Drafts, None).await.expect("reads");
        assert!(none.drafts.is_empty() && none.has_any, "{none:?}");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn drafts_are_a_part(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        save(&backend, ana, fresh(), String::new(), testing::listing_input()).await.expect("saves");
        let coming = mine(&backend, ana, ListingsPart::Coming, None).await.expect("reads");
        assert!(coming.listings.is_empty() && coming.drafts.is_empty() && coming.has_any, "{coming:?}");
        let drafts = mine(&backend, ana, ListingsPart::Drafts, None).await.expect("reads").drafts;
        let [draft] = &drafts[..] else { panic!("one draft: {drafts:?}") };
        assert_eq!((draft.name(), &*draft.venue, &*draft.city), ("Sigur Rós", "Tempodrom", "Berlin"));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn seller_sees_who_reserves_waits_and_has_bought(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(db).await;
        let users = testing::users(&backend.db, 3).await;
        let [ana, bob, eve] = users[..] else { panic!("three users") };
        let input =
            ListingInput { seat: "1-3".into(), split: SplitRule::Any.code().into(), ..testing::listing_input() };
        let id = list(&backend, ana, &input).await.expect("lists");
        let notes =
            async || mine(&backend, ana, ListingsPart::Coming, None).await.expect("reads").listings[0].notes.clone();
        assert_eq!(notes().await, [""; 0]);
        testing::let_time_pass(&backend.db, std::time::Duration::from_hours(49)).await;
        let order = testing::lock_one(&backend, bob, id, PRICE).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
        testing::pay_with(&backend, order, testing::GOOD_CARD).await;
        check(&backend, bob, order).await.expect("completes");
        assert_eq!(notes().await, ["reserved once", "1 of 3 tickets sold, the last after 2 days"]);
        for _ in 0..3 {
            backend.view_counts.count(id);
        }
        flush(&backend).await.expect("writes");
        testing::lock_some(&backend, bob, id, PRICE, 2).await.expect("locks");
        join(&backend, eve, id, 1).await.expect("joins");
        let expected = [
            "3 views",
            "2 times reserved",
            "2 reserved now",
            // Those who pay, one who waits, and the grace of two payments.
            "reserved for 31 minutes at most",
            "1 person waits",
            "1 of 3 tickets sold, the last after 2 days",
        ];
        assert_eq!(notes().await, expected);
    }

    #[test]
    fn rest_of_a_hold_is_told_in_minutes() {
        for (seconds, words) in [(-5, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (2_700, "45 minutes")] {
            assert_eq!(minutes(Duration::seconds(seconds)), words);
        }
    }

    #[test]
    fn time_to_sell_is_told_in_hours_and_days() {
        for (hours, words) in [(0, "within an hour"), (1, "after 1 hour"), (47, "after 47 hours"), (48, "after 2 days")]
        {
            assert_eq!(after(Duration::hours(hours)), words);
        }
        assert_eq!(sold_note(1, 1, Some(Duration::hours(5))), "Sold after 5 hours");
        assert_eq!(sold_note(1, 1, None), "Sold");
    }
}
