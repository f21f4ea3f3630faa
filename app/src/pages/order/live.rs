//! An order as the open page knows it.

use std::cell::Cell;

use domain::{
    Moment, OrderId,
    orders::{OrderStatus, OrderView},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    ApiError,
    api::{check_payment, show_order},
    browser::{follow, now_ms, sleep_ms},
};

/// How often an order under way is asked after before the page leaves it to the reader.
const POLLS: usize = 15;
const FIRST_PAUSE_MS: i32 = 1_000;
const LONGEST_PAUSE_MS: i32 = 5_000;

/// The order, kept up to date, and whether a payment is under way in this page.
#[derive(Clone, Copy)]
pub(super) struct LiveOrder {
    view: RwSignal<OrderView>,
    /// The browser's own clock when `view` came, to count from. Nothing is read from it
    /// before hydration, so that both sides render the same.
    came_at_ms: StoredValue<Option<f64>>,
    /// A card is being confirmed or its payment completed. Until that is decided nothing
    /// is said to have failed, whatever the clock says.
    pub(super) is_paying: RwSignal<bool>,
}

impl LiveOrder {
    pub(super) fn new(view: OrderView) -> Self {
        Self { view: RwSignal::new(view), came_at_ms: StoredValue::new(None), is_paying: RwSignal::new(false) }
    }

    pub(super) fn id(self) -> OrderId {
        self.view.with_untracked(|view| view.id)
    }

    pub(super) fn expires_at(self) -> Moment {
        self.view.with_untracked(|view| view.expires_at.clone())
    }

    /// The order as last heard of.
    pub(super) fn get(self) -> OrderView {
        self.view.get()
    }

    /// The order as last heard of, for tasks.
    pub(super) fn get_untracked(self) -> OrderView {
        self.view.get_untracked()
    }

    /// Where it stands, as far as the page may say.
    pub(super) fn status(self) -> Memo<OrderStatus> {
        Memo::new(move |_| {
            let status = self.view.with(|view| view.status);
            let is_undecided = self.is_paying.get() && matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
            if is_undecided { OrderStatus::AwaitingPayment } else { status }
        })
    }

    /// Whether there is still something to pay or to wait for.
    pub(super) fn is_open(self) -> bool {
        self.view.with(|view| view.status.is_open()) || self.is_paying.get()
    }

    /// Whether the lock still waits for a payment.
    pub(super) fn is_open_untracked(self) -> bool {
        self.view.with_untracked(|view| view.status.is_open())
    }

    /// The time left, in milliseconds: at first as the server counted it, in the browser
    /// less what has passed there since.
    pub(super) fn remaining_ms(self) -> i64 {
        let left_ms = self.view.with_untracked(|view| view.expires_at.unix_ms - view.server_now_ms);
        self.came_at_ms.get_value().map_or(left_ms, |came_at_ms| left_ms - elapsed_ms(came_at_ms))
    }

    /// Starts the count of what passes in the browser.
    pub(super) fn start_clock(self) {
        self.came_at_ms.set_value(Some(now_ms()));
    }

    /// Looks at the order whenever something happens to its ticket: the end of the lock, the payment's, a
    /// refund. In the browser, from an effect.
    pub(super) fn follow_ticket(self) {
        let ticket = self.view.with_untracked(|view| view.ticket.id);
        let is_first = Cell::new(true);
        follow(&[ticket], move |_| {
            // How it stood when the page was made.
            if !is_first.replace(false) {
                spawn_local(async move {
                    // Failing once is no reason to say anything: the next news come.
                    let _ = self.refresh().await;
                });
            }
        });
    }

    /// Shows an answer, unless a newer one has overtaken it: what happens to the ticket is asked after
    /// while the page waits for its payment.
    fn set(self, view: OrderView) {
        if self.view.with_untracked(|shown| !view.is_older_than(shown)) {
            self.start_clock();
            self.view.set(view);
        }
    }

    /// Asks the server how the order stands.
    pub(super) async fn refresh(self) -> Result<(), ApiError> {
        self.set(show_order(self.id()).await?);
        Ok(())
    }

    /// Has the server ask Stripe, and act on the answer.
    pub(super) async fn check(self) -> Result<(), ApiError> {
        self.set(check_payment(self.id()).await?);
        Ok(())
    }

    /// Waits until the payment that was just sent is decided, for a bounded time.
    pub(super) async fn settle(self) -> Settled {
        let declined_before = self.get_untracked().declined_attempts;
        let mut has_checked = self.check().await.is_ok();
        let mut pause_ms = FIRST_PAUSE_MS;
        for _ in 0..POLLS {
            if has_checked && !self.is_open_untracked() {
                return Settled::Over;
            }
            if self.get_untracked().declined_attempts > declined_before {
                return Settled::Declined;
            }
            sleep_ms(pause_ms).await;
            pause_ms = (pause_ms * 3 / 2).min(LONGEST_PAUSE_MS);
            let was_open = self.is_open_untracked();
            let is_over = self.refresh().await.is_ok() && !self.is_open_untracked();
            // An order may run out of time while its payment completes: of such an end
            // Stripe has the last word, not the clock.
            if !has_checked || (was_open && is_over && self.get_untracked().status != OrderStatus::Complete) {
                has_checked = self.check().await.is_ok();
            }
        }
        Settled::NotYet
    }
}

/// What became of a payment that was sent.
pub(super) enum Settled {
    /// The order is paid for, or has ended otherwise.
    Over,
    /// The card was declined; the order stands.
    Declined,
    /// Nobody knows yet.
    NotYet,
}

/// Whole milliseconds since `came_at_ms`.
#[expect(clippy::cast_possible_truncation, reason = "a page is not open for 285 million years")]
fn elapsed_ms(came_at_ms: f64) -> i64 {
    (now_ms() - came_at_ms) as i64
}
