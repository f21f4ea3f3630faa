//! Idempotency keys: the same call twice has one effect and one answer.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

/// The newest keys remembered.
const MAX_KEYS: usize = 20_000;
/// Stripe forgets a key after a day.
const KEPT_SECONDS: i64 = 24 * 60 * 60;

/// What a key stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Replay {
    /// Method, path and parameters of the first call.
    fingerprint: String,
    at: i64,
    /// Status and body, once there is an answer.
    answer: Option<(u16, String)>,
}

/// What to do with a call that carries a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Execute it; then [`Replays::finish`] or [`Replays::forget`].
    Execute,
    /// Repeat this status and body.
    Repeat(u16, String),
    /// The key stands for another call.
    Mismatch,
    /// The first call is still executing.
    InUse,
}

/// The keys seen.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(crate) struct Replays {
    replays: HashMap<String, Replay>,
    /// Keys by age, oldest first. May name keys that are gone.
    ages: VecDeque<(i64, String)>,
}

impl Replays {
    /// Looks at a key before its call executes, and marks it as executing.
    pub(crate) fn begin(&mut self, key: &str, fingerprint: &str, now: i64) -> Verdict {
        self.forget_old(now);
        if let Some(replay) = self.replays.get(key) {
            return match &replay.answer {
                _ if replay.fingerprint != fingerprint => Verdict::Mismatch,
                Some((status, body)) => Verdict::Repeat(*status, body.clone()),
                None => Verdict::InUse,
            };
        }
        let replay = Replay { fingerprint: fingerprint.to_owned(), at: now, answer: None };
        self.replays.insert(key.to_owned(), replay);
        self.ages.push_back((now, key.to_owned()));
        Verdict::Execute
    }

    /// Remembers the answer.
    pub(crate) fn finish(&mut self, key: &str, status: u16, body: &str) {
        if let Some(replay) = self.replays.get_mut(key) {
            replay.answer = Some((status, body.to_owned()));
        }
    }

    /// Frees a key whose call came to nothing.
    pub(crate) fn forget(&mut self, key: &str) {
        self.replays.remove(key);
    }

    fn forget_old(&mut self, now: i64) {
        while let Some((at, key)) = self.ages.front() {
            if self.ages.len() <= MAX_KEYS && now - at < KEPT_SECONDS {
                break;
            }
            // A key freed and used again has a younger entry too: that one counts.
            if self.replays.get(key).is_some_and(|replay| replay.at == *at) {
                self.replays.remove(key);
            }
            self.ages.pop_front();
        }
    }
}

/// As written to a snapshot: answered keys only, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Saved(Vec<(String, Replay)>);

impl From<Saved> for Replays {
    fn from(Saved(mut saved): Saved) -> Self {
        saved.sort_by_key(|(_, replay)| replay.at);
        let ages = saved.iter().map(|(key, replay)| (replay.at, key.clone())).collect();
        Self { replays: saved.into_iter().collect(), ages }
    }
}

impl From<Replays> for Saved {
    fn from(replays: Replays) -> Self {
        Self(replays.replays.into_iter().filter(|(_, replay)| replay.answer.is_some()).collect())
    }
}

impl Clone for Replays {
    fn clone(&self) -> Self {
        Self { replays: self.replays.clone(), ages: self.ages.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_for_one_call() {
        let mut replays = Replays::default();
        assert_eq!(replays.begin("k", "POST /a x=1", 0), Verdict::Execute);
        assert_eq!(replays.begin("k", "POST /a x=1", 0), Verdict::InUse);
        replays.finish("k", 200, "{}");
        assert_eq!(replays.begin("k", "POST /a x=1", 1), Verdict::Repeat(200, "{}".to_owned()));
        assert_eq!(replays.begin("k", "POST /a x=2", 1), Verdict::Mismatch);
        assert_eq!(replays.begin("k", "POST /b x=1", 1), Verdict::Mismatch);
    }

    #[test]
    fn a_call_that_came_to_nothing_frees_its_key() {
        let mut replays = Replays::default();
        assert_eq!(replays.begin("k", "POST /a x=1", 0), Verdict::Execute);
        replays.forget("k");
        assert_eq!(replays.begin("k", "POST /a x=2", 0), Verdict::Execute);
    }

    #[test]
    fn keys_live_for_a_day() {
        let mut replays = Replays::default();
        replays.begin("k", "POST /a", 0);
        replays.finish("k", 200, "{}");
        assert_eq!(replays.begin("k", "POST /b", KEPT_SECONDS - 1), Verdict::Mismatch);
        assert_eq!(replays.begin("k", "POST /b", KEPT_SECONDS), Verdict::Execute);
    }

    #[test]
    fn a_snapshot_keeps_what_was_answered() {
        let mut replays = Replays::default();
        replays.begin("done", "POST /a", 5);
        replays.finish("done", 200, "{}");
        replays.begin("open", "POST /a", 6);
        let text = serde_json::to_string(&replays).expect("json");
        let mut back: Replays = serde_json::from_str(&text).expect("replays");
        assert_eq!(back.begin("done", "POST /a", 7), Verdict::Repeat(200, "{}".to_owned()));
        assert_eq!(back.begin("open", "POST /a", 7), Verdict::Execute);
    }
}
