//! Single-line text that people type: visible, trimmed, bounded.
//!
//! Only the server reads such text: the tables of Unicode are too large for the browser to download.

use icu_properties::props::{
    BinaryProperty, CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier, EnumeratedProperty,
    ExtendedPictographic, GeneralCategory, Script, UnifiedIdeograph, VariationSelector,
};
use model::{Code, error::Problem};
use unicode_segmentation::UnicodeSegmentation;

/// The most bytes of one character as people see it; a longer one counts as several. The longest emoji of Unicode has
/// 35, and a letter with its accents fewer. The constraints of the database are in bytes: each is a field's limit times
/// this.
pub(crate) const CHARACTER_BYTES: usize = 32;

/// The most combining marks on one letter. Hebrew, Thai, Vietnamese and the Indic scripts need at most 4.
const MARKS_MAX: usize = 8;

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
/// What a kept joiner of Mongolian is called.
const MONGOLIAN_VOWEL_SEPARATOR: char = '\u{180e}';
/// Asks for the emoji where the font also has a plain sign.
const EMOJI_VARIANT: char = '\u{fe0f}';
/// Begins the flags of countries within countries, which tags spell.
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';
const KEYCAP: char = '\u{20e3}';

/// Parses a text that may be empty: without what is invisible, with single spaces, and at most `max` characters as
/// people see them.
///
/// # Errors
///
/// [`Code::TooLong`], with the limit; [`Code::InvalidText`], with the character, for control characters;
/// [`Code::TooManyMarks`] for a letter under a tower of accents.
pub(crate) fn parse_line(text: &str, max: usize) -> Result<String, Problem> {
    let line = without_invisible(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(sign) = line.chars().find(|&c| is_control(c)) {
        return Err(Problem { sign: Some(sign.into()), ..Code::InvalidText.into() });
    }
    if !line.chars().any(is_visible) {
        return Ok(String::new());
    }
    if most_marks(&line) > MARKS_MAX {
        return Err(Code::TooManyMarks.into());
    }
    if length(&line) > max {
        return Err(Problem { limit: u32::try_from(max).ok(), ..Code::TooLong.into() });
    }
    Ok(line)
}

/// Parses a name, like [`parse_line`].
///
/// # Errors
///
/// [`Code::Required`] without anything visible, and those of [`parse_line`].
pub(crate) fn parse_name(text: &str, max: usize) -> Result<String, Problem> {
    match parse_line(text, max) {
        Ok(line) if line.is_empty() => Err(Code::Required.into()),
        parsed => parsed,
    }
}

/// The number of characters as people see them.
fn length(text: &str) -> usize {
    text.graphemes(true).map(|character| character.len().div_ceil(CHARACTER_BYTES)).sum()
}

/// Removes what cannot be seen: zero-width spaces, byte-order marks, signs that change the direction, fillers. They
/// come along with copied text, and can make two equal texts out of different ones. Joiners, variation selectors and
/// tags stay where a language or an emoji is written with them.
pub(crate) fn without_invisible(text: &str) -> String {
    let signs: Vec<char> = text.chars().map(without_blanks).filter(|&c| !is_always_removed(c)).collect();
    let mut kept: Vec<char> = Vec::with_capacity(signs.len());
    for (place, &sign) in signs.iter().enumerate() {
        let rest = signs.get(place + 1..).unwrap_or_default();
        let stays = match sign {
            NON_JOINER | JOINER | MONGOLIAN_VOWEL_SEPARATOR => joins(&kept, sign, rest),
            c if VariationSelector::for_char(c) => has_variants(kept.last().copied(), c, rest),
            c if is_tag(c) => false,
            // At the start it would be drawn over what the page has before the text.
            c if is_mark(c) => kept.iter().any(|c| !c.is_whitespace()),
            _ => true,
        };
        if stays {
            kept.push(sign);
        }
        if sign == BLACK_FLAG {
            kept.extend(flag_tags(rest));
        }
    }
    kept.into_iter().collect()
}

/// Without every invisible sign, also those that [`without_invisible`] keeps: for comparing.
pub(crate) fn without_ignorable(text: &str) -> String {
    text.chars().filter(|&c| !DefaultIgnorableCodePoint::for_char(c)).collect()
}

/// The empty braille pattern looks like a space.
fn without_blanks(c: char) -> char {
    if c == '\u{2800}' { ' ' } else { c }
}

/// Whether a sign is invisible wherever it stands.
fn is_always_removed(c: char) -> bool {
    let depends = is_format(c) || c == MONGOLIAN_VOWEL_SEPARATOR;
    // Annotations, a place for an object, a note without a head: invisible, but not called ignorable by Unicode.
    let is_empty = matches!(c, '\u{fff9}'..='\u{fffc}' | '\u{1d159}');
    is_empty || DefaultIgnorableCodePoint::for_char(c) && !depends
}

/// Joiners, variation selectors and tags.
fn is_format(c: char) -> bool {
    matches!(c, NON_JOINER | JOINER) || VariationSelector::for_char(c) || is_tag(c)
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..=CANCEL_TAG)
}

