//! Stripe's error objects.

use serde_json::{Map, Value, json};

/// An error as Stripe's clients see it. Boxed, as it is rare and may contain a whole intent.
#[derive(Debug, Clone)]
pub(crate) struct ApiError(Box<Detail>);

#[derive(Debug, Clone)]
struct Detail {
    status: u16,
    kind: &'static str,
    code: Option<String>,
    message: String,
    param: Option<String>,
    decline_code: Option<String>,
    charge: Option<String>,
    payment_intent: Option<Value>,
    payment_method: Option<Value>,
    /// Whether the idempotency key keeps this response. It does once the request began to execute.
    is_recorded: bool,
}

impl ApiError {
    fn new(status: u16, kind: &'static str, code: Option<&str>, message: String) -> Self {
        Self(Box::new(Detail {
            status,
            kind,
            code: code.map(ToOwned::to_owned),
            message,
            param: None,
            decline_code: None,
            charge: None,
            payment_intent: None,
            payment_method: None,
            is_recorded: false,
        }))
    }

    /// A malformed request.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", None, message.into())
    }

    /// A request that a rule with a code of its own refuses, as it executes.
    pub(crate) fn refused(code: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(400, "invalid_request_error", Some(code), message.into());
        error.0.is_recorded = true;
        error
    }

    /// A parameter with an invalid value.
    pub(crate) fn bad_param(param: &str, message: impl Into<String>) -> Self {
        Self::invalid(message).with_param(param)
    }

    /// A parameter that is not a number.
    pub(crate) fn bad_integer(param: &str, value: &str) -> Self {
        Self::new(400, "invalid_request_error", Some("parameter_invalid_integer"), format!("Invalid integer: {value}"))
            .with_param(param)
    }

    /// A required parameter that is missing.
    pub(crate) fn missing_param(param: &str) -> Self {
        let message = format!("Missing required param: {param}.");
        Self::new(400, "invalid_request_error", Some("parameter_missing"), message).with_param(param)
    }

    /// A parameter that the endpoint lacks.
    pub(crate) fn unknown_param(param: &str) -> Self {
        let message = format!("Received unknown parameter: {param}");
        Self::new(400, "invalid_request_error", Some("parameter_unknown"), message).with_param(param)
    }

    /// An unknown id.
    pub(crate) fn no_such(kind: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::new(404, "invalid_request_error", Some("resource_missing"), message).with_param(param)
    }

    /// A path that the API lacks.
    pub(crate) fn no_such_url(method: &str, path: &str) -> Self {
        let message = format!("Unrecognized request URL ({method}: {path}).");
        Self::new(404, "invalid_request_error", None, message)
    }

    /// No API key, or a wrong one.
    pub(crate) fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(401, "invalid_request_error", None, message.into())
    }

    /// A publishable key where the secret key is required.
    pub(crate) fn secret_key_required() -> Self {
        Self::new(
            403,
            "invalid_request_error",
            Some("secret_key_required"),
            "This API call cannot be made with a publishable API key. Please use a secret API key.".to_owned(),
        )
    }

    /// An idempotency key that belongs to a different request.
    pub(crate) fn idempotency_mismatch(key: &str) -> Self {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were \
             first used with. Try using a key other than '{key}' if you meant to execute a \
             different request."
        );
        Self::new(400, "idempotency_error", None, message)
    }

    /// An idempotency key whose first request still executes.
    pub(crate) fn idempotency_in_use(key: &str) -> Self {
        let message = format!(
            "There is currently another in-progress request using this Idempotent Key '{key}'. \
             Please try again later."
        );
        Self::new(409, "invalid_request_error", Some("idempotency_key_in_use"), message)
    }

    /// An internal failure of Stripe.
    pub(crate) fn internal() -> Self {
        let message = "An unknown error occurred (injected by stripe-sim).".to_owned();
        Self::new(500, "api_error", None, message)
    }

    /// A body beyond the limit.
    pub(crate) fn too_large() -> Self {
        Self::new(413, "invalid_request_error", None, "The request is too large.".to_owned())
    }

    /// A card that the issuer declines or that fails the checks.
    pub(crate) fn card(code: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(402, "card_error", Some(code), message.into());
        error.0.is_recorded = true;
        error
    }

    pub(crate) fn with_param(mut self, param: &str) -> Self {
        self.0.param = Some(param.to_owned());
        self
    }

    pub(crate) fn with_decline(mut self, decline_code: Option<&str>, charge: &str) -> Self {
        self.0.decline_code = decline_code.map(ToOwned::to_owned);
        self.0.charge = Some(charge.to_owned());
        self
    }

    pub(crate) fn with_intent(mut self, intent: Value) -> Self {
        self.0.payment_intent = Some(intent);
        self
    }

    pub(crate) fn with_method(mut self, method: Value) -> Self {
        self.0.payment_method = Some(method);
        self
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether the idempotency key keeps this response.
    pub(crate) fn is_recorded(&self) -> bool {
        self.0.is_recorded
    }

    /// The parameter that the error is about.
    #[cfg(test)]
    pub(crate) fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }

    /// Stripe's code.
    #[cfg(test)]
    pub(crate) fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The object under `error`, which an intent also keeps as its `last_payment_error`.
    ///
    /// Absent members are left out, as Stripe's specification does not allow null for them.
    pub(crate) fn object(&self) -> Value {
        let Detail { kind, code, message, param, decline_code, charge, .. } = &*self.0;
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(kind));
        object.insert("message".to_owned(), json!(message));
        let texts = [("code", code), ("param", param), ("decline_code", decline_code), ("charge", charge)];
        for (name, value) in texts {
            if let Some(value) = value {
                object.insert(name.to_owned(), json!(value));
            }
        }
        if let Some(code) = code {
            let url = format!("https://docs.stripe.com/error-codes#{}", code.replace('_', "-"));
            object.insert("doc_url".to_owned(), json!(url));
        }
        if let Some(method) = &self.0.payment_method {
            object.insert("payment_method".to_owned(), method.clone());
        }
        Value::Object(object)
    }

    /// The body of the response.
    pub(crate) fn body(&self) -> Value {
        let mut object = self.object();
        if let Some(intent) = &self.0.payment_intent {
            object["payment_intent"] = intent.clone();
        }
        json!({ "error": object })
    }
}
