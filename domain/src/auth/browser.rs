//! The browser that a user signs in with.

use super::session::SessionToken;

/// Names that browsers give themselves. The more specific ones come first, because nearly all browsers
/// also claim to be Chrome and Safari.
const PROGRAMS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// Operating systems, the more specific ones first: an iPhone says that it is like a Mac, and Android
/// that it is Linux.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The browser that a user signs in with.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    user_agent: String,
    session: Option<SessionToken>,
    mark: Option<String>,
}

impl Browser {
    /// A browser that calls itself `user_agent` and sends the session token `session`. The sign-in ends
    /// that session and begins another.
    #[must_use]
    pub fn new(user_agent: &str, session: Option<SessionToken>) -> Self {
        Self { user_agent: user_agent.to_owned(), session, mark: None }
    }

    /// The same browser, which keeps `mark` of [an earlier sign-in](super::known_browser).
    #[must_use]
    pub fn with_mark(self, mark: Option<String>) -> Self {
        Self { mark, ..self }
    }

    /// What the browser keeps of an earlier sign-in, ours or not.
    pub(crate) fn mark(&self) -> Option<&str> {
        self.mark.as_deref()
    }

    /// A short description for the account's owner: `Firefox on Linux`.
    ///
    /// It consists of words from this file only, so it is short and holds nothing that a client made up.
    #[must_use]
    pub fn device(&self) -> String {
        let find = |names: &[(&str, &'static str)]| {
            names.iter().find(|(sign, _)| self.user_agent.contains(sign)).map(|&(_, name)| name)
        };
        let program = find(&PROGRAMS).unwrap_or("A browser");
        find(&SYSTEMS).map_or_else(|| program.to_owned(), |system| format!("{program} on {system}"))
    }

    /// The session that the browser has sent.
    pub(crate) fn session(&self) -> Option<&SessionToken> {
        self.session.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_common_browsers() {
        for (user_agent, device) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
                "Safari on macOS",
            ),
            ("curl/8.5.0", "curl"),
            ("", "A browser"),
            ("<script>alert(1)</script>", "A browser"),
        ] {
            assert_eq!(Browser::new(user_agent, None).device(), device, "{user_agent}");
        }
    }

    /// The column holds at most 40 characters.
    #[test]
    fn description_is_short_for_any_user_agent() {
        let longest = |names: &[(&str, &str)]| names.iter().map(|(_, name)| name.len()).max().unwrap_or_default();
        assert!(longest(&PROGRAMS) + " on ".len() + longest(&SYSTEMS) <= 40);
        assert_eq!(Browser::new(&"x".repeat(100_000), None).device(), "A browser");
    }
}
