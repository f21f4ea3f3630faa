use leptos::prelude::*;

use crate::ApiError;

/// Deletes the user's account for good, and leads home as nobody in particular.
#[server(prefix = "/rpc", endpoint = "delete_account")]
pub(crate) async fn delete_account(password: String) -> Result<(), ApiError> {
    use domain::auth::delete::delete_account;

    use crate::server;

    let (user, _) = server::session()?;
    let address = server::visitor()?.address;
    delete_account(&server::backend()?, &user, &password, address).await.map_err(server::refuse)?;
    server::forget_session();
    leptos_axum::redirect("/?done=account");
    Ok(())
}
