//! Sending a form without leaving the page.

use leptos::{prelude::window, server_fn::redirect::REDIRECT_HEADER};
use model::{AppError, Code};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, UrlSearchParams};

/// Posts `form` to a server function. Returns the address that the server redirects to, if any.
///
/// # Errors
///
/// The server's error, or [`Code::Unavailable`] if the response is not the server's.
pub(crate) async fn post_form(url: &str, form: &HtmlFormElement) -> Result<Option<String>, AppError> {
    let (is_ok, next, body) = exchange(url, form).await.map_err(|_| Code::Unavailable)?;
    if is_ok { Ok(next) } else { Err(serde_json::from_str(&body).unwrap_or_else(|_| Code::Unavailable.into())) }
}

async fn exchange(url: &str, form: &HtmlFormElement) -> Result<(bool, Option<String>, String), JsValue> {
    let fields = UrlSearchParams::new_with_str_sequence_sequence(&FormData::new_with_form(form)?.into())?;
    let headers = Headers::new()?;
    // The server uses this to tell the request from a form sent without JavaScript, which it redirects.
    headers.set("Accept", "application/json")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&fields);
    let response: Response = JsFuture::from(window().fetch_with_str_and_init(url, &request)).await?.unchecked_into();
    let next = if response.headers().has(REDIRECT_HEADER)? { response.headers().get("Location")? } else { None };
    let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    Ok((response.ok(), next, body))
}
