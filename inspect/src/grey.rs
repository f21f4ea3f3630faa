//! A picture in shades of grey.

use image::{GrayImage, Luma, imageops};

/// The shade of paper, and of what is painted over.
const PAPER: u8 = 255;

/// A box of pixels: `left` and `top` belong to it, `right` and `bottom` do not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: u32,
    pub(crate) top: u32,
    pub(crate) right: u32,
    pub(crate) bottom: u32,
}

/// The picture with its long side made `side`, if it is longer.
pub(crate) fn at_most(picture: &GrayImage, side: u32) -> Option<GrayImage> {
    let (width, height) = picture.dimensions();
    let long = width.max(height);
    (long > side).then(|| {
        let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(long)).max(1);
        let scaled = |length: u32| u32::try_from(scaled(length)).unwrap_or(side);
        imageops::thumbnail(picture, scaled(width), scaled(height))
    })
}

/// Paints a box in the shade of paper, so that what was read there is not read again.
pub(crate) fn blank(picture: &mut GrayImage, area: Area) {
    let width = picture.width() as usize;
    for row in picture.chunks_exact_mut(width).take(area.bottom as usize).skip(area.top as usize) {
        row[area.left as usize..area.right as usize].fill(PAPER);
    }
}

/// The picture turned about its middle by `degrees`, on paper: as large as before, so that its corners are cut off.
pub(crate) fn turn(picture: &GrayImage, degrees: f32) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = picture.dimensions();
    let middle = (coordinate(width) / 2.0, coordinate(height) / 2.0);
    GrayImage::from_fn(width, height, |x, y| {
        let (x, y) = (coordinate(x) - middle.0, coordinate(y) - middle.1);
        let (x, y) = (x * cos + y * sin + middle.0, y * cos - x * sin + middle.1);
        imageops::interpolate_bilinear(picture, x, y).unwrap_or(Luma([PAPER]))
    })
}

#[expect(clippy::cast_precision_loss, reason = "a picture has less than 2^24 pixels in a row")]
fn coordinate(pixels: u32) -> f32 {
    pixels as f32
}
