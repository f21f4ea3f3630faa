//! Requests to server functions without leaving the page.

use std::pin::Pin;

use js_sys::Promise;
use leptos::{prelude::window, server_fn::redirect::REDIRECT_HEADER};
use model::{AppError, Code};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

use super::{account_mark, within};
use crate::{json::from_json, paths::SHOWN_TO};

/// How long the page waits for a response. The server answers within 30 seconds; a connection can be lost.
const TIMEOUT_MS: i32 = 35_000;

/// Posts `form` to a server function. Returns the address that the server redirects to, if any.
///
/// # Errors
///
/// The server's error, or [`Code::Unavailable`] if the response is not the server's.
pub(crate) async fn post_form(url: &str, form: &HtmlFormElement) -> Result<Option<String>, AppError> {
    let response = fields_of(form).and_then(|fields| send(url, Some(&fields)));
    let (is_ok, next, body) = receive(response).await?;
    if is_ok { Ok(next) } else { Err(error_in(&body)) }
}

/// Calls a server function by `POST` if there are `arguments` for the body, otherwise by `GET`. Returns the JSON
/// of the response.
///
/// # Errors
///
/// As [`post_form`].
pub(crate) fn call(
    url: &str,
    arguments: Option<String>,
) -> Pin<Box<dyn Future<Output = Result<String, AppError>> + Send>> {
    let sent = arguments.map(|arguments| UrlSearchParams::new_with_str(&arguments));
    let response = match sent.transpose() {
        Ok(fields) => {
            if let Some(fields) = &fields {
                fields.append(SHOWN_TO, &account_mark());
            }
            send(url, fields.as_ref())
        }
        Err(error) => Err(error),
    };
    // Leptos asks for a future that is `Send`. The browser has one thread.
    Box::pin(SendWrapper::new(async move {
        let (is_ok, _, body) = receive(response).await?;
        if is_ok { Ok(body) } else { Err(error_in(&body)) }
    }))
}

/// The server's error. A response that is not ours comes from a proxy that cannot reach the server.
fn error_in(body: &str) -> AppError {
    from_json(body).unwrap_or_else(|| Code::Unavailable.into())
}

fn fields_of(form: &HtmlFormElement) -> Result<UrlSearchParams, JsValue> {
    UrlSearchParams::new_with_str_sequence_sequence(&FormData::new_with_form(form)?.into())
}

fn send(url: &str, fields: Option<&UrlSearchParams>) -> Result<Promise, JsValue> {
    let headers = Headers::new()?;
    // The server uses this to tell the request from a form sent without JavaScript, which it redirects.
    headers.set("Accept", "application/json")?;
    let request = RequestInit::new();
    request.set_headers(&headers);
    if let Some(fields) = fields {
        request.set_method("POST");
        request.set_body(fields);
    }
    Ok(window().fetch_with_str_and_init(url, &request))
}

/// Whether the request succeeded, the address that the server redirects to, and the body. It waits for
/// [`TIMEOUT_MS`] at most.
async fn receive(response: Result<Promise, JsValue>) -> Result<(bool, Option<String>, String), AppError> {
    let read = within(TIMEOUT_MS, read(response)).await;
    read.and_then(Result::ok).ok_or_else(|| Code::Unavailable.into())
}

async fn read(response: Result<Promise, JsValue>) -> Result<(bool, Option<String>, String), JsValue> {
    let response: Response = JsFuture::from(response?).await?.unchecked_into();
    let next = if response.headers().has(REDIRECT_HEADER)? { response.headers().get("Location")? } else { None };
    let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.ok(), next, body))
}
