//! The parts of the sitemap, as far as this server has read them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    Backend,
    catalogue::sitemap::{Batch, Part, SitemapError, coming, next_part},
};
use model::EventId;
use tokio::sync::{Mutex, Semaphore};

/// How long the last part, to which events are added, is believed to be as it was.
const FRESH: Duration = Duration::from_mins(1);
/// Statements for it that a server runs at once.
const READ_AT_ONCE: usize = 2;

/// The parts of the sitemap, as far as this server knows them.
#[derive(Clone, Debug)]
pub struct Sitemap {
    parts: Arc<Mutex<Parts>>,
    reading: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Parts {
    /// Full ones, which stay as they are.
    full: Vec<Part>,
    /// The last one, and when it was read.
    last: Option<(Part, Instant)>,
}

impl Default for Sitemap {
    fn default() -> Self {
        Self { parts: Arc::default(), reading: Arc::new(Semaphore::new(READ_AT_ONCE)) }
    }
}

impl Sitemap {
    /// All parts. Requests that come meanwhile wait for the answer.
    pub(super) async fn parts(&self, backend: &Backend) -> Result<Vec<Part>, SitemapError> {
        let mut parts = self.parts.lock().await;
        let fresh = parts.last.filter(|(_, read)| read.elapsed() < FRESH);
        let last = match fresh {
            Some((part, _)) => part,
            None => loop {
                let part = next_part(backend, parts.full.last()).await?;
                if !part.is_full() {
                    parts.last = Some((part, Instant::now()));
                    break part;
                }
                parts.full.push(part);
            },
        };
        Ok(parts.full.iter().copied().chain([last]).collect())
    }

    /// Some of the events of a part, as [`coming`] reads them.
    pub(super) async fn coming(
        &self,
        backend: &Backend,
        part: &Part,
        from: Option<EventId>,
    ) -> Result<Batch, SitemapError> {
        let _turn = self.reading.acquire().await;
        coming(backend, part, from).await
    }
}
