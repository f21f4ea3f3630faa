//! Which network addresses are counted as one client.

use std::net::IpAddr;

/// The network that an address is counted as. A client with one IPv6 address has the 2⁶⁴ around it too.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
    }
}

/// The bits of the networks that an address is counted in, of IPv4 and of IPv6, the narrowest first. A provider gives its
/// customer one address of IPv4 or a few, and of IPv6 64 to 48 bits.
const WIDTHS: [(u32, u32); 3] = [(32, 64), (28, 56), (24, 48)];
/// How many times as much each of them may have as the narrowest. A wider network is shared by more people.
pub const SHARES: [u32; 3] = [1, 2, 4];

/// The addresses of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The first one.
    pub first: IpAddr,
    /// The last one.
    pub last: IpAddr,
}

/// The networks that an address is counted in, the narrowest first: its own, as [`network`] says, and two around it.
#[must_use]
pub fn networks(address: IpAddr) -> [Network; 3] {
    WIDTHS.map(|(of_v4, of_v6)| match address.to_canonical() {
        IpAddr::V4(address) => {
            let others = u32::MAX.checked_shr(of_v4).unwrap_or(0);
            let (first, last) = (address.to_bits() & !others, address.to_bits() | others);
            Network { first: IpAddr::V4(first.into()), last: IpAddr::V4(last.into()) }
        }
        IpAddr::V6(address) => {
            let others = u128::MAX >> of_v6;
            let (first, last) = (address.to_bits() & !others, address.to_bits() | others);
            Network { first: IpAddr::V6(first.into()), last: IpAddr::V6(last.into()) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_counted_in_three_networks() {
        let of = |text: &str| {
            networks(text.parse().expect("an address")).map(|Network { first, last }| format!("{first} to {last}"))
        };
        assert_eq!(
            of("2001:db8:1:2345:6::7"),
            [
                "2001:db8:1:2345:: to 2001:db8:1:2345:ffff:ffff:ffff:ffff",
                "2001:db8:1:2300:: to 2001:db8:1:23ff:ffff:ffff:ffff:ffff",
                "2001:db8:1:: to 2001:db8:1:ffff:ffff:ffff:ffff:ffff",
            ]
        );
        let of_v4 = ["192.0.2.77 to 192.0.2.77", "192.0.2.64 to 192.0.2.79", "192.0.2.0 to 192.0.2.255"];
        assert_eq!(of("192.0.2.77"), of_v4);
        assert_eq!(of("::ffff:192.0.2.77"), of_v4);
        for address in ["2001:db8:1:2345:6::7", "192.0.2.77"] {
            let address = address.parse().expect("an address");
            assert_eq!(networks(address)[0].first, network(address));
        }
    }

    #[test]
    fn ipv6_network_counts_as_one_address() {
        let network_of = |text: &str| network(text.parse().expect("an address")).to_string();
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network_of("192.0.2.7"), "192.0.2.7");
        assert_eq!(network_of("::ffff:192.0.2.7"), "192.0.2.7", "as a socket for both has it");
    }
}
