//! What the mails about gifts say.

use platform::mail::Message;

use super::{content::Content, order_templates::Bought};

/// The mail that offers a gift to its recipient.
pub(crate) fn gift_offered(about: &Bought, giver: &str, page: &str) -> Message {
    let why = format!("You get this email because {giver} gives you a ticket on GitTix.");
    Content::new(format!("A ticket for you: {}", about.title), why)
        .text(format!("{giver} gives you a ticket:"))
        .about(about.lines.clone())
        .text("To accept it, sign in to GitTix with this email, or sign up. It costs nothing:")
        .button("See the ticket", page)
        .text(format!("Until you accept it, {giver} can take it back. If you do not want it, ignore this email."))
        .into_message()
}

/// The mail that tells the giver that a gift is accepted.
pub(crate) fn gift_accepted(about: &Bought, recipient: &str, page: &str) -> Message {
    Content::new(
        format!("Your ticket is accepted: {}", about.title),
        "You get this email because you gave a ticket on GitTix.",
    )
    .text(format!("{recipient} has accepted the ticket that you gave:"))
    .about(about.lines.clone())
    .text("From now on only they can open it. Your tickets are here:")
    .button("Your tickets", page)
    .into_message()
}
