//! The model's rules of paying.

use domain::payments::PaymentStatus;
use model::{Code, orders::OrderStatus};

use crate::{
    step::{Answer, Ended},
    world::{ATTEMPTS, Attempt, AttemptNo, Card, Fault, GRACE, Intent, No, Offer, Person, World},
};

/// Stripe did not answer.
#[derive(Debug)]
pub(crate) struct Down;

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
                if self.create_intent(attempt).is_err() {
                    return Answer::Refused(Code::PaymentsUnavailable);
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
            if self.reconcile(attempt, Unpaid::Wait).is_err() {
                return Answer::Refused(Code::PaymentsUnavailable);
            }
        }
        Answer::Refused(Code::PaymentInProgress)
    }

    fn open_next(&mut self, no: No) -> AttemptNo {
        let (status, touched) = (PaymentStatus::Starting, self.now);
        let order = self.order_mut(no);
        order.status = OrderStatus::AwaitingPayment;
        order.attempts.push(Attempt { status, touched, intent: None, recorded: false, events: Vec::new() });
        (no, u32::try_from(order.attempts.len()).expect("few attempts"))
    }

    /// The buyer's page asks for the state of the payment.
    pub(crate) fn check(&mut self, who: Person, no: No) -> Answer {
        if self.orders[&no].buyer != who {
            return Answer::Refused(Code::OrderNotFound);
        }
        match self.live_attempt(no).map(|attempt| self.reconcile(attempt, Unpaid::Wait)) {
            Some(Err(Down)) => Answer::Refused(Code::PaymentsUnavailable),
            _ => Answer::Done,
        }
    }

    /// Reconciles an attempt with its intent at Stripe.
    pub(crate) fn reconcile(&mut self, it: AttemptNo, unpaid: Unpaid) -> Result<(), Down> {
        self.pause();
        let attempt = self.attempt(it);
        let live = World::is_live(attempt.status);
        let must_wait = unpaid == Unpaid::Wait && self.locks(&self.orders[&it.0]);
        match attempt.status {
            PaymentStatus::Captured | PaymentStatus::Refunded => return Ok(()),
            PaymentStatus::Refunding => return self.give_back(it),
            _ => {}
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
                // A card that was authorised after that poll is voided too.
                self.pause();
                self.call(it, |intent| {
                    intent.released = intent.state == Card::Authorised;
                    intent.state = Card::DeclinedAndCancelled;
                })?;
                self.pause();
                self.count_decline(it);
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

    fn take_or_let_go(&mut self, it: AttemptNo) -> Result<(), Down> {
        if !self.secure_ticket(it.0) {
            return self.close(it);
        }
        if self.attempt(it).status != PaymentStatus::Capturing {
            let at_least = self.now + GRACE;
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

    /// Whether the order can have the ticket; an order that has ended unpaid takes it again while it is
    /// free and unchanged.
    fn secure_ticket(&mut self, no: No) -> bool {
        let order = &self.orders[&no];
        let ticket = &self.tickets[&order.ticket];
        let as_it_was = ticket.offer == Offer::Listed && ticket.version == order.version;
        let holder = self.holder(order.ticket);
        if holder == Some(no) {
            return !World::is_open(order.status) || self.locks(order) || as_it_was;
        }
        let ended_unpaid = order.status == OrderStatus::Expired;
        if !ended_unpaid
            || !as_it_was
            || self.has_started(order.ticket)
            || !self.is_free(order.ticket)
            || self.is_awaited(order.ticket)
        {
            return false;
        }
        if let Some(overdue) = holder {
            self.put_away(overdue);
        }
        self.order_to(no, OrderStatus::AwaitingPayment);
        true
    }

    /// Stripe has captured the money: the ticket is sold, or the money is refunded.
    fn finalize(&mut self, it: AttemptNo) -> Result<(), Down> {
        match self.attempt(it).status {
            PaymentStatus::Captured | PaymentStatus::Refunded => return Ok(()),
            PaymentStatus::Refunding => return self.give_back(it),
            _ => {}
        }
        if self.secure_ticket(it.0) && self.orders[&it.0].status == OrderStatus::AwaitingPayment {
            self.order_to(it.0, OrderStatus::Complete);
            let ticket = self.orders[&it.0].ticket;
            self.ticket_mut(ticket).offer = Offer::Sold;
            self.ticket_mut(ticket).waitlist.clear();
            self.move_to(it, PaymentStatus::Captured);
            return Ok(());
        }
        self.move_to(it, PaymentStatus::Refunding);
        self.give_back(it)
    }

    fn give_back(&mut self, it: AttemptNo) -> Result<(), Down> {
        self.pause();
        if !self.attempt(it).intent.is_some_and(|intent| intent.refunded) {
            self.call(it, |intent| intent.refunded = true)?;
        }
        self.move_to(it, PaymentStatus::Refunded);
        Ok(())
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
            let ticket = order.ticket;
            self.order_to(it.0, OrderStatus::Cancelled);
            self.offer_to_next(ticket);
        }
    }

    fn close(&mut self, it: AttemptNo) -> Result<(), Down> {
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
            && self.reconcile(attempt, Unpaid::Close).is_err()
        {
            return Answer::Refused(Code::PaymentsUnavailable);
        }
        self.pause();
        let order = &self.orders[&no];
        Answer::Expiry(match order.status {
            status if World::is_open(status) && !self.locks(order) => {
                let ticket = order.ticket;
                self.order_to(no, OrderStatus::Expired);
                self.offer_to_next(ticket);
                Ended::Now
            }
            OrderStatus::AwaitingPayment => Ended::NotDue,
            _ => Ended::AlreadyOver,
        })
    }

    fn move_to(&mut self, it: AttemptNo, status: PaymentStatus) {
        let touched = self.now;
        let attempt = self.attempt_mut(it);
        (attempt.status, attempt.touched) = (status, touched);
    }

    pub(crate) fn card(&self, it: AttemptNo) -> Card {
        self.attempt(it).intent.expect("an intent").state
    }

    /// For a call with the same idempotency key Stripe repeats its first answer. If that was a failure,
    /// Stripe repeats it for a day, so the attempt is given up.
    fn create_intent(&mut self, it: AttemptNo) -> Result<(), Down> {
        let fault = self.fault.take();
        if fault == Some(Fault::Fail) && self.attempt(it).intent.is_none() {
            self.move_to(it, PaymentStatus::Cancelled);
            return Err(Down);
        }
        let opened = Intent { state: Card::Awaited, refunded: false, released: false };
        let earlier = self.attempt_mut(it).intent.replace(opened);
        if fault.is_some() && earlier.is_none() { Err(Down) } else { Ok(()) }
    }

    /// A call that changes something at Stripe, with the failure that is set for it.
    fn call(&mut self, it: AttemptNo, change: impl FnOnce(&mut Intent)) -> Result<(), Down> {
        let fault = self.fault.take();
        if fault != Some(Fault::Fail) {
            change(self.attempt_mut(it).intent.as_mut().expect("an intent"));
        }
        if fault.is_some() { Err(Down) } else { Ok(()) }
    }
}
