//! Idempotency keys: the same request sent twice has one effect and one response.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

/// Keys kept; the newest stay.
const CAPACITY: usize = 20_000;
/// Stripe forgets a key after a day.
const TTL_SECONDS: i64 = 24 * 60 * 60;

/// The first request with a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct IdempotentRequest {
    /// Method, path and parameters.
    fingerprint: String,
    /// Seconds since the Unix epoch.
    at: i64,
    /// Status and body of the response; `None` while the request executes.
    #[serde(alias = "answer")]
    response: Option<(u16, String)>,
}

/// What to do with a request that carries a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeyStatus {
    /// Execute it; then call [`IdempotencyKeys::complete`] or [`IdempotencyKeys::release`].
    New,
    /// Repeat this status and body.
    Completed(u16, String),
    /// The key belongs to a different request.
    Mismatch,
    /// The first request still executes.
    InProgress,
}

/// The keys that requests have used.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "SavedKeys", into = "SavedKeys")]
pub(crate) struct IdempotencyKeys {
    requests: HashMap<String, IdempotentRequest>,
    /// Keys by age, oldest first. May contain released keys.
    by_age: VecDeque<(i64, String)>,
}

impl IdempotencyKeys {
    /// Looks a key up before its request executes. A new key is in progress afterwards.
    pub(crate) fn begin(&mut self, key: &str, fingerprint: &str, now: i64) -> KeyStatus {
        self.evict(now);
        if let Some(first) = self.requests.get(key) {
            return match &first.response {
                _ if first.fingerprint != fingerprint => KeyStatus::Mismatch,
                Some((status, body)) => KeyStatus::Completed(*status, body.clone()),
                None => KeyStatus::InProgress,
            };
        }
        let first = IdempotentRequest { fingerprint: fingerprint.to_owned(), at: now, response: None };
        self.requests.insert(key.to_owned(), first);
        self.by_age.push_back((now, key.to_owned()));
        KeyStatus::New
    }

    /// Stores the response.
    pub(crate) fn complete(&mut self, key: &str, status: u16, body: &str) {
        if let Some(request) = self.requests.get_mut(key) {
            request.response = Some((status, body.to_owned()));
        }
    }

    /// Frees the key of a request that had no effect.
    pub(crate) fn release(&mut self, key: &str) {
        self.requests.remove(key);
    }

    /// Removes keys beyond the TTL and beyond the capacity.
    fn evict(&mut self, now: i64) {
        while let Some((at, key)) = self.by_age.front() {
            if self.by_age.len() <= CAPACITY && now - at < TTL_SECONDS {
                break;
            }
            // A key that was released and used again has a younger entry as well, and that one counts.
            if self.requests.get(key).is_some_and(|request| request.at == *at) {
                self.requests.remove(key);
            }
            self.by_age.pop_front();
        }
    }
}

/// The keys in the state file: completed ones only.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct SavedKeys(Vec<(String, IdempotentRequest)>);

impl From<SavedKeys> for IdempotencyKeys {
    fn from(SavedKeys(mut saved): SavedKeys) -> Self {
        saved.sort_by_key(|(_, request)| request.at);
        let by_age = saved.iter().map(|(key, request)| (request.at, key.clone())).collect();
        Self { requests: saved.into_iter().collect(), by_age }
    }
}

impl From<IdempotencyKeys> for SavedKeys {
    fn from(keys: IdempotencyKeys) -> Self {
        Self(keys.requests.into_iter().filter(|(_, request)| request.response.is_some()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_belongs_to_one_request() {
        let mut keys = IdempotencyKeys::default();
        assert_eq!(keys.begin("k", "POST /a x=1", 0), KeyStatus::New);
        assert_eq!(keys.begin("k", "POST /a x=1", 0), KeyStatus::InProgress);
        keys.complete("k", 200, "{}");
        assert_eq!(keys.begin("k", "POST /a x=1", 1), KeyStatus::Completed(200, "{}".to_owned()));
        assert_eq!(keys.begin("k", "POST /a x=2", 1), KeyStatus::Mismatch);
        assert_eq!(keys.begin("k", "POST /b x=1", 1), KeyStatus::Mismatch);
    }

    #[test]
    fn released_key_is_new_again() {
        let mut keys = IdempotencyKeys::default();
        assert_eq!(keys.begin("k", "POST /a x=1", 0), KeyStatus::New);
        keys.release("k");
        assert_eq!(keys.begin("k", "POST /a x=2", 0), KeyStatus::New);
    }

    #[test]
    fn keys_expire_after_a_day() {
        let mut keys = IdempotencyKeys::default();
        keys.begin("k", "POST /a", 0);
        keys.complete("k", 200, "{}");
        assert_eq!(keys.begin("k", "POST /b", TTL_SECONDS - 1), KeyStatus::Mismatch);
        assert_eq!(keys.begin("k", "POST /b", TTL_SECONDS), KeyStatus::New);
    }

    #[test]
    fn state_file_keeps_completed_keys_only() {
        let mut keys = IdempotencyKeys::default();
        keys.begin("completed", "POST /a", 5);
        keys.complete("completed", 200, "{}");
        keys.begin("in progress", "POST /a", 6);
        let text = serde_json::to_string(&keys).expect("json");
        let mut loaded: IdempotencyKeys = serde_json::from_str(&text).expect("keys");
        assert_eq!(loaded.begin("completed", "POST /a", 7), KeyStatus::Completed(200, "{}".to_owned()));
        assert_eq!(loaded.begin("in progress", "POST /a", 7), KeyStatus::New);
    }
}
