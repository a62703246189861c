//! The list of companies: by name, or the last active first.
//!
//! Each order is a range of an index of its own. What a filter leaves of the range is found by walking
//! it, over a bounded number of rows.

use diesel::dsl::{Eq, exists, not, sql};
use diesel::helper_types::{InnerJoinOn, IntoBoxed};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::companies::model::Status;
use crate::db::schema::{
    companies, company_tags, contracts, partnership_grants, partnerships, relations,
};
use crate::db::{Db, MultiBackend};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::CompanyId;
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::GrantKind;
use crate::partnerships::model::Status as PartnershipStatus;
use crate::relations::model::{Filter, Listed, LookedAfter, Place, Side, Sort};

/// The most rows that a request walks over to find those that a filter means.
const WALK: i64 = 10_000;

/// What of the other company's grants lets one step in for it.
const STEPPING_IN: [GrantKind; 3] =
    [GrantKind::SignInAs, GrantKind::ManageProfile, GrantKind::ManageStatus];

type Joined = InnerJoinOn<relations::table, companies::table, OfOther>;
type OfOther = Eq<companies::id, relations::other_company_id>;
type Rows<'a> = IntoBoxed<'a, Joined, MultiBackend>;

/// The own company and those it has a live partnership with, as far as a filter means them. The page
/// may be short, or empty, and have a next one all the same: the walk goes on there.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<&Place>,
    limit: i64,
) -> Result<Page<Listed>> {
    let range = || filter.range(reach, after);
    let end = if filter.walks() { filter.end(db, range()?)? } else { None };
    let mut rows = filter.residue(range()?, reach);
    if let Some(end) = &end {
        rows = filter.up_to(rows, end)?;
    }
    let found: Vec<Listed> = filter.in_order(rows).limit(limit.saturating_add(1)).load(db)?;
    let mut page = Page::cut(found, limit, |one: &Listed| filter.place(one));
    page.next = page.next.or(end.map(|end| write_cursor(&end)));
    Ok(page)
}

fn wrong_order() -> Error {
    let message = "this is no cursor of this order";
    Error::invalid(Fault::in_parameter("cursor", "bad_cursor", message))
}

impl Filter {
    /// Where a company stands in the list.
    fn place(&self, one: &Listed) -> Place {
        let relation = &one.relation;
        match self.sort {
            Sort::Name => Place::Name(relation.name.clone(), relation.other_company_id),
            Sort::LastActivity => {
                Place::Active(relation.other_company_id, relation.last_activity_at)
            }
        }
    }

    /// Whether rows have to be looked at that may not be meant.
    fn walks(&self) -> bool {
        let Self { side, status, account_owner, kind, method, program, .. } = self;
        let Self { modified, country, tag, has_notes, words, sort: _, .. } = self;
        side.is_some()
            || status.is_some()
            || account_owner.is_some()
            || kind.is_some()
            || method.is_some()
            || program.is_some()
            || modified.is_some()
            || country.is_some()
            || tag.is_some()
            || has_notes.is_some()
            || words.is_some()
    }

    /// All companies that are known, after a place.
    fn range<'a>(&self, reach: &Reach, after: Option<&Place>) -> Result<Rows<'a>> {
        let mut known = relations::table
            .inner_join(companies::table.on(companies::id.eq(relations::other_company_id)))
            .filter(relations::company_id.eq(reach.company))
            .filter(relations::is_live.eq(true))
            .into_boxed::<MultiBackend>();
        let id = relations::other_company_id;
        if let Limit::Only(ids) = &reach.others {
            let own = std::iter::once(reach.company);
            known = known.filter(id.eq_any(ids.iter().copied().chain(own).collect::<Vec<_>>()));
        }
        match (self.sort, after) {
            (_, None) => Ok(known),
            (Sort::Name, Some(Place::Name(name, last))) => {
                let later = relations::name.gt(name.clone()).or(id.gt(*last));
                Ok(known.filter(relations::name.ge(name.clone())).filter(later))
            }
            (Sort::LastActivity, Some(Place::Active(last, at))) => {
                let later = relations::last_activity_at.lt(*at).or(id.lt(*last));
                Ok(known.filter(relations::last_activity_at.le(*at)).filter(later))
            }
            (Sort::Name, Some(Place::Active(..))) | (Sort::LastActivity, Some(Place::Name(..))) => {
                Err(wrong_order())
            }
        }
    }

