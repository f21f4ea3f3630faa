//! The error of a server function for a failure outside of it.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType},
};
use model::Code;

use crate::ApiError;

/// Like `JsonEncoding`, but reads text. `JsonEncoding` reads bytes, and the browser would download a second
/// deserializer of [`model::AppError`] for it.
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

/// Errors outside the server function itself: its arguments cannot be read, or the request does not arrive.
impl FromServerFnError for ApiError {
    type Encoder = JsonText;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        use ServerFnErrorErr as E;
        let code = match &error {
            E::Args(_) | E::MissingArg(_) => Code::InvalidInput,
            // On the server: the body is not text. In the browser: the response is not ours, for
            // example a proxy's that cannot reach the server.
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
        return Self(crate::server::error::framework_error(&error, code));
        #[cfg(not(feature = "ssr"))]
        code.into()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn body_is_the_public_error_shape() {
        let body = ApiError::from(Code::NotSignedIn).ser();
        assert_eq!(&body[..], br#"{"errors":[{"message":"Sign in to continue.","code":"not_signed_in"}]}"#);
        assert_eq!(ApiError::de(body), Code::NotSignedIn.into());
    }

    #[test]
    fn framework_error_maps_to_code() {
        let code = |error| ApiError::from_server_fn_error(error).0.code();
        assert_eq!(code(ServerFnErrorErr::Args("no such field".into())), Code::InvalidInput);
        assert_eq!(code(ServerFnErrorErr::MissingArg("ticket".into())), Code::InvalidInput);
        assert_eq!(code(ServerFnErrorErr::Deserialization("not UTF-8".into())), Code::InvalidInput);
        assert_eq!(code(ServerFnErrorErr::Request("offline".into())), Code::Unavailable);
        assert_eq!(code(ServerFnErrorErr::MiddlewareError("down".into())), Code::Internal);
    }

    /// Without JavaScript an error comes back in the URL, which anyone can write.
    #[test]
    fn unreadable_error_becomes_invalid_input() {
        assert_eq!(ApiError::de("not json".into()).0.code(), Code::InvalidInput);
    }
}
