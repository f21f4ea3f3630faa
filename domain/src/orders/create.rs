//! Creating an order.

use model::orders::OrderEventKind;
use sqlx::PgConnection;

use super::store::{self, NewOrder};
use crate::{
    metrics,
    outbox::{self, Job},
};

/// Inserts an order, and the job that ends it. Returns whether it did: not if the buyer has deleted their
/// account meanwhile.
pub(crate) async fn create(tx: &mut PgConnection, order: &NewOrder) -> sqlx::Result<bool> {
    if !store::insert(&mut *tx, order).await? {
        return Ok(false);
    }
    metrics::count_event(OrderEventKind::Locked, 1);
    outbox::write(tx, &Job::ExpireOrder { order_id: order.id }, Some(order.expires_at)).await?;
    Ok(true)
}
