//! What operators see.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{delivery::RefusedTwin, disputes::DisputesView, doctor::Report};

use crate::ApiError;

/// The result of every invariant check. For everyone except operators the answer is 404.
#[server(prefix = "/rpc", endpoint = "examine_shop", input = GetUrl)]
pub(crate) async fn check_invariants() -> Result<Report, ApiError> {
    use domain::doctor::examine_for::examine_for;

    use crate::server;

    let user = server::identity()?.user;
    examine_for(&server::backend()?, user.as_ref()).await.map_err(server::api_error)
}

/// The open disputes and the newest early fraud warnings. For everyone except operators the answer is 404.
#[server(prefix = "/rpc", endpoint = "open_disputes", input = GetUrl)]
pub(crate) async fn open_disputes() -> Result<DisputesView, ApiError> {
    use domain::payments::disputes::disputes_for;

    use crate::server;

    let user = server::identity()?.user;
    disputes_for(&server::backend()?, user.as_ref()).await.map_err(server::api_error)
}

/// The newest tickets that were refused because another listing has them. For everyone except operators the answer is 404.
#[server(prefix = "/rpc", endpoint = "refused_twins", input = GetUrl)]
pub(crate) async fn refused_twins() -> Result<Vec<RefusedTwin>, ApiError> {
    use domain::delivery::refused::refused_twins_for;

    use crate::server;

    let user = server::identity()?.user;
    refused_twins_for(&server::backend()?, user.as_ref()).await.map_err(server::api_error)
}
