//! Which mails a user gets.
//!
//! A mail that can be turned off has an address that does it without a session, because mail programs call it. A token in
//! it names the user and the topic. It is an HMAC of both, so that nothing has to be stored, and no one can guess it. It
//! holds for good: a mail may be read years later.

use std::collections::HashSet;

use model::{
    AppError, UserId,
    mails::{MailChoice, MailTopic},
};
use sqlx::PgExecutor;
use strum::VariantArray;

use super::{choices_store as store, content::Off};
use crate::{Backend, database};

/// The page of all choices.
const PAGE: &str = "/account/mails";
/// The page that turns a topic off, and the address to which mail programs post.
pub const UNSUBSCRIBE: &str = "/mails/unsubscribe";
/// What the hash of a token is for.
const PURPOSE: &str = "unsubscribe";

/// A query that reads or changes the choices failed.
#[derive(Debug, thiserror::Error)]
#[error("the choices of mails were not read or changed")]
pub struct MailChoicesError(#[from] sqlx::Error);

/// The choices of `user`, one for each topic.
///
/// # Errors
///
/// When the database does not answer.
pub async fn choices(backend: &Backend, user: UserId) -> Result<Vec<MailChoice>, MailChoicesError> {
    let off: HashSet<String> = store::turned_off(&backend.db, user).await?.into_iter().collect();
    let choice = |topic: &MailTopic| MailChoice { topic: *topic, is_on: !off.contains(topic.code()) };
    Ok(MailTopic::VARIANTS.iter().map(choice).collect())
}

/// Turns the mails of a topic on or off for `user`. A second call changes nothing.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "mail.choose", skip_all, fields(user.id = %user, topic = topic.code()))]
pub async fn choose(backend: &Backend, user: UserId, topic: MailTopic, is_on: bool) -> Result<(), MailChoicesError> {
    if is_on {
        store::turn_on(&backend.db, user, topic).await?;
    } else {
        store::turn_off(&backend.db, user, topic).await?;
    }
    Ok(())
}

/// Turns off the mails that a token names. A token that is not ours changes nothing, and no one learns that.
///
/// # Errors
///
/// When the database does not answer.
pub async fn unsubscribe(backend: &Backend, token: &str) -> Result<(), MailChoicesError> {
    match named_by(backend, token) {
        Some((user, topic)) => choose(backend, user, topic, false).await,
        None => Ok(()),
    }
}

/// Whether mails of a topic are sent to `user`.
pub(crate) async fn wants(db: impl PgExecutor<'_>, user: UserId, topic: MailTopic) -> sqlx::Result<bool> {
    store::is_on(db, user, topic).await
}

/// Where `user` turns off the mails of a topic.
pub(crate) fn off(backend: &Backend, user: UserId, topic: MailTopic) -> Off {
    let token = format!(
        "{user}.{}.{}",
        topic.code(),
        hex::encode(backend.delivery.hash_key.hash(PURPOSE, &named(user, topic)))
    );
    Off { page: backend.mail.page(PAGE), one_click: backend.mail.link(UNSUBSCRIBE, "token", &token) }
}

/// The user and the topic of a token of ours.
fn named_by(backend: &Backend, token: &str) -> Option<(UserId, MailTopic)> {
    let mut parts = token.split('.');
    let user: UserId = parts.next()?.parse().ok()?;
    let topic = MailTopic::of_code(parts.next()?)?;
    let given = hex::decode(parts.next()?).ok()?;
    let is_ours = parts.next().is_none() && backend.delivery.hash_key.verify(PURPOSE, &named(user, topic), &given);
    is_ours.then_some((user, topic))
}

/// What a token names, as bytes.
fn named(user: UserId, topic: MailTopic) -> Vec<u8> {
    [user.as_uuid().as_bytes(), topic.code().as_bytes()].concat()
}

impl From<MailChoicesError> for AppError {
    fn from(MailChoicesError(error): MailChoicesError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::testing::{self, TestBackend};

    /// The token in an address.
    fn token(off: &Off) -> String {
        off.one_click.split_once("?token=").expect("a token").1.to_owned()
    }

    async fn is_on(backend: &Backend, user: UserId) -> Vec<bool> {
        choices(backend, user).await.expect("reads").into_iter().map(|choice| choice.is_on).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn token_turns_off_what_it_names_and_nothing_else(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        let anas = token(&off(&backend, ana, MailTopic::LockLeft));
        for _ in 0..2 {
            unsubscribe(&backend, &anas).await.expect("turns off");
            assert_eq!(is_on(&backend, ana).await, [true, false, true]);
        }
        assert_eq!(is_on(&backend, bob).await, [true; 3]);
        assert!(!wants(&backend.db, ana, MailTopic::LockLeft).await.expect("reads"));
        assert!(wants(&backend.db, ana, MailTopic::WatchNews).await.expect("reads"));
        choose(&backend, ana, MailTopic::LockLeft, true).await.expect("turns on");
        assert_eq!(is_on(&backend, ana).await, [true; 3]);
    }

    /// Proves that the HMAC is verified, and that it is of the user and the topic.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn other_tokens_change_nothing(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let [ana, bob] = [testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await];
        let bobs = token(&off(&backend, bob, MailTopic::LockLeft));
        let hash = bobs.rsplit_once('.').expect("a hash").1;
        for wrong in [
            String::new(),
            "..".to_owned(),
            format!("{ana}.lock_left.{hash}"),
            format!("{bob}.watch_news.{hash}"),
            format!("{ana}.lock_left."),
            format!("{ana}.sign_up.{hash}"),
            format!("{bobs}.more"),
            bobs.to_uppercase(),
        ] {
            unsubscribe(&backend, &wrong).await.expect("answers alike");
        }
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM mail_choices").await, 0);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn deleted_account_has_no_choices(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        sqlx::query("UPDATE users SET email = NULL, password_hash = NULL, deleted_at = now()")
            .execute(&backend.db)
            .await
            .expect("erases");
        unsubscribe(&backend, &token(&off(&backend, ana, MailTopic::WatchNews))).await.expect("answers alike");
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM mail_choices").await, 0);
    }
}
