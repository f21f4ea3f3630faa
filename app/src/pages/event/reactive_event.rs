//! The listings that the open page of an event shows, kept up to date.

use leptos::prelude::*;
use model::{
    EventId, ListingId, Money,
    events::{EventListing, EventView, OfferFilter},
    live::ListingUpdate,
    tickets::Availability,
};

use crate::browser::{effect, subscribe_to_event};

/// The event, kept up to date while the page is visible. Listings stay in their place and show what has become of them,
/// so that the list does not move while the reader is about to click.
#[derive(Clone, Copy)]
pub(super) struct ReactiveEvent {
    id: EventId,
    as_of_us: i64,
    rows: StoredValue<Vec<Row>>,
    /// How many tickets are on sale beyond those of the rows.
    others: usize,
    /// The lowest price, if the rows are not all of the event's listings.
    cheapest_of_all: Option<Money>,
    are_rows_all: bool,
    has_news: RwSignal<bool>,
}

/// What changes of a listing while the page is open.
#[derive(Clone, Copy)]
pub(super) struct Row {
    id: ListingId,
    as_of_us: StoredValue<i64>,
    version: StoredValue<i32>,
    pub(super) price: RwSignal<Money>,
    /// Whether the price is the one that the page was loaded with, so that what it says of it is true.
    pub(super) has_first_price: RwSignal<bool>,
    pub(super) availability: RwSignal<Availability>,
    pub(super) free: RwSignal<usize>,
    pub(super) together: RwSignal<String>,
}

impl Row {
    fn new(listing: &EventListing) -> Self {
        Self {
            id: listing.id,
            as_of_us: StoredValue::new(listing.as_of_us),
            version: StoredValue::new(listing.version),
            price: RwSignal::new(listing.price),
            has_first_price: RwSignal::new(true),
            availability: RwSignal::new(listing.availability.clone()),
            free: RwSignal::new(listing.free),
            together: RwSignal::new(listing.together.clone()),
        }
    }

    /// Shows the update. Returns whether there is more to it than the row can show.
    fn apply(self, update: ListingUpdate) -> bool {
        if update.as_of_us < self.as_of_us.get_value() {
            return false;
        }
        self.as_of_us.set_value(update.as_of_us);
        let is_edited = self.version.get_value() != update.version;
        self.version.set_value(update.version);
        if let Some(price) = update.price.filter(|price| *price != self.price.get_untracked()) {
            self.price.set(price);
            self.has_first_price.set(false);
        }
        set(self.availability, update.availability);
        set(self.free, update.free);
        set(self.together, update.together);
        is_edited
    }

    /// How many of its tickets are on sale.
    fn on_sale(self) -> usize {
        if self.availability.get() == Availability::OnSale { self.free.get() } else { 0 }
    }
}

fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|shown| *shown != value) {
        signal.set(value);
    }
}

impl ReactiveEvent {
    pub(super) fn new(view: &EventView) -> Self {
        let rows: Vec<_> = view.listings.iter().map(Row::new).collect();
        let of_rows: usize = rows.iter().map(|row| untrack(|| row.on_sale())).sum();
        Self {
            id: view.id,
            as_of_us: view.as_of_us,
            rows: StoredValue::new(rows),
            others: view.tickets.saturating_sub(of_rows),
            cheapest_of_all: view.cheapest,
            are_rows_all: view.listings.len() == view.listed && view.filter == OfferFilter::default(),
            has_news: RwSignal::new(false),
        }
    }

    /// The rows, in the order of the listings.
    pub(super) fn rows(self) -> Vec<Row> {
        self.rows.get_value()
    }

    /// How many tickets are on sale.
    pub(super) fn tickets(self) -> usize {
        self.others + self.rows().into_iter().map(Row::on_sale).sum::<usize>()
    }

    /// The lowest price of a ticket on sale.
    pub(super) fn cheapest(self) -> Option<Money> {
        let on_sale = self.rows().into_iter().filter(|row| row.on_sale() > 0);
        let of_rows = on_sale.map(|row| row.price.get()).min_by_key(|price| price.cents());
        if self.are_rows_all {
            of_rows
        } else {
            of_rows.into_iter().chain(self.cheapest_of_all).min_by_key(|price| price.cents())
        }
    }

    /// Whether some listing is reserved, and can become free again.
    pub(super) fn has_reserved(self) -> bool {
        !self.are_rows_all
            || self.rows().into_iter().any(|row| matches!(row.availability.get(), Availability::LockedUntil(_)))
    }

    /// Whether listings were made or edited since the page was loaded.
    pub(super) fn has_news(self) -> bool {
        self.has_news.get()
    }

    /// Keeps the rows up to date in the browser.
    pub(super) fn subscribe(self) {
        effect(move || subscribe_to_event(self.id, self.as_of_us, move |update| self.apply(update)));
    }

    fn apply(self, update: ListingUpdate) {
        let row = self.rows().into_iter().find(|row| row.id == update.id);
        let is_news = match row {
            Some(row) => row.apply(update),
            // Others may be beyond the page, or not pass its filter.
            None => update.availability == Availability::OnSale && is_new(&update, self.as_of_us),
        };
        if is_news {
            self.has_news.set(true);
        }
    }
}

/// Whether the listing was made after `as_of_us`.
fn is_new(update: &ListingUpdate, as_of_us: i64) -> bool {
    update.id.created_ms() > as_of_us / 1_000
}
