use leptos::prelude::*;
use model::SessionId;

use crate::ApiError;

/// Signs one of the user's devices out.
#[server(prefix = "/rpc", endpoint = "end_session")]
pub(crate) async fn end_session(session: SessionId) -> Result<(), ApiError> {
    use domain::auth::devices::end_session;

    use crate::server;

    let user = server::user()?;
    end_session(&server::backend()?, user, session).await.map_err(server::refuse)?;
    leptos_axum::redirect("/account?done=device");
    Ok(())
}
