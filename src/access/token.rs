//! Access tokens: JWT signed with Ed25519, fifteen minutes.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::secret;
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::time::Instant;

/// How long an access token counts.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Whom the tokens are for.
const AUDIENCE: &str = "entente";

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: this server's public URL.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The sign-in.
    pub sid: SessionId,
    /// The company the user acts in.
    pub company: CompanyId,
    /// Issued at, seconds.
    pub iat: i64,
    /// Counts until, seconds.
    pub exp: i64,
}

/// Signs and reads tokens with a key derived from the server's.
pub struct Tokens {
    issuer: String,
    kid: String,
    public: Vec<u8>,
    sign: EncodingKey,
    verify: DecodingKey,
}

impl Tokens {
    /// Derives the signing key; the same server key and purpose give the same one.
    pub fn new(server_key: &[u8; 32], issuer: &str) -> Result<Self> {
        let failed = |_| Error::internal(anyhow::anyhow!("cannot make the signing key"));
        let seed = secret::derive(server_key, "token signing 1")?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| Error::internal(anyhow::anyhow!("cannot make the signing key")))?;
        let document: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            issuer: issuer.to_string(),
            kid: thumbprint(&public),
            sign: EncodingKey::from_ed_der(document.as_ref()),
            verify: DecodingKey::from_ed_der(&public),
            public,
        })
    }

    /// A token for one sign-in.
    pub fn issue(
        &self,
        user: UserId,
        session: SessionId,
        company: CompanyId,
        now: Instant,
    ) -> Result<String> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            sub: user,
            sid: session,
            company,
            iat: seconds(now),
            exp: seconds(now.plus(LIFETIME)),
        };
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &self.sign).map_err(Error::internal)
    }

    /// What a token says, if it is ours, for us, and still counts.
    pub fn read(&self, token: &str, now: Instant) -> Result<Claims> {
        let refused = Error::Unauthenticated("the token does not count");
        let header = jsonwebtoken::decode_header(token.as_bytes())
            .map_err(|_| Error::Unauthenticated("not a token"))?;
        if header.kid.as_deref() != Some(self.kid.as_str()) {
            return Err(refused);
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[AUDIENCE]);
        // The clock is ours to ask, not the library's: tests set it.
        rules.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token.as_bytes(), &self.verify, &rules)
            .map_err(|_| Error::Unauthenticated("the token does not count"))?
            .claims;
        if claims.exp <= seconds(now) {
            return Err(Error::Unauthenticated("the token has expired"));
        }
        Ok(claims)
    }

    /// The public key as a JSON Web Key Set.
    pub fn jwks(&self) -> serde_json::Value {
        json!({ "keys": [{
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "EdDSA",
            "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&self.public),
        }] })
    }
}

/// The key's thumbprint (RFC 7638): members in lexical order, no spaces.
fn thumbprint(public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(secret::digest(canonical.as_bytes()))
}

fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(key: u8, issuer: &str) -> Tokens {
        Tokens::new(&[key; 32], issuer).unwrap()
    }

    #[test]
    fn a_token_counts_for_fifteen_minutes_and_only_here() {
        let (here, now) = (tokens(1, "https://a"), Instant::from_micros(1_800_000_000_000_000));
        let (user, session, company) = (UserId::new(), SessionId::new(), CompanyId::new());
        let token = here.issue(user, session, company, now).unwrap();
        let claims = here.read(&token, now).unwrap();
        assert_eq!((claims.sub, claims.sid, claims.company), (user, session, company));
        let last = now.plus(LIFETIME).minus(SignedDuration::from_secs(1));
        assert!(here.read(&token, last).is_ok());
        assert!(here.read(&token, now.plus(LIFETIME)).is_err());
        assert!(tokens(2, "https://a").read(&token, now).is_err(), "another server's key");
        assert!(tokens(1, "https://b").read(&token, now).is_err(), "another issuer");
    }

    #[test]
    fn nothing_but_our_algorithm_counts() {
        let (here, now) = (tokens(1, "https://a"), Instant::from_micros(1_800_000_000_000_000));
        let token = here.issue(UserId::new(), SessionId::new(), CompanyId::new(), now).unwrap();
        let mut parts = token.split('.');
        let (_, claims, signature) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
        let none = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, here.kid));
        assert!(here.read(&format!("{none}.{claims}."), now).is_err());
        let symmetric =
            URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","kid":"{}"}}"#, here.kid));
        assert!(here.read(&format!("{symmetric}.{claims}.{signature}"), now).is_err());
        for garbage in ["", ".", "..", "a.b.c", "\u{0}"] {
            assert!(here.read(garbage, now).is_err());
        }
    }
}
