//! Random secrets and their digests; everything derived from the server's own key.

use aws_lc_rs::{digest as sha, hkdf, rand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// SHA-256.
pub fn digest(bytes: &[u8]) -> Vec<u8> {
    sha::digest(&sha::SHA256, bytes).as_ref().to_vec()
}

/// SHA-256 of bytes that come piece by piece.
pub struct Digest(sha::Context);

impl Default for Digest {
    fn default() -> Self {
        Self(sha::Context::new(&sha::SHA256))
    }
}

impl Digest {
    /// The next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

/// 32 random bytes.
pub fn random() -> Result<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    rand::fill(&mut bytes).map_err(|_| Error::internal(anyhow::anyhow!("no randomness")))?;
    Ok(bytes)
}

/// A new secret of 256 random bits, recognisable by its prefix.
pub fn issue(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random()?)))
}

/// A key for one purpose, derived from the server's.
pub fn derive(server_key: &[u8; 32], purpose: &str) -> Result<[u8; 32]> {
    let failed = |_| Error::internal(anyhow::anyhow!("cannot derive a key"));
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"entente");
    let info = [purpose.as_bytes()];
    let stream = salt.extract(server_key);
    let output = stream.expand(&info, hkdf::HKDF_SHA256).map_err(failed)?;
    let mut key = [0_u8; 32];
    output.fill(&mut key).map_err(failed)?;
    Ok(key)
}
