//! SQL of listings and their tickets.

use model::{
    EventId, ListingId, Money, OrderId, TicketId, UserId,
    tickets::{ListingsPart, SplitRule},
};
use sqlx::{PgConnection, PgExecutor, types::Json};

use super::{
    facts::{self, FactsRow},
    fields::Listing,
    row::ListingRow,
    state::{PAYMENT_GRACE, TicketRow},
};
use crate::database;

/// A query for [`ListingRow`]s: the SQL of the reader's position on the waitlist, that of the facts for its page, the SQL
/// that follows `FROM` the joined tables, and its arguments.
macro_rules! listing_rows {
    ($position:tt, $facts:tt, $rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            ListingRow,
            r#"
            SELECT l.id AS "id: ListingId", l.event_id AS "event_id: EventId", l.seller_id AS "seller_id: UserId", e.title AS "title!", e.category AS "category!", v.name AS "venue!", v.city AS "city!",
                e.starts_at AS "starts_at!", e.cancelled_at IS NOT NULL AS "is_cancelled!", v.time_zone AS "time_zone!", l.section, l.seat_row, l.price_cents, l.face_value_cents, l.split AS "split: SplitRule", l.version,
                l.waiting, l.is_waitlist_closed, statement_timestamp() AS "now!", promised_until(e.starts_at, statement_timestamp()) AS "promised_until!",
                (SELECT a.tickets FROM listing_tickets a WHERE a.listing_id = l.id) AS "tickets!: Json<Vec<TicketRow>>",
            "# + $position + r#" AS "my_position: i64", "# + $facts + r#" AS "facts: Json<FactsRow>"
            FROM listings l JOIN events e ON e.id = l.event_id JOIN venues v ON v.id = e.venue_id
            "# + $rest,
            $($argument),*
        )
    };
}

pub(super) use listing_rows;

/// A new listing.
pub(crate) struct NewListing<'a> {
    pub(crate) event: EventId,
    pub(crate) seller: UserId,
    pub(crate) fields: &'a Listing,
}

/// Inserts a listing with its tickets. Returns `None` if its seller has deleted their account meanwhile.
///
/// The account's row is locked in share mode until the end of the transaction: a deletion either commits before this
/// statement or sees its row.
pub(crate) async fn insert(tx: &mut PgConnection, listing: &NewListing<'_>) -> sqlx::Result<Option<ListingId>> {
    let NewListing { event, seller, fields } = listing;
    sqlx::query_scalar!(
        r#"
        WITH listed AS (
            INSERT INTO listings (event_id, seller_id, section, seat_row, price_cents, currency, split, face_value_cents)
            SELECT $1, id, $3, $4, $5, $6, $7, $9 FROM users WHERE id = $2 AND deleted_at IS NULL FOR KEY SHARE
            RETURNING id
        ), seated AS (
            INSERT INTO tickets (listing_id, position, seat, starts_at)
            SELECT l.id, s.position, s.seat, e.sale_ends_at
            FROM listed l, unnest($8::text[]) WITH ORDINALITY AS s (seat, position), events e WHERE e.id = $1
        )
        SELECT id AS "id: ListingId" FROM listed
        "#,
        event.as_uuid(),
        seller.as_uuid(),
        fields.section,
        fields.row,
        fields.price.cents(),
        fields.price.currency().code(),
        fields.split.code(),
        &fields.seats,
        fields.face_value.map(Money::cents),
    )
    .fetch_optional(tx)
    .await
}

/// Takes the row lock of a listing until the end of the transaction, and reads it with its tickets. The lock excludes
/// every other change of its tickets.
///
/// The rows are read in a statement of their own, which sees what the previous transaction committed, and a clock that
/// includes the wait. The lock is `NO KEY`, because a new order's foreign key takes a share of the key and must not
/// wait.
pub(crate) async fn lock(tx: &mut PgConnection, id: ListingId) -> sqlx::Result<Option<ListingRow>> {
    sqlx::query!("SELECT FROM listings WHERE id = $1 FOR NO KEY UPDATE", id.as_uuid()).fetch_optional(&mut *tx).await?;
    find(tx, id, None).await
}

/// The same without a wait: `None` where another transaction holds the listing's row, or a share of it.
pub(crate) async fn try_lock(tx: &mut PgConnection, id: ListingId) -> sqlx::Result<Option<ListingRow>> {
    let locked = sqlx::query!("SELECT FROM listings WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", id.as_uuid());
    match locked.fetch_optional(&mut *tx).await? {
        Some(_) => find(tx, id, None).await,
        None => Ok(None),
    }
}

