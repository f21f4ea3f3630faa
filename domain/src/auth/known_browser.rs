//! Browsers that have signed in to an account before.
//!
//! Such a browser has tries of its own, so that strangers who guess at the account do not keep its owner out. It proves
//! itself by a cookie: random bits, and an HMAC of them and the account. Nothing is stored for it, and it signs no one in.

use model::UserId;
use sha2::{Digest, Sha256};

use super::{session::SessionToken, store};
use crate::Backend;

/// How long a browser is known after it was last signed in, in days.
pub const KNOWN_DAYS: i64 = 180;
/// What the HMAC is for.
const PURPOSE: &str = "known browser";

/// A query that reads the account of a session failed.
#[derive(Debug, thiserror::Error)]
#[error("the account of the session was not read")]
pub struct MarkError(#[from] sqlx::Error);

/// What a browser keeps that a session was begun in. `None` if the session has ended.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mark(backend: &Backend, session: &SessionToken) -> Result<Option<String>, MarkError> {
    let user = store::user_of_session(&backend.db, session).await?;
    Ok(user.map(|user| mark_of(backend, user)))
}

fn mark_of(backend: &Backend, user: UserId) -> String {
    let random = hex::encode(rand::random::<[u8; 16]>());
    let hash = backend.delivery.hash_key.hash(PURPOSE, &named(user, &random));
    format!("{random}.{}", hex::encode(hash))
}

/// What the tries of a browser are counted by that keeps `mark`. `None` if it has never signed in to the account.
pub(super) fn counted_by(backend: &Backend, mark: &str, user: UserId) -> Option<[u8; 32]> {
    let (random, hash) = mark.split_once('.')?;
    let is_ours = backend.delivery.hash_key.verify(PURPOSE, &named(user, random), &hex::decode(hash).ok()?);
    is_ours.then(|| Sha256::digest(random).into())
}

fn named(user: UserId, random: &str) -> Vec<u8> {
    format!("{user} {random}").into_bytes()
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{ids::fresh, testing::TestBackend};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mark_is_good_for_its_account_alone(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (fresh::<UserId>(), fresh::<UserId>());
        let mark = mark_of(&backend, ana);
        let counted = counted_by(&backend, &mark, ana);
        assert!(counted.is_some() && counted == counted_by(&backend, &mark, ana));
        assert_ne!(counted, counted_by(&backend, &mark_of(&backend, ana), ana), "each sign-in counts by itself");
        assert!(!mark.contains(&ana.to_string()), "it names no account");
        assert_eq!(counted_by(&backend, &mark, bob), None);
        let (random, hash) = mark.split_once('.').expect("two parts");
        let other = if random.starts_with('0') { "1" } else { "0" };
        for forged in ["", ".", random, &format!("{other}{}.{hash}", &random[1..]), &format!("{random}."), &mark[..40]]
        {
            assert_eq!(counted_by(&backend, forged, ana), None, "{forged}");
        }
        assert_eq!(super::mark(&backend, &SessionToken::generate()).await.expect("reads"), None);
    }
}
