//! The only SQL that touches webhook endpoints; [`lanes`] has that of the work on them, [`log`] that of
//! what was sent.

use std::collections::HashMap;

use diesel::prelude::*;

use super::model::{Endpoint, Lane};
use crate::companies::model::Status as CompanyStatus;
use crate::db::schema::{companies, webhook_endpoints, webhook_lanes};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, WebhookEndpointId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

pub mod lanes;
pub mod log;

impl Find for Endpoint {
    type Id = WebhookEndpointId;
    const NAME: &'static str = "webhook endpoint";

    fn look_for(db: &mut Db, id: WebhookEndpointId, reach: &Reach) -> Result<Option<Self>> {
        let own = webhook_endpoints::company_id.eq(reach.company);
        Ok(webhook_endpoints::table.find(id).filter(own).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// A new endpoint, and its lane.
pub fn insert(db: &mut Db, endpoint: &Endpoint) -> Result<()> {
    diesel::insert_into(webhook_endpoints::table).values(endpoint).execute(db)?;
    let lane = Lane {
        endpoint_id: endpoint.id,
        due_at: None,
        failing_since: None,
        worker_id: None,
        lease_until: None,
    };
    diesel::insert_into(webhook_lanes::table).values(&lane).execute(db)?;
    Ok(())
}

/// How many endpoints a company has.
pub fn count(db: &mut Db, company: CompanyId) -> Result<i64> {
    let own = webhook_endpoints::table.filter(webhook_endpoints::company_id.eq(company));
    Ok(own.count().get_result(db)?)
}

/// A company's endpoints, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    after: Option<WebhookEndpointId>,
    limit: i64,
) -> Result<Page<Endpoint>> {
    if !reach.is_whole() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let mut rows = webhook_endpoints::table
        .filter(webhook_endpoints::company_id.eq(reach.company))
        .order(webhook_endpoints::id.desc())
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(webhook_endpoints::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |endpoint: &Endpoint| endpoint.id))
}

/// Since when nothing has got through to these endpoints, where that is so.
pub fn failing(
    db: &mut Db,
    endpoints: &[WebhookEndpointId],
) -> Result<HashMap<WebhookEndpointId, Instant>> {
    let rows: Vec<(WebhookEndpointId, Option<Instant>)> = webhook_lanes::table
        .filter(webhook_lanes::endpoint_id.eq_any(endpoints))
        .select((webhook_lanes::endpoint_id, webhook_lanes::failing_since))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(id, since)| Some((id, since?))).collect())
}

/// Those of these endpoints that are the company's.
pub fn among(db: &mut Db, reach: &Reach, ids: &[WebhookEndpointId]) -> Result<Vec<Endpoint>> {
    Ok(webhook_endpoints::table
        .filter(webhook_endpoints::id.eq_any(ids))
        .filter(webhook_endpoints::company_id.eq(reach.company))
        .load(db)?)
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Endpoint, after: Endpoint) -> Result<Endpoint> {
    let after = Endpoint { version: before.version.saturating_add(1), ..after };
    let unchanged = webhook_endpoints::table.filter(
        webhook_endpoints::id.eq(before.id).and(webhook_endpoints::version.eq(before.version)),
    );
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// Removes an endpoint. What was sent to it can no longer be seen, and is swept in its time.
pub fn delete(db: &mut Db, endpoint: &Endpoint) -> Result<()> {
    diesel::delete(webhook_lanes::table.find(endpoint.id)).execute(db)?;
    diesel::delete(webhook_endpoints::table.find(endpoint.id)).execute(db)?;
    Ok(())
}

/// Whether any endpoint is to be told.
pub fn any_enabled(db: &mut Db) -> Result<bool> {
    let enabled = webhook_endpoints::table.filter(webhook_endpoints::enabled.eq(true));
    let first = enabled.select(webhook_endpoints::id).limit(1).order(webhook_endpoints::id);
    Ok(first.first::<WebhookEndpointId>(db).optional()?.is_some())
}

/// The endpoints of these companies that are to be told.
pub fn enabled_of(db: &mut Db, of: &[CompanyId]) -> Result<Vec<Endpoint>> {
    let rows = webhook_endpoints::table
        .inner_join(companies::table.on(companies::id.eq(webhook_endpoints::company_id)))
        .filter(webhook_endpoints::company_id.eq_any(of))
        .filter(webhook_endpoints::enabled.eq(true))
        .filter(companies::status.ne(CompanyStatus::Deactivated))
        .order(webhook_endpoints::id)
        .select(webhook_endpoints::all_columns);
    Ok(rows.load(db)?)
}

/// An endpoint that is to be told, whosever it is.
pub fn look_for_enabled(db: &mut Db, id: WebhookEndpointId) -> Result<Option<Endpoint>> {
    let row = webhook_endpoints::table
        .inner_join(companies::table.on(companies::id.eq(webhook_endpoints::company_id)))
        .filter(webhook_endpoints::id.eq(id))
        .filter(webhook_endpoints::enabled.eq(true))
        .filter(companies::status.ne(CompanyStatus::Deactivated))
        .select(webhook_endpoints::all_columns);
    Ok(row.first(db).optional()?)
}
