//! Which addresses belong to the public internet. Whoever names a target to this server must not
//! reach by it what only this server can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What of IPv4 is special: private, local, shared, for documents and tests, for many, reserved.
const SPECIAL: [(Ipv4Addr, u8); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What of IPv6 may be public at all.
const UNICAST: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What of that is special: protocols (Teredo and ORCHID among them), documents, and 6to4, which
/// stands for an address of IPv4. Mapped addresses, NAT64 and everything local are no unicast.
const SPECIAL_6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether everybody on the internet means the same machine by this address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL.iter().any(|range| within_4(address, *range)),
        IpAddr::V6(address) => {
            within_6(address, UNICAST) && !SPECIAL_6.iter().any(|range| within_6(address, *range))
        }
    }
}

fn within_4(address: Ipv4Addr, (net, length): (Ipv4Addr, u8)) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= u32::from(length)
}

fn within_6(address: Ipv6Addr, (net, length): (Ipv6Addr, u8)) -> bool {
    (address.to_bits() ^ net.to_bits()).leading_zeros() >= u32::from(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSIDE: &[&str] = &[
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.9",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:1.1.1.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    const OUTSIDE: &[&str] = &[
        "1.0.0.0",
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "2003::1",
        "3ffe::1",
    ];

    #[test]
    fn the_ends_of_every_range_are_inside_and_their_neighbours_outside() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for inside in INSIDE {
            assert!(!public(inside), "{inside}");
        }
        for outside in OUTSIDE {
            assert!(public(outside), "{outside}");
        }
    }
}
