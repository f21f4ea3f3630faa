use leptos::prelude::*;

use crate::ApiError;

/// Replaces the user's password, and signs out every device but the one that asks.
#[server(prefix = "/rpc", endpoint = "change_password")]
pub(crate) async fn change_password(current_password: String, new_password: String) -> Result<(), ApiError> {
    use domain::auth::change_password::{PasswordChange, change_password};

    use crate::server;

    let (user, _) = server::session()?;
    let (browser, address) = (server::browser()?, server::visitor()?.address);
    let change = PasswordChange { current: current_password, new: new_password };
    let token =
        change_password(&server::backend()?, &user, &browser, address, &change).await.map_err(server::refuse)?;
    server::remember_session(&token);
    leptos_axum::redirect("/account?done=password");
    Ok(())
}
