//! The demo's users and listings.

mod draw;
mod events;

use model::{UserId, auth::Credentials, tickets::ListingInput};
use time::OffsetDateTime;

use self::events::SELLERS;
use crate::{
    Backend,
    auth::{
        self,
        browser::Browser,
        sign_up::{SignUpError, sign_up},
    },
    tickets::list::{ListError, list},
};

/// The password of every account of the demo.
pub const PASSWORD: &str = "correct horse battery";

/// Why there is no demo data.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// An account.
    #[error("a demo account was not made")]
    SignUp(#[source] SignUpError),
    /// A listing.
    #[error("a demo listing was not made")]
    List(#[source] ListError),
    /// The database.
    #[error("a demo account was not read")]
    Database(#[from] sqlx::Error),
}

/// Makes the demo's accounts and lists their tickets, through the same use-cases as everyone's. Where an account is there
/// already it does nothing for it, so that it can run at every start.
///
/// # Errors
///
/// See [`DemoError`].
#[expect(clippy::disallowed_methods, reason = "the days of the demo need no agreement with another clock")]
pub async fn seed(backend: &Backend) -> Result<(), DemoError> {
    let today = OffsetDateTime::now_utc();
    let mut listings = draw::listings(today);
    for name in SELLERS {
        let email = format!("{name}@example.com");
        let theirs = listings.remove(name).unwrap_or_default();
        let credentials = Credentials { email: email.clone(), password: PASSWORD.into() };
        match sign_up(backend, &credentials, &Browser::default()).await {
            Ok(_) => list_all(backend, &email, &theirs).await?,
            Err(SignUpError::EmailTaken) => {}
            Err(error) => return Err(DemoError::SignUp(error)),
        }
    }
    Ok(())
}

async fn list_all(backend: &Backend, email: &str, listings: &[ListingInput]) -> Result<(), DemoError> {
    let account = auth::store::find_by_email(&backend.db, &auth::email::Spellings::of(email)).await?;
    let seller: UserId = account.map(|(id, _)| id).ok_or(DemoError::Database(sqlx::Error::RowNotFound))?;
    for listing in listings {
        list(backend, seller, listing).await.map_err(DemoError::List)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::testing::{TestBackend, count};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn demo_is_listed_once(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        for _ in 0..2 {
            seed(&backend).await.expect("a demo");
            assert_eq!(count(&backend.db, "SELECT count(*) FROM events").await, 60);
            assert_eq!(count(&backend.db, "SELECT count(DISTINCT city) FROM venues").await, 12);
            assert_eq!(count(&backend.db, "SELECT count(DISTINCT seller_id) FROM listings").await, 12);
            assert_eq!(count(&backend.db, "SELECT count(*) FROM listings").await, draw::LISTINGS);
        }
    }
}
