//! SQL of taking tickets for an order: the lock itself.

use model::{ListingId, Money, OrderId, TicketId, UserId, orders::OrderEventKind};
use sqlx::types::Uuid;
use time::OffsetDateTime;

use crate::{backend::Rules, ids::fresh, outbox::Queue, transaction::EventExecutor};

/// The unique index that bounds how many unpaid tickets a buyer holds.
pub(super) const HOLD_SLOT: &str = "tickets_hold_slot_key";

/// What a buyer takes.
#[derive(Clone, Debug)]
pub(crate) struct Take<'a> {
    pub(crate) listing: ListingId,
    /// The version of the listing that the buyer saw.
    pub(crate) version: i32,
    /// The price of one ticket that the buyer saw.
    pub(crate) price: Money,
    pub(crate) buyer: UserId,
    /// How many tickets.
    pub(crate) count: usize,
    /// Which tickets; if it is empty, the first ones that are free.
    pub(crate) tickets: &'a [TicketId],
}

/// What was decided under the row lock of the listing and the buyer's lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) expires_at: OffsetDateTime,
    /// Whether another user wants the tickets already.
    pub(crate) is_wanted: bool,
    /// Whether the waitlist offers the lock.
    pub(crate) from_waitlist: bool,
}

/// Takes the tickets for a new order, with its first event and the job that ends it, in one statement. Returns `None`
/// if it took none.
///
/// Without `terms` it takes only what every buyer may have: the listing is as the buyer saw it, its tickets may be split
/// in any way, no one is on its waitlist, the buyer has not held tickets of it of late and has had no card declined today, and the
/// tickets are free, in the rows that it locks. With `terms` the caller holds the row lock of the listing and has checked everything but the buyer's account.
///
/// PostgreSQL runs it on the rows as they were when it began, apart from those that it locks: these it reads again after
/// a wait. So whatever decides is in a locked row (listing, tickets, account), or held by a unique index: two statements
/// of one buyer choose the same slots, and the second fails on [`HOLD_SLOT`]. The rest of the buyer's limits change only
/// under the buyer's lock, which is tried and not waited for.
pub(crate) async fn take(
    mut db: impl EventExecutor,
    rules: &Rules,
    take: &Take<'_>,
    terms: Option<Terms>,
) -> sqlx::Result<Option<OrderId>> {
    let Take { listing, version, price, buyer, count, tickets } = take;
    let tickets: Vec<Uuid> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    let count = i64::try_from(*count).unwrap_or(i64::MAX);
    let total = price.cents().saturating_mul(count);
    let (zones, mosts) = rules.event_limits();
    let max_slot = i32::try_from(rules.max_active_locks).unwrap_or(i32::MAX);
    let order = sqlx::query_scalar!(
        r#"
        WITH listing AS MATERIALIZED (
            SELECT l.id, l.event_id, l.section, l.seat_row, l.price_cents, l.currency, l.version
            FROM listings l
            WHERE l.id = $1 AND l.version = $2 AND l.price_cents = $3 AND l.seller_id <> $4
                AND ($7 OR (
                    l.split = 'any' AND l.waiting = 0
                    AND NOT EXISTS (SELECT FROM card_attempts c WHERE c.user_id = $4 AND c.declined_at > clock_timestamp() - interval '24 hours')
                    AND EXISTS (SELECT FROM tickets f WHERE f.listing_id = l.id AND f.status = 'listed' AND f.order_id IS NULL)
                    AND NOT coalesce((
                        SELECT o.ended_at IS NULL OR o.ended_at > clock_timestamp() - make_interval(secs => $8)
                        FROM orders o WHERE o.listing_id = $1 AND o.buyer_id = $4 ORDER BY o.id DESC LIMIT 1
                    ), false)
                ))
            FOR SHARE
        ), taken AS MATERIALIZED (
            SELECT t.id, t.position, t.seat, t.is_in_hand FROM tickets t
            WHERE t.listing_id = (SELECT id FROM listing) AND t.status = 'listed' AND t.order_id IS NULL
                AND t.starts_at > clock_timestamp() AND (cardinality($5::uuid[]) = 0 OR t.id = ANY($5))
            ORDER BY t.position LIMIT $6
            FOR NO KEY UPDATE SKIP LOCKED
        ), slots AS MATERIALIZED (
            SELECT slot FROM generate_series(1, $9) AS slot
            WHERE NOT EXISTS (SELECT FROM tickets h WHERE h.holder_id = $4 AND h.hold_slot = slot)
            ORDER BY slot LIMIT $6
        ), buyer AS MATERIALIZED (
            SELECT id FROM users
            WHERE id = $4 AND deleted_at IS NULL
                AND (SELECT count(*) FROM taken) = $6 AND (SELECT count(*) FROM slots) = $6
                AND CASE
                    WHEN pg_try_advisory_xact_lock(hashtextextended('gittix.buyer:' || $4::text, 0))
                    THEN (
                        SELECT p.most = 0 OR event_tickets($4, l.event_id) + $6 <= p.most
                        FROM listing l CROSS JOIN LATERAL (SELECT coalesce((
                            SELECT r.most FROM events e JOIN venues v ON v.id = e.venue_id
                            JOIN unnest($21::text[], $22::bigint[]) r (zone, most) ON r.zone = v.time_zone WHERE e.id = l.event_id
                        ), $20::bigint) AS most) p
                    )
                    ELSE false
                END
            FOR KEY SHARE
        ), made AS (
            INSERT INTO orders (listing_id, buyer_id, status, listing_version, ticket_ids, title, venue, city, starts_at, time_zone,
                section, seat_row, seats, ticket_price_cents, price_cents, fee_cents, currency, created_at, is_wanted, from_waitlist, promised_until)
            SELECT l.id, b.id, 'created', l.version, s.ids, e.title, v.name, v.city, e.starts_at, v.time_zone,
                l.section, l.seat_row, s.seats, l.price_cents, $10, $11, l.currency, clock_timestamp(), $12, $13, CASE WHEN NOT s.are_in_hand THEN promised_until(e.starts_at, clock_timestamp()) END
            FROM listing l CROSS JOIN buyer b
            CROSS JOIN (SELECT array_agg(id ORDER BY position) AS ids, array_agg(seat ORDER BY position) AS seats, bool_and(is_in_hand) AS are_in_hand FROM taken) s
            JOIN events e ON e.id = l.event_id JOIN venues v ON v.id = e.venue_id
            RETURNING id, created_at, coalesce($14, created_at + make_interval(secs => $15)) AS lock_end
        ), held AS (
            UPDATE tickets t SET order_id = m.id, holder_id = $4, held_until = m.lock_end, hold_slot = s.slot
            FROM made m, (SELECT id, row_number() OVER () AS n FROM taken) k, (SELECT slot, row_number() OVER () AS n FROM slots) s
            WHERE t.id = k.id AND s.n = k.n
        ), logged AS (
            INSERT INTO order_events (order_id, kind) SELECT id, $16 FROM made
        ), timed AS (
            INSERT INTO outbox (id, job, queue, run_at, traceparent)
            SELECT $17, jsonb_build_object('kind', 'expire_order', 'order_id', id), $18, lock_end, $19 FROM made
        )
        SELECT id AS "id: OrderId" FROM made
        "#,
        listing.as_uuid(),
        version,
        price.cents(),
        buyer.as_uuid(),
        &tickets,
        count,
        terms.is_some(),
        rules.lock_cooldown.as_secs_f64(),
        max_slot,
        total,
        rules.platform_fee.of_cents(Money::usd(total)),
        terms.is_some_and(|terms| terms.is_wanted),
        terms.is_some_and(|terms| terms.from_waitlist),
        terms.map(|terms| terms.expires_at),
        rules.lock_length.as_secs_f64(),
        OrderEventKind::Locked.code(),
        fresh::<Uuid>(),
        Queue::Expiry.name(),
        platform::telemetry::traceparent(),
        i64::from(rules.max_tickets_per_event),
        &zones as &[&str],
        &mosts,
    )
    .fetch_optional(db.executor())
    .await?;
    db.wrote(OrderEventKind::Locked, order.is_some().into());
    Ok(order)
}

/// Gives up the slots that the buyer's overdue holds take, under the buyer's lock. It skips tickets that another
/// transaction is changing.
pub(crate) async fn release_slots(tx: &mut sqlx::PgConnection, buyer: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "
        UPDATE tickets SET hold_slot = NULL WHERE id IN (
            SELECT id FROM tickets
            WHERE holder_id = $1 AND hold_slot IS NOT NULL AND held_until <= clock_timestamp()
            FOR NO KEY UPDATE SKIP LOCKED
        )",
        buyer.as_uuid(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
