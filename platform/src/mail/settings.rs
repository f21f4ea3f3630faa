//! The configuration of mails.

use secrecy::{ExposeSecret, SecretString};

use crate::settings::{Environment, Variables};

/// The settings of mail.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// `SMTP_URL`: the mail server, with user and password. Without it, no mail is sent.
    pub smtp_url: Option<SecretString>,
    /// `MAIL_FROM`: the sender of the mails.
    pub from: String,
    /// `MAIL_CATCHER_URL`: where a developer reads sent mails.
    pub catcher_url: Option<String>,
}

impl MailSettings {
    /// Reads the settings. Production requires a mail server, over TLS: an attacker who reads a mail
    /// on its way can take over the account.
    pub fn read(variables: &mut Variables<'_>, environment: Environment) -> Self {
        const SMTP_URL: &str = "the mail server: `smtps://user:password@host`, or `smtp://user:password@host?tls=required`. In development nothing is sent without it";
        const MAIL_FROM: &str = "who mails are from: `GitTix <tickets@example.com>`. Its host is in the id of every mail, and greets the mail server where that of `PUBLIC_URL` is no public name";
        let (smtp_url, from) = match environment {
            Environment::Development => (
                variables.optional("SMTP_URL", SMTP_URL).map(SecretString::from),
                variables.parsed("MAIL_FROM", "GitTix <tickets@localhost>".to_owned(), MAIL_FROM),
            ),
            Environment::Production => {
                (Some(variables.secret("SMTP_URL", SMTP_URL)), variables.required("MAIL_FROM", MAIL_FROM))
            }
        };
        let catcher_url = variables
            .optional("MAIL_CATCHER_URL", "in development, the page that shows the mails; never set in production");
        let has_catcher = catcher_url.is_some();
        let settings = Self { smtp_url, from, catcher_url };
        if environment == Environment::Production {
            let url = settings.smtp_url.as_ref().map_or("", |url| url.expose_secret());
            if !(url.is_empty() || url.starts_with("smtps://") || url.contains("tls=required")) {
                variables.complain("SMTP_URL must begin with smtps:// or end in ?tls=required in production".into());
            }
            if has_catcher {
                variables
                    .complain("MAIL_CATCHER_URL is set, and in production nobody may read other people's mail".into());
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(environment: Environment, variables: &[(&str, &str)]) -> usize {
        let look_up = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut variables = Variables::new(&look_up);
        MailSettings::read(&mut variables, environment);
        variables.finish(()).err().map_or(0, |error| error.to_string().lines().count() - 1)
    }

    #[test]
    fn production_sends_over_tls_and_shows_nobody() {
        let production = |more: &[(&str, &str)]| complaints(Environment::Production, more);
        let from = ("MAIL_FROM", "tickets@example.com");
        assert_eq!(production(&[]), 2);
        assert_eq!(production(&[from, ("SMTP_URL", "smtps://u:p@mail.example.com")]), 0);
        assert_eq!(production(&[from, ("SMTP_URL", "smtp://u:p@mail.example.com?tls=required")]), 0);
        assert_eq!(production(&[from, ("SMTP_URL", "smtp://u:p@mail.example.com")]), 1);
        let catcher = ("MAIL_CATCHER_URL", "http://127.0.0.1:1080");
        assert_eq!(production(&[from, ("SMTP_URL", "smtps://u:p@mail.example.com"), catcher]), 1);
        assert_eq!(complaints(Environment::Development, &[catcher]), 0);
    }
}
