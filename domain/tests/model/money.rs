//! The model's rules of money that goes back: refunds by the product and by the operator, refunds that banks return, and
//! disputes.

use domain::payments::PaymentStatus;
use model::{disputes::DisputeStatus, orders::OrderStatus};

use crate::{
    paying::Failure,
    world::{AttemptNo, Card, Fault, HOUR, Intent, LONGEST_PAUSE, MINUTE, Time, World},
};

/// Refunds in a row that Stripe has refused, after which the refund counts as failed.
const REFUSALS: u32 = 5;
/// The platform's fee, in hundredths of a percent.
pub(crate) const FEE_BASIS_POINTS: u32 = 250;
/// What Stripe takes for a dispute.
pub(crate) const DISPUTE_FEE: i64 = 1500;

/// A refund at Stripe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refund {
    pub(crate) cents: i64,
    /// The bank did not accept it, or has returned it.
    pub(crate) has_failed: bool,
    /// Which of the product's keys it was made under; `None` if the operator made it.
    pub(crate) key: Option<u32>,
}

/// A dispute of all of the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dispute {
    pub(crate) status: DisputeStatus,
    /// The bank has taken the money.
    pub(crate) is_withdrawn: bool,
    /// It has given the money back.
    pub(crate) is_reinstated: bool,
}

/// What the product knows of the money of an attempt, and owes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// Whether the money was taken for the seller, and not only held for the buyer.
    pub(crate) is_sale: bool,
    /// Of each refund at Stripe that it has heard of: whether it has failed.
    pub(crate) refunds: Vec<Option<bool>>,
    /// Cents that were paid back without Stripe.
    pub(crate) settled: i64,
    /// Cents that have to go back in all.
    pub(crate) due: i64,
    /// Keys that are used up.
    pub(crate) keys: u32,
    /// How often Stripe has refused a refund.
    pub(crate) refusals: u32,
    /// The same since it last answered anything else about the attempt.
    pub(crate) refusals_in_a_row: u32,
    /// When the product asks for what is owed again.
    pub(crate) asks_again: Time,
    /// When the sweep looks again, after a refusal.
    pub(crate) looks_again: Time,
    pub(crate) dispute: Option<Dispute>,
    /// When it was last told of the dispute.
    pub(crate) heard: Time,
}

impl Known {
    /// How many refunds are known to have failed.
    pub(crate) fn failures(&self) -> usize {
        self.refunds.iter().filter(|failed| **failed == Some(true)).count()
    }

    /// Cents that the bank has given the buyer for good.
    fn lost(&self, price: i64) -> i64 {
        let is_lost = self.dispute.as_ref().is_some_and(|dispute| dispute.status == DisputeStatus::Lost);
        if is_lost { price } else { 0 }
    }

    /// Whether the bank has the money of a dispute that is not decided, so that Stripe would refuse a refund.
    fn is_held(&self) -> bool {
        self.dispute.as_ref().is_some_and(|dispute| has_the_money(dispute.status))
    }
}

fn has_the_money(status: DisputeStatus) -> bool {
    matches!(status, DisputeStatus::NeedsResponse | DisputeStatus::UnderReview)
}

impl Intent {
    /// Cents that Stripe has refunded.
    pub(crate) fn refunded(&self) -> i64 {
        self.refunds.iter().filter(|refund| !refund.has_failed).map(|refund| refund.cents).sum()
    }

    /// Cents of `price` that Stripe would refund.
    pub(crate) fn refundable(&self, price: i64) -> i64 {
        let is_blocked = self
            .dispute
            .as_ref()
            .is_some_and(|dispute| has_the_money(dispute.status) || dispute.status == DisputeStatus::Lost);
        if is_blocked || self.state != Card::Captured { 0 } else { price - self.refunded() }
    }
}

impl World {
    /// Cents that the buyer has got back by refunds, as far as the product knows.
    pub(crate) fn refunded(&self, it: AttemptNo) -> i64 {
        let attempt = self.attempt(it);
        let refunds = attempt.intent.iter().flat_map(|intent| &intent.refunds).zip(&attempt.known.refunds);
        let refunded: i64 = refunds.filter(|(_, failed)| **failed == Some(false)).map(|(refund, _)| refund.cents).sum();
        refunded + attempt.known.settled
    }

    /// Cents that still have to go back.
    pub(crate) fn owed(&self, it: AttemptNo) -> i64 {
        let (known, price) = (&self.attempt(it).known, self.orders[&it.0].price());
        let open = (known.due - self.refunded(it)).max(0);
        // What a bank has given the buyer need not be refunded.
        open - open.min(known.lost(price))
    }

