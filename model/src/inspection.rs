//! What a machine finds in a ticket's file: `inspect` looks, in a process of its own, and `platform` asks it.

use serde::{Deserialize, Serialize};

/// Greatest size of a file, in bytes.
pub const FILE_BYTES: usize = 10 * 1024 * 1024;
/// Greatest number of pages of a PDF.
pub const FILE_PAGES: usize = 10;
/// Greatest number of pixels of a picture: a phone's camera makes 12 to 50 million, and most send 12.
pub const FILE_PIXELS: u64 = 40_000_000;
/// Greatest number of codes that are told, over all pages.
pub const FILE_CODES: usize = 50;
/// Greatest length of the text that is told, over all pages, in bytes.
pub const FILE_TEXT_BYTES: usize = 64 * 1024;

/// What a file is, by its content. Its name and what the browser says of it do not count.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FileKind {
    /// A document of pages.
    Pdf,
    /// A picture, mostly a screenshot.
    Png,
    /// A picture, mostly a photo.
    Jpeg,
    /// A picture.
    Webp,
    /// A pass for Apple's Wallet.
    Pass,
}

impl FileKind {
    /// The kind as it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.into()
    }
}

/// The kinds of codes that are read.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CodeKind {
    /// QR, in its full form: not Micro QR.
    Qr,
    /// Aztec.
    Aztec,
    /// PDF417, which is a kind of code and not of file.
    Pdf417,
    /// Data Matrix.
    DataMatrix,
    /// Code 128, the one linear kind.
    Code128,
}

/// The first line of an answer about a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Answer {
    /// What was found in it.
    pub found: Found,
    /// The kind of the picture that follows the line and is kept instead of the file; none where the file is kept.
    pub picture: Option<FileKind>,
}

/// What was found in a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Found {
    /// What the file is.
    pub kind: FileKind,
    /// In their order. A picture and a pass have one.
    pub pages: Vec<Page>,
    /// Whether every page was looked at in every way: false where time, codes or text came to their bounds. Then there
    /// may be more.
    pub complete: bool,
}

impl Found {
    /// Codes of all pages, in the order of the pages.
    pub fn codes(&self) -> impl Iterator<Item = &Code> {
        self.pages.iter().flat_map(|page| &page.codes)
    }
}

/// A page of the file.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Page {
    /// From the top to the bottom of the page. A code that stands twice on a page is told once.
    pub codes: Vec<Code>,
    /// The text of a PDF's page or of a pass, by lines. Of a picture there is none: letters are not recognised.
    pub text: String,
    /// Words of the text that look like seats.
    pub seats: Vec<SeatWords>,
}

/// A code on a page.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Code {
    /// How it is drawn.
    pub kind: CodeKind,
    /// What it says. Where `is_binary`, each character is one byte, from U+0000 to U+00FF.
    pub text: String,
    /// Whether it holds bytes that are no text.
    pub is_binary: bool,
    /// Where on the page; none for a pass, which says its code and does not draw it.
    pub place: Option<Place>,
}

impl Code {
    /// A code of these bytes: text, where they are UTF-8 without control characters other than those that codes
    /// separate their fields by.
    #[must_use]
    pub fn new(kind: CodeKind, bytes: &[u8], place: Option<Place>) -> Self {
        let text = std::str::from_utf8(bytes).ok().filter(|text| !text.chars().any(is_no_text));
        match text {
            Some(text) => Self { kind, text: text.to_owned(), is_binary: false, place },
            None => Self { kind, text: bytes.iter().map(|byte| char::from(*byte)).collect(), is_binary: true, place },
        }
    }

    /// What it says, as bytes: to compare codes, and to draw the same one.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        if self.is_binary {
            self.text.chars().filter_map(|character| u8::try_from(character).ok()).collect()
        } else {
            self.text.as_bytes().to_vec()
        }
    }
}

/// Line ends, tabs, and the separators of fields (U+001C to U+001F, U+0004) are written in codes as text.
fn is_no_text(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{4}' | '\u{1c}'..='\u{1f}')
}

/// A rectangle on a page, in thousandths of its width and height, from the left and the top.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Place {
    /// Its left side.
    pub left: u16,
    /// Its upper side.
    pub top: u16,
    /// Its right side.
    pub right: u16,
    /// Its lower side.
    pub bottom: u16,
}

/// What a text says of a seat, as it is written there.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SeatWords {
    /// Section, block, stand.
    pub section: Option<String>,
    /// Row.
    pub row: Option<String>,
    /// Seat.
    pub seat: Option<String>,
}

/// Why a file was not looked at, or not to its end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// No PDF, PNG, JPEG, WebP or pass.
    UnknownKind,
    /// More than [`FILE_BYTES`].
    TooLarge,
    /// A PDF that asks for a password.
    Encrypted,
    /// A PDF of more than [`FILE_PAGES`] pages.
    TooManyPages,
    /// A picture of more than [`FILE_PIXELS`] pixels.
    TooManyPixels,
    /// It begins like its kind, and cannot be read as one.
    Unreadable,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownKind => "it is no PDF, PNG, JPEG, WebP or pass",
            Self::TooLarge => "the file is too large",
            Self::Encrypted => "the PDF asks for a password",
            Self::TooManyPages => "the PDF has too many pages",
            Self::TooManyPixels => "the picture has too many pixels",
            Self::Unreadable => "the file is damaged",
        })
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
mod tests {
    use super::{Code, CodeKind};

    #[test]
    fn a_code_keeps_its_bytes() {
        for bytes in [&b"LH-1"[..], "Müller \u{1d}7".as_bytes(), &[0, 1, 2, 0xff], b"\xe9t\xe9"] {
            assert_eq!(Code::new(CodeKind::Qr, bytes, None).bytes(), bytes);
        }
        assert!(!Code::new(CodeKind::Qr, b"M1\x1dA\r\n", None).is_binary);
        assert!(Code::new(CodeKind::Aztec, b"#UT\x00\x9c", None).is_binary);
    }
}
