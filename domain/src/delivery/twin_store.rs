//! SQL of twins: a code, or a file without one, is for sale once: and after a sale, only by its buyer, or the person who has accepted it
//! from them as a gift.

use model::{EventId, ListingId, TicketId, UserId};
use sqlx::{PgConnection, PgExecutor};
use time::OffsetDateTime;

/// The tickets with one code, or with one file without a code.
struct TwinRow {
    /// The listing of the one that counts: the newest that was sold, or else handed in.
    listing_id: ListingId,
    /// Whether one of them is on sale or being paid for.
    is_listed: bool,
    /// Who may sell it: the last buyer who has paid, or who has accepted it from them; or else its seller.
    holder_id: UserId,
}

/// The listings of other tickets of the event with one of these codes or files that speak against selling them by
/// `seller`: they are on sale or being paid for, or belong to another user. `own` are the tickets that are to get them.
///
/// Two sellers with one code come one after the other: until the end of the transaction, the hashes are locked.
pub(crate) async fn elsewhere(
    tx: &mut PgConnection,
    event: EventId,
    seller: UserId,
    hashes: &[Vec<u8>],
    own: &[TicketId],
) -> sqlx::Result<Vec<ListingId>> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query!(
        "
        SELECT pg_advisory_xact_lock(hashtextextended('gittix.code:' || h.hash, 0))
        FROM (SELECT DISTINCT encode(hash, 'hex') AS hash FROM unnest($1::bytea[]) AS hash ORDER BY 1) h
        ",
        hashes,
    )
    .fetch_all(&mut *tx)
    .await?;
    // A statement of its own: it sees what was committed while this transaction waited.
    let own: Vec<_> = own.iter().map(|ticket| ticket.as_uuid()).collect();
    let twins = sqlx::query_as!(
        TwinRow,
        r#"
        SELECT DISTINCT ON (n.hash) l.id AS "listing_id!: ListingId",
            bool_or(t.status = 'listed') OVER (PARTITION BY n.hash) AS "is_listed!",
            CASE WHEN o.status IN ('complete', 'partly_refunded') THEN coalesce(g.recipient_id, o.buyer_id) ELSE l.seller_id END AS "holder_id!: UserId"
        FROM (
            SELECT d.ticket_id, d.handed_in_at, d.hash FROM deliverables d WHERE d.hash = ANY($1)
            UNION ALL
            SELECT d.ticket_id, d.handed_in_at, f.hash FROM ticket_files f JOIN deliverables d ON d.file_id = f.id
            WHERE f.hash = ANY($1) AND d.hash IS NULL
        ) n JOIN tickets t ON t.id = n.ticket_id JOIN listings l ON l.id = t.listing_id LEFT JOIN orders o ON o.id = t.order_id
            LEFT JOIN gifts g ON g.ticket_id = t.id AND g.order_id = o.id AND g.status = 'accepted'
        WHERE l.event_id = $2 AND t.id <> ALL($3)
        ORDER BY n.hash, coalesce(o.status IN ('complete', 'partly_refunded'), false) DESC, o.ended_at DESC, n.handed_in_at DESC
        "#,
        hashes,
        event.as_uuid(),
        &own,
    )
    .fetch_all(tx)
    .await?;
    let against = twins.into_iter().filter(|twin| twin.is_listed || twin.holder_id != seller);
    Ok(against.map(|twin| twin.listing_id).collect())
}

/// Notes that a ticket of `listing` was refused because `others` have it.
pub(crate) async fn note_refused(
    db: impl PgExecutor<'_>,
    listing: ListingId,
    others: &[ListingId],
) -> sqlx::Result<()> {
    let others: Vec<_> = others.iter().map(|other| other.as_uuid()).collect();
    sqlx::query!(
        "
        INSERT INTO refused_twins (listing_id, other_listing_id)
        SELECT DISTINCT $1::uuid, other FROM unnest($2::uuid[]) AS other WHERE other <> $1::uuid
        ON CONFLICT (listing_id, other_listing_id) DO UPDATE SET times = refused_twins.times + 1, last_at = clock_timestamp()
        ",
        listing.as_uuid(),
        &others,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A listing that was refused a ticket, and the one that has it. The addresses are those of the sellers.
pub(super) struct RefusedRow {
    pub(super) listing_id: ListingId,
    pub(super) other_listing_id: ListingId,
    pub(super) title: String,
    pub(super) email: Option<String>,
    pub(super) other_email: Option<String>,
    pub(super) times: i32,
    pub(super) last_at: OffsetDateTime,
}

/// The newest of them.
pub(super) async fn newest_refused(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<RefusedRow>> {
    sqlx::query_as!(
        RefusedRow,
        r#"
        SELECT r.listing_id AS "listing_id: ListingId", r.other_listing_id AS "other_listing_id: ListingId", e.title, s.email,
            os.email AS "other_email", r.times, r.last_at
        FROM refused_twins r JOIN listings l ON l.id = r.listing_id JOIN events e ON e.id = l.event_id JOIN users s ON s.id = l.seller_id
            JOIN listings ol ON ol.id = r.other_listing_id JOIN users os ON os.id = ol.seller_id
        ORDER BY r.last_at DESC
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// The codes, and the files without one, of tickets.
pub(crate) async fn hashes(tx: &mut PgConnection, tickets: &[TicketId]) -> sqlx::Result<Vec<Vec<u8>>> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    sqlx::query_scalar!(
        r#"
        SELECT coalesce(d.hash, f.hash) AS "hash!" FROM deliverables d LEFT JOIN ticket_files f ON f.id = d.file_id
        WHERE d.ticket_id = ANY($1)
        "#,
        &tickets,
    )
    .fetch_all(tx)
    .await
}
