//! Changes a company's status with all that comes of it, for the doors and for the command line.

use super::model::{Command, StatusChange, Voice};
use super::rules::{self, Standing};
use super::store;
use crate::companies::model::{Company, Status};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::{CompanyId, StatusChangeId};
use crate::kernel::time::Instant;

/// Who wants what, and why.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What is to become of the company.
    pub command: Command,
    /// Why.
    pub reason: String,
    /// In whose name.
    pub voice: Voice,
    /// Who says so. The operator is no user of any company.
    pub doer: Doer,
}

/// Makes the change. Whoever was let in before has to be forgotten by the gate.
pub fn change(db: &mut Db, before: &Company, wish: &Wish, now: Instant) -> Result<Company> {
    let standing = Standing { status: before.status, voice: store::voice(db, before.id)? };
    let next = rules::next(standing, wish.command, wish.voice)?;
    let after = Company { status: next.status, updated_at: now, ..before.clone() };
    let after = companies::advance(db, before, after)?;
    let change = StatusChange {
        id: StatusChangeId::new(),
        company_id: after.id,
        status: after.status,
        reason: wish.reason.clone(),
        user_id: wish.doer.user_id.or(wish.doer.delegate_user_id),
        kept: next.voice == Voice::Operator && next.status != Status::Active,
        at: now,
        grantee_company_id: match wish.voice {
            Voice::Grantee(company) => Some(company),
            Voice::Company | Voice::Operator => None,
        },
    };
    store::append(db, &change)?;
    if after.status == Status::Deactivated {
        store::end_sessions(db, after.id, now)?;
    }
    tell(db, (before, &after), wish, now)?;
    Ok(after)
}

/// A company that was let manage another one's status no longer is: if that one is suspended by its
/// word, it is not any more. Whether it was, for whoever was let in before has to be forgotten then.
pub fn lift(db: &mut Db, (company, grantee): (CompanyId, CompanyId), now: Instant) -> Result<bool> {
    // Held, so that nobody suspends it by a grant that is being taken away.
    let company = companies::hold(db, company)?;
    let voice = Voice::Grantee(grantee);
    if company.status != Status::Suspended || store::voice(db, company.id)? != voice {
        return Ok(false);
    }
    let reason = "The company that suspended it is no longer let manage its status.".into();
    let wish = Wish { command: Command::Reactivate, reason, voice, doer: Doer::SYSTEM };
    change(db, &company, &wish, now).map(|_| true)
}

/// Tells the company, and each other one that works with it: these without why and by whom.
fn tell(
    db: &mut Db,
    (before, after): (&Company, &Company),
    wish: &Wish,
    now: Instant,
) -> Result<()> {
    let (own, others) = match wish.command {
        Command::Suspend => (EventKind::CompanySuspended, EventKind::CompanyOtherSuspended),
        Command::Deactivate => (EventKind::CompanyDeactivated, EventKind::CompanyOtherDeactivated),
        Command::Reactivate => (EventKind::CompanyReactivated, EventKind::CompanyOtherReactivated),
    };
    let event = Event::new(own, any(after.id), after.id, now).by(wish.doer);
    let (old, new) = (before.status.as_str(), after.status.as_str());
    events::record(db, event.sequence(after.version).changed("status", old, new))?;
    if before.status == after.status {
        return Ok(());
    }
    for other in store::others(db, after.id)? {
        let event = Event::new(others, any(after.id), other, now).sequence(after.version);
        events::record(db, event)?;
    }
    Ok(())
}
