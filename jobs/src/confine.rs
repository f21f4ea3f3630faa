//! Limits of the process that reads strangers' files: what it may use, and what it may ask of the kernel.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Memory, in bytes of addresses: with the program itself, of which a part is used.
const MEMORY_BYTES: u64 = 512 * 1024 * 1024;
/// Time on a processor, in seconds. The kernel then ends the process.
const PROCESSOR_SECONDS: u64 = 5;
/// Standard input, output and error. No other file, pipe or socket can be opened.
const OPEN_FILES: u64 = 3;

/// Why the process is not limited.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfineError {
    /// A limit was refused.
    #[error("the system refuses a limit on {0:?}")]
    Limit(Resource, #[source] io::Error),
    /// The filter of system calls was refused.
    #[error("the system refuses the filter of system calls")]
    Filter(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Limits this process, for good.
///
/// # Errors
///
/// When the system refuses a limit. Nothing may be read then.
pub(crate) fn confine() -> Result<(), ConfineError> {
    for (resource, most) in [
        (Resource::As, MEMORY_BYTES),
        (Resource::Cpu, PROCESSOR_SECONDS),
        (Resource::Nofile, OPEN_FILES),
        (Resource::Nproc, 0),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|error| ConfineError::Limit(resource, error.into()))?;
    }
    filter_calls()
}

/// Leaves this thread the system calls that computing, reading and writing need. All others fail: among them those that
/// open a socket or a file, start a program or a thread, and make memory executable.
#[cfg(target_os = "linux")]
fn filter_calls() -> Result<(), ConfineError> {
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };

    /// The third argument of `mmap` and `mprotect` is what the memory is for.
    const PROTECTION: u8 = 2;
    const ALLOWED: [i64; 25] = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_getrandom,
        libc::SYS_clock_gettime,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let refused = |error: seccompiler::BackendError| ConfineError::Filter(error.into());
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    let not_executable = || {
        let condition =
            SeccompCondition::new(PROTECTION, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(executable), 0)?;
        SeccompRule::new(vec![condition])
    };
    let mut rules: std::collections::BTreeMap<_, _> = ALLOWED.into_iter().map(|call| (call, Vec::new())).collect();
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(call, vec![not_executable().map_err(refused)?]);
    }
    let architecture = std::env::consts::ARCH.try_into().map_err(refused)?;
    let otherwise = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let filter = SeccompFilter::new(rules, otherwise, SeccompAction::Allow, architecture).map_err(refused)?;
    let program: BpfProgram = filter.try_into().map_err(refused)?;
    seccompiler::apply_filter(&program).map_err(|error| ConfineError::Filter(error.into()))
}

/// Other systems have no such filter: there, only the limits hold. Developers run them, and no site.
#[cfg(not(target_os = "linux"))]
fn filter_calls() -> Result<(), ConfineError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::ErrorKind,
        net::{TcpListener, UdpSocket},
        os::unix::net::UnixDatagram,
        process::Command,
        thread,
    };

    use super::filter_calls;

    /// The filter is this thread's alone, unlike the limits, which are the process's: `jobs/tests/inspection` has those.
    #[test]
    fn no_socket_file_program_or_thread_can_be_opened() {
        let denied = |error: std::io::Error| assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        let thread = thread::spawn(move || {
            filter_calls().expect("a filter");
            denied(TcpListener::bind("127.0.0.1:0").expect_err("a socket"));
            denied(UdpSocket::bind("127.0.0.1:0").expect_err("a socket"));
            denied(UnixDatagram::unbound().expect_err("a socket"));
            denied(File::open("/etc/hostname").expect_err("a file"));
            denied(Command::new("/bin/true").status().expect_err("a program"));
            denied(thread::Builder::new().spawn(|| ()).expect_err("a thread"));
            vec![1_u8; 10_000_000].len()
        });
        assert_eq!(thread.join().expect("no panic"), 10_000_000);
    }
}
