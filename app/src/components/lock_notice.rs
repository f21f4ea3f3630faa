//! Tells a reader on a waitlist that tickets are offered to them.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use leptos_router::hooks::use_location;
use model::{auth::CurrentUser, waitlist::Offer};

use super::{Session, TimestampView, dynamic, transition};
use crate::{
    api,
    browser::{is_visible, now_ms, sleep_ms},
};

const POLL_INTERVAL_MS: i32 = 15_000;
/// The bound of polls on one page: one hour. The next page starts again.
const MAX_POLLS: usize = 240;

/// A notice above every page while tickets from a waitlist are offered to the reader.
#[component]
pub(crate) fn OfferNotice(
    /// The signed-in user.
    session: Session,
) -> impl IntoView {
    transition(
        || ().into_any(),
        move || async move {
            let user = session.0.get().await.ok().flatten();
            user.filter(CurrentUser::follows_waitlists).map(notice).into_any()
        },
    )
}

/// The notice, from the start of the offer until the buyer pays or the offer ends. Only a reader who is
/// on a waitlist or has an offer polls: on every navigation, and at an interval in between.
fn notice(user: CurrentUser) -> AnyView {
    let path = use_location().pathname;
    let watch = OfferWatch::new(user);
    Effect::new(move |before: Option<()>| {
        path.track();
        let has_navigated = before.is_some();
        if !has_navigated {
            watch.start_clock();
        }
        spawn_local_scoped_with_cancellation(watch.poll(has_navigated));
    });
    // The order's own page shows the offer already.
    let shown = move || watch.offer.get().filter(|offer| path.get() != order_path(offer));
    dynamic(move || shown().map(|offer| view! { <OfferBanner offer/> }.into_any()).into_any())
}

/// The reader's offer and waitlists, as the open page knows them.
#[derive(Clone, Copy)]
struct OfferWatch {
    offer: RwSignal<Option<Offer>>,
    /// When the offer ends, by the clock of [`now_ms`].
    ends_at_ms: StoredValue<f64>,
    /// Whether the reader is on a waitlist or has an offer, by the last response.
    is_waiting: StoredValue<bool>,
}

impl OfferWatch {
    fn new(user: CurrentUser) -> Self {
        Self {
            is_waiting: StoredValue::new(user.follows_waitlists()),
            offer: RwSignal::new(user.offer),
            ends_at_ms: StoredValue::new(f64::INFINITY),
        }
    }

    /// Starts the count for the offer that the server rendered.
    fn start_clock(self) {
        self.ends_at_ms.set_value(end_of(self.offer.get_untracked().as_ref()));
    }

    /// Polls while there is something to wait for. After a navigation the first poll is immediate.
    async fn poll(self, has_navigated: bool) {
        let mut polls = 0;
        let mut is_due = has_navigated;
        while polls < MAX_POLLS && self.is_waiting.get_value() {
            if !is_due {
                sleep_ms(self.pause_ms()).await;
                self.remove_ended_offer();
            }
            is_due = false;
            if is_visible() {
                polls += 1;
                // A failed poll shows no error: the next one follows.
                if let Ok(user) = api::get(api::CurrentUser {}).await {
                    self.apply(user);
                }
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "the value is between two small numbers")]
    fn pause_ms(self) -> i32 {
        (self.ends_at_ms.get_value() - now_ms()).ceil().clamp(1.0, f64::from(POLL_INTERVAL_MS)) as i32
    }

    fn remove_ended_offer(self) {
        if self.ends_at_ms.get_value() <= now_ms() {
            self.ends_at_ms.set_value(f64::INFINITY);
            self.offer.set(None);
        }
    }

    fn apply(self, user: Option<CurrentUser>) {
        self.is_waiting.set_value(user.as_ref().is_some_and(CurrentUser::follows_waitlists));
        let offer = user.and_then(|user| user.offer);
        self.ends_at_ms.set_value(end_of(offer.as_ref()));
        // An unchanged offer is not set again, so that a screen reader does not announce it twice.
        if self.offer.with_untracked(|shown| !is_same(shown.as_ref(), offer.as_ref())) {
            self.offer.set(offer);
        }
    }
}

/// When an offer that was received just now ends.
#[expect(clippy::cast_precision_loss, reason = "an offer does not last for 285 million years")]
fn end_of(offer: Option<&Offer>) -> f64 {
    offer.map_or(f64::INFINITY, |offer| now_ms() + offer.left_ms as f64)
}

/// Whether two responses are about the same offer.
fn is_same(shown: Option<&Offer>, received: Option<&Offer>) -> bool {
    let key = |offer: Option<&Offer>| offer.map(|offer| (offer.order, offer.until.unix_ms));
    key(shown) == key(received)
}

#[component]
fn OfferBanner(offer: Offer) -> impl IntoView {
    let address = order_path(&offer);
    view! {
        <p class="notice offer-notice" role="status">
            "It is your turn: " <strong>{offer.title}</strong> " is reserved for you until " <TimestampView at=offer.until/> ". "
            <a href=address>"Pay now"</a>
        </p>
    }
    .into_any()
}

fn order_path(offer: &Offer) -> String {
    format!("/orders/{}", offer.order)
}
