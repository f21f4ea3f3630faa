//! Turns errors into responses.

use std::error::Error;

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{ACCEPT, LOCATION, RETRY_AFTER},
    request::Parts,
};
use leptos::{
    prelude::{ServerFnErrorErr, use_context},
    server_fn::error::ServerFnUrlError,
};
use leptos_axum::ResponseOptions;
use model::{AppError, Code, error::causes};

use super::RefusalStatus;
use crate::ApiError;

/// When to ask again after a 503.
const RETRY_AFTER_S: u16 = 5;

/// Turns the error of a use-case into the error of a server function: logs server errors once, with
/// their causes, and sets the status.
pub(crate) fn api_error<E: Error + Into<AppError> + 'static>(error: E) -> ApiError {
    let causes = causes(&error);
    let public: AppError = error.into();
    if public.status() >= 500 {
        tracing::error!(error.code = ?public.code(), error.causes = causes, "server function failed");
    }
    log_refusal(public.code());
    set_response_status(public.code());
    // A form sent without JavaScript gets its error in the address of a page, which has no room for a listing.
    let public = if is_plain_form() { public.without_listing() } else { public };
    ApiError(with_request_id(public))
}

/// Tells those who watch over the site of a password or code that was wrong, and of access that was refused.
fn log_refusal(code: Code) {
    match code {
        Code::WrongCredentials | Code::WrongPassword | Code::WrongSecondFactor | Code::WrongCode => {
            tracing::info!(target: "security", { error.code = ?code }, "a password or code was wrong");
        }
        Code::TooManyAttempts => tracing::info!(target: "security", "there were too many attempts"),
        code if matches!(code.status(), 401 | 403) => {
            tracing::info!(target: "security", { error.code = ?code }, "access was refused");
        }
        _ => {}
    }
}

/// The same for an error outside the server function itself.
pub(crate) fn framework_error(error: &ServerFnErrorErr, code: Code) -> AppError {
    if code.status() >= 500 {
        tracing::error!(error.code = ?code, error.causes = %error, "server function could not be called");
    }
    set_response_status(code);
    with_request_id(code.into())
}

/// The address of `page`, which shows a form that was sent to `endpoint`, with the error that the form was refused with: as
/// Leptos makes it for server functions.
#[must_use]
pub fn refused_form(endpoint: &str, page: &str, error: AppError) -> String {
    // Leptos adds to whole addresses. The host is left out again.
    let address = ServerFnUrlError::new(endpoint, ApiError(error)).to_url(&format!("http://gittix{page}"));
    address.map_or_else(|_| page.to_owned(), |address| format!("{page}?{}", address.query().unwrap_or_default()))
}

/// The same for the page of a `Referer`, without the refusal that it may show already. `None` if it is no address.
#[must_use]
pub fn refused_form_of(endpoint: &str, referer: &str, error: AppError) -> Option<String> {
    let mut page = referer.to_owned();
    ServerFnUrlError::<ApiError>::strip_error_info(&mut page);
    ServerFnUrlError::new(endpoint, ApiError(error)).to_url(&page).ok().map(Into::into)
}

/// Adds the request's id to a server error.
fn with_request_id(error: AppError) -> AppError {
    match request_id() {
        Some(id) if error.status() >= 500 => error.of_request(id),
        _ => error,
    }
}

/// The request's id in the log.
pub(crate) fn request_id() -> Option<String> {
    let parts = use_context::<Parts>()?;
    Some(parts.headers.get("x-request-id")?.to_str().ok()?.to_owned())
}

/// Sets the status of the page that is being rendered to that of `code`.
pub(crate) fn set_page_status(code: Code) {
    if let Some(response) = use_context::<ResponseOptions>() {
        set_status(&response, code);
    }
}

/// Tells clients that what the page is about will not come back. The page is rendered all the same.
pub(crate) fn page_is_gone() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::GONE);
    }
}

/// Turns the page that is being rendered into a redirect, whatever the client accepts.
pub(crate) fn redirect_page(path: &str) {
    redirect_with(StatusCode::FOUND, path);
}

/// The same for a page whose address has changed for good.
pub(crate) fn move_page(path: &str) {
    redirect_with(StatusCode::PERMANENT_REDIRECT, path);
}

fn redirect_with(status: StatusCode, path: &str) {
    if let (Some(response), Ok(path)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        response.set_status(status);
        response.insert_header(LOCATION, path);
    }
}

/// A form sent without JavaScript gets a redirect back to its page. A status set here would
/// overwrite the redirect's.
fn set_response_status(code: Code) {
    let Some(parts) = use_context::<Parts>() else {
        return;
    };
    if let Some(refusal) = parts.extensions.get::<RefusalStatus>() {
        refusal.set(status(code));
    }
    if accepts_html(&parts.headers) {
        return;
    }
    if let Some(response) = use_context::<ResponseOptions>() {
        set_status(&response, code);
    }
}

fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn set_status(response: &ResponseOptions, code: Code) {
    response.set_status(status(code));
    if code.status() == 503 {
        response.insert_header(RETRY_AFTER, RETRY_AFTER_S.into());
    }
}

/// Whether a browser has sent the form by itself, and shows the answer as a page.
pub(crate) fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| accepts_html(&parts.headers))
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use leptos::prelude::{FromServerFnError, Owner, provide_context};

    use super::*;

    fn status_after(accept: &'static str, code: Code) -> Option<StatusCode> {
        let owner = Owner::new();
        owner.with(|| {
            let (mut parts, ()) = http::Request::new(()).into_parts();
            parts.headers.insert(ACCEPT, HeaderValue::from_static(accept));
            provide_context(parts);
            let response = ResponseOptions::default();
            provide_context(response.clone());
            api_error(AppError::from(code));
            response.0.read().expect("not poisoned").status
        })
    }

    #[test]
    fn framework_error_carries_request_id_only_from_500() {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.headers.insert("x-request-id", HeaderValue::from_static("4bf92f3577b34da6"));
        Owner::new().with(|| {
            provide_context(parts);
            let id_of =
                |error: ServerFnErrorErr| ApiError::from_server_fn_error(error).0.request_id().map(str::to_owned);
            assert_eq!(id_of(ServerFnErrorErr::MiddlewareError("down".into())).as_deref(), Some("4bf92f3577b34da6"));
            assert_eq!(id_of(ServerFnErrorErr::Args("no such field".into())), None);
        });
    }

    #[test]
    fn status_is_set_for_json_and_not_for_html() {
        assert_eq!(status_after("application/json", Code::TicketSold), Some(StatusCode::CONFLICT));
        assert_eq!(status_after("*/*", Code::PaymentsUnavailable), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(status_after("text/html,application/xhtml+xml", Code::TicketSold), None);
    }
}
