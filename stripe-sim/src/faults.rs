//! Faults that are injected on request.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The largest count. A larger one is more likely a typing error.
const MAX_COUNT: u32 = 100_000;
/// The longest wait.
const MAX_WAIT_MS: u64 = 120_000;
/// Duplicates of one webhook.
const MAX_DUPLICATES: u32 = 10;

/// Faults to inject. The default injects none.
///
/// A fault whose name ends in `_next` counts down: it applies to that many requests and is then 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every webhook is delivered this many extra times.
    pub webhook_duplicate: u32,
    /// Every webhook is delayed by this many milliseconds.
    pub webhook_delay_ms: u64,
    /// Webhooks are delivered in pairs, with the later event of each pair first.
    pub webhook_reorder: bool,
    /// No webhook is delivered. The events stay listed.
    pub webhook_drop: bool,
    /// The share of webhooks that is never delivered, from 0 to 1.
    pub webhook_drop_ratio: f64,
    /// The next charges are declined, whatever the card.
    pub decline_next: u32,
    /// The next captures are refused, as if the bank had let the authorisation go.
    pub capture_refuse_next: u32,
    /// The next refunds fail: the bank does not accept the money.
    pub refund_fail_next: u32,
    /// The next refunds succeed, and fail after [`Faults::refund_fail_later_s`]: the bank returns the money.
    pub refund_fail_later_next: u32,
    /// After how many seconds.
    pub refund_fail_later_s: u32,
    /// The next refunds are refused, as if their charge were disputed.
    pub refund_refuse_next: u32,
    /// The next API requests have no effect and get a 500. Their idempotency key repeats the 500.
    pub fail_next: u32,
    /// The next API requests execute, but get a gateway's 502.
    pub lose_answer_next: u32,
    /// The next API requests wait for [`Faults::stall_ms`] before they execute. They execute even
    /// if the client disconnects meanwhile.
    pub stall_next: u32,
    /// How long a stalled request waits, in milliseconds.
    pub stall_ms: u64,
    /// `fail_next`, `lose_answer_next` and `stall_next` apply only to requests whose
    /// `METHOD /path` contains this text, such as `POST /v1/refunds` or `/capture`.
    pub path: Option<String>,
    /// The seed of the random choices. The same seed and requests drop the same webhooks.
    pub seed: u64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            webhook_duplicate: 0,
            webhook_delay_ms: 0,
            webhook_reorder: false,
            webhook_drop: false,
            webhook_drop_ratio: 0.0,
            decline_next: 0,
            capture_refuse_next: 0,
            refund_fail_next: 0,
            refund_fail_later_next: 0,
            refund_fail_later_s: 1,
            refund_refuse_next: 0,
            fail_next: 0,
            lose_answer_next: 0,
            stall_next: 0,
            stall_ms: 1_000,
            path: None,
            seed: 0,
        }
    }
}

/// Why a change of the faults was refused.
#[derive(Debug, thiserror::Error)]
pub enum FaultsError {
    /// An unknown name, or a value of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// A value out of bounds.
    #[error("{name} must be between 0 and {max}")]
    Range {
        /// The name of the fault.
        name: &'static str,
        /// The largest value allowed.
        max: f64,
    },
}

/// The faults of one API request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RequestFaults {
    pub(crate) stall_ms: u64,
    pub(crate) fail: bool,
    pub(crate) lose_answer: bool,
}

impl Faults {
    /// Returns these faults with the named ones changed.
    ///
    /// # Errors
    ///
    /// If a name is unknown, or a value has the wrong type or is out of bounds.
    pub fn changed(&self, changes: &Map<String, Value>) -> Result<Self, FaultsError> {
        let shape = |error: serde_json::Error| FaultsError::Shape(error.to_string());
        let Value::Object(mut merged) = serde_json::to_value(self).map_err(shape)? else {
            return Err(FaultsError::Shape("expected an object".to_owned()));
        };
        merged.extend(changes.iter().map(|(name, value)| (name.clone(), value.clone())));
        let faults: Self = serde_json::from_value(Value::Object(merged)).map_err(shape)?;
        faults.check()?;
        Ok(faults)
    }

