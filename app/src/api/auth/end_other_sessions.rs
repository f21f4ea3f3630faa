use leptos::prelude::*;

use crate::ApiError;

/// Signs all of the user's devices out but the one that asks.
#[server(prefix = "/rpc", endpoint = "end_other_sessions")]
pub(crate) async fn end_other_sessions() -> Result<(), ApiError> {
    use domain::auth::devices::end_other_sessions;

    use crate::server;

    let (user, here) = server::session()?;
    end_other_sessions(&server::backend()?, user.id, &here).await.map_err(server::refuse)?;
    leptos_axum::redirect("/account?done=devices");
    Ok(())
}
