//! Creating an order.

use super::store::{self, NewOrder};
use crate::{
    outbox::{self, Job},
    transaction::Transaction,
};

/// Inserts an order, and the job that ends it. Returns whether it did: not if the buyer has deleted their
/// account meanwhile.
pub(crate) async fn create(tx: &mut Transaction<'_>, order: &NewOrder) -> sqlx::Result<bool> {
    if !store::insert(&mut *tx, order).await? {
        return Ok(false);
    }
    outbox::write(tx, &Job::ExpireOrder { order_id: order.id }, Some(order.expires_at)).await?;
    Ok(true)
}