    /// Returns these faults with one changed, as written on a command line: `webhook_duplicate=2`.
    ///
    /// # Errors
    ///
    /// As for [`Faults::changed`], and if there is no `=`.
    pub fn with(&self, assignment: &str) -> Result<Self, FaultsError> {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| FaultsError::Shape(format!("expected NAME=VALUE, found {assignment:?}")))?;
        let (name, value) = (name.trim(), value.trim());
        // Only `path` is a text. All others are numbers and booleans.
        let value = match serde_json::from_str(value) {
            Ok(value) if name != "path" => value,
            _ => Value::String(value.to_owned()),
        };
        self.changed(&Map::from_iter([(name.to_owned(), value)]))
    }

    fn check(&self) -> Result<(), FaultsError> {
        let counts = [
            ("webhook_duplicate", f64::from(self.webhook_duplicate), f64::from(MAX_DUPLICATES)),
            ("decline_next", f64::from(self.decline_next), f64::from(MAX_COUNT)),
            ("capture_refuse_next", f64::from(self.capture_refuse_next), f64::from(MAX_COUNT)),
            ("refund_fail_next", f64::from(self.refund_fail_next), f64::from(MAX_COUNT)),
            ("refund_fail_later_next", f64::from(self.refund_fail_later_next), f64::from(MAX_COUNT)),
            ("refund_fail_later_s", f64::from(self.refund_fail_later_s), f64::from(MAX_COUNT)),
            ("refund_refuse_next", f64::from(self.refund_refuse_next), f64::from(MAX_COUNT)),
            ("fail_next", f64::from(self.fail_next), f64::from(MAX_COUNT)),
            ("lose_answer_next", f64::from(self.lose_answer_next), f64::from(MAX_COUNT)),
            ("stall_next", f64::from(self.stall_next), f64::from(MAX_COUNT)),
            ("webhook_drop_ratio", self.webhook_drop_ratio, 1.0),
        ];
        if let Some((name, _, max)) = counts.into_iter().find(|(_, value, max)| !(0.0..=*max).contains(value)) {
            return Err(FaultsError::Range { name, max });
        }
        let waits = [("webhook_delay_ms", self.webhook_delay_ms), ("stall_ms", self.stall_ms)];
        match waits.into_iter().find(|(_, wait)| *wait > MAX_WAIT_MS) {
            #[expect(clippy::cast_precision_loss, reason = "a bound of 120,000 is exact")]
            Some((name, _)) => Err(FaultsError::Range { name, max: MAX_WAIT_MS as f64 }),
            None => Ok(()),
        }
    }

    /// Whether to decline the next charge. Counts down.
    pub(crate) fn take_decline(&mut self) -> bool {
        take(&mut self.decline_next)
    }

    /// Whether to refuse the next capture. Counts down.
    pub(crate) fn take_refused_capture(&mut self) -> bool {
        take(&mut self.capture_refuse_next)
    }

    /// Whether the next refund fails. Counts down.
    pub(crate) fn take_failed_refund(&mut self) -> bool {
        take(&mut self.refund_fail_next)
    }

    /// After how many seconds the next refund fails, if it does. Counts down.
    pub(crate) fn take_refund_failing_later(&mut self) -> Option<i64> {
        take(&mut self.refund_fail_later_next).then_some(self.refund_fail_later_s.into())
    }

    /// Whether to refuse the next refund. Counts down.
    pub(crate) fn take_refused_refund(&mut self) -> bool {
        take(&mut self.refund_refuse_next)
    }

    /// The faults of a request, `METHOD /path`. Counts down.
    pub(crate) fn take_request_faults(&mut self, request: &str) -> RequestFaults {
        if self.path.as_ref().is_some_and(|path| !request.contains(path.as_str())) {
            return RequestFaults::default();
        }
        let stall_ms = if take(&mut self.stall_next) { self.stall_ms } else { 0 };
        let fail = take(&mut self.fail_next);
        RequestFaults { stall_ms, fail, lose_answer: !fail && take(&mut self.lose_answer_next) }
    }
}

fn take(count: &mut u32) -> bool {
    let left = *count > 0;
    *count = count.saturating_sub(1);
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_parses_assignments() {
        let faults = Faults::default()
            .with("webhook_duplicate=2")
            .and_then(|faults| faults.with("webhook_reorder=true"))
            .and_then(|faults| faults.with("path=/capture"))
            .expect("faults");
        assert_eq!(faults.webhook_duplicate, 2);
        assert!(faults.webhook_reorder);
        assert_eq!(faults.path.as_deref(), Some("/capture"));
    }

    #[test]
    fn with_names_the_mistake() {
        for (bad, word) in [
            ("webhook_duplicated=1", "unknown field `webhook_duplicated`"),
            ("webhook_drop_ratio=2", "webhook_drop_ratio must be between 0 and 1"),
            ("stall_ms=9999999", "stall_ms must be between 0 and 120000"),
            ("fail_next=-1", "invalid value"),
            ("fail_next", "NAME=VALUE"),
        ] {
            let error = Faults::default().with(bad).expect_err(bad).to_string();
            assert!(error.contains(word), "{bad}: {error}");
        }
    }

    #[test]
    fn counts_run_down_on_matching_requests_only() {
        let mut faults =
            Faults { fail_next: 1, lose_answer_next: 1, path: Some("/capture".to_owned()), ..Faults::default() };
        assert_eq!(faults.take_request_faults("POST /v1/refunds"), RequestFaults::default());
        assert!(faults.take_request_faults("POST /v1/payment_intents/pi_1/capture").fail);
        let second = faults.take_request_faults("POST /v1/payment_intents/pi_1/capture");
        assert!(second.lose_answer && !second.fail);
        let third = faults.take_request_faults("POST /v1/payment_intents/pi_1/capture");
        assert_eq!(third, RequestFaults::default());
    }
}
