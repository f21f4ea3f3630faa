//! Draws a preview image.
//!
//! The picture is an SVG, which resvg draws. It lays out text in every direction and joins letters where a script does,
//! but it has one font, `DejaVu` Sans Bold: Latin, Greek, Cyrillic, Armenian, Georgian, Arabic and Hebrew. A
//! character that this font lacks is a box.

use std::sync::{Arc, LazyLock};

use app::head::PREVIEW_SIZE;
use resvg::{
    render,
    tiny_skia::{Pixmap, Transform},
    usvg::{
        Options, Tree,
        fontdb::{Database, Source},
    },
};

use super::wrap::{Bounds, wrap};

/// Its licence is beside it. It is a part of the program, because the image has no other fonts.
const FONT: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold.ttf");
const FONT_NAME: &str = "DejaVu Sans";

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut fonts = Database::new();
    fonts.load_font_source(Source::Binary(Arc::new(FONT)));
    Options { font_family: FONT_NAME.to_owned(), fontdb: Arc::new(fonts), ..Options::default() }
});

/// What an image says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// In large letters, in three lines at most.
    pub(super) title: String,
    /// In small letters, one line each.
    pub(super) lines: [String; 2],
    /// At the bottom.
    pub(super) price: String,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub(super) enum DrawError {
    /// The picture is no SVG.
    #[error("the picture cannot be read")]
    Svg(#[from] resvg::usvg::Error),
    /// It was not written as PNG.
    #[error("the image was not encoded: {0}")]
    Png(String),
}

/// The picture as PNG.
pub(super) fn draw(picture: &Picture) -> Result<Vec<u8>, DrawError> {
    let tree = svg(&document(picture)?)?;
    let (width, height) = PREVIEW_SIZE;
    let mut pixels = Pixmap::new(width, height).ok_or_else(|| DrawError::Png("no room".to_owned()))?;
    render(&tree, Transform::default(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| DrawError::Png(error.to_string()))
}

fn svg(text: &str) -> Result<Tree, DrawError> {
    Ok(Tree::from_str(text, &OPTIONS)?)
}

/// The colours are those of the header and of the brand.
fn document(picture: &Picture) -> Result<String, DrawError> {
    let mut texts = Vec::new();
    let mut put = |text: &str, top: usize, size: usize, color: &str| {
        let text = escaped(text);
        texts.push(format!("<text x=\"80\" y=\"{top}\" font-size=\"{size}\" fill=\"{color}\">{text}</text>"));
    };
    let title = wrap(&picture.title, Bounds { size: 76, width: 1040, lines: 3 }, widths)?;
    for (line, text) in title.iter().enumerate() {
        put(text, 140 + line * 92, 76, "#ffffff");
    }
    for (line, text) in picture.lines.iter().enumerate() {
        let text = wrap(text, Bounds { size: 38, width: 1040, lines: 1 }, widths)?;
        put(text.first().map_or("", String::as_str), 416 + line * 58, 38, "#d9d3ff");
    }
    put(&picture.price, 590, 48, "#2a1f70");
    let texts = texts.concat();
    Ok(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" font-family="{FONT_NAME}" font-weight="700">
<rect width="1200" height="630" fill="#2a1f70"/>
<rect y="512" width="1200" height="118" fill="#f4b63f"/>
<circle cx="0" cy="512" r="30" fill="#0d0a16"/><circle cx="1200" cy="512" r="30" fill="#0d0a16"/>
<path d="M48 512H1152" stroke="#2a1f70" stroke-width="4" stroke-dasharray="14 14"/>
{texts}
<text x="1120" y="588" font-size="44" text-anchor="end" fill="#2a1f70">GitTix</text>
</svg>"##
    ))
}

/// How wide each of these texts is, in pixels.
fn widths(texts: &[String], size: usize) -> Result<Vec<f32>, DrawError> {
    let rows = texts.iter().enumerate().map(|(n, text)| format!("<text id=\"t{n}\" y=\"99\">{}</text>", escaped(text)));
    let tree = svg(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\" font-family=\"{FONT_NAME}\" font-weight=\"700\" font-size=\"{size}\">{}</svg>",
        rows.collect::<Vec<_>>().concat()
    ))?;
    // A text without a visible character is no node.
    let width = |n| tree.node_by_id(&format!("t{n}")).map_or(0.0, |node| node.bounding_box().width());
    Ok((0..texts.len()).map(width).collect())
}

/// As XML takes it: what it does not know is left out.
fn escaped(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_title(title: &str) -> Picture {
        Picture {
            title: title.into(),
            lines: ["Sun 14 Feb 2027, 20:00".into(), title.into()],
            price: "from $49.50".into(),
        }
    }

    /// Proves that a name in any script, or one that looks like SVG, is drawn.
    #[test]
    fn every_title_is_drawn_in_the_same_size() {
        let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ".repeat(3);
        let titles = [
            "Sigur Rós",
            "",
            "مهرجان الموسيقى",
            "שלום عالم mixed",
            "東京ドーム 🎸",
            "</text><rect/>&amp;",
            "\u{0}\u{ffff}\u{feff}",
            &long,
            &"e\u{301}".repeat(4000),
        ];
        for title in titles {
            let png = draw(&of_title(title)).unwrap_or_else(|error| panic!("{title}: {error}"));
            assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{title}");
            assert_eq!(png[16..24], [0, 0, 4, 176, 0, 0, 2, 118], "{title}");
            assert!(png.len() < 120_000, "{title}: {}", png.len());
        }
    }

    #[test]
    fn long_title_ends_within_the_image() {
        let title =
            "An Evening of One-Minute Operas, Sung in the Dark by Forty Amateur Sopranos and One Very Patient Pianist";
        let lines = wrap(title, Bounds { size: 76, width: 1040, lines: 3 }, widths).expect("lines");
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with('…') && title.starts_with(&lines[0]), "{lines:?}");
        assert!(widths(&lines, 76).expect("widths").iter().all(|width| *width <= 1060.0), "{lines:?}");
    }
}
