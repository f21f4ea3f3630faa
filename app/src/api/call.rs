//! Calls of server functions from a page.
//!
//! A call by the function's name does the same, but the browser downloads more for it: Leptos compiles a client
//! for every function, and a second deserializer of every type beside the one that reads the page's own data.
//! This is one piece of code for all functions.

use leptos::server_fn::ServerFn;
use model::{AppError, Code};
use serde::{Serialize, de::DeserializeOwned};

use crate::{ApiError, browser, json::from_json};

/// A server function that a page can call.
pub(crate) trait Callable: ServerFn<Error = ApiError, Output: DeserializeOwned> + Serialize {}

impl<F: ServerFn<Error = ApiError, Output: DeserializeOwned> + Serialize> Callable for F {}

/// Calls a function whose input is `GetUrl`.
pub(crate) async fn get<F: Callable>(function: F) -> Result<F::Output, ApiError> {
    if cfg!(feature = "ssr") {
        return function.run_body().await;
    }
    parse(browser::call(&format!("{}?{}", F::PATH, arguments(&function)), None).await)
}

/// Calls a function whose input is `PostUrl`, the default.
pub(crate) async fn post<F: Callable>(function: F) -> Result<F::Output, ApiError> {
    if cfg!(feature = "ssr") {
        return function.run_body().await;
    }
    parse(browser::call(F::PATH, Some(arguments(&function))).await)
}

fn arguments<F: Callable>(function: &F) -> String {
    // This fails only for values that are not structs of plain values. Ours are.
    serde_qs::to_string(function).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(body: Result<String, AppError>) -> Result<T, ApiError> {
    body.and_then(|body| from_json(&body).ok_or_else(|| Code::Unavailable.into())).map_err(ApiError)
}
