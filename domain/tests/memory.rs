//! What hashing passwords leaves resident. A program of its own: nothing else allocates beside it.

use std::fs;

use domain::auth::password::{Password, Passwords};
use futures_util::future::join_all;

/// Hashes at once, as many as a server runs on a machine of four cores or more.
const AT_ONCE: usize = 4;
/// argon2's memory for one hash.
const HASH_BYTES: usize = 19 * 1024 * 1024;
/// Threads, the runtime, and the allocator's own.
const BESIDE_BYTES: usize = 32 * 1024 * 1024;

/// Proves that memory is kept with the permits: allocated for each hash, glibc 2.36 returns little of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_stays_bounded_after_200_hashes() {
    let passwords = Passwords::new(AT_ONCE);
    let before = resident_bytes();
    let hash =
        passwords.hash(&Password::parse("correct horse battery", "").expect("long enough")).await.expect("hashes");
    // As sign-ins come: some at once, and each keeps a little (a session, a line of the log) when it is done.
    let mut kept = Vec::new();
    for _ in 0..20 {
        let verified = join_all((0..10).map(|_| passwords.verify("correct horse battery", Some(hash.clone())))).await;
        kept.extend(verified.into_iter().map(|verified| Box::new(verified.expect("verifies"))));
    }
    assert_eq!(kept.len(), 200);
    assert!(kept.iter().all(|verified| **verified));
    let grown = resident_bytes().saturating_sub(before);
    println!("200 hashes, {AT_ONCE} at once: {} MiB more are resident", grown / 1024 / 1024);
    assert!(grown < AT_ONCE * HASH_BYTES + BESIDE_BYTES, "{} MiB more are resident", grown / 1024 / 1024);
}

/// The pages of this process that are in memory, at 4 KiB each.
fn resident_bytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number of pages");
    pages * 4096
}
