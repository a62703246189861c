//! Typed ids: `act_01k…` to people, sixteen bytes to the database.
//!
//! An id is a UUIDv7 made by the application before the insert. On the wire it is a prefix, an
//! underscore and 26 characters of Crockford base32 (the TypeID form): opaque, sortable by creation.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use arrayvec::ArrayString;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Binary;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use uuid::Uuid;

use super::column::Key;
use super::time::Instant;
use crate::db::MultiBackend;

/// A thing that has ids. The prefix makes a misplaced id visible in any log line.
pub trait Kind: 'static {
    /// What comes before the underscore.
    const PREFIX: &'static str;
    /// What it is called in messages: "no such {NAME}".
    const NAME: &'static str;
}

/// The id of one kind of thing; ids of different kinds do not compare and do not mix.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = Key)]
pub struct Id<K: 'static> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;
/// Room for the longest prefix, its underscore and the characters.
const ROOM: usize = 32;

/// The place of a character in the alphabet.
fn digit(character: u8) -> Option<u8> {
    let (first, place) = match character {
        b'0'..=b'9' => (b'0', 0),
        b'a'..=b'h' => (b'a', 10),
        b'j'..=b'k' => (b'j', 18),
        b'm'..=b'n' => (b'm', 20),
        b'p'..=b't' => (b'p', 22),
        b'v'..=b'z' => (b'v', 27),
        _ => return None,
    };
    Some(character - first + place)
}

impl<K: Kind> Id<K> {
    /// A new id, later in order than all made before it by this process.
    pub fn new() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// A new id whose order follows `at`, for rows that are sorted by the moment they stand for.
    pub fn at(at: Instant) -> Self {
        let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).unwrap_or(0);
        let nanos = u32::try_from(at.micros().rem_euclid(1_000_000) * 1_000).unwrap_or(0);
        let stamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
        Self::from_uuid(Uuid::new_v7(stamp))
    }

    /// The same sixteen bytes, typed.
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The bytes beneath.
    pub fn uuid(self) -> Uuid {
        self.uuid
    }

    /// As people see it. A page shows hundreds of ids: this takes no memory from the heap.
    fn text(self) -> ArrayString<ROOM> {
        const { assert!(K::PREFIX.len() + 1 + LENGTH <= ROOM) };
        let value = self.uuid.as_u128();
        let mut text = ArrayString::new();
        text.push_str(K::PREFIX);
        text.push('_');
        for place in (0..LENGTH).rev() {
            let digit = usize::try_from((value >> (5 * place)) & 31).unwrap_or(0);
            text.push(char::from(ALPHABET.get(digit).copied().unwrap_or(b'0')));
        }
        text
    }

    /// What the wire accepts for this kind, as a regular expression.
    pub fn pattern() -> String {
        format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX)
    }

    /// An id to show in documents: well-formed, belonging to nothing.
    pub fn example() -> String {
        format!("{}_01k5h2v7xnf8rtq3m9bcw4ze6a", K::PREFIX)
    }
}

impl<K: Kind> Default for Id<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of this kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind, which looks like {0}_ and 26 characters")]
pub struct NotAnId(&'static str);

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let digits = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .filter(|digits| digits.len() == LENGTH && digits.as_bytes().first() <= Some(&b'7'))
            .ok_or(NotAnId(K::PREFIX))?;
        let mut value = 0_u128;
        for byte in digits.bytes() {
            value = (value << 5) | u128::from(digit(byte).ok_or(NotAnId(K::PREFIX))?);
        }
        Ok(Self::from_uuid(Uuid::from_u128(value)))
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text())
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl<K: Kind> utoipa::PartialSchema for Id<K> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(Self::pattern()))
            .examples([Self::example()])
            .into()
    }
}

impl<K: Kind> utoipa::ToSchema for Id<K> {
    fn name() -> std::borrow::Cow<'static, str> {
        let mut name: String = K::NAME
            .split(' ')
            .map(|word| {
                let mut letters = word.chars();
                letters.next().map(|first| first.to_uppercase().chain(letters).collect())
            })
            .map(Option::<String>::unwrap_or_default)
            .collect();
        name.push_str("Id");
        name.into()
    }
}

impl<K: Kind> ToSql<Key, Pg> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.uuid.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<K: Kind> ToSql<Key, Sqlite> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(&self.uuid.as_bytes()[..]);
        Ok(IsNull::No)
    }
}

impl<K: Kind> ToSql<Key, MultiBackend> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Key, self));
        Ok(IsNull::No)
    }
}

impl<K: Kind> FromSql<Key, Pg> for Id<K> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self { uuid: Uuid::from_slice(bytes.as_bytes())?, kind: PhantomData })
    }
}

impl<K: Kind> FromSql<Key, Sqlite> for Id<K> {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(bytes)?;
        Ok(Self { uuid: Uuid::from_slice(&bytes)?, kind: PhantomData })
    }
}

impl<K: Kind> FromSql<Key, MultiBackend> for Id<K> {
    fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Key>()
    }
}

