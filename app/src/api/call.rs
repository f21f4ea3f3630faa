//! Calling a server function from a page.
//!
//! Calling it by its name does the same, with one difference that a reader downloads: by name, a client of
//! its own is compiled for every function, and a second reading of every type beside the one that reads the
//! page's own data. This is one piece of code for all.

use domain::{AppError, Code};
use leptos::server_fn::ServerFn;
use serde::{Serialize, de::DeserializeOwned};

use crate::{ApiError, browser};

/// What a page needs of a server function.
pub(crate) trait Callable: ServerFn<Error = ApiError, Output: DeserializeOwned> + Serialize {}

impl<F: ServerFn<Error = ApiError, Output: DeserializeOwned> + Serialize> Callable for F {}

/// Calls one whose input is `GetUrl`.
pub(crate) async fn get<F: Callable>(function: F) -> Result<F::Output, ApiError> {
    if cfg!(feature = "ssr") {
        return function.run_body().await;
    }
    parse(browser::ask(&format!("{}?{}", F::PATH, arguments(&function)), None).await)
}

/// Calls one that changes something.
pub(crate) async fn post<F: Callable>(function: F) -> Result<F::Output, ApiError> {
    if cfg!(feature = "ssr") {
        return function.run_body().await;
    }
    parse(browser::ask(F::PATH, Some(arguments(&function))).await)
}

fn arguments<F: Callable>(function: &F) -> String {
    // It fails for what is no struct of plain values; ours are.
    serde_qs::to_string(function).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(answer: Result<String, AppError>) -> Result<T, ApiError> {
    answer.and_then(|body| serde_json::from_str(&body).map_err(|_| Code::Unavailable.into())).map_err(ApiError)
}
