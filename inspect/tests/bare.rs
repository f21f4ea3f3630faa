//! What is kept of a picture.

use std::{io::Cursor, time::Duration};

use image::{
    DynamicImage, GenericImageView, ImageEncoder, ImageFormat, RgbImage, RgbaImage, codecs::jpeg::JpegEncoder,
};
use inspect::{BarePicture, inspect_to_keep};
use model::inspection::{FileKind, Refused};

/// Where the picture was taken, as a camera writes it: EXIF with an orientation (turn by 90 degrees) and a comment.
fn exif() -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"52.3676 N 4.9041 E, Ana's phone");
    exif
}

fn bare_picture(file: &[u8]) -> Result<Option<BarePicture>, Refused> {
    inspect_to_keep(file, Duration::from_mins(2)).map(|(_, bare)| bare)
}

fn kept(file: &[u8]) -> BarePicture {
    bare_picture(file).expect("is read").expect("a picture")
}

fn has(file: &[u8], words: &[u8]) -> bool {
    file.windows(words.len()).any(|part| part == words)
}

/// Red at the left and blue at the right, 60 by 20.
fn two_halves() -> RgbImage {
    RgbImage::from_fn(60, 20, |x, _| if x < 30 { [250, 0, 0].into() } else { [0, 0, 250].into() })
}

#[test]
fn camera_says_nothing_and_the_picture_stays_upright() {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new(&mut file);
    encoder.set_exif_metadata(exif()).expect("has room");
    two_halves().write_with_encoder(encoder).expect("an encoder");
    file.extend_from_slice(b"a film that the phone has added");
    assert!(has(&file, b"Ana's phone"));

    let kept = kept(&file);
    assert_eq!(kept.kind, FileKind::Jpeg);
    for words in [&b"Exif"[..], b"Ana's phone", b"52.3676", b"a film"] {
        assert!(!has(&kept.bytes, words), "{:?}", String::from_utf8_lossy(words));
    }
    let picture = image::load_from_memory(&kept.bytes).expect("a picture");
    assert_eq!(picture.dimensions(), (20, 60), "it was turned");
    let [top, bottom] = [5, 55].map(|y| picture.get_pixel(10, y).0);
    assert!(top[0] > 200 && top[2] < 60 && bottom[2] > 200, "red is at the top: {top:?}, {bottom:?}");
}

#[test]
fn screenshot_keeps_every_pixel_and_no_words() {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(two_halves()).write_to(&mut file, ImageFormat::Png).expect("an encoder");
    let mut file = file.into_inner();
    // A chunk with words, before the last one, which has 12 bytes.
    let words = b"tEXtComment\0Ana's phone";
    let mut chunk = u32::try_from(words.len() - 4).expect("is short").to_be_bytes().to_vec();
    chunk.extend_from_slice(words);
    chunk.extend_from_slice(&crc32(words).to_be_bytes());
    let end = file.len() - 12;
    file.splice(end..end, chunk);

    let kept = kept(&file);
    assert_eq!(kept.kind, FileKind::Png);
    assert!(!has(&kept.bytes, b"Ana's phone"));
    assert_eq!(image::load_from_memory(&kept.bytes).expect("a picture").into_rgb8(), two_halves());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn see_through_picture_lies_on_paper() {
    let picture = RgbaImage::from_fn(40, 40, |x, _| [0, 0, 0, if x < 20 { 255 } else { 0 }].into());
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(picture).write_to(&mut file, ImageFormat::WebP).expect("an encoder");
    let kept = kept(file.get_ref());
    assert_eq!(kept.kind, FileKind::Jpeg);
    let picture = image::load_from_memory(&kept.bytes).expect("a picture");
    let [ink, paper] = [5, 35].map(|x| picture.get_pixel(x, 20).0[0]);
    assert!(ink < 20 && paper > 235, "{ink} {paper}");
}

#[test]
fn documents_are_kept_as_they_are_and_others_are_refused() {
    let pdf = include_bytes!("../samples/reportlab-qr-a4.pdf");
    assert_eq!(bare_picture(pdf), Ok(None));
    assert_eq!(bare_picture(include_bytes!("../samples/qr.pkpass")), Ok(None));
    assert_eq!(bare_picture(b"<html></html>"), Err(Refused::UnknownKind));
    assert_eq!(bare_picture(b"\x89PNG\r\n\x1a\n and nothing"), Err(Refused::Unreadable));
}
