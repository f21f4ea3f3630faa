//! What a mail says. It is described once: its text and its HTML both come of this.

use std::borrow::Cow;

/// The first line of a mail to a user.
const GREETING: &str = "Hello,";

/// A mail: its parts in their order.
#[derive(Debug)]
pub(crate) struct Content {
    pub(super) subject: Cow<'static, str>,
    pub(super) parts: Vec<Part>,
    /// Why its reader gets it.
    pub(super) why: Cow<'static, str>,
    /// Where its reader turns mails of this kind off, if that can be done.
    pub(super) off: Option<Off>,
}

/// Where a reader turns off the mails of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Off {
    /// The page with all choices.
    pub(crate) page: String,
    /// The address that turns this kind off, without a session.
    pub(crate) one_click: String,
}

/// A part of a mail.
#[derive(Debug)]
pub(super) enum Part {
    /// A paragraph.
    Text(String),
    /// Text to be copied or read out as it is.
    Code(String),
    /// What the mail is about: a name, and a line for each fact.
    About(Vec<String>),
    /// Labels with their values, and the sum last.
    Rows(Vec<(String, String)>),
    /// The page where the mail belongs. A mail has at most one.
    Button { label: &'static str, page: String },
    /// Another page.
    Link { label: String, page: String },
    /// Lines, each with its page.
    List(Vec<(String, String)>),
}

impl Content {
    /// A mail to a user.
    pub(crate) fn new(subject: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        Self::bare(subject, why).text(GREETING)
    }

    /// A mail without a greeting.
    pub(crate) fn bare(subject: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        Self { subject: subject.into(), parts: Vec::new(), why: why.into(), off: None }
    }

    /// Adds a paragraph.
    pub(crate) fn text(self, text: impl Into<String>) -> Self {
        self.with(Part::Text(text.into()))
    }

    /// Adds text to be copied or read out as it is.
    pub(crate) fn code(self, text: impl Into<String>) -> Self {
        self.with(Part::Code(text.into()))
    }

    /// Adds what the mail is about: a name, and a line for each fact.
    pub(crate) fn about(self, lines: Vec<String>) -> Self {
        self.with(Part::About(lines))
    }

    /// Adds labels with their values, the sum last.
    pub(crate) fn rows(self, rows: Vec<(String, String)>) -> Self {
        self.with(Part::Rows(rows))
    }

    /// Adds the page where the mail belongs.
    pub(crate) fn button(self, label: &'static str, page: &str) -> Self {
        self.with(Part::Button { label, page: page.to_owned() })
    }

    /// Adds another page.
    pub(crate) fn link(self, label: impl Into<String>, page: &str) -> Self {
        self.with(Part::Link { label: label.into(), page: page.to_owned() })
    }

    /// Adds lines, each with its page.
    pub(crate) fn list(self, lines: Vec<(String, String)>) -> Self {
        self.with(Part::List(lines))
    }

    /// Says where its reader turns mails of this kind off.
    pub(crate) fn off(self, off: Off) -> Self {
        Self { off: Some(off), ..self }
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// The mail as plain text.
    pub(super) fn plain(&self) -> String {
        let mut paragraphs: Vec<String> = self.parts.iter().map(Part::plain).collect();
        paragraphs.push(format!("-- \n{}", self.why));
        if let Some(Off { page, .. }) = &self.off {
            paragraphs.push(format!("Choose which emails you get:\n\n{page}"));
        }
        paragraphs.join("\n\n") + "\n"
    }
}

impl Part {
    fn plain(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) => text.clone(),
            Self::About(lines) => lines.join("\n"),
            Self::Rows(rows) => {
                rows.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n")
            }
            Self::Button { page, .. } | Self::Link { page, .. } => page.clone(),
            Self::List(lines) => {
                lines.iter().map(|(line, page)| format!("- {line}\n  {page}")).collect::<Vec<_>>().join("\n")
            }
        }
    }
}
