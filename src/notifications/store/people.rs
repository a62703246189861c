//! Who belongs to a company, and who asked for some work: many at once.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use crate::companies::model::Status;
use crate::db::Db;
use crate::db::schema::{
    adjustment_proposals, companies, inquiries, memberships, reprocessings, reversals, users,
};
use crate::error::Result;
use crate::events::model::{AnyId, any};
use crate::kernel::id::{
    AdjustmentId, CompanyId, Id, InquiryId, Kind, MembershipId, ReprocessingId, ReversalId, UserId,
};
use crate::notifications::model::{Asker, Member, Thing};
use crate::users::model::Role;

/// People of those of these companies that take part: all who manage them, and of the others those
/// who are named.
pub fn members(
    db: &mut Db,
    of: &HashSet<CompanyId>,
    named: &HashSet<UserId>,
) -> Result<Vec<Member>> {
    let managing = [Role::Manager, Role::Admin, Role::Owner];
    let meant = memberships::role.eq_any(managing).or(memberships::user_id.eq_any(named));
    Ok(memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .inner_join(companies::table.on(companies::id.eq(memberships::company_id)))
        .filter(companies::status.ne(Status::Deactivated))
        .filter(memberships::company_id.eq_any(of))
        .filter(meant)
        .order(memberships::id)
        .select((
            memberships::user_id,
            memberships::company_id,
            memberships::role,
            users::name,
            users::email,
        ))
        .load(db)?)
}

/// A person in a company, if the person belongs to it and the company takes part.
pub fn one_member(db: &mut Db, user: UserId, company: CompanyId) -> Result<Option<Member>> {
    Ok(memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .inner_join(companies::table.on(companies::id.eq(memberships::company_id)))
        .filter(memberships::user_id.eq(user))
        .filter(memberships::company_id.eq(company))
        .filter(companies::status.ne(Status::Deactivated))
        .select((
            memberships::user_id,
            memberships::company_id,
            memberships::role,
            users::name,
            users::email,
        ))
        .first(db)
        .optional()?)
}

/// Who asked for these pieces of work, and whose these memberships are.
pub fn askers(db: &mut Db, about: &[(Thing, AnyId)]) -> Result<HashMap<AnyId, Asker>> {
    fn of<K: Kind>(about: &[(Thing, AnyId)], objects: &[Thing]) -> Vec<Id<K>> {
        let meant = about.iter().filter(|(object, _)| objects.contains(object));
        meant.map(|(_, id)| Id::from_uuid(id.uuid())).collect()
    }
    let mut found = HashMap::new();
    /// Once for each table, since what is in a table only the table knows.
    macro_rules! look_in {
        ($table:ident, $id:ty, $things:expr) => {
            let ids: Vec<$id> = of(about, &$things);
            if !ids.is_empty() {
                let rows = $table::table.filter($table::id.eq_any(ids));
                let rows: Vec<($id, Option<UserId>)> =
                    rows.select(($table::id, $table::user_id)).load(db)?;
                found.extend(rows.into_iter().map(asker));
            }
        };
    }
    look_in!(reversals, ReversalId, [Thing::Reversal, Thing::ActionImport]);
    look_in!(reprocessings, ReprocessingId, [Thing::Reprocessing]);
    look_in!(inquiries, InquiryId, [Thing::Inquiry]);
    look_in!(adjustment_proposals, AdjustmentId, [Thing::Adjustment]);
    let places: Vec<MembershipId> = of(about, &[Thing::Membership]);
    if !places.is_empty() {
        let rows = memberships::table.filter(memberships::id.eq_any(places));
        let rows: Vec<(MembershipId, UserId)> =
            rows.select((memberships::id, memberships::user_id)).load(db)?;
        found.extend(rows.into_iter().map(|(id, user)| (any(id), Asker::Person(user))));
    }
    Ok(found)
}

/// What no person asked for, a key or a person of another company did.
fn asker<K: Kind>((id, user): (Id<K>, Option<UserId>)) -> (AnyId, Asker) {
    (any(id), user.map_or(Asker::System, Asker::Person))
}
