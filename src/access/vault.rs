//! What the doors of access make of the server's key, beside tokens.

use super::seal::Seal;
use super::stamp::Stamp;
use crate::error::Result;

/// Keeps second factors, accounts and what tickets stand for, and knows sign-ins again without keeping whose they were.
pub struct Vault {
    /// Seals what generates codes.
    pub factors: Seal,
    /// Seals the credentials that tickets stand for.
    pub tickets: Seal,
    /// Seals the accounts that companies are paid on.
    pub payment: Seal,
    /// Marks what is compared later and never read: recovery codes, and who tried to sign in from
    /// where.
    pub marks: Stamp,
}

impl Vault {
    /// Derives its keys; the same server key gives the same ones.
    pub fn new(server_key: &[u8; 32]) -> Result<Self> {
        let marks = Stamp::new(server_key, "marks of sign-ins 1")?;
        let factors = Seal::new(server_key, "second factors")?;
        let tickets = Seal::new(server_key, "tickets of streams")?;
        let payment = Seal::new(server_key, "accounts of companies")?;
        Ok(Self { factors, tickets, payment, marks })
    }
}
