//! The order that the open page shows, kept up to date.

use std::cell::Cell;

use leptos::{prelude::*, task::spawn_local};
use model::{
    OrderId, Timestamp,
    orders::{OrderStatus, OrderView},
};

use crate::{
    ApiError,
    api::{CheckPayment, ShowOrder, get, post},
    browser::{PaymentReturn, now_ms, sleep_ms, subscribe, take_payment_return},
};

/// The bound of polls for the result of a payment. After that the reader can ask again.
const MAX_POLLS: usize = 15;
const MIN_BACKOFF_MS: i32 = 1_000;
const MAX_BACKOFF_MS: i32 = 5_000;
/// The shortest sleep of the computer that the page notices. Clocks are corrected by less.
const MIN_SLEEP_MS: f64 = 2_000.0;
/// If the first update of the listing is this much newer than the page, the page may have missed a change.
const MISSED_UPDATE_MS: i64 = 2_000;

/// The order, and whether this page is paying for it.
#[derive(Clone, Copy)]
pub(super) struct ReactiveOrder {
    view: RwSignal<OrderView>,
    /// The browser's clock when `view` was received; the countdown starts from it. `None` until
    /// hydration, so that server and browser render the same.
    received_at_ms: StoredValue<Option<f64>>,
    /// How long the computer has slept since the page was opened, as far as it is counted.
    slept_ms: StoredValue<f64>,
    /// The result with which the bank's page sent the buyer back, until the checkout takes it.
    payment_return: StoredValue<Option<PaymentReturn>>,
    /// A card is being confirmed or a payment is being completed. Until the result is known the page does
    /// not say that the order failed, even after the lock's end.
    pub(super) is_paying: RwSignal<bool>,
}

impl ReactiveOrder {
    pub(super) fn new(view: OrderView) -> Self {
        Self {
            view: RwSignal::new(view),
            received_at_ms: StoredValue::new(None),
            slept_ms: StoredValue::new(0.0),
            payment_return: StoredValue::new(None),
            is_paying: RwSignal::new(false),
        }
    }

    pub(super) fn id(self) -> OrderId {
        self.view.with_untracked(|view| view.id)
    }

    pub(super) fn expires_at(self) -> Timestamp {
        self.view.with_untracked(|view| view.expires_at.clone())
    }

    /// The newest view of the order.
    pub(super) fn get(self) -> OrderView {
        self.view.get()
    }

    /// The newest view of the order, for tasks.
    pub(super) fn get_untracked(self) -> OrderView {
        self.view.get_untracked()
    }

    /// A value of the order, for code that runs once.
    pub(super) fn with_untracked<T>(self, read: impl FnOnce(&OrderView) -> T) -> T {
        self.view.with_untracked(read)
    }

    /// The status that the page shows: while a payment is in progress, a failed order is still open.
    pub(super) fn status(self) -> Memo<OrderStatus> {
        Memo::new(move |_| {
            let status = self.view.with(|view| view.status);
            let is_undecided = self.is_paying.get() && matches!(status, OrderStatus::Cancelled | OrderStatus::Expired);
            if is_undecided { OrderStatus::AwaitingPayment } else { status }
        })
    }

    /// Whether the order is open or a payment is in progress.
    pub(super) fn is_open(self) -> bool {
        self.view.with(|view| view.status.is_open()) || self.is_paying.get()
    }

    /// Whether the order is open.
    pub(super) fn is_open_untracked(self) -> bool {
        self.view.with_untracked(|view| view.status.is_open())
    }

    /// Whether the order's status is final.
    pub(super) fn is_decided_untracked(self) -> bool {
        self.view.with_untracked(OrderView::is_decided)
    }

    /// The time left in milliseconds: the server's count, minus the time that has passed in the browser
    /// since the view was received.
    pub(super) fn remaining_ms(self) -> i64 {
        let left_ms = self.view.with_untracked(|view| view.expires_at.unix_ms - view.server_now_ms);
        self.received_at_ms.get_value().map_or(left_ms, |received_at_ms| left_ms - elapsed_ms(received_at_ms))
    }

    /// Starts the count of the time that passes in the browser.
    pub(super) fn start_clock(self) {
        self.received_at_ms.set_value(Some(now_ms()));
    }

    /// Counts the time in which the computer has slept, and loads the order again once it is awake. `slept_ms` is the
    /// sum since the page was opened.
    pub(super) fn catch_up(self, slept_ms: f64) {
        let counted_ms = self.slept_ms.get_value();
        if slept_ms - counted_ms < MIN_SLEEP_MS {
            return;
        }
        self.slept_ms.set_value(slept_ms);
        self.received_at_ms.update_value(|at_ms| {
            if let Some(at_ms) = at_ms {
                *at_ms -= slept_ms - counted_ms;
            }
        });
        spawn_local(async move {
            // A failed request shows no error: the next update follows.
            let _ = self.refresh().await;
        });
    }

