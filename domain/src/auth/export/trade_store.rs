//! SQL of an account's export: what its user has listed, bought and sold.

use model::UserId;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, types::Json};
use time::{OffsetDateTime, serde::rfc3339};
use uuid::Uuid;

use crate::orders::show::TIMELINE_MAX;

#[derive(Debug, Serialize)]
pub(super) struct Ticket {
    id: Uuid,
    listing_id: Uuid,
    event: String,
    category: String,
    venue: String,
    city: String,
    #[serde(with = "rfc3339")]
    starts_at: OffsetDateTime,
    time_zone: String,
    section: String,
    row: String,
    seat: String,
    price_cents: i64,
    face_value_cents: Option<i64>,
    /// Each price that its listing had, oldest first.
    prices: Json<Vec<Price>>,
    /// How the price falls by itself, if it does.
    falling_price: Option<Json<Schedule>>,
    currency: String,
    status: String,
    /// How often others opened the page of its listing.
    views: i64,
    #[serde(with = "rfc3339")]
    listed_at: OffsetDateTime,
    sale: Option<String>,
    sold_for_cents: Option<i64>,
    #[serde(with = "rfc3339::option")]
    sold_at: Option<OffsetDateTime>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Price {
    price_cents: i64,
    #[serde(with = "rfc3339")]
    since: OffsetDateTime,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Schedule {
    first_price_cents: i64,
    step_cents: i64,
    floor_cents: i64,
    every_hours: i32,
    #[serde(with = "rfc3339")]
    began_at: OffsetDateTime,
}

/// A user's tickets with their sales: how much and when, without the buyer.
pub(super) async fn tickets(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Ticket>> {
    sqlx::query_as!(
        Ticket,
        r#"
        SELECT t.id, l.id AS listing_id, e.title AS event, e.category, v.name AS venue, v.city, e.starts_at, v.time_zone,
            l.section, l.seat_row AS row, t.seat, l.price_cents, l.face_value_cents,
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object('price_cents', p.price_cents, 'since', p.since) ORDER BY p.id), '[]')
                FROM listing_prices p WHERE p.listing_id = l.id
            ) AS "prices!: Json<Vec<Price>>",
            (
                SELECT jsonb_build_object(
                    'first_price_cents', s.first_price_cents, 'step_cents', s.step_cents, 'floor_cents', s.floor_cents,
                    'every_hours', s.every_hours, 'began_at', s.began_at
                )
                FROM price_schedules s WHERE s.listing_id = l.id
            ) AS "falling_price: Json<Schedule>",
            l.currency, t.status, l.created_at AS listed_at,
            (SELECT coalesce(sum(w.views), 0)::bigint FROM listing_views w WHERE w.listing_id = l.id) AS "views!",
            o.status AS "sale?", o.ticket_price_cents AS "sold_for_cents?", o.ended_at AS sold_at
        FROM listings l JOIN tickets t ON t.listing_id = l.id JOIN events e ON e.id = l.event_id JOIN venues v ON v.id = e.venue_id
        LEFT JOIN orders o ON o.id = t.order_id AND t.status = 'sold'
        WHERE l.seller_id = $1 ORDER BY l.id DESC, t.position LIMIT $2
        "#,
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Order {
    id: Uuid,
    listing_id: Uuid,
    ticket_ids: Vec<Uuid>,
    event: String,
    venue: String,
    city: String,
    #[serde(with = "rfc3339")]
    starts_at: OffsetDateTime,
    section: String,
    row: String,
    seats: Vec<String>,
    price_cents: i64,
    currency: String,
    status: String,
    #[serde(with = "rfc3339")]
    locked_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    lock_ends_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    ended_at: Option<OffsetDateTime>,
    from_waitlist: bool,
    timeline: Json<Vec<Event>>,
    payments: Json<Vec<Payment>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Event {
    what: String,
    attempt: Option<i32>,
    at: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Payment {
    attempt: i32,
    status: String,
    amount_cents: i64,
    currency: String,
    stripe_intent_id: Option<String>,
    opened_at: String,
    updated_at: String,
    /// Newest first; at most as many as the timeline has.
    refunds: Vec<Refund>,
    /// Newest first, with the same bound.
    disputes: Vec<Dispute>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Dispute {
    stripe_dispute_id: String,
    status: String,
    reason: String,
    amount_cents: i64,
    opened_at: String,
    closed_at: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Refund {
    stripe_refund_id: Option<String>,
    status: String,
    amount_cents: i64,
    at: String,
}

/// A user's orders with their timelines and payments. A timeline has at most as many entries as the
/// order's page shows.
pub(super) async fn orders(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Order>> {
    sqlx::query_as!(
        Order,
        r#"
        SELECT o.id, o.listing_id, o.ticket_ids, o.title AS event, o.venue, o.city, o.starts_at, o.section, o.seat_row AS row, o.seats,
            o.price_cents, o.currency, o.status, o.created_at AS locked_at,
            coalesce(o.lock_end, (SELECT t.held_until FROM tickets t WHERE t.order_id = o.id LIMIT 1), o.created_at) AS "lock_ends_at!",
            o.ended_at, o.from_waitlist,
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object('what', e.kind, 'attempt', e.attempt, 'at', e.happened_at) ORDER BY e.id), '[]')
                FROM (SELECT * FROM order_events WHERE order_id = o.id ORDER BY id DESC LIMIT $3) e
            ) AS "timeline!: Json<Vec<Event>>",
            (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'attempt', p.attempt, 'status', p.status, 'amount_cents', p.amount_cents, 'currency', p.currency,
                    'stripe_intent_id', p.stripe_intent_id, 'opened_at', p.created_at, 'updated_at', p.updated_at,
                    'refunds', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'stripe_refund_id', r.stripe_refund_id, 'status', r.status, 'amount_cents', r.amount_cents, 'at', r.created_at
                        ) ORDER BY r.created_at DESC), '[]')
                        FROM (SELECT * FROM refunds WHERE payment_id = p.id ORDER BY created_at DESC LIMIT $3) r
                    ),
                    'disputes', (
                        SELECT coalesce(jsonb_agg(jsonb_build_object(
                            'stripe_dispute_id', d.stripe_dispute_id, 'status', d.status, 'reason', d.reason, 'amount_cents', d.amount_cents,
                            'opened_at', d.opened_at, 'closed_at', d.closed_at
                        ) ORDER BY d.opened_at DESC), '[]')
                        FROM (SELECT * FROM disputes WHERE payment_id = p.id ORDER BY opened_at DESC LIMIT $3) d
                    )
                ) ORDER BY p.attempt), '[]')
                FROM (SELECT * FROM payments WHERE order_id = o.id ORDER BY attempt DESC LIMIT $3) p
            ) AS "payments!: Json<Vec<Payment>>"
        FROM orders o
        WHERE o.buyer_id = $1 ORDER BY o.id DESC LIMIT $2
        "#,
        user.as_uuid(),
        limit,
        TIMELINE_MAX,
    )
    .fetch_all(tx)
    .await
}

