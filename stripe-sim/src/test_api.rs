//! What a Rust test does at Stripe without a browser and without HTTP.

use std::collections::BTreeMap;

use crate::error::ApiError;
use crate::model::database::Transaction;
use crate::model::disputing::{self, Act};
use crate::model::intent::{Intent, Status};
use crate::model::payment::{self, Confirmation};
use crate::simulator::Simulator;
use crate::state::State;
use crate::{api, ids};

/// An event as a webhook carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentEvent {
    /// Stripe's id, `evt_…`.
    pub id: String,
    /// The id of the intent that it is about, or else of the object.
    pub subject: String,
    /// The webhook's body, to be signed with [`crate::sign`].
    pub body: String,
}

impl Simulator {
    /// Confirms an intent with a ready-made payment method such as `pm_card_visa`, as a card form
    /// does. Returns whether the intent's status allowed an attempt. A decline is an attempt, too.
    #[must_use]
    pub fn confirm(&self, intent_id: &str, method: &str) -> bool {
        let may_confirm = |intent: &Intent| intent.status.may_confirm();
        self.act(intent_id, may_confirm, |tx| {
            let method = api::ready_made_method(tx, method)?;
            payment::confirm(tx, intent_id, Confirmation { method: Some(method), ..Confirmation::default() })
        })
    }

    /// Answers the bank's 3-D Secure challenge. Returns whether a challenge was open.
    #[must_use]
    pub fn answer_challenge(&self, intent_id: &str, authenticated: bool) -> bool {
        let is_challenged = |intent: &Intent| intent.status == Status::RequiresAction;
        self.act(intent_id, is_challenged, |tx| payment::answer_challenge(tx, intent_id, authenticated))
    }

    /// The shop's operator refunds `cents` of a captured intent, as in the dashboard. Returns whether Stripe did.
    #[must_use]
    pub fn refund(&self, intent_id: &str, cents: i64) -> bool {
        let mut state = self.app.lock();
        let charge = state.db.intents.find(intent_id).and_then(|intent| intent.latest_charge.clone());
        let Some(charge) = charge else { return false };
        let refund = |tx: &mut Transaction<'_>| payment::refund(tx, &charge, Some(cents), None, BTreeMap::new());
        self.app.transact(&mut state, &ids::request_id(), None, refund).is_ok()
    }

    /// The bank returns all refunds of an intent that have succeeded. Returns how many.
    #[must_use]
    pub fn return_refunds(&self, intent_id: &str) -> usize {
        let mut state = self.app.lock();
        let refunds = state.db.refunds.newest().filter(|refund| refund.intent == intent_id && !refund.failed);
        let ids: Vec<String> = refunds.map(|refund| refund.id.clone()).collect();
        for id in &ids {
            // They were found a moment ago.
            let _ = self.app.transact(&mut state, &ids::request_id(), None, |tx| payment::return_refund(tx, id));
        }
        ids.len()
    }

    /// The cardholder's bank disputes a captured intent and takes its money. Returns whether it could.
    #[must_use]
    pub fn dispute(&self, intent_id: &str) -> bool {
        self.dispute_act(intent_id, Act::Dispute)
    }

    /// The bank only asks about it. Returns whether it could.
    #[must_use]
    pub fn inquire(&self, intent_id: &str) -> bool {
        self.dispute_act(intent_id, Act::Inquire)
    }

    /// The shop answers the dispute. Returns whether it could.
    #[must_use]
    pub fn answer_dispute(&self, intent_id: &str) -> bool {
        self.dispute_act(intent_id, Act::Answer)
    }

    /// The bank decides the open dispute of an intent. Returns whether there was one.
    #[must_use]
    pub fn decide_dispute(&self, intent_id: &str, is_won: bool) -> bool {
        self.dispute_act(intent_id, if is_won { Act::Win } else { Act::Lose })
    }

    /// The card's network warns of fraud. Returns whether it could.
    #[must_use]
    pub fn warn_of_fraud(&self, intent_id: &str) -> bool {
        self.dispute_act(intent_id, Act::Warn)
    }

    fn dispute_act(&self, intent_id: &str, act: Act) -> bool {
        let mut state = self.app.lock();
        let done = self.app.transact(&mut state, &ids::request_id(), None, |tx| disputing::act(tx, intent_id, act));
        done.unwrap_or(false)
    }

    /// All events after the first `known`, oldest first, for a test that delivers webhooks itself.
    #[must_use]
    pub fn events_after(&self, known: usize) -> Vec<SentEvent> {
        let state = self.app.lock();
        let new = state.db.events.len().saturating_sub(known);
        let mut events: Vec<SentEvent> = state
            .db
            .events
            .newest()
            .take(new)
            .map(|event| SentEvent { id: event.id.clone(), subject: event.subject.clone(), body: event.body.clone() })
            .collect();
        events.reverse();
        events
    }

    /// Removes all payments, events and faults. A test with many small cases needs no port for each.
    pub fn reset(&self) {
        let mut state = self.app.lock();
        let webhook_urls = std::mem::take(&mut state.webhook_urls);
        *state = State { webhook_urls, ..State::default() };
    }

    fn act(
        &self,
        intent_id: &str,
        is_ready: impl FnOnce(&Intent) -> bool,
        act: impl FnOnce(&mut Transaction<'_>) -> Result<(), ApiError>,
    ) -> bool {
        let mut state = self.app.lock();
        if !state.db.intents.find(intent_id).is_some_and(is_ready) {
            return false;
        }
        // The intent's status shows a decline.
        let _ = self.app.transact(&mut state, &ids::request_id(), None, act);
        true
    }
}
