//! Who looks after a company: the row says who does, the times say who did.

use diesel::prelude::*;

use super::advance;
use crate::db::schema::account_owners;
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::{AccountOwnerId, CompanyId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::relations::model::{AccountOwner, Because, Relation};

impl Find for AccountOwner {
    type Id = AccountOwnerId;
    const NAME: &'static str = "account owner";

    fn look_for(db: &mut Db, id: AccountOwnerId, reach: &Reach) -> Result<Option<Self>> {
        let own = account_owners::company_id.eq(reach.company);
        let found: Option<Self> =
            account_owners::table.find(id).filter(own).first(db).optional()?;
        Ok(found.filter(|row| reach.others.admits(row.other_company_id)))
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.other_company_id)]
    }
}

/// Those of these times that are of the caller's own people.
pub fn among(db: &mut Db, reach: &Reach, ids: &[AccountOwnerId]) -> Result<Vec<AccountOwner>> {
    let own = account_owners::company_id.eq(reach.company);
    let mut found: Vec<AccountOwner> =
        account_owners::table.filter(account_owners::id.eq_any(ids)).filter(own).load(db)?;
    found.retain(|row| reach.others.admits(row.other_company_id));
    Ok(found)
}

/// These times, whosever people they are of; for who tells of them.
pub fn of_ids(db: &mut Db, ids: &[AccountOwnerId]) -> Result<Vec<AccountOwner>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(account_owners::table.filter(account_owners::id.eq_any(ids)).load(db)?)
}

/// Who looked after a company and does, newest first.
pub fn history(
    db: &mut Db,
    relation: &Relation,
    before: Option<AccountOwnerId>,
    limit: i64,
) -> Result<Page<AccountOwner>> {
    let mut rows = account_owners::table
        .filter(account_owners::company_id.eq(relation.company_id))
        .filter(account_owners::other_company_id.eq(relation.other_company_id))
        .order(account_owners::id.desc())
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Some(before) = before {
        rows = rows.filter(account_owners::id.lt(before));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &AccountOwner| row.id))
}

/// From now on a person looks after a company, instead of whoever did.
pub fn assign(
    db: &mut Db,
    relation: &Relation,
    user: UserId,
    doer: Doer,
    now: Instant,
) -> Result<Relation> {
    let changed = advance(db, relation, Some(user))?;
    if let Some(before) = current(db, relation)? {
        end(db, before, Because::Replaced, doer, now)?;
    }
    let owner = AccountOwner {
        id: AccountOwnerId::new(),
        company_id: relation.company_id,
        other_company_id: relation.other_company_id,
        user_id: user,
        assigned_by: doer.user_id,
        assigned_at: now,
        cleared_by: None,
        cleared_at: None,
        cleared_because: None,
        version: 1,
    };
    diesel::insert_into(account_owners::table).values(&owner).execute(db)?;
    let event =
        Event::new(EventKind::AccountOwnerAssigned, any(owner.id), owner.company_id, now).by(doer);
    events::record(db, event.changed("user_id", (), user.to_string()))?;
    Ok(changed)
}

/// From now on nobody looks after a company; nothing happens where nobody did.
pub fn clear(db: &mut Db, relation: &Relation, doer: Doer, now: Instant) -> Result<()> {
    if let Some(before) = current(db, relation)? {
        advance(db, relation, None)?;
        end(db, before, Because::Cleared, doer, now)?;
    }
    Ok(())
}

/// A person leaves a company, and looks after nobody any more in its name. To be called by whatever
/// ends a membership, in its transaction. The system does it: that somebody left has an entry of its
/// own in the log, and the company's managers are told who has no account owner now.
pub fn clear_of(db: &mut Db, company: CompanyId, user: UserId, now: Instant) -> Result<()> {
    let all: Vec<AccountOwner> = account_owners::table
        .filter(account_owners::company_id.eq(company))
        .filter(account_owners::user_id.eq(user))
        .filter(account_owners::cleared_at.is_null())
        .order(account_owners::id)
        .load(db)?;
    for owner in all {
        let relation = super::find(db, company, owner.other_company_id)?;
        advance(db, &relation, None)?;
        end(db, owner, Because::MemberLeft, Doer::SYSTEM, now)?;
    }
    Ok(())
}

/// Who looks after a company now.
fn current(db: &mut Db, relation: &Relation) -> Result<Option<AccountOwner>> {
    Ok(account_owners::table
        .filter(account_owners::company_id.eq(relation.company_id))
        .filter(account_owners::other_company_id.eq(relation.other_company_id))
        .filter(account_owners::cleared_at.is_null())
        .first(db)
        .optional()?)
}

fn end(db: &mut Db, owner: AccountOwner, why: Because, doer: Doer, now: Instant) -> Result<()> {
    let version = owner.version.saturating_add(1);
    let after = AccountOwner {
        cleared_by: doer.user_id,
        cleared_at: Some(now),
        cleared_because: Some(why),
        version,
        ..owner
    };
    let still = account_owners::table.find(after.id).filter(account_owners::cleared_at.is_null());
    if diesel::update(still).set(&after).execute(db)? == 0 {
        return Err(Error::Stale);
    }
    let event = Event::new(EventKind::AccountOwnerCleared, any(after.id), after.company_id, now)
        .by(doer)
        .sequence(version)
        .changed("user_id", after.user_id.to_string(), ())
        .changed("cleared_because", (), why.as_str());
    events::record(db, event)
}
