//! For how long which of a key's secrets stands for it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;

use super::model::{ApiKey, Secret};
use crate::kernel::time::Instant;

/// For how many hours the secret before counts, if nothing else is said.
pub const OVERLAP_HOURS: i64 = 24;
/// The bytes of a digest that tell a key's two secrets apart.
const MARK: usize = 9;

/// Why a key is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no way back.
    #[error("the key was revoked; make another one")]
    Revoked,
    /// A new secret would count no more than the old one.
    #[error("the key has expired; give it another end first, or make another one")]
    Expired,
}

crate::refusal_codes!(Refusal { Revoked => "key_revoked", Expired => "key_expired" });

/// Gives a key another secret. The one before counts on for as long as the two overlap; one before
/// that ends at once.
pub fn rotate(
    key: &ApiKey,
    fresh: Secret,
    overlap: SignedDuration,
    now: Instant,
) -> Result<ApiKey, Refusal> {
    if key.revoked_at.is_some() {
        return Err(Refusal::Revoked);
    }
    if !key.counts(now) {
        return Err(Refusal::Expired);
    }
    let stays = overlap > SignedDuration::ZERO;
    let Secret { hint, hash } = fresh;
    Ok(ApiKey {
        hint,
        hash,
        previous_hint: stays.then(|| key.hint.clone()),
        previous_hash: stays.then(|| key.hash.clone()),
        previous_until: stays.then(|| now.plus(overlap)),
        ..key.clone()
    })
}

/// Gives a key another name or another end; `None` leaves what it has.
pub fn edit(
    key: &ApiKey,
    name: Option<String>,
    expires_at: Option<Option<Instant>>,
) -> Result<ApiKey, Refusal> {
    if key.revoked_at.is_some() {
        return Err(Refusal::Revoked);
    }
    Ok(ApiKey {
        name: name.unwrap_or_else(|| key.name.clone()),
        expires_at: expires_at.unwrap_or(key.expires_at),
        ..key.clone()
    })
}

/// How long a secret stands for its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// It does not, or no longer.
    Not,
    /// Up to this moment.
    Until(Instant),
    /// As long as the key is not revoked.
    On,
}

/// How long the secret with this digest stands for a key.
pub fn stands(key: &ApiKey, hash: &[u8], now: Instant) -> Stands {
    if !key.counts(now) {
        return Stands::Not;
    }
    if key.hash == hash {
        return key.expires_at.map_or(Stands::On, Stands::Until);
    }
    let shown = key.previous_hash.as_deref() == Some(hash);
    match key.previous_until.filter(|until| shown && now < *until) {
        Some(until) => Stands::Until(key.expires_at.map_or(until, |end| end.min(until))),
        None => Stands::Not,
    }
}

/// The same of a secret of which only the mark is known.
pub fn stands_marked(key: &ApiKey, marked: &str, now: Instant) -> Stands {
    let both = [Some(&key.hash), key.previous_hash.as_ref()];
    let shown = both.into_iter().flatten().find(|hash| mark(hash) == marked);
    shown.map_or(Stands::Not, |hash| stands(key, hash, now))
}

/// Tells a key's secrets apart, and tells nothing of them: the beginning of the digest of 256 random
/// bits.
pub fn mark(hash: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(hash.get(..MARK).unwrap_or(hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::document::Document;
    use crate::kernel::id::{ApiKeyId, CompanyId, UserId};

    fn at(hour: i64) -> Instant {
        Instant::from_micros(hour * 3_600_000_000)
    }

    fn secret(letter: u8) -> Secret {
        Secret { hint: format!("entk_{letter}"), hash: vec![letter; 32] }
    }

    fn key(expires_at: Option<Instant>) -> ApiKey {
        let Secret { hint, hash } = secret(1);
        ApiKey {
            id: ApiKeyId::new(),
            company_id: CompanyId::new(),
            name: "Feed".into(),
            hint,
            hash,
            scopes: Document(Vec::new()),
            program_ids: None,
            event_type_ids: None,
            created_by: UserId::new(),
            created_at: at(0),
            expires_at,
            revoked_at: None,
            last_used_at: None,
            version: 1,
            previous_hint: None,
            previous_hash: None,
            previous_until: None,
        }
    }

    /// How long each of the first three secrets stands.
    fn standing(key: &ApiKey, now: Instant) -> [Stands; 3] {
        [1, 2, 3].map(|letter| {
            let hash = secret(letter).hash;
            let found = stands(key, &hash, now);
            assert_eq!(stands_marked(key, &mark(&hash), now), found);
            found
        })
    }

    #[test]
    fn two_secrets_count_until_the_overlap_is_over() {
        let day = SignedDuration::from_hours(24);
        let first = key(None);
        assert_eq!(standing(&first, at(1)), [Stands::On, Stands::Not, Stands::Not]);
        let second = rotate(&first, secret(2), day, at(1)).unwrap();
        let both = [Stands::Until(at(25)), Stands::On, Stands::Not];
        assert_eq!(standing(&second, at(24)), both);
        assert_eq!(standing(&second, at(25)), [Stands::Not, Stands::On, Stands::Not]);
        // Two at most: the first one makes room at once.
        let third = rotate(&second, secret(3), day, at(2)).unwrap();
        assert_eq!(standing(&third, at(3)), [Stands::Not, Stands::Until(at(26)), Stands::On]);
        let alone = rotate(&third, secret(1), SignedDuration::ZERO, at(4)).unwrap();
        assert_eq!(standing(&alone, at(4)), [Stands::On, Stands::Not, Stands::Not]);
    }

    #[test]
    fn no_secret_outlives_its_key() {
        let day = SignedDuration::from_hours(24);
        let key = key(Some(at(10)));
        let rotated = rotate(&key, secret(2), day, at(1)).unwrap();
        let end = Stands::Until(at(10));
        assert_eq!(standing(&rotated, at(9)), [end, end, Stands::Not]);
        assert_eq!(standing(&rotated, at(10)), [Stands::Not; 3]);
        assert_eq!(rotate(&rotated, secret(3), day, at(10)), Err(Refusal::Expired));
        let revoked = ApiKey { revoked_at: Some(at(2)), ..rotated };
        assert_eq!(standing(&revoked, at(3)), [Stands::Not; 3]);
        assert_eq!(rotate(&revoked, secret(3), day, at(3)), Err(Refusal::Revoked));
        assert_eq!(edit(&revoked, Some("Other".into()), None), Err(Refusal::Revoked));
    }

    #[test]
    fn an_edit_leaves_what_it_does_not_name() {
        let key = key(Some(at(10)));
        assert_eq!(edit(&key, None, None), Ok(key.clone()));
        let named = edit(&key, Some("Other".into()), Some(None)).unwrap();
        assert_eq!((named.name.as_str(), named.expires_at), ("Other", None));
        assert_eq!(ApiKey { name: key.name.clone(), expires_at: key.expires_at, ..named }, key);
    }
}
