//! Access tokens: JWT signed with Ed25519, fifteen minutes; of people, of API keys, and of people who act
//! for another company.
//!
//! The signing key is one of a row that is derived from the server's own key, by its number. Its
//! neighbours are published and accepted too: the one before, whose tokens go on until they expire, and
//! the next one, which another server that was started anew may sign with already.

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
use crate::kernel::id::{ApiKeyId, CompanyId, SessionId, UserId};
use crate::kernel::time::Instant;
use crate::keys::model::Scope;

/// How long an access token counts.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Whom the tokens are for.
const AUDIENCE: &str = "entente";

/// What a token says, by whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Read {
    /// A person's.
    OfPerson(Claims),
    /// A key's.
    OfKey(KeyClaims),
    /// Of a person who acts for another company.
    OfDelegate(DelegateClaims),
}

/// What a person's token says.
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

/// What the token of somebody says who acts for another company: that one is the subject, and the person is
/// the actor (RFC 8693).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DelegateClaims {
    /// Who issued it: this server's public URL.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The company that is acted for.
    pub sub: CompanyId,
    /// Who acts.
    pub act: Act,
    /// The session.
    pub sid: SessionId,
    /// The company that is acted for, by the name that other tokens have for it.
    pub company: CompanyId,
    /// Issued at, seconds.
    pub iat: i64,
    /// Counts until, seconds.
    pub exp: i64,
}

/// Who acts for a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The person.
    pub sub: UserId,
    /// The company whose person it is.
    pub company: CompanyId,
}

/// What the token of a key says (RFC 9068).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyClaims {
    /// Who issued it: this server's public URL.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The key.
    pub sub: ApiKeyId,
    /// The key, by the name that OAuth has for it.
    pub client_id: ApiKeyId,
    /// The company the key acts for.
    pub company: CompanyId,
    /// What it may do, with blanks in between.
    pub scope: String,
    /// The mark of the secret that it was made with.
    pub secret: String,
    /// Tells it from every other one.
    pub jti: uuid::Uuid,
    /// Issued at, seconds.
    pub iat: i64,
    /// Counts until, seconds.
    pub exp: i64,
}

impl KeyClaims {
    /// Those of a key's scopes that the token has.
    pub fn scopes(&self, own: &[Scope]) -> Vec<Scope> {
        let named = |scope: &&Scope| self.scope.split(' ').any(|word| word == scope.as_str());
        own.iter().filter(named).copied().collect()
    }
}

/// One key of the row.
struct Pair {
    kid: String,
    public: Vec<u8>,
    verify: DecodingKey,
}

/// Signs and reads tokens with keys derived from the server's.
pub struct Tokens {
    issuer: String,
    kid: String,
    sign: EncodingKey,
    /// The one that signs, the next one, and the one before.
    pairs: Vec<Pair>,
}

impl Tokens {
    /// Derives the first signing key; the same server key gives the same one.
    pub fn new(server_key: &[u8; 32], issuer: &str) -> Result<Self> {
        Self::signed_by(server_key, issuer, 1)
    }

    /// The same with the signing key of a number.
    pub fn signed_by(server_key: &[u8; 32], issuer: &str, number: u32) -> Result<Self> {
        let (sign, own) = pair(server_key, number)?;
        let (_, next) = pair(server_key, number.saturating_add(1))?;
        let kid = own.kid.clone();
        let mut pairs = vec![own, next];
        if let Some(before) = number.checked_sub(1).filter(|before| *before > 0) {
            pairs.push(pair(server_key, before)?.1);
        }
        Ok(Self { issuer: issuer.to_string(), kid, sign, pairs })
    }

    /// Who issues them: how the world reaches this server.
    pub fn issuer(&self) -> &str {
        &self.issuer
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
        self.signed(&claims)
    }

    /// A token for one session in which somebody acts for a company, until `end`.
    pub fn issue_to_delegate(
        &self,
        act: Act,
        (session, acts_for): (SessionId, CompanyId),
        (now, end): (Instant, Instant),
    ) -> Result<String> {
        self.signed(&DelegateClaims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            sub: acts_for,
            act,
            sid: session,
            company: acts_for,
            iat: seconds(now),
            exp: seconds(end),
        })
    }

    /// A token that stands for a key until `end`, with some of its scopes; `secret` is the mark of the one
    /// that was shown.
    pub fn issue_to_key(
        &self,
        (key, company): (ApiKeyId, CompanyId),
        scopes: &[Scope],
        secret: String,
        (now, end): (Instant, Instant),
    ) -> Result<String> {
        let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        self.signed(&KeyClaims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.into(),
            sub: key,
            client_id: key,
            company,
            scope: scopes.join(" "),
            secret,
            jti: uuid::Uuid::now_v7(),
            iat: seconds(now),
            exp: seconds(end),
        })
    }

    fn signed(&self, claims: &impl Serialize) -> Result<String> {
        let header = Header {
            typ: Some("at+jwt".into()),
            kid: Some(self.kid.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, claims, &self.sign).map_err(Error::internal)
    }

    /// What a token says, if it is ours, for us, and still counts.
    pub fn read(&self, token: &str, now: Instant) -> Result<Read> {
        let refused = Error::Unauthenticated("the token does not count");
        let header = jsonwebtoken::decode_header(token.as_bytes())
            .map_err(|_| Error::Unauthenticated("not a token"))?;
        let named = |pair: &&Pair| header.kid.as_deref() == Some(pair.kid.as_str());
        let pair = self.pairs.iter().find(named).ok_or(refused)?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.set_issuer(&[&self.issuer]);
        rules.set_audience(&[AUDIENCE]);
        // The clock is ours to ask, not the library's: tests set it.
        rules.validate_exp = false;
        let read = jsonwebtoken::decode::<Read>(token.as_bytes(), &pair.verify, &rules)
            .map_err(|_| Error::Unauthenticated("the token does not count"))?
            .claims;
        let (Read::OfPerson(Claims { exp, .. })
        | Read::OfKey(KeyClaims { exp, .. })
        | Read::OfDelegate(DelegateClaims { exp, .. })) = &read;
        if *exp <= seconds(now) {
            return Err(Error::Unauthenticated("the token has expired"));
        }
        Ok(read)
    }

    /// The public keys as a JSON Web Key Set, the one that signs first.
    pub fn jwks(&self) -> serde_json::Value {
        let shown = |pair: &Pair| {
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": pair.kid,
                "x": URL_SAFE_NO_PAD.encode(&pair.public),
            })
        };
        json!({ "keys": self.pairs.iter().map(shown).collect::<Vec<_>>() })
    }
}

