//! Stripe's published test cards, and the checks a card number goes through.

use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// What happens when a card is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behaviour {
    /// The issuer agrees.
    Approve,
    /// The holder has to answer a 3-D Secure challenge first.
    Challenge,
    /// A challenge, and then a refusal whatever the answer.
    ChallengeThenDecline,
    /// The issuer refuses.
    Decline(Decline),
}

/// Why an issuer refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decline {
    Generic,
    InsufficientFunds,
    LostCard,
    StolenCard,
    ExpiredCard,
    IncorrectCvc,
    ProcessingError,
    /// A number that is a real card's, or nobody's: test mode takes neither.
    NotATestCard,
}

impl Decline {
    /// Stripe's code, decline code and message.
    pub(crate) fn words(self) -> (&'static str, Option<&'static str>, &'static str) {
        match self {
            Self::Generic => ("card_declined", Some("generic_decline"), "Your card was declined."),
            Self::InsufficientFunds => {
                ("card_declined", Some("insufficient_funds"), "Your card has insufficient funds.")
            }
            Self::LostCard => ("card_declined", Some("lost_card"), "Your card was declined."),
            Self::StolenCard => ("card_declined", Some("stolen_card"), "Your card was declined."),
            Self::ExpiredCard => ("expired_card", None, "Your card has expired."),
            Self::IncorrectCvc => ("incorrect_cvc", None, "Your card's security code is incorrect."),
            Self::ProcessingError => {
                ("processing_error", None, "An error occurred while processing your card. Try again in a little bit.")
            }
            Self::NotATestCard => (
                "card_declined",
                Some("test_mode_live_card"),
                "Your card was declined. Your request was in test mode, but used a non test card. \
                 For a list of valid test cards, visit: https://docs.stripe.com/testing.",
            ),
        }
    }
}

/// One published test card.
pub(crate) struct TestCard {
    /// The ready-made payment method's id.
    pub(crate) alias: &'static str,
    pub(crate) number: &'static str,
    pub(crate) behaviour: Behaviour,
}

const fn card(alias: &'static str, number: &'static str, behaviour: Behaviour) -> TestCard {
    TestCard { alias, number, behaviour }
}

/// From <https://docs.stripe.com/testing>.
pub(crate) const TEST_CARDS: [TestCard; 16] = [
    card("pm_card_visa", "4242424242424242", Behaviour::Approve),
    card("pm_card_visa_debit", "4000056655665556", Behaviour::Approve),
    card("pm_card_mastercard", "5555555555554444", Behaviour::Approve),
    card("pm_card_amex", "378282246310005", Behaviour::Approve),
    card("pm_card_discover", "6011111111111117", Behaviour::Approve),
    card("pm_card_chargeDeclined", "4000000000000002", Behaviour::Decline(Decline::Generic)),
    card("pm_card_chargeDeclinedInsufficientFunds", "4000000000009995", Behaviour::Decline(Decline::InsufficientFunds)),
    card("pm_card_chargeDeclinedLostCard", "4000000000009987", Behaviour::Decline(Decline::LostCard)),
    card("pm_card_chargeDeclinedStolenCard", "4000000000009979", Behaviour::Decline(Decline::StolenCard)),
    card("pm_card_chargeDeclinedExpiredCard", "4000000000000069", Behaviour::Decline(Decline::ExpiredCard)),
    card("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", Behaviour::Decline(Decline::IncorrectCvc)),
    card("pm_card_chargeDeclinedProcessingError", "4000000000000119", Behaviour::Decline(Decline::ProcessingError)),
    card("pm_card_authenticationRequiredOnSetup", "4000002500003155", Behaviour::Challenge),
    card("pm_card_authenticationRequired", "4000002760003184", Behaviour::Challenge),
    card("pm_card_threeDSecure2Required", "4000000000003220", Behaviour::Challenge),
    card(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        Behaviour::ChallengeThenDecline,
    ),
];

/// A card that passed the checks. The number itself is not kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) brand: String,
    pub(crate) last4: String,
    pub(crate) exp_month: i64,
    pub(crate) exp_year: i64,
    pub(crate) fingerprint: String,
    pub(crate) behaviour: Behaviour,
}

impl Card {
    /// The card behind a ready-made payment method such as `pm_card_visa`.
    pub(crate) fn from_alias(alias: &str, year: i64) -> Option<Self> {
        let test = TEST_CARDS.iter().find(|test| test.alias == alias)?;
        Some(Self::build(test.number, test.behaviour, 12, year + 4))
    }

