//! Search: the events with tickets on sale whose title, venue or city has the words.

use model::{
    AppError, Code, Money,
    events::{COUNTED_MAX, Counts, Dates, FoundEvent, SearchInput, SearchPage, Sort, YES},
    tickets::{Category, PAGE_SIZE, limits::LISTING_MAX},
};
use time::{Date, Duration, OffsetDateTime, format_description::StaticFormatDescription, macros::format_description};

use super::{
    fold::folded,
    search_store::{self, After, Filter, FoundRow},
    slug::{latin, slug},
};
use crate::{
    Backend,
    cursor::{Cursor, RankCursor},
    database,
    text::without_ignorable,
    tickets::event_time,
};

/// The most words of a search that count.
const WORDS_MAX: usize = 8;
/// The longest text and the longest word that are read, in characters.
const TEXT_MAX: usize = 200;
const WORD_MAX: usize = 60;

/// The most cities to choose from.
const CITIES_MAX: usize = 12;
const DATE: StaticFormatDescription = format_description!(version = 2, "[year]-[month]-[day]");

/// Why there is no page of events.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cursor was not made by this program.
    #[error("the cursor cannot be read")]
    Cursor,
    /// A query that reads the events failed.
    #[error("the events were not read")]
    Database(#[from] sqlx::Error),
}

/// One page of the events with tickets on sale that match a search, in the order that it names.
///
/// Each word has to begin a word of the event, accents aside. If no event matches, the words that no event has are
/// replaced by the most similar ones. A filter that cannot be read is left out, and so it is in the view.
///
/// # Errors
///
/// Each variant of [`SearchError`] is one reason.
pub async fn search(backend: &Backend, input: &SearchInput) -> Result<SearchPage, SearchError> {
    let (filter, applied) = read(input);
    let after = match input.after.as_str() {
        "" => None,
        text => Some(position(filter.sort, text).ok_or(SearchError::Cursor)?),
    };
    let words = words_of(&applied.q);
    let filter = Filter { words: query(&words), after, ..filter };
    let mut found = read_page(backend, &filter).await?;
    let mut instead = None;
    if found.events.is_empty() && after.is_none() && !words.is_empty() {
        let nearest = search_store::nearest_words(&backend.db, &words).await?;
        if nearest != words {
            found = read_page(backend, &Filter { words: query(&nearest), ..filter }).await?;
            instead = Some(nearest.join(" ")).filter(|_| !found.events.is_empty());
        }
    }
    let Found { events, next, counts } = found;
    let dates = if after.is_none() { dates() } else { Vec::new() };
    Ok(SearchPage { events, next, instead, applied, counts, dates })
}

/// Whether a text is a cursor of a search in the order `sort`, a code.
#[must_use]
pub fn is_cursor(sort: &str, text: &str) -> bool {
    position(sort.parse().unwrap_or_default(), text).is_some()
}

fn position(sort: Sort, text: &str) -> Option<After> {
    match sort {
        Sort::Soonest => Cursor::parse(text).map(|Cursor(at, id)| After::Start(at, id)),
        Sort::Cheapest | Sort::Newest | Sort::FaceValue => {
            RankCursor::parse(text).map(|RankCursor(rank, id)| After::Rank(rank, id))
        }
    }
}

/// One page, and what is counted with the first.
struct Found {
    events: Vec<FoundEvent>,
    next: Option<String>,
    counts: Option<Counts>,
}

/// Reads one page. With the first, it reads without category and city, so that the same statement tells what there is to
/// choose from; only where that is too much to count, a second one reads the page.
async fn read_page(backend: &Backend, filter: &Filter) -> sqlx::Result<Found> {
    if filter.after.is_none() {
        let all = Filter { category: None, city: None, ..filter.clone() };
        let rows = search_store::search(&backend.db, &all, one_more_than(COUNTED_MAX)).await?;
        if rows.len() <= COUNTED_MAX {
            let counts = count(&rows, filter);
            let rows = rows.into_iter().filter(|row| has_category(row, filter) && is_in_city(row, filter)).collect();
            return Ok(Found { counts: Some(counts), ..page(rows, PAGE_SIZE, filter.sort) });
        }
        if filter.category.is_none() && filter.city.is_none() {
            return Ok(page(rows, PAGE_SIZE, filter.sort));
        }
    }
    page_of(backend, filter, PAGE_SIZE).await
}

