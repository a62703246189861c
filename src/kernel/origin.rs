//! Where a request came from: from which address, under which id, and in which delegated session. Rows
//! that tell who did something tell this, too.

use std::fmt;
use std::net::{AddrParseError, IpAddr};
use std::str::FromStr;

use arrayvec::ArrayString;
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::sql_types::Text;
use uuid::Uuid;

use super::agent::Agent;
use super::delegation::Delegation;
use super::id::CompanyId;

/// The most characters of a request's id.
const LONGEST: usize = 64;

/// Where a request came from. Nothing is known of what the server does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Origin {
    /// The address of the client.
    pub address: Option<Address>,
    /// The request.
    pub request_id: Option<RequestId>,
    /// By which program.
    pub agent: Option<Agent>,
    /// In which session, where somebody of another company acts in it.
    pub delegation: Option<Delegation>,
    /// Whose person or key it is, where one company lets another one do something for it: outside of
    /// any such session.
    pub by_grant_to: Option<CompanyId>,
}

impl Origin {
    /// No request at all.
    pub const NOWHERE: Self =
        Self { address: None, request_id: None, agent: None, delegation: None, by_grant_to: None };

    /// The company whose person or key does it, where it is done for another one.
    pub fn acting_company(&self) -> Option<CompanyId> {
        self.delegation.map(|delegation| delegation.company).or(self.by_grant_to)
    }
}

/// An address of a client. One of IPv4 is the same however it came: `::ffff:192.0.2.1` is `192.0.2.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Address(IpAddr);

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Address {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        text.parse::<IpAddr>().map(Self::from)
    }
}

crate::text_column!(Address);

/// The id of a request: 1 to 64 letters, digits, hyphens and underscores of ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct RequestId(ArrayString<LONGEST>);

/// A text that is no id of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("1 to 64 letters, digits, hyphens and underscores")]
pub struct NotARequestId;

impl RequestId {
    /// A new one.
    pub fn new() -> Self {
        let mut buffer = Uuid::encode_buffer();
        let text = Uuid::now_v7().simple().encode_lower(&mut buffer);
        Self(ArrayString::from(text).unwrap_or_default())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for RequestId {
    type Err = NotARequestId;

    fn from_str(text: &str) -> Result<Self, NotARequestId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let formed = !text.is_empty() && text.bytes().all(plain);
        let kept = ArrayString::from(text).ok().filter(|_| formed);
        kept.map(Self).ok_or(NotARequestId)
    }
}

crate::text_column!(RequestId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        for (written, kept) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:DB8:0:0::1", "2001:db8::1"),
        ] {
            assert_eq!(written.parse::<Address>().unwrap().to_string(), kept);
        }
        for bad in ["", "localhost", "192.0.2", "192.0.2.1:80", "192.0.2.0/24"] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_id_of_a_request_is_short_and_plain() {
        let longest = "x".repeat(LONGEST);
        for good in ["a", "A-1_b", longest.as_str(), RequestId::new().as_str()] {
            assert_eq!(good.parse::<RequestId>().unwrap().to_string(), good);
        }
        let too_long = "x".repeat(LONGEST + 1);
        for bad in ["", "a b", "a\n", "é", "a.b", too_long.as_str()] {
            assert_eq!(bad.parse::<RequestId>(), Err(NotARequestId), "{bad}");
        }
        assert_ne!(RequestId::new(), RequestId::new());
    }
}
