//! The letters of a page, in the order in which the file draws them.

use hayro::{
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
        InterpreterSettings, SoftMask, TransformExt,
        font::{Glyph, GlyphRun},
        hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::page::Page,
    kurbo::{Affine, BezPath, Point, Rect},
};

/// Where a line of text ends and a word does, in thousandths of the letters' size.
const LINE: f64 = 300.0;
const WORD: f64 = 150.0;
/// Letters farther apart than this stand in different columns.
const COLUMN: f64 = 4000.0;

/// The text of a page, by lines, and at most this much of it and a letter more.
pub(super) fn of<'a>(page: &'a Page<'a>, settings: &InterpreterSettings, at_most_bytes: usize) -> String {
    let (width, height) = page.render_dimensions();
    let all = Rect::new(0.0, 0.0, width.into(), height.into());
    let cache = InterpreterCache::new();
    let upright = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(upright, all, &cache, page.xref(), settings.clone());
    let mut letters = Letters { text: String::new(), at_most_bytes, last: None };
    interpret_page(page, &mut context, &mut letters);
    letters.text.trim().to_owned()
}

/// Listens to what is drawn, and writes down the letters.
struct Letters {
    text: String,
    at_most_bytes: usize,
    /// Where the last letter is and how wide, in thousandths of its size.
    last: Option<(Affine, f64)>,
}

impl Letters {
    fn add(&mut self, glyph: &Glyph<'_>, at: Affine) {
        let Some(letter) = glyph.as_unicode() else { return };
        if let Some((last, width)) = self.last
            && !self.text.ends_with(char::is_whitespace)
        {
            let step = last.inverse() * (at * Point::ORIGIN);
            if step.y.abs() > LINE || !(-COLUMN..COLUMN).contains(&(step.x - width)) {
                self.text.push('\n');
            } else if step.x - width > WORD {
                self.text.push(' ');
            }
        }
        match &letter {
            BfString::Char(letter) => self.push(*letter),
            BfString::String(letters) => letters.chars().for_each(|letter| self.push(letter)),
        }
        let width = match glyph {
            Glyph::Outline(glyph) => glyph.advance_width(),
            Glyph::Type3(glyph) => glyph.advance_width(),
        };
        self.last = (at.determinant() != 0.0).then(|| (at, f64::from(width.unwrap_or(500.0))));
    }

    fn push(&mut self, letter: char) {
        if letter.is_whitespace() {
            self.text.push(' ');
        } else if !letter.is_control() {
            self.text.push(letter);
        }
    }
}

impl<'a> Device<'a> for Letters {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            if self.text.len() > self.at_most_bytes {
                return;
            }
            self.add(glyph, props.transform * glyph.transform());
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
