//! The look of all mails, that of the site: a header, a card and a footer.
//!
//! It is written in MJML, which becomes the tables and inline styles that mail programs show. Nothing in it is loaded from
//! anywhere: no picture, no font, nothing that tells when the mail is read.

use std::{collections::HashMap, fmt::Write as _};

use model::error::causes;
use mrml::prelude::render::RenderOptions;
use platform::mail::{Message, Unsubscribe};

use super::content::{Content, Off, Part};
use crate::ids::fresh;

/// Widest the mail gets, in CSS pixels.
const WIDTH_PX: u32 = 560;

/// Fonts that machines have. The site's own would have to be loaded.
const FONTS: &str = "-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/// What MJML's attributes do not say: dark mode, and long words.
const STYLE: &str = include_str!("mail.css");

impl Content {
    /// The mail with both of its parts.
    pub(crate) fn into_message(self) -> Message {
        Message {
            id: fresh(),
            body: self.plain(),
            html: html(&self),
            unsubscribe: self.off.map(|Off { one_click, .. }| Unsubscribe { one_click }),
            subject: self.subject,
        }
    }
}

/// The mail as HTML. A mail that cannot be laid out is sent as text alone, which has all that it says.
fn html(content: &Content) -> Option<String> {
    let written = mjml(content);
    let laid_out = match mrml::parse(&written) {
        Ok(parsed) => {
            // The default would load fonts.
            let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
            parsed.element.render(&options).map_err(|error| causes(&error))
        }
        Err(error) => Err(causes(&error)),
    };
    laid_out
        .inspect_err(|error| {
            tracing::error!(error.causes = error, "a mail cannot be laid out: it is sent as text alone");
        })
        .ok()
        // Mails have no long lines.
        .map(|html| html.replace("><", ">\n<"))
}

/// The mail in MJML.
fn mjml(content: &Content) -> String {
    let mut card = String::new();
    for part in &content.parts {
        write_part(&mut card, part);
    }
    let (subject, why) = (escaped(&content.subject), escaped(&content.why));
    let off = content.off.as_ref().map_or_else(String::new, |Off { page, one_click }| {
        format!(
            r#"<br /><a href="{}">Turn these emails off</a> or <a href="{}">choose which emails you get</a>."#,
            escaped(one_click),
            escaped(page)
        )
    });
    format!(
        r##"<mjml lang="en"><mj-head><mj-title>{subject}</mj-title><mj-attributes><mj-all font-family="{FONTS}" /><mj-text font-size="16px" line-height="24px" padding="8px 24px" color="#211c38" css-class="text" /><mj-section padding="0" /><mj-column padding="0" /></mj-attributes><mj-raw><meta name="color-scheme" content="light dark" /><meta name="supported-color-schemes" content="light dark" /></mj-raw><mj-style>{STYLE}</mj-style></mj-head><mj-body width="{WIDTH_PX}px" background-color="#f6f1e7" css-class="page"><mj-section padding="24px 0 12px"><mj-column><mj-text css-class="shop" font-size="22px" font-weight="700" color="#3b2a9e">GitTix</mj-text></mj-column></mj-section><mj-section css-class="card" background-color="#fffdf9" border-radius="16px" padding="16px 0"><mj-column>{card}</mj-column></mj-section><mj-section padding="12px 0 24px"><mj-column><mj-text css-class="foot" font-size="14px" line-height="20px" color="#5c5570">{why}{off}</mj-text></mj-column></mj-section></mj-body></mjml>"##
    )
}

fn write_part(mjml: &mut String, part: &Part) {
    // Writing to a string does not fail.
    let _ = match part {
        Part::Text(text) => write!(mjml, "<mj-text>{}</mj-text>", lines(text)),
        Part::Code(text) => write!(
            mjml,
            r#"<mj-text css-class="code" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="18px" font-weight="700">{}</mj-text>"#,
            lines(text)
        ),
        Part::About(facts) => {
            let (name, facts) = facts.split_first().map_or(("", &[][..]), |(name, facts)| (name.as_str(), facts));
            let facts = facts.iter().map(|fact| format!("<br />{}", escaped(fact))).collect::<Vec<_>>().concat();
            write!(mjml, r#"<mj-text css-class="about"><strong>{}</strong>{facts}</mj-text>"#, escaped(name))
        }
        Part::Rows(rows) => {
            let rows = rows
                .iter()
                .map(|(label, value)| {
                    format!(
                        r#"<tr><td style="padding:6px 12px 6px 0">{}</td><td style="padding:6px 0;text-align:right;white-space:nowrap">{}</td></tr>"#,
                        escaped(label),
                        escaped(value)
                    )
                })
                .collect::<Vec<_>>().concat();
            write!(
                mjml,
                r##"<mj-table css-class="rows" font-size="16px" line-height="24px" padding="8px 24px" color="#211c38">{rows}</mj-table>"##
            )
        }
        Part::Button { label, page } => write!(
            mjml,
            r##"<mj-button css-class="go" href="{}" align="left" background-color="#3b2a9e" color="#ffffff" border-radius="12px" font-size="16px" font-weight="700" line-height="20px" inner-padding="14px 24px" padding="12px 24px">{}</mj-button>"##,
            escaped(page),
            escaped(label)
        ),
        Part::Link { label, page } => {
            write!(mjml, r#"<mj-text><a href="{}">{}</a></mj-text>"#, escaped(page), escaped(label))
        }
        Part::List(entries) => {
            let entries = entries
                .iter()
                .map(|(line, page)| {
                    format!(r#"<li style="padding:4px 0"><a href="{}">{}</a></li>"#, escaped(page), escaped(line))
                })
                .collect::<Vec<_>>()
                .concat();
            write!(mjml, r#"<mj-text><ul style="margin:0;padding-left:20px">{entries}</ul></mj-text>"#)
        }
    };
}

/// The lines of a text.
fn lines(text: &str) -> String {
    escaped(text).replace('\n', "<br />")
}

/// Text as HTML and MJML write it, in an element or an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
