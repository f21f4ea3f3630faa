//! One type per kind of id, so that the compiler refuses a ticket's id in place of an order's.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as a plain UUID, for code outside this crate.
            #[must_use]
            pub fn as_uuid(self) -> Uuid {
                self.0
            }

            /// Milliseconds from 1970 to its creation. Ids are UUIDs of version 7, which begin with it.
            #[must_use]
            pub fn created_ms(self) -> i64 {
                i64::try_from(self.0.as_u128() >> 80).unwrap_or(i64::MAX)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

typed_id! {
    /// A user with an account.
    UserId
}
typed_id! {
    /// A refund of a payment.
    RefundId
}
typed_id! {
    /// A dispute of a payment.
    DisputeId
}
typed_id! {
    /// A venue.
    VenueId
}
typed_id! {
    /// An event at a venue.
    EventId
}
typed_id! {
    /// A listing: one seller's tickets at one event. It names the page `/tickets/{id}`.
    ListingId
}
typed_id! {
    /// One ticket of a listing: one seat.
    TicketId
}
typed_id! {
    /// A file that a seller has handed in.
    TicketFileId
}
typed_id! {
    /// An order: one buyer's tickets of one listing.
    OrderId
}
typed_id! {
    /// A ticket that its buyer gives to another person. It names the page `/gifts/{id}`.
    GiftId
}
typed_id! {
    /// One attempt to pay for an order.
    PaymentId
}
typed_id! {
    /// A session among its owner's devices. This is not the session's token and grants no access.
    SessionId
}
typed_id! {
    /// A request for a link that sets a password.
    ResetId
}
typed_id! {
    /// A sign-up whose address is not verified yet.
    SignUpId
}
typed_id! {
    /// A user's wish to be told about an event or a listing.
    WatchId
}
typed_id! {
    /// A draft of a listing.
    DraftId
}
typed_id! {
    /// One mail about what a user watches.
    NewsMailId
}
