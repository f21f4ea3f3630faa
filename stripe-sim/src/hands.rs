//! What a test does at Stripe without a browser and without HTTP.

use crate::Simulator;
use crate::error::ApiError;
use crate::hub::State;
use crate::model::intent::{Intent, Status};
use crate::model::payment::{self, Confirmation};
use crate::model::{Ledger, Scene};
use crate::{api, ids};

/// Something that happened, as a webhook tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Stripe's id of it, `evt_…`.
    pub id: String,
    /// The intent it is about, or else the object.
    pub about: String,
    /// The webhook's body, to be signed with [`crate::sign`].
    pub body: String,
}

impl Simulator {
    /// Confirms an intent with a ready-made payment method such as `pm_card_visa`, as a card form
    /// does. Returns whether the intent was in a state to try a card at all: a decline is an answer
    /// like any other.
    #[must_use]
    pub fn confirm(&self, intent_id: &str, method: &str) -> bool {
        let may_confirm = |intent: &Intent| intent.status.may_confirm();
        self.act(intent_id, may_confirm, |scene| {
            let method = api::ready_made_method(scene, method)?;
            payment::confirm(scene, intent_id, Confirmation { method: Some(method), ..Confirmation::default() })
        })
    }

    /// The card's holder answers the bank. Returns whether the bank was asking.
    #[must_use]
    pub fn answer_challenge(&self, intent_id: &str, authenticated: bool) -> bool {
        let is_asked = |intent: &Intent| intent.status == Status::RequiresAction;
        self.act(intent_id, is_asked, |scene| payment::answer_challenge(scene, intent_id, authenticated))
    }

    /// What has happened since the first `known` events, oldest first: for a test that delivers
    /// webhooks itself.
    #[must_use]
    pub fn told_after(&self, known: usize) -> Vec<Told> {
        let state = self.hub.lock();
        let new = state.ledger.events.len().saturating_sub(known);
        let mut told: Vec<Told> = state
            .ledger
            .events
            .newest()
            .take(new)
            .map(|event| Told { id: event.id.clone(), about: event.lane.clone(), body: event.body.clone() })
            .collect();
        told.reverse();
        told
    }

    /// Starts anew: no payments, no events, nothing goes wrong. For a test that makes many small
    /// worlds and need not open a port for each.
    pub fn forget(&self) {
        let mut state = self.hub.lock();
        let webhook_urls = std::mem::take(&mut state.webhook_urls);
        *state = State { webhook_urls, ..State::default() };
    }

    fn act(
        &self,
        intent_id: &str,
        is_ready: impl FnOnce(&Intent) -> bool,
        act: impl FnOnce(&mut Scene<'_>) -> Result<(), ApiError>,
    ) -> bool {
        let mut state = self.hub.lock();
        let Ledger { intents, .. } = &state.ledger;
        if !intents.find(intent_id).is_some_and(is_ready) {
            return false;
        }
        // A decline shows in the intent's state.
        let _ = self.hub.play(&mut state, &ids::request_id(), None, act);
        true
    }
}
