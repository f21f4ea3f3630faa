//! Which codes are in a picture.
//!
//! The readers find one code each (that of QR several, but not all). So a code that was read is painted
//! over, and the reader looks again, until it finds none.

use image::{GrayImage, imageops};
use model::inspection::{Code, CodeKind, FILE_CODES, Place};
use rxing::{
    BarcodeFormat, BinaryBitmap, DecodeHints, ImmutableReader, Luma8LuminanceSource, RXingResult, Reader,
    aztec::AztecReader,
    common::HybridBinarizer,
    datamatrix::DataMatrixReader,
    multi::MultipleBarcodeReader,
    oned::MultiFormatOneDReader,
    pdf417::PDF417Reader,
    qrcode::{QRCodeReader, cpp_port::QrReader},
};

use crate::{
    budget::Budget,
    bullseye::{self, Middle},
    grey::{self, Area},
};

type Bitmap = BinaryBitmap<HybridBinarizer<Luma8LuminanceSource>>;

const KINDS: [CodeKind; 5] = [CodeKind::Qr, CodeKind::Aztec, CodeKind::DataMatrix, CodeKind::Pdf417, CodeKind::Code128];

/// A code of these kinds with less text is a pattern that looks like one: nothing else than one check character
/// distinguishes them.
const LINEAR_BYTES: usize = 4;

/// Adds to `codes` what is in the picture: what is dark on light, and, while there is none at all, light on dark.
pub(crate) fn find(picture: &GrayImage, codes: &mut Vec<Code>, budget: &mut Budget) {
    let mut picture = picture.clone();
    find_dark(&mut picture, codes, budget);
    if codes.is_empty() {
        imageops::invert(&mut picture);
        find_dark(&mut picture, codes, budget);
    }
}

fn find_dark(picture: &mut GrayImage, codes: &mut Vec<Code>, budget: &mut Budget) {
    let mut black = bitmap(picture);
    for kind in KINDS {
        // One more than may be told, so that it shows that there are more.
        while codes.len() <= FILE_CODES && budget.has_time() {
            let results = read(kind, picture, &mut black);
            if results.is_empty() {
                break;
            }
            for Read { bytes, area } in results {
                let code = Code::new(kind, &bytes, Some(place(area, picture)));
                grey::blank(picture, area);
                let is_pattern = kind == CodeKind::Code128 && bytes.len() < LINEAR_BYTES;
                if !is_pattern && !codes.iter().any(|known| known.kind == kind && known.bytes() == bytes) {
                    codes.push(code);
                }
            }
            black = bitmap(picture);
        }
    }
}

/// A code that was read.
struct Read {
    bytes: Vec<u8>,
    area: Area,
}

/// Codes of one kind: none where there are none, and often not all.
fn read(kind: CodeKind, picture: &GrayImage, black: &mut Option<Bitmap>) -> Vec<Read> {
    let Some(black) = black else { return Vec::new() };
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some([format(kind)].into()),
        // Every byte becomes one character, and so nothing of it is lost.
        CharacterSet: Some("ISO8859_1".to_owned()),
        ..DecodeHints::default()
    };
    let results = match kind {
        CodeKind::Qr => match QrReader.decode_multiple_with_hints(black, &hints) {
            // Of these, the reader tells the bytes.
            Ok(results) => {
                let read =
                    |result: RXingResult| Read { bytes: result.getRawBytes().to_vec(), area: area(&result, picture) };
                return results.into_iter().map(read).collect();
            }
            Err(_) => one(QRCodeReader.decode_with_hints(black, &hints)),
        },
        CodeKind::Aztec => return aztec(picture, black, &hints),
        CodeKind::DataMatrix => one(DataMatrixReader.immutable_decode_with_hints(black, &hints)),
        // One at a time: rxing 0.9.3 may look for several in a circle, for ever.
        CodeKind::Pdf417 => one(PDF417Reader::new().decode_with_hints(black, &hints)),
        CodeKind::Code128 => one(MultiFormatOneDReader::new(&hints).decode_with_hints(black, &hints)),
    };
    results.into_iter().map(|result| Read { bytes: bytes(&result), area: area(&result, picture) }).collect()
}

