//! The operators: the users who run the site. The role is in the row of the account, and only a command grants it: an
//! address alone makes no one an operator.

use model::{Code, UserId};
use sqlx::PgPool;

use super::{email::Email, store};

/// Why the role was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// The text is not an email address.
    #[error("this is not an email address")]
    NotAnAddress(Code),
    /// No account has the address.
    #[error("there is no account with this address: sign up with it first")]
    NoAccount,
    /// The account is of an earlier version, and its address was never verified.
    #[error("the address is not verified: its owner has to set a password by \"Forgotten your password?\" first")]
    Unverified,
    /// A query that reads or changes the role failed.
    #[error("the role was not changed")]
    Database(#[from] sqlx::Error),
}

/// Makes the account with an address an operator's, or takes that away. It may be so already. The user's next request has
/// the new role.
///
/// # Errors
///
/// Each variant of [`OperatorError`] is one reason.
#[tracing::instrument(name = "operator.set", skip_all)]
pub async fn set_operator(db: &PgPool, address: &str, is_operator: bool) -> Result<(), OperatorError> {
    let user = account_of(db, address).await?;
    if !store::set_operator(db, user, is_operator).await? {
        return Err(OperatorError::Unverified);
    }
    tracing::info!(user.id = %user, is_operator, "the role of an account was changed");
    Ok(())
}

/// The account with an address.
pub(super) async fn account_of(db: &PgPool, address: &str) -> Result<UserId, OperatorError> {
    let email = Email::parse(address).map_err(OperatorError::NotAnAddress)?;
    let account = store::find_by_email(db, &email.spellings()).await?;
    Ok(account.ok_or(OperatorError::NoAccount)?.0)
}

/// The addresses of the operators' accounts, in alphabetical order.
///
/// # Errors
///
/// When the database does not answer.
pub async fn operators(db: &PgPool) -> sqlx::Result<Vec<String>> {
    store::operators(db).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{database, testing};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn role_is_granted_to_an_account_and_not_to_an_address(db: PgPool) {
        let refused = set_operator(&db, "olga@example.com", true).await;
        assert!(matches!(refused, Err(OperatorError::NoAccount)), "{refused:?}");
        testing::user(&db, "olga").await;
        testing::user(&db, "ana").await;
        assert_eq!(operators(&db).await.expect("reads"), [""; 0], "who signs up first is a member");

        for _ in 0..2 {
            set_operator(&db, " OLGA@Example.com", true).await.expect("grants");
            assert_eq!(operators(&db).await.expect("reads"), ["olga@example.com"]);
        }
        set_operator(&db, "olga@example.com", false).await.expect("takes it away");
        assert_eq!(operators(&db).await.expect("reads"), [""; 0]);
        sqlx::query("UPDATE users SET email_verified_at = NULL").execute(&db).await.expect("are old accounts");
        let refused = set_operator(&db, "olga@example.com", true).await;
        assert!(matches!(refused, Err(OperatorError::Unverified)), "{refused:?}");
        let refused = set_operator(&db, "olga", true).await;
        assert!(matches!(refused, Err(OperatorError::NotAnAddress(_))), "{refused:?}");
    }

    /// Proves `users_operator_check`: a role that is granted while its account is being deleted would stay with no account.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn account_of_an_operator_stays_whatever_the_code_does(db: PgPool) {
        testing::user(&db, "olga").await;
        set_operator(&db, "olga@example.com", true).await.expect("grants");
        let erase = "UPDATE users SET email = NULL, password_hash = NULL, deleted_at = now()";
        let refused = sqlx::query(erase).execute(&db).await.expect_err("an operator's account");
        assert!(database::is_violation_of(&refused, "users_operator_check"), "{refused}");
        set_operator(&db, "olga@example.com", false).await.expect("takes it away");
        sqlx::query(erase).execute(&db).await.expect("a member's account");
    }
}
