//! The principal of a request, and what it may do.

use crate::companies::model::Status;
use crate::error::{Error, Result};
use crate::events::model::Doer;
use crate::kernel::delegation::{Delegates, Delegation};
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::reach::{Limit, Reach};
use crate::users::rules::up_to;

pub use crate::keys::model::Scope;
pub use crate::users::model::Role;

/// Who is asking. Made by the gate from a credential, never by a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user, key or delegate, for the rows it writes.
    pub doer: Doer,
    /// Its company, and how far into it the credential reaches.
    pub reach: Reach,
    /// Whether that company takes part.
    pub company_status: Status,
    /// What it may do.
    pub power: Power,
    /// In which session, where somebody of another company acts in this one.
    pub delegation: Option<Delegation>,
}

/// Where an actor's rights come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Power {
    /// A person, by the role in the company.
    Person {
        /// The role.
        role: Role,
        /// The sign-in.
        session: SessionId,
        /// What keeps the person from what the role allows.
        held: Option<Held>,
    },
    /// A partner system, by its key's scopes.
    System {
        /// The scopes.
        scopes: Vec<Scope>,
    },
}

/// Somebody who signed in, and asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// What the person may do in the company.
    pub role: Role,
    /// The sign-in.
    pub session: SessionId,
}

/// Why somebody who has signed in may not yet do all that the role allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The company asks for a second factor, and the person has none.
    NoSecondFactor,
    /// Letters to the person's address may reach somebody else, where that has to be known.
    UnconfirmedEmail,
}

impl Held {
    /// Refuses what has to wait until the person has done what is missing.
    fn lets<V: Verb>(self) -> Result<()> {
        match self {
            Self::NoSecondFactor if !V::ONESELF => self.lets_write(),
            Self::UnconfirmedEmail if V::WRITES => self.lets_write(),
            Self::NoSecondFactor | Self::UnconfirmedEmail => Ok(()),
        }
    }

    /// Refuses what is written, whatever the verb of it says of one's own company.
    fn lets_write(self) -> Result<()> {
        let (code, detail) = match self {
            Self::NoSecondFactor => (
                "two_factor_enrolment_required",
                "the company asks for a second factor: add one with POST /v1/me/two-factor",
            ),
            Self::UnconfirmedEmail => (
                "email_unconfirmed",
                "confirm your address first: ask for a letter with POST /v1/me/email",
            ),
        };
        Err(Error::Forbidden { code, detail: detail.into() })
    }
}

/// Something that can be done to a thing: who may, before anybody looks at the thing.
pub trait Verb: 'static {
    /// The least role of a person.
    const ROLE: Role;
    /// The scope a key needs; `None` closes the verb to keys.
    const SCOPE: Option<Scope>;
    /// Whether it changes anything.
    const WRITES: bool;
    /// Whether the owner of a deactivated company may, too.
    const ALWAYS: bool;
    /// Whether it is about nothing but the person who asks: to sign in properly, one may do it before
    /// one has.
    const ONESELF: bool;
    /// Whether somebody of another company may, who acts in this one.
    const DELEGATES: Delegates;
}

/// A verb's name, least role, scope, whether it writes, and which delegated sessions it is open to.
pub type VerbRow = (&'static str, Role, Option<Scope>, bool, Delegates);

/// What a policy says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go ahead.
    Yes,
    /// The caller may know of the thing, and may not do this.
    No,
    /// To this caller the thing does not exist.
    Hidden,
}

/// A row's own answer to who may do `V` to it. Pure; role and scope are judged elsewhere.
pub trait Allows<V: Verb> {
    /// Judges by the sides of the row.
    fn allows(&self, reach: &Reach) -> Verdict;
}

impl Actor {
    /// Refuses unless role, scope and company allow `V` at all.
    pub fn may<V: Verb>(&self) -> Result<()> {
        let refused = |code, detail: String| Err(Error::Forbidden { code, detail });
        if self.company_status == Status::Deactivated && !V::ALWAYS {
            let detail = "the company is deactivated; its owner can reactivate it".into();
            return refused("company_deactivated", detail);
        }
        if let Power::Person { held: Some(held), .. } = &self.power {
            held.lets::<V>()?;
        }
        self.is_open::<V>()?;
        if V::DELEGATES == Delegates::Company && self.is_of_the_pair() {
            let detail = "the session reaches what is between the two companies, and no further";
            return refused("not_for_delegates", detail.into());
        }
        match (&self.power, V::SCOPE) {
            (Power::Person { role, .. }, _) => up_to(*role, V::ROLE)?,
            (Power::System { .. }, None) => return Err(no_person()),
            (Power::System { scopes }, Some(needed)) if !scopes.contains(&needed) => {
                return refused("scope_missing", format!("the key lacks the scope {needed}"));
            }
            (Power::System { .. }, Some(_)) => {}
        }
        if V::WRITES && self.company_status == Status::Suspended {
            return refused("company_suspended", "the company is suspended; it can read".into());
        }
        Ok(())
    }

    /// Refuses whoever acts for another company what is for its own people alone.
    pub fn is_open<V: Verb>(&self) -> Result<()> {
        match (self.delegation, V::DELEGATES) {
            (Some(_), Delegates::Never) => Err(for_own_people()),
            (None, _) | (Some(_), Delegates::Relationship | Delegates::Company) => Ok(()),
        }
    }

    /// Whether it sees of the company what is between the two of them, and nothing else.
    fn is_of_the_pair(&self) -> bool {
        self.delegation.is_some() && self.reach.others != Limit::All
    }

