//! Refuses a form that was shown to another account than the one that is signed in now.
//!
//! All tabs of a browser share the session's cookie. A tab that is left open while another one signs in to another account
//! would act for that account.

use app::{
    paths::{SHOWN_TO, rpc},
    server::{RequestIdentity, refused_form_of},
};
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use model::Code;

use crate::{
    bounds::BODY_LIMIT_BYTES,
    errors::{ErrorResponse, accepts_html},
};

/// The server functions that act for no account that is signed in: they begin or end a session.
const OF_NO_ACCOUNT: [&str; 10] = [
    rpc::SIGN_IN,
    rpc::MAIL_SIGN_IN_CODE,
    rpc::ENTER_MAILED_CODE,
    rpc::ENTER_SIGN_IN_CODE,
    rpc::SIGN_OUT,
    rpc::SIGN_UP,
    rpc::ENTER_CODE,
    rpc::FORGOT_PASSWORD,
    rpc::OPEN_RESET,
    rpc::RESET_PASSWORD,
];

/// Refuses a call whose field [`SHOWN_TO`] names another account. It runs after [`crate::request_identity::look_up`].
///
/// Without the field, the call goes on: programs send none, and neither does a form that was shown to a visitor.
pub(crate) async fn refuse_others(request: Request, next: Next) -> Response {
    let mark = request.extensions().get::<RequestIdentity>().map(RequestIdentity::account_mark).unwrap_or_default();
    let endpoint = request.uri().path().to_owned();
    let is_write = request.method() == Method::POST && endpoint.starts_with("/rpc/");
    // Where no one is signed in, the server function says so.
    if !is_write || mark.is_empty() || OF_NO_ACCOUNT.contains(&&*endpoint) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT_BYTES).await else {
        return ErrorResponse::from(Code::BodyTooLarge).into_response();
    };
    if is_shown_to(&mark, &body) {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    tracing::info!(target: "security", "a form that was shown to another account was refused");
    refusal(&endpoint, &parts.headers)
}

fn is_shown_to(mark: &str, form: &[u8]) -> bool {
    let mut marks = form_urlencoded::parse(form).filter(|(name, value)| name == SHOWN_TO && !value.is_empty());
    marks.all(|(_, shown_to)| shown_to == mark)
}

/// A browser without JavaScript is led back to the page of the form, as by a server function.
fn refusal(endpoint: &str, headers: &HeaderMap) -> Response {
    let referer = headers.get(header::REFERER).filter(|_| accepts_html(headers));
    let page = referer.and_then(|referer| refused_form_of(endpoint, referer.to_str().ok()?, Code::OtherAccount.into()));
    match page {
        Some(page) => (StatusCode::FOUND, [(header::LOCATION, page)]).into_response(),
        None => ErrorResponse::from(Code::OtherAccount).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_without_a_mark_or_with_its_own_is_taken() {
        for form in ["", "ticket=1", "shown_to=", "shown_to=0a1b2c3d&ticket=1"] {
            assert!(is_shown_to("0a1b2c3d", form.as_bytes()), "{form}");
        }
        for form in ["shown_to=00000000", "ticket=1&shown_to=x", "shown_to=0a1b2c3d&shown_to=00000000"] {
            assert!(!is_shown_to("0a1b2c3d", form.as_bytes()), "{form}");
        }
    }
}
