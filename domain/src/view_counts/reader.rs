//! Who counts as a reader.

/// What programs that read pages for search engines call themselves.
const CRAWLERS: [&str; 3] = ["bot", "crawl", "spider"];

/// Whether a request is a person's, by the name of its program: one that has a name, and does not call itself a crawler.
/// A program that lies is counted.
#[must_use]
pub fn is_person(user_agent: &str) -> bool {
    let user_agent = user_agent.to_ascii_lowercase();
    !user_agent.trim().is_empty() && !CRAWLERS.iter().any(|crawler| user_agent.contains(crawler))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crawlers_are_no_readers() {
        for person in [
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1",
        ] {
            assert!(is_person(person), "{person}");
        }
        for program in [
            "",
            " ",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0)",
            "Sogou web Spider/4.0",
            "SomeCrawler",
        ] {
            assert!(!is_person(program), "{program}");
        }
    }
}