/// The signing key of a number, and what of it others may know.
fn pair(server_key: &[u8; 32], number: u32) -> Result<(EncodingKey, Pair)> {
    let failed = || Error::internal(anyhow::anyhow!("cannot make the signing key"));
    let seed = secret::derive(server_key, &format!("token signing {number}"))?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| failed())?;
    let document: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed())?;
    let public = pair.public_key().as_ref().to_vec();
    let (kid, verify) = (thumbprint(&public), DecodingKey::from_ed_der(&public));
    Ok((EncodingKey::from_ed_der(document.as_ref()), Pair { kid, public, verify }))
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
        let Read::OfPerson(claims) = here.read(&token, now).unwrap() else { panic!("a person's") };
        assert_eq!((claims.sub, claims.sid, claims.company), (user, session, company));
        let last = now.plus(LIFETIME).minus(SignedDuration::from_secs(1));
        assert!(here.read(&token, last).is_ok());
        assert!(here.read(&token, now.plus(LIFETIME)).is_err());
        assert!(tokens(2, "https://a").read(&token, now).is_err(), "another server's key");
        assert!(tokens(1, "https://b").read(&token, now).is_err(), "another issuer");
    }

    #[test]
    fn a_token_of_a_key_says_so_and_what_it_may_do() {
        use Scope::*;
        let (here, now) = (tokens(1, "https://a"), Instant::from_micros(1_800_000_000_000_000));
        let (key, company, end) = (ApiKeyId::new(), CompanyId::new(), now.plus(LIFETIME));
        let scopes = [ActionsRead, ReversalsWrite];
        let issued = here.issue_to_key((key, company), &scopes, "mark".into(), (now, end)).unwrap();
        let Read::OfKey(claims) = here.read(&issued, now).unwrap() else { panic!("a key's") };
        assert_eq!((claims.sub, claims.client_id, claims.company), (key, key, company));
        assert_eq!(
            (claims.scope.as_str(), claims.secret.as_str()),
            ("actions:read reversals:write", "mark")
        );
        // Whatever it says, it does no more than the key.
        assert_eq!(claims.scopes(&[ActionsRead, EventsRead]), [ActionsRead]);
        assert!(here.read(&issued, end).is_err());
        let again = here.issue_to_key((key, company), &scopes, "mark".into(), (now, end)).unwrap();
        assert_ne!(issued, again);
    }

    #[test]
    fn a_token_of_a_delegate_names_both_and_is_nobody_elses() {
        let (here, now) = (tokens(1, "https://a"), Instant::from_micros(1_800_000_000_000_000));
        let (session, acts_for, end) = (SessionId::new(), CompanyId::new(), now.plus(LIFETIME));
        let act = Act { sub: UserId::new(), company: CompanyId::new() };
        let token = here.issue_to_delegate(act, (session, acts_for), (now, end)).unwrap();
        let Read::OfDelegate(claims) = here.read(&token, now).unwrap() else {
            panic!("a delegate's")
        };
        assert_eq!((claims.sub, claims.company, claims.sid), (acts_for, acts_for, session));
        assert_eq!(claims.act, act);
        assert!(here.read(&token, end).is_err());
    }

    #[test]
    fn the_neighbours_of_a_signing_key_count_too() {
        let now = Instant::from_micros(1_800_000_000_000_000);
        let signed_by = |number| Tokens::signed_by(&[1; 32], "https://a", number).unwrap();
        let servers: Vec<Tokens> = (1..=5).map(signed_by).collect();
        let made =
            |of: &Tokens| of.issue(UserId::new(), SessionId::new(), CompanyId::new(), now).unwrap();
        for (one, signs) in servers.iter().enumerate() {
            for (other, reads) in servers.iter().enumerate() {
                let counts = reads.read(&made(signs), now).is_ok();
                assert_eq!(counts, one.abs_diff(other) <= 1, "{one} is read by {other}");
            }
            let published = signs.jwks();
            let published = published["keys"].as_array().unwrap();
            assert_eq!(published.len(), if one == 0 { 2 } else { 3 });
            assert_eq!(published[0]["kid"], signs.kid);
        }
        let first = Tokens::new(&[1; 32], "https://a").unwrap();
        assert_eq!(first.kid, servers[0].kid, "the first one is what it always was");
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
