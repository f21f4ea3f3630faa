//! The texts of the mails, in plain text.

use model::{Money, PaymentId, disputes::DisputeStatus};
use platform::mail::Message;

use crate::ids::fresh;

/// The mail with the link that sets a password.
pub(crate) fn password_reset(link: &str, minutes: i32) -> Message {
    Message {
        id: fresh(),
        subject: "Set a new password for GitTix".into(),
        body: format!(
            "Hello,\n\n\
             someone asked to set a new password for your GitTix account. If it was you, set it here:\n\n\
             {link}\n\n\
             The link works once, for {minutes} minutes. A newer link replaces it.\n\n\
             If it was not you, ignore this email. Your password stays as it is.\n"
        ),
        unsubscribe: None,
    }
}

/// The mail with the code of a sign-up. The subject has the code, to be read without opening the mail.
pub(crate) fn sign_up_code(code: &str, link: &str, minutes: i32) -> Message {
    Message {
        id: fresh(),
        subject: format!("{code} is your code for GitTix").into(),
        body: format!(
            "Hello,\n\n\
             {code} is your code. Type it in the browser in which you signed up, or open this link there:\n\n\
             {link}\n\n\
             The code works once, for {minutes} minutes. Nobody from GitTix will ever ask you for it.\n\n\
             If you did not sign up, ignore this email. There is no account then.\n"
        ),
        unsubscribe: None,
    }
}

/// The mail to an address that has an account, when someone signs up with it again.
pub(crate) fn has_account(sign_in: &str, forgot: &str) -> Message {
    Message {
        id: fresh(),
        subject: "You have a GitTix account already".into(),
        body: format!(
            "Hello,\n\n\
             someone signed up for GitTix with your email. You have an account already. If it was you, sign in:\n\n\
             {sign_in}\n\n\
             If you have forgotten your password, set a new one:\n\n\
             {forgot}\n\n\
             If it was not you, ignore this email. Your account stays as it is.\n"
        ),
        unsubscribe: None,
    }
}

/// The news about one event, for a mail.
pub(crate) struct EventNews {
    /// Name of the event.
    pub(crate) title: String,
    /// When and where it is.
    pub(crate) about: String,
    /// Its page.
    pub(crate) link: String,
    /// The lowest price among the news.
    pub(crate) cheapest: Money,
    /// One entry for each listing.
    pub(crate) lines: Vec<String>,
}

/// The mail with news about what a user watches. `page` is where they change that. It names no seller.
pub(crate) fn watch_news(events: &[EventNews], page: &str) -> Message {
    let subject = match events {
        [event] => format!("{}: tickets from {}", event.title, event.cheapest),
        events => format!("News about {} events that you watch", events.len()),
    };
    let news: Vec<_> = events
        .iter()
        .map(|EventNews { title, about, link, lines, .. }| {
            let lines: Vec<_> = lines.iter().map(|line| format!("- {line}")).collect();
            format!("{title}\n{about}\n{link}\n\n{}", lines.join("\n"))
        })
        .collect();
    Message {
        id: fresh(),
        subject: subject.into(),
        body: format!(
            "Hello,\n\n\
             there is news about what you watch on GitTix.\n\n\
             {}\n\n\
             Tickets can be gone by the time you read this.\n\n\
             Change or stop what you watch:\n\n\
             {page}\n",
            news.join("\n\n")
        ),
        unsubscribe: Some(page.to_owned()),
    }
}

/// The mail that tells a buyer that a refund has failed. `page` is the order's.
pub(crate) fn refund_failed(title: &str, amount: Money, page: &str) -> Message {
    Message {
        id: fresh(),
        subject: format!("Your refund of {amount} is delayed").into(),
        body: format!(
            "Hello,\n\n\
             we refunded {amount} for {title}, but your bank did not accept the money. You still get it: \
             we try again, and if that fails we pay you back in another way.\n\n\
             You can follow it here:\n\n\
             {page}\n"
        ),
        unsubscribe: None,
    }
}

/// The mail that tells an operator that a refund has failed.
pub(crate) fn refund_failed_report(payment: PaymentId, refund: &str, amount: Money) -> Message {
    Message {
        id: fresh(),
        subject: format!("A refund of {amount} has failed").into(),
        body: format!(
            "Refund {refund} of payment {payment}, {amount}, has failed.\n\n\
             It is tried again every hour, five times in all. After that, pay the buyer back in another way, and then run\n\n\
             gittix-server refund settle {payment} --by \"how\"\n\n\
             See RefundsFail in docs/RUNBOOK.md.\n"
        ),
        unsubscribe: None,
    }
}

