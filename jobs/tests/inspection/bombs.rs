//! Small files that ask for much.

use std::fmt::Write;

/// A PNG in grey, all of it white, in a few kilobytes.
pub(crate) fn white_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    let picture = image::GrayImage::from_pixel(width, height, image::Luma([255]));
    picture.write_to(&mut file, image::ImageFormat::Png).expect("an encoder");
    file.into_inner()
}

/// A page of drawings, each of which draws the next one twenty times: 20 to the power of 8.
pub(crate) fn pdf_of_time() -> Vec<u8> {
    const LEVELS: usize = 8;
    let mut objects = String::new();
    for level in 0..LEVELS {
        let (resources, content) = if level + 1 < LEVELS {
            (format!("/Resources<</XObject<</N {} 0 R>>>>", level + 11), "/N Do ".repeat(20))
        } else {
            (String::new(), "0 0 100 100 re f ".repeat(20))
        };
        let _ = write!(
            objects,
            "{} 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 600 800]{resources}/Length {}>>stream\n{content}\nendstream \
             endobj\n",
            level + 10,
            content.len()
        );
    }
    pdf("/XObject<</N 10 0 R>>", "/N Do", &objects)
}

/// A picture of 30,000 by 30,000 pixels in colour.
pub(crate) fn pdf_of_memory() -> Vec<u8> {
    let picture = "6 0 obj<</Type/XObject/Subtype/Image/Width 30000/Height 30000/BitsPerComponent 8/ColorSpace/DeviceRGB\
                   /Filter/RunLengthDecode/Length 8000000>>stream\n";
    let mut file = pdf("/XObject<</I 6 0 R>>", "600 0 0 800 0 0 cm /I Do", "");
    let tail = file.split_off(file.len() - TRAILER.len());
    file.extend(picture.bytes());
    // 128 times the next byte
    file.extend([129, 90].repeat(4_000_000));
    file.extend(b"\nendstream endobj\n");
    file.extend(tail);
    file
}

const TRAILER: &str = "trailer<</Root 1 0 R>>\n%%EOF";

/// A PDF of one page, without its table of objects: readers find them by themselves.
fn pdf(resources: &str, content: &str, objects: &str) -> Vec<u8> {
    format!(
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
         3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<{resources}>>>>endobj\n\
         4 0 obj<</Length {}>>stream\n{content}\nendstream endobj\n{objects}{TRAILER}",
        content.len()
    )
    .into_bytes()
}
