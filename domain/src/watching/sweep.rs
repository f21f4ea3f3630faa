//! Finding the news that is to be told.

use std::collections::HashMap;

use model::{ListingId, NewsMailId, UserId, WatchId};

use super::{
    SETTLE,
    news::{self, NewsRow},
    news_store,
};
use crate::{
    Backend, database,
    ids::fresh,
    mail::Mail,
    outbox::{self, Job},
    tickets::row::ListingRow,
};

/// Users whose news one round looks for.
const BATCH: i64 = 100;
/// The most rounds of one run. The next run continues.
const ROUNDS: usize = 20;

/// Writes the mails that are due: what is told at once, and the digests. Returns how many mails.
///
/// Any number of workers may do this at once: each takes users that no other has.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "watching.sweep", skip_all)]
pub async fn sweep(backend: &Backend) -> sqlx::Result<u64> {
    let mut mails = 0;
    for _ in 0..ROUNDS {
        let users = news_store::with_news_at_once(&backend.db, SETTLE, BATCH).await?;
        let written = tell_all(backend, &users).await?;
        mails += written;
        // A round without a mail found only what cannot be bought now, and the next would find the same.
        if written == 0 || !is_full(&users) {
            break;
        }
    }
    for _ in 0..ROUNDS {
        // Those that are looked at are due again in a day.
        let users = news_store::with_digest_due(&backend.db, BATCH).await?;
        mails += tell_all(backend, &users).await?;
        if !is_full(&users) {
            break;
        }
    }
    Ok(mails)
}

fn is_full(users: &[UserId]) -> bool {
    i64::try_from(users.len()) == Ok(BATCH)
}

async fn tell_all(backend: &Backend, users: &[UserId]) -> sqlx::Result<u64> {
    let mut mails = 0;
    for user in users {
        mails += tell(backend, *user).await?;
    }
    Ok(mails)
}

/// Writes the mails that are due to one user, and notes in the same transaction what they tell. Returns how many: none if
/// another worker has the user, or the account is deleted.
async fn tell(backend: &Backend, user: UserId) -> sqlx::Result<u64> {
    let mut tx = backend.begin().await?;
    if !news_store::try_lock_account(&mut tx, user).await? {
        return Ok(0);
    }
    let now = database::clock(&mut *tx).await?;
    let until = now - SETTLE;
    let rows = news_store::due_news(&mut tx, user, now, until).await?;
    let listings = news::buyable(&mut *tx, &backend.rules, &rows).await?;
    let mut mails = 0;
    for at_once in [true, false] {
        let watches = with_news(&rows, &listings, at_once);
        if !watches.is_empty() {
            let mail = fresh::<NewsMailId>();
            news_store::note_mail(&mut tx, mail, &watches, until).await?;
            outbox::write(&mut tx, &Job::SendMail { mail: Mail::WatchNews { mail_id: mail } }, None).await?;
            mails += 1;
        }
    }
    news_store::put_off(&mut tx, user, now).await?;
    tx.commit().await?;
    Ok(mails)
}

/// The watches that have news, each once.
fn with_news(rows: &[NewsRow], listings: &HashMap<ListingId, ListingRow>, at_once: bool) -> Vec<WatchId> {
    let of_kind = rows.iter().filter(|row| row.at_once == at_once && listings.contains_key(&row.listing));
    let mut watches: Vec<_> = of_kind.map(|row| row.watch).collect();
    watches.sort_unstable();
    watches.dedup();
    watches
}
