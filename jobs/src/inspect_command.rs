//! `gittix-jobs inspect`: says what is in a ticket's file.
//!
//! The file is standard input. The answer on standard output is a line of JSON, `Result<Answer, Refused>` of
//! `model::inspection`, and after it, for a picture, the file that is kept in its place.
//! [`platform::inspection::Inspector`] runs it.

use std::{
    env,
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    process::{Command, ExitCode},
    time::Duration,
};

use model::{
    error::causes,
    inspection::{Answer, FILE_BYTES, Refused},
};
use platform::inspection::{ALLOCATOR, UNCONFINED};

use crate::confine::confine;

/// How long to look, less than the process has: what was found until then is told.
const LOOK: Duration = Duration::from_millis(3_500);

/// Limits the process, reads the file, looks at it and answers.
#[must_use]
pub fn run() -> ExitCode {
    if env::var_os(ALLOCATOR.0).is_none_or(|value| value != ALLOCATOR.1) {
        return again();
    }
    if let Err(error) = confine() {
        eprintln!("gittix-jobs: {}", causes(&error));
        return ExitCode::from(UNCONFINED);
    }
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gittix-jobs: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Becomes this program anew, with the setting of the allocator, which reads it before `main`. Only who calls the command
/// by hand goes this way: the inspector has the setting from the start.
fn again() -> ExitCode {
    let error = match env::current_exe() {
        Ok(program) => Command::new(program).arg("inspect").env_clear().env(ALLOCATOR.0, ALLOCATOR.1).exec(),
        Err(error) => error,
    };
    eprintln!("gittix-jobs: {error}");
    ExitCode::from(UNCONFINED)
}

fn answer() -> io::Result<()> {
    let mut file = Vec::new();
    // One byte more than may be, so that a longer one is refused.
    io::stdin().take(FILE_BYTES as u64 + 1).read_to_end(&mut file)?;
    let (answer, picture) = match look(&file) {
        Ok((answer, picture)) => (Ok(answer), picture),
        Err(refused) => (Err(refused), Vec::new()),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, &answer)?;
    out.write_all(b"\n")?;
    out.write_all(&picture)?;
    out.flush()
}

/// The answer, and the picture that is kept, if the file is one.
fn look(file: &[u8]) -> Result<(Answer, Vec<u8>), Refused> {
    let (found, bare) = inspect::inspect_to_keep(file, LOOK)?;
    let (picture, bytes) = bare.map_or_else(Default::default, |bare| (Some(bare.kind), bare.bytes));
    Ok((Answer { found, picture }, bytes))
}
