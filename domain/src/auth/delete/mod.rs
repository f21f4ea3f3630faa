//! Deleting an account: it erases who the user was, and keeps what they bought and sold in the ledger.

mod store;

use std::net::IpAddr;

use model::{
    AppError, Code, UserId,
    auth::{CurrentUser, Role},
    error::Field,
};

use super::confirm::{ConfirmError, confirm};
use crate::{Backend, database, orders::end::end_overdue};

/// The most attempts at deleting an account that changes meanwhile.
const LOOKS: usize = 4;

/// Why the account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The password field is empty.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// The password was not confirmed.
    #[error("the password was not confirmed")]
    Unconfirmed(#[source] ConfirmError),
    /// The account is an operator's. Another user could sign up with its address and would be an
    /// operator.
    #[error("the account is an operator's")]
    RunsTheShop,
    /// The user holds a ticket that they have not paid for.
    #[error("the user holds a ticket")]
    HoldsATicket,
    /// A payment of the user's may still take money, or a refund to them is under way.
    #[error("a payment or a refund of the user's is under way")]
    AwaitsMoney,
    /// Another user pays for one of the user's tickets, or is on its waitlist.
    #[error("a ticket of the user's is locked")]
    IsBoughtFrom,
    /// The user has sold a ticket whose event has not started.
    #[error("the user has sold a ticket for an event to come")]
    HasSoldWhatIsToCome,
    /// A bank questions the payment of a purchase or a sale of the user's.
    #[error("a payment of the user's is disputed")]
    IsDisputed,
    /// The user listed tickets or joined waitlists in every attempt.
    #[error("the account keeps changing")]
    Unsteady,
    /// A query of the deletion failed.
    #[error("the account was not deleted")]
    Database(#[from] sqlx::Error),
}

/// The result of one attempt to delete the account.
enum Attempt {
    Deleted,
    MovedOn,
}

/// Deletes the account of `user`, who types their password again. This cannot be undone.
///
/// Tickets on sale are withdrawn, waitlists left, sessions ended, reset links and sign-in attempts
/// deleted, address and password erased. Orders, payments, timelines and the ledger stay, with an id that
/// has no name. The address may sign up again; that is another account.
///
/// # Errors
///
/// Each variant of [`DeleteAccountError`] is one reason. A refusal changes nothing.
#[tracing::instrument(name = "auth.delete_account", skip_all, fields(user.id = %user.id))]
pub async fn delete_account(
    backend: &Backend,
    user: &CurrentUser,
    password: &str,
    address: IpAddr,
) -> Result<(), DeleteAccountError> {
    if password.is_empty() {
        return Err(DeleteAccountError::Invalid(AppError::field(Field::Password, Code::Required)));
    }
    let hash = confirm(backend, user, password, address).await.map_err(DeleteAccountError::Unconfirmed)?;
    if user.role == Role::Operator {
        return Err(DeleteAccountError::RunsTheShop);
    }
    for _ in 0..LOOKS {
        if let Attempt::Deleted = attempt(backend, user.id, &hash).await? {
            tracing::info!("an account was deleted");
            return Ok(());
        }
    }
    Err(DeleteAccountError::Unsteady)
}

/// Deletes the account in one transaction, if the rules allow it.
///
/// It locks listings before the account, the same order as everywhere. A ticket listed, or a waitlist
/// joined, between the two locks has no lock: then the whole attempt starts again.
async fn attempt(backend: &Backend, user: UserId, verified: &str) -> Result<Attempt, DeleteAccountError> {
    let mut tx = backend.begin().await?;
    let listings = store::lock_listings(&mut tx, user).await?;
    let account = store::lock_account(&mut tx, user, verified).await?;
    let Some(email) = account else {
        // Another request changed the password or deleted the account after it was confirmed.
        return Err(DeleteAccountError::Unconfirmed(ConfirmError::WrongPassword));
    };
    let obstacles = store::obstacles(&mut tx, user, &listings).await?;
    if obstacles.needs_retry {
        return Ok(Attempt::MovedOn);
    }
    may_go(&obstacles)?;
    for order in store::overdue_orders(&mut tx, user).await? {
        end_overdue(&mut tx, order).await?;
    }
    let changed = store::withdraw_all(&mut tx, user).await?;
    for listing in changed {
        tx.mark(listing);
    }
    store::erase(&mut tx, user, &email).await?;
    tx.commit().await?;
    Ok(Attempt::Deleted)
}

/// The rule: no account is deleted while its user holds a ticket or has a payment or a refund under way,
/// while a buyer pays or waits for one of its tickets, before a ticket that it has sold is used, or while a bank questions a
/// payment of its purchases or sales.
fn may_go(obstacles: &store::Obstacles) -> Result<(), DeleteAccountError> {
    match obstacles {
        store::Obstacles { holds_a_ticket: true, .. } => Err(DeleteAccountError::HoldsATicket),
        store::Obstacles { awaits_money: true, .. } => Err(DeleteAccountError::AwaitsMoney),
        store::Obstacles { is_bought_from: true, .. } => Err(DeleteAccountError::IsBoughtFrom),
        store::Obstacles { has_sold_what_is_to_come: true, .. } => Err(DeleteAccountError::HasSoldWhatIsToCome),
        store::Obstacles { is_disputed: true, .. } => Err(DeleteAccountError::IsDisputed),
        _ => Ok(()),
    }
}

impl From<DeleteAccountError> for AppError {
    fn from(error: DeleteAccountError) -> Self {
        match error {
            DeleteAccountError::Invalid(problems) => problems,
            DeleteAccountError::Unconfirmed(error) => error.at(Field::Password),
            DeleteAccountError::RunsTheShop => Code::RunsTheShop.into(),
            DeleteAccountError::HoldsATicket => Code::OrderOpen.into(),
            DeleteAccountError::AwaitsMoney => Code::PaymentUnsettled.into(),
            DeleteAccountError::IsBoughtFrom => Code::ListingLocked.into(),
            DeleteAccountError::HasSoldWhatIsToCome => Code::SaleToCome.into(),
            DeleteAccountError::IsDisputed => Code::DisputeOpen.into(),
            DeleteAccountError::Unsteady => Code::Unavailable.into(),
            DeleteAccountError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests;
