//! Settings of partnerships that are offered to addresses.

use clap::Args;
use jiff::SignedDuration;

use super::desk::Desk;
use crate::mail::links::PageLink;

/// For how many days the link of a letter counts.
const DAYS: u16 = 14;

/// How partnerships are offered to addresses.
#[derive(Debug, Clone, Args)]
pub struct Inviting {
    /// The page on which a company receives a partnership that was offered by a letter, with {token} where the token of the letter belongs; a page under PUBLIC_URL if unset
    #[arg(long, env = "PARTNERSHIP_INVITATION_URL")]
    pub partnership_invitation_url: Option<PageLink>,
    /// Days within which a partnership that was offered by a letter has to be received
    #[arg(long, env = "PARTNERSHIP_INVITATION_DAYS", default_value_t = DAYS, value_parser = days)]
    pub partnership_invitation_days: u16,
}

impl Default for Inviting {
    fn default() -> Self {
        Self { partnership_invitation_url: None, partnership_invitation_days: DAYS }
    }
}

impl Inviting {
    /// Where the letters lead, and for how long; `open` says whether whoever gets one can register.
    pub fn desk(&self, public_url: &str, open: bool) -> Desk {
        let usual = || PageLink::to_page(public_url, "partnership-invitation");
        Desk {
            link: self.partnership_invitation_url.clone().unwrap_or_else(usual),
            lifetime: SignedDuration::from_hours(i64::from(self.partnership_invitation_days) * 24),
            open,
        }
    }
}

fn days(text: &str) -> Result<u16, String> {
    let days = text.parse().ok().filter(|days| (1..=90).contains(days));
    days.ok_or_else(|| "a whole number from 1 to 90".to_string())
}
