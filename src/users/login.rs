//! Signing in: the password, the second factor, and who has to wait. All is decided in one transaction,
//! so that guesses at the same moment are counted as if they came one after the other.

use super::attempts::model::Marks;
use super::attempts::{rules as waits, store as counts};
use super::model::{Membership, Role, User};
use super::registrations::model::Newcomer;
use super::routes::Issued;
use super::two_factor::model::{Proof, SecondFactor, Shown};
use super::two_factor::{routes as second_factor, store as factors};
use super::wire::SignInView;
use super::{rules, store};
use crate::access::Gate;
use crate::companies::model::Company;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::model::Doer;
use crate::http::reply::Created;
use crate::kernel::id::{CompanyId, MembershipId, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

/// Somebody who wants to sign in.
pub struct Attempt {
    /// Who it is, if the password is right.
    pub user: Option<UserId>,
    /// To which company, if to a certain one.
    pub wanted: Option<CompanyId>,
    /// Under what failures count.
    pub marks: Marks,
    /// What is shown beside the password.
    pub shown: Shown,
}

/// What becomes of it.
pub enum Outcome {
    /// A session in a company.
    Begun(Box<(Issued, Company)>),
    /// The password is right, and a code is needed.
    CodeMissing,
    /// The password is right, and the code is not.
    CodeWrong,
    /// The address or the password is wrong, or the company.
    Wrong,
    /// There were too many failures.
    Waits(Error),
}

/// Whoever has an address, with the second factor, unless there were too many failures.
pub fn look(
    db: &mut Db,
    (email, marks): (&str, &Marks),
    now: Instant,
) -> Result<Option<(User, Option<SecondFactor>)>> {
    waits::admit(&counts::look(db, marks, now)?, now)?;
    let user = store::look_for_email(db, email)?;
    // Nobody's is looked for as well: it takes as long.
    let id = user.as_ref().map_or_else(UserId::new, |user| user.id);
    let factor = factors::look_for(db, id)?;
    Ok(user.map(|user| (user, factor)))
}

impl Attempt {
    /// Begins a session, or counts a failure.
    pub fn decide(&self, db: &mut Db, at: (Origin, Instant)) -> Result<Outcome> {
        let (_, now) = at;
        let counted = counts::hold(db, &self.marks, now)?;
        if let Err(wait) = waits::admit(&counted, now) {
            return Ok(Outcome::Waits(wait));
        }
        let outcome = match self.user {
            Some(user) => self.begin(db, user, at)?,
            None => Outcome::Wrong,
        };
        match outcome {
            Outcome::Begun(_) => counts::welcome(db, &self.marks, now)?,
            Outcome::Wrong | Outcome::CodeWrong => {
                if let Some(wait) = counts::failed(db, &counted, now)? {
                    return Ok(Outcome::Waits(wait));
                }
            }
            Outcome::CodeMissing | Outcome::Waits(_) => {}
        }
        Ok(outcome)
    }

    /// Begins a session in the company that is wanted, or in the first one.
    fn begin(&self, db: &mut Db, user: UserId, at: (Origin, Instant)) -> Result<Outcome> {
        let asked = asked(db, user, self.wanted)?;
        if asked.is_empty() {
            return Ok(Outcome::Wrong);
        }
        match factors::prove(db, user, &self.shown)? {
            Proof::Missing => return Ok(Outcome::CodeMissing),
            Proof::Wrong => return Ok(Outcome::CodeWrong),
            Proof::GoodByRecovery(left) => second_factor::recovered(db, user, left, at)?,
            Proof::Good | Proof::NotAsked => {}
        }
        let begun = enter(db, &asked, at)?;
        Ok(begun.map_or(Outcome::Wrong, |begun| Outcome::Begun(Box::new(begun))))
    }
}

/// Begins a session in the company that is wanted, or in the first one; `None` if the user belongs to
/// none such. For whoever has shown already who they are.
pub fn begin(
    db: &mut Db,
    user: UserId,
    wanted: Option<CompanyId>,
    at: (Origin, Instant),
) -> Result<Option<(Issued, Company)>> {
    let asked = asked(db, user, wanted)?;
    enter(db, &asked, at)
}

/// The user's place in the company that is wanted, or in all.
fn asked(db: &mut Db, user: UserId, wanted: Option<CompanyId>) -> Result<Vec<Membership>> {
    let mut memberships = store::memberships_of(db, user)?;
    memberships.retain(|own| wanted.is_none_or(|id| id == own.company_id));
    Ok(memberships)
}

fn enter(
    db: &mut Db,
    asked: &[Membership],
    (origin, now): (Origin, Instant),
) -> Result<Option<(Issued, Company)>> {
    let ids: Vec<CompanyId> = asked.iter().map(|own| own.company_id).collect();
    let gone = companies::deactivated(db, &ids)?;
    let asked: Vec<&Membership> = asked.iter().collect();
    let Some(chosen) = rules::company_to_enter(&asked, &gone)? else { return Ok(None) };
    let issued = Issued::new(chosen.user_id, chosen.company_id, now)?;
    issued.begin(db, origin)?;
    Ok(Some((issued, companies::find_own(db, chosen.company_id)?)))
}

impl Outcome {
    /// What is said to whoever is refused.
    pub fn into_error(self) -> Error {
        match self {
            Self::Waits(wait) => wait,
            Self::CodeMissing => code_missing(),
            Self::CodeWrong => Error::Unproven {
                code: "two_factor_invalid",
                detail: "this code does not count, or was used before",
            },
            Self::Begun(_) | Self::Wrong => {
                Error::Unauthenticated("the address or the password is wrong")
            }
        }
    }
}

/// What is said to whoever has a second factor and does not show it.
pub fn code_missing() -> Error {
    Error::Unproven {
        code: "two_factor_required",
        detail: "send the code that your app shows, or a recovery code",
    }
}

/// Somebody new, and the session that begins.
#[derive(Clone)]
pub struct Arrived {
    user: UserId,
    company: CompanyId,
    issued: Issued,
}

impl Arrived {
    /// A person and a company that come to be now.
    pub fn new(now: Instant) -> Result<Self> {
        let (user, company) = (UserId::new(), CompanyId::new());
        Ok(Self { user, company, issued: Issued::new(user, company, now)? })
    }

    /// Writes them down. `confirmed`: since when it is known that letters reach the person.
    pub fn settle(
        &self,
        db: &mut Db,
        (newcomer, confirmed): (Newcomer, Option<Instant>),
        marks: &Marks,
        (origin, now): (Origin, Instant),
    ) -> Result<(User, Company)> {
        let Newcomer { email, name, password_hash, company } = newcomer;
        let company = crate::companies::rules::registered(
            self.company,
            company.name,
            company.kind,
            company.website,
            now,
        );
        let user = User {
            id: self.user,
            email,
            name,
            password_hash,
            version: 1,
            created_at: now,
            updated_at: now,
            email_confirmed_at: confirmed,
        };
        let membership = Membership {
            id: MembershipId::new(),
            company_id: company.id,
            user_id: user.id,
            role: Role::Owner,
            created_at: now,
            version: 1,
        };
        let doer = Doer { user_id: Some(user.id), origin, ..Doer::SYSTEM };
        companies::insert(db, &company, doer)?;
        store::insert(db, &user, &membership)?;
        self.issued.begin(db, origin)?;
        counts::welcome(db, marks, now)?;
        Ok((user, company))
    }
}

/// The answer to somebody who has registered.
pub fn arrived(
    gate: &Gate,
    arrived: Arrived,
    (user, company): (User, Company),
    now: Instant,
) -> Result<Created<SignInView>> {
    let location = format!("/v1/companies/{}", company.id);
    let view = arrived.issued.view(gate, user, company.into(), now)?;
    Ok(Created::at(location, view).uncached())
}
