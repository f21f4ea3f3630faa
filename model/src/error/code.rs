//! The codes of errors, each with its HTTP status and its words.

use serde::{Deserialize, Serialize};

/// Defines the codes with their status and words in one table.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:literal, $words:literal;)+) => {
        /// What went wrong, in a form that programs can rely on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The HTTP status it is answered with.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// What a person is told, where nothing more exact is known.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)+ }
            }
        }
    };
}

codes! {
    /// A webhook without a signature, or with one that is not Stripe's.
    InvalidSignature = 400, "The signature is missing or does not match.";
    /// A webhook that Stripe signed, and not within five minutes of our time.
    SignatureTooOld = 400, "The signature is more than five minutes away from this server's time.";
    /// Nobody is signed in, and the call needs somebody.
    NotSignedIn = 401, "Sign in to go on.";
    /// The e-mail is unknown or the password is wrong: which of the two is not told.
    WrongCredentials = 401, "That e-mail and password do not match.";
    /// The listing belongs to somebody else.
    NotYourTicket = 403, "Only its seller can change this listing.";
    /// Sellers do not buy from themselves.
    OwnTicket = 403, "This is your own ticket.";
    /// The request came from another site.
    CrossSite = 403, "That request came from another site, so it was refused.";
    /// No such page or endpoint.
    NotFound = 404, "There is nothing at this address.";
    /// No such ticket.
    TicketNotFound = 404, "There is no such ticket.";
    /// No such order, or it is somebody else's: which of the two is not told.
    OrderNotFound = 404, "There is no such order.";
    /// No such session, or it is somebody else's: which of the two is not told.
    SessionNotFound = 404, "That device is signed out already.";
    /// The endpoint exists, with another method.
    MethodNotAllowed = 405, "This address does not take that kind of request.";
    /// The e-mail has an account, whatever its case.
    EmailTaken = 409, "There is already an account with this e-mail.";
    /// Somebody holds the ticket while they pay.
    TicketLocked = 409, "Somebody is paying for this ticket right now.";
    /// The buyer holds as many tickets as one person may while they pay.
    TooManyLocks = 409, "You hold as many tickets as one person may at a time. Pay for one in My orders, or cancel it, then try again.";
    /// The buyer's last hold on the ticket ended without a sale, and others want it too.
    CoolDown = 409, "You have just held this ticket and others want it too, so it is left to them for a while.";
    /// The user holds the ticket themselves.
    AlreadyYours = 409, "This ticket is locked for you already.";
    /// There is nothing to wait in line for.
    TicketIsFree = 409, "This ticket is free: you can buy it right away.";
    /// As many wait for the ticket as may.
    LineFull = 409, "The line for this ticket is full. Look again later.";
    /// The user waits for as many tickets as one person may.
    TooManyPlaces = 409, "You stand in as many lines as one person may. Leave one of them first.";
    /// The ticket has been bought.
    TicketSold = 409, "This ticket has been sold.";
    /// The seller took the listing back.
    TicketWithdrawn = 409, "The seller has withdrawn this ticket.";
    /// The event is under way or over.
    EventStarted = 409, "This event has already started.";
    /// The price is not the one the buyer saw.
    PriceChanged = 409, "The price has changed.";
    /// The listing changed after the form was opened.
    StaleVersion = 409, "This listing has changed since you opened it. Check it and save again.";
    /// The order has ended and takes no more payment or cancellation.
    OrderEnded = 409, "This order has ended.";
    /// A link that sets a password: used, followed by another, too old, or made up.
    ResetLinkEnded = 409, "This link does not work any more. Ask for another one.";
    /// The money is being taken at this moment.
    PaymentInProgress = 409, "The payment is being completed. Give it a moment.";
    /// The account cannot be deleted while its owner holds a ticket that they have not paid.
    OrderOpen = 409, "You hold a ticket. Pay for it in My orders, or cancel it, then try again.";
    /// The account cannot be deleted while money of its owner's is on its way.
    PaymentUnsettled = 409, "A payment or a refund of yours is still under way. Try again once it is done.";
    /// The account cannot be deleted while somebody pays for a ticket of its owner's, or waits in line for it.
    ListingLocked = 409, "Somebody is paying for one of your tickets right now, or waits in line for it. Try again in a while.";
    /// The account cannot be deleted before the events that its owner has sold tickets for.
    SaleToCome = 409, "You have sold a ticket for an event that is still to come. You can delete your account once it has started.";
    /// The account of an operator cannot be deleted: whoever took its address next would be one.
    RunsTheShop = 409, "This account runs the shop. Take its address out of OPERATOR_EMAILS first.";
    /// The first call under this idempotency key has not been answered yet.
    IdempotencyKeyInUse = 409, "The first call under this Idempotency-Key is still under way.";
    /// A webhook's body is larger than any event of Stripe's.
    BodyTooLarge = 413, "That is larger than this address takes.";
    /// The request could not be read at all.
    InvalidInput = 422, "That request could not be understood.";
    /// An idempotency key that is empty, too long or not plain ASCII.
    InvalidIdempotencyKey = 422, "An Idempotency-Key is 1 to 255 visible ASCII characters.";
    /// The idempotency key has named another call before.
    IdempotencyKeyReused = 422, "This Idempotency-Key has named another call before.";
    /// A field was left empty.
    Required = 422, "Fill this in.";
    /// A line of text past its bound.
    TooLong = 422, "This is too long.";
    /// Control or invisible characters.
    InvalidText = 422, "Use plain text here.";
    /// Not an e-mail address.
    InvalidEmail = 422, "Write an e-mail address, like ana@example.com.";
    /// Not the password of the account that is signed in.
    WrongPassword = 422, "That is not your password.";
    /// Fewer than 8 characters.
    PasswordTooShort = 422, "Use at least 8 characters.";
    /// More than 128 characters.
    PasswordTooLong = 422, "Use at most 128 characters.";
    /// Not one of the categories.
    InvalidCategory = 422, "Choose a category.";
    /// Not a date with a time.
    InvalidDate = 422, "Choose a date and a time.";
    /// Not a time zone.
    InvalidTimeZone = 422, "Choose a time zone.";
    /// The clocks skip this time, on the night they go forward.
    NoSuchTime = 422, "The clocks skip that time on that day. Choose another.";
    /// The event lies in the past.
    EventInPast = 422, "Choose a time that is still to come.";
    /// The event lies too far ahead to be more than a slip of the keyboard.
    EventTooFar = 422, "Choose a date within the next five years.";
    /// Not a price.
    InvalidPrice = 422, "Write the price in dollars, like 19.99.";
    /// Below what a card can be charged.
    PriceTooLow = 422, "The lowest price is $0.50.";
    /// Above what GitTix sells.
    PriceTooHigh = 422, "The highest price is $100,000.00.";
    /// Too many sign-ins failed from here or for this account.
    TooManyAttempts = 429, "Too many tries. Wait a few minutes, then try again.";
    /// More calls of a kind than anybody makes by hand, from here or for this account.
    TooManyRequests = 429, "Too many requests from here. Wait a moment, then try again.";
    /// A fault of ours.
    Internal = 500, "Something went wrong on our side. Nothing was changed; please try again.";
    /// The database does not answer.
    Unavailable = 503, "GitTix is not available at the moment. Please try again shortly.";
    /// Stripe does not answer.
    PaymentsUnavailable = 503, "The card service does not answer at the moment. Your ticket stays locked; please try again.";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The status doctrine: 400 a webhook that is not Stripe's, 401 not signed in, 403 known but not allowed, 404 may not
    /// be known, 409 conflict, 422 invalid, 429 too many, 500 ours, 503 a dependency.
    #[test]
    fn every_code_keeps_its_status() {
        let table: Vec<(String, u16)> = Code::ALL
            .iter()
            .map(|code| (serde_json::to_string(code).expect("a code is a string").replace('"', ""), code.status()))
            .collect();
        let expected = [
            ("invalid_signature", 400),
            ("signature_too_old", 400),
            ("not_signed_in", 401),
            ("wrong_credentials", 401),
            ("not_your_ticket", 403),
            ("own_ticket", 403),
            ("cross_site", 403),
            ("not_found", 404),
            ("ticket_not_found", 404),
            ("order_not_found", 404),
            ("session_not_found", 404),
            ("method_not_allowed", 405),
            ("email_taken", 409),
            ("ticket_locked", 409),
            ("too_many_locks", 409),
            ("cool_down", 409),
            ("already_yours", 409),
            ("ticket_is_free", 409),
            ("line_full", 409),
            ("too_many_places", 409),
            ("ticket_sold", 409),
            ("ticket_withdrawn", 409),
            ("event_started", 409),
            ("price_changed", 409),
            ("stale_version", 409),
            ("order_ended", 409),
            ("reset_link_ended", 409),
            ("payment_in_progress", 409),
            ("order_open", 409),
            ("payment_unsettled", 409),
            ("listing_locked", 409),
            ("sale_to_come", 409),
            ("runs_the_shop", 409),
            ("idempotency_key_in_use", 409),
            ("body_too_large", 413),
            ("invalid_input", 422),
            ("invalid_idempotency_key", 422),
            ("idempotency_key_reused", 422),
            ("required", 422),
            ("too_long", 422),
            ("invalid_text", 422),
            ("invalid_email", 422),
            ("wrong_password", 422),
            ("password_too_short", 422),
            ("password_too_long", 422),
            ("invalid_category", 422),
            ("invalid_date", 422),
            ("invalid_time_zone", 422),
            ("no_such_time", 422),
            ("event_in_past", 422),
            ("event_too_far", 422),
            ("invalid_price", 422),
            ("price_too_low", 422),
            ("price_too_high", 422),
            ("too_many_attempts", 429),
            ("too_many_requests", 429),
            ("internal", 500),
            ("unavailable", 503),
            ("payments_unavailable", 503),
        ];
        let expected: Vec<(String, u16)> =
            expected.into_iter().map(|(code, status)| (code.to_owned(), status)).collect();
        assert_eq!(table, expected);
    }

    /// The table in docs/ERRORS.md is the one above.
    #[test]
    fn the_documentation_lists_every_code() {
        let documentation = include_str!("../../../docs/ERRORS.md");
        let table = documentation.split("<!-- codes -->").nth(1).and_then(|rest| rest.split("<!-- /codes -->").next());
        let rows: Vec<&str> = table.expect("both markers").lines().filter(|line| line.starts_with("| `")).collect();
        let expected: Vec<String> = Code::ALL
            .iter()
            .map(|code| {
                let name = serde_json::to_string(code).expect("a code is a string").replace('"', "`");
                format!("| {name} | {} | {} |", code.status(), code.words())
            })
            .collect();
        assert_eq!(rows, expected);
    }
}
