//! Whether a person reads the page.

use domain::view_counts::reader::is_person;
use http::{HeaderMap, Method, header::USER_AGENT, request::Parts};
use leptos::prelude::use_context;

/// Whether a person reads the page, and not a crawler, and not a browser that loads it before they ask for it.
pub(crate) fn is_read_by_a_person() -> bool {
    use_context::<Parts>().is_some_and(|parts| is_read(&parts.method, &parts.headers))
}

fn is_read(method: &Method, headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_prefetch = ["sec-purpose", "purpose"].iter().any(|name| value(name).contains("prefetch"));
    method == Method::GET && !is_prefetch && is_person(value(USER_AGENT.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_person_asked_for_is_read() {
        let is_read = |method: Method, headers: &[(&'static str, &'static str)]| {
            let headers =
                headers.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
            is_read(&method, &headers.collect())
        };
        let browser = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0");
        assert!(is_read(Method::GET, &[browser]));
        assert!(!is_read(Method::HEAD, &[browser]));
        assert!(!is_read(Method::GET, &[]));
        assert!(!is_read(Method::GET, &[("user-agent", "Googlebot/2.1")]));
        for prefetch in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch")] {
            assert!(!is_read(Method::GET, &[browser, prefetch]));
        }
    }
}
