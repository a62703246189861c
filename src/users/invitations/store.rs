//! The only SQL that touches `invitations`.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::{Invitation, Status};
use super::rules::{Before, Known, WINDOW};
use crate::companies::model::Status as Standing;
use crate::db::schema::{companies, invitations, memberships, users};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, InvitationId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::users::model::Role;

impl Find for Invitation {
    type Id = InvitationId;
    const NAME: &'static str = "invitation";

    fn look_for(db: &mut Db, id: InvitationId, reach: &Reach) -> Result<Option<Self>> {
        let own = invitations::table.find(id).filter(invitations::company_id.eq(reach.company));
        Ok(own.first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these invitations that are to the caller's company.
pub fn among(db: &mut Db, reach: &Reach, ids: &[InvitationId]) -> Result<Vec<Invitation>> {
    let own = invitations::table.filter(invitations::company_id.eq(reach.company));
    Ok(own.filter(invitations::id.eq_any(ids)).load(db)?)
}

/// The invitations to a company, newest first; of one status if that is asked for.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    (status, now): (Option<Status>, Instant),
    after: Option<InvitationId>,
    limit: i64,
) -> Result<Page<Invitation>> {
    let mut rows = invitations::table
        .filter(invitations::company_id.eq(reach.company))
        .order(invitations::id.desc())
        .limit(limit + 1)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(invitations::id.lt(after));
    }
    let is = |status: Status| invitations::status.eq(status);
    rows = match status {
        None => rows,
        Some(Status::Pending) => {
            rows.filter(is(Status::Pending)).filter(invitations::expires_at.gt(now))
        }
        // Whether somebody has noted that its days are over or not.
        Some(Status::Expired) => {
            let late = is(Status::Pending).and(invitations::expires_at.le(now));
            rows.filter(is(Status::Expired).or(late))
        }
        Some(status @ (Status::Accepted | Status::Revoked)) => rows.filter(is(status)),
    };
    Ok(Page::cut(rows.load(db)?, limit, |row: &Invitation| row.id))
}

/// The one for an address that nobody has answered yet, be its days over or not.
pub fn look_for_pending(
    db: &mut Db,
    company: CompanyId,
    email: &str,
) -> Result<Option<Invitation>> {
    Ok(invitations::table
        .filter(invitations::company_id.eq(company))
        .filter(invitations::email.eq(email))
        .filter(invitations::status.eq(Status::Pending))
        .first(db)
        .optional()?)
}

/// What a company and an address have to do with each other already.
pub fn before(
    db: &mut Db,
    (company, email): (CompanyId, &str),
    pending: Option<&Invitation>,
    now: Instant,
) -> Result<Before> {
    let member = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(company))
        .filter(users::email.eq(email));
    let member = diesel::select(exists(member)).get_result(db)?;
    let lately = invitations::table
        .filter(invitations::company_id.eq(company))
        .filter(invitations::created_at.gt(now.minus(WINDOW)));
    let for_address = lately.filter(invitations::email.eq(email)).count().get_result(db)?;
    let pending = pending.map(|one| one.standing(now));
    Ok(Before { member, pending, lately: lately.count().get_result(db)?, for_address })
}

/// A new one.
pub fn insert(db: &mut Db, invitation: &Invitation) -> Result<()> {
    diesel::insert_into(invitations::table).values(invitation).execute(db)?;
    Ok(())
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Invitation, after: Invitation) -> Result<Invitation> {
    let after = Invitation { version: before.version + 1, ..after };
    let unchanged = invitations::table
        .filter(invitations::id.eq(before.id).and(invitations::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// The one whose newest letter had this token.
pub fn look_for_token(db: &mut Db, hash: &[u8]) -> Result<Option<Invitation>> {
    Ok(invitations::table.filter(invitations::hash.eq(hash)).first(db).optional()?)
}

/// Who has an address, whether that person has anywhere to sign in, and the hash of the password. What
/// opens a company is said in the [rules](crate::users::rules::company_to_enter).
pub fn look_for_known(db: &mut Db, email: &str) -> Result<Option<(Known, String)>> {
    let found: Option<(UserId, String)> = users::table
        .filter(users::email.eq(email))
        .select((users::id, users::password_hash))
        .first(db)
        .optional()?;
    let Some((user, hash)) = found else { return Ok(None) };
    let opens = companies::status.ne(Standing::Deactivated).or(memberships::role.eq(Role::Owner));
    let anywhere = memberships::table
        .inner_join(companies::table.on(companies::id.eq(memberships::company_id)))
        .filter(memberships::user_id.eq(user))
        .filter(opens);
    let can_sign_in = diesel::select(exists(anywhere)).get_result(db)?;
    Ok(Some((Known { user, can_sign_in }, hash)))
}

/// What waits of what somebody has invited to a company; a company makes no more of them than a few
/// hundred a day.
pub fn pending_by(db: &mut Db, company: CompanyId, user: UserId) -> Result<Vec<Invitation>> {
    Ok(invitations::table
        .filter(invitations::invited_by.eq(user))
        .filter(invitations::company_id.eq(company))
        .filter(invitations::status.eq(Status::Pending))
        .load(db)?)
}
