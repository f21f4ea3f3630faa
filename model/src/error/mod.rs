//! The one error shape that leaves GitTix:
//! `{"errors":[{"message":"…","field":"price","code":"price_too_low"}]}`.
//!
//! Use-cases return their own error types; each converts into [`AppError`] by
//! an exhaustive match. The message and the HTTP status follow from the [`Code`]
//! alone, so an error that comes back through a URL can show no text that this
//! crate does not define.

mod code;
mod field;
mod problem;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::{
    code::Code,
    field::Field,
    problem::{Problem, clock_time},
};
use crate::tickets::ListingView;

/// All problems of a request. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppError {
    errors: Vec<Problem>,
    /// The id by which an operator finds a server error in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// With [`Code::PriceChanged`] and [`Code::ListingChanged`]: the listing as it is now. It is never read
    /// back: text in an error that comes from outside could be anyone's.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    listing: Option<Box<ListingView>>,
}

impl AppError {
    /// One problem with one field.
    #[must_use]
    pub fn field(field: Field, code: Code) -> Self {
        Problem { field: Some(field), ..code.into() }.into()
    }

    /// The problems of a form; `None` if there are none.
    #[must_use]
    pub fn from_problems(errors: Vec<Problem>) -> Option<Self> {
        (!errors.is_empty()).then_some(Self { errors, request_id: None, listing: None })
    }

    /// The ticket is locked by another buyer until `free_at_ms`, in Unix milliseconds.
    #[must_use]
    pub fn locked_until(free_at_ms: i64) -> Self {
        Problem { free_at_ms: Some(free_at_ms), ..Code::TicketLocked.into() }.into()
    }

    /// Other buyers come first; the buyer may try again at `free_at_ms`, in Unix milliseconds.
    #[must_use]
    pub fn cool_down_until(free_at_ms: i64) -> Self {
        Problem { free_at_ms: Some(free_at_ms), ..Code::CoolDown.into() }.into()
    }

    /// The seller has `limit` listings on sale, the most of their account.
    #[must_use]
    pub fn too_many_listings(limit: u32) -> Self {
        Problem { limit: Some(limit), ..Code::TooManyListings.into() }.into()
    }

    /// The user has left offers unpaid, and may join a waitlist again at `at_ms`, in Unix milliseconds.
    #[must_use]
    pub fn unpaid_offers_until(at_ms: i64) -> Self {
        Problem { free_at_ms: Some(at_ms), ..Code::UnpaidOffers.into() }.into()
    }

    /// The buyer would have more than `limit` tickets for the event.
    #[must_use]
    pub fn event_limit(limit: u32) -> Self {
        Problem { limit: Some(limit), ..Code::EventLimit.into() }.into()
    }

    /// There were too many tries at a password until `at_ms`, in Unix milliseconds.
    #[must_use]
    pub fn too_many_attempts_until(at_ms: i64) -> Self {
        Problem { free_at_ms: Some(at_ms), ..Code::TooManyAttempts.into() }.into()
    }

    /// There were too many requests until `at_ms`, in Unix milliseconds.
    #[must_use]
    pub fn too_many_requests_until(at_ms: i64) -> Self {
        Problem { free_at_ms: Some(at_ms), ..Code::TooManyRequests.into() }.into()
    }

    /// Too many cards were declined; a payment can be started again at `at_ms`, in Unix milliseconds.
    #[must_use]
    pub fn too_many_declines_until(at_ms: i64) -> Self {
        Problem { free_at_ms: Some(at_ms), ..Code::TooManyDeclines.into() }.into()
    }

    /// The listing is not the one that the buyer saw. It is now `listing`; `seen` is the price that the
    /// buyer saw.
    #[must_use]
    pub fn listing_changed(listing: ListingView, seen: crate::Money) -> Self {
        let now = listing.card.price;
        let problem = if now == seen {
            Code::ListingChanged.into()
        } else {
            Problem { price_cents: Some(now.cents()), ..Code::PriceChanged.into() }
        };
        Self { listing: Some(Box::new(listing)), ..problem.into() }
    }

    /// The same error without the listing, for the address of a page.
    #[must_use]
    pub fn without_listing(self) -> Self {
        Self { listing: None, ..self }
    }

    /// The listing as it is now, if the error is that it has changed.
    #[must_use]
    pub fn listing(&self) -> Option<&ListingView> {
        self.listing.as_deref()
    }

