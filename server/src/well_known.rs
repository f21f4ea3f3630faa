//! The addresses under `/.well-known/` that password managers and finders of vulnerabilities look for.

use std::time::{Duration, SystemTime};

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use model::Code;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{errors::ErrorResponse, state::SharedState};

/// How long a copy of `security.txt` holds. RFC 9116 recommends less than a year.
const SECURITY_TXT_HOLDS: Duration = Duration::from_hours(180 * 24);
const SECURITY_TXT: &str = "/.well-known/security.txt";
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Their routes.
pub(crate) fn routes() -> Router<SharedState> {
    Router::new().route(SECURITY_TXT, get(security_txt)).route("/.well-known/change-password", get(change_password))
}

/// Leads a password manager to the page where the password is changed
/// (<https://www.w3.org/TR/change-password-url/>).
async fn change_password() -> Response {
    (StatusCode::FOUND, [(header::LOCATION, "/account")]).into_response()
}

/// Whom to tell of a vulnerability ([RFC 9116](https://www.rfc-editor.org/rfc/rfc9116)). Not there without a contact:
/// the file must name one.
async fn security_txt(State(state): State<SharedState>) -> Result<Response, ErrorResponse> {
    let contact = state.imprint.contact.as_ref().ok_or(Code::NotFound)?;
    let expires = OffsetDateTime::from(SystemTime::now() + SECURITY_TXT_HOLDS);
    let expires = expires.replace_nanosecond(0).unwrap_or(expires).format(&Rfc3339).map_err(|_| Code::Internal)?;
    let text = format!(
        "Contact: mailto:{}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {}{SECURITY_TXT}\n",
        contact.as_str(),
        state.public_url
    );
    Ok(([(header::CACHE_CONTROL, A_DAY)], text).into_response())
}
