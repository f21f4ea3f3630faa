//! What goes wrong on purpose.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The most that a count may ask for; beyond that a typing error is likelier than a wish.
const MAX_COUNT: u32 = 100_000;
/// The longest wait that may be injected.
const MAX_WAIT_MS: u64 = 120_000;
/// Copies of one webhook.
const MAX_COPIES: u32 = 10;

/// Faults to inject. The default injects none.
///
/// A name ending in `_next` counts down: it applies to that many calls and is then 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every webhook is delivered this many times more than once.
    pub webhook_duplicate: u32,
    /// Every webhook is held back this long, in milliseconds.
    pub webhook_delay_ms: u64,
    /// Webhooks are delivered in pairs, the later event of a pair first.
    pub webhook_reorder: bool,
    /// No webhook is delivered at all. The events stay listed.
    pub webhook_drop: bool,
    /// The share of webhooks that are never delivered, from 0 to 1.
    pub webhook_drop_ratio: f64,
    /// The next charges are declined, whatever the card.
    pub decline_next: u32,
    /// The next refunds fail: the card's bank does not take the money.
    pub refund_fail_next: u32,
    /// The next refunds are refused: their charge is disputed.
    pub refund_refuse_next: u32,
    /// The next API calls answer 500 and do nothing; with an idempotency key they answer so again.
    pub fail_next: u32,
    /// The next API calls are executed, and a gateway answers 502 all the same.
    pub lose_answer_next: u32,
    /// The next API calls wait for [`Faults::stall_ms`] before they execute. They execute even
    /// when the client has hung up by then.
    pub stall_next: u32,
    /// How long a stalled call waits, in milliseconds.
    pub stall_ms: u64,
    /// `fail_next`, `lose_answer_next` and `stall_next` apply only to calls whose
    /// `METHOD /path` contains this text, such as `POST /v1/refunds` or `/capture`.
    pub path: Option<String>,
    /// Where the random choices start: the same seed and the same calls drop the same webhooks.
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
            refund_fail_next: 0,
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
    /// A name that is none, or a value of the wrong type.
    #[error("{0}")]
    Shape(String),
    /// A value outside of its bounds.
    #[error("{name} must be between 0 and {max}")]
    Range {
        /// The fault.
        name: &'static str,
        /// The largest value allowed.
        max: f64,
    },
}

/// What is done to one API call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CallFaults {
    pub(crate) stall_ms: u64,
    pub(crate) fail: bool,
    pub(crate) lose_answer: bool,
}

impl Faults {
    /// These faults with the named ones changed; the others stay as they are.
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

    /// These faults with one changed, as written on a command line: `webhook_duplicate=2`.
    ///
    /// # Errors
    ///
    /// As for [`Faults::changed`], and if there is no `=`.
    pub fn with(&self, assignment: &str) -> Result<Self, FaultsError> {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| FaultsError::Shape(format!("expected NAME=VALUE, found {assignment:?}")))?;
        let (name, value) = (name.trim(), value.trim());
        // `path` is the one text; the others are numbers and booleans.
        let value = match serde_json::from_str(value) {
            Ok(value) if name != "path" => value,
            _ => Value::String(value.to_owned()),
        };
        self.changed(&Map::from_iter([(name.to_owned(), value)]))
    }

    fn check(&self) -> Result<(), FaultsError> {
        let counts = [
            ("webhook_duplicate", f64::from(self.webhook_duplicate), f64::from(MAX_COPIES)),
            ("decline_next", f64::from(self.decline_next), f64::from(MAX_COUNT)),
            ("refund_fail_next", f64::from(self.refund_fail_next), f64::from(MAX_COUNT)),
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
            // The bound is small enough to be exact as a float.
            #[expect(clippy::cast_precision_loss, reason = "a bound of 120,000 is exact")]
            Some((name, _)) => Err(FaultsError::Range { name, max: MAX_WAIT_MS as f64 }),
            None => Ok(()),
        }
    }

    /// Whether the charge about to be made is to be declined.
    pub(crate) fn take_decline(&mut self) -> bool {
        take(&mut self.decline_next)
    }

    /// Whether the refund about to be made is to fail.
    pub(crate) fn take_failed_refund(&mut self) -> bool {
        take(&mut self.refund_fail_next)
    }

    /// Whether the refund asked for is to be refused.
    pub(crate) fn take_refused_refund(&mut self) -> bool {
        take(&mut self.refund_refuse_next)
    }

    /// What happens to a call, `METHOD /path`; counts down.
    pub(crate) fn take_call(&mut self, call: &str) -> CallFaults {
        if self.path.as_ref().is_some_and(|path| !call.contains(path.as_str())) {
            return CallFaults::default();
        }
        let stall_ms = if take(&mut self.stall_next) { self.stall_ms } else { 0 };
        let fail = take(&mut self.fail_next);
        CallFaults { stall_ms, fail, lose_answer: !fail && take(&mut self.lose_answer_next) }
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
    fn the_command_line_and_json_name_the_same_things() {
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
    fn mistakes_are_named() {
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
    fn counts_run_down_on_the_calls_they_mean() {
        let mut faults =
            Faults { fail_next: 1, lose_answer_next: 1, path: Some("/capture".to_owned()), ..Faults::default() };
        assert_eq!(faults.take_call("POST /v1/refunds"), CallFaults::default());
        assert!(faults.take_call("POST /v1/payment_intents/pi_1/capture").fail);
        let second = faults.take_call("POST /v1/payment_intents/pi_1/capture");
        assert!(second.lose_answer && !second.fail);
        let third = faults.take_call("POST /v1/payment_intents/pi_1/capture");
        assert_eq!(third, CallFaults::default());
    }
}
