//! Marks what leaves the server and comes back by somebody who did not sign in, such as what a link in
//! a letter says: nobody else can make one, or make one say something else.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::secret;
use crate::error::Result;

/// Seals for one purpose. What it seals can be read by everybody.
#[derive(Clone)]
pub struct Stamp(hmac::Key);

impl Stamp {
    /// Derives the key; the same server key and purpose give the same one.
    pub fn new(server_key: &[u8; 32], purpose: &str) -> Result<Self> {
        let key = secret::derive(server_key, purpose)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// Bytes and their seal, as a text that fits into a URL.
    pub fn stamp(&self, bytes: &[u8]) -> String {
        let seal = hmac::sign(&self.0, bytes);
        format!("{}.{}", URL_SAFE_NO_PAD.encode(bytes), URL_SAFE_NO_PAD.encode(seal.as_ref()))
    }

    /// A mark of some texts: the same for the same ones, and without the key nobody can make it, or
    /// find out by trying what it is of.
    pub fn mark(&self, texts: &[&[u8]]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        for text in texts {
            // With its length, so that none runs into the next.
            context.update(&text.len().to_be_bytes());
            context.update(text);
        }
        context.sign().as_ref().to_vec()
    }

    /// The bytes, if this key has sealed them.
    pub fn open(&self, text: &str) -> Option<Vec<u8>> {
        let (bytes, seal) = text.split_once('.')?;
        let bytes = URL_SAFE_NO_PAD.decode(bytes).ok()?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        hmac::verify(&self.0, &bytes, &seal).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stamp(key: u8, purpose: &str) -> Stamp {
        Stamp::new(&[key; 32], purpose).unwrap()
    }

    #[test]
    fn a_mark_is_of_these_texts_under_this_key() {
        let mark = stamp(1, "one").mark(&[b"ab", b"c"]);
        assert_eq!(stamp(1, "one").mark(&[b"ab", b"c"]), mark);
        assert_ne!(stamp(2, "one").mark(&[b"ab", b"c"]), mark);
        for other in [&[b"a".as_slice(), b"bc"][..], &[b"abc"], &[b"ab", b"c", b""], &[]] {
            assert_ne!(stamp(1, "one").mark(other), mark);
        }
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_here_and_nowhere_else(bytes: Vec<u8>, letter: u8, place: usize) {
            let here = stamp(1, "one");
            let sealed = here.stamp(&bytes);
            prop_assert_eq!(here.open(&sealed), Some(bytes.clone()));
            prop_assert_eq!(stamp(2, "one").open(&sealed), None);
            prop_assert_eq!(stamp(1, "two").open(&sealed), None);
            let mut other = bytes.clone();
            if let Some(byte) = other.get_mut(place % bytes.len().max(1)) {
                *byte ^= letter | 1;
                let (_, tag) = sealed.split_once('.').unwrap();
                let forged = format!("{}.{tag}", URL_SAFE_NO_PAD.encode(&other));
                prop_assert_eq!(here.open(&forged), None);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            prop_assert_eq!(stamp(1, "one").open(&text), None);
        }
    }
}
