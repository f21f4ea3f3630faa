//! Breaks a text into lines.

/// The room of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Size of the font, in pixels.
    pub(super) size: usize,
    /// The longest line, in pixels.
    pub(super) width: u16,
    pub(super) lines: usize,
}

/// More characters than any room has.
const CHARS_MAX: usize = 300;
/// A piece of a word that is longer than a line, in characters: it fits in every font.
const PIECE: usize = 8;

/// The lines of `text`, with a mark where it is cut. `widths` measures texts in a size.
pub(super) fn wrap<E>(
    text: &str,
    bounds: Bounds,
    widths: impl Fn(&[String], usize) -> Result<Vec<f32>, E>,
) -> Result<Vec<String>, E> {
    let longest = f32::from(bounds.width);
    let text: String = text.chars().take(CHARS_MAX).collect();
    let words: Vec<String> = text.split_whitespace().map(ToOwned::to_owned).collect();
    let measured = widths(&words, bounds.size)?;
    // Each piece, and whether a space is before it.
    let pieces = words.iter().zip(measured).flat_map(|(word, width)| {
        let length = if width > longest { PIECE } else { usize::MAX };
        pieces(word, length).into_iter().enumerate().map(|(n, piece)| (piece, n == 0))
    });
    let pieces: Vec<(String, bool)> = pieces.collect();
    let texts: Vec<String> = pieces
        .iter()
        .map(|(piece, _)| piece.clone())
        .chain(["…".to_owned(), "n n".to_owned(), "nn".to_owned()])
        .collect();
    let measured = widths(&texts, bounds.size)?;
    let [.., mark, with_space, without_space] = measured[..] else { return Ok(Vec::new()) };
    let space = with_space - without_space;

    let mut lines: Vec<Line> = Vec::new();
    for ((piece, is_word), width) in pieces.into_iter().zip(measured) {
        let is_last = lines.len() == bounds.lines;
        match lines.last_mut() {
            Some(line) if line.width + if is_word { space } else { 0.0 } + width <= longest => {
                line.push(piece, is_word, width, space);
            }
            Some(line) if is_last => {
                line.cut(longest - mark);
                break;
            }
            _ => lines.push(Line { pieces: vec![(piece, false, width)], width }),
        }
    }
    Ok(lines.iter().map(Line::text).collect())
}

struct Line {
    /// Each with whether a space is before it, and how much wider it makes the line.
    pieces: Vec<(String, bool, f32)>,
    width: f32,
}

impl Line {
    fn push(&mut self, piece: String, is_word: bool, width: f32, space: f32) {
        let width = if is_word { space + width } else { width };
        self.width += width;
        self.pieces.push((piece, is_word, width));
    }

    /// Leaves room for the mark, and adds it.
    fn cut(&mut self, longest: f32) {
        while self.width > longest && self.pieces.len() > 1 {
            self.width -= self.pieces.pop().map_or(0.0, |(_, _, width)| width);
        }
        if let Some((piece, _, _)) = self.pieces.last_mut() {
            piece.push('…');
        }
    }

    fn text(&self) -> String {
        self.pieces
            .iter()
            .map(|(piece, is_word, _)| if *is_word { format!(" {piece}") } else { piece.clone() })
            .collect()
    }
}

fn pieces(word: &str, length: usize) -> Vec<String> {
    let chars: Vec<char> = word.chars().collect();
    chars.chunks(length.min(chars.len().max(1))).map(|piece| piece.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Each character is ten pixels wide.
    fn lines_of(text: &str, width: u16, lines: usize) -> Vec<String> {
        let widths = |texts: &[String], _| {
            let width = |text: &String| text.chars().fold(0.0, |width, _| width + 10.0);
            Ok::<_, Infallible>(texts.iter().map(width).collect())
        };
        match wrap(text, Bounds { size: 10, width, lines }, widths) {
            Ok(lines) => lines,
            Err(error) => match error {},
        }
    }

    #[test]
    fn words_fill_lines_and_the_last_one_is_cut() {
        assert_eq!(lines_of("one two three", 130, 1), ["one two three"]);
        assert_eq!(lines_of("one two  three", 80, 3), ["one two", "three"]);
        assert_eq!(lines_of("one two three four", 80, 2), ["one two", "three…"]);
        assert_eq!(lines_of("one two three", 80, 1), ["one two…"]);
        assert_eq!(lines_of("one twos three", 80, 1), ["one…"]);
        assert_eq!(lines_of("  ", 80, 2), [""; 0]);
    }

    #[test]
    fn word_that_is_too_long_is_broken() {
        assert_eq!(lines_of("abcdefghijklmnop", 100, 3), ["abcdefgh", "ijklmnop"]);
        assert_eq!(lines_of("abcdefghijklmnop", 160, 3), ["abcdefghijklmnop"]);
        assert_eq!(lines_of("abcdefghijklmnopqrstuvwxyz", 100, 2), ["abcdefgh", "ijklmnop…"]);
    }
}