/// As [`lock`], for the listing of an order.
pub(crate) async fn lock_of(tx: &mut PgConnection, order: OrderId) -> sqlx::Result<Option<ListingRow>> {
    let id = sqlx::query_scalar!(
        r#"SELECT id AS "id: ListingId" FROM listings WHERE id = (SELECT listing_id FROM orders WHERE id = $1) FOR NO KEY UPDATE"#,
        order.as_uuid(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    match id {
        Some(id) => find(tx, id, None).await,
        None => Ok(None),
    }
}

/// A query for one listing, with the position of the reader on its waitlist: the SQL of the facts, and the arguments.
macro_rules! one_listing {
    ($facts:tt, $id:expr, $reader:expr $(, $argument:expr)* $(,)?) => {
        listing_rows!(
            "
            CASE WHEN l.waiting > 0 THEN (
                SELECT (SELECT count(*) FROM waitlist_entries p WHERE p.listing_id = l.id AND p.id <= m.id)
                FROM waitlist_entries m WHERE m.listing_id = l.id AND m.user_id = $2
            ) END
            ",
            $facts,
            "WHERE l.id = $1",
            $id.as_uuid(),
            $reader.map(UserId::as_uuid)
            $(, $argument)*
        )
    };
}

/// One listing, with the position of `reader` on its waitlist.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    id: ListingId,
    reader: Option<UserId>,
) -> sqlx::Result<Option<ListingRow>> {
    one_listing!("NULL::jsonb", id, reader).fetch_optional(db).await
}

/// The same with the facts for its page. Each of them is bounded, so that a page costs the same however much its seller
/// has sold, lists or has edited.
pub(crate) async fn find_with_facts(
    db: impl PgExecutor<'_>,
    id: ListingId,
    reader: Option<UserId>,
) -> sqlx::Result<Option<ListingRow>> {
    one_listing!(
        "
        jsonb_build_object(
            'prices', (
                SELECT jsonb_agg(jsonb_build_object('cents', p.price_cents, 'since', p.since) ORDER BY p.id)
                FROM (
                    (SELECT id, price_cents, since FROM listing_prices WHERE listing_id = l.id ORDER BY id LIMIT 1)
                    UNION
                    (SELECT id, price_cents, since FROM listing_prices WHERE listing_id = l.id ORDER BY id DESC LIMIT $3)
                ) p
            ),
            'schedule', (
                SELECT jsonb_build_object(
                    'first_price_cents', s.first_price_cents, 'step_cents', s.step_cents, 'floor_cents', s.floor_cents,
                    'every_hours', s.every_hours, 'began_at', s.began_at
                )
                FROM price_schedules s WHERE s.listing_id = l.id AND s.listing_version = l.version
            ),
            'member_since', (SELECT u.created_at FROM users u WHERE u.id = l.seller_id),
            'sales', (
                SELECT jsonb_build_object(
                    'orders', count(*) FILTER (WHERE o.returned_at IS NULL),
                    'sold', coalesce(sum(cardinality(o.ticket_ids)) FILTER (WHERE o.status IN ('complete', 'partly_refunded')), 0),
                    'refunded', coalesce(sum(cardinality(o.ticket_ids)) FILTER (WHERE o.status IN ('refund_pending', 'refunded') AND o.returned_at IS NULL), 0)
                )
                FROM (
                    SELECT s.order_id FROM ledger_entries s
                    WHERE s.user_id = l.seller_id AND s.account = 'seller' AND s.kind = 'capture' ORDER BY s.id DESC LIMIT $4
                ) s JOIN orders o ON o.id = s.order_id
            ),
            'others', (
                SELECT coalesce(sum(t.free), 0)
                FROM (
                    SELECT x.id FROM listings x
                    WHERE x.event_id = l.event_id AND x.seller_id = l.seller_id AND x.id <> l.id ORDER BY x.id DESC LIMIT $5
                ) x CROSS JOIN LATERAL (
                    SELECT count(*) AS free FROM tickets t
                    WHERE t.listing_id = x.id AND t.status = 'listed' AND t.order_id IS NULL
                ) t
            )
        )
        ",
        id,
        reader,
        facts::PRICES_MAX,
        facts::SALES_MAX,
        facts::OTHERS_MAX,
    )
    .fetch_optional(db)
    .await
}

/// Several listings, in no particular order.
pub(crate) async fn find_all(db: impl PgExecutor<'_>, ids: &[ListingId]) -> sqlx::Result<Vec<ListingRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    listing_rows!("NULL::bigint", "NULL::jsonb", "WHERE l.id = ANY($1)", &ids).fetch_all(db).await
}

/// A part of a seller's listings, newest first.
pub(crate) async fn of_seller(
    db: impl PgExecutor<'_>,
    seller: UserId,
    part: ListingsPart,
    after: Option<ListingId>,
    limit: i64,
) -> sqlx::Result<Vec<ListingRow>> {
    listing_rows!(
        "NULL::bigint",
        "NULL::jsonb",
        "
        WHERE l.seller_id = $1 AND l.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            AND (e.sale_ends_at > statement_timestamp()) = ($4 <> 'past')
            AND CASE $4
                WHEN 'on_sale' THEN EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed')
                WHEN 'locked' THEN EXISTS (
                    SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed' AND t.order_id IS NOT NULL AND (
                        l.waiting > 0 OR t.held_until + make_interval(secs => CASE WHEN t.has_payment THEN $5::float8 ELSE 0 END) > statement_timestamp()
                    )
                )
                WHEN 'sold' THEN EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'sold')
                    AND NOT EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status = 'listed')
                WHEN 'withdrawn' THEN NOT EXISTS (SELECT FROM tickets t WHERE t.listing_id = l.id AND t.status <> 'withdrawn')
                ELSE true
            END
        ORDER BY l.id DESC
        LIMIT $3
        ",
        seller.as_uuid(),
        after.map(ListingId::as_uuid),
        limit,
        part.code(),
        PAYMENT_GRACE.as_seconds_f64(),
    )
    .fetch_all(db)
    .await
}

