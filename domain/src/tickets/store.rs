//! SQL of listings and their tickets.

use model::{EventId, ListingId, OrderId, TicketId, UserId, tickets::SplitRule};
use sqlx::{PgConnection, PgExecutor, types::Json};
use time::OffsetDateTime;

use super::{
    fields::Listing,
    row::ListingRow,
    state::{PAYMENT_GRACE, TicketRow},
};

/// A query for [`ListingRow`]s: the SQL of the reader's position on the waitlist, the SQL that follows `FROM` the joined
/// tables, and its arguments.
macro_rules! listing_rows {
    ($position:tt, $rest:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            ListingRow,
            r#"
            SELECT l.id AS "id: ListingId", l.seller_id AS "seller_id: UserId", e.title AS "title!", e.category AS "category!", v.name AS "venue!", v.city AS "city!",
                e.starts_at AS "starts_at!", v.time_zone AS "time_zone!", l.section, l.seat_row, l.price_cents, l.split AS "split: SplitRule", l.version,
                l.waiting, l.is_waitlist_closed, statement_timestamp() AS "now!",
                (SELECT a.tickets FROM listing_tickets a WHERE a.listing_id = l.id) AS "tickets!: Json<Vec<TicketRow>>",
            "# + $position + r#" AS "my_position: i64"
            FROM listings l JOIN events e ON e.id = l.event_id JOIN venues v ON v.id = e.venue_id
            "# + $rest,
            $($argument),*
        )
    };
}

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
            INSERT INTO listings (event_id, seller_id, section, seat_row, price_cents, currency, split)
            SELECT $1, id, $3, $4, $5, $6, $7 FROM users WHERE id = $2 AND deleted_at IS NULL FOR KEY SHARE
            RETURNING id
        ), seated AS (
            INSERT INTO tickets (listing_id, position, seat, starts_at)
            SELECT l.id, s.position, s.seat, e.starts_at
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

/// The same for the listing of an order.
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

/// One listing, with the position of `reader` on its waitlist.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    id: ListingId,
    reader: Option<UserId>,
) -> sqlx::Result<Option<ListingRow>> {
    listing_rows!(
        "
        CASE WHEN l.waiting > 0 THEN (
            SELECT (SELECT count(*) FROM waitlist_entries p WHERE p.listing_id = l.id AND p.id <= m.id)
            FROM waitlist_entries m WHERE m.listing_id = l.id AND m.user_id = $2
        ) END
        ",
        "WHERE l.id = $1",
        id.as_uuid(),
        reader.map(UserId::as_uuid),
    )
    .fetch_optional(db)
    .await
}

/// Several listings, in no particular order.
pub(crate) async fn find_all(db: impl PgExecutor<'_>, ids: &[ListingId]) -> sqlx::Result<Vec<ListingRow>> {
    let ids: Vec<_> = ids.iter().map(|id| id.as_uuid()).collect();
    listing_rows!("NULL::bigint", "WHERE l.id = ANY($1)", &ids).fetch_all(db).await
}

