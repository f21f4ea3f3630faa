use leptos::prelude::*;

use crate::ApiError;

/// Ends the session. Without one there is nothing to end, and that is no error.
#[server(prefix = "/rpc", endpoint = "sign_out")]
pub(crate) async fn sign_out() -> Result<(), ApiError> {
    use domain::auth::sign_out::sign_out;

    use crate::server;

    if let Some(token) = server::visitor()?.token {
        sign_out(&server::backend()?, &token).await.map_err(server::refuse)?;
    }
    server::forget_session();
    leptos_axum::redirect("/");
    Ok(())
}
