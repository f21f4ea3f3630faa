//! What the mails about accounts and watches, and those to operators, say.

use model::{Money, PaymentId, disputes::DisputeStatus};
use platform::mail::Message;

use super::content::{Content, Off};

/// Why operators get their mails.
const OPERATES: &str = "You get this email because you are an operator of GitTix.";

/// The mail with the link that sets a password.
pub(crate) fn password_reset(link: &str, minutes: i32) -> Message {
    Content::new(
        "Set a new password for GitTix",
        "You get this email because a new password was asked for with this address.",
    )
    .text("someone asked to set a new password for your GitTix account. If it was you, set it here:")
    .button("Set a new password", link)
    .text(format!("The link works once, for {minutes} minutes. A newer link replaces it."))
    .text("If it was not you, ignore this email. Your password stays as it is.")
    .into_message()
}

/// The mail with the code of a sign-up. The subject has the code, to be read without opening the mail.
pub(crate) fn sign_up_code(code: &str, link: &str, minutes: i32) -> Message {
    Content::new(
        format!("{code} is your code for GitTix"),
        "You get this email because this address was typed into the form of a new GitTix account.",
    )
    .code(format!("{code} is your code."))
    .text("Type it in the browser in which you signed up, or open this link there:")
    .button("Enter the code", link)
    .text(format!("The code works once, for {minutes} minutes. Nobody from GitTix will ever ask you for it."))
    .text("If you did not sign up, ignore this email. There is no account then.")
    .into_message()
}

/// The mail to an address that has an account, when someone signs up with it again.
pub(crate) fn has_account(sign_in: &str, forgot: &str) -> Message {
    Content::new(
        "You have a GitTix account already",
        "You get this email because this address was typed into the form of a new GitTix account.",
    )
    .text("someone signed up for GitTix with your email. You have an account already. If it was you, sign in:")
    .button("Sign in", sign_in)
    .text("If you have forgotten your password, set a new one:")
    .link("Set a new password", forgot)
    .text("If it was not you, ignore this email. Your account stays as it is.")
    .into_message()
}

/// The mail with the code for signing in.
pub(crate) fn sign_in_code(code: &str, link: &str, minutes: i32) -> Message {
    Content::new(
        format!("{code} is your code for GitTix"),
        "You get this email because a code for signing in was asked for with this address.",
    )
    .code(format!("{code} is your code."))
    .text("It signs you in. Type it in the browser in which you asked for it, or open this link there:")
    .button("Enter the code", link)
    .text(format!("The code works once, for {minutes} minutes. Nobody from GitTix will ever ask you for it."))
    .text("If you did not ask for it, ignore this email. No one is signed in without the code.")
    .into_message()
}

/// The mail to an address without an account, when someone wants to sign in by a code.
pub(crate) fn has_no_account(sign_up: &str) -> Message {
    Content::new(
        "There is no GitTix account with your email",
        "You get this email because a code for signing in was asked for with this address.",
    )
    .text("someone wanted to sign in to GitTix with your email. There is no account with it. If it was you, try another email, or sign up:")
    .button("Sign up", sign_up)
    .text("If it was not you, ignore this email.")
    .into_message()
}

/// The mail with the code of a change of address, to the new one.
pub(crate) fn address_code(code: &str, link: &str, minutes: i32) -> Message {
    Content::new(
        format!("{code} is your code for GitTix"),
        "You get this email because an account of GitTix is to have this address.",
    )
    .code(format!("{code} is your code."))
    .text("With it, this becomes the email of your GitTix account. Type it in the browser in which you changed your email, or open this link there:")
    .button("Enter the code", link)
    .text(format!("The code works once, for {minutes} minutes. Nobody from GitTix will ever ask you for it."))
    .text("If it was not you, ignore this email. Nothing changes then.")
    .into_message()
}

