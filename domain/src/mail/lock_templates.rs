//! What the mails about locks and offers say.

use model::Money;
use platform::mail::Message;

use super::{
    content::{Content, Off},
    order_templates::Bought,
};

/// Why buyers get mails about a lock.
const BUYS: &str = "You get this email because you began to buy this on GitTix.";
/// Why buyers get mails about what they waited for.
const WAITED: &str = "You get this email because you were on the waitlist for this on GitTix.";

/// The mail that tells a buyer of a waitlist that the tickets are theirs to buy until `until`. `page` is the order's.
pub(crate) fn your_turn(about: &Bought, price: Money, until: &str, page: &str) -> Message {
    let (they_are, they) = about.word(("it is", "it"), ("they are", "they"));
    Content::new(format!("Your turn: {}", about.title), WAITED)
        .text(format!("you waited for {}, and now {they_are} yours to buy:", about.tickets()))
        .about(about.lines.clone())
        .text(format!(
            "Pay {price} by {until}. After that, {they} go{} to the next on the waitlist.",
            about.word("es", "")
        ))
        .button("Pay now", page)
        .into_message()
}

/// The mail that reminds a buyer of a lock that they have left alone, and that ends at `until`. `page` is the order's.
pub(crate) fn lock_left(about: &Bought, price: Money, until: &str, page: &str, off: Off) -> Message {
    let (waits, it_is) = about.word(("ticket waits", "It is"), ("tickets wait", "They are"));
    Content::new(format!("Your {waits} until {until}"), BUYS)
        .text(format!("you have begun to buy {}:", about.tickets()))
        .about(about.lines.clone())
        .text(format!(
            "{it_is} held for you until {until}. Pay {price} by then. After that, other buyers can take {}.",
            about.word("it", "them")
        ))
        .button("Pay now", page)
        .off(off)
        .into_message()
}

/// The mail that tells a buyer that an order has ended unpaid. `listing` is the page of its listing.
pub(crate) fn order_expired(about: &Bought, listing: &str, off: Off) -> Message {
    let are = about.word("The ticket is", "The tickets are");
    Content::new(format!("Time is up: {}", about.title), BUYS)
        .text(format!("you did not pay in time for {}:", about.tickets()))
        .about(about.lines.clone())
        .text(format!("You were not charged. {are} on sale again for everyone."))
        .button("Show the listing", listing)
        .off(off)
        .into_message()
}

/// The mail that tells a buyer that an offer of a waitlist has ended unpaid. So many unpaid ones as `most` within 24 hours
/// end further offers; with zero, any number may be left. `listing` is the page of the listing.
pub(crate) fn offer_lapsed(about: &Bought, most: u32, listing: &str, off: Off) -> Message {
    let content = Content::new(format!("Your offer has ended: {}", about.title), WAITED)
        .text(format!("the waitlist offered you {}, and you did not pay in time:", about.tickets()))
        .about(about.lines.clone())
        .text("You were not charged, and you are no longer on this waitlist. You can join it again.");
    let content = match most {
        0 => content,
        1 => content.text("You get no further offer for 24 hours."),
        most => content.text(format!(
            "After {most} offers that were not paid within 24 hours, you get no further ones until fewer count."
        )),
    };
    content.button("Show the listing", listing).off(off).into_message()
}
