//! The only SQL that touches the sums of days; [`crate::db::dialect::performance`] has what adds up.

use std::collections::{BTreeMap, HashMap};

use diesel::dsl::exists;
use diesel::prelude::*;
use jiff::SignedDuration;

use super::model::{Asked, Days, Figures, Key, Measured, Period, Side};
use crate::db::dialect::performance::{self as sums, By, Of};
use crate::db::schema::{actions, companies, contracts, event_types, performance_days, programs};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::Currency;
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::{Day, Instant, Zone};
use crate::partnerships::grants::model::GrantKind;
use crate::partnerships::grants::store as grants;

pub use crate::db::dialect::performance::following::{Slice, keep, next};

/// A contract in one of these states lets its partner read the program. Contracts come later in the
/// order of features, and their words with them.
const LETS_READ: [&str; 2] = ["proposed", "active"];

/// The most entries of a company's ledgers that one request adds up by itself. It is more only while
/// the sums are made anew.
const MOST_BEYOND: i64 = 100_000;
/// A place on earth is at most so far from UTC, and a little more.
const FARTHEST: SignedDuration = SignedDuration::from_hours(26);

impl Find for Measured {
    type Id = ProgramId;
    const NAME: &'static str = "program";

    fn look_for(db: &mut Db, id: ProgramId, reach: &Reach) -> Result<Option<Self>> {
        if !reach.programs.admits(id) || !has_a_type(db, id, &reach.event_types)? {
            return Ok(None);
        }
        let columns = (programs::company_id, programs::currency, programs::time_zone);
        let row: Option<(CompanyId, Currency, Zone)> =
            programs::table.find(id).select(columns).first(db).optional()?;
        let Some((company_id, currency, time_zone)) = row else { return Ok(None) };
        let is_whole = is_open(db, company_id, reach.company)?;
        let earned_in = contracts::table
            .filter(contracts::program_id.eq(id))
            .filter(contracts::partner_company_id.eq(reach.company))
            .filter(contracts::status.eq_any(LETS_READ));
        let found = is_whole || diesel::select(exists(earned_in)).get_result(db)?;
        Ok(found.then_some(Self { id, company_id, currency, time_zone, is_whole }))
    }

