//! Passwords, by Argon2id. An unknown account takes as long to refuse as a wrong password.

use std::sync::OnceLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use crate::error::{Error, Result};

/// How many hashes run at once: each takes 19 MiB.
static TURNS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// Hashes a new password.
pub async fn hash(password: String) -> Result<String> {
    apart(move || hashed(&password)).await
}

/// Whether `password` is the one behind `stored`. Without an account to compare with, the same work
/// is done on a hash nobody has the password of.
pub async fn matches(password: String, stored: Option<String>) -> Result<bool> {
    apart(move || {
        static NOBODY: OnceLock<String> = OnceLock::new();
        let known = stored.is_some();
        let stored = match stored {
            Some(stored) => stored,
            None => match NOBODY.get() {
                Some(nobody) => nobody.clone(),
                None => {
                    let fresh = hashed("nobody")?;
                    NOBODY.get_or_init(|| fresh).clone()
                }
            },
        };
        let parsed = PasswordHash::new(&stored)
            .map_err(|cause| Error::internal(anyhow::anyhow!("a stored hash: {cause}")))?;
        let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(same && known)
    })
    .await
}

/// Makes the hash for unknown accounts, so that the first of them is refused no later than others.
pub async fn warm_up() -> Result<()> {
    matches(String::new(), None).await.map(drop)
}

fn hashed(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|cause| Error::internal(anyhow::anyhow!("hashing: {cause}")))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _turn = TURNS.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
