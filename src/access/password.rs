//! Passwords, by Argon2id. An unknown account takes as long to refuse as a wrong password.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// How many hashes run at once: each takes 19 MiB and a core.
const TURNS: usize = 2;
/// How many run or wait: about a second's worth. Beyond that it is better to come again than to wait.
const PLACES: usize = 64;

/// Hashes and compares passwords, a few at a time.
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    nobody: String,
}

impl Passwords {
    /// Makes a hash for unknown accounts too, so that the first of them is refused no later than others.
    pub fn new() -> Result<Self> {
        Ok(Self {
            turns: Arc::new(Semaphore::new(TURNS)),
            places: Arc::new(Semaphore::new(PLACES)),
            nobody: hashed("nobody")?,
        })
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.apart(move || hashed(&password)).await
    }

    /// Whether `password` is the one behind `stored`. Without an account to compare with, the same
    /// work is done on a hash nobody has the password of.
    pub async fn matches(&self, password: String, stored: Option<String>) -> Result<bool> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.clone());
        let same = self.apart(move || verified(&password, &stored)).await?;
        Ok(same && known)
    }

    /// Runs `work` where it keeps no request waiting, when it is its turn; turns it away if too many
    /// wait already.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Overloaded)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(Error::internal)?;
        let taking_its_turn = move || {
            // Held until the work is done, also for a client that did not wait for it.
            let _held = (place, turn);
            work()
        };
        tokio::task::spawn_blocking(taking_its_turn).await.map_err(Error::internal)?
    }
}

fn hashed(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|cause| Error::internal(anyhow::anyhow!("hashing: {cause}")))
}

fn verified(password: &str, stored: &str) -> Result<bool> {
    let parsed = PasswordHash::new(stored)
        .map_err(|cause| Error::internal(anyhow::anyhow!("a stored hash: {cause}")))?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
}
