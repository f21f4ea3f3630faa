//! `/status`: whether the site works right now.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use leptos::prelude::*;

use super::document::{About, contact, page};
use crate::{metrics::site_status::SiteStatus, state::SharedState};

const ABOUT: About = About { path: "/status", title: "Status", description: "Whether GitTix works right now." };

/// The state of now, and not of a minute ago.
const FRESH: HeaderValue = HeaderValue::from_static("no-store");

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    let status = Box::pin(state.metrics.site_status(&state.backend, &state.redis)).await;
    let mut response = page(&state, &ABOUT, || {
        view! {
            <h1>"Status"</h1>
            <p class="lead">{in_short(status)}</p>
            <dl class="parts">
                {part("Tickets, orders and accounts", tickets(status))}
                {part("Work in the background", background(status))}
            </dl>
            <p>"What you have reserved or paid is stored safely, whatever this page says. Reload the page to check again."</p>
            <p>"Card payments go through Stripe, which has " <a href="https://status.stripe.com" rel="noreferrer">"a status page of its own"</a> "."</p>
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    });
    response.headers_mut().insert(header::CACHE_CONTROL, FRESH);
    response
}

/// How well a part works, and what that means for the reader.
type Verdict = (Health, &'static str);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Works,
    Slow,
    Down,
}

impl Health {
    /// The words and the class that colours them.
    fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Works => ("Working", "status status-done"),
            Self::Slow => ("Slow", "status status-locked"),
            Self::Down => ("Not working", "status status-sold"),
        }
    }
}

fn in_short(status: SiteStatus) -> &'static str {
    match (tickets(status).0, background(status).0) {
        (Health::Works, Health::Works) => "Everything works.",
        (Health::Works, _) => "You can buy and sell. Some things take longer than usual.",
        _ => "You cannot buy or sell right now. We are working on it.",
    }
}

fn tickets(status: SiteStatus) -> Verdict {
    if status.postgres {
        (Health::Works, "You can look at tickets, reserve them and pay.")
    } else {
        (Health::Down, "Pages with tickets and orders do not open right now.")
    }
}

/// Redis and the workers. What is late there is late and not lost.
fn background(status: SiteStatus) -> Verdict {
    if !status.redis {
        return (Health::Down, "Signing in, signing up and emails do not work right now. Who is signed in can buy.");
    }
    match status.is_late {
        Some(false) => (Health::Works, "Emails, refunds and reservations that run out are dealt with in time."),
        Some(true) => (
            Health::Slow,
            "Emails, refunds or payments take longer than usual. Nothing is lost. Please do not pay twice.",
        ),
        None => (Health::Slow, "We could not check this just now."),
    }
}

fn part(name: &'static str, (health, meaning): Verdict) -> AnyView {
    let (words, class) = health.label();
    view! {
        <div class="part">
            <dt>{name}</dt>
            <dd class=class>{words}</dd>
            <dd>{meaning}</dd>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outage_is_said_in_its_own_words() {
        let (works, slow, down) = (Health::Works, Health::Slow, Health::Down);
        let table = [
            ((true, true, Some(false)), works, works, "Everything works."),
            ((true, true, Some(true)), works, slow, "You can buy and sell. Some things take longer than usual."),
            ((true, true, None), works, slow, "You can buy and sell. Some things take longer than usual."),
            ((true, false, Some(false)), works, down, "You can buy and sell. Some things take longer than usual."),
            ((false, true, None), down, slow, "You cannot buy or sell right now. We are working on it."),
        ];
        for ((postgres, redis, is_late), of_tickets, of_background, words) in table {
            let status = SiteStatus { postgres, redis, is_late };
            assert_eq!((tickets(status).0, background(status).0), (of_tickets, of_background), "{status:?}");
            assert_eq!(in_short(status), words, "{status:?}");
        }
    }
}