    /// What buyer, seller, platform and Stripe have got of an attempt, according to the ledger.
    pub(crate) fn booked(&self, it: AttemptNo) -> [i64; 4] {
        let (attempt, price) = (self.attempt(it), self.orders[&it.0].price());
        if !has_captured(attempt.status) {
            return [0; 4];
        }
        let dispute = attempt.known.dispute.as_ref();
        let disputed = dispute.is_some_and(|dispute| dispute.is_withdrawn && !dispute.is_reinstated);
        let back = self.refunded(it) + if disputed { price } else { 0 };
        let fee = if attempt.known.is_sale { price * i64::from(FEE_BASIS_POINTS) / 10_000 } else { price };
        // Each gives its share, and the platform's is rounded down. What is beyond the price is the platform's loss.
        let shared = back.min(price);
        let seller = (price - fee) - (shared - fee * shared / price);
        let stripe = if dispute.is_some_and(|dispute| dispute.is_withdrawn) { DISPUTE_FEE } else { 0 };
        [back - price, seller, price - back - seller - stripe, stripe]
    }

    /// Reads the refunds of an attempt at Stripe, and asks for what is owed.
    pub(crate) fn follow_refunds(&mut self, it: AttemptNo) -> Result<(), Failure> {
        self.pause();
        let seen = self.refunds_at_stripe(it);
        if seen.is_empty() && self.attempt(it).status == PaymentStatus::Captured {
            return Ok(());
        }
        self.pause();
        self.hear_refunds(it, &seen);
        let (known, owed) = (self.attempt(it).known.clone(), self.owed(it));
        if owed == 0 || !self.is_running(it) || known.asks_again > self.now {
            return Ok(());
        }
        self.pause();
        if self.attempt(it).known.is_held() {
            self.attempt_mut(it).known.asks_again = self.now + HOUR;
            return Ok(());
        }
        self.pause();
        self.ask_for(it, owed, (known.keys, known.refusals))?;
        self.pause();
        let seen = self.refunds_at_stripe(it);
        self.pause();
        self.hear_refunds(it, &seen);
        Ok(())
    }

    fn refunds_at_stripe(&self, it: AttemptNo) -> Vec<Refund> {
        self.attempt(it).intent.as_ref().map(|intent| intent.refunds.clone()).unwrap_or_default()
    }

    /// Whether the product is at a refund, and does not wait after a failure.
    pub(crate) fn is_running(&self, it: AttemptNo) -> bool {
        matches!(self.attempt(it).status, PaymentStatus::Refunding | PaymentStatus::PartRefunding)
    }

    /// Asks Stripe for a refund under a key: the second time it answers as the first time.
    fn ask_for(&mut self, it: AttemptNo, cents: i64, (key, refusals): (u32, u32)) -> Result<(), Failure> {
        let price = self.orders[&it.0].price();
        let fault = self.take_fault();
        let use_up = |known: &mut Known| known.keys += u32::from(known.keys == key);
        if fault == Some(Fault::Fail) {
            use_up(&mut self.attempt_mut(it).known);
            return Err(Failure::Down);
        }
        let intent = self.attempt(it).intent.as_ref().expect("an intent");
        let is_made = intent.refunds.iter().any(|refund| refund.key == Some(key));
        let is_refused = !is_made && (intent.refused.contains(&key) || intent.refundable(price) < cents);
        if !is_made && !is_refused {
            self.refund_at_stripe(it, cents, Some(key));
        }
        if is_refused {
            self.attempt_mut(it).intent.as_mut().expect("an intent").refused.push(key);
        }
        if fault == Some(Fault::LoseAnswer) {
            return Err(Failure::Down);
        }
        if is_refused {
            let now = self.now;
            let known = &mut self.attempt_mut(it).known;
            if known.refusals == refusals {
                known.asks_again = now + backoff(known.refusals);
                known.refusals += 1;
                known.keys += 1;
                if known.refusals >= REFUSALS {
                    self.give_up_for_now(it);
                }
            }
            return Err(Failure::Refused);
        }
        Ok(())
    }

    fn give_up_for_now(&mut self, it: AttemptNo) {
        match self.attempt(it).status {
            PaymentStatus::Refunding => self.move_to(it, PaymentStatus::RefundFailed),
            PaymentStatus::PartRefunding => self.move_to(it, PaymentStatus::PartRefundFailed),
            _ => {}
        }
    }

    fn refund_at_stripe(&mut self, it: AttemptNo, cents: i64, key: Option<u32>) {
        let has_failed = self.fault == Some(Fault::BankRefuses);
        if has_failed {
            self.fault = None;
        }
        let intent = self.attempt_mut(it).intent.as_mut().expect("an intent");
        intent.refunds.push(Refund { cents, has_failed, key });
    }

    /// Books each refund that is new or has failed since: it moves forward only. Attempt and order follow.
    fn hear_refunds(&mut self, it: AttemptNo, seen: &[Refund]) {
        let price = self.orders[&it.0].price();
        let whole = [PaymentStatus::Refunding, PaymentStatus::RefundFailed, PaymentStatus::Refunded];
        let is_whole = whole.contains(&self.attempt(it).status);
        let known = &mut self.attempt_mut(it).known;
        let failures = known.failures();
        known.refunds.resize(seen.len().max(known.refunds.len()), None);
        for (known, refund) in known.refunds.iter_mut().zip(seen) {
            *known = (*known).max(Some(refund.has_failed));
        }
        let has_new_failure = known.failures() > failures;
        known.keys += u32::from(has_new_failure);
        // What was refunded at most; a refund that has failed is owed, even if it was not heard of before.
        let failed = seen.iter().zip(&known.refunds).filter(|(_, failed)| **failed == Some(true));
        let most_failed = failed.map(|(refund, _)| refund.cents).max().unwrap_or_default();
        let refunded = self.refunded(it);
        let known = &mut self.attempt_mut(it).known;
        known.due = if is_whole { price } else { known.due.max(refunded).max(most_failed).min(price) };
        self.settle_status(it, has_new_failure);
    }

