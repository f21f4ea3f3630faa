//! The images of this server: one is drawn at a time, and what was drawn is kept.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Semaphore,
    task::{JoinError, spawn_blocking},
    time::timeout,
};

use super::{
    cache::{Cache, Image},
    draw::{DrawError, Picture, draw},
};

/// Images that a server draws at once.
const DRAWN_AT_ONCE: usize = 1;
/// How long a request waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);
/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub(super) enum PreviewError {
    /// Others are waiting for theirs.
    #[error("it was not this image's turn in time")]
    Busy,
    /// See [`DrawError`].
    #[error("the image was not drawn")]
    Draw(#[from] DrawError),
    /// A fault of the library.
    #[error("drawing panicked")]
    Panicked(#[from] JoinError),
}

/// The images that this server has drawn.
#[derive(Clone, Debug)]
pub struct Previews {
    cache: Cache,
    turns: Arc<Semaphore>,
}

impl Default for Previews {
    fn default() -> Self {
        Self { cache: Cache::default(), turns: Arc::new(Semaphore::new(DRAWN_AT_ONCE)) }
    }
}

impl Previews {
    /// The image for `key`, if it was confirmed a short while ago.
    pub(super) fn fresh(&self, key: &str) -> Option<Image> {
        self.cache.fresh(key)
    }

    /// The image of `picture`: the one that was drawn for `key`, if it shows the same.
    pub(super) async fn image(&self, key: String, picture: Picture) -> Result<Image, PreviewError> {
        if let Some(image) = self.cache.confirm(&key, &picture) {
            return Ok(image);
        }
        let turn = timeout(TURN_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(PreviewError::Busy)?;
        // The request that had the turn before may have drawn the same.
        if let Some(image) = self.cache.confirm(&key, &picture) {
            return Ok(image);
        }
        let cache = self.cache.clone();
        // The turn ends with the drawing, also where the client has gone meanwhile.
        let drawn = spawn_blocking(move || {
            let png = draw(&picture);
            drop(turn);
            png.map(|png| cache.keep(key, picture, png))
        });
        Ok(drawn.await??)
    }
}
