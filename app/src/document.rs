//! What all documents of the site share: the pages that browsers hydrate, and those that the server renders alone.
//!
//! Only the server renders it, so it adds nothing to the download.

use std::time::Duration;

use leptos::{html, prelude::*};
use leptos_meta::HashedStylesheet;

/// The pages about the site, in the order of the footer.
pub const INFORMATION_PAGES: [(&str, &str); 8] = [
    ("/how-it-works", "How it works"),
    ("/money", "How your money is held"),
    ("/fees", "Fees"),
    ("/help", "Help"),
    ("/terms", "Terms"),
    ("/privacy", "Privacy"),
    ("/imprint", "Imprint"),
    ("/status", "Status"),
];

/// The part of the head that all documents share. `options` has the names of the built files.
#[must_use]
pub fn shared_head(options: LeptosOptions) -> AnyView {
    view! {
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        // Telephones turn dates, places and seat numbers into links.
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no"/>
        <meta name="color-scheme" content="light dark"/>
        // The colours of the header: telephones colour the bar above it with them.
        {theme_color("#2a1f70", "(prefers-color-scheme: light)")}
        {theme_color("#0d0a16", "(prefers-color-scheme: dark)")}
        <link rel="icon" href="/favicon.ico" sizes="32x32"/>
        <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
        <link rel="apple-touch-icon" href="/apple-touch-icon.png"/>
        <link rel="manifest" href="/manifest.webmanifest"/>
        <HashedStylesheet options id="gittix"/>
    }
    .into_any()
}

/// Leptos' own `meta` has no `media`.
fn theme_color(color: &'static str, media: &'static str) -> impl IntoView {
    html::meta().attr("name", "theme-color").attr("content", color).attr("media", media)
}

/// The footer of all documents: what holds for every purchase, and the pages about the site.
/// `lock_length` is how long a ticket is reserved, if it is known.
#[must_use]
pub fn site_footer(lock_length: Option<Duration>) -> AnyView {
    let how_long = lock_length.map_or_else(|| "while you pay".to_owned(), |length| format!("for {}", in_words(length)));
    let links = INFORMATION_PAGES.map(|(address, name)| {
        // The router has no such pages.
        view! { <li><a class="footer-link" href=address rel="external">{name}</a></li> }
    });
    view! {
        <footer class="site-footer">
            <p>{format!("Press Buy and the ticket is reserved for you {how_long}. Don’t pay, and you owe nothing.")}</p>
            <nav aria-label="About GitTix">
                <ul class="footer-links" role="list">{links.into_iter().collect_view()}</ul>
            </nav>
        </footer>
    }
    .into_any()
}

/// Renders a whole document that the browser does not hydrate, so that it needs none of the markers for that.
pub fn render(document: impl FnOnce() -> AnyView) -> String {
    Owner::new().with(|| document().to_html()).replace("<!>", "")
}

/// A length of time as people say it: `15 minutes`, `90 seconds`, `1 hour`.
#[must_use]
pub fn in_words(length: Duration) -> String {
    let seconds = length.as_secs();
    let (number, unit) = match seconds {
        _ if seconds > 0 && seconds.is_multiple_of(3600) => (seconds / 3600, "hour"),
        _ if seconds > 0 && seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words_names_the_largest_unit_that_is_exact() {
        let table = [
            (0, "0 seconds"),
            (1, "1 second"),
            (15, "15 seconds"),
            (60, "1 minute"),
            (90, "90 seconds"),
            (900, "15 minutes"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (86_400, "24 hours"),
        ];
        for (seconds, words) in table {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
