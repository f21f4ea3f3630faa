use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::auth;

use crate::ApiError;

/// Whoever is signed in.
#[server(prefix = "/rpc", endpoint = "current_user", input = GetUrl)]
pub(crate) async fn current_user() -> Result<Option<auth::CurrentUser>, ApiError> {
    Ok(crate::server::visitor()?.user)
}
