//! All data that the shop holds about a user, as a download.

mod store;
mod trade_store;

use model::{AppError, auth::CurrentUser};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    Backend,
    auth::email::key,
    database,
    delivery::gifts::{self, ExportedGift},
    payments::card_store::{self, TriedCard},
};

/// The most rows of each list. It is more than any user has, and bounds the file, which must fit into
/// memory. A list with more rows says that it is incomplete.
const ROWS: i64 = 5_000;

/// A query of the export failed, so there is no file.
#[derive(Debug, thiserror::Error)]
#[error("the account was not exported")]
pub struct ExportError(#[from] sqlx::Error);

/// All data that the shop holds about a user. As JSON it is the file that the user downloads.
///
/// Amounts are in cents, times in UTC. It leaves out who bought from the user, and the addresses from
/// which others tried to sign in as the user: that is data about other people.
#[derive(Debug, Serialize)]
pub struct Export {
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    account: store::Account,
    devices: List<store::Session>,
    sign_in_tries: List<store::Try>,
    password_links: List<store::Link>,
    tickets: List<trade_store::Ticket>,
    orders: List<trade_store::Order>,
    tried_cards: List<TriedCard>,
    lines: List<store::Place>,
    gifts: List<ExportedGift>,
    watches: List<store::Watch>,
    mails_turned_off: List<store::MailChoice>,
    drafts: List<store::Draft>,
    ledger: List<trade_store::Entry>,
    named_calls: List<store::Call>,
}

/// Rows of one kind, newest first.
#[derive(Debug, Serialize)]
struct List<Row> {
    /// Whether the list has all rows. If not, the oldest are left out.
    is_complete: bool,
    rows: Vec<Row>,
}

impl<Row> List<Row> {
    /// Takes rows that were read with a limit of one more than `most`.
    fn of(mut rows: Vec<Row>, most: i64) -> Self {
        let most = usize::try_from(most).unwrap_or_default();
        let is_complete = rows.len() <= most;
        rows.truncate(most);
        Self { is_complete, rows }
    }
}

/// Collects all data that the shop holds about `user`, as of one instant.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "auth.export", skip_all, fields(user.id = %user.id))]
pub async fn export(backend: &Backend, user: &CurrentUser) -> Result<Export, ExportError> {
    Ok(gather(backend, user, ROWS).await?)
}

async fn gather(backend: &Backend, user: &CurrentUser, most: i64) -> sqlx::Result<Export> {
    // One snapshot for all queries, so that the parts agree.
    let mut tx = backend.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
    let (id, limit) = (user.id, most + 1);
    Ok(Export {
        made_at: database::clock(&mut *tx).await?,
        account: store::account(&mut tx, id).await?,
        devices: List::of(store::devices(&mut tx, id, limit).await?, most),
        sign_in_tries: List::of(store::tries(&mut tx, &key(&user.email), limit).await?, most),
        password_links: List::of(store::links(&mut tx, id, &key(&user.email), limit).await?, most),
        tickets: List::of(trade_store::tickets(&mut tx, id, limit).await?, most),
        orders: List::of(trade_store::orders(&mut tx, id, limit).await?, most),
        tried_cards: List::of(card_store::of_user(&mut *tx, id, limit).await?, most),
        lines: List::of(store::places(&mut tx, id, limit).await?, most),
        gifts: List::of(gifts::of_user(&mut *tx, id, limit).await?, most),
        watches: List::of(store::watches(&mut tx, id, limit).await?, most),
        mails_turned_off: List::of(store::mail_choices(&mut tx, id, limit).await?, most),
        drafts: List::of(store::drafts(&mut tx, id, limit).await?, most),
        ledger: List::of(trade_store::entries(&mut tx, id, limit).await?, most),
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
