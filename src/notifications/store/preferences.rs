//! How people want to be told.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::db::Db;
use crate::db::schema::notification_preferences::dsl;
use crate::error::Result;
use crate::kernel::id::{CompanyId, UserId};
use crate::notifications::model::Preference;

/// What somebody has chosen in a company; nothing of a kind for which the usual counts.
pub fn chosen(db: &mut Db, user: UserId, company: CompanyId) -> Result<Vec<Preference>> {
    let own = dsl::notification_preferences
        .filter(dsl::user_id.eq(user))
        .filter(dsl::company_id.eq(company));
    Ok(own.load(db)?)
}

/// What any of these people have chosen in any of these companies.
pub fn among(
    db: &mut Db,
    users: &HashSet<UserId>,
    companies: &HashSet<CompanyId>,
) -> Result<Vec<Preference>> {
    let theirs = dsl::notification_preferences
        .filter(dsl::user_id.eq_any(users))
        .filter(dsl::company_id.eq_any(companies));
    Ok(theirs.load(db)?)
}

/// Puts what somebody has chosen in a company in the place of what was chosen before.
pub fn choose(db: &mut Db, user: UserId, company: CompanyId, chosen: &[Preference]) -> Result<()> {
    let before = dsl::notification_preferences
        .filter(dsl::user_id.eq(user))
        .filter(dsl::company_id.eq(company));
    diesel::delete(before).execute(db)?;
    for row in chosen {
        match diesel::insert_into(dsl::notification_preferences).values(row).execute(db) {
            Ok(_) => {}
            // The same person chose at the same moment. The transaction is run again, after that.
            Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, twin)) => {
                let again = DatabaseErrorKind::SerializationFailure;
                return Err(DieselError::DatabaseError(again, twin).into());
            }
            Err(cause) => return Err(cause.into()),
        }
    }
    Ok(())
}