/// Whether a joiner has an effect between what was kept and what follows.
fn joins(kept: &[char], joiner: char, rest: &[char]) -> bool {
    let Some(&before) = kept.last() else { return false };
    // After a virama it chooses the form of the letter before, also at the end of a word.
    if CanonicalCombiningClass::for_char(before) == CanonicalCombiningClass::Virama {
        return joiner != MONGOLIAN_VOWEL_SEPARATOR;
    }
    let Some(&after) = rest.iter().find(|&&c| !is_format(c)) else { return false };
    if ExtendedPictographic::for_char(after) {
        return joiner == JOINER && is_emoji_end(before);
    }
    let base = kept.iter().rev().copied().find(|&c| !is_mark(c) && !VariationSelector::for_char(c));
    let script = base.filter(|&base| is_letter(base)).map_or(Script::Common, Script::for_char);
    let is_inside = !matches!(before, NON_JOINER | JOINER) && (is_letter(after) || is_mark(after));
    is_inside && if joiner == MONGOLIAN_VOWEL_SEPARATOR { script == Script::Mongolian } else { is_joined(script) }
}

/// Whether letters of a script are joined or stacked. In other scripts a joiner is never seen.
fn is_joined(script: Script) -> bool {
    ![
        Script::Armenian,
        Script::Bopomofo,
        Script::Common,
        Script::Cyrillic,
        Script::Georgian,
        Script::Greek,
        Script::Han,
        Script::Hangul,
        Script::Hebrew,
        Script::Hiragana,
        Script::Katakana,
        Script::Latin,
    ]
    .contains(&script)
}

/// Whether an emoji can end with this sign, so that a joiner can follow.
fn is_emoji_end(c: char) -> bool {
    ExtendedPictographic::for_char(c) || EmojiModifier::for_char(c) || matches!(c, EMOJI_VARIANT | CANCEL_TAG)
}

/// Whether the sign before has a variant of this kind.
fn has_variants(before: Option<char>, selector: char, rest: &[char]) -> bool {
    let Some(before) = before else { return false };
    match selector {
        '\u{fe0e}' | EMOJI_VARIANT if before.is_ascii() => rest.first() == Some(&KEYCAP),
        '\u{fe0e}' | EMOJI_VARIANT => Emoji::for_char(before),
        '\u{180b}'..='\u{180f}' => Script::for_char(before) == Script::Mongolian && is_letter(before),
        _ if UnifiedIdeograph::for_char(before) => true,
        '\u{fe00}' => [Script::Myanmar, Script::PhagsPa, Script::Manichaean].contains(&Script::for_char(before)),
        _ => false,
    }
}

/// The tags after a black flag, if they spell a region of three to six letters and digits.
fn flag_tags(rest: &[char]) -> &[char] {
    let is_region = |c: &char| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let length = rest.iter().take_while(|c| is_region(c)).count();
    match rest.get(..=length) {
        Some(tags) if (3..=6).contains(&length) && tags.ends_with(&[CANCEL_TAG]) => tags,
        _ => &[],
    }
}

fn is_letter(c: char) -> bool {
    use GeneralCategory::{LowercaseLetter, ModifierLetter, OtherLetter, TitlecaseLetter, UppercaseLetter};
    matches!(
        GeneralCategory::for_char(c),
        LowercaseLetter | ModifierLetter | OtherLetter | TitlecaseLetter | UppercaseLetter
    )
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    matches!(GeneralCategory::for_char(c), EnclosingMark | NonspacingMark | SpacingMark)
        && !VariationSelector::for_char(c)
}

