//! Mail addresses, in the one form that is stored, compared and mailed to.

use std::borrow::Cow;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
pub use lettre::Address;

/// Reads an address with the mailer's own reader, so that whatever is accepted can be mailed to. Its host is in ASCII
/// (`xn--…`) and lower case, because browsers and mail servers code hosts of other letters, each at another place. The
/// name before the `@` stays as it is: its server decides whether case matters.
///
/// `None` for what is no address, or has more than a name and a host: a host without a dot or of digits alone, an
/// address in brackets, a quoted name with spaces.
#[must_use]
pub fn parse_address(text: &str) -> Option<Address> {
    let (name, host) = text.rsplit_once('@')?;
    let host = ascii_host(host).filter(|host| is_on_the_internet(host))?;
    let is_plain = !name.chars().any(|c| c.is_whitespace() || c.is_control());
    Address::new(name, host).ok().filter(|_| is_plain)
}

/// The address with its host in letters, as people know it: `ana@exämple.de`.
#[must_use]
pub fn in_letters(address: &Address) -> String {
    format!("{}@{}", address.user(), idna::domain_to_unicode(address.domain()).0)
}

/// A host in ASCII and lower case. `None` for what the domain name system cannot contain.
pub(super) fn ascii_host(host: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(host.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    ascii.ok().map(Cow::into_owned)
}

/// Whether a host has a domain above it. A top domain of digits would be a number of four parts.
pub(super) fn is_on_the_internet(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(_, top)| !top.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        parse_address(text).map(|address| address.to_string())
    }

    #[test]
    fn hosts_are_coded_and_names_kept() {
        for (typed, stored) in [
            ("ana@example.com", "ana@example.com"),
            ("Ana.B+tickets@Mail.Example.CO.UK", "Ana.B+tickets@mail.example.co.uk"),
            ("o'neil_x@my-host.example", "o'neil_x@my-host.example"),
            ("idn@exämple.de", "idn@xn--exmple-cua.de"),
            ("idn@exa\u{308}mple.de", "idn@xn--exmple-cua.de"),
            ("idn@EXÄMPLE.DE", "idn@xn--exmple-cua.de"),
            ("idn@XN--EXMPLE-CUA.de", "idn@xn--exmple-cua.de"),
            ("a@straße.example", "a@xn--strae-oqa.example"),
            ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
            ("a@ｅｘａｍｐｌｅ．ｃｏｍ", "a@example.com"),
            ("ünï@example.de", "ünï@example.de"),
            ("\"a\"@example.com", "\"a\"@example.com"),
        ] {
            assert_eq!(parsed(typed).as_deref(), Some(stored), "{typed}");
        }
        let address = parse_address("idn@xn--exmple-cua.de").expect("an address");
        assert_eq!(in_letters(&address), "idn@exämple.de");
    }

    #[test]
    fn what_cannot_be_mailed_is_no_address() {
        let long_name = format!("{}@example.com", "a".repeat(65));
        let long_label = format!("a@{}.example", "b".repeat(64));
        for text in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@example",
            "a@b@c.de",
            "a b@c.de",
            "ana@ex ample.com",
            "ana@example..com",
            "a\n@b.de",
            "try..this@docomo.example",
            "dot.@docomo.example",
            ".lead@ezweb.example",
            "a,b@example.com",
            "(x)y@example.com",
            "y(x)@example.com",
            "mailto:m@example.com",
            "Ana <ana@example.com>",
            "<ana@example.com>",
            "ana@example.com, bob@example.com",
            "ana@example.com;",
            "a:b@example.com",
            "\"a b\"@example.com",
            "\"@example.com",
            "ana@-example.com",
            "ana@exa_mple.com",
            "ana@example.com.",
            "ana@[127.0.0.1]",
            "ana@127.0.0.1",
            "ana@xn--a.de",
            "ana\0@example.com",
            "a\u{7f}@example.com",
            "ana@exam\\ple.com",
            &long_name,
            &long_label,
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }
}
