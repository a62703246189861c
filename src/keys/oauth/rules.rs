//! What a request for a token says, and how much of what its key may do the token gets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use crate::keys::model::Scope;

/// The only grant there is.
const GRANT: &str = "client_credentials";

/// What is asked for, and by whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The key's id, as it was written.
    pub client_id: String,
    /// The key's secret.
    pub client_secret: String,
    /// Scopes, with blanks between them; all of the key's if absent.
    pub scope: Option<String>,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a request of this kind, or one that says something twice.
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// No such key, another secret, or one that does not count any more: which of them is not told.
    #[error("no API key with this id and this secret counts")]
    InvalidClient,
    /// Another grant.
    #[error("grant_type is client_credentials here")]
    UnsupportedGrantType,
    /// A scope that there is not, or that the key has not.
    #[error("the key has no scope {0}")]
    InvalidScope(String),
}

impl Refusal {
    /// The code of RFC 6749, section 5.2.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
        }
    }
}

/// Reads a form and, where there is one, the `Authorization` header.
pub fn read(authorization: Option<&str>, form: &[u8]) -> Result<Asked, Refusal> {
    let mut fields = Fields::read(form)?;
    match fields.grant_type.take() {
        None => return Err(Refusal::InvalidRequest("grant_type is missing")),
        Some(grant) if grant == GRANT => {}
        Some(_) => return Err(Refusal::UnsupportedGrantType),
    }
    let scope = fields.scope.take();
    let (client_id, client_secret) = match authorization {
        Some(header) => by_header(header, &fields)?,
        None => by_form(fields)?,
    };
    Ok(Asked { client_id, client_secret, scope })
}

/// Those of the scopes of a key that a token gets, each once.
pub fn narrowed(own: &[Scope], asked: Option<&str>) -> Result<Vec<Scope>, Refusal> {
    let Some(asked) = asked else { return Ok(own.to_vec()) };
    let mut scopes = Vec::new();
    for word in asked.split(' ').filter(|word| !word.is_empty()) {
        let scope = Scope::parse(word).filter(|scope| own.contains(scope));
        scopes.push(scope.ok_or_else(|| Refusal::InvalidScope(plain(word)))?);
    }
    if scopes.is_empty() {
        return Err(Refusal::InvalidScope("of no name".into()));
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

/// Scopes as tokens and answers have them.
pub fn written(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

/// A word of a client's, as an error may repeat it: short, and of the characters that there may be.
fn plain(word: &str) -> String {
    let known = |letter: char| letter.is_ascii_alphanumeric() || ":._-".contains(letter);
    word.chars().take(40).map(|letter| if known(letter) { letter } else { '?' }).collect()
}

/// The fields of a form that mean something here; others are for other servers.
#[derive(Default)]
struct Fields {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
}

impl Fields {
    fn read(form: &[u8]) -> Result<Self, Refusal> {
        let mut fields = Self::default();
        for (name, value) in form_urlencoded::parse(form) {
            let field = match name.as_ref() {
                "grant_type" => &mut fields.grant_type,
                "client_id" => &mut fields.client_id,
                "client_secret" => &mut fields.client_secret,
                "scope" => &mut fields.scope,
                _ => continue,
            };
            // What is there without a value is not there.
            if value.is_empty() {
                continue;
            }
            if field.replace(value.into_owned()).is_some() {
                return Err(Refusal::InvalidRequest("a parameter is there twice"));
            }
        }
        Ok(fields)
    }
}

/// Whoever shows itself by HTTP Basic, does so by nothing else.
fn by_header(header: &str, fields: &Fields) -> Result<(String, String), Refusal> {
    if fields.client_secret.is_some() {
        return Err(Refusal::InvalidRequest("the client shows itself twice"));
    }
    let basic = header.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("basic"));
    let (_, packed) = basic.ok_or(Refusal::InvalidClient)?;
    let bytes = STANDARD.decode(packed.trim()).map_err(|_| Refusal::InvalidClient)?;
    let pair = String::from_utf8(bytes).map_err(|_| Refusal::InvalidClient)?;
    let (id, secret) = pair.split_once(':').ok_or(Refusal::InvalidClient)?;
    let (id, secret) = (decoded(id), decoded(secret));
    if fields.client_id.as_ref().is_some_and(|other| *other != id) {
        return Err(Refusal::InvalidRequest("two clients are named"));
    }
    Ok((id, secret))
}

/// Both halves are encoded as in a form before they are put together.
fn decoded(half: &str) -> String {
    let field = format!("half={}", half.replace('&', "%26"));
    let mut fields = form_urlencoded::parse(field.as_bytes());
    fields.next().map(|(_, half)| half.into_owned()).unwrap_or_default()
}

fn by_form(fields: Fields) -> Result<(String, String), Refusal> {
    match (fields.client_id, fields.client_secret) {
        (Some(id), Some(secret)) => Ok((id, secret)),
        // RFC 6749 has a name for a client that does not show itself.
        _ => Err(Refusal::InvalidClient),
    }
}

#[cfg(test)]
mod tests;
