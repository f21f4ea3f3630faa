//! Taking in a ticket's file.

use model::{
    AppError, Code, ListingId, TicketFileId, UserId,
    delivery::FILES_MAX,
    inspection::{FILE_BYTES, Found, Page, Refused, SeatWords},
};
use platform::{
    files::FileStoreError,
    inspection::{Inspected, InspectionError},
    sealing::{Sealed, SealingError},
};

use super::{
    SealedCode, names,
    store::{self, NewCode, NewFile},
};
use crate::{Backend, database, ids::fresh, tickets};

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is no such listing, or it is another user's.
    #[error("the user has no such listing")]
    NotFound,
    /// No file was sent.
    #[error("no file was sent")]
    Empty,
    /// As many files of the listing as may be wait for their seller.
    #[error("too many files of the listing wait")]
    TooManyFiles,
    /// The file cannot be read, or is beyond a bound.
    #[error("the file was refused")]
    Refused(#[source] Refused),
    /// The file broke what reads it, or took too long.
    #[error("the file was not read to its end")]
    Unreadable(#[source] InspectionError),
    /// What reads files does not work.
    #[error("files are not read")]
    Inspection(#[source] InspectionError),
    /// The file was not sealed.
    #[error("the file was not sealed")]
    Sealing(#[from] SealingError),
    /// The sealed file was not stored.
    #[error("the file was not stored")]
    Files(#[from] FileStoreError),
    /// A query that stores it failed.
    #[error("the file was not noted")]
    Database(#[from] sqlx::Error),
}

/// Reads a file in a process of its own, seals it and stores it, with the codes that were found; of a picture its pixels
/// alone. Nothing of it is for
/// sale before its seller has said which ticket each code belongs to.
///
/// # Errors
///
/// Each variant of [`UploadError`] is one reason.
#[tracing::instrument(name = "delivery.upload", skip_all, fields(listing.id = %listing, user.id = %seller, file.bytes = file.len()))]
pub async fn upload(
    backend: &Backend,
    seller: UserId,
    listing: ListingId,
    file: &[u8],
) -> Result<TicketFileId, UploadError> {
    if file.is_empty() {
        return Err(UploadError::Empty);
    }
    if file.len() > FILE_BYTES {
        return Err(UploadError::Refused(Refused::TooLarge));
    }
    // Before the work of reading: only who may hand in something makes this machine read.
    may_wait(backend, seller, listing).await?;
    let delivery = &backend.delivery;
    let Inspected { found, picture } = delivery.inspector.inspect(file).await.map_err(UploadError::from)?;
    let (kind, kept) = picture.as_ref().map_or((found.kind, file), |picture| (picture.kind, &picture.bytes[..]));
    let id: TicketFileId = fresh();
    let context = id.as_uuid();
    let (sealed, own) = delivery.keys.seal_file(context.as_bytes(), kept)?;
    let codes = codes(backend, listing, &found)?;
    let row = NewFile {
        id,
        listing,
        kind: kind.code(),
        size: i32::try_from(kept.len()).unwrap_or(i32::MAX),
        pages: i16::try_from(found.pages.len().max(1)).unwrap_or(i16::MAX),
        is_complete: found.complete,
        // As it was sent: the seller who sends it again sends the same bytes.
        hash: delivery.hash_file(file),
        key: own,
    };
    delivery.files.put(&store::name(id), sealed).await?;
    match note(backend, seller, &row, &codes).await {
        Ok(()) => Ok(id),
        Err(error) => {
            // If this fails, the purge deletes the file.
            if let Err(error) = delivery.files.delete(&store::name(id)).await {
                tracing::warn!(error.causes = model::error::causes(&error), "a file without a row was not deleted");
            }
            Err(error)
        }
    }
}

/// Whether the listing is the seller's, and has room for one more file.
async fn may_wait(backend: &Backend, seller: UserId, listing: ListingId) -> Result<(), UploadError> {
    let row = tickets::store::find(&backend.db, listing, None).await?;
    if row.is_none_or(|row| row.seller_id != seller) {
        return Err(UploadError::NotFound);
    }
    let waiting = store::waiting_files(&backend.db, listing).await?;
    if usize::try_from(waiting).is_ok_and(|waiting| waiting < FILES_MAX) {
        Ok(())
    } else {
        Err(UploadError::TooManyFiles)
    }
}

/// Stores the rows. Files of one listing are counted one after the other.
async fn note(backend: &Backend, seller: UserId, file: &NewFile, codes: &[NewCode]) -> Result<(), UploadError> {
    let mut tx = backend.begin().await?;
    let listing = tickets::store::lock(&mut tx, file.listing).await?;
    if listing.is_none_or(|listing| listing.seller_id != seller) {
        return Err(UploadError::NotFound);
    }
    if store::waiting_files(&mut *tx, file.listing).await? >= i64::try_from(FILES_MAX).unwrap_or(i64::MAX) {
        return Err(UploadError::TooManyFiles);
    }
    store::insert_file(&mut tx, file).await?;
    store::insert_codes(&mut tx, file.id, codes).await?;
    tx.commit().await?;
    Ok(())
}

/// The codes of a file, sealed, with the place that its page names.
fn codes(backend: &Backend, listing: ListingId, found: &Found) -> Result<Vec<NewCode>, SealingError> {
    let mut codes = Vec::new();
    for (number, page) in (1_i16..).zip(&found.pages) {
        for (place, code) in page.codes.iter().enumerate() {
            let bytes = code.bytes();
            codes.push(NewCode {
                page: number,
                code: seal(backend, listing, &code.kind.to_string(), &bytes)?,
                tail: names::tail(&bytes),
                seat: seat_of(page, place),
            });
        }
    }
    Ok(codes)
}

/// Seals a code for the listing: it opens for no other one.
pub(super) fn seal(backend: &Backend, listing: ListingId, kind: &str, code: &[u8]) -> Result<SealedCode, SealingError> {
    let Sealed { key_id, bytes } = backend.delivery.keys.seal(listing.as_uuid().as_bytes(), code)?;
    Ok(SealedCode { kind: kind.to_owned(), hash: backend.delivery.hash_code(code), key_id, sealed: bytes })
}

/// The seat that the code at this place of a page is for: the page names as many as it has codes, or one for all.
fn seat_of(page: &Page, place: usize) -> SeatWords {
    let seat = match &page.seats[..] {
        [only] => Some(only),
        several if several.len() == page.codes.len() => several.get(place),
        _ => None,
    };
    seat.cloned().unwrap_or_default()
}

impl From<InspectionError> for UploadError {
    fn from(error: InspectionError) -> Self {
        match error {
            InspectionError::Refused(refused) => Self::Refused(refused),
            InspectionError::TimedOut | InspectionError::Broke(_) => Self::Unreadable(error),
            InspectionError::Unconfined | InspectionError::Process(_) | InspectionError::NoAnswer => {
                Self::Inspection(error)
            }
        }
    }
}

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::NotFound => Code::TicketNotFound.into(),
            UploadError::Empty => Code::NoFile.into(),
            UploadError::TooManyFiles => Code::TooManyFiles.into(),
            UploadError::Refused(refused) => match refused {
                Refused::UnknownKind => Code::UnknownFileKind,
                Refused::TooLarge => Code::FileTooLarge,
                Refused::Encrypted => Code::FileEncrypted,
                Refused::TooManyPages => Code::TooManyPages,
                Refused::TooManyPixels => Code::PictureTooLarge,
                Refused::Unreadable => Code::UnreadableFile,
            }
            .into(),
            UploadError::Unreadable(_) => Code::UnreadableFile.into(),
            UploadError::Inspection(_) | UploadError::Sealing(_) => Code::Internal.into(),
            UploadError::Files(_) => Code::Unavailable.into(),
            UploadError::Database(error) => database::public_code(&error).into(),
        }
    }
}
