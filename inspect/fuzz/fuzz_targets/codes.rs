//! Any pixels as a picture: the first byte is its width, and each bit of the others a black or white square of 3 by 3.
#![no_main]

use std::{io::Cursor, time::Duration};

use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use libfuzzer_sys::fuzz_target;

const SQUARE: u32 = 3;

fuzz_target!(|pixels: &[u8]| {
    let Some((width, bits)) = pixels.split_first() else { return };
    let width = u32::from(*width).max(8);
    let height = (bits.len() as u32 * 8 / width).min(255);
    let is_black = |x: u32, y: u32| {
        let bit = y / SQUARE * width + x / SQUARE;
        bits[(bit / 8) as usize] >> (bit % 8) & 1 == 1
    };
    let picture = GrayImage::from_fn(width * SQUARE, height * SQUARE, |x, y| Luma([if is_black(x, y) { 0 } else { 255 }]));
    let mut file = Cursor::new(Vec::new());
    if DynamicImage::ImageLuma8(picture).write_to(&mut file, ImageFormat::Png).is_ok() {
        let _ = inspect::inspect(file.get_ref(), Duration::from_millis(500));
    }
});