    /// Prepares the page for a buyer who comes back from the bank's page. Until the result of the payment is
    /// known the order has not failed, even after the lock's end. Called in the browser, from an effect.
    pub(super) fn resume_after_redirect(self) {
        let payment_return = take_payment_return();
        let may_be_undecided =
            self.view.with_untracked(|view| view.status.is_open() || view.status == OrderStatus::Expired);
        if payment_return.is_some() && may_be_undecided {
            self.payment_return.set_value(payment_return);
            self.is_paying.set(true);
        }
    }

    /// Takes the result with which the bank's page sent the buyer back.
    pub(super) fn take_payment_return(self) -> Option<PaymentReturn> {
        self.payment_return.try_update_value(Option::take).flatten()
    }

    /// Loads the order again on every update of its listing: the end of the lock, a payment, a refund.
    /// Called in the browser, from an effect.
    pub(super) fn subscribe_to_listing(self) {
        let (listing, made_at_ms) = self.view.with_untracked(|view| (view.tickets.listing, view.server_now_ms));
        let is_first = Cell::new(true);
        subscribe(&[listing], move |update| {
            // The first update is the current state, which the page shows already. It may not if the page was
            // opened in a background tab and becomes visible only later.
            let is_known = is_first.replace(false) && update.as_of_us / 1000 - made_at_ms < MISSED_UPDATE_MS;
            if !is_known {
                spawn_local(async move {
                    // A failed request shows no error: the next update follows.
                    let _ = self.refresh().await;
                });
            }
        });
    }

    /// Shows `view`, unless the page shows a newer one: requests for updates run beside those of a payment,
    /// and their responses can arrive in any order. The page may have been left meanwhile, too.
    fn apply(self, view: OrderView) {
        if self.view.try_with_untracked(|shown| !view.is_older_than(shown)) == Some(true) {
            self.start_clock();
            self.view.set(view);
        }
    }

    /// Loads the order again.
    pub(super) async fn refresh(self) -> Result<(), ApiError> {
        self.apply(get(ShowOrder { order: self.id() }).await?);
        Ok(())
    }

    /// Polls an expired order until the result of a card that may have been sent in the last second is known.
    /// The number of polls is bounded.
    pub(super) async fn poll_until_decided(self) {
        let mut backoff_ms = MIN_BACKOFF_MS;
        for _ in 0..MAX_POLLS {
            // A failed poll shows no error: the next one follows.
            let _ = self.check().await;
            if self.is_decided_untracked() {
                return;
            }
            sleep_ms(backoff_ms).await;
            backoff_ms = next_backoff(backoff_ms);
        }
    }

    /// Makes the server ask Stripe and act on the answer.
    pub(super) async fn check(self) -> Result<(), ApiError> {
        self.apply(post(CheckPayment { order: self.id() }).await?);
        Ok(())
    }

    /// Waits for the result of the payment that was just sent. The number of polls is bounded.
    pub(super) async fn await_payment(self) -> PaymentResult {
        let declined_before = self.get_untracked().declined_attempts;
        let mut has_checked = self.check().await.is_ok();
        let mut backoff_ms = MIN_BACKOFF_MS;
        for _ in 0..MAX_POLLS {
            if has_checked && self.is_decided_untracked() {
                return PaymentResult::OrderEnded;
            }
            if self.get_untracked().declined_attempts > declined_before {
                return PaymentResult::Declined;
            }
            sleep_ms(backoff_ms).await;
            backoff_ms = next_backoff(backoff_ms);
            let is_known = self.refresh().await.is_ok();
            // An order can run out of time while its payment completes. In that case Stripe's answer decides,
            // not the clock.
            if !has_checked || (is_known && !self.is_open_untracked() && !self.is_decided_untracked()) {
                has_checked = self.check().await.is_ok();
            }
        }
        PaymentResult::Unknown
    }
}

/// The result of a payment that was sent.
pub(super) enum PaymentResult {
    /// The order is paid, or has ended in another way.
    OrderEnded,
    /// The card was declined. The order is still open.
    Declined,
    /// There is no result yet.
    Unknown,
}

fn next_backoff(backoff_ms: i32) -> i32 {
    (backoff_ms * 3 / 2).min(MAX_BACKOFF_MS)
}

/// Whole milliseconds since `received_at_ms`.
#[expect(clippy::cast_possible_truncation, reason = "a page is not open for 285 million years")]
fn elapsed_ms(received_at_ms: f64) -> i64 {
    (now_ms() - received_at_ms) as i64
}