/// The events of a filter with the cursor of the next page, without counts.
pub(super) async fn first_of(
    backend: &Backend,
    filter: &Filter,
    size: usize,
) -> sqlx::Result<(Vec<FoundEvent>, Option<String>)> {
    let Found { events, next, .. } = page_of(backend, filter, size).await?;
    Ok((events, next))
}

async fn page_of(backend: &Backend, filter: &Filter, size: usize) -> sqlx::Result<Found> {
    // One more row than a page has: it shows whether there is a next page.
    let rows = search_store::search(&backend.db, filter, one_more_than(size)).await?;
    Ok(page(rows, size, filter.sort))
}

fn one_more_than(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX - 1) + 1
}

fn page(mut rows: Vec<FoundRow>, size: usize, sort: Sort) -> Found {
    let has_more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| has_more).map(|row| match sort {
        Sort::Soonest => Cursor(row.starts_at, row.id).to_string(),
        Sort::Cheapest | Sort::Newest | Sort::FaceValue => RankCursor(row.rank, row.id).to_string(),
    });
    Found { events: rows.into_iter().map(view).collect(), next, counts: None }
}

fn has_category(row: &FoundRow, filter: &Filter) -> bool {
    filter.category.is_none_or(|category| row.category == category)
}

fn is_in_city(row: &FoundRow, filter: &Filter) -> bool {
    filter.city.as_ref().is_none_or(|city| city_key(&row.city).starts_with(city))
}

/// The name of a city as it is compared.
pub(super) fn city_key(city: &str) -> String {
    words_of(&line(city)).join(" ")
}

/// What there is to choose from among all that the other fields let through.
fn count(rows: &[FoundRow], filter: &Filter) -> Counts {
    let of_category = |category: &Category| {
        let of_it = rows.iter().filter(|row| row.category == category.code() && is_in_city(row, filter)).count();
        (*category, of_it)
    };
    let mut cities: Vec<(String, usize)> = Vec::new();
    for row in rows.iter().filter(|row| has_category(row, filter)) {
        let key = city_key(&row.city);
        match cities.iter_mut().find(|(city, _)| city_key(city) == key) {
            Some((_, events)) => *events += 1,
            None => cities.push((row.city.clone(), 1)),
        }
    }
    cities.sort_by(|(one, of_one), (other, of_other)| of_other.cmp(of_one).then_with(|| one.cmp(other)));
    cities.truncate(CITIES_MAX);
    Counts {
        events: rows.iter().filter(|row| has_category(row, filter) && is_in_city(row, filter)).count(),
        categories: Category::ALL.iter().map(of_category).filter(|(_, events)| *events > 0).collect(),
        cities,
    }
}

/// The days that a reader may choose at once.
#[expect(clippy::disallowed_methods, reason = "an offered day needs no agreement with another clock")]
fn dates() -> Vec<Dates> {
    dates_from(OffsetDateTime::now_utc().date())
}

fn dates_from(today: Date) -> Vec<Dates> {
    let sunday = today + Duration::days(6 - i64::from(today.weekday().number_days_from_monday()));
    let friday = sunday - Duration::days(2);
    let named = [
        ("Today", today, today),
        ("This weekend", friday.max(today), sunday),
        ("Next 30 days", today, today + Duration::days(30)),
    ];
    let write = |date: Date| date.format(DATE).unwrap_or_default();
    named.map(|(label, from, to)| Dates { label: label.to_owned(), from: write(from), to: write(to) }).into()
}

