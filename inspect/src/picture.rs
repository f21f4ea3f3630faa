//! Pictures: photos, scans and screenshots.

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use model::inspection::{Code, FILE_PIXELS, FileKind, Page, Refused};

use crate::{budget::Budget, codes, grey};

/// The long side at which a picture is looked at first: of a ticket that fills it, a code has 200 pixels or more.
const FIRST_SIDE: u32 = 1600;
/// Sides that are tried where nothing was found: more pixels show a small code, and fewer hide blur and noise.
const OTHER_SIDES: [u32; 2] = [3200, 800];
/// Turns that are tried where nothing was found, in degrees: PDF417 and Code 128 are read up to about 15 degrees from
/// any side.
const TURNS: [f32; 3] = [22.5, 45.0, 67.5];
/// What the decoder of a picture may allocate, in bytes: all pixels with three colours, and as much again.
const DECODER_BYTES: u64 = FILE_PIXELS * 6;

/// The page that a picture is.
pub(crate) fn page(picture: DynamicImage, budget: &mut Budget) -> Page {
    let mut codes = look(&grey(picture), budget);
    budget.take_codes(&mut codes);
    Page { codes, ..Page::default() }
}

/// The picture, upright as its camera says.
pub(crate) fn decode(file: &[u8], kind: FileKind) -> Result<DynamicImage, Refused> {
    let format = match kind {
        FileKind::Png => ImageFormat::Png,
        FileKind::Webp => ImageFormat::WebP,
        _ => ImageFormat::Jpeg,
    };
    let mut decoder =
        ImageReader::with_format(Cursor::new(file), format).into_decoder().map_err(|_| Refused::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > FILE_PIXELS {
        return Err(Refused::TooManyPixels);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES);
    decoder.set_limits(limits).map_err(|_| Refused::TooManyPixels)?;
    let orientation = decoder.orientation().map_err(|_| Refused::Unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Refused::Unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The picture in grey. Where it is transparent there is paper.
fn grey(picture: DynamicImage) -> GrayImage {
    if picture.color().has_alpha() { on_paper(picture) } else { picture.into_luma8() }
}

fn on_paper(picture: DynamicImage) -> GrayImage {
    let picture = picture.into_luma_alpha8();
    let (width, height) = picture.dimensions();
    let ink = |grey: u8, alpha: u8| u16::from(255 - grey) * u16::from(alpha) / 255;
    let shade = |grey: u8, alpha: u8| 255 - u8::try_from(ink(grey, alpha)).unwrap_or(u8::MAX);
    let pixels = picture.chunks_exact(2).map(|pixel| shade(pixel[0], pixel[1])).collect();
    GrayImage::from_raw(width, height, pixels).unwrap_or_default()
}

/// Codes in a picture of any size, from the top to the bottom.
///
/// What is looked at next is made only where nothing was found, and in the order in which it helps most often.
fn look(picture: &GrayImage, budget: &mut Budget) -> Vec<Code> {
    let mut codes = Vec::new();
    let first = grey::at_most(picture, FIRST_SIDE);
    let first = first.as_ref().unwrap_or(picture);
    codes::find(first, &mut codes, budget);
    for side in OTHER_SIDES.into_iter().filter(|side| *side < FIRST_SIDE || first.width() < picture.width()) {
        if codes.is_empty() && budget.has_time() {
            let scaled = grey::at_most(picture, side);
            codes::find(scaled.as_ref().unwrap_or(picture), &mut codes, budget);
        }
    }
    for degrees in TURNS {
        if codes.is_empty() && budget.has_time() {
            codes::find(&grey::turn(first, degrees), &mut codes, budget);
            // Where it is in the picture as it was is not known.
            for code in &mut codes {
                code.place = None;
            }
        }
    }
    codes.sort_by_key(|code| code.place.map(|place| (place.top, place.left)));
    codes
}
