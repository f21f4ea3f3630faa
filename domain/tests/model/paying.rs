//! The model's rules of paying.

use domain::payments::PaymentStatus;
use model::{Code, orders::OrderStatus, tickets::TicketStatus};

use crate::{
    money::{Known, backoff, has_captured},
    step::{Answer, Ended},
    world::{ATTEMPTS, Attempt, AttemptNo, CAPTURE_GRACE, Card, Fault, Intent, No, Person, Sale, World},
};

/// Why a step ended early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Stripe did not answer.
    Down,
    /// Stripe refused the refund.
    Refused,
}

impl Failure {
    pub(crate) fn answer(self) -> Answer {
        Answer::Refused(match self {
            Self::Down => Code::PaymentsUnavailable,
            Self::Refused => Code::Internal,
        })
    }
}

/// The most attempts found ended before an open one is returned.
const TRIES: usize = 4;

/// Whether an intent that is not authorised is left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpaid {
    Wait,
    Close,
}

impl World {
    /// Opens an attempt, or continues the open one.
    pub(crate) fn start(&mut self, who: Person, no: No) -> Answer {
        for _ in 0..TRIES {
            self.pause();
            if self.orders[&no].buyer != who {
                return Answer::Refused(Code::OrderNotFound);
            }
            if !self.locks(&self.orders[&no]) {
                return Answer::Refused(Code::OrderEnded);
            }
            let attempt = self.live_attempt(no).unwrap_or_else(|| self.open_next(no));
            if self.attempt(attempt).status == PaymentStatus::Capturing {
                return Answer::Refused(Code::PaymentInProgress);
            }
            self.pause();
            if !self.attempt(attempt).recorded {
                if let Err(failure) = self.create_intent(attempt) {
                    return failure.answer();
                }
                self.pause();
                // Another window may have been quicker.
                if !self.attempt(attempt).recorded {
                    self.move_to(attempt, PaymentStatus::Open);
                    self.attempt_mut(attempt).recorded = true;
                }
            }
            if matches!(self.card(attempt), Card::Awaited | Card::Challenged) {
                return Answer::Attempt(attempt.1);
            }
            if let Err(failure) = self.reconcile(attempt, Unpaid::Wait) {
                return failure.answer();
            }
        }
        Answer::Refused(Code::PaymentInProgress)
    }

    fn open_next(&mut self, no: No) -> AttemptNo {
        let (status, touched) = (PaymentStatus::Starting, self.now);
        let order = self.order_mut(no);
        order.status = OrderStatus::AwaitingPayment;
        let (webhooks, known) = (Vec::new(), Known::default());
        order.attempts.push(Attempt { status, touched, intent: None, recorded: false, webhooks, known });
        (no, u32::try_from(order.attempts.len()).expect("few attempts"))
    }

    /// The buyer's page asks for the state of the payment.
    pub(crate) fn check(&mut self, who: Person, no: No) -> Answer {
        if self.orders[&no].buyer != who {
            return Answer::Refused(Code::OrderNotFound);
        }
        match self.live_attempt(no).map(|attempt| self.reconcile(attempt, Unpaid::Wait)) {
            Some(Err(failure)) => failure.answer(),
            _ => Answer::Done,
        }
    }

    /// Does what any event about a payment asks for: its money may have been refunded before the product knew that it was
    /// taken.
    pub(crate) fn follow(&mut self, it: AttemptNo) -> Result<(), Failure> {
        let was_captured = has_captured(self.attempt(it).status);
        self.reconcile(it, Unpaid::Wait)?;
        if !was_captured && has_captured(self.attempt(it).status) { self.reconcile(it, Unpaid::Wait) } else { Ok(()) }
    }

    /// Reconciles an attempt with its intent at Stripe. After a refusal the sweep looks less and less often.
    pub(crate) fn reconcile(&mut self, it: AttemptNo, unpaid: Unpaid) -> Result<(), Failure> {
        let before = self.attempt(it).known.refusals_in_a_row;
        let outcome = self.look(it, unpaid);
        let now = self.now;
        let known = &mut self.attempt_mut(it).known;
        match outcome {
            Ok(()) if before > 0 => (known.refusals_in_a_row, known.looks_again) = (0, now),
            Err(Failure::Refused) if known.refusals_in_a_row == before => {
                (known.refusals_in_a_row, known.looks_again) = (before + 1, now + backoff(before));
            }
            _ => {}
        }
        outcome
    }

