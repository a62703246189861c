//! Under what an attempt is counted.

use std::net::IpAddr;

use super::model::Marks;
use crate::access::Vault;
use crate::kernel::origin::Origin;

/// The marks of somebody who says to be whoever has this address, which is in lower case.
pub fn marks_of(vault: &Vault, email: &str, origin: Origin) -> Marks {
    let (email, place) = (email.as_bytes(), place_of(origin));
    Marks {
        pair: vault.marks.mark(&[b"pair", email, &place]),
        account: vault.marks.mark(&[b"account", email]),
        place: vault.marks.mark(&[b"place", &place]),
    }
}

/// What one client has for itself: an address of IPv4, or a network of IPv6.
fn place_of(origin: Origin) -> Vec<u8> {
    match origin.address.map(IpAddr::from) {
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets().into_iter().take(8).collect(),
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(address: &str) -> Vec<u8> {
        place_of(Origin { address: address.parse().ok(), ..Origin::NOWHERE })
    }

    #[test]
    fn a_client_of_ipv6_is_its_network() {
        assert_eq!(place("2001:db8:1:2::5"), place("2001:db8:1:2:ffff::9"));
        assert_ne!(place("2001:db8:1:2::5"), place("2001:db8:1:3::5"));
        assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
        assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
    }

    #[test]
    fn marks_tell_apart_who_and_from_where() {
        let vault = Vault::new(&[7; 32]).unwrap();
        let of = |email: &str, address: &str| {
            marks_of(&vault, email, Origin { address: address.parse().ok(), ..Origin::NOWHERE })
        };
        let (one, other) = (of("ada@a.example", "192.0.2.1"), of("ada@a.example", "192.0.2.2"));
        assert_eq!(one.account, other.account);
        assert!(one.pair != other.pair && one.place != other.place);
        let eve = of("eve@a.example", "192.0.2.1");
        assert_eq!(one.place, eve.place);
        assert!(one.pair != eve.pair && one.account != eve.account);
    }
}
