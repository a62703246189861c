//! SQL about who belongs to a company.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use crate::db::schema::{memberships, sessions, users};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, MembershipId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::users::model::{Membership, Role, User};

impl Find for Membership {
    type Id = MembershipId;
    const NAME: &'static str = "membership";

    fn look_for(db: &mut Db, id: MembershipId, reach: &Reach) -> Result<Option<Self>> {
        let own = memberships::table.find(id).filter(memberships::company_id.eq(reach.company));
        Ok(own.first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these memberships that are in the caller's company, with the people's names.
pub fn among(
    db: &mut Db,
    reach: &Reach,
    ids: &[MembershipId],
) -> Result<Vec<(Membership, String)>> {
    Ok(memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(reach.company))
        .filter(memberships::id.eq_any(ids))
        .select((memberships::all_columns, users::name))
        .load(db)?)
}

/// The people of a company, those who came first before.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    after: Option<MembershipId>,
    limit: i64,
) -> Result<Page<(Membership, User)>> {
    let mut rows = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(reach.company))
        .order(memberships::id)
        .limit(limit + 1)
        .select((memberships::all_columns, users::all_columns))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(memberships::id.gt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &(Membership, User)| row.0.id))
}

/// When these people were last seen in a company.
pub fn last_seen(
    db: &mut Db,
    company: CompanyId,
    ids: &[UserId],
) -> Result<HashMap<UserId, Instant>> {
    let seen: Vec<(UserId, Option<Instant>)> = sessions::table
        .filter(sessions::company_id.eq(company))
        .filter(sessions::user_id.eq_any(ids))
        .group_by(sessions::user_id)
        .select((sessions::user_id, max(sessions::seen_at)))
        .load(db)?;
    Ok(seen.into_iter().filter_map(|(user, at)| Some((user, at?))).collect())
}

/// Whoever changes who belongs to a company does so alone until this transaction ends.
pub fn alone(db: &mut Db, company: CompanyId) -> Result<()> {
    dialect::locks::alone(db, company.uuid().as_bytes())
}

/// Whether a company has an owner beside this member.
pub fn has_other_owner(db: &mut Db, member: &Membership) -> Result<bool> {
    let others = memberships::table
        .filter(memberships::company_id.eq(member.company_id))
        .filter(memberships::role.eq(Role::Owner))
        .filter(memberships::id.ne(member.id));
    Ok(diesel::select(diesel::dsl::exists(others)).get_result(db)?)
}

/// Somebody joins a company.
pub fn insert(db: &mut Db, membership: &Membership) -> Result<()> {
    diesel::insert_into(memberships::table).values(membership).execute(db)?;
    Ok(())
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Membership, after: Membership) -> Result<Membership> {
    let after = Membership { version: before.version + 1, ..after };
    let unchanged = memberships::table.find(before.id);
    let unchanged = unchanged.filter(memberships::version.eq(before.version));
    let set = (memberships::role.eq(after.role), memberships::version.eq(after.version));
    match diesel::update(unchanged).set(set).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// Ends a membership that nobody changed meanwhile, and all sessions of the person in the company.
pub fn remove(db: &mut Db, before: &Membership, now: Instant) -> Result<()> {
    let unchanged = memberships::table.find(before.id);
    let unchanged = unchanged.filter(memberships::version.eq(before.version));
    if diesel::delete(unchanged).execute(db)? != 1 {
        return Err(Error::Stale);
    }
    let live = sessions::table
        .filter(sessions::company_id.eq(before.company_id))
        .filter(sessions::user_id.eq(before.user_id))
        .filter(sessions::revoked_at.is_null());
    diesel::update(live).set(sessions::revoked_at.eq(now)).execute(db)?;
    Ok(())
}
