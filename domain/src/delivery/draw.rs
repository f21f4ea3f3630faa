//! Draws codes as pictures, so that a gate reads from a screen what it would read from the ticket.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};
use model::inspection::CodeKind;
use rxing::{BarcodeFormat, MultiFormatWriter, Writer};

/// Light modules around a code, as the standards of each kind ask for.
fn margin(kind: CodeKind) -> usize {
    match kind {
        CodeKind::Qr => 4,
        CodeKind::Aztec | CodeKind::DataMatrix | CodeKind::Pdf417 => 2,
        CodeKind::Code128 => 10,
    }
}

/// A linear code is this part as high as it is wide.
const LINEAR_HEIGHT: usize = 4;

/// The code of this kind that says these bytes, as an SVG picture of black on white; `None` if there is none, as for a
/// text that a kind has no signs for.
pub(crate) fn draw(kind: CodeKind, bytes: &[u8]) -> Option<String> {
    let modules = if kind == CodeKind::Qr { qr(bytes)? } else { other(kind, bytes)? };
    Some(svg(&modules, margin(kind)))
}

/// Dark modules, row by row.
struct Modules {
    width: usize,
    dark: Vec<bool>,
}

fn qr(bytes: &[u8]) -> Option<Modules> {
    let code = QRBuilder::new(bytes).ecl(ECL::M).build().ok()?;
    let dark = code.data[..code.size * code.size].iter().map(|module| module.value()).collect();
    Some(Modules { width: code.size, dark })
}

fn other(kind: CodeKind, bytes: &[u8]) -> Option<Modules> {
    let format = match kind {
        CodeKind::Qr => BarcodeFormat::QR_CODE,
        CodeKind::Aztec => BarcodeFormat::AZTEC,
        CodeKind::Pdf417 => BarcodeFormat::PDF_417,
        CodeKind::DataMatrix => BarcodeFormat::DATA_MATRIX,
        CodeKind::Code128 => BarcodeFormat::CODE_128,
    };
    // Each byte becomes one character, as the reader takes each character for one byte.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let matrix = MultiFormatWriter.encode(&text, &format, 0, 0).ok()?;
    let (width, height) = (matrix.width(), matrix.height());
    let dark = |y: u32| (0..width).map(|x| matrix.get(x, y)).collect::<Vec<_>>();
    let mut rows: Vec<Vec<bool>> = (0..height).map(dark).collect();
    // Its writers add a margin, each of another width.
    trim(&mut rows)?;
    if kind == CodeKind::Code128 {
        rows.truncate(1);
        rows = vec![rows.pop()?; usize::try_from(width).ok()? / LINEAR_HEIGHT];
    }
    Some(Modules { width: rows.first()?.len(), dark: rows.concat() })
}

/// Takes away the light rows and columns around the dark ones.
fn trim(rows: &mut Vec<Vec<bool>>) -> Option<()> {
    let has_dark = |row: &Vec<bool>| row.contains(&true);
    let (top, bottom) = (rows.iter().position(has_dark)?, rows.iter().rposition(has_dark)?);
    let left = rows.iter().filter_map(|row| row.iter().position(|dark| *dark)).min()?;
    let right = rows.iter().filter_map(|row| row.iter().rposition(|dark| *dark)).max()?;
    *rows = rows[top..=bottom].iter().map(|row| row[left..=right].to_vec()).collect();
    Some(())
}

/// One path of all dark modules: runs of a row are one rectangle.
fn svg(modules: &Modules, margin: usize) -> String {
    let Modules { width, dark } = modules;
    let mut path = String::new();
    for (y, row) in dark.chunks(*width).enumerate() {
        let mut x = 0;
        while x < row.len() {
            let run = row[x..].iter().take_while(|dark| **dark).count();
            if run > 0 {
                // Writing to a string does not fail.
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + margin, y + margin);
            }
            x += run.max(1);
        }
    }
    let (across, down) = (width + 2 * margin, dark.len() / width + 2 * margin);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" shape-rendering="crispEdges" role="img" aria-hidden="true"><rect width="{across}" height="{down}" fill="#fff"/><path fill="#000" d="{path}"/></svg>"##
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use image::{DynamicImage, GrayImage, ImageFormat, Luma};

    use super::*;

    /// The picture as a screen shows it: each module some pixels wide.
    fn shown(modules: &Modules, margin: usize) -> Vec<u8> {
        const PIXELS: usize = 4;
        let (width, height) = (modules.width + 2 * margin, modules.dark.len() / modules.width + 2 * margin);
        let side = |modules: usize| u32::try_from(modules * PIXELS).expect("a picture");
        let pixel = |x: u32, y: u32| {
            let module = |pixel: u32| (usize::try_from(pixel).expect("a place") / PIXELS).checked_sub(margin);
            let place = module(x).zip(module(y)).filter(|(x, _)| *x < modules.width);
            let is_dark = place.and_then(|(x, y)| modules.dark.get(y * modules.width + x)).is_some_and(|dark| *dark);
            Luma([if is_dark { 0 } else { 255 }])
        };
        let picture = GrayImage::from_fn(side(width), side(height), pixel);
        let mut png = std::io::Cursor::new(Vec::new());
        DynamicImage::ImageLuma8(picture).write_to(&mut png, ImageFormat::Png).expect("a picture");
        png.into_inner()
    }

    /// What is drawn here is read by the reader of `inspect`, byte by byte.
    #[test]
    fn drawn_codes_say_what_they_should() {
        let texts: [&[u8]; 4] =
            [b"LH-4711-0001", b"https://example.com/t/9f2c?seat=12", b"M1MUSTER/MAX  EABC123 XYZ", b"0123456789"];
        for kind in CodeKind::ALL {
            for text in texts {
                let modules = if kind == CodeKind::Qr { qr(text) } else { other(kind, text) };
                let modules = modules.unwrap_or_else(|| panic!("{kind} is drawn"));
                let found = inspect::inspect(&shown(&modules, margin(kind)), Duration::from_secs(20)).expect("is read");
                let codes: Vec<_> = found.codes().map(|code| (code.kind, code.bytes())).collect();
                assert_eq!(codes, [(kind, text.to_vec())], "{kind} {}", String::from_utf8_lossy(text));
            }
        }
    }

    /// Rail tickets and some venues use bytes that are no text.
    #[test]
    fn bytes_are_drawn_as_they_are() {
        let bytes = [b"#UT01".as_slice(), &[0, 0x9c, 0xff, 0x80, 1]].concat();
        for kind in [CodeKind::Qr, CodeKind::Aztec, CodeKind::Pdf417] {
            let modules = if kind == CodeKind::Qr { qr(&bytes) } else { other(kind, &bytes) };
            let modules = modules.unwrap_or_else(|| panic!("{kind} is drawn"));
            let found = inspect::inspect(&shown(&modules, margin(kind)), Duration::from_secs(20)).expect("is read");
            assert_eq!(
                found.codes().map(model::inspection::Code::bytes).collect::<Vec<_>>(),
                std::slice::from_ref(&bytes),
                "{kind}"
            );
        }
    }

    #[test]
    fn what_a_kind_cannot_say_is_not_drawn() {
        assert_eq!(draw(CodeKind::Code128, "Müller\u{1f600}".as_bytes()), None);
        assert_eq!(draw(CodeKind::Qr, &[0; 5_000]), None);
        let svg = draw(CodeKind::Qr, b"1").expect("a code");
        assert!(svg.starts_with("<svg") && svg.contains(r#"viewBox="0 0 29 29""#), "{svg}");
    }
}