    fn in_order<'a>(&self, rows: Rows<'a>) -> Rows<'a> {
        let id = relations::other_company_id;
        match self.sort {
            Sort::Name => rows.order((relations::name, id)),
            Sort::LastActivity => rows.order((relations::last_activity_at.desc(), id.desc())),
        }
    }

    /// Where the walk ends, if the range is longer than it.
    fn end(&self, db: &mut Db, range: Rows<'_>) -> Result<Option<Place>> {
        let last = self
            .in_order(range)
            .select((relations::name, relations::other_company_id, relations::last_activity_at))
            .offset(WALK.saturating_sub(1))
            .limit(1);
        let last: Option<(String, CompanyId, Instant)> = last.first(db).optional()?;
        Ok(last.map(|(name, id, at)| match self.sort {
            Sort::Name => Place::Name(name, id),
            Sort::LastActivity => Place::Active(id, at),
        }))
    }

    /// The rows down to where the walk ends.
    fn up_to<'a>(&self, rows: Rows<'a>, end: &Place) -> Result<Rows<'a>> {
        let id = relations::other_company_id;
        match (self.sort, end) {
            (Sort::Name, Place::Name(name, last)) => {
                let sooner = relations::name.lt(name.clone()).or(id.le(*last));
                Ok(rows.filter(relations::name.le(name.clone())).filter(sooner))
            }
            (Sort::LastActivity, Place::Active(last, at)) => {
                let sooner = relations::last_activity_at.gt(*at).or(id.ge(*last));
                Ok(rows.filter(relations::last_activity_at.ge(*at)).filter(sooner))
            }
            (Sort::Name, Place::Active(..)) | (Sort::LastActivity, Place::Name(..)) => {
                Err(wrong_order())
            }
        }
    }

    /// What no index answers.
    fn residue<'a>(&'a self, mut rows: Rows<'a>, reach: &Reach) -> Rows<'a> {
        // Of others those that are deactivated are not there.
        let there = companies::status.ne(Status::Deactivated);
        rows = rows.filter(there.or(companies::id.eq(reach.company)));
        rows = self.residue_of_side(rows, reach);
        match self.account_owner {
            Some(LookedAfter::By(user)) => {
                rows = rows.filter(relations::account_owner_id.eq(user));
            }
            Some(LookedAfter::ByNobody) => {
                let other = relations::other_company_id.ne(reach.company);
                rows = rows.filter(relations::account_owner_id.is_null()).filter(other);
            }
            None => {}
        }
        match self.has_notes {
            Some(true) => rows = rows.filter(relations::notes_count.gt(0)),
            Some(false) => rows = rows.filter(relations::notes_count.eq(0)),
            None => {}
        }
        if let Some(kinds) = &self.kind {
            rows = rows.filter(companies::kind.eq_any(kinds));
        }
        rows = self.residue_of_work(rows, reach);
        if let Some(country) = &self.country {
            // Both engines read it like this.
            let of_company = sql::<Bool>("((companies.profile -> 'address') ->> 'country') = ");
            rows = rows.filter(of_company.bind::<Text, _>(country));
        }
        if let Some(tag) = &self.tag {
            let labelled = company_tags::table
                .filter(company_tags::company_id.eq(reach.company))
                .filter(company_tags::other_company_id.eq(relations::other_company_id))
                .filter(company_tags::tag.eq(tag));
            rows = rows.filter(exists(labelled));
        }
        match &self.words {
            // Nothing is called by signs alone.
            Some(words) if words.is_empty() => rows.filter(sql::<Bool>("1 = 0")),
            words => words.iter().flatten().fold(rows, |rows, word| {
                // A word has letters and digits only: nothing in it is a pattern.
                rows.filter(relations::words.like(format!("% {word}%")))
            }),
        }
    }

    /// How they bring customers, in which program, and what waits for an answer.
    fn residue_of_work<'a>(&'a self, mut rows: Rows<'a>, reach: &Reach) -> Rows<'a> {
        if let Some(method) = &self.method {
            // Both engines read it like this. A quote within a text is written otherwise there: only
            // the field is meant.
            let ways = sql::<Bool>("(companies.profile ->> 'promotional_methods') LIKE ");
            rows = rows.filter(ways.bind::<Text, _>(format!("%\"method\":\"{method}\"%")));
        }
        if let Some(program) = self.program {
            let (own, other) = (reach.company, relations::other_company_id);
            let (brand, partner) = (contracts::brand_company_id, contracts::partner_company_id);
            let ours =
                brand.eq(own).and(partner.eq(other)).or(partner.eq(own).and(brand.eq(other)));
            let active = contracts::table
                .filter(contracts::program_id.eq(program))
                .filter(sql::<Bool>("contracts.status = 'active'"))
                .filter(ours);
            rows = match reach.programs.admits(program) {
                true => rows.filter(exists(active)),
                // A key that is limited to other programs learns nothing of this one.
                false => rows.filter(sql::<Bool>("1 = 0")),
            };
        }
        if let Some(modified) = self.modified {
            let (id, open) = (partnerships::id.nullable(), partnerships::open_changes.gt(0));
            let ours = partnerships::table.filter(id.eq(relations::partner_partnership_id));
            let theirs = partnerships::table.filter(id.eq(relations::client_partnership_id));
            // Each by its own id: for either at once no index is used.
            let any = exists(ours.filter(open)).or(exists(theirs.filter(open)));
            rows = match modified {
                true => rows.filter(any),
                false => rows.filter(not(any)),
            };
        }
        rows
    }

    fn residue_of_side<'a>(&'a self, rows: Rows<'a>, reach: &Reach) -> Rows<'a> {
        let (partner, client) = (relations::partner_status, relations::client_status);
        match (self.side, &self.status) {
            (None, None) => rows,
            (None, Some(stands)) => rows.filter(partner.eq_any(stands).or(client.eq_any(stands))),
            (Some(Side::Own), None) => rows.filter(relations::other_company_id.eq(reach.company)),
            // There is no partnership with oneself.
            (Some(Side::Own), Some(_)) => rows.filter(sql::<Bool>("1 = 0")),
            (Some(Side::Partner), None) => rows.filter(partner.is_not_null()),
            (Some(Side::Partner), Some(stands)) => rows.filter(partner.eq_any(stands)),
            // Whatever the direction is in which they work together.
            (Some(Side::Managed), stands) => {
                let rows = match stands {
                    Some(stands) => rows.filter(partner.eq_any(stands).or(client.eq_any(stands))),
                    None => rows,
                };
                let (grant, active) =
                    (partnership_grants::partnership_id, PartnershipStatus::Active);
                let (ours, theirs) =
                    (relations::partner_partnership_id, relations::client_partnership_id);
                let in_force = (grant.nullable().eq(ours).and(partner.eq(active)))
                    .or(grant.nullable().eq(theirs).and(client.eq(active)));
                let given = partnership_grants::table
                    .filter(partnership_grants::grantee_company_id.eq(reach.company))
                    .filter(partnership_grants::company_id.eq(relations::other_company_id))
                    .filter(partnership_grants::kind.eq_any(STEPPING_IN))
                    .filter(in_force);
                rows.filter(exists(given))
            }
            (Some(Side::Client), None) => rows.filter(client.is_not_null()),
            (Some(Side::Client), Some(stands)) => rows.filter(client.eq_any(stands)),
        }
    }
}
