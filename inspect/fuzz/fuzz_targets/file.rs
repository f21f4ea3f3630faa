//! Any bytes as a file. The samples are its corpus.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use model::inspection::{FILE_BYTES, FILE_CODES, FILE_PAGES, FILE_TEXT_BYTES};

fuzz_target!(|file: &[u8]| {
    let Ok((found, bare)) = inspect::inspect_to_keep(file, Duration::from_millis(500)) else { return };
    assert!(bare.is_none_or(|bare| bare.bytes.len() <= FILE_BYTES));
    assert!(found.pages.len() <= FILE_PAGES);
    assert!(found.codes().count() <= FILE_CODES);
    assert!(found.pages.iter().map(|page| page.text.len()).sum::<usize>() <= FILE_TEXT_BYTES);
});
