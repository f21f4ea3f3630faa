//! Folding a name, so that two spellings of the same name are equal.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The name in lower case, without accents and punctuation, with single spaces. A name of punctuation alone stays as it
/// is, in lower case.
pub(crate) fn fold(name: &str) -> String {
    let plain: String = name
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || c.is_whitespace())
        .collect();
    let folded = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() { name.to_lowercase() } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_equal() {
        for (one, other) in [
            ("Sigur Rós", "SIGUR ROS"),
            ("St. James's Hall", "St James’s  hall"),
            ("Kőszeg", "Ko\u{30b}szeg"),
            ("Ｔｏｋｙｏ", "tokyo"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}, {other}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        for (one, other) in [("Hall 1", "Hall 2"), ("東京ドーム", "京セラドーム"), ("!!!", "???"), ("The The", "The")]
        {
            assert_ne!(fold(one), fold(other), "{one}, {other}");
        }
    }
}
