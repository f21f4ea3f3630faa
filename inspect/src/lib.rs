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

mod bare;
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

pub use self::bare::BarePicture;
use self::budget::Budget;

/// Looks at a file for about as long as `time` says, and tells what was found until then. Each look runs to its end, so
/// that it may take longer by one of them: a page, drawn and read once.
///
/// # Errors
///
/// Where the file is none of the kinds, too large, locked or damaged. A file without a code is no error.
pub fn inspect(file: &[u8], time: Duration) -> Result<Found, Refused> {
    let mut budget = Budget::new(time);
    let kind = known(file)?;
    let pages = match kind {
        FileKind::Pdf => pdf::pages(file, &mut budget)?,
        FileKind::Png | FileKind::Jpeg | FileKind::Webp => {
            vec![picture::page(picture::decode(file, kind)?, &mut budget)]
        }
        FileKind::Pass => vec![pass::page(file, &mut budget)?],
    };
    Ok(Found { kind, pages, complete: budget.is_whole() })
}

/// The same, with what is kept of a picture: its pixels. None for a PDF and a pass, which are kept as they are.
///
/// # Errors
///
/// As [`inspect`]'s, and where the pixels alone would be larger than a file may be.
pub fn inspect_to_keep(file: &[u8], time: Duration) -> Result<(Found, Option<BarePicture>), Refused> {
    let mut budget = Budget::new(time);
    match known(file)? {
        kind @ (FileKind::Png | FileKind::Jpeg | FileKind::Webp) => {
            let picture = picture::decode(file, kind)?;
            let bare = bare::draw(&picture, kind)?;
            let pages = vec![picture::page(picture, &mut budget)];
            Ok((Found { kind, pages, complete: budget.is_whole() }, Some(bare)))
        }
        FileKind::Pdf | FileKind::Pass => Ok((inspect(file, time)?, None)),
    }
}

/// The kind of a file that is no larger than it may be.
fn known(file: &[u8]) -> Result<FileKind, Refused> {
    if file.len() > FILE_BYTES {
        return Err(Refused::TooLarge);
    }
    kind(file).ok_or(Refused::UnknownKind)
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
