//! The only SQL that touches `referral_codes` and `referral_code_changes`.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::{Change, ReferralCode, Whole};
use super::rules::{Changed, Refusal};
use crate::db::schema::{event_types, referral_code_changes, referral_codes};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, ProgramId, ReferralCodeId};
use crate::kernel::page::Page;
use crate::kernel::reach::{Limit, Reach};

type Codes<'a> = referral_codes::BoxedQuery<'a, MultiBackend>;

/// Which codes a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this program.
    pub program_id: Option<ProgramId>,
    /// Only those this partner has.
    pub partner_company_id: Option<CompanyId>,
    /// Only those that are written like this, folded.
    pub folded: Option<String>,
    /// Only active ones, or only others.
    pub active: Option<bool>,
}

/// The codes a caller may see: the company's own and those it has, each by an index of its own, within
/// the key's limits.
fn sides(reach: &Reach) -> [Codes<'_>; 2] {
    let all = || referral_codes::table.into_boxed::<MultiBackend>();
    let own = all().filter(referral_codes::company_id.eq(reach.company));
    let had = all().filter(referral_codes::partner_company_id.eq(reach.company));
    [own, had].map(|rows| within(rows, reach))
}

fn within<'a>(mut rows: Codes<'a>, reach: &'a Reach) -> Codes<'a> {
    if let Limit::Only(ids) = &reach.programs {
        rows = rows.filter(referral_codes::program_id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.event_types {
        let of_types =
            event_types::table.filter(event_types::id.eq_any(ids)).select(event_types::program_id);
        rows = rows.filter(referral_codes::program_id.eq_any(of_types));
    }
    if let Limit::Only(ids) = &reach.others {
        let brand = referral_codes::company_id.eq_any(ids);
        rows = rows.filter(brand.or(referral_codes::partner_company_id.eq_any(ids)));
    }
    rows
}

impl Find for ReferralCode {
    type Id = ReferralCodeId;
    const NAME: &'static str = "referral code";

    fn look_for(db: &mut Db, id: ReferralCodeId, reach: &Reach) -> Result<Option<Self>> {
        let (brand, partner) = (referral_codes::company_id, referral_codes::partner_company_id);
        let ours = brand.eq(reach.company).or(partner.eq(reach.company));
        let one = referral_codes::table.find(id).filter(ours).into_boxed::<MultiBackend>();
        Ok(within(one, reach).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.partner_company_id)]
    }
}

/// Those of these codes that the caller may see.
pub fn among(db: &mut Db, reach: &Reach, ids: &[ReferralCodeId]) -> Result<Vec<ReferralCode>> {
    let (brand, partner) = (referral_codes::company_id, referral_codes::partner_company_id);
    let ours = brand.eq(reach.company).or(partner.eq(reach.company));
    let some = referral_codes::table.filter(referral_codes::id.eq_any(ids)).filter(ours);
    Ok(within(some.into_boxed::<MultiBackend>(), reach).load(db)?)
}

/// The codes a caller may see that a filter means, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<ReferralCodeId>,
    limit: i64,
) -> Result<Page<ReferralCode>> {
    let mut found: Vec<ReferralCode> = Vec::new();
    for side in sides(reach) {
        let rows = meant(side, filter, after).order(referral_codes::id.desc());
        found.extend(rows.limit(limit.saturating_add(1)).load::<ReferralCode>(db)?);
    }
    found.sort_by_key(|code| std::cmp::Reverse(code.id));
    Ok(Page::cut(found, limit, |code: &ReferralCode| code.id))
}

/// Those of these codes that a filter means, from after `after` on.
fn meant<'a>(mut rows: Codes<'a>, filter: &'a Filter, after: Option<ReferralCodeId>) -> Codes<'a> {
    if let Some(program) = filter.program_id {
        rows = rows.filter(referral_codes::program_id.eq(program));
    }
    if let Some(partner) = filter.partner_company_id {
        rows = rows.filter(referral_codes::partner_company_id.eq(partner));
    }
    if let Some(folded) = &filter.folded {
        rows = rows.filter(referral_codes::folded.eq(folded));
    }
    if let Some(active) = filter.active {
        rows = rows.filter(referral_codes::active.eq(active));
    }
    if let Some(after) = after {
        rows = rows.filter(referral_codes::id.lt(after));
    }
    rows
}

