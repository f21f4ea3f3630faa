//! Addresses within the site: checked and built.

mod purchase;
#[cfg(feature = "ssr")]
pub mod rpc;

use model::{DraftId, GiftId, ListingId, OrderId, TicketFileId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

pub(crate) use self::purchase::Purchase;

/// The stream of updates about listings.
pub const LIVE_TICKETS: &str = "/live/tickets";
/// The stream of updates about the listings of an event.
pub const LIVE_EVENTS: &str = "/live/events";
/// The user's data as a file. Without a dot, which would make it a file of the site's.
pub const ACCOUNT_EXPORT: &str = "/account/export";

/// The page that turns mails off, and the address to which mail programs post.
pub const UNSUBSCRIBE: &str = "/mails/unsubscribe";
/// The field by which the form of that page is told from the call of a mail program.
pub const FROM_PAGE: &str = "from_page";

/// The field of a form that tells which account it was shown to.
pub const SHOWN_TO: &str = "shown_to";

/// Takes in a ticket's file: a form of several parts, which no server function reads.
pub const UPLOAD_TICKET_FILE: &str = "/rpc/upload_ticket_file";
/// One file of an order, as axum names its parts.
pub const TICKET_FILE: &str = "/orders/{order}/files/{file}";

/// The calendar entry of an order. Without a dot, as [`ACCOUNT_EXPORT`].
pub const ORDER_CALENDAR: &str = "/orders/{order}/calendar";
/// The calendar entry of a gift.
pub const GIFT_CALENDAR: &str = "/gifts/{gift}/calendar";
/// The file of a gift.
pub const GIFT_FILE: &str = "/gifts/{gift}/files/{file}";
/// An opened gift, as it is shown at the gate.
pub const GIFT_GATE: &str = "/gate/gifts/{gift}";
/// The opened tickets of an order, as they are shown at the gate.
pub const GATE: &str = "/gate/{order}";
/// The script that serves those pages without a network.
pub const GATE_WORKER: &str = "/gate/worker.js";

/// The user's sales as a table.
pub const SALES_EXPORT: &str = "/listings/sales";

/// The user's drafts of listings.
pub(crate) const MY_DRAFTS: &str = "/listings?show=drafts";

/// Longer than any address of this site.
const MAX_BYTES: usize = 512;

/// The characters that a value in a query cannot contain unencoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The address to open after signing in: `text` if it is a path of this site, else nothing.
///
/// It comes from the query string, which anyone can write, and ends in a `Location` header. So it must
/// start with a single `/` and must not contain anything that a browser removes or reads as another
/// host: no `//`, no backslash, no control character and nothing beyond ASCII.
pub(crate) fn local_path(text: &str) -> Option<&str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (text.len() <= MAX_BYTES && text.starts_with('/') && !text.contains("//") && is_plain).then_some(text)
}

/// The address of sign-in, which leads back to `path`.
#[must_use]
pub fn sign_in_then(path: &str) -> String {
    with_query("/signin", "next", path)
}

/// The page of the form at this address, with what fills it: nothing else of a query belongs into another address.
pub(crate) fn form_address(path: &str, query: &str) -> String {
    let fills = |pair: &&str| ["event=", "like=", "draft="].iter().any(|name| pair.starts_with(name));
    match query.trim_start_matches('?').split('&').find(fills) {
        Some(pair) => format!("{path}?{pair}"),
        None => path.to_owned(),
    }
}

/// The page on which the tickets of a listing are handed in.
#[must_use]
pub fn hand_in_page(listing: ListingId) -> String {
    format!("/tickets/{listing}/delivery")
}

/// The page of an order's tickets.
#[must_use]
pub fn tickets_page(order: OrderId) -> String {
    format!("/orders/{order}/tickets")
}

/// The page of a gift, for its recipient.
#[must_use]
pub fn gift_page(gift: GiftId) -> String {
    format!("/gifts/{gift}")
}

/// The tickets of an order at the gate: [`GATE`].
pub(crate) fn gate_page(order: OrderId) -> String {
    format!("/gate/{order}")
}

/// The calendar entry of an order: [`ORDER_CALENDAR`].
pub(crate) fn order_calendar(order: OrderId) -> String {
    format!("/orders/{order}/calendar")
}

/// A file of an order: [`TICKET_FILE`].
pub(crate) fn ticket_file(order: OrderId, file: TicketFileId) -> String {
    format!("/orders/{order}/files/{file}")
}

/// The form that continues a draft.
pub(crate) fn draft_page(draft: DraftId) -> String {
    format!("/tickets/new?draft={draft}")
}

/// The page of an event.
pub(crate) fn event_page(slug: &str) -> String {
    format!("/events/{slug}")
}

/// The page of a venue.
pub(crate) fn venue_page(slug: &str) -> String {
    format!("/venues/{slug}")
}

/// `path?name=value&…`, with the values percent-encoded, without those that are empty.
pub(crate) fn with_values<'a>(path: &str, values: impl IntoIterator<Item = (&'static str, &'a str)>) -> String {
    let values = values.into_iter().filter(|(_, value)| !value.is_empty());
    values.fold(path.to_owned(), |address, (name, value)| {
        let mark = if address.contains('?') { '&' } else { '?' };
        format!("{address}{mark}{name}={}", utf8_percent_encode(value, ENCODED))
    })
}

/// `path?name=value`, with the value percent-encoded.
pub(crate) fn with_query(path: &str, name: &str, value: &str) -> String {
    format!("{path}?{name}={}", utf8_percent_encode(value, ENCODED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_path_accepts_only_paths_of_this_site() {
        for path in [
            "/",
            "/orders",
            "/tickets/0190-ab?x=1&y=%2F",
            "/?after=abc",
            "/a/../b",
            "/@host",
            "/signin?next=%2F%2Fevil.example",
        ] {
            assert_eq!(local_path(path), Some(path));
        }
        let long = format!("/{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            "orders",
            "//evil.example",
            "///evil.example",
            "/a//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "/\0",
            "/ a",
            "https://evil.example",
            "javascript:alert(1)",
            " /orders",
            "/é",
            &long,
        ] {
            assert_eq!(local_path(text), None, "{text:?}");
        }
    }

    #[test]
    fn form_address_has_only_what_fills_the_form() {
        for (query, address) in [
            ("", "/tickets/new"),
            ("?draft=1", "/tickets/new?draft=1"),
            ("event=a-1&__path=/rpc/list_ticket&__err=x", "/tickets/new?event=a-1"),
            ("__err=x&like=2", "/tickets/new?like=2"),
            ("next=//evil.example", "/tickets/new"),
        ] {
            assert_eq!(form_address("/tickets/new", query), address, "{query}");
        }
    }

    #[test]
    fn with_query_percent_encodes_the_value() {
        assert_eq!(sign_in_then("/tickets/7?after=a&b=1"), "/signin?next=/tickets/7%3Fafter%3Da%26b%3D1");
        assert_eq!(with_query("/", "after", "é+ #"), "/?after=%C3%A9%2B%20%23");
        assert_eq!(with_values("/search", [("q", "é"), ("max", ""), ("city", "a&b")]), "/search?q=%C3%A9&city=a%26b");
        assert_eq!(with_values("/search", [("q", "")]), "/search");
    }
}
