//! Links that open a file for five minutes, by whoever has them: a browser sends no header. Each says
//! who made it, and is worth what that one may at the moment when it is opened.

use jiff::SignedDuration;
use uuid::Uuid;

use super::rules::Hand;
use crate::access::{Actor, Maker, Stamp};
use crate::error::Result;
use crate::kernel::id::{ApiKeyId, AttachmentId, CompanyId, SessionId, UserId};
use crate::kernel::time::Instant;

/// How long a link counts.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// What a link of a person's begins with.
const PERSON: u8 = 1;
/// What a link of a key's begins with.
const SYSTEM: u8 = 2;

/// Makes links, and knows them again.
pub(super) struct Links {
    stamp: Stamp,
    public_url: String,
}

/// What a link says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    /// Which file it opens.
    pub(super) file: AttachmentId,
    /// For which company.
    pub(super) company: CompanyId,
    /// Who made it.
    pub(super) maker: Maker,
    /// Until when it counts.
    pub(super) until: Instant,
}

impl From<Maker> for Hand {
    fn from(maker: Maker) -> Self {
        match maker {
            Maker::Person { user, .. } => Self { user_id: Some(user), api_key_id: None },
            Maker::System { key } => Self { user_id: None, api_key_id: Some(key) },
        }
    }
}

impl Link {
    /// One that counts from now on.
    pub(super) fn of(actor: &Actor, file: AttachmentId, now: Instant) -> Result<Self> {
        let until = now.plus(LIFETIME);
        Ok(Self { file, company: actor.reach.company, maker: actor.maker()?, until })
    }

    fn written(&self) -> Vec<u8> {
        let (kind, one, two) = match self.maker {
            Maker::Person { user, session } => (PERSON, user.uuid(), session.uuid()),
            Maker::System { key } => (SYSTEM, key.uuid(), Uuid::nil()),
        };
        let mut bytes = vec![kind];
        for id in [one, two, self.company.uuid(), self.file.uuid()] {
            bytes.extend_from_slice(id.as_bytes());
        }
        bytes.extend_from_slice(&self.until.micros().to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, mut rest) = bytes.split_first()?;
        let mut next = || {
            let (id, behind) = rest.split_at_checked(16)?;
            rest = behind;
            Uuid::from_slice(id).ok()
        };
        let (one, two, company, file) = (next()?, next()?, next()?, next()?);
        let until = Instant::from_micros(i64::from_be_bytes(rest.try_into().ok()?));
        let maker = match *kind {
            PERSON => {
                Maker::Person { user: UserId::from_uuid(one), session: SessionId::from_uuid(two) }
            }
            SYSTEM => Maker::System { key: ApiKeyId::from_uuid(one) },
            _ => return None,
        };
        let (company, file) = (CompanyId::from_uuid(company), AttachmentId::from_uuid(file));
        Some(Self { file, company, maker, until })
    }
}

impl Links {
    /// Derives their key from the server's.
    pub(super) fn new(server_key: &[u8; 32], public_url: &str) -> Result<Self> {
        let stamp = Stamp::new(server_key, "links to attachments 1")?;
        Ok(Self { stamp, public_url: public_url.trim_end_matches('/').to_string() })
    }

    /// The URL of a link.
    pub(super) fn url(&self, link: &Link) -> String {
        format!("{}/v1/downloads?token={}", self.public_url, self.stamp.stamp(&link.written()))
    }

    /// What a link says, if it is one of ours and still counts.
    pub(super) fn open(&self, token: &str, now: Instant) -> Option<Link> {
        let link = Link::read(&self.stamp.open(token)?)?;
        (now < link.until).then_some(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_it_opens_for_five_minutes_and_here_only() {
        let at = |second: i64| Instant::from_micros(second * 1_000_000);
        let here = Links::new(&[1; 32], "https://entente.example/").unwrap();
        let other = Links::new(&[2; 32], "https://entente.example").unwrap();
        let person = Maker::Person { user: UserId::new(), session: SessionId::new() };
        for maker in [person, Maker::System { key: ApiKeyId::new() }] {
            let (file, company) = (AttachmentId::new(), CompanyId::new());
            let link = Link { file, company, maker, until: at(0).plus(LIFETIME) };
            let url = here.url(&link);
            let token = url.strip_prefix("https://entente.example/v1/downloads?token=").unwrap();
            assert!(token.len() < 250, "{token}");
            assert_eq!(here.open(token, at(299)), Some(link));
            assert_eq!(here.open(token, at(300)), None);
            assert_eq!(other.open(token, at(0)), None);
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            assert!(token.chars().all(plain), "{token}");
        }
        for strange in [&b""[..], &[1; 10], &[1; 73], &[3; 73], &[1; 80]] {
            let read = here.open(&here.stamp.stamp(strange), at(0)).is_some();
            assert_eq!(read, strange == [1; 73], "{strange:?}");
        }
    }
}
