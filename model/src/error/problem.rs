//! One problem of a request, and its message.

use serde::{Deserialize, Serialize};

use super::{code::Code, field::Field};

/// One problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WireProblem", from = "WireProblem")]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// The form field, if it belongs to one.
    pub field: Option<Field>,
    /// With [`Code::TicketLocked`]: when the ticket may become free; with [`Code::CoolDown`], [`Code::UnpaidOffers`],
    /// [`Code::TooManyAttempts`], [`Code::TooManyRequests`] and [`Code::TooManyDeclines`]: when to try again. In Unix milliseconds.
    pub free_at_ms: Option<i64>,
    /// With [`Code::PriceChanged`]: the current price, in cents; with [`Code::AmbiguousPrice`]: the price if
    /// the separator parts thousands; with [`Code::PriceAboveCap`]: the highest price.
    pub price_cents: Option<i64>,
    /// With [`Code::TooLong`]: the most characters that the field takes; with [`Code::EventLimit`]: the most tickets of
    /// one person; with [`Code::TooManyListings`]: the most listings of the account; with [`Code::PriceAboveCap`]: by how many percent the price may exceed the face value.
    pub limit: Option<u32>,
    /// With [`Code::InvalidText`]: the code point of the control character.
    pub sign: Option<u32>,
}

/// A [`Problem`] as serialized. The message is for the client; when a problem
/// is deserialized, the message is ignored and made again.
#[derive(Serialize, Deserialize)]
struct WireProblem {
    #[serde(default)]
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    field: Option<Field>,
    code: Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    free_at_ms: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price_cents: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign: Option<u32>,
}

impl From<Problem> for WireProblem {
    fn from(problem: Problem) -> Self {
        let Problem { code, field, free_at_ms, price_cents, limit, sign } = problem;
        Self { message: problem.message(), field, code, free_at_ms, price_cents, limit, sign }
    }
}

impl From<WireProblem> for Problem {
    fn from(wire: WireProblem) -> Self {
        let WireProblem { message: _, field, code, free_at_ms, price_cents, limit, sign } = wire;
        Self { code, field, free_at_ms, price_cents, limit, sign }
    }
}

impl Problem {
    /// The message for people. A time in it is UTC.
    #[must_use]
    pub fn message(&self) -> String {
        let (words, at_ms) = self.words_and_time();
        match at_ms {
            Some(at_ms) => format!("{words} {}.", clock_time(at_ms)),
            None => words,
        }
    }

    /// The message, and the time that it ends with, in Unix milliseconds: a page writes the time by its reader's clock.
    #[must_use]
    pub fn words_and_time(&self) -> (String, Option<i64>) {
        let words = self.code.words();
        let words = match *self {
            Self { free_at_ms: Some(at_ms), .. } => {
                let words = match self.code {
                    Code::CoolDown | Code::UnpaidOffers => format!("{words} You can try again at"),
                    Code::TooManyAttempts => "Too many tries. Try again after".to_owned(),
                    Code::TooManyRequests => "Too many requests from your network. Try again after".to_owned(),
                    Code::TooManyDeclines => format!("{words} You can pay again after"),
                    _ => return (format!("{words} It may be available again at"), Some(at_ms)),
                };
                // Rounded up: who tries a minute early is refused again.
                return (words, Some(at_ms.saturating_add(59_999)));
            }
            Self { code: Code::AmbiguousPrice, price_cents: Some(cents), .. } => {
                // The second reading had three decimals; the third is dropped.
                let (dollars, tens) = (cents / 100, cents / 1000);
                format!("{words} Write {dollars}.00 or {}.{:02}.", tens / 100, tens % 100)
            }
            Self { code: Code::PriceAboveCap, price_cents: Some(cents), limit: Some(percent), .. } => {
                let plus = if percent == 0 { String::new() } else { format!(" plus {percent}%") };
                let most = crate::Money::usd(cents);
                format!("Where this event is, a ticket may cost at most its face value{plus}: {most}.")
            }
            Self { price_cents: Some(cents), .. } => format!("{words} It is now {}.", crate::Money::usd(cents)),
            Self { code: Code::TooLong, limit: Some(limit), .. } => format!("Use at most {limit} characters."),
            Self { code: Code::TooManyListings, limit: Some(limit), .. } => format!("{words} The most is now {limit}."),
            Self { code: Code::EventLimit, limit: Some(limit), .. } => {
                format!("{words} The most is {limit}, with those that you have or that are reserved for you.")
            }
            Self { sign: Some(sign), .. } => format!("{words} It is {} (U+{sign:04X}).", control_name(sign)),
            _ => words.to_owned(),
        };
        (words, None)
    }
}

/// `20:15 UTC`, of Unix milliseconds.
#[must_use]
pub fn clock_time(at_ms: i64) -> String {
    let minute_of_day = at_ms.div_euclid(60_000).rem_euclid(24 * 60);
    format!("{:02}:{:02} UTC", minute_of_day / 60, minute_of_day % 60)
}

/// The name of a control character; for all but the best known the general one.
fn control_name(sign: u32) -> &'static str {
    match sign {
        0x00 => "a null character",
        0x07 => "a bell",
        0x08 => "a backspace",
        0x1B => "an escape character",
        0x7F => "a delete character",
        _ => "a control character",
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, field: None, free_at_ms: None, price_cents: None, limit: None, sign: None }
    }
}
