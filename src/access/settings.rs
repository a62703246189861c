//! Settings of how many requests there may be.

use clap::Args;

/// Of one key or sign-in: 10,000 a minute.
const PER_MINUTE: u32 = 10_000;
/// Of a company: 50,000 a minute.
const COMPANY_PER_MINUTE: u32 = 50_000;
/// Of an address, where no credential is needed: 600 a minute.
const ADDRESS_PER_MINUTE: u32 = 600;
/// More than a server answers.
const MOST: u32 = 10_000_000;

/// How many requests a minute; 0 for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Args)]
pub struct RateLimits {
    /// Requests a minute of one API key or one sign-in, on this server; beyond them the answer is 429, and 0 is no limit
    #[arg(long, env = "RATE_LIMIT_PER_MINUTE", default_value_t = PER_MINUTE, value_parser = rate)]
    pub rate_limit_per_minute: u32,
    /// Requests a minute of all keys and people of a company, on this server; 0 is no limit
    #[arg(long, env = "RATE_LIMIT_COMPANY_PER_MINUTE", default_value_t = COMPANY_PER_MINUTE, value_parser = rate)]
    pub rate_limit_company_per_minute: u32,
    /// Requests a minute of one address where no credential is needed, such as signing in, on this server; 0 is no limit
    #[arg(long, env = "RATE_LIMIT_ADDRESS_PER_MINUTE", default_value_t = ADDRESS_PER_MINUTE, value_parser = rate)]
    pub rate_limit_address_per_minute: u32,
}

impl RateLimits {
    /// As many as there come.
    pub const OFF: Self = Self {
        rate_limit_per_minute: 0,
        rate_limit_company_per_minute: 0,
        rate_limit_address_per_minute: 0,
    };
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            rate_limit_per_minute: PER_MINUTE,
            rate_limit_company_per_minute: COMPANY_PER_MINUTE,
            rate_limit_address_per_minute: ADDRESS_PER_MINUTE,
        }
    }
}

fn rate(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= MOST);
    number.ok_or_else(|| format!("a whole number from 0 to {MOST}"))
}
