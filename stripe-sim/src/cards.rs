//! Stripe's published test cards, and the checks of a card number.

use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// What happens when a card is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeOutcome {
    /// The issuer approves.
    Approve,
    /// The cardholder has to answer a 3-D Secure challenge first.
    Challenge,
    /// The cardholder has to answer a challenge, and the issuer declines whatever the answer.
    ChallengeThenDecline,
    /// The issuer declines.
    Decline(Decline),
}

/// Why an issuer declines.
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
    /// Any number but a published test card's. Test mode declines it.
    NotATestCard,
}

impl Decline {
    /// Stripe's code, decline code and message.
    pub(crate) fn error(self) -> (&'static str, Option<&'static str>, &'static str) {
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
    /// The id of the ready-made payment method.
    pub(crate) alias: &'static str,
    pub(crate) number: &'static str,
    pub(crate) outcome: ChargeOutcome,
}

const fn card(alias: &'static str, number: &'static str, outcome: ChargeOutcome) -> TestCard {
    TestCard { alias, number, outcome }
}

/// From <https://docs.stripe.com/testing>.
pub(crate) const TEST_CARDS: [TestCard; 16] = [
    card("pm_card_visa", "4242424242424242", ChargeOutcome::Approve),
    card("pm_card_visa_debit", "4000056655665556", ChargeOutcome::Approve),
    card("pm_card_mastercard", "5555555555554444", ChargeOutcome::Approve),
    card("pm_card_amex", "378282246310005", ChargeOutcome::Approve),
    card("pm_card_discover", "6011111111111117", ChargeOutcome::Approve),
    card("pm_card_chargeDeclined", "4000000000000002", ChargeOutcome::Decline(Decline::Generic)),
    card(
        "pm_card_chargeDeclinedInsufficientFunds",
        "4000000000009995",
        ChargeOutcome::Decline(Decline::InsufficientFunds),
    ),
    card("pm_card_chargeDeclinedLostCard", "4000000000009987", ChargeOutcome::Decline(Decline::LostCard)),
    card("pm_card_chargeDeclinedStolenCard", "4000000000009979", ChargeOutcome::Decline(Decline::StolenCard)),
    card("pm_card_chargeDeclinedExpiredCard", "4000000000000069", ChargeOutcome::Decline(Decline::ExpiredCard)),
    card("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", ChargeOutcome::Decline(Decline::IncorrectCvc)),
    card("pm_card_chargeDeclinedProcessingError", "4000000000000119", ChargeOutcome::Decline(Decline::ProcessingError)),
    card("pm_card_authenticationRequiredOnSetup", "4000002500003155", ChargeOutcome::Challenge),
    card("pm_card_authenticationRequired", "4000002760003184", ChargeOutcome::Challenge),
    card("pm_card_threeDSecure2Required", "4000000000003220", ChargeOutcome::Challenge),
    card(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "4000008260003178",
        ChargeOutcome::ChallengeThenDecline,
    ),
];

/// A card that passed the checks, without its number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) brand: String,
    pub(crate) last4: String,
    pub(crate) exp_month: i64,
    pub(crate) exp_year: i64,
    pub(crate) fingerprint: String,
    #[serde(alias = "behaviour")]
    pub(crate) outcome: ChargeOutcome,
}

impl Card {
    /// The card behind a ready-made payment method such as `pm_card_visa`.
    pub(crate) fn from_alias(alias: &str, year: i64) -> Option<Self> {
        let test = TEST_CARDS.iter().find(|test| test.alias == alias)?;
        Some(Self::build(test.number, test.outcome, 12, year + 4))
    }

    /// Checks a card in Stripe's order, and fails with Stripe's codes.
    ///
    /// `today` is the current year and month.
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
        let outcome = TEST_CARDS
            .iter()
            .find(|test| test.number == digits)
            .map_or(ChargeOutcome::Decline(Decline::NotATestCard), |test| test.outcome);
        Ok(Self::build(&digits, outcome, exp_month, exp_year))
    }

    fn build(digits: &str, outcome: ChargeOutcome, exp_month: i64, exp_year: i64) -> Self {
        Self {
            brand: brand(digits).to_owned(),
            last4: digits[digits.len() - 4..].to_owned(),
            exp_month,
            exp_year,
            fingerprint: fingerprint(digits),
            outcome,
        }
    }
}

/// Sixteen characters that identify a number and do not reveal it.
fn fingerprint(digits: &str) -> String {
    let mut digest = crate::signature::hmac_hex(b"card fingerprint", digits.as_bytes());
    digest.truncate(16);
    digest
}

/// Whether the check digit is right, which catches a mistyped number.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, byte)| {
            let digit = u32::from(byte - b'0');
            match (position % 2, digit) {
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
    fn luhn_accepts_every_test_card() {
        for test in &TEST_CARDS {
            assert!(luhn(test.number), "{}", test.number);
        }
    }

    #[test]
    fn from_input_fails_with_stripes_codes() {
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
    fn from_input_accepts_other_numbers_and_charge_declines() {
        let card = Card::from_input("4111111111111111", 12, 2030, Some("123"), TODAY).expect("card");
        assert_eq!(card.outcome, ChargeOutcome::Decline(Decline::NotATestCard));
    }
}
