//! Sends mails through a mail server.

use std::{fmt, sync::Arc, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{self, extension::ClientId},
};
use secrecy::ExposeSecret;

use super::{
    Message, Unsubscribe,
    address::{ascii_host, is_on_the_internet},
    settings::MailSettings,
};

/// A mail server that takes longer counts as down.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Sends mails.
#[derive(Clone)]
pub struct Mailer {
    smtp: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    public_url: Arc<str>,
    catcher_url: Option<Arc<str>>,
}

/// The settings contain an invalid mail server or address.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// `SMTP_URL`
    #[error("SMTP_URL is no mail server")]
    Smtp,
    /// `MAIL_FROM`
    #[error("MAIL_FROM is no address")]
    From,
}

/// Why a mail was not sent. The server's text is left out, because it repeats addresses.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The mail could not be written.
    #[error("the mail could not be written")]
    Unwritable,
    /// The server refused the mail permanently.
    #[error("the mail server refused it")]
    Refused,
    /// The server did not answer, or asked for a retry.
    #[error("the mail server did not take it")]
    NotTaken,
}

impl SendError {
    /// Whether a retry would fail in the same way.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Unwritable | Self::Refused => true,
            Self::NotTaken => false,
        }
    }
}

impl Mailer {
    /// Makes a mailer from its settings. `public_url` is the base of links. It does not connect yet.
    ///
    /// # Errors
    ///
    /// See [`MailerError`].
    pub fn new(settings: &MailSettings, public_url: &str) -> Result<Self, MailerError> {
        let from = sender(&settings.from).ok_or(MailerError::From)?;
        let name = hello_name(public_url, &from);
        let smtp = settings.smtp_url.as_ref().map(|url| {
            let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
            let builder = builder.map_err(|_| MailerError::Smtp)?;
            Ok(builder.hello_name(name).timeout(Some(TIMEOUT)).build())
        });
        Ok(Self {
            smtp: smtp.transpose()?,
            from,
            public_url: Arc::from(public_url),
            catcher_url: settings.catcher_url.as_deref().map(Arc::from),
        })
    }

    /// The address where a developer reads sent mails.
    #[must_use]
    pub fn catcher_url(&self) -> Option<&str> {
        self.catcher_url.as_deref()
    }

    /// A link to the site. `value` needs no escaping in a URL.
    #[must_use]
    pub fn link(&self, path: &str, name: &str, value: &str) -> String {
        format!("{}{path}?{name}={value}", self.public_url)
    }

    /// A link to a page of the site. `path` needs no escaping in a URL.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Sends a mail to the server.
    ///
    /// # Errors
    ///
    /// See [`SendError`].
    pub async fn send(&self, address: Address, message: Message) -> Result<(), SendError> {
        let Some(smtp) = &self.smtp else {
            tracing::warn!(subject = %message.subject, "a mail was not sent: SMTP_URL is not set");
            return Ok(());
        };
        let message = self.written(address, message)?;
        smtp.send(message).await.map(|_| ()).map_err(|error| reason(&error))
    }

    /// The mail as it is sent. Large mail services refuse one without an id of its sender's domain, filters distrust
    /// one without `MIME-Version`, and `Auto-Submitted` (RFC 3834) spares us the answers of absent people.
    fn written(&self, address: Address, message: Message) -> Result<lettre::Message, SendError> {
        let Message { id, subject, body, html, unsubscribe } = message;
        let mut builder = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address))
            .subject(subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
        if let Some(Unsubscribe { one_click }) = unsubscribe {
            builder = builder
                .raw_header(header("List-Unsubscribe", format!("<{one_click}>")))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        let text = part(ContentType::TEXT_PLAIN, body);
        match html {
            // The last part is the one that programs prefer.
            Some(html) => builder
                .multipart(MultiPart::alternative().singlepart(text).singlepart(part(ContentType::TEXT_HTML, html))),
            None => builder.singlepart(text),
        }
        .map_err(|_| SendError::Unwritable)
    }
}

/// A header that lettre has no type for.
fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder().header(kind).body(encoded(text))
}

/// The longest line of a mail in bytes, by RFC 5322, without its end.
const LINE_MAX: usize = 998;

/// The text, so that no line is broken: a program that does not decode quoted-printable would break the links. Plain
/// ASCII stays as it is, any other text becomes Base64.
fn encoded(text: String) -> Body {
    let is_plain = text.is_ascii() && !text.contains(['\0', '\r']) && text.lines().all(|line| line.len() <= LINE_MAX);
    if is_plain {
        // Dangerous without the checks above. lettre itself would break lines of more than 76 characters.
        let lines = text.replace('\n', "\r\n").into_bytes();
        return Body::dangerous_pre_encoded(lines, ContentTransferEncoding::SevenBit);
    }
    // Any text can be in Base64.
    Body::new_with_encoding(text, ContentTransferEncoding::Base64).unwrap_or_else(Body::new)
}

