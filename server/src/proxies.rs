//! The client's address behind proxies.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, Request},
    http::HeaderMap,
};
use ipnet::IpNet;

/// The header to which each proxy appends the address of its client.
///
/// `Forwarded` is not read: a proxy that writes one of the two headers passes the other on as the client
/// wrote it.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies in front of the server, whose forwarding headers it trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    /// Addresses and networks separated by commas: `10.0.0.0/8, 192.0.2.1`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = |text: &str| {
            let parsed = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            parsed.map_err(|_| format!("{text:?} is neither an address nor a network such as 10.0.0.0/8"))
        };
        text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl TrustedProxies {
    /// The client's address: the last one in the chain that is not a trusted proxy. The client may have
    /// written all that is before it, in any bytes, so each entry is read by itself.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let chain = headers.get_all(FORWARDED_FOR).iter().rev();
        let hops = chain.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            let hop = str::from_utf8(hop.trim_ascii()).ok();
            let Some(address) = hop.and_then(address) else { break };
            client = address;
        }
        client
    }

    /// Whether `address` is a trusted proxy.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The other end of the connection: a client, or a proxy.
pub(crate) fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip())
}

/// Parses an address, with or without a port.
fn address(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse::<IpAddr>().ok().or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client(trusted: &str, peer: &str, chain: &[impl AsRef<[u8]>]) -> String {
        let value = |bytes: &[u8]| HeaderValue::from_bytes(bytes).expect("a value");
        let headers = chain.iter().map(|bytes| (HeaderName::from_static(FORWARDED_FOR), value(bytes.as_ref())));
        let proxies: TrustedProxies = trusted.parse().expect("networks");
        proxies.client(peer.parse().expect("an address"), &headers.collect()).to_string()
    }

    #[test]
    fn believes_nobody_unless_told_to() {
        assert_eq!(client("", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(client("10.0.0.0/8", "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn takes_the_last_that_no_proxy_of_ours_vouches_for() {
        for (chain, expected) in [
            (&["198.51.100.7"][..], "198.51.100.7"),
            // The client wrote the first address, to be counted as another client.
            (&["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            (&["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            (&["10.1.1.1, 198.51.100.7, 10.0.0.9"], "198.51.100.7"),
            (&["198.51.100.7,10.0.0.8, 10.0.0.9"], "198.51.100.7"),
            // A request from the internal network.
            (&["10.0.0.8"], "10.0.0.8"),
            (&[][..], "10.0.0.1"),
        ] {
            assert_eq!(client("10.0.0.0/8", "10.0.0.1", chain), expected, "{chain:?}");
        }
    }

    #[test]
    fn stops_at_what_is_no_address() {
        for chain in ["", ",", "unknown", "198.51.100.7, _hidden", "198.51.100.7; DROP", "1.2.3.4.5", "a\tb"] {
            assert_eq!(client("10.0.0.1", "10.0.0.1", &[chain]), "10.0.0.1", "{chain:?}");
        }
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &["nonsense, 10.0.0.2"]), "10.0.0.2");
    }

    /// A visitor must not count as the proxy, whose rate limits all visitors would share.
    #[test]
    fn bytes_that_are_no_text_hide_no_other_entry() {
        for before in [&b"\xff"[..], b"\xc3\xa9", b"203.0.113.9\xff"] {
            let one_header = [before, b", 198.51.100.7"].concat();
            let with_proxy = [before, b",198.51.100.7, 10.0.0.9"].concat();
            for chain in [&[&one_header[..]][..], &[&with_proxy], &[before, b"198.51.100.7"]] {
                assert_eq!(client("10.0.0.0/8", "10.0.0.1", chain), "198.51.100.7", "{chain:?}");
            }
        }
        for chain in [&b"\xff"[..], b"198.51.100.7, \xff", b"198.51.100.7, \xff10.0.0.9"] {
            assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[chain]), "10.0.0.1", "what is before it was not vouched for");
        }
    }

    #[test]
    fn reads_addresses_as_proxies_write_them() {
        for (hop, expected) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
        ] {
            assert_eq!(client("::1, 10.0.0.1", "::1", &[hop]), expected);
        }
        assert_eq!(client("10.0.0.1", "::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn says_what_is_no_network() {
        let wrong = "10.0.0.0/8, localhost".parse::<TrustedProxies>().expect_err("a name");
        assert_eq!(wrong, "\"localhost\" is neither an address nor a network such as 10.0.0.0/8");
    }
}
