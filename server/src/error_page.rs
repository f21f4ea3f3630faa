//! The page of a request that failed before it reached the pages: the database is away, a limit is reached, and the
//! like.
//!
//! It brings its styles along and loads no other file, because the file might fail, too.

use std::time::Duration;

use app::document::{in_words, render};
use axum::http::HeaderValue;
use domain::auth::email::Email;
use leptos::{nonce::Nonce, prelude::*};
use model::Code;

const STYLE: &str = include_str!("error_page.css");
/// The mark of the brand, as in `style/public/favicon.svg`.
const MARK: &str = include_str!("../../style/public/favicon.svg");

/// What the page says.
#[derive(Debug)]
pub(crate) struct ErrorPage<'a> {
    /// The error.
    pub(crate) code: Code,
    /// When the reader may try again, if it is not now.
    pub(crate) retry_after: Option<Duration>,
    /// By which an operator finds the request in the log.
    pub(crate) request_id: &'a str,
    /// Where the reader may write to.
    pub(crate) contact: Option<&'a Email>,
}

impl ErrorPage<'_> {
    /// The document. Its style runs by the nonce of the answer's [`policy`].
    pub(crate) fn document(&self, nonce: Option<&Nonce>) -> String {
        let nonce = nonce.map(ToString::to_string);
        render(|| {
            view! {
                <!DOCTYPE html>
                <html lang="en">
                    <head>
                        <meta charset="utf-8"/>
                        <meta name="viewport" content="width=device-width, initial-scale=1"/>
                        <meta name="color-scheme" content="light dark"/>
                        <meta name="robots" content="noindex"/>
                        <title>"Something went wrong · GitTix"</title>
                        <style nonce=nonce inner_html=STYLE></style>
                    </head>
                    <body>
                        <header>
                            <a class="brand" href="/">
                                <span aria-hidden="true" inner_html=MARK></span>
                                "GitTix"
                            </a>
                        </header>
                        <main>
                            <div class="sheet">
                                <h1>{self.heading()}</h1>
                                <p>{self.words()}</p>
                                {self.reassurance()}
                                <ul role="list">
                                    <li><a href="/orders">"My orders"</a></li>
                                    <li><a href="/">"Tickets on sale"</a></li>
                                    <li><a href="/status">"Status"</a></li>
                                </ul>
                                <p class="small">{self.help()} <code>{self.request_id.to_owned()}</code></p>
                            </div>
                        </main>
                    </body>
                </html>
            }
            .into_any()
        })
    }

    fn heading(&self) -> &'static str {
        match self.code {
            Code::Unavailable | Code::PaymentsUnavailable => "We will be back shortly",
            Code::TooManyRequests | Code::TooManyAttempts => "Please wait a little",
            Code::NotFound => "Nothing here",
            _ => "That did not work",
        }
    }

    fn words(&self) -> String {
        match (self.code, self.retry_after) {
            (Code::TooManyRequests, Some(wait)) => {
                format!("There were too many requests from your network. Try again in {}.", in_words(rounded_up(wait)))
            }
            _ => self.code.words().to_owned(),
        }
    }

    /// For a reader who may be in the middle of a purchase. After a mistyped address it would frighten.
    fn reassurance(&self) -> Option<AnyView> {
        let is_ours = self.code.status() >= 500 || self.code.status() == 429;
        is_ours.then(|| view! { <p>"What you have paid or reserved is safe."</p> }.into_any())
    }

    /// Ends before the reference.
    fn help(&self) -> AnyView {
        match self.contact {
            Some(email) => {
                let email = email.as_str().to_owned();
                let address = format!("mailto:{email}");
                view! { "Need help? Write to " <a href=address>{email}</a> " and quote this reference: " }.into_any()
            }
            None => view! { "If you contact us, quote this reference: " }.into_any(),
        }
    }
}

/// To whole minutes from two minutes on: a reader who comes a moment too early is refused again.
fn rounded_up(wait: Duration) -> Duration {
    let seconds = wait.as_secs().max(1);
    if seconds < 120 { Duration::from_secs(seconds) } else { Duration::from_mins(seconds.div_ceil(60)) }
}

/// The page's own policy: its style by the nonce, and the icon that browsers ask for.
pub(crate) fn policy(nonce: Option<&Nonce>) -> HeaderValue {
    let style = nonce.map_or_else(|| "'none'".to_owned(), |nonce| format!("'nonce-{nonce}'"));
    let policy = format!(
        "default-src 'none'; style-src {style}; img-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(code: Code, wait_seconds: Option<u64>, contact: Option<&Email>) -> String {
        let retry_after = wait_seconds.map(Duration::from_secs);
        ErrorPage { code, retry_after, request_id: "id-7", contact }.document(Some(&Nonce::from_value("n")))
    }

    #[test]
    fn limit_says_when_it_ends() {
        for (seconds, words) in
            [(0, "1 second."), (45, "45 seconds."), (121, "3 minutes."), (2610, "44 minutes."), (3600, "1 hour.")]
        {
            let page = document(Code::TooManyRequests, Some(seconds), None);
            assert!(page.contains(&format!("Try again in {words}")), "{seconds}: {page}");
        }
    }

    #[test]
    fn contact_is_text_and_nothing_else() {
        let hostile = Email::parse("\"<script>\"@example.com").expect("a quoted name");
        let page = document(Code::Unavailable, None, Some(&hostile));
        assert!(!page.contains("<script>"), "{page}");
        assert!(page.contains("quote this reference: ") && page.contains("<code>id-7</code>"), "{page}");
    }

    #[test]
    fn style_and_mark_are_whole() {
        let page = document(Code::Unavailable, None, None);
        assert!(page.contains("<style nonce=\"n\">:root {") && page.contains("<svg "), "{page}");
        assert!(page.contains(Code::Unavailable.words()), "{page}");
        assert!(!page.contains(" style="), "{page}");
        assert!(page.contains("What you have paid or reserved is safe."), "{page}");
        assert!(!document(Code::NotFound, None, None).contains("is safe"));
    }
}
