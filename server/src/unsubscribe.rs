//! `POST /mails/unsubscribe`: turns off the mails that the token of the address names (RFC 8058).
//!
//! Mail programs call it, so it needs no session and no request of our own pages: the token says whose mails, and it cannot
//! be guessed. The answer is the same for every token. A `GET` shows a page with a button, and changes nothing.

use app::paths::{FROM_PAGE, UNSUBSCRIBE};
use axum::{
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use domain::mail::choices::unsubscribe;
use model::{AppError, error::causes};
use serde::Deserialize;

use crate::{errors::ErrorResponse, state::SharedState};

/// The body has one field.
pub(crate) const BODY_LIMIT_BYTES: usize = 1024;

/// The query of the address.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    token: String,
}

/// Turns the mails off. A mail program gets a 200, and a browser the page that says so.
pub(crate) async fn receive(
    State(state): State<SharedState>,
    Query(Named { token }): Query<Named>,
    body: Bytes,
) -> Result<Response, ErrorResponse> {
    unsubscribe(&state.backend, &token).await.map_err(|error| {
        tracing::error!(error.causes = causes(&error), "mails were not turned off");
        ErrorResponse(AppError::from(error))
    })?;
    let is_page = form_urlencoded::parse(&body).any(|(name, _)| name == FROM_PAGE);
    Ok(if is_page {
        Redirect::to(&format!("{UNSUBSCRIBE}?done=1")).into_response()
    } else {
        StatusCode::OK.into_response()
    })
}