    fn look(&mut self, it: AttemptNo, unpaid: Unpaid) -> Result<(), Failure> {
        self.pause();
        let attempt = self.attempt(it);
        let live = World::is_live(attempt.status);
        let must_wait = unpaid == Unpaid::Wait && self.locks(&self.orders[&it.0]);
        if has_captured(attempt.status) {
            return self.follow_refunds(it);
        }
        if !attempt.recorded {
            if live && !must_wait {
                self.move_to(it, PaymentStatus::Cancelled);
            }
            return Ok(());
        }
        match (self.card(it), live) {
            (Card::Captured, _) => self.finalize(it),
            (Card::Authorised, true) => self.take_or_let_go(it),
            (Card::Declined, true) => {
                // A card that was authorised after that poll is voided, and is no decline.
                self.pause();
                self.call(it, |intent| {
                    intent.released = intent.state == Card::Authorised;
                    intent.state =
                        if intent.state == Card::Declined { Card::DeclinedAndCancelled } else { Card::Cancelled };
                })?;
                self.pause();
                if self.card(it) == Card::DeclinedAndCancelled {
                    self.count_decline(it);
                } else if World::is_live(self.attempt(it).status) {
                    self.move_to(it, PaymentStatus::Cancelled);
                }
                Ok(())
            }
            (Card::DeclinedAndCancelled, true) => {
                self.count_decline(it);
                Ok(())
            }
            (Card::Awaited | Card::Challenged, true) if must_wait => Ok(()),
            (Card::Cancelled, true) => {
                self.move_to(it, PaymentStatus::Cancelled);
                Ok(())
            }
            (Card::Cancelled | Card::DeclinedAndCancelled, false) => Ok(()),
            _ => self.close(it),
        }
    }

    fn take_or_let_go(&mut self, it: AttemptNo) -> Result<(), Failure> {
        if !self.secure_tickets(it.0) {
            return self.close(it);
        }
        if self.attempt(it).status != PaymentStatus::Capturing {
            let at_least = self.now + CAPTURE_GRACE;
            let order = self.order_mut(it.0);
            order.ends = order.ends.max(at_least);
        }
        self.move_to(it, PaymentStatus::Capturing);
        self.pause();
        if self.card(it) != Card::Authorised {
            return self.reconcile(it, Unpaid::Wait);
        }
        self.call(it, |intent| intent.state = Card::Captured)?;
        self.pause();
        self.finalize(it)
    }

    /// Whether the order can have its tickets. One that has expired takes all of them again while they are free, after
    /// the waitlist has got what it can have, and the listing is unchanged; they take no places of the buyer's.
    fn secure_tickets(&mut self, no: No) -> bool {
        let order = self.orders[&no].clone();
        if order.status != OrderStatus::Expired {
            return World::is_open(order.status) || order.status == OrderStatus::Complete;
        }
        let listing = order.listing;
        self.bring_up_to_date(listing);
        let as_it_was = self.listings[&listing].version == order.bought.version;
        if !as_it_was || order.tickets.iter().any(|ticket| self.status(listing, *ticket) != TicketStatus::OnSale) {
            return false;
        }
        self.order_to(no, OrderStatus::AwaitingPayment);
        let ends = self.now + CAPTURE_GRACE;
        let order = self.order_mut(no);
        (order.ends, order.takes_places) = (ends, false);
        true
    }

    /// Stripe has captured the money: the tickets are sold, or the money is refunded.
    fn finalize(&mut self, it: AttemptNo) -> Result<(), Failure> {
        match self.attempt(it).status {
            PaymentStatus::Refunding => return self.follow_refunds(it),
            status if has_captured(status) => return Ok(()),
            _ => {}
        }
        if self.secure_tickets(it.0) && self.orders[&it.0].status == OrderStatus::AwaitingPayment {
            self.order_to(it.0, OrderStatus::Complete);
            self.move_to(it, PaymentStatus::Captured);
            self.attempt_mut(it).known.is_sale = true;
            let listing = self.orders[&it.0].listing;
            for ticket in self.orders[&it.0].tickets.clone() {
                self.listing_mut(listing).tickets[ticket].sale = Sale::Sold;
            }
            self.bring_up_to_date(listing);
            return Ok(());
        }
        self.move_to(it, PaymentStatus::Refunding);
        self.attempt_mut(it).known.due = self.orders[&it.0].price();
        self.follow_refunds(it)
    }

