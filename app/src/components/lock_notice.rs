//! Tells a reader that tickets are locked for them, by themselves or by a waitlist.

use leptos::{prelude::*, task::spawn_local_scoped_with_cancellation};
use leptos_router::hooks::use_location;
use model::{auth::CurrentUser, orders::LockedOrder};

use super::{Session, TimestampView, dynamic, transition};
use crate::{
    api,
    browser::{is_visible, now_ms, sleep_ms},
};

const POLL_INTERVAL_MS: i32 = 15_000;
/// The bound of polls on one page: one hour. The next page starts again.
const MAX_POLLS: usize = 240;
/// What the paths of orders begin with.
const ORDERS: &str = "/orders/";

/// A notice above every page while tickets are locked for the reader.
#[component]
pub(crate) fn LockNotice(
    /// The signed-in user.
    session: Session,
) -> impl IntoView {
    transition(
        || ().into_any(),
        move || async move {
            let user = session.0.get().await.ok().flatten();
            user.map(notice).into_any()
        },
    )
}

/// The notice, until the buyer pays or the lock ends. Only a reader who is on a waitlist, has a locked order or comes from
/// the page of one polls: on every navigation, and at an interval in between.
fn notice(user: CurrentUser) -> AnyView {
    let path = use_location().pathname;
    let watch = LockWatch::new(user);
    Effect::new(move |before: Option<String>| {
        let has_navigated = before.is_some();
        match before {
            None => watch.start_clock(),
            // The order may have been made since this page was loaded.
            Some(before) if before.starts_with(ORDERS) => watch.follows.set_value(true),
            Some(_) => (),
        }
        spawn_local_scoped_with_cancellation(watch.poll(has_navigated));
        path.get()
    });
    // The order's own page shows the lock already.
    let shown = move || watch.order.get().filter(|order| path.get() != order_path(order));
    dynamic(move || shown().map(|order| view! { <LockBanner order/> }.into_any()).into_any())
}

/// The reader's locked order and waitlists, as the open page knows them.
#[derive(Clone, Copy)]
struct LockWatch {
    order: RwSignal<Option<LockedOrder>>,
    /// When the lock ends, by the clock of [`now_ms`].
    ends_at_ms: StoredValue<f64>,
    /// Whether there is something to ask for, by the last response.
    follows: StoredValue<bool>,
}

impl LockWatch {
    fn new(user: CurrentUser) -> Self {
        Self {
            follows: StoredValue::new(user.follows_locks()),
            order: RwSignal::new(user.locked_order),
            ends_at_ms: StoredValue::new(f64::INFINITY),
        }
    }

    /// Starts the count for the lock that the server rendered.
    fn start_clock(self) {
        self.ends_at_ms.set_value(end_of(self.order.get_untracked().as_ref()));
    }

    /// Polls while there is something to wait for. After a navigation the first poll is immediate.
    async fn poll(self, has_navigated: bool) {
        let mut polls = 0;
        let mut is_due = has_navigated;
        while polls < MAX_POLLS && self.follows.get_value() {
            if !is_due {
                sleep_ms(self.pause_ms()).await;
                self.remove_ended_lock();
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

    fn remove_ended_lock(self) {
        if self.ends_at_ms.get_value() <= now_ms() {
            self.ends_at_ms.set_value(f64::INFINITY);
            self.order.set(None);
        }
    }

    fn apply(self, user: Option<CurrentUser>) {
        self.follows.set_value(user.as_ref().is_some_and(CurrentUser::follows_locks));
        let order = user.and_then(|user| user.locked_order);
        self.ends_at_ms.set_value(end_of(order.as_ref()));
        // An unchanged lock is not set again, so that a screen reader does not announce it twice.
        if self.order.with_untracked(|shown| !is_same(shown.as_ref(), order.as_ref())) {
            self.order.set(order);
        }
    }
}

/// When a lock that was received just now ends.
#[expect(clippy::cast_precision_loss, reason = "a lock does not last for 285 million years")]
fn end_of(order: Option<&LockedOrder>) -> f64 {
    order.map_or(f64::INFINITY, |order| now_ms() + order.left_ms as f64)
}

/// Whether two responses are about the same lock.
fn is_same(shown: Option<&LockedOrder>, received: Option<&LockedOrder>) -> bool {
    let key = |order: Option<&LockedOrder>| order.map(|order| (order.order, order.until.unix_ms));
    key(shown) == key(received)
}

#[component]
fn LockBanner(order: LockedOrder) -> impl IntoView {
    let address = order_path(&order);
    let lead = if order.is_offer { "It is your turn: " } else { "" };
    view! {
        <p class="notice lock-notice" role="status">
            {lead} <strong>{order.title}</strong> " is reserved for you until " <TimestampView at=order.until/> ". "
            <a href=address>"Pay now"</a>
        </p>
    }
    .into_any()
}

fn order_path(order: &LockedOrder) -> String {
    format!("{ORDERS}{}", order.order)
}
