//! The pages of an event and of a listing, for search engines and previews.

use model::{
    EventTime, Money,
    events::{EventStage, EventView},
    tickets::{Availability, ListingCard, ListingView},
};
use serde_json::{Value, json};

use super::{About, describe};
use crate::{components::tickets, paths::event_page};

/// An event, as its page and the pages of its listings name it.
struct Event<'a> {
    slug: &'a str,
    title: &'a str,
    venue: &'a str,
    city: &'a str,
    starts: &'a EventTime,
    /// The start that it had before it was moved.
    moved_from: Option<&'a EventTime>,
    is_cancelled: bool,
}

/// Describes the page of an event that is being rendered.
pub(crate) fn describe_event(view: &EventView) {
    let EventView { slug, title, venue, city, starts, .. } = view;
    let is_cancelled = view.stage == EventStage::Cancelled;
    let event = Event { slug, title, venue, city, starts, moved_from: view.moved_from.as_ref(), is_cancelled };
    let offer = match view.cheapest {
        _ if is_cancelled => "The event is cancelled.".to_owned(),
        Some(price) => format!("{} on sale, from {price}.", tickets(view.tickets)),
        None if view.stage == EventStage::Started => "The event has started.".to_owned(),
        None if view.listed == 0 => "No tickets on sale.".to_owned(),
        None => "All tickets are reserved.".to_owned(),
    };
    describe(|site| event.about(site, &offer, event_page(slug), offers(site, view)));
}

/// Describes the page of a listing that is being rendered. A listing that is withdrawn describes nothing.
pub(crate) fn describe_listing(view: &ListingView) {
    let ListingCard { title, venue, city, starts, place, price, availability, id, .. } = &view.card;
    let is_cancelled = *availability == Availability::EventCancelled;
    let event = Event { slug: &view.event, title, venue, city, starts, moved_from: None, is_cancelled };
    let path = format!("/tickets/{id}");
    let (words, code) = match availability {
        Availability::OnSale => ("", "InStock"),
        Availability::LockedUntil(_) => (" Reserved by a buyer.", "LimitedAvailability"),
        Availability::Sold => (" Sold.", "SoldOut"),
        Availability::Started => (" The event has started.", "SoldOut"),
        Availability::EventCancelled => (" The event is cancelled.", "SoldOut"),
        Availability::Withdrawn => return,
    };
    describe(|site| {
        let offer = json!({
            "@type": "Offer",
            "url": format!("{site}{path}"),
            "price": price.to_input(),
            "priceCurrency": currency(*price),
            "availability": format!("https://schema.org/{code}"),
        });
        event.about(site, &format!("{place}, {price} each.{words}"), path, Some(offer))
    });
}

impl Event<'_> {
    /// `site` is the site's origin, `path` the page's own address; `offer` ends the description.
    fn about(&self, site: &str, offer: &str, path: String, offers: Option<Value>) -> About {
        let Self { slug, title, venue, city, starts, moved_from, is_cancelled } = self;
        let status = match moved_from {
            _ if *is_cancelled => "EventCancelled",
            Some(_) => "EventRescheduled",
            None => "EventScheduled",
        };
        let page = event_page(slug);
        let image = format!("{page}/preview.png");
        let title_and_date = format!("{title}, {city}, {}", starts.text);
        let description = format!("Tickets for {title} at {venue}, {city}, {}. {offer}", starts.text);
        let mut data = json!({
            "@context": "https://schema.org",
            "@type": "Event",
            "name": title,
            "description": description,
            "url": format!("{site}{page}"),
            "image": [format!("{site}{image}")],
            "startDate": starts.iso,
            "eventStatus": format!("https://schema.org/{status}"),
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "location": {
                "@type": "Place",
                "name": venue,
                "address": { "@type": "PostalAddress", "addressLocality": city },
            },
        });
        if let Some(start) = moved_from {
            data["previousStartDate"] = start.iso.clone().into();
        }
        if let Some(offers) = offers {
            data["offers"] = offers;
        }
        About { image_text: title_and_date.clone(), title: title_and_date, description, path, image, data: Some(data) }
    }
}

/// All offers of an event; `None` once it has started or is cancelled.
fn offers(site: &str, event: &EventView) -> Option<Value> {
    if event.stage != EventStage::Coming {
        return None;
    }
    let is_on_sale = event.cheapest.is_some();
    let counted = event.listings.iter().filter(|listing| (listing.availability == Availability::OnSale) == is_on_sale);
    let prices = || counted.clone().map(|listing| listing.price);
    let availability = match (is_on_sale, event.listed == 0) {
        (true, _) => "InStock",
        (false, false) => "LimitedAvailability",
        (false, true) => "SoldOut",
    };
    let mut offers = json!({
        "@type": "AggregateOffer",
        "url": format!("{site}{}", event_page(&event.slug)),
        "offerCount": event.tickets,
        "availability": format!("https://schema.org/{availability}"),
    });
    if let Some(lowest) = event.cheapest.or_else(|| prices().min_by_key(|price| price.cents())) {
        offers["lowPrice"] = lowest.to_input().into();
        offers["priceCurrency"] = currency(lowest).into();
    }
    // Of more listings than the page shows, the highest price is not known.
    if let Some(highest) = prices().max_by_key(|price| price.cents()).filter(|_| event.listings.len() == event.listed) {
        offers["highPrice"] = highest.to_input().into();
    }
    Some(offers)
}

/// ISO 4217, as schema.org writes it.
fn currency(price: Money) -> String {
    price.currency().code().to_uppercase()
}
