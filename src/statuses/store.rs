//! The only SQL that touches `company_status_changes`, and what a status does to other rows: it ends
//! sessions, and concerns partners.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::model::{StatusChange, Voice};
use crate::companies::model::Status;
use crate::companies::store as companies;
use crate::db::schema::company_status_changes as changes;
use crate::db::schema::{partnerships, sessions};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, StatusChangeId};
use crate::kernel::page::Page;
use crate::kernel::time::Instant;

/// One change more.
pub fn append(db: &mut Db, change: &StatusChange) -> Result<()> {
    diesel::insert_into(changes::table).values(change).execute(db)?;
    Ok(())
}

/// Whose word it is how a company stands.
pub fn voice(db: &mut Db, company: CompanyId) -> Result<Voice> {
    let last = changes::table.filter(changes::company_id.eq(company)).order(changes::id.desc());
    let last: Option<StatusChange> = last.first(db).optional()?;
    Ok(last.map_or(Voice::Company, |last| last.voice()))
}

/// How a company's status has changed, the newest first.
pub fn page(
    db: &mut Db,
    company: CompanyId,
    before: Option<StatusChangeId>,
    limit: i64,
) -> Result<Page<StatusChange>> {
    let mut rows = changes::table
        .filter(changes::company_id.eq(company))
        .order(changes::id.desc())
        .limit(limit + 1)
        .into_boxed::<MultiBackend>();
    if let Some(before) = before {
        rows = rows.filter(changes::id.lt(before));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &StatusChange| row.id))
}

/// Since when those of these companies are gone that are.
pub fn gone_since(db: &mut Db, ids: &[CompanyId]) -> Result<HashMap<CompanyId, Instant>> {
    let gone = companies::deactivated(db, ids)?;
    if gone.is_empty() {
        return Ok(HashMap::new());
    }
    // Of one that was deactivated several times, the last time counts.
    let rows: Vec<(CompanyId, Instant)> = changes::table
        .filter(changes::company_id.eq_any(&gone))
        .filter(changes::status.eq(Status::Deactivated))
        .order(changes::id)
        .select((changes::company_id, changes::at))
        .load(db)?;
    Ok(rows.into_iter().collect())
}

/// Ends every sign-in to a company.
pub fn end_sessions(db: &mut Db, company: CompanyId, now: Instant) -> Result<()> {
    let live = sessions::table
        .filter(sessions::company_id.eq(company))
        .filter(sessions::revoked_at.is_null());
    diesel::update(live).set(sessions::revoked_at.eq(now)).execute(db)?;
    Ok(())
}

/// The companies that a company has an offered or active partnership with, each once.
pub fn others(db: &mut Db, company: CompanyId) -> Result<BTreeSet<CompanyId>> {
    let live = partnerships::status.eq_any(companies::LIVE);
    let (partner, client) = (partnerships::partner_company_id, partnerships::client_company_id);
    let clients = partnerships::table.filter(partner.eq(company)).filter(live.clone());
    let mut others: BTreeSet<CompanyId> =
        clients.select(client).load::<CompanyId>(db)?.into_iter().collect();
    let partners = partnerships::table.filter(client.eq(company)).filter(live);
    others.extend(partners.select(partner).load::<CompanyId>(db)?);
    Ok(others)
}