pub(super) fn view(row: FoundRow) -> FoundEvent {
    FoundEvent {
        slug: slug(row.id, &row.title, &row.city, row.starts_at, &row.time_zone),
        // The check constraint of the column allows the same codes.
        category: Category::parse(&row.category).unwrap_or(Category::Other),
        starts: event_time::view(row.starts_at, &row.time_zone),
        tickets: usize::try_from(row.tickets).unwrap_or_default(),
        cheapest: Money::usd(row.cheapest_cents),
        sold: 0,
        title: row.title,
        venue: row.venue,
        city: row.city,
    }
}

/// The filters, and the fields without those that cannot be read.
fn read(input: &SearchInput) -> (Filter, SearchInput) {
    let [q, city] = [&input.q, &input.city].map(|text| line(text));
    let category = Category::parse(&input.category).ok();
    let [from, to] = [&input.from, &input.to].map(|text| date(text));
    let max = highest_price(&input.max);
    let sort: Sort = input.sort.trim().parse().unwrap_or_default();
    let together = together(&input.together);
    let is_in_hand = is_yes(&input.in_hand);
    let applied = SearchInput {
        category: category.map(Category::code).unwrap_or_default().to_owned(),
        from: kept(&input.from, from.is_some()),
        to: kept(&input.to, to.is_some()),
        max: kept(&input.max, max.is_some()),
        together: kept(&input.together, together.is_some()),
        in_hand: kept(&input.in_hand, is_in_hand),
        sort: if sort == Sort::default() { String::new() } else { sort.code().to_owned() },
        after: String::new(),
        city,
        q,
    };
    let filter = Filter {
        category: category.map(Category::code),
        city: Some(city_key(&applied.city)).filter(|city| !city.is_empty()),
        from,
        to,
        max_cents: max,
        together,
        is_in_hand,
        sort,
        ..Filter::default()
    };
    (filter, applied)
}

/// A highest price, in cents, if it can be read.
pub(super) fn highest_price(text: &str) -> Option<i64> {
    Money::parse_price(text).ok().map(Money::cents)
}

/// A number of tickets that one order may take, if it can be read.
pub(super) fn together(text: &str) -> Option<i64> {
    let count = text.trim().parse().ok().filter(|count| (1..=LISTING_MAX).contains(count))?;
    i64::try_from(count).ok()
}

/// Whether a box is ticked.
pub(super) fn is_yes(text: &str) -> bool {
    text.trim() == YES
}

/// What the address keeps of a field.
pub(super) fn kept(text: &str, is_read: bool) -> String {
    if is_read { text.trim().to_owned() } else { String::new() }
}

/// A text of one line, without what PostgreSQL does not take.
pub(super) fn line(text: &str) -> String {
    let plain: String = text.chars().take(TEXT_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

fn date(text: &str) -> Option<Date> {
    let date = Date::parse(text.trim(), DATE).ok()?;
    // The years that a form can mean. PostgreSQL knows no others either.
    (2000..=9000).contains(&date.year()).then_some(date)
}

/// The words to search for, folded as those of the events are.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let folded = folded(&without_ignorable(text));
    let words = folded.split_whitespace().take(WORDS_MAX);
    words.map(|word| word.chars().take(WORD_MAX).map(latin).collect()).collect()
}

/// The `tsquery` for events that have all of the words. Two that follow each other may be one: folding makes one word of
/// "Jay-Z", and people type two.
pub(super) fn query(words: &[String]) -> Option<String> {
    let prefix = |word: &str| format!("'{}':*", word.replace('\\', "\\\\").replace('\'', "''"));
    let pair = |n: usize| words.get(n).zip(words.get(n + 1)).map(|(one, other)| prefix(&format!("{one}{other}")));
    let of_word = |(n, word): (usize, &String)| {
        let alternatives = [Some(prefix(word)), n.checked_sub(1).and_then(pair), pair(n)];
        format!("({})", alternatives.into_iter().flatten().collect::<Vec<_>>().join(" | "))
    };
    let query = words.iter().enumerate().map(of_word).collect::<Vec<_>>().join(" & ");
    (!query.is_empty()).then_some(query)
}

impl From<SearchError> for AppError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Cursor => Code::InvalidInput.into(),
            SearchError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
