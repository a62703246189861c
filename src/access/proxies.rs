//! Whose address a request comes from, where proxies stand before the server.
//!
//! Anybody can write `X-Forwarded-For`. So it counts only as far as proxies wrote it that the operator
//! trusts: each adds at the right end who called it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The proxies whose word on addresses is taken: single addresses, and networks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// The client of a connection from `peer`, which sent these values of `X-Forwarded-For`, in their
    /// order: the rightmost hop that is none of the proxies. Where a hop is no address, the one that
    /// named it is as far as one can see.
    pub fn client<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = &'a str>,
    ) -> IpAddr {
        let mut client = peer.to_canonical();
        let mut hops = forwarded.rev().flat_map(|value| value.rsplit(','));
        while self.trusts(client) {
            match hops.next().and_then(hop) {
                Some(next) => client = next,
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, as proxies write it: some with the port, those of IPv6 then in brackets.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address = bare.parse::<IpAddr>().ok().or_else(with_port);
    address.map(|address| address.to_canonical())
}

impl FromStr for Proxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let single = part.parse::<IpAddr>().map(|one| IpNet::from(one.to_canonical()));
            single.ok().or_else(|| part.parse().ok()).ok_or_else(|| {
                "addresses and networks with commas between them, such as 127.0.0.1,10.0.0.0/8"
                    .to_string()
            })
        };
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&all.join(","))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let proxies: Proxies = proxies.parse().unwrap();
        proxies.client(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn the_rightmost_hop_that_is_no_proxy_is_the_client() {
        let near = "10.0.0.0/8, 127.0.0.1,2001:db8::/32";
        for (proxies, peer, forwarded, expected) in [
            // Nobody is trusted, or not this one.
            ("", "192.0.2.1", &["203.0.113.9"][..], "192.0.2.1"),
            (near, "192.0.2.1", &["203.0.113.9"], "192.0.2.1"),
            // One proxy, and what a client wrote itself before it.
            (near, "10.1.2.3", &["203.0.113.9"], "203.0.113.9"),
            (near, "10.1.2.3", &["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (near, "10.1.2.3", &["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
            // Two of them, in one header and in two.
            (near, "127.0.0.1", &["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
            (near, "127.0.0.1", &["1.1.1.1,203.0.113.9", "10.1.2.3"], "203.0.113.9"),
            // With ports, in brackets, and IPv4 as IPv6.
            (near, "10.1.2.3", &["203.0.113.9:5000"], "203.0.113.9"),
            (near, "10.1.2.3", &["[2001:db9::7]:5000"], "2001:db9::7"),
            (near, "10.1.2.3", &["[2001:db9::7]"], "2001:db9::7"),
            (near, "::ffff:10.1.2.3", &["::ffff:203.0.113.9"], "203.0.113.9"),
            (near, "2001:db8::5", &["2001:db9::7"], "2001:db9::7"),
            // Nothing is said, or nothing that is an address: it ends where one still sees.
            (near, "10.1.2.3", &[], "10.1.2.3"),
            (near, "10.1.2.3", &[""], "10.1.2.3"),
            (near, "10.1.2.3", &["unknown"], "10.1.2.3"),
            (near, "10.1.2.3", &["203.0.113.9, somebody, 10.4.4.4"], "10.4.4.4"),
            // Proxies all the way: the first of them.
            (near, "10.1.2.3", &["10.3.3.3, 10.4.4.4"], "10.3.3.3"),
        ] {
            assert_eq!(client(proxies, peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn a_list_of_proxies_is_addresses_and_networks() {
        for (text, shown) in [
            ("", ""),
            (" , ", ""),
            ("127.0.0.1", "127.0.0.1/32"),
            ("::1, 10.0.0.0/8", "::1/128,10.0.0.0/8"),
        ] {
            assert_eq!(text.parse::<Proxies>().unwrap().to_string(), shown);
        }
        for bad in ["proxy", "10.0.0.0/33", "10.0.0.1:80", "10.0.0.1 10.0.0.2", "*"] {
            assert!(bad.parse::<Proxies>().is_err(), "{bad}");
        }
    }

    proptest! {
        /// Whatever stands left of the hop that an honest proxy wrote changes nothing.
        #[test]
        fn what_a_client_writes_itself_changes_nothing(forged in "[0-9a-f.:, ]{0,60}") {
            let header = format!("{forged},203.0.113.9");
            prop_assert_eq!(client("10.0.0.0/8", "10.1.2.3", &[&header]), "203.0.113.9");
            prop_assert_eq!(client("", "203.0.113.9", &[&header]), "203.0.113.9");
        }
    }
}
