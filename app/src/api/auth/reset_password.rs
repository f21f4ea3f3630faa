use leptos::prelude::*;

use crate::ApiError;

/// Sets a password by the token of a link, signs the account out everywhere, and leads to sign-in.
#[server(prefix = "/rpc", endpoint = "reset_password")]
pub(crate) async fn reset_password(token: String, new_password: String) -> Result<(), ApiError> {
    use domain::auth::reset::apply::reset_password;

    use crate::server;

    reset_password(&server::backend()?, &token, &new_password).await.map_err(server::refuse)?;
    leptos_axum::redirect("/signin?done=password");
    Ok(())
}
