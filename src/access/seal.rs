//! Secrets that have to be read again: kept so that the database alone is no use to a thief.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use uuid::Uuid;

use super::secret;
use crate::error::{Error, Result};

/// Says which key and which form, so that both can change one day.
const FORM: u8 = 1;
/// The bytes of a nonce.
const NONCE: usize = 12;

/// Seals with a key derived from the server's. What is sealed for one row opens for no other.
pub struct Seal(RandomizedNonceKey);

impl Seal {
    /// Derives the key for one purpose.
    pub fn new(server_key: &[u8; 32], purpose: &str) -> Result<Self> {
        let key = secret::derive(server_key, &format!("sealing {purpose} 1"))?;
        RandomizedNonceKey::new(&AES_256_GCM, &key).map(Self).map_err(|_| failed("no key"))
    }

    /// Seals a secret of a row.
    pub fn close(&self, row: Uuid, secret: &[u8]) -> Result<Vec<u8>> {
        let mut text = secret.to_vec();
        let nonce = self.0.seal_in_place_append_tag(Aad::from(row.as_bytes()), &mut text);
        let nonce = nonce.map_err(|_| failed("a secret cannot be sealed"))?;
        Ok([&[FORM][..], nonce.as_ref(), &text].concat())
    }

    /// Opens a secret of a row.
    pub fn open(&self, row: Uuid, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken =
            || failed("a secret cannot be opened; was it sealed under another SECRET_KEY?");
        let rest = sealed.strip_prefix(&[FORM]).ok_or_else(broken)?;
        let (nonce, text) = rest.split_at_checked(NONCE).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut text = text.to_vec();
        let opened = self.0.open_in_place(nonce, Aad::from(row.as_bytes()), &mut text);
        opened.map(|secret| secret.to_vec()).map_err(|_| broken())
    }
}

fn failed(what: &'static str) -> Error {
    Error::internal(anyhow::anyhow!(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_row_and_under_its_key_only() {
        let seal = |key: u8, purpose: &str| Seal::new(&[key; 32], purpose).unwrap();
        let (row, other) = (Uuid::now_v7(), Uuid::now_v7());
        let ours = seal(1, "webhooks");
        let sealed = ours.close(row, b"hush").unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"hush"));
        assert_eq!(ours.open(row, &sealed).unwrap(), b"hush");
        assert_ne!(ours.close(row, b"hush").unwrap(), sealed, "each time with a nonce of its own");
        assert!(ours.open(other, &sealed).is_err());
        assert!(seal(2, "webhooks").open(row, &sealed).is_err());
        assert!(seal(1, "mail").open(row, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert!(ours.open(row, &bent).is_err(), "byte {at}");
            assert!(ours.open(row, &sealed[..at]).is_err(), "the first {at} bytes");
        }
    }
}
