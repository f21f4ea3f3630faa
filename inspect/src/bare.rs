//! Pictures without what cameras and programs write beside them: where and when they were taken, with what, by whom.

use image::{
    DynamicImage, RgbImage,
    codecs::{
        jpeg::JpegEncoder,
        png::{CompressionType, FilterType, PngEncoder},
    },
};
use model::inspection::{FILE_BYTES, FileKind, Refused};

/// How well a JPEG is drawn. Its codes are read as those of the picture that was sent.
const QUALITY: u8 = 92;
/// The same where the file would be too large otherwise.
const LOWER_QUALITY: u8 = 80;

/// A picture that was drawn anew: its pixels, upright, and nothing else of its file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BarePicture {
    /// PNG stays PNG while it is small enough; all others are JPEG.
    pub kind: FileKind,
    /// The file, of at most [`FILE_BYTES`].
    pub bytes: Vec<u8>,
}

pub(crate) fn draw(picture: &DynamicImage, kind: FileKind) -> Result<BarePicture, Refused> {
    if kind == FileKind::Png {
        let bytes = png(picture)?;
        if bytes.len() <= FILE_BYTES {
            return Ok(BarePicture { kind, bytes });
        }
    }
    let picture = on_paper(picture);
    for quality in [QUALITY, LOWER_QUALITY] {
        let bytes = jpeg(&picture, quality)?;
        if bytes.len() <= FILE_BYTES {
            return Ok(BarePicture { kind: FileKind::Jpeg, bytes });
        }
    }
    Err(Refused::TooLarge)
}

fn png(picture: &DynamicImage) -> Result<Vec<u8>, Refused> {
    let mut file = Vec::new();
    // The seller waits, and a screenshot has large even areas.
    let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Up);
    picture.write_with_encoder(encoder).map_err(|_| Refused::Unreadable)?;
    Ok(file)
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, Refused> {
    let mut file = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, quality)).map_err(|_| Refused::Unreadable)?;
    Ok(file)
}

/// The picture in three colours. Where it is transparent there is paper: a JPEG has no other way.
fn on_paper(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    let mix = |colour: u8, alpha: u8| {
        let (colour, alpha) = (u16::from(colour), u16::from(alpha));
        u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    let (width, height) = picture.dimensions();
    let pixels = picture.chunks_exact(4).flat_map(|pixel| [0, 1, 2].map(|colour| mix(pixel[colour], pixel[3])));
    RgbImage::from_raw(width, height, pixels.collect()).unwrap_or_default()
}
