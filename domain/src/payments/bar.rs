//! Refusing payments after too many declined cards.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{card_store, payer::Payer};
use crate::{
    backend::Rules,
    metrics::{self, DeclineBound},
};

/// Until when the payer may begin no payment, because too many cards of the account, or from the network, were declined.
/// `None` if they may. A refusal is counted.
pub(super) async fn barred_until(
    tx: &mut PgConnection,
    rules: &Rules,
    payer: Payer,
) -> sqlx::Result<Option<OffsetDateTime>> {
    let bars = card_store::bars(tx, rules, payer).await?;
    let until = bars.account.max(bars.network);
    if until.is_some() {
        let bound = if bars.account == until { DeclineBound::Account } else { DeclineBound::Network };
        metrics::payment_refused(bound);
        tracing::warn!(bound = bound.code(), "too many cards were declined: a payment was not begun");
    }
    Ok(until)
}
