use leptos::prelude::*;

use crate::ApiError;

/// Has a link mailed that sets a password. Whether the address has an account is not told.
#[server(prefix = "/rpc", endpoint = "forgot_password")]
pub(crate) async fn forgot_password(email: String) -> Result<(), ApiError> {
    use domain::auth::reset::request::request_reset;

    use crate::server;

    request_reset(&server::backend()?, &email).await.map_err(server::refuse)?;
    leptos_axum::redirect("/forgot?done=sent");
    Ok(())
}
