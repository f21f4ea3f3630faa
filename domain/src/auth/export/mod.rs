//! Everything that the shop holds about somebody, for them to take away.

mod store;

use model::{AppError, auth::CurrentUser};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{Backend, database};

/// The most rows of each list: nobody's are as many, and the file must fit into memory. A list that
/// has more says so.
const ROWS: i64 = 5_000;

/// The file was not made.
#[derive(Debug, thiserror::Error)]
#[error("the account was not exported")]
pub struct ExportError(#[from] sqlx::Error);

/// What the shop holds about somebody; as JSON it is the file that they download.
///
/// Amounts are in cents, times in UTC. Of whoever bought from them it says nothing, nor of whoever
/// tried to sign in as them from where: that is about other people.
#[derive(Debug, Serialize)]
pub struct Export {
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    account: store::Account,
    devices: List<store::Session>,
    sign_in_tries: List<store::Try>,
    password_links: List<store::Link>,
    tickets: List<store::Ticket>,
    orders: List<store::Order>,
    lines: List<store::Place>,
    ledger: List<store::Entry>,
    named_calls: List<store::Call>,
}

/// Rows of one kind, the newest first.
#[derive(Debug, Serialize)]
struct List<Row> {
    /// Whether these are all of them; else the oldest are left out.
    is_complete: bool,
    rows: Vec<Row>,
}

impl<Row> List<Row> {
    /// Takes what was read with one row more than a list may have.
    fn of(mut rows: Vec<Row>, most: i64) -> Self {
        let most = usize::try_from(most).unwrap_or_default();
        let is_complete = rows.len() <= most;
        rows.truncate(most);
        Self { is_complete, rows }
    }
}

/// Gathers everything that the shop holds about `user`, as it is at one instant.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "auth.export", skip_all, fields(user.id = %user.id))]
pub async fn export(backend: &Backend, user: &CurrentUser) -> Result<Export, ExportError> {
    Ok(gather(backend, user, ROWS).await?)
}

async fn gather(backend: &Backend, user: &CurrentUser, most: i64) -> sqlx::Result<Export> {
    // One instant for all of it, so that the parts fit together.
    let mut tx = backend.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let (id, limit) = (user.id, most + 1);
    Ok(Export {
        made_at: database::clock(&mut *tx).await?,
        account: store::account(&mut tx, id).await?,
        devices: List::of(store::devices(&mut tx, id, limit).await?, most),
        sign_in_tries: List::of(store::tries(&mut tx, &user.email, limit).await?, most),
        password_links: List::of(store::links(&mut tx, id, &user.email, limit).await?, most),
        tickets: List::of(store::tickets(&mut tx, id, limit).await?, most),
        orders: List::of(store::orders(&mut tx, id, limit).await?, most),
        lines: List::of(store::places(&mut tx, id, limit).await?, most),
        ledger: List::of(store::entries(&mut tx, id, limit).await?, most),
        named_calls: List::of(store::calls(&mut tx, id, limit).await?, most),
    })
}

impl From<ExportError> for AppError {
    fn from(ExportError(error): ExportError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests;
