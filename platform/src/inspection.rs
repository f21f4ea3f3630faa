//! Asks another process what is in a ticket's file.
//!
//! Decoders are large, and files come from strangers. So each file is read by a process of its own, `gittix-jobs
//! inspect`, which limits itself before it reads. A file that breaks it breaks nothing else.

use std::{
    io,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    sync::Arc,
    time::Duration,
};

use model::inspection::{Answer, FILE_BYTES, FileKind, Found, Refused};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

/// Time for one file, from the start of the process to its answer. Waiting for a place is not counted.
pub const FILE_TIME: Duration = Duration::from_secs(5);
/// Greatest length of an answer, in bytes: a line, for which the bounds on text and codes leave room, and a picture.
const ANSWER_BYTES: u64 = 1024 * 1024 + FILE_BYTES as u64;

/// The status of a process that could not limit itself, and so has read nothing. `EX_UNAVAILABLE` of `sysexits.h`.
pub const UNCONFINED: u8 = 69;

/// The setting of mimalloc, the allocator of `gittix-jobs`, with which it asks for the memory that it needs. Otherwise it
/// takes a gigabyte of addresses at the start, and a limit on memory would come too late.
pub const ALLOCATOR: (&str, &str) = ("MIMALLOC_DISALLOW_ARENA_ALLOC", "1");

/// Reads files in processes of their own, so many at a time.
#[derive(Clone, Debug)]
pub struct Inspector {
    program: PathBuf,
    places: Arc<Semaphore>,
}

/// A file that was looked at.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// What was found in it.
    pub found: Found,
    /// What is kept instead of it, for a picture: its pixels, without what its camera wrote beside them.
    pub picture: Option<Picture>,
}

/// A picture that was drawn anew.
#[derive(Clone, Debug)]
pub struct Picture {
    /// What kind of file it is now.
    pub kind: FileKind,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why there is nothing about a file.
#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    /// It is of no kind that is read, or beyond a bound, or damaged.
    #[error("the file was refused")]
    Refused(#[source] Refused),
    /// It took longer than [`FILE_TIME`].
    #[error("the file took too long")]
    TimedOut,
    /// It ended the process that read it: out of memory or of processor time, or a fault of a decoder.
    #[error("the file broke the process that read it ({0})")]
    Broke(ExitStatus),
    /// The system does not let the process limit itself. No file is read there.
    #[error("the process that reads files cannot limit itself on this system")]
    Unconfined,
    /// The process could not be started or asked.
    #[error("the process that reads files does not run")]
    Process(#[source] io::Error),
    /// The process ended well and said something else than an answer.
    #[error("the process that reads files gave no answer")]
    NoAnswer,
}

impl Inspector {
    /// Runs `program`, which is `gittix-jobs`, at most `at_once` times at a time.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>, at_once: usize) -> Self {
        Self { program: program.into(), places: Arc::new(Semaphore::new(at_once)) }
    }

    /// What is in the file, and what is kept of it. Waits while as many files as may be are read. A caller that goes away ends the process.
    ///
    /// # Errors
    ///
    /// Every [`InspectionError`]. Two are the file's own, `Refused` and, most often, `Broke` and `TimedOut`: the same
    /// file will not do better.
    #[tracing::instrument(name = "inspection.inspect", skip_all, fields(file.bytes = file.len()))]
    pub async fn inspect(&self, file: &[u8]) -> Result<Inspected, InspectionError> {
        let Ok(_place) = self.places.acquire().await else { return Err(InspectionError::NoAnswer) };
        let mut child = self.start().map_err(InspectionError::Process)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(InspectionError::NoAnswer);
        };
        let Ok(answer) = timeout(FILE_TIME, ask(&mut child, stdin, stdout, file)).await else {
            child.kill().await.map_err(InspectionError::Process)?;
            return Err(InspectionError::TimedOut);
        };
        let (answer, status) = answer.map_err(InspectionError::Process)?;
        if status.code() == Some(UNCONFINED.into()) {
            return Err(InspectionError::Unconfined);
        }
        if !status.success() {
            return Err(InspectionError::Broke(status));
        }
        read(answer)
    }

    /// With nothing of ours: not the environment, which has passwords, and no log, to which a decoder could write content.
    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .arg("inspect")
            .env_clear()
            .env(ALLOCATOR.0, ALLOCATOR.1)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

/// Reads the line, and takes the rest for the picture.
fn read(mut answer: Vec<u8>) -> Result<Inspected, InspectionError> {
    let end = answer.iter().position(|byte| *byte == b'\n').ok_or(InspectionError::NoAnswer)?;
    let line: Result<Answer, Refused> =
        serde_json::from_slice(&answer[..end]).map_err(|_| InspectionError::NoAnswer)?;
    let Answer { found, picture } = line.map_err(InspectionError::Refused)?;
    let picture = picture.map(|kind| Picture { kind, bytes: answer.split_off(end + 1) });
    if picture.as_ref().is_some_and(|picture| picture.bytes.is_empty()) {
        return Err(InspectionError::NoAnswer);
    }
    Ok(Inspected { found, picture })
}

/// Gives the process its file and takes its answer, both at the same time: it may end before it has read everything.
async fn ask(
    child: &mut Child,
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    file: &[u8],
) -> io::Result<(Vec<u8>, ExitStatus)> {
    let give = async move {
        match stdin.write_all(file).await {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    };
    let mut answer = Vec::new();
    let take = async {
        stdout.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
        Ok(())
    };
    tokio::try_join!(give, take)?;
    Ok((answer, child.wait().await?))
}
