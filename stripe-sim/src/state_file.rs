//! The state file: payments and idempotency keys outlive a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::idempotency::IdempotencyKeys;
use crate::model::database::Database;
use crate::state::{AppState, State};

/// How long changes are gathered before they are written.
const SAVE_INTERVAL: Duration = Duration::from_secs(1);

/// The file as read. The aliases, here and in the model, read files of earlier versions.
#[derive(Deserialize)]
struct Snapshot {
    #[serde(alias = "ledger")]
    db: Database,
    #[serde(alias = "replays")]
    idempotency_keys: IdempotencyKeys,
}

/// The file as written.
#[derive(Serialize)]
struct SnapshotRef<'a> {
    db: &'a Database,
    idempotency_keys: &'a IdempotencyKeys,
}

/// Reads a state file. Without a file the state is empty.
pub(crate) fn load(path: &Path) -> io::Result<State> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(error),
    };
    let Snapshot { db, idempotency_keys } = serde_json::from_slice(&text).map_err(|error| {
        let message = format!("{} is not a state file of stripe-sim: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    })?;
    Ok(State { db, idempotency_keys, ..State::default() })
}

/// Writes the file after changes, until `stop` changes, and once more then.
pub(crate) async fn save_changes(app: Arc<AppState>, path: PathBuf, mut stop: watch::Receiver<bool>) {
    let mut saved_revision = app.lock().revision;
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(SAVE_INTERVAL) => false,
            _ = stop.changed() => true,
        };
        let revision = app.lock().revision;
        if revision != saved_revision {
            let (app, to) = (Arc::clone(&app), path.clone());
            let outcome = tokio::task::spawn_blocking(move || save(&app, &to)).await;
            match outcome.map_err(io::Error::other).and_then(|saved| saved) {
                Ok(()) => saved_revision = revision,
                Err(error) => {
                    tracing::error!(path = %path.display(), %error, "state file not written");
                }
            }
        }
        if stopping {
            return;
        }
    }
}

/// Writes a second file and renames it, so that a crash leaves the old or the new one complete.
fn save(app: &AppState, path: &Path) -> io::Result<()> {
    let text = {
        let state = app.lock();
        serde_json::to_vec(&SnapshotRef { db: &state.db, idempotency_keys: &state.idempotency_keys })?
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, text)?;
    std::fs::rename(&temporary, path)
}
