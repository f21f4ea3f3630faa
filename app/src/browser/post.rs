//! Calling the server without leaving the page.

use domain::{AppError, Code};
use js_sys::Promise;
use leptos::{prelude::window, server_fn::redirect::REDIRECT_HEADER};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

/// Posts `form` to a server function. Answers with the address that the server leads on
/// to, if it does.
///
/// # Errors
///
/// What the server refused, or [`Code::Unavailable`] when no answer of its came.
pub(crate) async fn post_form(url: &str, form: &HtmlFormElement) -> Result<Option<String>, AppError> {
    let response = fields_of(form).and_then(|fields| send(url, Some(&fields)));
    let (is_ok, next, body) = answer(response).await.map_err(|_| Code::Unavailable)?;
    if is_ok { Ok(next) } else { Err(refusal(&body)) }
}

/// Calls a server function by `GET`, or by `POST` where there are `arguments` apart from `url`. Answers with the
/// JSON that it answers with.
///
/// # Errors
///
/// As [`post_form`].
pub(crate) fn ask(
    url: &str,
    arguments: Option<String>,
) -> impl Future<Output = Result<String, AppError>> + Send + use<> {
    let sent = arguments.map(|arguments| UrlSearchParams::new_with_str(&arguments));
    let response = match sent.transpose() {
        Ok(fields) => send(url, fields.as_ref()),
        Err(error) => Err(error),
    };
    // The browser has one thread.
    SendWrapper::new(async move {
        let (is_ok, _, body) = answer(response).await.map_err(|_| Code::Unavailable)?;
        if is_ok { Ok(body) } else { Err(refusal(&body)) }
    })
}

/// What the server refused; an answer that is not ours comes from a proxy that cannot reach it.
fn refusal(body: &str) -> AppError {
    serde_json::from_str(body).unwrap_or_else(|_| Code::Unavailable.into())
}

fn fields_of(form: &HtmlFormElement) -> Result<UrlSearchParams, JsValue> {
    UrlSearchParams::new_with_str_sequence_sequence(&FormData::new_with_form(form)?.into())
}

fn send(url: &str, fields: Option<&UrlSearchParams>) -> Result<Promise, JsValue> {
    let headers = Headers::new()?;
    // By this the server tells a call from a form sent without JavaScript, which it redirects.
    headers.set("Accept", "application/json")?;
    let request = RequestInit::new();
    request.set_headers(&headers);
    if let Some(fields) = fields {
        request.set_method("POST");
        request.set_body(fields);
    }
    Ok(window().fetch_with_str_and_init(url, &request))
}

/// Whether the server agreed, where it leads on to, and the answer's body.
async fn answer(response: Result<Promise, JsValue>) -> Result<(bool, Option<String>, String), JsValue> {
    let response: Response = JsFuture::from(response?).await?.unchecked_into();
    let next = if response.headers().has(REDIRECT_HEADER)? { response.headers().get("Location")? } else { None };
    let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.ok(), next, body))
}
