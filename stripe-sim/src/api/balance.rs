//! `/v1/balance_transactions`, to read only: payments, refunds and banks move the money.

use serde_json::Value;

use super::lists;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::balance::BalanceTransaction;
use crate::model::database::Transaction;

/// `GET /v1/balance_transactions/{id}`
pub(super) fn retrieve(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    Ok(tx.db.balance_transactions.get(id, "id")?.object())
}

/// `GET /v1/balance_transactions`
pub(super) fn list(params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["limit", "starting_after", "created", "currency", "payout", "source", "type", "expand"])?;
    let created = params.nested("created")?.unwrap_or_default();
    created.reject_unknown(&["gt", "gte", "lt", "lte"])?;
    let [gt, gte, lt, lte] = ["gt", "gte", "lt", "lte"].map(|bound| created.integer(bound));
    let (gt, gte, lt, lte) = (gt?, gte?, lt?, lte?);
    let [currency, payout, source, kind] = ["currency", "payout", "source", "type"].map(|name| params.text(name));
    let (currency, payout, source, kind) = (currency?, payout?, source?, kind?);
    lists::page(
        &tx.db.balance_transactions,
        "/v1/balance_transactions",
        params,
        |moved| {
            let at = moved.created;
            gt.is_none_or(|bound| at > bound)
                && gte.is_none_or(|bound| at >= bound)
                && lt.is_none_or(|bound| at < bound)
                && lte.is_none_or(|bound| at <= bound)
                && currency.as_ref().is_none_or(|currency| moved.currency == *currency)
                && source.as_ref().is_none_or(|source| moved.source == *source)
                && kind.as_ref().is_none_or(|kind| moved.cause.kind() == kind)
                // The simulator pays nothing out.
                && payout.is_none()
        },
        BalanceTransaction::object,
    )
}