/// Control characters, and code points that will never be characters.
fn is_control(c: char) -> bool {
    c.is_control() || u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// Letters, digits, punctuation, symbols and emoji.
fn is_visible(c: char) -> bool {
    use GeneralCategory::{Control, Format, PrivateUse, Unassigned};
    let is_hidden = c.is_whitespace()
        || is_mark(c)
        || DefaultIgnorableCodePoint::for_char(c)
        || matches!(GeneralCategory::for_char(c), Control | Format | PrivateUse | Unassigned);
    // Emoji of a later Unicode are unassigned in this one.
    !is_hidden || ExtendedPictographic::for_char(c)
}

/// The most marks on one letter. Joiners between them do not begin another.
fn most_marks(line: &str) -> usize {
    let (mut most, mut marks) = (0, 0);
    for c in line.chars() {
        if is_mark(c) {
            marks += 1;
            most = most.max(marks);
        } else if !is_format(c) {
            marks = 0;
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> String {
        parse_line(text, 1000).unwrap_or_else(|problem| panic!("{text:?}: {problem:?}"))
    }

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line("  Sigur   Rós\t— live "), "Sigur Rós — live");
        assert_eq!(parse_line("", 5), Ok(String::new()));
        assert_eq!(parse_name("   ", 5), Err(Code::Required.into()));
        assert_eq!(parse_name("ábcde", 5), Ok("ábcde".to_owned()));
        assert_eq!(parse_name("ábcdef", 5), Err(Problem { limit: Some(5), ..Code::TooLong.into() }));
    }

    #[test]
    fn control_characters_are_named() {
        for sign in ['\0', '\u{8}', '\u{1b}', '\u{7f}', '\u{9f}', '\u{ffff}', '\u{fdd0}'] {
            let refused = parse_line(&format!("a{sign}b"), 5).expect_err("a control character");
            assert_eq!(refused, Problem { sign: Some(sign.into()), ..Code::InvalidText.into() });
        }
    }

    /// Proves that joiners are kept: without them these are other words and other emoji.
    #[test]
    fn what_languages_and_emoji_are_written_with_stays() {
        for text in [
            "کنسرت گروه\u{200c}ها",
            "می\u{200c}خوانیم",
            "ශ්\u{200d}රී ලංකා",
            "क्\u{200d}ष",
            "র\u{200d}্যাব",
            // A letter without its vowel, at the end of a word.
            "അവന്\u{200d}",
            "अवन्\u{200d} लाल",
            "👨\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}🎨",
            "🏳\u{fe0f}\u{200d}🌈",
            "❤\u{fe0f}\u{200d}🔥",
            "1\u{fe0f}\u{20e3}",
            "☎\u{fe0e}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            // A name of Japan, and a word of Mongolia.
            "葛\u{e0100}城",
            "ᠬᠠᠭ\u{180b}\u{180e}ᠠ",
            "\u{0600}١٢",
            "e\u{301}a",
            "!!!",
        ] {
            assert_eq!(line(text), text, "{}", text.escape_unicode());
        }
    }

    /// Proves that invisible signs are removed: each of these pairs looks alike.
    #[test]
    fn what_cannot_be_seen_goes() {
        for (typed, seen) in [
            ("a\u{200b}b\u{feff}c\u{2060}d\u{ad}e\u{61c}f", "abcdef"),
            ("\u{202b}שלום\u{202c}\u{200f}", "שלום"),
            ("a\u{200e}\u{202e}b\u{2066}c\u{2069}", "abc"),
            ("a\u{3164}\u{115f}\u{1160}\u{ffa0}\u{17b4}\u{17b5}b", "ab"),
            ("a\u{e0001}\u{e0041}b\u{34f}\u{206a}\u{1d173}", "ab"),
            ("a\u{fffc}\u{fff9}b\u{1d159}", "ab"),
            // Joiners at the ends, beside spaces, twice, and between letters that are never joined.
            ("\u{200d}a \u{200c} b\u{200d}", "a b"),
            ("گروه\u{200c}\u{200c}\u{200b}\u{200d}ها\u{200c}", "گروه\u{200c}ها"),
            ("Tay\u{200d}lor A\u{200c}1", "Taylor A1"),
            ("👩\u{200c}👩 👩\u{200d} a", "👩👩 👩 a"),
            // Selectors and tags without what they select.
            ("a\u{fe0f}b\u{e0100}1\u{fe0f}\u{fe00}", "ab1"),
            ("葛\u{e0100}\u{e0101}", "葛\u{e0100}"),
            ("🏴\u{e0067}\u{e0062}", "🏴"),
            ("🏴\u{e0067}\u{e007f}🎸\u{e0067}\u{e0062}\u{e0065}\u{e007f}", "🏴🎸"),
            ("a\u{2800}\u{a0}\u{3000}\u{2028}b", "a b"),
            (" \u{301}abc", "abc"),
        ] {
            assert_eq!(line(typed), seen, "{}", typed.escape_unicode());
        }
    }

    /// Proves that something visible is asked for: these would be cards and links without a word.
    #[test]
    fn a_name_has_something_to_see() {
        for text in [
            "\u{2060}",
            "\u{3164}",
            "\u{ad}",
            "\u{e0020}",
            "\u{200d}",
            "\u{fe0f}",
            "\u{301}",
            "\u{2800}",
            "\u{a0}\u{200b}",
            "\u{e000}",
            "\u{180e}",
            "\u{20e3}",
            "\u{600}",
            "\u{10fffd}",
        ] {
            assert_eq!(parse_name(text, 5), Err(Code::Required.into()), "{}", text.escape_unicode());
            assert_eq!(parse_line(text, 5), Ok(String::new()), "{}", text.escape_unicode());
        }
        for text in ["7", "₿", "🎸", "ʼ", "ไ", "北"] {
            assert_eq!(parse_name(text, 5), Ok(text.to_owned()));
        }
    }

    #[test]
    fn limits_count_what_people_see() {
        for text in [
            "👨\u{200d}👩\u{200d}👧",
            "e\u{301}",
            "क्षि",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "🇩🇪",
            "각",
        ] {
            let five = text.repeat(5);
            assert_eq!(parse_name(&five, 5), Ok(five.clone()), "{text}");
            assert!(parse_name(&five, 4).is_err(), "{text}");
        }
    }

    /// Proves the bound in bytes: one character as people see it may be as long as its writer likes.
    #[test]
    fn a_huge_character_counts_as_several() {
        let family = vec!["👩"; 40].join("\u{200d}");
        assert_eq!(family.graphemes(true).count(), 1);
        assert_eq!(length(&family), (40 * 4 + 39 * 3_usize).div_ceil(CHARACTER_BYTES));
        assert_eq!(parse_name(&family, 5).expect_err("too long").code, Code::TooLong);
    }

    #[test]
    fn towers_of_marks_are_refused() {
        let tower = |marks: usize| format!("Z{}algo", "\u{301}".repeat(marks));
        assert!(parse_name(&tower(MARKS_MAX), 20).is_ok());
        assert_eq!(parse_name(&tower(MARKS_MAX + 1), 20), Err(Code::TooManyMarks.into()));
        // A joiner between two marks does not begin another letter.
        let joined = format!("क{}", "\u{93c}\u{200d}".repeat(MARKS_MAX + 1));
        assert_eq!(parse_name(&joined, 20), Err(Code::TooManyMarks.into()));
        for word in ["שְּׁ", "ที่", "ệ", "क्षीं", "བསྒྲུབས"] {
            assert_eq!(parse_name(word, 20).as_deref(), Ok(word));
        }
        assert!(Code::TooManyMarks.words().contains(&format!(" {MARKS_MAX} ")), "the message has the limit");
    }

    proptest! {
        #[test]
        fn a_parsed_line_parses_to_itself(text in "[a-c \u{200b}-\u{200f}\u{2060}هاක්රක़👩🏽❤\u{fe0f}🏴\u{e0062}\u{e0067}\u{e007f}\u{301}\u{3164}]{0,16}") {
            if let Ok(line) = parse_line(&text, 40) {
                prop_assert_eq!(parse_line(&line, 40), Ok(line.clone()));
                prop_assert!(line.len() <= 40 * CHARACTER_BYTES);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}|.{0,40}") {
            let _ = parse_line(&text, 20);
        }
    }
}
