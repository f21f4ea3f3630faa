//! The codes of errors, each with its HTTP status and its message.

use serde::{Deserialize, Serialize};

/// Defines the codes with their statuses and messages in one table.
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:literal, $words:literal;)+) => {
        /// The kind of an error. Programs can rely on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, for tests and documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The HTTP status of the response.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// The message for people, if nothing more exact is known.
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
    /// A webhook that Stripe signed, and not within five minutes of this server's time.
    SignatureTooOld = 400, "The signature is more than five minutes away from this server's time.";
    /// A webhook of Stripe's test mode where the keys are live, or the other way round.
    OtherStripeMode = 400, "This event is of another mode of Stripe than the keys of this server.";
    /// The request needs a signed-in user.
    NotSignedIn = 401, "Sign in to continue.";
    /// The email is unknown or the password is wrong. The message does not tell which.
    WrongCredentials = 401, "That email and password do not match.";
    /// The listing belongs to another user.
    NotYourTicket = 403, "Only the seller can change this listing.";
    /// An account of an earlier version, whose address was never verified.
    EmailUnverified = 403, "Confirm your email first: sign out, choose \"Forgotten your password?\" and follow the link in the email.";
    /// An operator whose session has not shown a second factor.
    SecondFactorNeeded = 403, "Operators need a second factor for this page. Set one up in Account.";
    /// A seller cannot buy their own ticket.
    OwnTicket = 403, "This is your own ticket.";
    /// The request came from another site.
    CrossSite = 403, "This request came from another site and was refused.";
    /// No such page or endpoint.
    NotFound = 404, "There is nothing at this address.";
    /// No such ticket.
    TicketNotFound = 404, "This ticket does not exist.";
    /// No such file, or it is another user's.
    FileNotFound = 404, "This file does not exist.";
    /// No such gift, it was taken back, or it is for another address. The message does not tell which.
    GiftNotFound = 404, "There is no such ticket for you. Sign in with the email that the mail came to.";
    /// No such event.
    EventNotFound = 404, "This event does not exist.";
    /// No such venue.
    VenueNotFound = 404, "This venue does not exist.";
    /// No such order, or it belongs to another user. The message does not tell which.
    OrderNotFound = 404, "This order does not exist.";
    /// No such session, or it belongs to another user. The message does not tell which.
    SessionNotFound = 404, "That device is already signed out.";
    /// No such draft, or it belongs to another user. The message does not tell which.
    DraftNotFound = 404, "This draft does not exist. It may have been listed or discarded.";
    /// The endpoint exists, with another method.
    MethodNotAllowed = 405, "This address does not accept this kind of request.";
    /// The email has an account, in any case of letters.
    EmailTaken = 409, "There is already an account with this email.";
    /// Another buyer holds the ticket.
    TicketLocked = 409, "Someone is paying for this ticket right now.";
    /// Fewer tickets of the listing are on sale than the buyer wants.
    NotEnoughTickets = 409, "Fewer tickets are on sale than you chose.";
    /// The number of tickets does not fit how the seller splits the listing.
    SplitNotAllowed = 409, "The seller does not sell this number of tickets. Choose another one.";
    /// The buyer holds as many unpaid tickets as the limit allows.
    TooManyLocks = 409, "You would hold more unpaid tickets than you can at one time. Choose fewer, or pay for or cancel one in My orders first.";
    /// The buyer would have more tickets for the event than one person may.
    EventLimit = 409, "You would have more tickets for this event than one person can.";
    /// The buyer's last hold on the ticket ended without a sale, and other buyers want it.
    CoolDown = 409, "You just had this ticket and others are waiting for it.";
    /// The user already holds the ticket.
    AlreadyYours = 409, "This ticket is already reserved for you.";
    /// The ticket is on sale, so it has no waitlist.
    TicketIsFree = 409, "This ticket is on sale. You can buy it now.";
    /// The user has left too many offers of waitlists unpaid.
    UnpaidOffers = 409, "You have not paid for the last offers of your waitlists, so you cannot join one for up to 24 hours.";
    /// The seller has as many listings on sale as the limit of their account allows.
    TooManyListings = 409, "You have as many listings on sale as your account can have at one time. Withdraw one first. It can have more when it is older and has sold more.";
    /// The waitlist is at its limit.
    LineFull = 409, "The waitlist for this ticket is full. Try again later.";
    /// The seller has closed the waitlist.
    LineClosed = 409, "The seller has closed the waitlist for this ticket.";
    /// The user is on as many waitlists as the limit allows.
    TooManyPlaces = 409, "You are on as many waitlists as you can be at one time. Leave one first.";
    /// The user watches as many events and listings as the limit allows.
    TooManyWatches = 409, "You watch as many events and listings as you can at one time. Stop watching one first.";
    /// The user has as many drafts as the limit allows.
    TooManyDrafts = 409, "You have 10 drafts, the most that you can have. Discard one in My listings first.";
    /// As many files as may wait for their seller.
    TooManyFiles = 409, "You have loaded 10 files for this listing. Say which tickets they are for, or remove one.";
    /// The ticket has been bought.
    TicketSold = 409, "This ticket has been sold.";
    /// The seller took the listing back.
    TicketWithdrawn = 409, "The seller has withdrawn this ticket.";
    /// The ticket was withdrawn too long ago to be put back on sale.
    RestoreTooLate = 409, "It was withdrawn more than 10 minutes ago. List it again.";
    /// The ticket was withdrawn by an edit, or the listing was edited since.
    NotRestorable = 409, "The listing was edited since, so this can no longer be undone. List the ticket again.";
    /// The same code, or the same file, is for sale or belongs to another user.
    TicketElsewhere = 409, "A ticket with the same code or file is on sale already, or belongs to someone else.";
    /// The ticket is sold or being paid for, and its buyer gets what was handed in.
    AlreadyHandedIn = 409, "This ticket is handed in and reserved or sold. What was handed in cannot be changed any more.";
    /// The ticket is not in hand, on sale again or given already, its event is over, or its payment is questioned.
    NotGivable = 409, "This ticket cannot be given now.";
    /// It is too late, the tickets are opened or given, or the buyer has returned too many orders.
    NotReturnable = 409, "These tickets cannot be returned any more.";
    /// The event is under way or over.
    EventStarted = 409, "This event has already started.";
    /// The event was called off.
    EventCancelled = 409, "This event is cancelled.";
    /// The price is not the one that the buyer saw.
    PriceChanged = 409, "The price has changed.";
    /// The listing is not the one that the buyer saw.
    ListingChanged = 409, "The seller has changed this listing. Check it before you buy.";
    /// The listing changed after the form was opened.
    StaleVersion = 409, "This listing has changed since you opened it. Check it and save again.";
    /// The order has ended and takes no more payment or cancellation.
    OrderEnded = 409, "This order has ended.";
    /// The order is not paid for, or its money went back: its tickets are not the buyer's.
    NotBought = 409, "These tickets are not yours: the order is not paid for, or it was refunded.";
    /// The link that sets a password is used, replaced, too old or invalid.
    ResetLinkEnded = 409, "This link no longer works. Get a new one.";
    /// The code of a sign-up was used, replaced, mistyped too often, or is too old.
    SignUpEnded = 409, "This code no longer works. Sign up again to get a new one.";
    /// The code of a change of address was used, mistyped too often, or is too old, or the password changed meanwhile.
    AddressChangeEnded = 409, "This code no longer works. Change your email again to get a new one.";
    /// The code for signing in was used, mistyped too often, or is too old, or the account is gone.
    MailedCodeEnded = 409, "This code no longer works. Begin again to get a new one.";
    /// The second step of a sign-in took too long, or the password changed meanwhile.
    SignInEnded = 409, "This took longer than 10 minutes, or your password was changed. Sign in again.";
    /// The user has a second factor already.
    SecondFactorOn = 409, "You have a second factor already. Turn it off first.";
    /// The set-up of a second factor took too long, or another one replaced it.
    SetUpEnded = 409, "This set-up has ended. Begin again.";
    /// The payment is being captured.
    PaymentInProgress = 409, "Your payment is being completed. Wait a moment.";
    /// The account cannot be deleted while its owner holds an unpaid ticket.
    OrderOpen = 409, "A ticket is reserved for you. Pay for it or cancel it in My orders, then try again.";
    /// The account cannot be deleted while a payment or refund of its owner is in progress.
    PaymentUnsettled = 409, "One of your payments or refunds is still in progress. Try again when it is done.";
    /// The account cannot be deleted while a buyer pays for a ticket of its owner or is on its waitlist.
    ListingLocked = 409, "Someone is paying for one of your tickets or is on its waitlist. Try again later.";
    /// The account cannot be deleted before the events for which its owner has sold tickets.
    SaleToCome = 409, "You have sold a ticket for an event that has not started yet. You can delete your account once it has started.";
    /// The account of a user with a disputed purchase or sale stays.
    DisputeOpen = 409, "A bank questions the payment of a ticket that you have bought or sold. You can delete your account once it has decided.";
    /// An operator's account cannot be deleted.
    RunsTheShop = 409, "This is an operator's account. Take the role away first: gittix-server operator remove.";
    /// The form was shown to another account than the one that is signed in now.
    OtherAccount = 409, "Another account is signed in now than when you opened this page, so nothing was changed. Load the page again first.";
    /// The first request with this idempotency key is still in progress.
    IdempotencyKeyInUse = 409, "The first request with this Idempotency-Key is still in progress.";
    /// A webhook's body is larger than any of Stripe's events.
    BodyTooLarge = 413, "This request is larger than this address accepts.";
    /// A ticket's file beyond its limit.
    FileTooLarge = 413, "This file is larger than 10 MiB. Load a smaller one.";
    /// The request could not be read at all.
    InvalidInput = 422, "This request could not be understood.";
    /// An idempotency key that is empty, too long or not plain ASCII.
    InvalidIdempotencyKey = 422, "An Idempotency-Key is 1 to 255 visible ASCII characters.";
    /// The idempotency key was used for another request.
    IdempotencyKeyReused = 422, "This Idempotency-Key was used for another request.";
    /// A field was left empty.
    Required = 422, "Fill in this field.";
    /// Text beyond its limit.
    TooLong = 422, "This is too long.";
    /// A control character.
    InvalidText = 422, "This contains a character that cannot be shown. Type it again without it.";
    /// More combining marks on one letter than any language writes.
    TooManyMarks = 422, "Use at most 8 accents on one letter.";
    /// Not an email address.
    InvalidEmail = 422, "Enter an email address, like ana@example.com.";
    /// A gift to the giver's own address.
    OwnEmail = 422, "This is your own email. Enter your friend's.";
    /// Not the password of the account that is signed in.
    WrongPassword = 422, "That is not your password.";
    /// The code is not the one that was mailed.
    WrongCode = 422, "That is not the code in the newest email.";
    /// Not a code of the app at this moment, one that was used, or no recovery code that is left.
    WrongSecondFactor = 422, "This code is not right, or it was used already. Wait for the next one in your app, or type a recovery code.";
    /// Fewer than 8 characters.
    PasswordTooShort = 422, "Use at least 8 characters.";
    /// More than 128 characters.
    PasswordTooLong = 422, "Use at most 128 characters.";
    /// Among the common passwords, or made of little but the account's email or the shop's name.
    PasswordTooCommon = 422, "This password is easy to guess. A few plain words are a good password.";
    /// Not one of the categories.
    InvalidCategory = 422, "Choose a category.";
    /// Not a date with a time.
    InvalidDate = 422, "Choose a date and a time.";
    /// Not a time zone.
    InvalidTimeZone = 422, "Choose a time zone.";
    /// The venue is new, and its time zone is not known.
    TimeZoneNeeded = 422, "This venue is new here. Choose its time zone.";
    /// A time that the clocks skip when they go forward.
    NoSuchTime = 422, "The clocks go forward on that day and skip this time. Choose another time.";
    /// A time that the clocks show twice when they go back.
    TimeComesTwice = 422, "This hour comes twice that night, when clocks go back. Choose the first or the second.";
    /// The event is in the past.
    EventInPast = 422, "Choose a time in the future.";
    /// The event is so far ahead that the date must be a typing error.
    EventTooFar = 422, "Choose a date within the next five years.";
    /// Not a list of different seats.
    InvalidSeats = 422, "Enter each seat once, like 12, or 12-15, or 12, 14.";
    /// More tickets than one listing may have.
    TooManyTickets = 422, "A listing has at most 100 tickets.";
    /// Not a number of tickets, or not as many as there are seats.
    InvalidQuantity = 422, "Enter how many tickets there are. With seats, leave it empty.";
    /// A lock or a position on the waitlist for no ticket, or for more than any listing has.
    InvalidCount = 422, "Choose how many tickets you want, from 1 to 100.";
    /// Not one of the rules of splitting.
    InvalidSplit = 422, "Choose how the tickets may be split.";
    /// All tickets of a listing are sold together only, and no buyer may hold so many at once.
    SplitTooLarge = 422, "No buyer can hold that many tickets at once. Sell them in smaller groups.";
    /// Not a price.
    InvalidPrice = 422, "Enter the price in dollars, like 19.99.";
    /// A price that is thousands to one reader and three decimals to another.
    AmbiguousPrice = 422, "This can mean two prices.";
    /// A price in another currency than the US dollar.
    OtherCurrency = 422, "GitTix sells in US dollars. Enter the price in dollars, like 19.99.";
    /// Below the lowest amount that a card can be charged.
    PriceTooLow = 422, "The lowest price is $0.50.";
    /// Above the highest price on GitTix.
    PriceTooHigh = 422, "The highest price is $100,000.00.";
    /// The rule of the venue's country caps the price by the face value, and there is none.
    FaceValueNeeded = 422, "Where this event is, a ticket’s price is capped by its face value. Fill it in.";
    /// The price is above the cap of the venue's country.
    PriceAboveCap = 422, "Where this event is, a ticket may not cost so much more than its face value.";
    /// Not one of the intervals after which a price falls.
    InvalidInterval = 422, "Choose how often the price falls. If it does not fall, leave the two amounts empty.";
    /// A price is to fall to one that it is not above.
    FloorNotBelowPrice = 422, "This has to be below the price.";
    /// A percentage that is no whole number, or out of bounds.
    InvalidPercent = 422, "Enter a whole number of percent, from 1 to 99.";
    /// A change of several listings without one.
    NothingChosen = 422, "Choose the listings below, by their boxes.";
    /// No file was sent.
    NoFile = 422, "Choose a file first.";
    /// Not a file of a ticket.
    UnknownFileKind = 422, "This is no PDF, PNG, JPEG, WebP or Wallet pass.";
    /// A PDF that asks for a password.
    FileEncrypted = 422, "This PDF asks for a password. Save it without one, then load it again.";
    /// A PDF with more pages than are read.
    TooManyPages = 422, "This PDF has more than 10 pages. Load a smaller part.";
    /// A picture with more pixels than are read.
    PictureTooLarge = 422, "This picture has more than 40 million pixels. Load a smaller one.";
    /// A damaged file, or one that cannot be read in time.
    UnreadableFile = 422, "This file cannot be read. Save it anew, or take a screenshot of it.";
    /// The form hands in nothing.
    NothingHandedIn = 422, "Choose a code or a file for a ticket, or type its code.";
    /// One code was chosen for two tickets.
    CodeTwice = 422, "You have chosen one code for two tickets. Each ticket has its own.";
    /// A code that was typed cannot be drawn.
    InvalidCode = 422, "This cannot be drawn as a code of that kind. Check it, or choose another kind.";
    /// Too many sign-ins from this network or for this account failed.
    TooManyAttempts = 429, "Too many tries. Wait a few minutes, then try again.";
    /// More requests of a kind than the rate limit allows, from this network or for this account.
    TooManyRequests = 429, "Too many requests. Wait a moment, then try again.";
    /// Too many cards of this account, or from this network, were declined within a day.
    TooManyDeclines = 429, "Too many cards were declined, so no payment can be started for up to 24 hours.";
    /// A server error.
    Internal = 500, "Something went wrong on our side. Nothing was changed; please try again.";
    /// The database does not answer.
    Unavailable = 503, "GitTix is not available at the moment. Please try again shortly.";
    /// Stripe does not answer.
    PaymentsUnavailable = 503, "The card service is not answering right now. What you reserved stays reserved. Please try again.";
    /// Stripe refuses to capture the authorised money, for now.
    PaymentDelayed = 503, "Your card was accepted, but the payment is delayed. We keep trying. Please do not pay again.";
}

#[cfg(test)]
mod tests;
