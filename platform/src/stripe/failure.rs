//! Why a request to Stripe failed, in words that a log may have.

use stripe::StripeError as ClientError;

/// What went wrong, without the objects that Stripe puts into its errors: an intent has its client secret.
#[derive(Debug, thiserror::Error)]
pub enum StripeFailure {
    /// Stripe answered with an error.
    #[error("Stripe answered {status}, {kind}, {}: {}", code.as_deref().unwrap_or("no code"), message.as_deref().unwrap_or("no message"))]
    Answer {
        /// The HTTP status.
        status: u16,
        /// Stripe's kind of error, such as `card_error`.
        kind: String,
        /// Stripe's code, such as `card_declined`.
        code: Option<String>,
        /// Stripe's sentence for developers.
        message: Option<String>,
    },
    /// There was no answer, or none of Stripe's, or the client is set up wrongly.
    #[error("{0}")]
    Client(String),
}

impl From<ClientError> for StripeFailure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Stripe(answer, status) => Self::Answer {
                status,
                kind: answer.type_.as_str().to_owned(),
                code: answer.code.as_ref().map(|code| code.as_str().to_owned()),
                message: answer.message,
            },
            // It quotes what it could not parse.
            ClientError::JSONDeserialize(_) => Self::Client("the answer is not the JSON that was expected".to_owned()),
            other => Self::Client(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use stripe_shared::ApiErrors;

    use super::*;

    const ANSWER: &str = r#"{
        "type": "invalid_request_error", "code": "amount_too_large", "message": "The amount is too large.",
        "payment_intent": {
            "object": "payment_intent", "id": "pi_1", "amount": 4950, "amount_capturable": 4950, "amount_received": 0,
            "capture_method": "manual", "confirmation_method": "automatic", "created": 1767225600, "currency": "usd",
            "livemode": false, "metadata": {}, "payment_method_types": ["card"], "status": "requires_capture",
            "client_secret": "pi_1_secret_marked"
        }
    }"#;

    #[test]
    fn failure_has_no_client_secret() {
        let answer: ApiErrors = miniserde::json::from_str(ANSWER).expect("Stripe's shape");
        let intent = answer.payment_intent.as_ref().expect("the answer has the intent");
        assert_eq!(intent.client_secret.as_deref(), Some("pi_1_secret_marked"));
        let failure = StripeFailure::from(ClientError::Stripe(Box::new(answer), 400));
        assert_eq!(
            failure.to_string(),
            "Stripe answered 400, invalid_request_error, amount_too_large: The amount is too large."
        );
        assert!(!format!("{failure:?}").contains("secret"));
    }
}
