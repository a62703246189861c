//! Where the links of letters lead.

use std::str::FromStr;

/// A page that takes the token of a letter: a URL with a place for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLink(String);

/// Where the token goes.
const PLACE: &str = "{token}";

impl PageLink {
    /// A page of a front end that is reached where the server is.
    pub fn to_page(public_url: &str, page: &str) -> Self {
        Self(format!("{}/{page}?token={PLACE}", public_url.trim_end_matches('/')))
    }

    /// The page, with a token.
    pub fn with(&self, token: &str) -> String {
        self.0.replace(PLACE, token)
    }
}

impl FromStr for PageLink {
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
        let link = PageLink::to_page("https://entente.example/", "password-reset");
        assert_eq!(link.with("t-1"), "https://entente.example/password-reset?token=t-1");
        let other = PageLink::to_page("https://entente.example", "register");
        assert_eq!(other.with("t-1"), "https://entente.example/register?token=t-1");
        let own: PageLink = "https://app.example/#/new-password/{token}".parse().unwrap();
        assert_eq!(own.with("t-1"), "https://app.example/#/new-password/t-1");
        for bad in
            ["", "/reset/{token}", "https://app.example/", "ftp://a/{token}", "https://a/ {token}"]
        {
            assert!(bad.parse::<PageLink>().is_err(), "{bad}");
        }
    }
}
