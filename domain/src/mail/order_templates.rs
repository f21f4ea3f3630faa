//! What the mails about tickets and their money say.

use model::{
    Money,
    money::{PAID, PriceParts, SELLER},
};
use platform::mail::Message;

use super::content::Content;

/// Why buyers get mails about their money.
const PAID_FOR: &str = "You get this email because you paid for this on GitTix.";
/// Why buyers get mails about what they have bought.
const BOUGHT: &str = "You get this email because you bought this on GitTix.";
/// Why sellers get mails about what they have sold.
const SOLD: &str = "You get this email because you sold this on GitTix.";
/// The tickets of an order, for a mail.
pub(crate) struct Bought {
    /// Name of the event.
    pub(crate) title: String,
    /// How many tickets.
    pub(crate) count: usize,
    /// The event, when and where it is, and the places.
    pub(crate) lines: Vec<String>,
}

impl Bought {
    /// `a ticket` or `2 tickets`.
    pub(super) fn tickets(&self) -> String {
        if self.count == 1 { "a ticket".to_owned() } else { format!("{} tickets", self.count) }
    }

    /// What is said of one ticket, or of several.
    pub(super) fn word<T>(&self, one: T, several: T) -> T {
        if self.count == 1 { one } else { several }
    }

    /// What each ticket costs where there are several, and who gets what of the price, as the page of the order has it.
    fn receipt(&self, parts: PriceParts, labels: model::money::PriceLabels) -> Vec<(String, String)> {
        let count = i64::try_from(self.count).unwrap_or(i64::MAX).max(1);
        let each = (count > 1)
            .then(|| (format!("{count} tickets"), format!("{} each", Money::usd(parts.buyer.cents() / count))));
        let lines = parts.lines(labels).map(|(label, amount)| (label.to_owned(), amount.to_string()));
        each.into_iter().chain(lines).collect()
    }
}

/// The mail that tells a buyer that they have bought tickets, and how they get them. It has no code: mails are read by
/// others, too. `tickets` is the page of the tickets, `order` that of the order.
pub(crate) fn order_bought(about: &Bought, how: &str, parts: PriceParts, tickets: &str, order: &str) -> Message {
    let receipt = about.receipt(parts, PAID);
    Content::new(format!("Bought: {}", about.title), BOUGHT)
        .text(format!("you have bought {}:", about.tickets()))
        .about(about.lines.clone())
        .text(how)
        .button("Show the tickets", tickets)
        .text(format!("You paid {}, with no fees.", parts.buyer))
        .rows(receipt)
        .text("The order and its history:")
        .link("Show the order", order)
        .into_message()
}

/// The mail that tells a seller that tickets are sold. `what` says what they have to do, and `page` is where. It does not
/// name the buyer.
pub(crate) fn order_sold(about: &Bought, what: &str, parts: PriceParts, page: &str) -> Message {
    let receipt = about.receipt(parts, SELLER);
    Content::new(format!("Sold: {}", about.title), SOLD)
        .text(format!("you have sold {}, and the buyer has paid:", about.tickets()))
        .about(about.lines.clone())
        .text(what)
        .button("Show the sale", page)
        .text(format!("You get {}.", parts.seller))
        .rows(receipt)
        .into_message()
}

/// The mail that tells a buyer that the seller has handed in what was missing.
pub(crate) fn order_handed_in(about: &Bought, page: &str) -> Message {
    Content::new(format!("Your tickets are there: {}", about.title), BOUGHT)
        .text("the seller has handed in what you have bought:")
        .about(about.lines.clone())
        .text("Open them when you need them:")
        .button("Show the tickets", page)
        .into_message()
}

/// The mail that tells a buyer that the tickets were not handed in in time.
pub(crate) fn order_not_delivered(about: &Bought, price: Money, page: &str) -> Message {
    Content::new(format!("You get your money back: {}", about.title), BOUGHT)
        .text("the seller has not handed in in time what you have bought:")
        .about(about.lines.clone())
        .text(format!(
            "So we pay you back {price}. It goes to your card; banks take a few days to show it. You can follow it here:"
        ))
        .button("Show the order", page)
        .text("We are sorry. Other tickets for the event may be on sale.")
        .into_message()
}

/// The mail that tells a buyer that a refund has failed. `page` is the order's.
pub(crate) fn refund_failed(title: &str, amount: Money, page: &str) -> Message {
    Content::new(format!("Your refund of {amount} is delayed"), PAID_FOR)
        .text(format!(
            "we refunded {amount} for {title}, but your bank did not accept the money. You still get it: \
             we try again, and if that fails we pay you back in another way."
        ))
        .text("You can follow it here:")
        .button("Show the order", page)
        .into_message()
}

/// The mail that reminds a seller to hand in what is sold, before the promise ends at `until`.
pub(crate) fn deliverables_missing(about: &Bought, until: &str, page: &str) -> Message {
    let them = about.word("it", "them");
    Content::new(format!("Hand in by {until}: {}", about.title), SOLD)
        .text(format!("you have sold {}, and the buyer still waits:", about.tickets()))
        .about(about.lines.clone())
        .text(format!("Hand {them} in by {until}. After that, the buyer gets the money back and the sale is lost."))
        .button("Hand in", page)
        .into_message()
}

/// The mail that tells a buyer that they were paid back without their card. `page` is the order's.
pub(crate) fn settled(title: &str, amount: Money, page: &str) -> Message {
    Content::new(format!("Your refund of {amount} is paid"), PAID_FOR)
        .text(format!("we have paid you back {amount} for {title}."))
        .text("Your card could not take it, so we have paid you in another way.")
        .button("Show the order", page)
        .into_message()
}

/// The mail that tells a buyer that a refund is paid. `page` is the order's.
pub(crate) fn refunded(title: &str, amount: Money, page: &str) -> Message {
    Content::new(format!("Your refund of {amount} is paid"), PAID_FOR)
        .text(format!("we have paid you back {amount} for {title}."))
        .text("It goes to the card that you paid with. Most banks show it after 5 to 10 days.")
        .button("Show the order", page)
        .into_message()
}