    /// The same error, with the id of its request.
    #[must_use]
    pub fn of_request(self, id: String) -> Self {
        Self { request_id: Some(id), ..self }
    }

    /// The id of the failed request, with a server error.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The problems, most important first.
    #[must_use]
    pub fn errors(&self) -> &[Problem] {
        &self.errors
    }

    /// The code that decides the response.
    #[must_use]
    pub fn code(&self) -> Code {
        self.errors.first().map_or(Code::Internal, |problem| problem.code)
    }

    /// The HTTP status of the response: that of the first problem.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.code().status()
    }

    /// The problem with one field of a form.
    #[must_use]
    pub fn message_for(&self, field: Field) -> Option<String> {
        self.errors.iter().find(|problem| problem.field == Some(field)).map(Problem::message)
    }

    /// The problem with the request as a whole, for the top of a form.
    #[must_use]
    pub fn general(&self) -> Option<&Problem> {
        self.errors.iter().find(|problem| problem.field.is_none())
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> Self {
        Self { errors: vec![problem], request_id: None, listing: None }
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        Problem::from(code).into()
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.errors.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&problem.message())?;
        }
        Ok(())
    }
}

impl std::error::Error for AppError {}

/// An error with its causes, for a log: `error: its cause: the cause of that`.
#[must_use]
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Collects the problems of a form, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Returns a field's value, or records its problem.
    pub fn take<T, E: Into<Problem>>(&mut self, field: Field, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(problem) => {
                self.0.push(Problem { field: Some(field), ..problem.into() });
                None
            }
        }
    }

    /// The error of the response, if a field was invalid.
    #[must_use]
    pub fn into_error(self) -> AppError {
        AppError::from_problems(self.0).unwrap_or_else(|| Code::InvalidInput.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_public_shape() {
        let json = serde_json::to_value(AppError::field(Field::Price, Code::PriceTooLow)).expect("an error serializes");
        assert_eq!(
            json,
            serde_json::json!({"errors": [{"message": "The lowest price is $0.50.", "field": "price", "code": "price_too_low"}]})
        );
        let json = serde_json::to_value(AppError::from(Code::NotSignedIn)).expect("an error serializes");
        assert_eq!(json, serde_json::json!({"errors": [{"message": "Sign in to continue.", "code": "not_signed_in"}]}));
    }

    #[test]
    fn says_when_and_how_much() {
        let at_20_15 = 1_783_109_709_500;
        assert!(AppError::locked_until(at_20_15).to_string().ends_with("It may be available again at 20:15 UTC."));
        assert!(AppError::cool_down_until(at_20_15).to_string().ends_with("You can try again at 20:16 UTC."));
        let too_many = AppError::too_many_requests_until(at_20_15).to_string();
        assert_eq!(too_many, "Too many requests from your network. Try again after 20:16 UTC.");
        let declines = AppError::too_many_declines_until(at_20_15).to_string();
        assert!(declines.ends_with("for up to 24 hours. You can pay again after 20:16 UTC."), "{declines}");
        let price_changed = Problem { price_cents: Some(2500), ..Code::PriceChanged.into() };
        assert_eq!(AppError::from(price_changed).to_string(), "The price has changed. It is now $25.00.");
    }

    #[test]
    fn says_the_limit_and_the_sign() {
        let too_long = Problem { limit: Some(120), ..Code::TooLong.into() };
        assert_eq!(too_long.message(), "Use at most 120 characters.");
        let sign = |sign| Problem { sign: Some(sign), ..Code::InvalidText.into() }.message();
        assert!(sign(8).ends_with(" It is a backspace (U+0008)."), "{}", sign(8));
        assert!(sign(0x9F).ends_with(" It is a control character (U+009F)."), "{}", sign(0x9F));
        let json = serde_json::to_string(&too_long).expect("a problem serializes");
        assert_eq!(serde_json::from_str::<Problem>(&json).expect("the shape is right"), too_long);
    }

    /// Without JavaScript, an error comes back through the URL, which any site can write.
    #[test]
    fn takes_no_words_from_outside() {
        let forged = r#"{"errors":[{"message":"Send money to…","code":"internal"}]}"#;
        let error: AppError = serde_json::from_str(forged).expect("the shape is right");
        assert_eq!(error.to_string(), Code::Internal.words());
    }
}