/// The kinds of things that have ids, with their prefixes: all in one place, so none is taken twice.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident, $alias:ident = $prefix:literal, $name:literal;)+) => {
        $(
            $(#[$meta])*
            #[derive(Debug)]
            pub enum $kind {}
            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NAME: &'static str = $name;
            }
            #[doc = concat!("The id of one ", $name, ".")]
            pub type $alias = Id<$kind>;
        )+

        #[cfg(test)]
        const PREFIXES: &[&str] = &[$($prefix),+];
    };
}

kinds! {
    /// A tenant.
    CompanyKey, CompanyId = "co", "company";
    /// One change of a company's status.
    StatusChangeKey, StatusChangeId = "cst", "status change";
    /// A person who signs in.
    UserKey, UserId = "usr", "user";
    /// A user's place in a company.
    MembershipKey, MembershipId = "mem", "membership";
    /// A word to somebody who shall belong to a company.
    InvitationKey, InvitationId = "inv", "invitation";
    /// One sign-in, from login to logout.
    SessionKey, SessionId = "ses", "session";
    /// One link in a session's chain of refresh tokens.
    RefreshKey, RefreshId = "rft", "refresh token";
    /// A partner system's credential.
    ApiKeyKey, ApiKeyId = "key", "API key";
    /// Somebody of a company who stands on partnerships.
    PersonKey, PersonId = "per", "person";
    /// Two companies that agreed to work together.
    PartnershipKey, PartnershipId = "pt", "partnership";
    /// An offer of a partnership to whoever has an address.
    PartnershipInvitationKey, PartnershipInvitationId = "pti", "partnership invitation";
    /// The time in which a person looked after another company.
    AccountOwnerKey, AccountOwnerId = "aow", "account owner";
    /// What a company wrote down about another one.
    NoteKey, NoteId = "note", "note";
    /// What one side of a partnership proposes to change.
    ChangeKey, ChangeId = "chg", "change";
    /// One thing that a change is to make different.
    OperationKey, OperationId = "op", "change operation";
    /// What a brand runs.
    ProgramKey, ProgramId = "prg", "program";
    /// What a program counts.
    EventTypeKey, EventTypeId = "evt", "event type";
    /// What a partner earns in a program.
    ContractKey, ContractId = "ct", "contract";
    /// One version of a contract's terms.
    TermsKey, TermsId = "ctv", "contract version";
    /// A coupon code of a program.
    ReferralCodeKey, ReferralCodeId = "code", "referral code";
    /// A tracked conversion.
    ActionKey, ActionId = "act", "action";
    /// One thing bought in an action.
    ItemKey, ItemId = "itm", "item";
    /// One entry of an action's ledger.
    UpdateKey, UpdateId = "upd", "action update";
    /// A correction beside a locked action.
    AdjustmentKey, AdjustmentId = "adj", "adjustment";
    /// Attribution run again over a period.
    ReprocessingKey, ReprocessingId = "rpr", "reprocessing";
    /// A partner's dispute about an action.
    InquiryKey, InquiryId = "inq", "inquiry";
    /// A batch of reversals.
    ReversalKey, ReversalId = "rev", "reversal batch";
    /// A batch of actions to be tracked.
    ImportKey, ImportId = "imp", "action import";
    /// One entry of the record of what happened.
    EventKey, EventId = "evn", "event";
    /// Who did what, from where.
    AuditKey, AuditId = "aud", "audit entry";
    /// A letter on its way.
    MailKey, MailId = "mail", "mail";
    /// A wish for a new password.
    PasswordResetKey, PasswordResetId = "pwr", "password reset";
    /// A registration that waits for its letter.
    RegistrationKey, RegistrationId = "reg", "registration";
    /// A wish for another address.
    EmailChangeKey, EmailChangeId = "emc", "email change";
    /// A ticket by which a browser opens a stream.
    StreamTicketKey, StreamTicketId = "stk", "stream ticket";
    /// Where a company wants to be told of what happens.
    WebhookEndpointKey, WebhookEndpointId = "whe", "webhook endpoint";
    /// One event for one webhook endpoint.
    WebhookDeliveryKey, WebhookDeliveryId = "whd", "webhook delivery";
    /// A file that was uploaded.
    AttachmentKey, AttachmentId = "att", "attachment";
    /// What the bytes of files are.
    BlobKey, BlobId = "blb", "blob";
    /// What one person is told of one event.
    NotificationKey, NotificationId = "ntf", "notification";
    /// One piece of background work.
    JobKey, JobId = "job", "job";
    /// A worker that holds leases.
    WorkerKey, WorkerId = "wrk", "worker";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_reads_back_as_it_was_written(value: u128) {
            let id = ActionId::from_uuid(Uuid::from_u128(value));
            prop_assert_eq!(id.to_string().parse::<ActionId>(), Ok(id));
        }

        #[test]
        fn text_order_is_id_order(left: u128, right: u128) {
            let (left, right) =
                (ActionId::from_uuid(Uuid::from_u128(left)), ActionId::from_uuid(Uuid::from_u128(right)));
            prop_assert_eq!(left.cmp(&right), left.to_string().cmp(&right.to_string()));
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = text.parse::<ActionId>();
        }
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let company = CompanyId::new().to_string();
        assert_eq!(company.parse::<ActionId>(), Err(NotAnId("act")));
    }

    #[test]
    fn no_prefix_is_taken_twice() {
        let mut prefixes = PREFIXES.to_vec();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), PREFIXES.len());
    }
}
