//! `GET /account/export`: what the shop holds about whoever asks, as a file.
//!
//! A plain address and no server function: a browser saves what a link leads to, with JavaScript and without.

use app::server::Visitor;
use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::auth::export::export;
use model::{Code, error::causes};

use crate::{errors::ErrorResponse, state::SharedState};

/// Answers with the file. It names nobody, so there is nobody else's to ask for.
pub(crate) async fn download(
    State(state): State<SharedState>,
    Extension(visitor): Extension<Visitor>,
) -> Result<Response, ErrorResponse> {
    let user = visitor.user.ok_or(Code::NotSignedIn)?;
    let export = export(&state.backend, &user).await.map_err(|error| {
        tracing::error!(error.causes = causes(&error), "an account was not exported");
        ErrorResponse(error.into())
    })?;
    let file = serde_json::to_string_pretty(&export).map_err(|error| {
        tracing::error!(%error, "an export was not written");
        Code::Internal
    })?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="gittix-account.json""#),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, file).into_response())
}
