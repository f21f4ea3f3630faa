//! `GET /account/export`: the data that the shop holds about the signed-in user, as a file.
//!
//! A plain address and not a server function: a browser saves the target of a link, with JavaScript and without.

use app::server::RequestIdentity;
use axum::{
    Extension,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::auth::export::export;
use model::{Code, error::causes};

use crate::{errors::ErrorResponse, state::SharedState};

/// Sends the file. The request has no user id, so a user can ask only for their own data.
pub(crate) async fn download(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
) -> Result<Response, ErrorResponse> {
    let user = identity.user.ok_or(Code::NotSignedIn)?;
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
