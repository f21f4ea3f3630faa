use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::auth;

use crate::ApiError;

/// The user's own account, and where they are signed in.
#[server(prefix = "/rpc", endpoint = "my_account", input = GetUrl)]
pub(crate) async fn my_account() -> Result<auth::AccountView, ApiError> {
    use domain::auth::devices::devices;

    use crate::server;

    let (user, here) = server::session()?;
    let devices = devices(&server::backend()?, user.id, &here).await.map_err(server::refuse)?;
    Ok(auth::AccountView { email: user.email, devices })
}
