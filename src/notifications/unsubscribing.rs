//! Links in letters that end the letters of one kind, by one click and without signing in.

use uuid::Uuid;

use super::model::{Email, Kind, Preference};
use super::rules::{self, Letters};
use super::store;
use crate::access::Stamp;
use crate::db::Db;
use crate::error::Result;
use crate::kernel::id::{CompanyId, UserId};

/// What the daily letter is called in a link.
const DAILY: &str = "daily";

/// Whose letters end, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// The person.
    pub user: UserId,
    /// In which of the person's companies.
    pub company: CompanyId,
    /// Which letters.
    pub letters: Letters,
}

impl Ending {
    /// What the link says. It counts as long as the server has its key: letters are kept for years.
    pub fn token(self, stamp: &Stamp) -> String {
        let word = match self.letters {
            Letters::Of(kind) => kind.as_str(),
            Letters::Daily => DAILY,
        };
        let (user, company) = (self.user.uuid(), self.company.uuid());
        let ids = [user.as_bytes().as_slice(), company.as_bytes().as_slice()];
        stamp.stamp(&[ids.concat().as_slice(), word.as_bytes()].concat())
    }

    /// Reads what a link says, if it is one of ours.
    pub fn read(token: &str, stamp: &Stamp) -> Option<Self> {
        let bytes = stamp.open(token)?;
        let (user, rest) = bytes.split_at_checked(16)?;
        let (company, word) = rest.split_at_checked(16)?;
        let word = std::str::from_utf8(word).ok()?;
        let letters = match word {
            DAILY => Letters::Daily,
            word => Letters::Of(Kind::parse(word)?),
        };
        Some(Self {
            user: UserId::from_uuid(Uuid::from_slice(user).ok()?),
            company: CompanyId::from_uuid(Uuid::from_slice(company).ok()?),
            letters,
        })
    }

    /// Ends the letters. What has ended already stays so, and what is listed is listed still.
    pub fn carry_out(self, db: &mut Db) -> Result<()> {
        let Self { user, company, letters } = self;
        let before = store::chosen(db, user, company)?;
        let ending = rules::ending(letters, &before);
        if ending.is_empty() {
            return Ok(());
        }
        let others = before.iter().filter(|row| !ending.contains(&row.kind)).cloned();
        let ended = ending.iter().map(|kind| Preference {
            user_id: user,
            company_id: company,
            kind: *kind,
            in_app: rules::choice(*kind, &before).in_app,
            email: Email::Off,
        });
        store::choose(db, user, company, &others.chain(ended).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_whose_letters_end_and_which() {
        let stamp = Stamp::new(&[7; 32], "test").unwrap();
        let all = Kind::ALL.iter().map(|kind| Letters::Of(*kind)).chain([Letters::Daily]);
        for letters in all {
            let ending = Ending { user: UserId::new(), company: CompanyId::new(), letters };
            let token = ending.token(&stamp);
            assert_eq!(Ending::read(&token, &stamp), Some(ending));
            assert!(token.len() < 200, "{token}");
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
            assert!(token.chars().all(plain), "{token}");
        }
        for other in [stamp.stamp(b""), stamp.stamp(&[0; 32]), stamp.stamp(&[0; 40]), String::new()]
        {
            assert_eq!(Ending::read(&other, &stamp), None);
        }
    }
}
