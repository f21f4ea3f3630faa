//! What search finds, in which order, and what it leaves out.

use model::{
    ListingId, Money, UserId,
    events::{Dates, SearchInput, SearchPage},
    tickets::{ListingInput, SplitRule},
};
use sqlx::PgPool;

use super::{dates_from, latin, search};
use crate::{
    Backend,
    testing::{self, Listed, TestBackend},
    tickets::list::list,
};

/// Lists one ticket of an event in Berlin, so many days from now.
async fn event(backend: &Backend, seller: UserId, title: &str, days: i64) -> ListingId {
    let starts_at = testing::local_time_in_days(days);
    let input = ListingInput { title: title.into(), starts_at, ..testing::listing_input() };
    list(backend, seller, &input).await.expect("lists")
}

async fn page(backend: &Backend, input: SearchInput) -> SearchPage {
    search(backend, &input).await.expect("searches")
}

fn titles(page: &SearchPage) -> Vec<&str> {
    page.events.iter().map(|event| &*event.title).collect()
}

/// The titles of what is found for the words.
async fn found(backend: &Backend, q: &str) -> Vec<String> {
    let page = page(backend, SearchInput { q: q.into(), ..SearchInput::default() }).await;
    assert_eq!(page.instead, None, "{q}");
    titles(&page).into_iter().map(str::to_owned).collect()
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn every_word_begins_a_word_of_title_venue_or_city(db: PgPool) {
    let Listed { backend, ana, .. } = Listed::new(db).await;
    for (title, days) in [("Jay-Z & Friends", 9), ("AC/DC", 8), ("Smørrebrød in Łódź", 7)] {
        event(&backend, ana, title, days).await;
    }
    for (q, expected) in [
        ("sigur", &["Sigur Rós"][..]),
        ("RÓS sig", &["Sigur Rós"]),
        ("ros", &["Sigur Rós"]),
        ("sigur tempo berl", &["Sigur Rós"]),
        ("jay z", &["Jay-Z & Friends"]),
        ("jay-z", &["Jay-Z & Friends"]),
        ("ac/dc", &["AC/DC"]),
        ("ac dc berlin", &["AC/DC"]),
        ("lodz smorrebrod", &["Smørrebrød in Łódź"]),
        ("łódź", &["Smørrebrød in Łódź"]),
        ("tempodrom", &["Smørrebrød in Łódź", "AC/DC", "Jay-Z & Friends", "Sigur Rós"]),
        ("", &["Smørrebrød in Łódź", "AC/DC", "Jay-Z & Friends", "Sigur Rós"]),
        (" \0\t ", &["Smørrebrød in Łódź", "AC/DC", "Jay-Z & Friends", "Sigur Rós"]),
        ("sigur london", &[]),
        ("xyzzy berlin ' \\ !! :* & | (", &[]),
        ("'':*\\", &[]),
    ] {
        assert_eq!(found(&backend, q).await, expected, "{q:?}");
    }
    for q in ["\u{fdfa}".repeat(300), "x".repeat(5000), "xy zz ".repeat(100)] {
        assert_eq!(found(&backend, &q).await, [] as [&str; 0]);
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn misspelt_words_are_replaced_if_nothing_else_is_found(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    for (title, days) in [("Reykjavík Airwaves", 9), ("Beyoncé", 8), ("The Weeknd", 7)] {
        event(&backend, ana, title, days).await;
    }
    for (q, instead, expected) in [
        ("reykjavic", Some("reykjavik"), &["Reykjavík Airwaves"][..]),
        ("beyonse berlin", Some("beyonce berlin"), &["Beyoncé"]),
        ("weekend", Some("weeknd"), &["The Weeknd"]),
        ("air reykjavic", Some("air reykjavik"), &["Reykjavík Airwaves"]),
        ("beyonce", None, &["Beyoncé"]),
        ("xyzzy", None, &[]),
        // All words are known, and no event has both.
        ("beyonce weeknd", None, &[]),
        ("beyonce wekend", None, &[]),
    ] {
        let page = page(&backend, SearchInput { q: q.into(), ..SearchInput::default() }).await;
        assert_eq!((titles(&page), page.instead.as_deref()), (expected.to_vec(), instead), "{q}");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn filters_leave_out_what_they_say(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let input = |title: &str, category: &str, city: &str, days: i64, price: &str| ListingInput {
        title: title.into(),
        category: category.into(),
        city: city.into(),
        starts_at: testing::local_time_in_days(days),
        price: price.into(),
        ..testing::listing_input()
    };
    for input in [
        input("Early", "concert", "Berlin", 10, "20"),
        input("Middle", "sports", "Łódź", 20, "30"),
        input("Late", "comedy", "Berlin", 30, "40"),
    ] {
        list(&backend, ana, &input).await.expect("lists");
    }
    sqlx::query("UPDATE tickets t SET is_in_hand = true FROM listings l JOIN events e ON e.id = l.event_id WHERE l.id = t.listing_id AND e.title = 'Late'")
        .execute(&backend.db)
        .await
        .expect("one is in hand");
    let day = |days: i64| testing::local_time_in_days(days)[..10].to_owned();
    let none = SearchInput::default;
    let all = ["Early", "Middle", "Late"];
    for (filter, expected) in [
        (none(), &all[..]),
        (SearchInput { category: "sports".into(), ..none() }, &["Middle"]),
        (SearchInput { city: "ber".into(), ..none() }, &["Early", "Late"]),
        (SearchInput { city: "LODZ".into(), ..none() }, &["Middle"]),
        (SearchInput { from: day(20), ..none() }, &["Middle", "Late"]),
        (SearchInput { to: day(20), ..none() }, &["Early", "Middle"]),
        (SearchInput { from: day(20), to: day(20), ..none() }, &["Middle"]),
        (SearchInput { max: "30".into(), ..none() }, &["Early", "Middle"]),
        (SearchInput { max: "29.99".into(), q: "tempodrom".into(), ..none() }, &["Early"]),
        (SearchInput { together: "2".into(), ..none() }, &[]),
        (SearchInput { in_hand: "yes".into(), ..none() }, &["Late"]),
        (SearchInput { in_hand: "yes".into(), max: "30".into(), ..none() }, &[]),
        (SearchInput { together: "1".into(), city: "berlin".into(), max: "20".into(), ..none() }, &["Early"]),
    ] {
        let page = page(&backend, filter.clone()).await;
        assert_eq!(titles(&page), expected, "{filter:?}");
        assert_eq!(page.applied, filter);
    }
    let broken = SearchInput {
        category: "opera".into(),
        from: "soon".into(),
        to: "9999-99-99".into(),
        max: "cheap".into(),
        together: "0".into(),
        in_hand: "true".into(),
        ..none()
    };
    let page = page(&backend, broken).await;
    assert_eq!(titles(&page), all);
    assert_eq!(page.applied, none());
}

/// Proves that the SQL of `together` is the rule of the listing.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn together_follows_the_split_rule(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    for &split in SplitRule::ALL {
        for free in 1..=4 {
            let title = format!("{} {free}", split.code());
            let (seat, split) = (format!("1-{free}"), split.code().into());
            let input = ListingInput { title, seat, split, ..testing::listing_input() };
            list(&backend, ana, &input).await.expect("lists");
        }
    }
    for together in 1..=5 {
        let search = SearchInput { together: together.to_string(), ..SearchInput::default() };
        let page = page(&backend, search).await;
        let mut found = titles(&page);
        found.sort_unstable();
        let rules = SplitRule::ALL.iter().flat_map(|&split| (1..=4).map(move |free| (split, free)));
        let allowed = rules.filter(|(split, free)| split.allows(together, *free, 0));
        let mut expected: Vec<_> = allowed.map(|(split, free)| format!("{} {free}", split.code())).collect();
        expected.sort_unstable();
        assert_eq!(found, expected, "{together}");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn only_what_can_be_bought_is_found(db: PgPool) {
    let Listed { backend, ana, bob, listing } = Listed::new(db).await;
    let input = ListingInput { price: "20".into(), seat: "20-21".into(), ..testing::listing_input() };
    let cheaper = list(&backend, ana, &input).await.expect("lists");
    let page = page(&backend, SearchInput { q: "sigur".into(), ..SearchInput::default() }).await;
    let events: Vec<_> = page.events.iter().map(|event| (event.tickets, event.cheapest)).collect();
    assert_eq!(events, [(3, Money::usd(2000))]);

    testing::set_ticket_status(&backend.db, cheaper, "withdrawn").await;
    assert_eq!(found(&backend, "sigur").await, ["Sigur Rós"]);
    testing::lock_one(&backend, bob, listing, Money::usd(4950)).await.expect("locks");
    assert_eq!(found(&backend, "sigur").await, [] as [&str; 0], "all are locked");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    assert_eq!(found(&backend, "sigur").await, ["Sigur Rós"], "an overdue lock is no lock");
    testing::set_ticket_status(&backend.db, listing, "sold").await;
    assert_eq!(found(&backend, "sigur").await, [] as [&str; 0], "sold");
    testing::set_ticket_status(&backend.db, listing, "listed").await;
    testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
    assert_eq!(found(&backend, "sigur").await, [] as [&str; 0], "the event has started");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn pages_have_every_event_once_soonest_first(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    // Several events start at the same time, so that the id decides their order.
    for n in 0..45 {
        event(&backend, ana, &format!("Night {n:02}"), 10 + (45 - n) / 3).await;
    }
    let (mut seen, mut sizes, mut after) = (Vec::new(), Vec::new(), String::new());
    loop {
        let page = page(&backend, SearchInput { q: "night".into(), after, ..SearchInput::default() }).await;
        sizes.push(page.events.len());
        seen.extend(page.events.into_iter().map(|event| (event.starts.iso, event.title)));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(sizes, [20, 20, 5]);
    assert!(seen.iter().map(|(start, _)| start).is_sorted(), "{seen:?}");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 45);
    let broken = SearchInput { after: "nonsense".into(), ..SearchInput::default() };
    assert!(search(&backend, &broken).await.is_err());
}

/// Proves that the words of events are written as those of a search are.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn database_and_program_write_letters_alike(db: PgPool) {
    let letters = ('ß'..='ſ').filter(|c| c.is_lowercase()).collect::<String>();
    let words: Vec<String> =
        sqlx::query_scalar("SELECT search_words($1)").bind(&letters).fetch_one(&db).await.expect("words");
    assert_eq!(words, [letters.chars().map(latin).collect::<String>()]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sorts_by_price_and_by_age(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    // Two cost the same, so that the id decides their order. The newest is the last to start.
    for (n, price) in [30, 10, 20, 10].into_iter().enumerate() {
        let input = ListingInput {
            title: format!("Night {n}"),
            price: price.to_string(),
            starts_at: testing::local_time_in_days(10 + i64::try_from(n).expect("few")),
            ..testing::listing_input()
        };
        list(&backend, ana, &input).await.expect("lists");
    }
    let of = async |sort: &str| page(&backend, SearchInput { sort: sort.into(), ..SearchInput::default() }).await;
    let prices = of("cheapest").await.events.into_iter().map(|event| event.cheapest.cents()).collect::<Vec<_>>();
    assert_eq!(prices, [1000, 1000, 2000, 3000]);
    assert_eq!(titles(&of("newest").await), ["Night 3", "Night 2", "Night 1", "Night 0"]);
    for unknown in ["", "soonest", "dearest"] {
        let page = of(unknown).await;
        assert_eq!(titles(&page), ["Night 0", "Night 1", "Night 2", "Night 3"], "{unknown}");
        assert_eq!(page.applied.sort, "");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sorts_by_the_nearest_price_to_face_value(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    let prices =
        [("No face value", "10", ""), ("Half more", "30", "20"), ("A tenth less", "45", "50"), ("Equal", "90", "90")];
    for (title, price, face_value) in prices {
        let (title, price, face_value) = (title.into(), price.into(), face_value.into());
        let input = ListingInput { title, price, face_value, ..testing::listing_input() };
        list(&backend, ana, &input).await.expect("lists");
    }
    let dearer = ListingInput {
        title: "Half more".into(),
        price: "42".into(),
        face_value: "40".into(),
        ..testing::listing_input()
    };
    list(&backend, ana, &dearer).await.expect("lists");
    let page = page(&backend, SearchInput { sort: "facevalue".into(), ..SearchInput::default() }).await;
    assert_eq!(
        titles(&page),
        ["Equal", "Half more", "A tenth less", "No face value"],
        "the nearest of an event counts"
    );
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sorted_pages_have_every_event_once(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    for n in 0..45 {
        let input =
            ListingInput { title: format!("Night {n}"), price: (10 + n % 4).to_string(), ..testing::listing_input() };
        list(&backend, ana, &input).await.expect("lists");
    }
    for sort in ["cheapest", "newest", "facevalue"] {
        let (mut seen, mut prices, mut after) = (Vec::new(), Vec::new(), String::new());
        loop {
            let page = page(&backend, SearchInput { sort: sort.into(), after, ..SearchInput::default() }).await;
            prices.extend(page.events.iter().map(|event| event.cheapest.cents()));
            seen.extend(page.events.into_iter().map(|event| event.title));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(prices.is_sorted(), sort == "cheapest");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 45, "{sort}");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn choices_are_counted_without_their_own_field(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    for (n, (city, category)) in
        [("Berlin", "concert"), ("berlin", "sports"), ("Łódź", "concert"), ("Łódź", "comedy"), ("Łódź", "comedy")]
            .into_iter()
            .enumerate()
    {
        let input = ListingInput {
            title: format!("Night {n}"),
            city: city.into(),
            category: category.into(),
            ..testing::listing_input()
        };
        list(&backend, ana, &input).await.expect("lists");
    }
    let counts = async |city: &str, category: &str| {
        let search = SearchInput { city: city.into(), category: category.into(), ..SearchInput::default() };
        let page = page(&backend, search).await;
        let counts = page.counts.expect("few events");
        assert_eq!(counts.events, page.events.len());
        let categories = counts.categories.into_iter().map(|(category, n)| (category.code(), n)).collect::<Vec<_>>();
        (counts.events, categories, counts.cities)
    };
    let cities = |counts: &[(&str, usize)]| counts.iter().map(|(city, n)| ((*city).to_owned(), *n)).collect::<Vec<_>>();
    let all = (5, vec![("concert", 2), ("sports", 1), ("comedy", 2)], cities(&[("Łódź", 3), ("Berlin", 2)]));
    assert_eq!(counts("", "").await, all);
    assert_eq!(counts("lodz", "").await, (3, vec![("concert", 1), ("comedy", 2)], all.2.clone()));
    assert_eq!(counts("", "comedy").await, (2, all.1.clone(), cities(&[("Łódź", 2)])));
    assert_eq!(counts("berlin", "comedy").await, (0, vec![("concert", 1), ("sports", 1)], cities(&[("Łódź", 2)])));
}

/// Proves that what is too much to count is still found.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_events_are_not_counted(db: PgPool) {
    let Listed { backend, .. } = Listed::new(db).await;
    sqlx::raw_sql(
        "
        INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
            SELECT gen_random_uuid(), venue_id, 'Night ' || n, 'night ' || n, 'comedy', starts_local, starts_at
            FROM events, generate_series(1, 110) n;
        INSERT INTO listings (event_id, seller_id, price_cents)
            SELECT e.id, u.id, 5000 FROM events e, (SELECT id FROM users LIMIT 1) u WHERE e.category = 'comedy';
        INSERT INTO tickets (listing_id, position, starts_at)
            SELECT l.id, 1, e.starts_at FROM listings l JOIN events e ON e.id = l.event_id WHERE e.category = 'comedy';
        ",
    )
    .execute(&backend.db)
    .await
    .expect("many events");
    for (category, found) in [("", 20), ("comedy", 20), ("concert", 1), ("sports", 0)] {
        let page = page(&backend, SearchInput { category: category.into(), ..SearchInput::default() }).await;
        assert_eq!((page.events.len(), page.counts), (found, None), "{category}");
        assert_eq!(page.next.is_some(), found == 20, "{category}");
    }
}

#[test]
fn days_to_choose_begin_today() {
    use time::macros::date;

    let of = |today| dates_from(today).into_iter().map(|Dates { from, to, .. }| (from, to)).collect::<Vec<_>>();
    let day = |text: &str| text.to_owned();
    let pair = |from: &str, to: &str| (day(from), day(to));
    // 2026-12-02 is a Wednesday.
    let wednesday =
        [pair("2026-12-02", "2026-12-02"), pair("2026-12-04", "2026-12-06"), pair("2026-12-02", "2027-01-01")];
    assert_eq!(of(date!(2026 - 12 - 02)), wednesday);
    assert_eq!(of(date!(2026 - 12 - 05))[1], pair("2026-12-05", "2026-12-06"));
    assert_eq!(of(date!(2026 - 12 - 06))[1], pair("2026-12-06", "2026-12-06"));
}
