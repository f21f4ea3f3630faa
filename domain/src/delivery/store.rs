//! SQL of files, of the codes found in them, and of deliverables.

use model::{ListingId, OrderId, TicketFileId, TicketId, inspection::SeatWords, orders::OrderEventKind};
use platform::sealing::Sealed;
use sqlx::{PgConnection, PgExecutor};

use super::SealedCode;
use crate::transaction::{EventExecutor, Transaction};

/// The name of a file in the store of files.
pub(crate) fn name(file: TicketFileId) -> String {
    file.to_string()
}

/// A file to store.
pub(super) struct NewFile {
    pub(super) id: TicketFileId,
    pub(super) listing: ListingId,
    pub(super) kind: &'static str,
    pub(super) size: i32,
    pub(super) pages: i16,
    pub(super) is_complete: bool,
    pub(super) hash: Vec<u8>,
    pub(super) key: Sealed,
}

pub(super) async fn insert_file(tx: &mut PgConnection, file: &NewFile) -> sqlx::Result<()> {
    sqlx::query!(
        "
        INSERT INTO ticket_files (id, listing_id, kind, size_bytes, pages, is_complete, hash, key_id, sealed_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ",
        file.id.as_uuid(),
        file.listing.as_uuid(),
        file.kind,
        file.size,
        file.pages,
        file.is_complete,
        file.hash,
        file.key.key_id,
        file.key.bytes,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A code that was found.
pub(super) struct NewCode {
    pub(super) page: i16,
    pub(super) code: SealedCode,
    pub(super) tail: String,
    pub(super) seat: SeatWords,
}

/// Stores the codes of a file, numbered from 1.
pub(super) async fn insert_codes(tx: &mut PgConnection, file: TicketFileId, codes: &[NewCode]) -> sqlx::Result<()> {
    for (number, found) in (1_i16..).zip(codes) {
        sqlx::query!(
            "
            INSERT INTO found_codes (file_id, number, page, kind, hash, key_id, sealed, tail, section, seat_row, seat)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ",
            file.as_uuid(),
            number,
            found.page,
            found.code.kind,
            found.code.hash,
            found.code.key_id,
            found.code.sealed,
            found.tail,
            found.seat.section,
            found.seat.row,
            found.seat.seat,
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// How many files of a listing no ticket has.
pub(super) async fn waiting_files(db: impl PgExecutor<'_>, listing: ListingId) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM ticket_files f
        WHERE f.listing_id = $1 AND NOT EXISTS (SELECT FROM deliverables d WHERE d.file_id = f.id)
        "#,
        listing.as_uuid(),
    )
    .fetch_one(db)
    .await
}

/// A file of a listing that no ticket has, with one of its codes, if it has any.
pub(super) struct FoundRow {
    pub(super) file_id: TicketFileId,
    pub(super) file_kind: String,
    pub(super) pages: i16,
    pub(super) is_complete: bool,
    pub(super) file_hash: Vec<u8>,
    pub(super) number: Option<i16>,
    pub(super) page: Option<i16>,
    pub(super) kind: Option<String>,
    pub(super) hash: Option<Vec<u8>>,
    pub(super) key_id: Option<String>,
    pub(super) sealed: Option<Vec<u8>>,
    pub(super) tail: Option<String>,
    pub(super) section: Option<String>,
    pub(super) seat_row: Option<String>,
    pub(super) seat: Option<String>,
}

impl FoundRow {
    /// The code, if the file has one.
    pub(super) fn code(&self) -> Option<SealedCode> {
        Some(SealedCode {
            kind: self.kind.clone()?,
            hash: self.hash.clone()?,
            key_id: self.key_id.clone()?,
            sealed: self.sealed.clone()?,
        })
    }

    /// What a form sends to choose it.
    pub(super) fn value(&self) -> String {
        self.number.map_or_else(|| self.file_id.to_string(), |number| format!("{}.{number}", self.file_id))
    }
}

/// The files of a listing that no ticket has, oldest first, each with its codes.
pub(super) async fn found(db: impl PgExecutor<'_>, listing: ListingId) -> sqlx::Result<Vec<FoundRow>> {
    sqlx::query_as!(
        FoundRow,
        r#"
        SELECT f.id AS "file_id: TicketFileId", f.kind AS file_kind, f.pages, f.is_complete, f.hash AS file_hash,
            c.number AS "number?", c.page AS "page?", c.kind AS "kind?", c.hash AS "hash?", c.key_id AS "key_id?", c.sealed AS "sealed?",
            c.tail AS "tail?", c.section, c.seat_row, c.seat
        FROM ticket_files f LEFT JOIN found_codes c ON c.file_id = f.id
        WHERE f.listing_id = $1 AND NOT EXISTS (SELECT FROM deliverables d WHERE d.file_id = f.id)
        ORDER BY f.created_at, f.id, c.number
        "#,
        listing.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// A ticket of a listing, and what is handed in for it.
pub(super) struct HandedInRow {
    pub(super) ticket_id: TicketId,
    /// The money for it went back, or is on its way.
    pub(super) is_refunded: bool,
    pub(super) kind: Option<String>,
    pub(super) file_kind: Option<String>,
}

/// What is handed in for the tickets of a listing.
pub(super) async fn handed_in(db: impl PgExecutor<'_>, listing: ListingId) -> sqlx::Result<Vec<HandedInRow>> {
    sqlx::query_as!(
        HandedInRow,
        r#"
        SELECT t.id AS "ticket_id: TicketId", coalesce(o.status IN ('refund_pending', 'refunded'), false) AS "is_refunded!",
            d.kind AS "kind?", f.kind AS "file_kind?"
        FROM tickets t LEFT JOIN orders o ON o.id = t.order_id
            LEFT JOIN deliverables d ON d.ticket_id = t.id LEFT JOIN ticket_files f ON f.id = d.file_id
        WHERE t.listing_id = $1
        "#,
        listing.as_uuid(),
    )
    .fetch_all(db)
    .await
}

/// What is handed in for a ticket.
pub(super) struct NewDeliverable {
    pub(super) ticket: TicketId,
    pub(super) file: Option<TicketFileId>,
    pub(super) page: Option<i16>,
    pub(super) code: Option<SealedCode>,
}

/// Gives a ticket what opens the gate for it, in the place of what it had, under the row lock of its listing. The codes
/// that no ticket of its file gets stay: the file has more than it gives, and is given to no one.
pub(super) async fn put(tx: &mut PgConnection, new: &NewDeliverable) -> sqlx::Result<()> {
    sqlx::query!(
        "
        WITH given AS (
            INSERT INTO deliverables (ticket_id, file_id, page, kind, hash, key_id, sealed)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (ticket_id) DO UPDATE SET
                file_id = EXCLUDED.file_id, page = EXCLUDED.page, kind = EXCLUDED.kind, hash = EXCLUDED.hash,
                key_id = EXCLUDED.key_id, sealed = EXCLUDED.sealed, handed_in_at = clock_timestamp()
        ), forgotten AS (
            DELETE FROM found_codes WHERE file_id = $2 AND hash = $5
        )
        UPDATE tickets SET is_in_hand = true WHERE id = $1
        ",
        new.ticket.as_uuid(),
        new.file.map(TicketFileId::as_uuid),
        new.page,
        new.code.as_ref().map(|code| code.kind.as_str()),
        new.code.as_ref().map(|code| code.hash.as_slice()),
        new.code.as_ref().map(|code| code.key_id.as_str()),
        new.code.as_ref().map(|code| code.sealed.as_slice()),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Takes away what was handed in for tickets, under the row lock of their listing.
pub(crate) async fn take_away(tx: &mut PgConnection, tickets: &[TicketId]) -> sqlx::Result<()> {
    let tickets: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    sqlx::query!(
        "
        WITH gone AS (DELETE FROM deliverables WHERE ticket_id = ANY($1))
        UPDATE tickets SET is_in_hand = false WHERE id = ANY($1) AND is_in_hand
        ",
        &tickets,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Fulfils the promises of the orders that hold or have bought some of these tickets, where all of an order's tickets
/// are in hand now, under the row lock of their listing. Returns those that are paid for.
pub(super) async fn fulfil(tx: &mut Transaction<'_>, tickets: &[TicketId]) -> sqlx::Result<Vec<OrderId>> {
    let ids: Vec<_> = tickets.iter().map(|ticket| ticket.as_uuid()).collect();
    let fulfilled = sqlx::query!(
        r#"
        WITH fulfilled AS (
            UPDATE orders o SET promised_until = NULL
            WHERE o.id IN (SELECT order_id FROM tickets WHERE id = ANY($1)) AND o.promised_until IS NOT NULL
                AND NOT EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id AND NOT t.is_in_hand)
            RETURNING o.id, o.status
        ), logged AS (
            INSERT INTO order_events (order_id, kind) SELECT id, $2 FROM fulfilled
        )
        SELECT id AS "id: OrderId", status IN ('complete', 'partly_refunded') AS "is_paid!" FROM fulfilled
        "#,
        &ids,
        OrderEventKind::HandedIn.code(),
    )
    .fetch_all(&mut **tx)
    .await?;
    (&mut *tx).wrote(OrderEventKind::HandedIn, u64::try_from(fulfilled.len()).unwrap_or(u64::MAX));
    Ok(fulfilled.into_iter().filter(|order| order.is_paid).map(|order| order.id).collect())
}

/// Deletes a file of a listing that no ticket has. Returns whether there was one.
pub(super) async fn delete_waiting(
    db: impl PgExecutor<'_>,
    listing: ListingId,
    file: TicketFileId,
) -> sqlx::Result<bool> {
    let done = sqlx::query!(
        "
        DELETE FROM ticket_files f
        WHERE f.id = $2 AND f.listing_id = $1 AND NOT EXISTS (SELECT FROM deliverables d WHERE d.file_id = f.id)
        ",
        listing.as_uuid(),
        file.as_uuid(),
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes up to `limit` files that no ticket has since so many days. Returns their ids.
pub(super) async fn delete_left(db: impl PgExecutor<'_>, days: i32, limit: i64) -> sqlx::Result<Vec<TicketFileId>> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM ticket_files WHERE id IN (
            SELECT f.id FROM ticket_files f
            WHERE f.created_at < statement_timestamp() - make_interval(days => $1)
                AND NOT EXISTS (SELECT FROM deliverables d WHERE d.file_id = f.id)
            ORDER BY f.created_at LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id AS "id: TicketFileId"
        "#,
        days,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Which of these files have a row.
pub(super) async fn known(db: impl PgExecutor<'_>, files: &[TicketFileId]) -> sqlx::Result<Vec<TicketFileId>> {
    let files: Vec<_> = files.iter().map(|file| file.as_uuid()).collect();
    sqlx::query_scalar!(r#"SELECT id AS "id: TicketFileId" FROM ticket_files WHERE id = ANY($1)"#, &files)
        .fetch_all(db)
        .await
}

/// Up to `limit` paid orders with a ticket that was promised until a time that has passed, longest ago first.
pub(super) async fn broken_promises(db: impl PgExecutor<'_>, limit: i64) -> sqlx::Result<Vec<OrderId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id AS "id: OrderId" FROM orders
        WHERE promised_until <= statement_timestamp() AND status IN ('complete', 'partly_refunded')
        ORDER BY promised_until LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Notes that the tickets of an order were not handed in, if that is so, under the row lock of its listing. Returns
/// whether it is.
pub(super) async fn note_broken(tx: &mut Transaction<'_>, order: OrderId) -> sqlx::Result<bool> {
    let written = sqlx::query!(
        "
        WITH broken AS (
            UPDATE orders SET promised_until = NULL
            WHERE id = $1 AND promised_until <= statement_timestamp() AND status IN ('complete', 'partly_refunded')
            RETURNING id
        )
        INSERT INTO order_events (order_id, kind) SELECT id, $2 FROM broken
        ",
        order.as_uuid(),
        OrderEventKind::NotDelivered.code(),
    )
    .execute(&mut **tx)
    .await?
    .rows_affected();
    (&mut *tx).wrote(OrderEventKind::NotDelivered, written);
    Ok(written == 1)
}
