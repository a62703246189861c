//! The list of all adjustments of a company, newest first: those that count, as brand and as partner,
//! and those that the brand's own people have proposed.
//!
//! Each of the three is a range of its own index. What a filter leaves of a range is found by walking
//! it, over a bounded number of rows.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::adjustments::model::{Adjustment, Either, Kind, Proposal, Status};
use crate::db::schema::{actions, adjustment_proposals, adjustments};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{ActionId, AdjustmentId, CompanyId};
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::{Limit, Reach};

/// The most rows of one range that a request walks over to find those that a filter means.
const WALK: i64 = 10_000;

/// Which adjustments are meant; all of the caller's where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// So far.
    pub status: Option<Status>,
    /// Of this action.
    pub action: Option<ActionId>,
    /// Of this partner.
    pub partner: Option<CompanyId>,
    /// Of this kind.
    pub kind: Option<Kind>,
}

type Made<'a> = adjustments::BoxedQuery<'a, MultiBackend>;
type Proposed<'a> = adjustment_proposals::BoxedQuery<'a, MultiBackend>;

/// What the caller is to a part of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Brand,
    Partner,
}

/// The adjustments that a filter means, from after `before` on. The page may be short, or empty, and
/// have a next one all the same: the walk goes on there.
pub fn list(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    before: Option<AdjustmentId>,
    limit: i64,
) -> Result<Page<Either>> {
    let asked = Asked { reach, filter, before, limit };
    let mut ranges = Vec::new();
    if filter.status.is_none_or(|status| status == Status::Made) {
        ranges.push(asked.made(db, Side::Brand)?);
        ranges.push(asked.made(db, Side::Partner)?);
    }
    if filter.status != Some(Status::Made) {
        ranges.push(asked.proposed(db)?);
    }
    let seen = ranges.iter().filter_map(|(_, seen)| *seen).max();
    let mut rows: Vec<Either> = ranges.into_iter().flat_map(|(rows, _)| rows).collect();
    rows.retain(|row| seen.is_none_or(|seen| row.id() >= seen));
    rows.sort_by_key(|row| std::cmp::Reverse(row.id()));
    let mut page = Page::cut(rows, limit, Either::id);
    page.next = page.next.or(seen.map(|seen| write_cursor(&seen)));
    Ok(page)
}

/// One page, as it is asked for.
struct Asked<'a> {
    reach: &'a Reach,
    filter: &'a Filter,
    before: Option<AdjustmentId>,
    limit: i64,
}

/// What was found in a range, and up to where it was walked, if not to its end.
type Walked = (Vec<Either>, Option<AdjustmentId>);