    /// The lock stays, until the allowed number of cards has been declined.
    fn count_decline(&mut self, it: AttemptNo) {
        if !World::is_live(self.attempt(it).status) {
            return;
        }
        self.move_to(it, PaymentStatus::Declined);
        let order = self.order_mut(it.0);
        let declined = order.attempts.iter().filter(|attempt| attempt.status == PaymentStatus::Declined).count();
        if declined >= ATTEMPTS && World::is_open(order.status) {
            let listing = order.listing;
            self.order_to(it.0, OrderStatus::Cancelled);
            self.bring_up_to_date(listing);
        }
    }

    fn close(&mut self, it: AttemptNo) -> Result<(), Failure> {
        self.pause();
        if self.card(it) == Card::Captured {
            return self.finalize(it);
        }
        self.call(it, |intent| {
            intent.released = intent.state == Card::Authorised;
            intent.state = if intent.state == Card::Declined { Card::DeclinedAndCancelled } else { Card::Cancelled };
        })?;
        self.pause();
        if World::is_live(self.attempt(it).status) {
            self.move_to(it, PaymentStatus::Cancelled);
        }
        Ok(())
    }

    /// The order's timer runs.
    pub(crate) fn expire(&mut self, no: No) -> Answer {
        if self.locks(&self.orders[&no]) {
            return Answer::Expiry(Ended::NotDue);
        }
        if !World::is_open(self.orders[&no].status) {
            return Answer::Expiry(Ended::AlreadyOver);
        }
        if let Some(attempt) = self.live_attempt(no)
            && let Err(failure) = self.reconcile(attempt, Unpaid::Close)
        {
            return failure.answer();
        }
        self.pause();
        let order = &self.orders[&no];
        let has_ended = World::is_open(order.status) && !self.locks(order);
        if has_ended {
            self.put_away(no);
        }
        self.bring_up_to_date(self.orders[&no].listing);
        Answer::Expiry(match self.orders[&no].status {
            _ if has_ended => Ended::Now,
            OrderStatus::AwaitingPayment => Ended::NotDue,
            _ => Ended::AlreadyOver,
        })
    }

    pub(crate) fn move_to(&mut self, it: AttemptNo, status: PaymentStatus) {
        let touched = self.now;
        let attempt = self.attempt_mut(it);
        (attempt.status, attempt.touched) = (status, touched);
    }

    pub(crate) fn card(&self, it: AttemptNo) -> Card {
        self.attempt(it).intent.as_ref().expect("an intent").state
    }

    /// For a call with the same idempotency key Stripe repeats its first answer. If that was a failure,
    /// Stripe repeats it for a day, so the attempt is given up.
    fn create_intent(&mut self, it: AttemptNo) -> Result<(), Failure> {
        let fault = self.take_fault();
        if fault == Some(Fault::Fail) && self.attempt(it).intent.is_none() {
            self.move_to(it, PaymentStatus::Cancelled);
            return Err(Failure::Down);
        }
        let earlier = self.attempt_mut(it).intent.replace(Intent::new());
        if fault.is_some() && earlier.is_none() { Err(Failure::Down) } else { Ok(()) }
    }

    /// What goes wrong with a call to Stripe.
    pub(crate) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take_if(|fault| *fault != Fault::BankRefuses)
    }

    /// A call that changes something at Stripe, with the failure that is set for it.
    fn call(&mut self, it: AttemptNo, change: impl FnOnce(&mut Intent)) -> Result<(), Failure> {
        let fault = self.take_fault();
        if fault != Some(Fault::Fail) {
            change(self.attempt_mut(it).intent.as_mut().expect("an intent"));
        }
        if fault.is_some() { Err(Failure::Down) } else { Ok(()) }
    }
}
