//! The books in a file, so that they outlive a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::api::replays::Replays;
use crate::hub::{Hub, State};
use crate::model::Ledger;

/// Changes are gathered this long before they are written.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Deserialize)]
struct Snapshot {
    ledger: Ledger,
    replays: Replays,
}

#[derive(Serialize)]
struct SnapshotRef<'a> {
    ledger: &'a Ledger,
    replays: &'a Replays,
}

/// The state in a file; a file that is not there is an empty state.
pub(crate) fn load(path: &Path) -> io::Result<State> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        Err(error) => return Err(error),
    };
    let Snapshot { ledger, replays } = serde_json::from_slice(&text).map_err(|error| {
        let message = format!("{} is not a state file of stripe-sim: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    })?;
    Ok(State { ledger, replays, ..State::default() })
}

/// Writes the state after changes, until told to stop; then once more.
pub(crate) async fn keep(hub: Arc<Hub>, path: PathBuf, mut stop: watch::Receiver<bool>) {
    let mut written = hub.lock().revision;
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(PAUSE) => false,
            _ = stop.changed() => true,
        };
        let revision = hub.lock().revision;
        if revision != written {
            let (hub, to) = (Arc::clone(&hub), path.clone());
            let outcome = tokio::task::spawn_blocking(move || save(&hub, &to)).await;
            match outcome.map_err(io::Error::other).and_then(|saved| saved) {
                Ok(()) => written = revision,
                Err(error) => {
                    tracing::error!(path = %path.display(), %error, "books not written");
                }
            }
        }
        if stopping {
            return;
        }
    }
}

/// Writes beside the file and renames: a crash leaves the old or the new one, never a half.
fn save(hub: &Hub, path: &Path) -> io::Result<()> {
    let text = {
        let state = hub.lock();
        serde_json::to_vec(&SnapshotRef { ledger: &state.ledger, replays: &state.replays })?
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("tmp");
    std::fs::write(&beside, text)?;
    std::fs::rename(&beside, path)
}
