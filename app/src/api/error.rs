//! The error that every server function answers with.

use std::fmt;

use domain::{AppError, Code};
use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType},
};
use serde::{Deserialize, Serialize};

/// [`AppError`] on its way over the wire: the body of an answer is exactly
/// `{"errors":[…]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiError(pub AppError);

impl From<Code> for ApiError {
    fn from(code: Code) -> Self {
        Self(code.into())
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for ApiError {}

/// As `JsonEncoding`, which reads bytes: the browser would carry a second reading of [`AppError`] for it.
#[derive(Debug)]
pub struct JsonText;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl Encodes<ApiError> for JsonText {
    type Error = serde_json::Error;

    fn encode(error: &ApiError) -> Result<Bytes, Self::Error> {
        serde_json::to_string(error).map(Bytes::from)
    }
}

impl Decodes<ApiError> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<ApiError, Self::Error> {
        serde_json::from_str(&String::from_utf8_lossy(&bytes))
    }
}

/// What goes wrong around a server function: in reading its arguments, or on the way to it.
impl FromServerFnError for ApiError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        let code = match &error {
            E::Args(_) | E::MissingArg(_) => Code::InvalidInput,
            // On the server this is a body that is no text; in the browser, an answer
            // that is not ours, as a proxy gives when it cannot reach us.
            E::Deserialization(_) if cfg!(feature = "ssr") => Code::InvalidInput,
            E::Deserialization(_) | E::Request(_) => Code::Unavailable,
            E::Registration(_)
            | E::UnsupportedRequestMethod(_)
            | E::ServerError(_)
            | E::MiddlewareError(_)
            | E::Serialization(_)
            | E::Response(_) => Code::Internal,
        };
        #[cfg(feature = "ssr")]
        return Self(crate::server::error::answer_framework_error(&error, code));
        #[cfg(not(feature = "ssr"))]
        code.into()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn is_the_public_shape_and_nothing_around_it() {
        let body = ApiError::from(Code::NotSignedIn).ser();
        assert_eq!(&body[..], br#"{"errors":[{"message":"Sign in to go on.","code":"not_signed_in"}]}"#);
        assert_eq!(ApiError::de(body), Code::NotSignedIn.into());
    }

    #[test]
    fn maps_what_the_framework_says() {
        let code = |error| ApiError::from_server_fn_error(error).0.code();
        assert_eq!(code(ServerFnErrorErr::Args("no such field".into())), Code::InvalidInput);
        assert_eq!(code(ServerFnErrorErr::MissingArg("ticket".into())), Code::InvalidInput);
        assert_eq!(code(ServerFnErrorErr::Deserialization("not UTF-8".into())), Code::InvalidInput);
        assert_eq!(code(ServerFnErrorErr::Request("offline".into())), Code::Unavailable);
        assert_eq!(code(ServerFnErrorErr::MiddlewareError("down".into())), Code::Internal);
    }

    /// Without JavaScript an error returns through the URL, where anybody can write.
    #[test]
    fn takes_no_nonsense_back() {
        assert_eq!(ApiError::de("not json".into()).0.code(), Code::InvalidInput);
    }
}
