use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::ledger::BalanceView;

use crate::ApiError;

/// What the user has earned by selling, and a page of the entries it comes from.
#[server(prefix = "/rpc", endpoint = "my_balance", input = GetUrl)]
pub(crate) async fn my_balance(before: Option<i64>) -> Result<BalanceView, ApiError> {
    use domain::ledger::balance::balance;

    use crate::server;

    let user = server::user()?;
    balance(&server::backend()?, user, before).await.map_err(server::refuse)
}
