//! The only SQL that touches `partnership_invitations`; and who sends and receives them.

use diesel::dsl::{exists, sql, sum};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{PartnershipInvitation, Status};
use super::rules::{Before, Refusal, WINDOW};
use crate::db::schema::partnership_invitations::dsl;
use crate::db::schema::{memberships, users};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, PartnershipInvitationId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::partnerships::model::Role;

/// A place in the order in which they expire.
pub type Turn = (Instant, PartnershipInvitationId);

/// An address in one direction.
pub type Target<'a> = (CompanyId, &'a str, Role);

impl Find for PartnershipInvitation {
    type Id = PartnershipInvitationId;
    const NAME: &'static str = "partnership invitation";

    fn look_for(db: &mut Db, id: PartnershipInvitationId, reach: &Reach) -> Result<Option<Self>> {
        let own = dsl::partnership_invitations.find(id).filter(dsl::company_id.eq(reach.company));
        Ok(own.first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these that the caller's company has made.
pub fn among(
    db: &mut Db,
    reach: &Reach,
    ids: &[PartnershipInvitationId],
) -> Result<Vec<PartnershipInvitation>> {
    let own = dsl::partnership_invitations.filter(dsl::company_id.eq(reach.company));
    Ok(own.filter(dsl::id.eq_any(ids)).load(db)?)
}

/// Those of a company, newest first; of one status if that is asked for.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    (status, now): (Option<Status>, Instant),
    before: Option<PartnershipInvitationId>,
    limit: i64,
) -> Result<Page<PartnershipInvitation>> {
    let mut rows = dsl::partnership_invitations
        .filter(dsl::company_id.eq(reach.company))
        .order(dsl::id.desc())
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Some(before) = before {
        rows = rows.filter(dsl::id.lt(before));
    }
    let is = |status: Status| dsl::status.eq(status);
    rows = match status {
        None => rows,
        Some(Status::Pending) => rows.filter(is(Status::Pending)).filter(dsl::expires_at.gt(now)),
        // Whether somebody has noted that its days are over or not.
        Some(Status::Expired) => {
            let late = is(Status::Pending).and(dsl::expires_at.le(now));
            rows.filter(is(Status::Expired).or(late))
        }
        Some(status @ (Status::Claimed | Status::Withdrawn)) => rows.filter(is(status)),
    };
    Ok(Page::cut(rows.load(db)?, limit, |row: &PartnershipInvitation| row.id))
}

/// Lets whoever offers to addresses in the same company's name wait until this transaction ends.
pub fn alone(db: &mut Db, company: CompanyId) -> Result<()> {
    dialect::locks::alone(db, company.uuid().as_bytes())
}

/// The one for an address in one direction that waits, be its days over or not.
pub fn look_for_pending(
    db: &mut Db,
    (company, email, role): Target<'_>,
) -> Result<Option<PartnershipInvitation>> {
    Ok(dsl::partnership_invitations
        .filter(dsl::company_id.eq(company))
        .filter(dsl::email.eq(email))
        .filter(dsl::role.eq(role))
        // Spelt out, so that the planner sees that the partial index covers it.
        .filter(sql::<Bool>("status = 'pending'"))
        .first(db)
        .optional()?)
}

/// What a company and an address have to do with each other already.
pub fn before(db: &mut Db, (company, email, role): Target<'_>, now: Instant) -> Result<Before> {
    let pending = look_for_pending(db, (company, email, role))?.is_some();
    let lately = dsl::partnership_invitations
        .filter(dsl::company_id.eq(company))
        .filter(dsl::created_at.gt(now.minus(WINDOW)));
    let for_address = lately.filter(dsl::email.eq(email)).count().get_result(db)?;
    Ok(Before { pending, lately: lately.count().get_result(db)?, for_address })
}

/// Whoever writes to an address, known by its digest, does so alone until the transaction ends.
pub fn alone_with(db: &mut Db, address: &[u8]) -> Result<()> {
    dialect::locks::alone(db, address)
}

/// How many letters an address got lately, of whatever companies.
pub fn letters_lately(db: &mut Db, email: &str, now: Instant) -> Result<i64> {
    let lately = dsl::partnership_invitations
        .filter(dsl::email.eq(email))
        .filter(dsl::sent_at.gt(now.minus(WINDOW)))
        .select(sum(dsl::letters));
    Ok(lately.get_result::<Option<i64>>(db)?.unwrap_or(0))
}

/// A new one.
pub fn insert(db: &mut Db, invitation: &PartnershipInvitation) -> Result<()> {
    match diesel::insert_into(dsl::partnership_invitations).values(invitation).execute(db) {
        Ok(_) => Ok(()),
        // Somebody else of the company offered between the look and the leap.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::AlreadyInvited.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(
    db: &mut Db,
    before: &PartnershipInvitation,
    after: PartnershipInvitation,
) -> Result<PartnershipInvitation> {
    let after = PartnershipInvitation { version: before.version.saturating_add(1), ..after };
    let unchanged = dsl::partnership_invitations
        .filter(dsl::id.eq(before.id).and(dsl::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// The one whose newest letter had this token, held against others until this transaction ends: the update
/// changes nothing and holds the row.
pub fn hold_token(db: &mut Db, hash: &[u8]) -> Result<Option<PartnershipInvitation>> {
    let row = || dsl::partnership_invitations.filter(dsl::hash.eq(hash));
    diesel::update(row()).set(dsl::version.eq(dsl::version)).execute(db)?;
    Ok(row().first(db).optional()?)
}

/// One as it is, whosever it is, held likewise.
pub fn hold(db: &mut Db, id: PartnershipInvitationId) -> Result<Option<PartnershipInvitation>> {
    let row = || dsl::partnership_invitations.find(id);
    diesel::update(row()).set(dsl::version.eq(dsl::version)).execute(db)?;
    Ok(row().first(db).optional()?)
}

/// Those that have expired by `until`, in order, from after `after` on.
pub fn overdue(db: &mut Db, until: Instant, after: Option<Turn>, limit: i64) -> Result<Vec<Turn>> {
    let mut rows = dsl::partnership_invitations
        // Spelt out, so that the planner sees that the partial index covers it.
        .filter(sql::<Bool>("status = 'pending'"))
        .filter(dsl::expires_at.le(until))
        .order((dsl::expires_at, dsl::id))
        .limit(limit)
        .select((dsl::expires_at, dsl::id))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        let later = dsl::expires_at.gt(at).or(dsl::id.gt(id));
        rows = rows.filter(dsl::expires_at.ge(at)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// A user's name and address.
pub fn user(db: &mut Db, id: UserId) -> Result<(String, String)> {
    let row = users::table.find(id).select((users::name, users::email));
    row.first(db).optional()?.ok_or(Error::NotFound("user"))
}

/// Whether somebody belongs to a company in one of these roles.
pub fn is_one_of(db: &mut Db, company: CompanyId, user: UserId, roles: &[&str]) -> Result<bool> {
    let member = memberships::table
        .filter(memberships::company_id.eq(company))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::role.eq_any(roles.iter().copied()));
    Ok(diesel::select(exists(member)).get_result(db)?)
}
