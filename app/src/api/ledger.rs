//! What sellers have earned.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::ledger::BalanceView;

use crate::ApiError;

/// The user's balance from sales, and one page of its entries.
#[server(prefix = "/rpc", endpoint = "my_balance", input = GetUrl)]
pub(crate) async fn my_balance(before: Option<i64>) -> Result<BalanceView, ApiError> {
    use domain::ledger::balance::balance;

    use crate::server;

    let user = server::user()?;
    balance(&server::backend()?, user, before).await.map_err(server::api_error)
}
