//! Loading a file, as its seller has handed it in.

use model::{AppError, Code, OrderId, TicketFileId, UserId};
use platform::{
    files::FileStoreError,
    sealing::{Sealed, SealingError},
};

use super::{
    open_store::{self, FileRow},
    store,
};
use crate::{Backend, database};

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The user has no such file: it does not exist, is another user's, or is not paid for and opened.
    #[error("the user has no such file")]
    NotFound,
    /// The store of files has lost it.
    #[error("the file is not in the store")]
    Lost,
    /// It was not opened.
    #[error("the file was not opened")]
    Sealing(#[from] SealingError),
    /// The store of files does not answer.
    #[error("the file was not loaded")]
    Files(#[from] FileStoreError),
    /// A query that looks for it failed.
    #[error("the file was not looked for")]
    Database(#[from] sqlx::Error),
}

/// A file.
#[derive(Clone, Debug)]
pub struct LoadedFile {
    /// Its kind, as `ticket_files.kind` has it.
    pub kind: String,
    /// A PDF or a pass as its seller has sent it, byte by byte; of a picture the pixels.
    pub bytes: Vec<u8>,
}

/// A file of an order, for the buyer who has paid for it and opened its tickets.
///
/// # Errors
///
/// Each variant of [`LoadError`] is one reason.
#[tracing::instrument(name = "delivery.load", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn load(
    backend: &Backend,
    buyer: UserId,
    order: OrderId,
    file: TicketFileId,
) -> Result<LoadedFile, LoadError> {
    let files = open_store::files(&backend.db, buyer, order).await?;
    let row = files.into_iter().find(|row| row.id == file).ok_or(LoadError::NotFound)?;
    read(backend, row).await
}

/// The bytes of a file that the user may have.
pub(super) async fn read(backend: &Backend, row: FileRow) -> Result<LoadedFile, LoadError> {
    let file = row.id;
    let sealed = backend.delivery.files.get(&store::name(file)).await?.ok_or(LoadError::Lost)?;
    let own = Sealed { key_id: row.key_id, bytes: row.sealed_key };
    let bytes = backend.delivery.keys.open_file(file.as_uuid().as_bytes(), &sealed, &own)?;
    Ok(LoadedFile { kind: row.kind, bytes })
}

impl From<LoadError> for AppError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::NotFound => Code::FileNotFound.into(),
            LoadError::Lost | LoadError::Sealing(_) => Code::Internal.into(),
            LoadError::Files(_) => Code::Unavailable.into(),
            LoadError::Database(error) => database::public_code(&error).into(),
        }
    }
}
