//! The texts of the mails, in plain text.

use model::Money;
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
