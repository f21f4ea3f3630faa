//! Which questions have the words that a reader typed.

use super::questions::Question;

/// The questions in which each word of the search begins a word, in question, topic or answer. All, if there is none.
pub(super) fn find(questions: Vec<Question>, search: &str) -> Vec<Question> {
    let wanted = words(search);
    questions.into_iter().filter(|question| has_all(question, &wanted)).collect()
}

fn has_all(question: &Question, wanted: &[String]) -> bool {
    let texts = [question.topic, question.ask].into_iter().chain(question.answer.iter().map(String::as_str));
    let present: Vec<_> = texts.flat_map(words).collect();
    wanted.iter().all(|wanted| present.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// In small letters, without marks. An apostrophe joins: `don’t` and `dont` are one word.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace(['’', '\''], "");
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(stem).collect()
}

/// One form for one and many, so that `cards` finds `card`.
fn stem(word: &str) -> String {
    let one = word.strip_suffix('s').filter(|one| one.len() > 2 && !one.ends_with('s'));
    one.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use domain::backend::Rules;

    use super::{super::questions::questions, *};

    fn found(search: &str) -> Vec<&'static str> {
        find(questions(&Rules::default()), search).into_iter().map(|question| question.id).collect()
    }

    #[test]
    fn search_finds_every_word_in_any_order_and_form() {
        assert!(found("declined card").contains(&"declined"));
        assert_eq!(found("CARDS declined!"), found("declined card"));
        assert!(found("time zone").contains(&"time-zone"));
        assert!(found("3-D Secure").contains(&"confirm"), "the bank's own word");
        assert!(found("forg").contains(&"forgot"), "the beginning of a word");
        assert_eq!(found("declined elephant"), [""; 0], "every word counts");
    }

    #[test]
    fn no_words_find_all() {
        let all = questions(&Rules::default()).len();
        assert_eq!((found("").len(), found(" ?! ").len()), (all, all));
    }
}