    /// Checks what was typed, in Stripe's order, and answers with its codes.
    ///
    /// `today` is the present year and month.
    pub(crate) fn from_input(
        number: &str,
        exp_month: i64,
        exp_year: i64,
        cvc: Option<&str>,
        today: (i64, i64),
    ) -> Result<Self, ApiError> {
        let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits || !(12..=19).contains(&digits.len()) {
            let message = "The card number is not a valid credit card number.";
            return Err(ApiError::card("invalid_number", message).with_param("number"));
        }
        if !luhn(&digits) {
            let message = "Your card number is incorrect.";
            return Err(ApiError::card("incorrect_number", message).with_param("number"));
        }
        if !(1..=12).contains(&exp_month) {
            let message = "Your card's expiration month is invalid.";
            return Err(ApiError::card("invalid_expiry_month", message).with_param("exp_month"));
        }
        let exp_year = if (0..100).contains(&exp_year) { exp_year + 2000 } else { exp_year };
        if exp_year < today.0 || exp_year > today.0 + 50 {
            let message = "Your card's expiration year is invalid.";
            return Err(ApiError::card("invalid_expiry_year", message).with_param("exp_year"));
        }
        if (exp_year, exp_month) < today {
            let message = "Your card's expiration month is invalid.";
            return Err(ApiError::card("invalid_expiry_month", message).with_param("exp_month"));
        }
        if let Some(cvc) = cvc {
            let length = if brand(&digits) == "amex" { 3..=4 } else { 3..=3 };
            if !cvc.bytes().all(|byte| byte.is_ascii_digit()) || !length.contains(&cvc.len()) {
                let message = "Your card's security code is invalid.";
                return Err(ApiError::card("invalid_cvc", message).with_param("cvc"));
            }
        }
        let behaviour = TEST_CARDS
            .iter()
            .find(|test| test.number == digits)
            .map_or(Behaviour::Decline(Decline::NotATestCard), |test| test.behaviour);
        Ok(Self::build(&digits, behaviour, exp_month, exp_year))
    }

    fn build(digits: &str, behaviour: Behaviour, exp_month: i64, exp_year: i64) -> Self {
        Self {
            brand: brand(digits).to_owned(),
            last4: digits[digits.len() - 4..].to_owned(),
            exp_month,
            exp_year,
            fingerprint: fingerprint(digits),
            behaviour,
        }
    }
}

/// Sixteen characters that are equal for equal numbers and do not give the number away.
fn fingerprint(digits: &str) -> String {
    let mut mark = crate::signature::hmac_hex(b"card fingerprint", digits.as_bytes());
    mark.truncate(16);
    mark
}

/// The check digit that catches a mistyped number.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match (place % 2, digit) {
                (0, digit) => digit,
                (_, digit) if digit < 5 => digit * 2,
                (_, digit) => digit * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn brand(digits: &str) -> &'static str {
    match digits.as_bytes() {
        [b'4', ..] => "visa",
        [b'5', b'1'..=b'5', ..] | [b'2', b'2'..=b'7', ..] => "mastercard",
        [b'3', b'4' | b'7', ..] => "amex",
        [b'6', b'0' | b'4' | b'5', ..] => "discover",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: (i64, i64) = (2026, 11);

    fn code(number: &str, month: i64, year: i64, cvc: &str) -> Option<String> {
        Card::from_input(number, month, year, Some(cvc), TODAY)
            .err()
            .and_then(|error| error.code().map(ToOwned::to_owned))
    }

    #[test]
    fn every_test_card_passes_luhn() {
        for test in &TEST_CARDS {
            assert!(luhn(test.number), "{}", test.number);
        }
    }

    #[test]
    fn checks_answer_with_stripes_codes() {
        let table = [
            ("4242 4242 4242 4242", 12, 2030, "123", None),
            ("4242424242424242", 11, 26, "123", None),
            ("4242424242424241", 12, 2030, "123", Some("incorrect_number")),
            ("4242", 12, 2030, "123", Some("invalid_number")),
            ("4242x24242424242", 12, 2030, "123", Some("invalid_number")),
            ("4242424242424242", 13, 2030, "123", Some("invalid_expiry_month")),
            ("4242424242424242", 10, 2026, "123", Some("invalid_expiry_month")),
            ("4242424242424242", 12, 2025, "123", Some("invalid_expiry_year")),
            ("4242424242424242", 12, 2030, "12", Some("invalid_cvc")),
            ("4242424242424242", 12, 2030, "1234", Some("invalid_cvc")),
            ("378282246310005", 12, 2030, "1234", None),
        ];
        for (number, month, year, cvc, expected) in table {
            assert_eq!(code(number, month, year, cvc).as_deref(), expected, "{number} {month}/{year}");
        }
    }

    #[test]
    fn a_number_that_is_no_test_card_is_declined_later() {
        let card = Card::from_input("4111111111111111", 12, 2030, Some("123"), TODAY).expect("card");
        assert_eq!(card.behaviour, Behaviour::Decline(Decline::NotATestCard));
    }
}
