//! All sales of a seller, for a file that they keep.

use model::{AppError, EventTime, Money, OrderId, UserId, orders::OrderStatus};
use time::OffsetDateTime;

use super::sales_store::{self, SoldRow};
use crate::{
    Backend, database,
    tickets::{event_time, fields},
};

/// Sales that one statement reads.
const BATCH: i64 = 500;

/// A query that reads the sales failed.
#[derive(Debug, thiserror::Error)]
#[error("the sales were not read")]
pub struct SalesError(#[from] sqlx::Error);

/// One sale: an order that bought tickets of the seller. It does not name the buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The order.
    pub order: OrderId,
    /// When the money was taken.
    pub at: OffsetDateTime,
    /// The name of the event, as it was sold.
    pub title: String,
    /// The venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// When the event starts.
    pub starts: EventTime,
    /// The seats, or `General admission`.
    pub place: String,
    /// How many tickets.
    pub tickets: usize,
    /// What the buyer paid.
    pub price: Money,
    /// What the platform keeps of it. Nothing once the buyer has the money back.
    pub fee: Money,
    /// What the seller gets of it. Nothing once the buyer has the money back.
    pub seller_gets: Money,
    /// Whether the buyer has money back.
    pub refund: SaleRefund,
}

/// How much of a sale the buyer has back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaleRefund {
    /// Nothing.
    Nothing,
    /// A part.
    Part,
    /// All of it, or it is on its way.
    Whole,
}

/// Some of a seller's sales, newest first.
#[derive(Debug)]
pub struct Batch {
    /// The sales.
    pub sales: Vec<Sold>,
    /// From where the next batch begins; `None` after the last one. Opaque.
    pub next: Option<i64>,
}

/// Reads sales of `seller`, from the newest on, or behind `from`. It holds no connection between two batches, so a slow
/// reader of the file costs nothing.
///
/// # Errors
///
/// See [`SalesError`].
#[tracing::instrument(name = "order.sales", skip_all, fields(user.id = %seller))]
pub async fn sales(backend: &Backend, seller: UserId, from: Option<i64>) -> Result<Batch, SalesError> {
    let rows = sales_store::sold(&backend.db, seller, from.unwrap_or(i64::MAX), BATCH).await?;
    let is_last = i64::try_from(rows.len()).unwrap_or(i64::MAX) < BATCH;
    let next = rows.last().map(|row| row.entry).filter(|_| !is_last);
    Ok(Batch { sales: rows.into_iter().map(sold).collect(), next })
}

fn sold(row: SoldRow) -> Sold {
    let refund = match row.status {
        OrderStatus::Complete => SaleRefund::Nothing,
        OrderStatus::PartlyRefunded => SaleRefund::Part,
        OrderStatus::RefundPending
        | OrderStatus::Refunded
        | OrderStatus::Created
        | OrderStatus::AwaitingPayment
        | OrderStatus::Cancelled
        | OrderStatus::Expired => SaleRefund::Whole,
    };
    let (seller_gets, fee) = if refund == SaleRefund::Whole { (0, 0) } else { (row.seller_cents, row.platform_cents) };
    let seats: Vec<_> = row.seats.iter().map(String::as_str).collect();
    Sold {
        order: OrderId::from(row.order),
        at: row.sold_at,
        starts: event_time::view(row.starts_at, &row.time_zone),
        // A space that does not break is for pages.
        place: fields::place(&row.section, &row.seat_row, &seats).replace('\u{a0}', " "),
        tickets: row.seats.len(),
        price: Money::usd(row.price_cents),
        fee: Money::usd(fee),
        seller_gets: Money::usd(seller_gets),
        title: row.title,
        venue: row.venue,
        city: row.city,
        refund,
    }
}

impl From<SalesError> for AppError {
    fn from(SalesError(error): SalesError) -> Self {
        database::public_code(&error).into()
    }
}
