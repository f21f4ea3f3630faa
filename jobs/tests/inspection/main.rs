//! The process that reads the files of tickets, and who asks it: `gittix-jobs inspect` by `platform::inspection`.

mod bombs;

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use model::inspection::{FILE_BYTES, FileKind, Refused};
use platform::inspection::{FILE_TIME, Inspected, InspectionError, Inspector};

const PROGRAM: &str = env!("CARGO_BIN_EXE_gittix-jobs");

fn sample(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../inspect/samples").join(name)).expect("a sample")
}

#[tokio::test]
async fn a_file_is_read_by_another_process() {
    let file = sample("reportlab-qr-a4.pdf");
    let Inspected { found, picture } = Inspector::new(PROGRAM, 1).inspect(&file).await.expect("a ticket");
    assert!(picture.is_none(), "a PDF is kept as it is");
    assert_eq!(found.kind, FileKind::Pdf);
    assert_eq!(found.codes().map(|code| code.text.as_str()).collect::<Vec<_>>(), ["LH20931-104-F-12-7Q2K"]);
}

#[tokio::test]
async fn a_picture_is_drawn_anew_by_that_process() {
    let file = sample("screenshot-qr.png");
    let Inspected { found, picture } = Inspector::new(PROGRAM, 1).inspect(&file).await.expect("a ticket");
    let picture = picture.expect("a picture");
    assert_eq!(picture.kind, FileKind::Png);
    let again = Inspector::new(PROGRAM, 1).inspect(&picture.bytes).await.expect("a ticket");
    assert_eq!(again.found, found);
}

#[tokio::test]
async fn a_refusal_says_why() {
    let inspector = Inspector::new(PROGRAM, 1);
    let too_large = vec![b' '; FILE_BYTES + 1000];
    for (file, why) in [
        (&b"no ticket"[..], Refused::UnknownKind),
        (&sample("pikepdf-password.pdf"), Refused::Encrypted),
        (&too_large, Refused::TooLarge),
    ] {
        let error = inspector.inspect(file).await.expect_err("a refusal");
        assert!(matches!(error, InspectionError::Refused(told) if told == why), "{error:?}");
    }
}

/// A picture of a few kilobytes that has 40 million pixels, which is as many as may be, fits into the memory.
#[tokio::test]
async fn the_largest_picture_fits_into_the_memory() {
    let picture = Inspector::new(PROGRAM, 1).inspect(&bombs::white_png(8000, 5000)).await.expect("a picture");
    assert_eq!(picture.found.codes().count(), 0);
    assert!(picture.picture.is_some());
}

#[tokio::test]
async fn a_file_that_takes_all_memory_breaks_its_own_process_alone() {
    let inspector = Inspector::new(PROGRAM, 2);
    let (bomb, good) = (bombs::pdf_of_memory(), sample("screenshot-qr.png"));
    let (bomb, good) = tokio::join!(inspector.inspect(&bomb), inspector.inspect(&good));
    let error = bomb.expect_err("no answer");
    // On a machine that is busy the clock may be first.
    let is_ended = match &error {
        InspectionError::Broke(status) => status.signal().is_some(),
        error => matches!(error, InspectionError::TimedOut),
    };
    assert!(is_ended, "{error:?}");
    assert_eq!(good.expect("a ticket").found.codes().count(), 1);
    assert!(inspector.inspect(&sample("screenshot-qr.png")).await.is_ok());
}

#[tokio::test]
async fn a_file_that_takes_for_ever_is_ended() {
    let begin = Instant::now();
    let error = Inspector::new(PROGRAM, 1).inspect(&bombs::pdf_of_time()).await.expect_err("no answer");
    // By the kernel or by the clock, whichever comes first: a busy machine has less of a processor for it.
    assert!(matches!(error, InspectionError::Broke(_) | InspectionError::TimedOut), "{error:?}");
    assert!(begin.elapsed() + Duration::from_secs(1) >= FILE_TIME);
}

