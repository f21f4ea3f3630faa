//! The model's rules of the daily review, and what has to happen until no money moves any more.

use crate::{
    step::{BankAct, Step},
    sweeping::{FAILURES, LEFT_AFTER},
    world::{AttemptNo, DAY, HOUR, MINUTE, World},
};

impl World {
    /// What is news at Stripe in a review: the attempts with refunds, one for each refund, and those with disputes.
    pub(crate) fn unheard(&self) -> (Vec<AttemptNo>, Vec<AttemptNo>) {
        let (mut refunds, mut disputes) = (Vec::new(), Vec::new());
        for (no, attempt) in self.attempts() {
            let Some(intent) = &attempt.intent else { continue };
            for (n, refund) in intent.refunds.iter().enumerate() {
                if attempt.known.refunds.get(n).copied().flatten() < Some(refund.has_failed) {
                    refunds.push(no);
                }
            }
            if intent.dispute != attempt.known.dispute {
                disputes.push(no);
            }
        }
        (refunds, disputes)
    }

    /// What still has to happen until no money moves any more.
    pub(crate) fn loose_ends(&self) -> Vec<Step> {
        let wait = |time| Step::Wait { time };
        let mut steps = Vec::new();
        for (attempt, it) in self.attempts() {
            let dispute = it.intent.as_ref().and_then(|intent| intent.dispute.as_ref());
            if dispute.is_some_and(|dispute| dispute.status.is_open()) {
                let act = if attempt.0.is_multiple_of(2) { BankAct::Win } else { BankAct::Lose };
                steps.push(Step::Bank { attempt, act });
            }
        }
        if !steps.is_empty() || self.unheard() != (Vec::new(), Vec::new()) {
            return [steps, vec![wait(self.next_review.saturating_sub(self.now)), Step::Review]].concat();
        }
        let owing: Vec<AttemptNo> = self.attempts().map(|(no, _)| no).filter(|no| self.owed(*no) > 0).collect();
        if owing.is_empty() {
            return Vec::new();
        }
        let is_left = |no: &&AttemptNo| {
            let known = &self.attempt(**no).known;
            !self.is_running(**no) && (known.failures() >= FAILURES || known.refusals >= LEFT_AFTER)
        };
        let settle: Vec<Step> =
            owing.iter().filter(is_left).map(|attempt| Step::Settle { attempt: *attempt }).collect();
        if !settle.is_empty() {
            return settle;
        }
        vec![wait(HOUR), Step::SweepPayments, wait(MINUTE), Step::SweepPayments]
    }

    /// The review of a day. Returns how much was news.
    pub(crate) fn review(&mut self) -> usize {
        if self.next_review > self.now {
            return 0;
        }
        self.next_review = self.now + DAY;
        let refunds = self.unheard().0;
        for it in &refunds {
            drop(self.follow(*it));
        }
        let disputes = self.unheard().1;
        for it in &disputes {
            if self.follow(*it).is_ok() {
                drop(self.hear_of_dispute(*it));
            }
        }
        refunds.len() + disputes.len()
    }
}
