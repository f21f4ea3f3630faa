//! Pages of a PDF: drawn to read their codes, and gone through for their letters.

mod text;

use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::InterpreterSettings,
    hayro_syntax::{LoadPdfError, Pdf, page::Page as PdfPage},
    render,
    vello_cpu::color::palette::css::WHITE,
};
use image::GrayImage;
use model::inspection::{FILE_PAGES, Page, Refused};

use crate::{budget::Budget, codes, seats};

/// Resolutions at which a page is drawn, in dots per inch. At the first one the modules of most codes have four pixels
/// or more; the other shows bars of a quarter of a millimetre.
const RESOLUTION: f32 = 200.0;
const FINE_RESOLUTION: f32 = 300.0;
/// Dots per inch at which a page has its own size.
const POINTS: f32 = 72.0;
/// Greatest side of a drawn page, in pixels: A3 at the second resolution. A larger page is drawn smaller.
const SIDE: f32 = 5000.0;

/// All pages.
pub(crate) fn pages(file: &[u8], budget: &mut Budget) -> Result<Vec<Page>, Refused> {
    let pdf = Pdf::new(file.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Refused::Encrypted,
        LoadPdfError::Invalid => Refused::Unreadable,
    })?;
    if pdf.pages().len() > FILE_PAGES {
        return Err(Refused::TooManyPages);
    }
    if pdf.pages().is_empty() {
        return Err(Refused::Unreadable);
    }
    let settings = InterpreterSettings::default();
    let cache = RenderCache::new();
    let mut pages: Vec<Page> = pdf
        .pages()
        .iter()
        .map(|page| {
            let mut text =
                if budget.has_time() { text::of(page, &settings, budget.text_bytes()) } else { String::new() };
            budget.take_text(&mut text);
            Page { seats: seats::of(&text), text, codes: Vec::new() }
        })
        .collect();
    let mut look = |page, found: &mut Page, resolution| {
        if budget.has_time()
            && let Some(picture) = draw(page, &cache, &settings, resolution)
        {
            codes::find(&picture, &mut found.codes, budget);
        }
    };
    for (page, found) in pdf.pages().iter().zip(&mut pages) {
        look(page, found, RESOLUTION);
    }
    // A large code may be an advertisement, and a small one the ticket's. First the pages that have shown none.
    let were_empty: Vec<bool> = pages.iter().map(|found| found.codes.is_empty()).collect();
    for is_turn in [true, false] {
        for ((page, found), was_empty) in pdf.pages().iter().zip(&mut pages).zip(&were_empty) {
            if *was_empty == is_turn {
                look(page, found, FINE_RESOLUTION);
            }
        }
    }
    for found in &mut pages {
        found.codes.sort_by_key(|code| code.place.map(|place| (place.top, place.left)));
        budget.take_codes(&mut found.codes);
    }
    Ok(pages)
}

/// The page in grey, on white paper; none where it has no size.
fn draw<'a>(
    page: &'a PdfPage<'a>,
    cache: &RenderCache<'a>,
    settings: &InterpreterSettings,
    resolution: f32,
) -> Option<GrayImage> {
    let (width, height) = page.render_dimensions();
    let scale = (resolution / POINTS).min(SIDE / width.max(height));
    if !scale.is_finite() || width * scale < 1.0 || height * scale < 1.0 {
        return None;
    }
    let on_white = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn = render(page, cache, settings, &RenderSettings::default(), &on_white);
    let (width, height) = (drawn.width(), drawn.height());
    let shade =
        |red: u8, green: u8, blue: u8| (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1000;
    let pixels = drawn
        .data_as_u8_slice()
        .chunks_exact(4)
        .map(|pixel| u8::try_from(shade(pixel[0], pixel[1], pixel[2])).unwrap_or(u8::MAX));
    GrayImage::from_raw(width.into(), height.into(), pixels.collect())
}