fn bitmap(picture: &GrayImage) -> Option<Bitmap> {
    let source = Luma8LuminanceSource::new(picture.as_raw().clone(), picture.width(), picture.height()).ok()?;
    Some(BinaryBitmap::new(HybridBinarizer::new(source)))
}

fn one<E>(result: Result<RXingResult, E>) -> Vec<RXingResult> {
    result.into_iter().collect()
}

/// The first Aztec code that can be read around the middle of some rings.
fn aztec(picture: &GrayImage, black: &Bitmap, hints: &DecodeHints) -> Vec<Read> {
    let matrix = black.get_black_matrix();
    let middles = bullseye::middles(&|x, y| matrix.get(x, y), matrix.width(), matrix.height());
    let read = |middle: Middle| {
        let (left, top, side) = middle.square(picture);
        let cut = imageops::crop_imm(picture, left, top, side, side).to_image();
        let result = AztecReader.immutable_decode_with_hints(&mut bitmap(&cut)?, hints).ok()?;
        let inside = area(&result, &cut);
        let area = Area {
            left: left + inside.left,
            top: top + inside.top,
            right: left + inside.right,
            bottom: top + inside.bottom,
        };
        Some(Read { bytes: bytes(&result), area })
    };
    middles.into_iter().find_map(read).into_iter().collect()
}

fn format(kind: CodeKind) -> BarcodeFormat {
    match kind {
        CodeKind::Qr => BarcodeFormat::QR_CODE,
        CodeKind::Aztec => BarcodeFormat::AZTEC,
        CodeKind::DataMatrix => BarcodeFormat::DATA_MATRIX,
        CodeKind::Pdf417 => BarcodeFormat::PDF_417,
        CodeKind::Code128 => BarcodeFormat::CODE_128,
    }
}

/// What the code holds: a character for each byte, and other characters only where the code itself names another
/// character set.
fn bytes(result: &RXingResult) -> Vec<u8> {
    let bytes: Option<Vec<u8>> = result.getText().chars().map(|character| u8::try_from(character).ok()).collect();
    bytes.unwrap_or_else(|| result.getText().as_bytes().to_vec())
}

/// The box around a code, with a part of its quiet zone.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the box is cut to the picture first")]
#[expect(clippy::cast_precision_loss, reason = "a picture has less than 2^24 pixels in a row")]
fn area(result: &RXingResult, picture: &GrayImage) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (f32::MAX, f32::MAX, 0.0_f32, 0.0_f32);
    for point in result.getPoints().iter().filter(|point| point.x.is_finite() && point.y.is_finite()) {
        (left, right) = (left.min(point.x), right.max(point.x));
        (top, bottom) = (top.min(point.y), bottom.max(point.y));
    }
    // Of a linear code one line is known: its bars are about a quarter as high as they are wide, or less.
    let part = if *result.getBarcodeFormat() == BarcodeFormat::CODE_128 { 4.0 } else { 10.0 };
    let margin = ((right - left).max(bottom - top) / part).max(4.0);
    let cut = |position: f32, length: u32| position.clamp(0.0, length as f32) as u32;
    Area {
        left: cut(left - margin, picture.width()),
        top: cut(top - margin, picture.height()),
        right: cut(right + margin, picture.width()),
        bottom: cut(bottom + margin, picture.height()),
    }
}

fn place(area: Area, picture: &GrayImage) -> Place {
    let thousandth =
        |position: u32, length: u32| u16::try_from(u64::from(position) * 1000 / u64::from(length)).unwrap_or(1000);
    Place {
        left: thousandth(area.left, picture.width()),
        top: thousandth(area.top, picture.height()),
        right: thousandth(area.right, picture.width()),
        bottom: thousandth(area.bottom, picture.height()),
    }
}
