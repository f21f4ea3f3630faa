//! Deleting an account: who somebody was is forgotten, what they bought and sold stays in the books.

mod store;

use std::net::IpAddr;

use model::{AppError, Code, UserId, auth::CurrentUser, error::Field};

use super::confirm::{ConfirmError, confirm};
use crate::{Backend, database};

/// How often an account that moves on meanwhile is looked at anew.
const LOOKS: usize = 4;

/// Why the account is still there.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// No password was typed.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// Not the owner, as far as their password tells.
    #[error("the password was not confirmed")]
    Unconfirmed(#[source] ConfirmError),
    /// It is an operator's: its address would make whoever takes it next one, too.
    #[error("the account is an operator's")]
    RunsTheShop,
    /// Its owner holds a ticket that they have not paid.
    #[error("the user holds a ticket")]
    HoldsATicket,
    /// A payment of theirs may still take money, or their money is on its way back.
    #[error("a payment or a refund of the user's is under way")]
    AwaitsMoney,
    /// Somebody pays for a ticket of theirs, or waits in line for it.
    #[error("a ticket of the user's is locked")]
    IsBoughtFrom,
    /// They have sold a ticket, and its event has not started.
    #[error("the user has sold a ticket for an event to come")]
    HasSoldWhatIsToCome,
    /// They listed tickets or joined lines all the while.
    #[error("the account keeps changing")]
    Unsteady,
    /// The database.
    #[error("the account was not deleted")]
    Database(#[from] sqlx::Error),
}

/// What one look at the account came to.
enum Look {
    Deleted,
    MovedOn,
}

/// Deletes the account of `user` for good, who types their password once more.
///
/// Tickets on sale are withdrawn, lines left, sessions ended, links and tries forgotten, address and
/// password erased. Orders, payments, timelines and the ledger stay, with an id that nobody's name
/// belongs to any more. The address may sign up again, as somebody else.
///
/// # Errors
///
/// See [`DeleteAccountError`]. A refusal changes nothing.
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
    if backend.operators.include(user) {
        return Err(DeleteAccountError::RunsTheShop);
    }
    for _ in 0..LOOKS {
        if let Look::Deleted = look(backend, user.id, &hash).await? {
            tracing::info!("an account was deleted");
            return Ok(());
        }
    }
    Err(DeleteAccountError::Unsteady)
}

/// Deletes the account in one transaction, if nothing stands in the way.
///
/// Tickets before the account, as everywhere. A listing or a place in line that was made between the
/// two is not locked: then all of it is done again.
async fn look(backend: &Backend, user: UserId, verified: &str) -> Result<Look, DeleteAccountError> {
    let mut tx = backend.db.begin().await?;
    let tickets = store::lock_tickets(&mut tx, user).await?;
    let account = store::lock_account(&mut tx, user, verified).await?;
    let Some(email) = account else {
        // Changed, or deleted, by another request since it was confirmed.
        return Err(DeleteAccountError::Unconfirmed(ConfirmError::WrongPassword));
    };
    let standing = store::standing(&mut tx, user, &tickets).await?;
    if standing.has_moved_on {
        return Ok(Look::MovedOn);
    }
    may_go(&standing)?;
    store::withdraw_all(&mut tx, user).await?;
    store::erase(&mut tx, user, &email).await?;
    tx.commit().await?;
    Ok(Look::Deleted)
}

/// The rule: nobody is left alone with a payment, a ticket that they pay for, or one that they have
/// bought and not used yet.
fn may_go(standing: &store::Standing) -> Result<(), DeleteAccountError> {
    match standing {
        store::Standing { holds_a_ticket: true, .. } => Err(DeleteAccountError::HoldsATicket),
        store::Standing { awaits_money: true, .. } => Err(DeleteAccountError::AwaitsMoney),
        store::Standing { is_bought_from: true, .. } => Err(DeleteAccountError::IsBoughtFrom),
        store::Standing { has_sold_what_is_to_come: true, .. } => Err(DeleteAccountError::HasSoldWhatIsToCome),
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
            DeleteAccountError::Unsteady => Code::Unavailable.into(),
            DeleteAccountError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests;
