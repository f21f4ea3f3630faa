//! What operators see.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::doctor::Report;

use crate::ApiError;

/// The result of every invariant check. For everyone except operators the answer is 404.
#[server(prefix = "/rpc", endpoint = "examine_shop", input = GetUrl)]
pub(crate) async fn check_invariants() -> Result<Report, ApiError> {
    use domain::doctor::examine_for::examine_for;

    use crate::server;

    let user = server::identity()?.user;
    examine_for(&server::backend()?, user.as_ref()).await.map_err(server::api_error)
}