/// The mail to an address that has an account, when the owner of another one wants it.
pub(crate) fn address_has_account() -> Message {
    Content::new(
        "You have a GitTix account already",
        "You get this email because another account of GitTix was to have this address.",
    )
    .text(
        "someone wanted to change the email of another GitTix account to yours. You have an account already, and an email \
         belongs to one account. If it was you, delete the account with this email first, or choose another email.",
    )
    .text("If it was not you, ignore this email. Your account stays as it is.")
    .into_message()
}

/// The mail to the address that an account had before. `contact` is the page that says who runs the site.
pub(crate) fn address_changed(contact: &str) -> Message {
    Content::new(
        "Your GitTix account has another email now",
        "You get this email because your GitTix account had this address.",
    )
    .text(
        "the email of your GitTix account was changed. You sign in with the new one from now on, and this address gets no \
         more mails.",
    )
    .text("If it was not you, write to us at once:")
    .button("Write to us", contact)
    .into_message()
}

/// Why the owner of an account gets the mails about its second factor.
const OWNS: &str = "You get this email because the second factor of your GitTix account was turned on or off.";

/// The mail that tells that a second factor was turned on. `contact` is the page that says who runs the site.
pub(crate) fn second_factor_on(contact: &str) -> Message {
    Content::new("The second factor of your GitTix account is on", OWNS)
        .text(
            "from now on, signing in to your GitTix account takes a code of an app after the password. All other devices \
             were signed out.",
        )
        .text("If it was not you, someone knows your password and can keep you out. Write to us at once:")
        .button("Write to us", contact)
        .into_message()
}

/// The mail that tells that a second factor was turned off. `page` is where it is turned on, `forgot` where a new password is
/// asked for.
pub(crate) fn second_factor_off(page: &str, forgot: &str) -> Message {
    Content::new("The second factor of your GitTix account is off", OWNS)
        .text("from now on, your password alone signs in to your GitTix account.")
        .text("If it was not you, set a new password at once, and turn the second factor on again:")
        .button("Set a new password", forgot)
        .link("Turn the second factor on", page)
        .into_message()
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
    /// One entry for each listing: what is new, and its page.
    pub(crate) lines: Vec<(String, String)>,
}

/// The mail with news about what a user watches. `page` is where they change that. It names no seller.
pub(crate) fn watch_news(events: Vec<EventNews>, page: &str, off: Off) -> Message {
    let subject = match &events[..] {
        [event] => format!("{}: tickets from {}", event.title, event.cheapest),
        events => format!("News about {} events that you watch", events.len()),
    };
    let mut content = Content::new(subject, "You get this email because you watch this on GitTix.")
        .text("there is news about what you watch on GitTix.");
    for EventNews { title, about, link, lines, .. } in events {
        content = content.about(vec![title, about]).link("Open the event", &link).list(lines);
    }
    content
        .text("Tickets can be gone by the time you read this.")
        .text("Change or stop what you watch:")
        .button("What you watch", page)
        .off(off)
        .into_message()
}

/// The mail that tells an operator that a refund has failed.
pub(crate) fn refund_failed_report(payment: PaymentId, refund: &str, amount: Money) -> Message {
    Content::bare(format!("A refund of {amount} has failed"), OPERATES)
        .text(format!("Refund {refund} of payment {payment}, {amount}, has failed."))
        .text("It is tried again every hour, five times in all. After that, pay the buyer back in another way, and then run")
        .code(format!("gittix-server refund settle {payment} --by \"how\""))
        .text("See RefundsFail in docs/RUNBOOK.md.")
        .into_message()
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
    Content::bare(subject, OPERATES)
        .text(format!("Dispute {dispute} of payment {payment}, {amount}."))
        .text(format!("Status: {}. Reason: {reason}.", status.label()))
        .text(due)
        .text("All open disputes:")
        .button("All open disputes", page)
        .text("See DisputeOpen in docs/RUNBOOK.md.")
        .into_message()
}