#[derive(Debug, Serialize)]
pub(super) struct Entry {
    account: String,
    kind: String,
    amount_cents: i64,
    currency: String,
    listing_id: Uuid,
    #[serde(with = "rfc3339")]
    at: OffsetDateTime,
}

/// The ledger entries of a user, as buyer and as seller. A buyer's entries are found by their orders.
pub(super) async fn entries(tx: &mut PgConnection, user: UserId, limit: i64) -> sqlx::Result<Vec<Entry>> {
    sqlx::query_as!(
        Entry,
        r#"
        SELECT e.account AS "account!", e.kind AS "kind!", e.amount_cents AS "amount_cents!", e.currency AS "currency!", o.listing_id, e.created_at AS "at!"
        FROM (
            SELECT s.* FROM ledger_entries s WHERE s.account = 'seller' AND s.user_id = $1
            UNION ALL
            SELECT b.* FROM orders m JOIN payments p ON p.order_id = m.id JOIN ledger_entries b ON b.payment_id = p.id
            WHERE m.buyer_id = $1 AND b.account = 'buyer'
        ) e
        JOIN orders o ON o.id = e.order_id
        ORDER BY e.id DESC
        LIMIT $2
        "#,
        user.as_uuid(),
        limit,
    )
    .fetch_all(tx)
    .await
}