/// A program that sleeps uses no processor: only the clock of who asks ends it.
#[tokio::test]
async fn a_process_that_does_not_answer_is_ended() {
    let program = script("sleeps", "echo $$ > \"${0%.sh}.id\"\nexec sleep 600");
    let error = Inspector::new(&program, 1).inspect(b"%PDF-").await.expect_err("no answer");
    assert!(matches!(error, InspectionError::TimedOut), "{error:?}");
    let id = fs::read_to_string(program.with_extension("id")).expect("its id");
    assert!(!Path::new("/proc").join(id.trim()).exists(), "the process is still there");
}

#[tokio::test]
async fn an_answer_is_bounded_and_must_be_one() {
    let error = Inspector::new(script("floods", "exec yes"), 1).inspect(b"%PDF-").await.expect_err("no answer");
    assert!(matches!(error, InspectionError::Broke(_) | InspectionError::NoAnswer), "{error:?}");
    let error = Inspector::new(script("chats", "echo hello"), 1).inspect(b"%PDF-").await.expect_err("no answer");
    assert!(matches!(error, InspectionError::NoAnswer), "{error:?}");
    let error = Inspector::new("/nowhere/gittix-jobs", 1).inspect(b"%PDF-").await.expect_err("no answer");
    assert!(matches!(error, InspectionError::Process(_)), "{error:?}");
    let unconfined = Inspector::new(script("open", "exit 69"), 1).inspect(b"%PDF-").await.expect_err("no answer");
    assert!(matches!(unconfined, InspectionError::Unconfined), "{unconfined:?}");
}

#[tokio::test]
async fn the_process_gets_nothing_of_ours() {
    // Names, not values: a shell adds a few of its own.
    let program = script("tells", "env | cut -d = -f 1 > \"${0%.sh}.env\"; pwd >> \"${0%.sh}.env\"");
    let _ = Inspector::new(&program, 1).inspect(b"%PDF-").await;
    let told = fs::read_to_string(program.with_extension("env")).expect("what it told");
    let mut told: Vec<_> = told.lines().filter(|name| !["PWD", "SHLVL", "_", "OLDPWD"].contains(name)).collect();
    told.sort_unstable();
    assert_eq!(told, ["/", "MIMALLOC_DISALLOW_ARENA_ALLOC"]);
}

/// The limits, as the kernel tells them of a process that waits for its file.
#[test]
fn the_process_limits_itself_before_it_reads() {
    let mut child =
        Command::new(PROGRAM).arg("inspect").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("a process");
    let folder = Path::new("/proc").join(child.id().to_string());
    let has = |file: &str, line: &str| fs::read_to_string(folder.join(file)).unwrap_or_default().contains(line);
    let end = Instant::now() + Duration::from_secs(20);
    while !has("status", "Seccomp:\t2") {
        assert!(Instant::now() < end, "it does not limit itself");
        std::thread::yield_now();
    }
    let limits = BufReader::new(fs::File::open(folder.join("limits")).expect("its limits"));
    let limits: Vec<String> = limits.lines().map_while(Result::ok).collect();
    let limit = |name: &str| {
        let line = limits.iter().find_map(|line| line.strip_prefix(name)).expect("the limit");
        line.split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit("Max address space"), ["536870912"; 2]);
    assert_eq!(limit("Max cpu time"), ["5"; 2]);
    assert_eq!(limit("Max open files"), ["3"; 2]);
    assert_eq!(limit("Max processes"), ["0"; 2]);
    assert_eq!(limit("Max core file size"), ["0"; 2]);
    let status = fs::read_to_string(folder.join("status")).expect("its status");
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).expect("its size");
    let kilobytes: u64 = size.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kilobytes < 256 * 1024, "it holds {kilobytes} kB of addresses before it reads");
    drop(child.stdin.take());
    assert!(child.wait().expect("an end").success());
}

/// A program that stands for `gittix-jobs`, in the folder of this test's files.
fn script(name: &str, body: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.sh"));
    let draft = path.with_extension("draft");
    fs::write(&draft, format!("#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n")).expect("a file");
    fs::set_permissions(&draft, fs::Permissions::from_mode(0o755)).expect("a program");
    fs::rename(&draft, &path).expect("its name");
    path
}
