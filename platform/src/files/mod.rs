//! Where sealed files lie. It knows names and bytes, and neither keys nor owners.

mod bucket;
mod http;
mod settings;
#[cfg(test)]
mod tests;

pub use self::{bucket::Bucket, settings::FilesSettings};

use std::{path::Path as FilePath, sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, memory::InMemory, path::Path};

/// A store of files.
#[derive(Clone, Debug)]
pub struct FileStore(Arc<dyn ObjectStore>);

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
#[error("the store of files does not answer")]
pub struct FileStoreError(#[from] object_store::Error);

impl FileStore {
    /// Files in a folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be made or read.
    pub fn folder(folder: &FilePath) -> Result<Self, FileStoreError> {
        let failed =
            |source| FileStoreError(object_store::Error::Generic { store: "folder", source: Box::new(source) });
        std::fs::create_dir_all(folder).map_err(failed)?;
        // A buyer pays for what is in it: it is on the disk before the seller is told so.
        Ok(Self(Arc::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
    }

    /// Files in memory, for tests.
    #[must_use]
    pub fn memory() -> Self {
        Self(Arc::new(InMemory::new()))
    }

    /// Stores a file, in the place of another one of that name.
    ///
    /// # Errors
    ///
    /// When the store does not answer. Nothing is stored then, or all of it.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), FileStoreError> {
        self.0.put(&Path::from(name), PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileStoreError> {
        match self.0.get(&Path::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes a file, if there is one.
    ///
    /// # Errors
    ///
    /// When the store does not answer.
    pub async fn delete(&self, name: &str) -> Result<(), FileStoreError> {
        match self.0.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The names of the files, in no order, that were stored longer ago than `age`, by the store's clock and this
    /// machine's.
    pub fn older_than(&self, age: Duration) -> BoxStream<'static, Result<String, FileStoreError>> {
        let now = std::time::SystemTime::now();
        let files = self.0.list(None);
        let old = files.try_filter_map(move |file| {
            let stored: std::time::SystemTime = file.last_modified.into();
            let is_old = now.duration_since(stored).is_ok_and(|passed| passed > age);
            std::future::ready(Ok(is_old.then(|| file.location.to_string())))
        });
        old.map_err(FileStoreError::from).boxed()
    }
}