impl Asked<'_> {
    /// Whether rows have to be looked at that may not be meant. An action has few.
    fn walks(&self) -> bool {
        let Filter { status, action, partner, kind } = self.filter;
        let narrowed = partner.is_some() || kind.is_some() || status.is_some();
        action.is_none() && (narrowed || !self.reach.is_whole())
    }

    fn made(&self, db: &mut Db, side: Side) -> Result<Walked> {
        let floor: Option<AdjustmentId> = match self.walks() {
            true => {
                let ids = self.made_range(side).order(adjustments::id.desc());
                let ids = ids.select(adjustments::id).offset(WALK.saturating_sub(1)).limit(1);
                ids.first(db).optional()?
            }
            false => None,
        };
        let mut rows = self.made_meant(self.made_range(side));
        if let Some(floor) = floor {
            rows = rows.filter(adjustments::id.ge(floor));
        }
        let rows = rows.order(adjustments::id.desc()).limit(self.limit.saturating_add(1));
        let rows: Vec<Adjustment> = rows.load(db)?;
        Ok((rows.into_iter().map(Either::Made).collect(), floor))
    }

    /// The range of a side's index, or all of one action.
    fn made_range(&self, side: Side) -> Made<'_> {
        let mut rows = adjustments::table.into_boxed::<MultiBackend>();
        rows = match side {
            Side::Brand => rows.filter(adjustments::company_id.eq(self.reach.company)),
            Side::Partner => rows.filter(adjustments::partner_company_id.eq(self.reach.company)),
        };
        if let Some(action) = self.filter.action {
            rows = rows.filter(adjustments::action_id.eq(action));
        }
        match self.before {
            Some(before) => rows.filter(adjustments::id.lt(before)),
            None => rows,
        }
    }

    /// What no index answers.
    fn made_meant<'a>(&'a self, mut rows: Made<'a>) -> Made<'a> {
        if let Some(partner) = self.filter.partner {
            rows = rows.filter(adjustments::partner_company_id.eq(partner));
        }
        if let Some(kind) = self.filter.kind {
            rows = rows.filter(adjustments::kind.eq(kind));
        }
        let of = actions::table.filter(actions::id.eq(adjustments::action_id));
        if let Limit::Only(ids) = &self.reach.programs {
            rows = rows.filter(exists(of.filter(actions::program_id.eq_any(ids))));
        }
        if let Limit::Only(ids) = &self.reach.event_types {
            rows = rows.filter(exists(of.filter(actions::event_type_id.eq_any(ids))));
        }
        if let Limit::Only(ids) = &self.reach.others {
            let brand = adjustments::company_id.eq_any(ids);
            rows = rows.filter(brand.or(adjustments::partner_company_id.eq_any(ids)));
        }
        rows
    }

    fn proposed(&self, db: &mut Db) -> Result<Walked> {
        let ids = self.proposed_range().order(adjustment_proposals::id.desc());
        let ids = ids.select(adjustment_proposals::id);
        // Those that were approved are passed over, whatever the filter.
        let floor: Option<AdjustmentId> =
            ids.offset(WALK.saturating_sub(1)).limit(1).first(db).optional()?;
        let mut rows = self.proposed_meant(self.proposed_range());
        if let Some(floor) = floor {
            rows = rows.filter(adjustment_proposals::id.ge(floor));
        }
        let rows = rows.order(adjustment_proposals::id.desc());
        let rows: Vec<Proposal> = rows.limit(self.limit.saturating_add(1)).load(db)?;
        Ok((rows.into_iter().map(Either::Proposed).collect(), floor))
    }

    fn proposed_range(&self) -> Proposed<'_> {
        let mut rows = adjustment_proposals::table
            .filter(adjustment_proposals::company_id.eq(self.reach.company))
            .into_boxed::<MultiBackend>();
        if let Some(action) = self.filter.action {
            rows = rows.filter(adjustment_proposals::action_id.eq(action));
        }
        match self.before {
            Some(before) => rows.filter(adjustment_proposals::id.lt(before)),
            None => rows,
        }
    }

    fn proposed_meant<'a>(&'a self, rows: Proposed<'a>) -> Proposed<'a> {
        let mut rows = match self.filter.status {
            Some(status) => rows.filter(adjustment_proposals::status.eq(status)),
            None => rows.filter(adjustment_proposals::status.ne(Status::Made)),
        };
        if let Some(partner) = self.filter.partner {
            rows = rows.filter(adjustment_proposals::partner_company_id.eq(partner));
        }
        if let Some(kind) = self.filter.kind {
            rows = rows.filter(adjustment_proposals::kind.eq(kind));
        }
        let of = actions::table.filter(actions::id.eq(adjustment_proposals::action_id));
        if let Limit::Only(ids) = &self.reach.programs {
            rows = rows.filter(exists(of.filter(actions::program_id.eq_any(ids))));
        }
        if let Limit::Only(ids) = &self.reach.event_types {
            rows = rows.filter(exists(of.filter(actions::event_type_id.eq_any(ids))));
        }
        if let Limit::Only(ids) = &self.reach.others {
            let brand = adjustment_proposals::company_id.eq_any(ids);
            rows = rows.filter(brand.or(adjustment_proposals::partner_company_id.eq_any(ids)));
        }
        rows
    }
}
