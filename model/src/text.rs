//! Single-line text that people type: trimmed, bounded, printable.

use crate::error::Code;

/// Trims `text`, folds runs of white space, and limits its length in characters.
///
/// # Errors
///
/// [`Code::Required`] with fewer than `min` characters, [`Code::TooLong`] with more than `max`,
/// [`Code::InvalidText`] for control characters, which do not belong in a line and
/// can disguise one text as another.
pub fn parse_line(text: &str, min: usize, max: usize) -> Result<String, Code> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_disguise = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let length = line.chars().count();
    if line.chars().any(is_disguise) {
        Err(Code::InvalidText)
    } else if length < min {
        Err(Code::Required)
    } else if length > max {
        Err(Code::TooLong)
    } else {
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_line_and_refuses_the_rest() {
        assert_eq!(parse_line("  Sigur   Rós\t— live ", 1, 40), Ok("Sigur Rós — live".to_owned()));
        assert_eq!(parse_line("", 0, 5), Ok(String::new()));
        assert_eq!(parse_line("   ", 1, 5), Err(Code::Required));
        assert_eq!(parse_line("ábcdef", 1, 5), Err(Code::TooLong));
        assert_eq!(parse_line("ábcde", 1, 5), Ok("ábcde".to_owned()));
        assert_eq!(parse_line("a\u{0}b", 1, 5), Err(Code::InvalidText));
        assert_eq!(parse_line("a\u{202e}b", 1, 5), Err(Code::InvalidText));
    }
}