/// Sets the price of a listing, under its row lock. The version grows. What was withdrawn can still be restored: the
/// seats are as they were.
pub(crate) async fn set_price(tx: &mut PgConnection, id: ListingId, price: Money) -> sqlx::Result<()> {
    sqlx::query!(
        "UPDATE listings SET price_cents = $2, version = version + 1 WHERE id = $1",
        id.as_uuid(),
        price.cents(),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Replaces the fields of a listing apart from its seats, under its row lock. The version grows, and earlier withdrawals
/// become final: their seats may be in the new listing.
pub(crate) async fn update(tx: &mut PgConnection, id: ListingId, event: EventId, fields: &Listing) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH moved AS (
            UPDATE tickets t SET starts_at = e.sale_ends_at, withdrawn_at = NULL FROM events e
            WHERE e.id = $2 AND t.listing_id = $1 AND (t.starts_at <> e.sale_ends_at OR t.withdrawn_at IS NOT NULL)
        )
        UPDATE listings
        SET event_id = $2, section = $3, seat_row = $4, price_cents = $5, currency = $6, split = $7, face_value_cents = $8, version = version + 1
        WHERE id = $1
        ",
        id.as_uuid(),
        event.as_uuid(),
        fields.section,
        fields.row,
        fields.price.cents(),
        fields.price.currency().code(),
        fields.split.code(),
        fields.face_value.map(Money::cents),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A ticket with the seat that it gets; a new ticket has no id yet.
pub(crate) struct Seating {
    pub(crate) ticket: Option<TicketId>,
    pub(crate) seat: String,
}

/// Gives a listing's tickets their seats, in this order, and adds the new ones, under the listing's row lock.
pub(crate) async fn seat(tx: &mut PgConnection, id: ListingId, seating: &[Seating]) -> sqlx::Result<()> {
    let tickets: Vec<_> = seating.iter().map(|place| place.ticket.map(TicketId::as_uuid)).collect();
    let seats: Vec<_> = seating.iter().map(|place| place.seat.as_str()).collect();
    sqlx::query!(
        "
        WITH seating AS (
            SELECT * FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS s (ticket, seat, position)
        ), kept AS (
            UPDATE tickets t SET seat = s.seat, position = s.position FROM seating s WHERE t.id = s.ticket AND t.listing_id = $1
        )
        INSERT INTO tickets (listing_id, position, seat, starts_at)
        SELECT l.id, s.position, s.seat, e.sale_ends_at
        FROM seating s, listings l JOIN events e ON e.id = l.event_id
        WHERE l.id = $1 AND s.ticket IS NULL
        ",
        id.as_uuid(),
        &tickets as &[Option<uuid::Uuid>],
        &seats as &[&str],
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes tickets of a listing off sale, under its row lock. Returns how many: only those that no buyer holds. They can be
/// restored together if `is_restorable`.
pub(crate) async fn withdraw(
    tx: &mut PgConnection,
    id: ListingId,
    tickets: &[TicketId],
    is_restorable: bool,
) -> sqlx::Result<u64> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    let done = sqlx::query!(
        "
        UPDATE tickets SET status = 'withdrawn', withdrawn_at = CASE WHEN $3 THEN statement_timestamp() END
        WHERE listing_id = $1 AND id = ANY($2) AND status = 'listed' AND order_id IS NULL
        ",
        id.as_uuid(),
        &tickets,
        is_restorable,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Puts withdrawn tickets of a listing back on sale, under its row lock. Fails unless all of them can be restored.
pub(crate) async fn restore(tx: &mut PgConnection, id: ListingId, tickets: &[TicketId]) -> sqlx::Result<()> {
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    let done = sqlx::query!(
        "
        UPDATE tickets SET status = 'listed', withdrawn_at = NULL
        WHERE listing_id = $1 AND id = ANY($2) AND status = 'withdrawn' AND withdrawn_at IS NOT NULL
        ",
        id.as_uuid(),
        &ids,
    )
    .execute(tx)
    .await?;
    database::moved(usize::try_from(done.rows_affected()) == Ok(tickets.len()))
}
