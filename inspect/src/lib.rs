//! What a machine finds in a ticket's file: what the file is, its pages, the codes on them, its text, and the words in
//! it that look like a seat.
//!
//! ```
//! # let file = include_bytes!("../samples/qr.pkpass");
//! let found = inspect::inspect(file, std::time::Duration::from_secs(4)).expect("a pass");
//! assert_eq!(found.codes().next().expect("its code").text, "PASS-LH-20931-15");
//! ```
//!
//! Files come from strangers, and decoders are large. This crate bounds what it allocates and how long it looks, and
//! yet it is only to be called in a process that may die: `gittix-jobs inspect`. No rule of the business is here:
//! whether a code makes a ticket is decided elsewhere.

mod budget;
mod bullseye;
mod codes;
mod grey;
mod pass;
mod pdf;
mod picture;
mod seats;

use std::time::Duration;

use model::inspection::{FILE_BYTES, FileKind, Found, Refused};

use self::budget::Budget;

/// Looks at a file for about as long as `time` says, and tells what was found until then. Each look runs to its end, so
/// that it may take longer by one of them: a page, drawn and read once.
///
/// # Errors
///
/// Where the file is none of the kinds, too large, locked or damaged. A file without a code is no error.
pub fn inspect(file: &[u8], time: Duration) -> Result<Found, Refused> {
    if file.len() > FILE_BYTES {
        return Err(Refused::TooLarge);
    }
    let kind = kind(file).ok_or(Refused::UnknownKind)?;
    let mut budget = Budget::new(time);
    let pages = match kind {
        FileKind::Pdf => pdf::pages(file, &mut budget)?,
        FileKind::Png | FileKind::Jpeg | FileKind::Webp => vec![picture::page(file, kind, &mut budget)?],
        FileKind::Pass => vec![pass::page(file, &mut budget)?],
    };
    Ok(Found { kind, pages, complete: budget.is_whole() })
}

/// A pass is a ZIP archive like many others: whether it is one is seen when it is opened.
fn kind(file: &[u8]) -> Option<FileKind> {
    match infer::get(file)?.mime_type() {
        "application/pdf" => Some(FileKind::Pdf),
        "image/png" => Some(FileKind::Png),
        "image/jpeg" => Some(FileKind::Jpeg),
        "image/webp" => Some(FileKind::Webp),
        "application/zip" => Some(FileKind::Pass),
        _ => None,
    }
}