    /// Moves attempt and order to where the refunds are.
    fn settle_status(&mut self, it: AttemptNo, has_new_failure: bool) {
        let (price, owed, refunded) = (self.orders[&it.0].price(), self.owed(it), self.refunded(it));
        let (attempt, is_running) = (self.attempt(it), self.is_running(it));
        let known = &attempt.known;
        let back = refunded + known.lost(price).min((known.due - refunded).max(0));
        let status = match (owed > 0, known.due >= price) {
            (true, true) if is_running && !has_new_failure => PaymentStatus::Refunding,
            (true, false) if is_running && !has_new_failure => PaymentStatus::PartRefunding,
            (true, true) => PaymentStatus::RefundFailed,
            (true, false) => PaymentStatus::PartRefundFailed,
            (false, _) if back >= price => PaymentStatus::Refunded,
            (false, _) => PaymentStatus::Captured,
        };
        if status != attempt.status {
            self.move_to(it, status);
        }
        let is_sale = self.attempt(it).known.is_sale;
        let order = match status {
            _ if !is_sale => return,
            PaymentStatus::Refunded => OrderStatus::Refunded,
            PaymentStatus::Captured if back == 0 => return,
            PaymentStatus::Captured => OrderStatus::PartlyRefunded,
            _ => OrderStatus::RefundPending,
        };
        self.order_to(it.0, order);
    }

    /// Reads the dispute of an attempt at Stripe. What it has held goes on.
    pub(crate) fn hear_of_dispute(&mut self, it: AttemptNo) -> Result<(), Failure> {
        self.pause();
        let now = self.now;
        let intent = self.attempt(it).intent.as_ref();
        let Some(seen) = intent.and_then(|intent| intent.dispute.clone()) else { return Ok(()) };
        self.pause();
        let known = &mut self.attempt_mut(it).known;
        let before = known.dispute.clone();
        let merged = match &before {
            None => seen,
            Some(before) => Dispute {
                status: before.status.max(seen.status),
                is_withdrawn: before.is_withdrawn || seen.is_withdrawn,
                is_reinstated: before.is_reinstated || seen.is_reinstated,
            },
        };
        // When evidence is due moves with the clock here.
        if before.as_ref() == Some(&merged) && known.heard == now {
            return Ok(());
        }
        (known.dispute, known.heard, known.asks_again) = (Some(merged), now, now);
        if self.attempt(it).status == PaymentStatus::Captured { Ok(()) } else { self.follow_refunds(it) }
    }

    /// Whether so much more would not be more than was paid. Without anything settled, Stripe itself refuses more.
    pub(crate) fn may_pay_back(&self, it: AttemptNo, cents: i64, settled: i64) -> bool {
        let (attempt, price) = (self.attempt(it), self.orders[&it.0].price());
        let refunded = attempt.intent.as_ref().map_or(0, Intent::refunded);
        settled == 0 || attempt.known.settled + refunded + cents <= price
    }

    /// The operator refunds a part of an attempt at Stripe. Returns whether Stripe does.
    pub(crate) fn refund_by_hand(&mut self, it: AttemptNo, cents: i64) -> bool {
        let price = self.orders[&it.0].price();
        let left = self.attempt(it).intent.as_ref().map_or(0, |intent| intent.refundable(price));
        let is_done = left >= cents;
        if is_done {
            self.refund_at_stripe(it, cents, None);
        }
        is_done
    }

    /// The operator has paid back what is owed without Stripe. Returns whether anything was.
    pub(crate) fn settle(&mut self, it: AttemptNo) -> bool {
        let has_failed =
            matches!(self.attempt(it).status, PaymentStatus::RefundFailed | PaymentStatus::PartRefundFailed);
        let owed = self.owed(it);
        let is_owed = has_failed && owed > 0;
        if is_owed {
            self.attempt_mut(it).known.settled += owed;
            self.settle_status(it, false);
        }
        is_owed
    }
}

/// How long what Stripe has refused waits, after so many refusals before.
pub(crate) fn backoff(refusals: u32) -> Time {
    (MINUTE << refusals.min(6)).min(LONGEST_PAUSE)
}

pub(crate) fn has_captured(status: PaymentStatus) -> bool {
    matches!(
        status,
        PaymentStatus::Captured
            | PaymentStatus::Refunding
            | PaymentStatus::Refunded
            | PaymentStatus::RefundFailed
            | PaymentStatus::PartRefunding
            | PaymentStatus::PartRefundFailed
    )
}