/// The sender of the setting, with its host in ASCII.
fn sender(setting: &str) -> Option<Mailbox> {
    let Mailbox { name, email } = setting.parse().ok()?;
    let coded = ascii_host(email.domain()).and_then(|host| Address::new(email.user(), host).ok());
    Some(Mailbox { name, email: coded.unwrap_or(email) })
}

/// The name that the mail server is greeted with. Large mail services hang up on an address in brackets, so it is the
/// site's own host or, where that is no public name, the sender's. Without either it is the address in brackets.
fn hello_name(public_url: &str, from: &Mailbox) -> ClientId {
    let (_, rest) = public_url.split_once("://").unwrap_or(("", public_url));
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let name = [host, from.email.domain()].into_iter().filter_map(ascii_host).find(|host| is_on_the_internet(host));
    name.map_or_else(ClientId::default, ClientId::Domain)
}

fn reason(error: &smtp::Error) -> SendError {
    if error.is_permanent() { SendError::Refused } else { SendError::NotTaken }
}

/// The server's address contains its password.
impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("sends", &self.smtp.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailer(from: &str, public_url: &str) -> Mailer {
        let settings = MailSettings { smtp_url: None, from: from.to_owned(), catcher_url: None };
        Mailer::new(&settings, public_url).expect("valid settings")
    }

    fn written(body: &str, html: Option<&str>) -> String {
        let message = Message {
            id: uuid::Uuid::nil(),
            subject: "Hello".into(),
            body: body.to_owned(),
            html: html.map(str::to_owned),
            unsubscribe: Some(Unsubscribe { one_click: "https://gittix.example/mails/unsubscribe?token=1".into() }),
        };
        let address = Address::new("ana", "example.com").expect("an address");
        let written = mailer("GitTix <tickets@exämple.de>", "https://gittix.example").written(address, message);
        String::from_utf8(written.expect("a mail").formatted()).expect("ASCII")
    }

    #[test]
    fn a_mail_has_every_header_that_mail_services_ask_for() {
        let link = format!("https://gittix.example/reset#{}", "1".repeat(100));
        let mail = written(&format!("Hello,\n\n{link}\n"), None);
        let (head, body) = mail.split_once("\r\n\r\n").expect("a head and a body");
        for line in [
            "From: GitTix <tickets@xn--exmple-cua.de>",
            "Message-ID: <00000000-0000-0000-0000-000000000000@xn--exmple-cua.de>",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
            "List-Unsubscribe: <https://gittix.example/mails/unsubscribe?token=1>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit",
        ] {
            assert!(head.lines().any(|other| other == line), "{line} is not in\n{head}");
        }
        assert!(head.contains("\r\nDate: "), "{head}");
        assert_eq!(body.trim_end(), format!("Hello,\r\n\r\n{link}"));
    }

    #[test]
    fn text_comes_before_the_same_as_html() {
        let mail = written("Hello", Some("<p>Hello</p>"));
        assert!(mail.contains("Content-Type: multipart/alternative;"), "{mail}");
        let places = ["text/plain", "\r\nHello", "text/html", "<p>Hello</p>"].map(|part| mail.find(part));
        assert!(places.is_sorted() && places.iter().all(Option::is_some), "{mail}");
        assert_eq!(mail.matches("MIME-Version").count(), 1, "{mail}");
    }

    #[test]
    fn other_text_is_in_base64() {
        for body in ["Grüße", &"x".repeat(LINE_MAX + 1), "a\rb"] {
            let mail = written(body, None);
            assert!(mail.contains("Content-Transfer-Encoding: base64"), "{mail}");
        }
    }

    #[test]
    fn the_greeting_is_a_public_name() {
        let name = |from: &str, url: &str| hello_name(url, &mailer(from, url).from).to_string();
        assert_eq!(name("a@mail.example", "https://tickets.example:8443/"), "tickets.example");
        assert_eq!(name("a@mail.example", "http://127.0.0.1:3000"), "mail.example");
        assert_eq!(name("a@mail.example", "http://[::1]:3000"), "mail.example");
        assert_eq!(name("a@mail.example", "http://localhost:3000"), "mail.example");
        assert_eq!(name("a@mail.example", "https://exämple.de"), "xn--exmple-cua.de");
        assert_eq!(name("a@localhost", "http://127.0.0.1:3000"), "[127.0.0.1]");
    }
}
