//! The purchase of a reader who has to sign in first.

use model::ListingId;

/// What a reader wanted to buy: `count` tickets of a listing, at the version and the price that its page showed.
///
/// It travels in the address of the page that signs the reader in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Purchase {
    pub(crate) ticket: ListingId,
    pub(crate) version: i32,
    pub(crate) price_cents: i64,
    pub(crate) count: u16,
}

impl Purchase {
    /// The purchase in the fields of a form, by their names.
    pub(crate) fn from_fields(field: impl Fn(&'static str) -> Option<String>) -> Option<Self> {
        Some(Self {
            ticket: field("ticket")?.parse().ok()?,
            version: field("version")?.parse().ok()?,
            price_cents: field("price_cents")?.parse().ok()?,
            count: field("count")?.parse().ok()?,
        })
    }

    /// The address of the listing, with the purchase in its query.
    pub(crate) fn address(&self) -> String {
        let Self { ticket, version, price_cents, count } = self;
        format!("/tickets/{ticket}?version={version}&price_cents={price_cents}&count={count}")
    }

    /// The purchase in an address that [`Self::address`] has made.
    pub(crate) fn in_address(address: &str) -> Option<Self> {
        let (ticket, query) = address.strip_prefix("/tickets/")?.split_once('?')?;
        Self::from_fields(|name| {
            let mut fields = query.split('&').filter_map(|field| field.split_once('='));
            let value = if name == "ticket" { ticket } else { fields.find(|(field, _)| *field == name)?.1 };
            Some(value.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    #[test]
    fn purchase_comes_back_from_its_address() {
        let purchase = Purchase { ticket: ID.parse().expect("an id"), version: 3, price_cents: 4950, count: 2 };
        assert_eq!(Purchase::in_address(&purchase.address()), Some(purchase));
    }

    #[test]
    fn other_addresses_have_no_purchase() {
        for address in [
            "/orders",
            "/tickets/new?version=1&price_cents=50&count=1",
            &format!("/tickets/{ID}"),
            &format!("/tickets/{ID}?version=1&price_cents=50"),
            &format!("/tickets/{ID}?version=1&price_cents=50&count=-1"),
            &format!("/tickets/{ID}/edit?version=1&price_cents=50&count=1"),
        ] {
            assert_eq!(Purchase::in_address(address), None, "{address}");
        }
    }
}
