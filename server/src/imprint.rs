//! Who runs this installation, as its pages name them.

use domain::auth::email::Email;
use platform::settings::Variables;

/// The name, address and contact that the pages about the site show. Each may be missing: the pages then say so.
#[derive(Clone, Debug, Default)]
pub struct Imprint {
    /// `IMPRINT_NAME`: the company or person.
    pub name: Option<String>,
    /// `IMPRINT_ADDRESS`: the lines of the postal address.
    pub address: Vec<String>,
    /// `CONTACT_EMAIL`: where readers write to.
    pub contact: Option<Email>,
}

impl Imprint {
    /// Reads the environment.
    pub fn read(variables: &mut Variables<'_>) -> Self {
        let name = variables.optional(
            "IMPRINT_NAME",
            "the company or person that runs the site, as the pages about the site name them. Who may open `/operator` is another matter: `gittix-server operator`",
        );
        let address = variables.optional(
            "IMPRINT_ADDRESS",
            "their postal address, with semicolons between its lines: `1 High Street; London SE1 9PP; United Kingdom`",
        );
        let contact = variables.optional(
            "CONTACT_EMAIL",
            "where buyers, sellers and finders of vulnerabilities write to. Error pages and `/.well-known/security.txt` name it, too",
        );
        let contact = contact.and_then(|text| {
            let parsed = Email::parse(&text);
            parsed
                .map_err(|_| variables.complain(format!("CONTACT_EMAIL is {text}, and that is no email address")))
                .ok()
        });
        Self {
            name: name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
            address: lines(address.as_deref().unwrap_or_default()),
            contact,
        }
    }
}

impl Imprint {
    /// The settings that are not set. Most countries require all of them of a shop.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        [
            ("IMPRINT_NAME", self.name.is_none()),
            ("IMPRINT_ADDRESS", self.address.is_empty()),
            ("CONTACT_EMAIL", self.contact.is_none()),
        ]
        .into_iter()
        .filter_map(|(name, is_missing)| is_missing.then_some(name))
        .collect()
    }
}

fn lines(address: &str) -> Vec<String> {
    address.split([';', '\n']).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use platform::settings::SettingsError;

    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Imprint, SettingsError> {
        let look_up = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut variables = Variables::new(&look_up);
        let imprint = Imprint::read(&mut variables);
        variables.finish(imprint)
    }

    #[test]
    fn address_has_lines_and_contact_is_an_email() {
        let imprint = read(&[
            ("IMPRINT_NAME", " Example Tickets Ltd "),
            ("IMPRINT_ADDRESS", "1 High Street; London SE1 9PP\nUnited Kingdom;"),
            ("CONTACT_EMAIL", "help@example.com"),
        ])
        .expect("a fine imprint");
        assert_eq!(imprint.name.as_deref(), Some("Example Tickets Ltd"));
        assert_eq!(imprint.missing(), [""; 0]);
        assert_eq!(imprint.address, ["1 High Street", "London SE1 9PP", "United Kingdom"]);
        assert_eq!(imprint.contact.as_ref().map(Email::as_str), Some("help@example.com"));
        let refused = read(&[("CONTACT_EMAIL", "the office")]).expect_err("no email");
        assert!(refused.to_string().contains("CONTACT_EMAIL is the office"), "{refused}");
    }

    #[test]
    fn nothing_of_it_is_required() {
        let imprint = read(&[]).expect("a site may start without");
        assert_eq!(imprint.missing(), ["IMPRINT_NAME", "IMPRINT_ADDRESS", "CONTACT_EMAIL"]);
    }
}