/// Codes of a program, active or not, that look the same.
pub fn alike(db: &mut Db, program: ProgramId, skeleton: &str) -> Result<Vec<ReferralCode>> {
    let rows = referral_codes::table
        .filter(referral_codes::program_id.eq(program))
        .filter(referral_codes::skeleton.eq(skeleton))
        .order(referral_codes::id);
    Ok(rows.load(db)?)
}

/// A new code and its first change.
pub fn insert(db: &mut Db, code: &ReferralCode, first: &Change) -> Result<()> {
    let inserted = diesel::insert_into(referral_codes::table).values(code).execute(db);
    unless_taken(inserted, code)?;
    append(db, first)
}

/// Replaces `before` by what a command made of it, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &ReferralCode, (after, change): &Changed) -> Result<()> {
    let unchanged = referral_codes::table
        .filter(referral_codes::id.eq(before.id).and(referral_codes::version.eq(before.version)));
    let updated = diesel::update(unchanged).set(after).execute(db);
    match unless_taken(updated, after)? {
        1 => append(db, change),
        _ => Err(Error::Stale),
    }
}

/// Somebody else took the text between the look and the leap.
fn unless_taken(
    done: std::result::Result<usize, DieselError>,
    code: &ReferralCode,
) -> Result<usize> {
    match done {
        Ok(rows) => Ok(rows),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::Taken(code.code.clone()).into())
        }
        Err(other) => Err(other.into()),
    }
}

fn append(db: &mut Db, change: &Change) -> Result<()> {
    diesel::insert_into(referral_code_changes::table).values(change).execute(db)?;
    Ok(())
}

/// Codes with their changes, in the same order.
pub fn whole(db: &mut Db, codes: Vec<ReferralCode>) -> Result<Vec<Whole>> {
    let ids: Vec<ReferralCodeId> = codes.iter().map(|code| code.id).collect();
    let changes: Vec<Change> = referral_code_changes::table
        .filter(referral_code_changes::code_id.eq_any(ids))
        .order((referral_code_changes::code_id, referral_code_changes::sequence))
        .load(db)?;
    let mut by_code: HashMap<ReferralCodeId, Vec<Change>> = HashMap::new();
    for change in changes {
        by_code.entry(change.code_id).or_default().push(change);
    }
    let whole = codes.into_iter().map(|code| {
        let changes = by_code.remove(&code.id).unwrap_or_default();
        Whole { code, changes }
    });
    Ok(whole.collect())
}

/// One code with its changes.
pub fn one_whole(db: &mut Db, code: ReferralCode) -> Result<Whole> {
    whole(db, vec![code])?.pop().ok_or(Error::NotFound(ReferralCode::NAME))
}

/// These codes with their changes, whosever they are.
pub fn books(db: &mut Db, ids: &[ReferralCodeId]) -> Result<HashMap<ReferralCodeId, Whole>> {
    let codes = referral_codes::table.filter(referral_codes::id.eq_any(ids)).load(db)?;
    let all = whole(db, codes)?.into_iter();
    Ok(all.map(|whole| (whole.code.id, whole)).collect())
}

/// The codes of a program, past and present, that are written like one of these, newest first.
pub fn written(
    db: &mut Db,
    (company, program): (CompanyId, ProgramId),
    folded: &[String],
) -> Result<Vec<Whole>> {
    let codes = referral_codes::table
        .filter(referral_codes::company_id.eq(company))
        .filter(referral_codes::folded.eq_any(folded))
        .filter(referral_codes::program_id.eq(program))
        .order(referral_codes::id.desc())
        .load(db)?;
    whole(db, codes)
}