/// What an operator has to know about a dispute.
pub(crate) struct DisputeReport<'a> {
    /// Stripe's id.
    pub(crate) dispute: &'a str,
    /// The disputed payment.
    pub(crate) payment: PaymentId,
    /// How much is disputed.
    pub(crate) amount: Money,
    /// Why, in Stripe's word.
    pub(crate) reason: &'a str,
    /// Its status.
    pub(crate) status: DisputeStatus,
    /// Until when evidence counts, for people.
    pub(crate) due: Option<&'a str>,
    /// The operator's page.
    pub(crate) page: &'a str,
}

/// The mail that tells an operator that a payment is disputed.
pub(crate) fn dispute_report(report: &DisputeReport<'_>) -> Message {
    let DisputeReport { dispute, payment, amount, reason, status, due, page } = report;
    let subject = if status.is_inquiry() {
        format!("A bank asks about a payment of {amount}")
    } else {
        format!("A payment of {amount} is disputed")
    };
    let due = match due {
        Some(due) if status.is_open() => {
            format!("Give your evidence at Stripe by {due}: after that it does not count.")
        }
        _ => "No evidence is asked for now.".to_owned(),
    };
    Message {
        id: fresh(),
        subject: subject.into(),
        body: format!(
            "Dispute {dispute} of payment {payment}, {amount}.\n\n\
             Status: {}. Reason: {reason}.\n\n\
             {due}\n\n\
             All open disputes:\n\n\
             {page}\n\n\
             See DisputeOpen in docs/RUNBOOK.md.\n",
            status.label()
        ),
        unsubscribe: None,
    }
}

/// The tickets of an order, for a mail.
pub(crate) struct Bought {
    /// Name of the event.
    pub(crate) title: String,
    /// How many tickets.
    pub(crate) count: usize,
    /// The event, when and where it is, and the places: a line each.
    pub(crate) lines: String,
}

impl Bought {
    /// `a ticket` or `2 tickets`.
    fn tickets(&self) -> String {
        if self.count == 1 { "a ticket".to_owned() } else { format!("{} tickets", self.count) }
    }
}

/// The mail that tells a buyer that they have bought tickets, and how they get them. It has no code: mails are read by
/// others, too. `tickets` is the page of the tickets, `order` that of the order.
pub(crate) fn order_bought(about: &Bought, how: &str, price: Money, tickets: &str, order: &str) -> Message {
    let (title, lines, bought) = (&about.title, &about.lines, about.tickets());
    Message {
        id: fresh(),
        subject: format!("Bought: {title}").into(),
        body: format!(
            "Hello,\n\n\
             you have bought {bought}:\n\n\
             {lines}\n\n\
             {how}\n\n\
             {tickets}\n\n\
             You paid {price}, with no fees. The order and its history:\n\n\
             {order}\n"
        ),
        unsubscribe: None,
    }
}

/// The mail that tells a seller that tickets are sold. `what` says what they have to do, and `page` is where. It does not
/// name the buyer.
pub(crate) fn order_sold(about: &Bought, what: &str, gets: Money, page: &str) -> Message {
    let Bought { title, lines, .. } = about;
    Message {
        id: fresh(),
        subject: format!("Sold: {title}").into(),
        body: format!(
            "Hello,\n\n\
             you have sold {}, and the buyer has paid:\n\n\
             {lines}\n\n\
             {what}\n\n\
             {page}\n\n\
             You get {gets}.\n",
            about.tickets()
        ),
        unsubscribe: None,
    }
}

/// The mail that tells a buyer that the seller has handed in what was missing.
pub(crate) fn order_handed_in(about: &Bought, page: &str) -> Message {
    let (title, lines) = (&about.title, &about.lines);
    Message {
        id: fresh(),
        subject: format!("Your tickets are there: {title}").into(),
        body: format!(
            "Hello,\n\n\
             the seller has handed in what you have bought:\n\n\
             {lines}\n\n\
             Open them when you need them:\n\n\
             {page}\n"
        ),
        unsubscribe: None,
    }
}

/// The mail that tells a buyer that the tickets were not handed in in time.
pub(crate) fn order_not_delivered(about: &Bought, price: Money, page: &str) -> Message {
    let (title, lines) = (&about.title, &about.lines);
    Message {
        id: fresh(),
        subject: format!("You get your money back: {title}").into(),
        body: format!(
            "Hello,\n\n\
             the seller has not handed in in time what you have bought:\n\n\
             {lines}\n\n\
             So we pay you back {price}. It goes to your card; banks take a few days to show it. You can follow it here:\n\n\
             {page}\n\n\
             We are sorry. Other tickets for the event may be on sale.\n"
        ),
        unsubscribe: None,
    }
}