    /// The person who asks for his own company. A key is none, nor is whoever acts for another.
    pub fn person(&self) -> Result<Person> {
        match (&self.power, self.doer.user_id) {
            (Power::Person { role, session, .. }, Some(user)) => {
                Ok(Person { user, role: *role, session: *session })
            }
            (Power::Person { .. }, None) if self.delegation.is_some() => Err(for_own_people()),
            (Power::Person { .. }, None) | (Power::System { .. }, _) => Err(no_person()),
        }
    }

    /// The same caller in the books of another company, which lets the own one do something for it.
    pub fn doer_in(&self, company: CompanyId) -> Doer {
        if company == self.reach.company {
            return self.doer;
        }
        let origin = Origin { by_grant_to: Some(self.reach.company), ..self.doer.origin };
        let person = self.doer.user_id.or(self.doer.delegate_user_id);
        Doer { user_id: None, delegate_user_id: person, origin, ..self.doer }
    }

    /// Refuses what a company that is not active itself would do for another one, whatever it may do for
    /// itself; and what would be done for one that stands so, which its own people could not do either.
    pub fn acts_for(&self, status: Status) -> Result<()> {
        let refused = |code, detail: &str| Err(Error::Forbidden { code, detail: detail.into() });
        if let Power::Person { held: Some(held), .. } = &self.power {
            held.lets_write()?;
        }
        match (self.company_status, status) {
            (Status::Active, Status::Active) => Ok(()),
            (Status::Active, Status::Suspended) => {
                refused("company_suspended", "the company that lets yours do this is suspended")
            }
            (Status::Suspended, _) => {
                refused("company_suspended", "your company is suspended; it acts for nobody")
            }
            (Status::Deactivated, _) | (Status::Active, Status::Deactivated) => {
                refused("company_deactivated", "one of the two companies is deactivated")
            }
        }
    }

    /// Whether a person of at least this role, or a key with this scope, is asking.
    pub fn has(&self, role: Role, scope: Scope) -> bool {
        match &self.power {
            Power::Person { role: own, .. } => *own >= role,
            Power::System { scopes } => scopes.contains(&scope),
        }
    }

    /// Whether a person of at least this role is asking.
    pub fn has_role(&self, role: Role) -> bool {
        matches!(&self.power, Power::Person { role: own, .. } if *own >= role)
    }

    /// What idempotency keys of this actor belong to.
    pub fn principal(&self) -> uuid::Uuid {
        let person = self.doer.user_id.map(|user| user.uuid());
        let key = self.doer.api_key_id.map(|key| key.uuid());
        // What one session was told is not told to another, which may reach less.
        let delegated = self.delegation.map(|delegation| delegation.session.uuid());
        let who = delegated.or(key).or(person).unwrap_or_default();
        // One user of two companies has two sets of keys. A token that may do less than its API key is not
        // told what that has done.
        let mut bytes = [who.as_bytes().as_slice(), self.reach.company.uuid().as_bytes()].concat();
        if let Power::System { scopes } = &self.power {
            scopes.iter().for_each(|scope| bytes.extend_from_slice(scope.as_str().as_bytes()));
        }
        let digest = super::secret::digest(&bytes);
        let mut folded = [0_u8; 16];
        folded.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = byte);
        uuid::Uuid::from_bytes(folded)
    }
}

fn no_person() -> Error {
    let detail = "this takes a person, not an API key".into();
    Error::Forbidden { code: "key_not_allowed", detail }
}

fn for_own_people() -> Error {
    let detail = "this is for the company's own people, and for nobody who acts for it".into();
    Error::Forbidden { code: "not_for_delegates", detail }
}

/// Declares verbs of a feature: `verbs! { Read: Viewer, Some(ProgramsRead), reads, relationship; }`. One
/// that is open to the owner of a deactivated company says `always`, and to a suspended one it is open as
/// well. What is about the person alone is `oneself`, and is that open too. The last word says which delegated sessions it is open to: every one (`relationship`), those
/// that reach all of the company (`company`), or none (`never`).
#[macro_export]
macro_rules! verbs {
    (@writes reads) => { false };
    (@writes writes) => { true };
    (@writes always) => { false };
    (@writes oneself) => { false };
    (@always always) => { true };
    (@always oneself) => { true };
    (@always $other:ident) => { false };
    (@oneself oneself) => { true };
    (@oneself $other:ident) => { false };
    (@delegates never) => { $crate::kernel::delegation::Delegates::Never };
    (@delegates relationship) => { $crate::kernel::delegation::Delegates::Relationship };
    (@delegates company) => { $crate::kernel::delegation::Delegates::Company };
    ($(
        $(#[$meta:meta])* $verb:ident: $role:ident, $scope:expr, $kind:ident, $open:ident;
    )+) => {
        $(
            $(#[$meta])*
            #[derive(Debug)]
            pub enum $verb {}
            impl $crate::access::Verb for $verb {
                const ROLE: $crate::access::Role = $crate::access::Role::$role;
                const SCOPE: Option<$crate::access::Scope> = $scope;
                const WRITES: bool = $crate::verbs!(@writes $kind);
                const ALWAYS: bool = $crate::verbs!(@always $kind);
                const ONESELF: bool = $crate::verbs!(@oneself $kind);
                const DELEGATES: $crate::kernel::delegation::Delegates =
                    $crate::verbs!(@delegates $open);
            }
        )+

        /// Role, scope and kind of every verb, for the printed policy.
        pub const VERBS: &[$crate::access::VerbRow] = &[$((
            stringify!($verb),
            $crate::access::Role::$role,
            $scope,
            $crate::verbs!(@writes $kind),
            $crate::verbs!(@delegates $open),
        )),+];
    };
}