    fn version(&self) -> i64 {
        1
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Whether a key that is limited to event types reaches any of a program.
fn has_a_type(db: &mut Db, program: ProgramId, limit: &Limit<EventTypeId>) -> Result<bool> {
    let Limit::Only(ids) = limit else { return Ok(true) };
    let of_program = event_types::table.filter(event_types::program_id.eq(program));
    Ok(diesel::select(exists(of_program.filter(event_types::id.eq_any(ids)))).get_result(db)?)
}

/// Whether a reader sees the figures of all programs of a brand.
fn is_open(db: &mut Db, brand: CompanyId, reader: CompanyId) -> Result<bool> {
    if brand == reader {
        return Ok(true);
    }
    Ok(grants::in_force(db, brand, reader, GrantKind::ViewPerformance)?.is_some())
}

/// Which companies are on the other side of the figures of a company that a reader sees: its own
/// programs, and those of brands that let it see their figures. Whichever, if nothing is said.
pub fn others(
    db: &mut Db,
    reader: CompanyId,
    (side, company): (Side, CompanyId),
) -> Result<Option<Vec<CompanyId>>> {
    match side {
        _ if company == reader => Ok(None),
        Side::Brand if is_open(db, company, reader)? => Ok(None),
        Side::Brand => Ok(Some(vec![reader])),
        Side::Partner => {
            let mut brands = grants::letting(db, reader, GrantKind::ViewPerformance)?;
            brands.push(reader);
            Ok(Some(brands))
        }
    }
}

/// What actions come to on each day, by currency. Days and currencies of no actions are left out.
pub fn days(db: &mut Db, asked: &Asked) -> Result<Days> {
    if sums::is_behind(db, (asked.side, asked.company), MOST_BEYOND)? {
        return Err(Error::Overloaded);
    }
    let mut days = Days::new();
    for row in sums::rows(db, asked, Of::Sums, By::Day)? {
        let Some(day) = row.day().filter(|day| asked.period.has(*day)) else { continue };
        let sum = days.entry(row.currency()).or_default().entry(day).or_default();
        *sum = sum.plus(row.figures());
    }
    for days in days.values_mut() {
        days.retain(|_, figures| !figures.is_nothing());
    }
    days.retain(|_, days| !days.is_empty());
    Ok(days)
}

/// What companies brought, by currency.
pub type Brought = HashMap<CompanyId, BTreeMap<Currency, Figures>>;

/// What each of some partners brought to the programs of the reader; nothing while the sums are made
/// anew.
pub fn of_partners(
    db: &mut Db,
    reach: &Reach,
    partners: &[CompanyId],
    period: Period,
) -> Result<Option<Brought>> {
    if partners.is_empty() {
        return Ok(Some(Brought::new()));
    }
    if sums::is_behind(db, (Side::Brand, reach.company), MOST_BEYOND)? {
        return Ok(None);
    }
    let asked = Asked {
        side: Side::Brand,
        company: reach.company,
        others: Some(partners.to_vec()),
        program: None,
        event_type: None,
        reach: reach.clone(),
        period,
    };
    let mut found = Brought::new();
    for row in sums::rows(db, &asked, Of::Sums, By::Partner)? {
        let Some(partner) = row.partner() else { continue };
        if row.day().is_none_or(|day| period.has(day)) && !row.figures().is_nothing() {
            let sum = found.entry(partner).or_default().entry(row.currency()).or_default();
            *sum = sum.plus(row.figures());
        }
    }
    Ok(Some(found))
}

/// The next company after one.
pub fn next_company(db: &mut Db, after: Option<CompanyId>) -> Result<Option<CompanyId>> {
    let rows = companies::table.select(companies::id).order(companies::id).limit(1);
    Ok(match after {
        Some(after) => rows.filter(companies::id.gt(after)).first(db).optional()?,
        None => rows.first(db).optional()?,
    })
}

/// A day of a brand after one: between the two there are neither sums nor actions, and on it there may
/// be some. Nothing if there are none any more.
pub fn next_day(db: &mut Db, brand: CompanyId, after: Option<Day>) -> Result<Option<Day>> {
    let mut kept = performance_days::table
        .filter(performance_days::company_id.eq(brand))
        .select(performance_days::day)
        .order(performance_days::day)
        .limit(1)
        .into_boxed::<MultiBackend>();
    let mut rows = actions::table
        .filter(actions::company_id.eq(brand))
        .select(actions::occurred_at)
        .order((actions::occurred_at, actions::id))
        .limit(1)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        kept = kept.filter(performance_days::day.gt(after));
        let begins = after.after().begins(&Zone::utc()).minus(FARTHEST);
        rows = rows.filter(actions::occurred_at.ge(begins));
    }
    let kept: Option<Day> = kept.first(db).optional()?;
    let moment: Option<Instant> = rows.first(db).optional()?;
    // In some zones it is still the day before.
    let earliest = moment.map(|moment| moment.day_in(&Zone::utc()).before());
    let next = earliest.map(|day| after.map_or(day, |after| day.max(after.after())));
    Ok(kept.into_iter().chain(next).min())
}

/// Where the sums of a brand's day are not what its rows come to, and where those of its programs are not
/// what those of their partners come to.
pub fn differences(db: &mut Db, brand: CompanyId, day: Day) -> Result<BTreeMap<Key, Figures>> {
    let asked = Asked {
        side: Side::Brand,
        company: brand,
        others: None,
        program: None,
        event_type: None,
        reach: Reach::whole(brand),
        period: Period { from: day, to: day },
    };
    let mut found: BTreeMap<Key, Figures> = BTreeMap::new();
    let rows = sums::rows(db, &asked, Of::SumsLessRows, By::Key)?;
    let programs = sums::rows(db, &asked, Of::ProgramsLessPartners, By::Key)?;
    let programs = programs.into_iter().filter_map(|row| {
        let key = row.key()?;
        Some((Key { partner_company_id: None, ..key }, row.figures()))
    });
    let rows = rows.into_iter().filter_map(|row| Some((row.key()?, row.figures())));
    for (key, figures) in rows.chain(programs).filter(|(key, _)| key.day == day) {
        let sum = found.entry(key).or_default();
        *sum = sum.plus(figures);
    }
    found.retain(|_, figures| !figures.is_nothing());
    Ok(found)
}
