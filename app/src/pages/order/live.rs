//! An order as the open page knows it.

use std::cell::Cell;

use domain::{
    Moment, OrderId,
    orders::{OrderStatus, OrderView},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    ApiError,
    api::{CheckPayment, ShowOrder, get, post},
    browser::{PaymentReturn, follow, now_ms, sleep_ms, take_payment_return},
};

/// How often an order under way is asked after before the page leaves it to the reader.
const POLLS: usize = 15;
const FIRST_PAUSE_MS: i32 = 1_000;
const LONGEST_PAUSE_MS: i32 = 5_000;
/// News of so much later than the page's own answer may tell of something that it has missed.
const MISSED_MS: i64 = 2_000;

/// The order, kept up to date, and whether a payment is under way in this page.
#[derive(Clone, Copy)]
pub(super) struct LiveOrder {
    view: RwSignal<OrderView>,
    /// The browser's own clock when `view` came, to count from. Nothing is read from it
    /// before hydration, so that both sides render the same.
    came_at_ms: StoredValue<Option<f64>>,
    /// How the buyer came back from their bank, until somebody sees to it.
    came_back: StoredValue<Option<PaymentReturn>>,
    /// A card is being confirmed or its payment completed. Until that is decided nothing
    /// is said to have failed, whatever the clock says.
    pub(super) is_paying: RwSignal<bool>,
}

impl LiveOrder {
    pub(super) fn new(view: OrderView) -> Self {
        Self {
            view: RwSignal::new(view),
            came_at_ms: StoredValue::new(None),
            came_back: StoredValue::new(None),
            is_paying: RwSignal::new(false),
        }
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

    /// Whether nothing is left to pay or to wait for.
    pub(super) fn is_decided_untracked(self) -> bool {
        self.view.with_untracked(OrderView::is_decided)
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

    /// Takes note of a buyer who comes from their bank: until it is known what became of the card, the order
    /// has not failed, whatever the clock says. In the browser, from an effect.
    pub(super) fn welcome_back(self) {
        let came_back = take_payment_return();
        let may_be_undecided =
            self.view.with_untracked(|view| view.status.is_open() || view.status == OrderStatus::Expired);
        if came_back.is_some() && may_be_undecided {
            self.came_back.set_value(came_back);
            self.is_paying.set(true);
        }
    }

    /// How the buyer came back from their bank, for whoever sees to it.
    pub(super) fn take_return(self) -> Option<PaymentReturn> {
        self.came_back.try_update_value(Option::take).flatten()
    }

    /// Looks at the order whenever something happens to its ticket: the end of the lock, the payment's, a
    /// refund. In the browser, from an effect.
    pub(super) fn follow_ticket(self) {
        let (ticket, made_at_ms) = self.view.with_untracked(|view| (view.ticket.id, view.server_now_ms));
        let is_first = Cell::new(true);
        follow(&[ticket], move |news| {
            // The first tells how it stands, which is how it stood when the page was made; unless that was a while
            // ago, as for a page that was opened behind another and is looked at only now.
            let is_known = is_first.replace(false) && news.as_of_us / 1000 - made_at_ms < MISSED_MS;
            if !is_known {
                spawn_local(async move {
                    // Failing once is no reason to say anything: the next news come.
                    let _ = self.refresh().await;
                });
            }
        });
    }

    /// Shows an answer, unless a newer one has overtaken it: what happens to the ticket is asked after
    /// while the page waits for its payment. The page may have been left meanwhile, too.
    fn set(self, view: OrderView) {
        if self.view.try_with_untracked(|shown| !view.is_older_than(shown)) == Some(true) {
            self.start_clock();
            self.view.set(view);
        }
    }

    /// Asks the server how the order stands.
    pub(super) async fn refresh(self) -> Result<(), ApiError> {
        self.set(get(ShowOrder { order: self.id() }).await?);
        Ok(())
    }

    /// Asks after an order that has ended, as it looks, until it is known what became of a card that may have
    /// been sent at the last moment; for a bounded time.
    pub(super) async fn see_decision(self) {
        let mut pause_ms = FIRST_PAUSE_MS;
        for _ in 0..POLLS {
            // Failing once is no reason to say anything: it is asked again.
            let _ = self.check().await;
            if self.is_decided_untracked() {
                return;
            }
            sleep_ms(pause_ms).await;
            pause_ms = longer(pause_ms);
        }
    }

    /// Has the server ask Stripe, and act on the answer.
    pub(super) async fn check(self) -> Result<(), ApiError> {
        self.set(post(CheckPayment { order: self.id() }).await?);
        Ok(())
    }

    /// Waits until the payment that was just sent is decided, for a bounded time.
    pub(super) async fn settle(self) -> Settled {
        let declined_before = self.get_untracked().declined_attempts;
        let mut has_checked = self.check().await.is_ok();
        let mut pause_ms = FIRST_PAUSE_MS;
        for _ in 0..POLLS {
            if has_checked && self.is_decided_untracked() {
                return Settled::Over;
            }
            if self.get_untracked().declined_attempts > declined_before {
                return Settled::Declined;
            }
            sleep_ms(pause_ms).await;
            pause_ms = longer(pause_ms);
            let is_known = self.refresh().await.is_ok();
            // An order may run out of time while its payment completes: of such an end
            // Stripe has the last word, not the clock.
            if !has_checked || (is_known && !self.is_open_untracked() && !self.is_decided_untracked()) {
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

fn longer(pause_ms: i32) -> i32 {
    (pause_ms * 3 / 2).min(LONGEST_PAUSE_MS)
}

/// Whole milliseconds since `came_at_ms`.
#[expect(clippy::cast_possible_truncation, reason = "a page is not open for 285 million years")]
fn elapsed_ms(came_at_ms: f64) -> i64 {
    (now_ms() - came_at_ms) as i64
}
