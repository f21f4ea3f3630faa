//! A worker's sign of life. Nobody connects to a worker, so it touches a file, and whoever watches over
//! it looks how long ago that was.

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

/// How often.
const BEAT: Duration = Duration::from_secs(5);
/// A worker that has not shown for so long is stuck: its jobs and sweeps wait for others and are never
/// busy for even one beat.
const PATIENCE: Duration = Duration::from_mins(1);

/// Why a worker seems not to live.
#[derive(Debug, thiserror::Error)]
pub enum AliveError {
    /// There is no sign to look for.
    #[error("ALIVE_FILE is not set")]
    NotSet,
    /// It has never shown, or where it did cannot be read.
    #[error("{file} cannot be read", file = .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It has shown once, and not lately.
    #[error("no sign of life for {} s", .0.as_secs())]
    Stuck(Duration),
}

/// Shows for as long as it is polled, from the task that sweeps: what holds up the one holds up the other.
pub(crate) async fn show(file: Option<&Path>) -> Infallible {
    let Some(file) = file else { return std::future::pending().await };
    loop {
        if let Err(error) = fs::write(file, "alive\n") {
            tracing::warn!(%error, "the sign of life was not written");
        }
        tokio::time::sleep(BEAT).await;
    }
}

/// Whether a worker has shown lately.
///
/// # Errors
///
/// When it has not.
pub fn check(file: Option<&Path>) -> Result<(), AliveError> {
    let file = file.ok_or(AliveError::NotSet)?;
    let shown = fs::metadata(file).and_then(|file| file.modified());
    let shown = shown.map_err(|error| AliveError::Unreadable(file.to_owned(), error))?;
    // A sign from the future is one from before the clock was set back: it will be renewed.
    let silent = shown.elapsed().unwrap_or_default();
    if silent > PATIENCE { Err(AliveError::Stuck(silent)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, time::SystemTime};

    use super::*;

    #[tokio::test]
    async fn one_that_shows_lives_until_it_is_silent() {
        let file = std::env::temp_dir().join(format!("gittix-alive-{}", std::process::id()));
        assert!(matches!(check(Some(&file)), Err(AliveError::Unreadable(..))));

        let shown = tokio::time::timeout(Duration::from_millis(50), show(Some(&file))).await;
        assert!(shown.is_err(), "it goes on showing");
        check(Some(&file)).expect("lives");

        let long_ago = SystemTime::now() - PATIENCE - Duration::from_secs(1);
        File::options().write(true).open(&file).and_then(|file| file.set_modified(long_ago)).expect("a time");
        assert!(matches!(check(Some(&file)), Err(AliveError::Stuck(_))));
        fs::remove_file(file).expect("removed");
    }

    #[test]
    fn nobody_vouches_for_one_that_shows_nothing() {
        assert!(matches!(check(None), Err(AliveError::NotSet)));
    }
}
