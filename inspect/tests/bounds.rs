//! Files that are no tickets: too large, damaged, or made to break what reads them.

use std::{
    io::{Cursor, Write},
    time::Duration,
};

use image::{DynamicImage, GrayImage, ImageFormat};
use inspect::inspect;
use model::inspection::{FILE_BYTES, FILE_TEXT_BYTES, Refused};
use zip::{ZipWriter, write::SimpleFileOptions};

const TIME: Duration = Duration::from_mins(2);

fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(GrayImage::new(width, height)).write_to(&mut file, format).expect("an encoder");
    file.into_inner()
}

fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).expect("an entry");
    archive.write_all(content).expect("its content");
    archive.finish().expect("an archive").into_inner()
}

/// A PDF of one page with this content, without its table of objects: readers find them by themselves.
fn pdf(media_box: &str, content: &str) -> Vec<u8> {
    format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox{media_box}/Contents 4 0 R\
         /Resources<</Font<</F 5 0 R>>>>>>endobj\n\
         4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n\
         5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        content.len()
    )
    .into_bytes()
}

#[test]
fn other_files_are_refused() {
    for file in [&b""[..], b"hello", b"<html></html>", b"GIF89a", b"\x7fELF\x02\x01\x01"] {
        assert_eq!(inspect(file, TIME), Err(Refused::UnknownKind), "{file:?}");
    }
    assert_eq!(inspect(&archive("word/document.xml", b"<w/>"), TIME), Err(Refused::UnknownKind));
}

#[test]
fn damaged_files_are_refused() {
    for file in [&b"%PDF-1.7 and nothing else"[..], b"\x89PNG\r\n\x1a\n and nothing", b"\xff\xd8\xff\xe0 and nothing"] {
        assert_eq!(inspect(file, TIME), Err(Refused::Unreadable), "{file:?}");
    }
    let half = &picture(200, 200, ImageFormat::Png);
    assert_eq!(inspect(&half[..half.len() / 2], TIME), Err(Refused::Unreadable));
    assert_eq!(inspect(&archive("pass.json", b"{"), TIME), Err(Refused::Unreadable));
}

#[test]
fn size_is_bounded() {
    let mut file = pdf("[0 0 200 200]", "");
    file.resize(FILE_BYTES, b' ');
    assert!(inspect(&file, TIME).is_ok());
    file.push(b' ');
    assert_eq!(inspect(&file, TIME), Err(Refused::TooLarge));
}

/// A file of a few kilobytes may ask for gigabytes: its dimensions are read first.
#[test]
fn pixels_are_bounded_before_they_are_made() {
    let mut file = picture(100, 100, ImageFormat::Png);
    file[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]); // 30,000 by 30,000, in a header whose checksum
    let checksum = crc32(&file[12..29]); // is right
    file[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(inspect(&file, TIME), Err(Refused::TooManyPixels));
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn small_and_long_pictures_are_looked_at() {
    for (width, height) in [(1, 1), (3, 2), (1, 3000), (5000, 1), (40, 40), (5000, 8)] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let found = inspect(&picture(width, height, format), TIME).expect("a picture");
            assert_eq!(found.codes().count(), 0);
        }
    }
}

#[test]
fn pages_of_any_size_are_looked_at() {
    for media_box in [
        "[0 0 14400 14400]",
        "[0 0 1000000000 1000000000]",
        "[0 0 0 0]",
        "[0 0 0.0000001 5]",
        "[5 5 -1 -1]",
        "[0 0 9000000 1]",
    ] {
        let found = inspect(&pdf(media_box, "0 0 10 10 re f"), TIME).unwrap_or_else(|why| panic!("{media_box}: {why}"));
        assert_eq!(found.codes().count(), 0, "{media_box}");
    }
}

#[test]
fn text_is_bounded() {
    let line = "BT /F 1 Tf 1 1 Td (Section 1 Row 2 Seat 3, and much more of it, again and again) Tj ET\n";
    let found = inspect(&pdf("[0 0 200 200]", &line.repeat(2000)), TIME).expect("a page");
    assert!(found.pages[0].text.len() <= FILE_TEXT_BYTES);
    assert!(found.pages[0].text.len() > FILE_TEXT_BYTES - 100);
    assert!(!found.complete);
}

#[test]
fn a_pass_is_unpacked_up_to_a_bound() {
    let mut json = br#"{"description":""#.to_vec();
    json.resize(2 * 1024 * 1024, b' ');
    assert_eq!(inspect(&archive("pass.json", &json), TIME), Err(Refused::TooLarge));
}

#[test]
fn what_was_found_before_the_end_of_the_time_is_told() {
    let file = include_bytes!("../samples/reportlab-qr-four-pages.pdf");
    let found = inspect(file, Duration::ZERO).expect("a PDF");
    assert_eq!((found.pages.len(), found.codes().count(), found.complete), (4, 0, false));
}