/// The listings with tickets on sale after a position in the list, soonest event first.
///
/// It walks `tickets_free_idx` from listing to listing, so that it costs the same however many tickets a listing has and
/// however many are locked. Tickets whose lock has just ended are in another index, until the sweep comes, a few seconds
/// later; if there are very many, it reads only some of them.
pub(crate) async fn on_sale(
    db: impl PgExecutor<'_>,
    after: Option<(OffsetDateTime, ListingId)>,
    limit: i64,
) -> sqlx::Result<Vec<ListingRow>> {
    let (after_start, after_id) = after.unzip();
    listing_rows!(
        "NULL::bigint",
        "
        JOIN (
            WITH RECURSIVE start AS (
                SELECT greatest(coalesce($1, now()), now()) AS starts_at,
                    CASE WHEN $1 > now() THEN $2 ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid END AS listing_id
            ), walk (starts_at, listing_id, step) AS (
                (
                    SELECT t.starts_at, t.listing_id, 1 FROM tickets t
                    WHERE t.status = 'listed' AND t.order_id IS NULL
                        AND (t.starts_at, t.listing_id) > ((SELECT starts_at FROM start), (SELECT listing_id FROM start))
                    ORDER BY t.starts_at, t.listing_id LIMIT 1
                )
                UNION ALL
                SELECT n.starts_at, n.listing_id, w.step + 1
                FROM walk w CROSS JOIN LATERAL (
                    SELECT t.starts_at, t.listing_id FROM tickets t
                    WHERE t.status = 'listed' AND t.order_id IS NULL AND (t.starts_at, t.listing_id) > (w.starts_at, w.listing_id)
                    ORDER BY t.starts_at, t.listing_id LIMIT 1
                ) n
                WHERE w.step < $3::bigint
            ), overdue AS MATERIALIZED (
                SELECT t.starts_at, t.listing_id, t.held_until, t.has_payment FROM tickets t
                WHERE t.status = 'listed' AND t.held_until <= now() ORDER BY t.held_until LIMIT 1000
            )
            SELECT starts_at, listing_id FROM walk
            UNION
            SELECT o.starts_at, o.listing_id FROM overdue o, start s
            WHERE (o.starts_at, o.listing_id) > (s.starts_at, s.listing_id)
                AND (NOT o.has_payment OR o.held_until <= now() - make_interval(secs => $4))
                AND EXISTS (SELECT FROM listings w WHERE w.id = o.listing_id AND w.waiting = 0)
            ORDER BY 1, 2
            LIMIT $3
        ) AS page ON page.listing_id = l.id
        ORDER BY page.starts_at, l.id
        ",
        after_start,
        after_id.map(ListingId::as_uuid),
        limit,
        PAYMENT_GRACE.as_seconds_f64(),
    )
    .fetch_all(db)
    .await
}

/// A seller's listings in any state, newest first.
pub(crate) async fn of_seller(
    db: impl PgExecutor<'_>,
    seller: UserId,
    after: Option<ListingId>,
    limit: i64,
) -> sqlx::Result<Vec<ListingRow>> {
    listing_rows!(
        "NULL::bigint",
        "
        WHERE l.seller_id = $1 AND l.id < coalesce($2, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
        ORDER BY l.id DESC
        LIMIT $3
        ",
        seller.as_uuid(),
        after.map(ListingId::as_uuid),
        limit,
    )
    .fetch_all(db)
    .await
}

/// Replaces the fields of a listing apart from its seats, under its row lock. The version grows.
pub(crate) async fn update(tx: &mut PgConnection, id: ListingId, event: EventId, fields: &Listing) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH moved AS (
            UPDATE tickets t SET starts_at = e.starts_at FROM events e
            WHERE e.id = $2 AND t.listing_id = $1 AND t.starts_at <> e.starts_at
        )
        UPDATE listings
        SET event_id = $2, section = $3, seat_row = $4, price_cents = $5, currency = $6, split = $7, version = version + 1
        WHERE id = $1
        ",
        id.as_uuid(),
        event.as_uuid(),
        fields.section,
        fields.row,
        fields.price.cents(),
        fields.price.currency().code(),
        fields.split.code(),
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
        SELECT l.id, s.position, s.seat, e.starts_at
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

/// Takes tickets of a listing off sale, under its row lock. Returns how many: only those that no buyer holds.
pub(crate) async fn withdraw(tx: &mut PgConnection, id: ListingId, tickets: &[TicketId]) -> sqlx::Result<u64> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    let done = sqlx::query!(
        "
        UPDATE tickets SET status = 'withdrawn'
        WHERE listing_id = $1 AND id = ANY($2) AND status = 'listed' AND order_id IS NULL
        ",
        id.as_uuid(),
        &tickets,
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}
