//! Rows and words of wishes for a new password.

use std::str::FromStr;

use diesel::prelude::*;

use crate::db::schema::password_resets;
use crate::kernel::id::{PasswordResetId, UserId};
use crate::kernel::time::Instant;

/// A wish for a new password.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = password_resets, treat_none_as_default_value = false)]
pub struct PasswordReset {
    /// Its id.
    pub id: PasswordResetId,
    /// The address, in lower case, whether anybody has it or not.
    pub email: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was answered, by a letter or by silence.
    pub answered_at: Option<Instant>,
    /// Who has the address.
    pub user_id: Option<UserId>,
    /// SHA-256 of the token, as long as it was not used and no other one was made.
    pub hash: Option<Vec<u8>>,
    /// Until when the token counts.
    pub expires_at: Option<Instant>,
}

/// The page on which a new password is chosen: a URL with a place for the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetLink(String);

/// Where the token goes.
const PLACE: &str = "{token}";

impl ResetLink {
    /// The page of a front end that is reached where the server is.
    pub fn under(public_url: &str) -> Self {
        Self::to_page(public_url, "password-reset")
    }

    /// The same for another page that takes a token.
    pub fn to_page(public_url: &str, page: &str) -> Self {
        Self(format!("{}/{page}?token={PLACE}", public_url.trim_end_matches('/')))
    }

    /// The page, with a token.
    pub fn with(&self, token: &str) -> String {
        self.0.replace(PLACE, token)
    }
}

impl FromStr for ResetLink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let plain = !text.chars().any(|letter| letter.is_control() || letter.is_whitespace());
        if url.is_some() && plain && text.contains(PLACE) {
            return Ok(Self(text.to_string()));
        }
        Err("a URL that begins with https:// or http:// and has {token} in it".to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_a_place_for_the_token() {
        let link = ResetLink::under("https://entente.example/");
        assert_eq!(link.with("t-1"), "https://entente.example/password-reset?token=t-1");
        let other = ResetLink::to_page("https://entente.example", "register");
        assert_eq!(other.with("t-1"), "https://entente.example/register?token=t-1");
        let own: ResetLink = "https://app.example/#/new-password/{token}".parse().unwrap();
        assert_eq!(own.with("t-1"), "https://app.example/#/new-password/t-1");
        for bad in
            ["", "/reset/{token}", "https://app.example/", "ftp://a/{token}", "https://a/ {token}"]
        {
            assert!(bad.parse::<ResetLink>().is_err(), "{bad}");
        }
    }
}
