//! The only SQL that touches `reversals` and `reversal_lines` from outside the worker.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use jiff::SignedDuration;

use super::formats::Layout;
use super::line::EventTypeName;
use super::model::{Mode, OnAmbiguous, Outcome, Purpose, Status};
use super::parts;
use super::rows::{Authority, Batch, LineRow};
use crate::actions::model::{Channel, State};
use crate::db::schema::{
    action_updates, actions, adjustments, event_types, reversal_lines, reversals,
};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::{Error, Result};
use crate::events::model::{Doer, any};
use crate::jobs::model::JobKind;
use crate::jobs::queue;
use crate::kernel::document::Document;
use crate::kernel::id::{
    ActionId, AdjustmentId, ApiKeyId, CompanyId, EventTypeId, ProgramId, ReversalId,
};
use crate::kernel::money::Currency;
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::{Clock, Instant};

/// How many rows a filter without an index may read for one page.
const RESIDUAL_ROWS: i64 = 10_000;
/// For how long the same file again is taken for a repetition.
pub const REPETITION_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A batch whose bytes are stored, about to be received.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The id its parts were stored under.
    pub id: ReversalId,
    /// What its lines are.
    pub purpose: Purpose,
    /// The brand.
    pub company_id: CompanyId,
    /// Who submits it.
    pub doer: Doer,
    /// What the submitter may do.
    pub authority: Authority,
    /// The door.
    pub channel: Channel,
    /// What becomes of it if lines are faulty.
    pub mode: Mode,
    /// What an order id means that several actions have.
    pub on_ambiguous: OnAmbiguous,
    /// What lines mean that name no event type.
    pub event_type_id: Option<EventTypeId>,
    /// How its bytes are to be read.
    pub layout: Layout,
    /// What the file was called.
    pub file_name: Option<String>,
    /// How many bytes were stored.
    pub size_bytes: i64,
    /// The digest of bytes, event type and options.
    pub digest: Vec<u8>,
}

/// Why a batch ends before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// For machines.
    pub code: String,
    /// For people.
    pub detail: String,
    /// Where in the file, if somewhere.
    pub line: Option<i32>,
    /// The earlier batch it repeats, if that is why.
    pub duplicate_of: Option<ReversalId>,
}

/// Receives a batch: from the commit of this transaction on it will be worked off, whatever fails.
pub fn receive(db: &mut Db, clock: &Clock, submission: Submission) -> Result<Batch> {
    parts::complete(db, submission.id)?;
    let received_at = moment_of_receipt(db, clock, submission.company_id)?;
    let batch = fresh(submission, received_at);
    diesel::insert_into(reversals::table).values(&batch).execute(db)?;
    queue::enqueue(db, JobKind::Reversal, any(batch.id), received_at)?;
    Ok(batch)
}

/// Keeps a batch that will not be worked off, and why.
pub fn receive_rejected(
    db: &mut Db,
    clock: &Clock,
    submission: Submission,
    rejection: Rejection,
) -> Result<Batch> {
    parts::complete(db, submission.id)?;
    let received_at = moment_of_receipt(db, clock, submission.company_id)?;
    let batch = Batch {
        status: Status::Rejected,
        code: Some(rejection.code),
        detail: Some(rejection.detail),
        fault_line: rejection.line,
        duplicate_of: rejection.duplicate_of,
        completed_at: Some(received_at),
        ..fresh(submission, received_at)
    };
    diesel::insert_into(reversals::table).values(&batch).execute(db)?;
    Ok(batch)
}

/// Now, but never before a moment up to which the lock job has already looked: what it passed by
/// must not turn out to have been in time.
fn moment_of_receipt(db: &mut Db, clock: &Clock, company: CompanyId) -> Result<Instant> {
    let horizons = dialect::locks::horizons(db, company)?;
    let now = dialect::now(db, clock)?;
    Ok(horizons.into_iter().fold(now, Instant::max))
}

fn fresh(submission: Submission, received_at: Instant) -> Batch {
    let Submission { doer, .. } = submission;
    let authority = Authority { delegate_user_id: doer.delegate_user_id, ..submission.authority };
    let submitted_by_company_id = authority.grantee.as_ref().map(|grantee| grantee.company);
    Batch {
        id: submission.id,
        company_id: submission.company_id,
        user_id: doer.user_id,
        api_key_id: doer.api_key_id,
        authority: Document(authority),
        channel: submission.channel,
        mode: submission.mode,
        on_ambiguous: submission.on_ambiguous,
        event_type_id: submission.event_type_id,
        layout: Document(submission.layout),
        file_name: submission.file_name,
        size_bytes: submission.size_bytes,
        digest: submission.digest,
        duplicate_of: None,
        status: Status::Received,
        code: None,
        detail: None,
        fault_line: None,
        total: None,
        applied: 0,
        unchanged: 0,
        duplicate: 0,
        rejected: 0,
        version: 1,
        received_at,
        started_at: None,
        completed_at: None,
        purpose: submission.purpose,
        over_guards: None,
        confirm_by: None,
        confirmed_at: None,
        confirmed_by_user_id: None,
        submitted_by_company_id,
    }
}

impl Find for Batch {
    type Id = ReversalId;
    const NAME: &'static str = "reversal batch";

    fn look_for(db: &mut Db, id: ReversalId, reach: &Reach) -> Result<Option<Self>> {
        let found = look_for_either(db, reach.company, id)?;
        Ok(found.filter(|batch| batch.purpose == Purpose::Reversals))
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), self.submitted_by_company_id]
    }
}

/// Those of these batches of one purpose that are a company's, or that it has submitted.
pub fn among(
    db: &mut Db,
    (company, purpose): (CompanyId, Purpose),
    ids: &[ReversalId],
) -> Result<Vec<Batch>> {
    let named = reversals::table.filter(reversals::id.eq_any(ids));
    let rows: Vec<Batch> = named.filter(reversals::purpose.eq(purpose)).load(db)?;
    let known = |batch: &Batch| [batch.company_id, batch.submitter()].contains(&company);
    Ok(rows.into_iter().filter(known).collect())
}

/// The company's event type that a batch names, if there is one within reach.
pub fn event_type(db: &mut Db, reach: &Reach, name: &EventTypeName) -> Result<Option<EventTypeId>> {
    let own = event_types::table
        .filter(event_types::company_id.eq(reach.company))
        .select((event_types::program_id, event_types::id))
        .into_boxed::<MultiBackend>();
    let named = match name {
        EventTypeName::Id(id) => own.filter(event_types::id.eq(*id)),
        EventTypeName::Code(code) => own.filter(event_types::code.eq(code.clone())),
    };
    let found: Option<(ProgramId, EventTypeId)> = named.first(db).optional()?;
    Ok(found.filter(|(program, id)| reach.admits(*program, *id)).map(|(_, id)| id))
}

/// One batch of a company, or that it has submitted.
pub fn find(db: &mut Db, company: CompanyId, id: ReversalId) -> Result<Batch> {
    look_for_either(db, company, id)?.ok_or(Error::NotFound("reversal batch"))
}

/// One batch of a company, or that it has submitted, if there is one.
fn look_for_either(db: &mut Db, company: CompanyId, id: ReversalId) -> Result<Option<Batch>> {
    let found: Option<Batch> = reversals::table.find(id).get_result(db).optional()?;
    Ok(found.filter(|batch| [batch.company_id, batch.submitter()].contains(&company)))
}

/// One batch of a company, if there is one.
pub fn look_for(db: &mut Db, company: CompanyId, id: ReversalId) -> Result<Option<Batch>> {
    let row = reversals::table.find(id).filter(reversals::company_id.eq(company));
    Ok(row.get_result(db).optional()?)
}

/// Whose batches are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A company's, whoever has submitted them.
    Of(CompanyId, Purpose),
    /// Those that one company has submitted for another.
    SubmittedFor(CompanyId, CompanyId),
}

impl Whose {
    fn rows(self) -> reversals::BoxedQuery<'static, MultiBackend> {
        let rows = reversals::table.order(reversals::id.desc()).into_boxed::<MultiBackend>();
        match self {
            Self::Of(company, purpose) => {
                rows.filter(reversals::company_id.eq(company).and(reversals::purpose.eq(purpose)))
            }
            Self::SubmittedFor(submitter, company) => {
                let by = reversals::submitted_by_company_id.eq(submitter);
                // Spelt out, so that the planner sees that the partial index covers it.
                let indexed = sql::<Bool>("submitted_by_company_id IS NOT NULL");
                rows.filter(by.and(reversals::company_id.eq(company))).filter(indexed)
            }
        }
    }
}

/// Batches, newest first, from after `before` on: all, or those of one key, or those that stand
/// somewhere.
pub fn page(
    db: &mut Db,
    whose: Whose,
    (submitter, status): (Option<ApiKeyId>, Option<Status>),
    before: Option<ReversalId>,
    limit: i64,
) -> Result<Page<Batch>> {
    let mut rows = whose.rows().limit(limit + 1);
    if let Some(before) = before {
        rows = rows.filter(reversals::id.lt(before));
    }
    if submitter.is_none() && status.is_none() {
        return Ok(Page::cut(rows.load(db)?, limit, |batch: &Batch| batch.id));
    }
    let last = last_looked_at(db, whose, before)?;
    if let Some(submitter) = submitter {
        rows = rows.filter(reversals::api_key_id.eq(submitter));
    }
    if let Some(status) = status {
        rows = rows.filter(reversals::status.eq(status));
    }
    if let Some(last) = last {
        rows = rows.filter(reversals::id.ge(last));
    }
    let mut page = Page::cut(rows.load(db)?, limit, |batch: &Batch| batch.id);
    if page.next.is_none() {
        page.next = last.map(|last| crate::kernel::page::write_cursor(&last));
    }
    Ok(page)
}

/// How far back one page looks for what no index answers; nothing if that is as far as it goes.
fn last_looked_at(
    db: &mut Db,
    whose: Whose,
    before: Option<ReversalId>,
) -> Result<Option<ReversalId>> {
    let mut rows = whose.rows().offset(RESIDUAL_ROWS - 1).limit(1);
    if let Some(before) = before {
        rows = rows.filter(reversals::id.lt(before));
    }
    Ok(rows.select(reversals::id).get_result(db).optional()?)
}

/// The batch this digest repeats: one of the same submitter, within the window, that really ran, or
/// still does. What another one has sent, whose lines may have come to nothing, is its own affair.
pub fn repeated(
    db: &mut Db,
    (company, submitter): (CompanyId, Option<CompanyId>),
    digest: &[u8],
    now: Instant,
) -> Result<Option<ReversalId>> {
    let ran = reversals::table
        .filter(reversals::company_id.eq(company))
        .filter(reversals::digest.eq(digest))
        .filter(reversals::received_at.ge(now.minus(REPETITION_WINDOW)))
        .filter(reversals::mode.ne(Mode::DryRun))
        .filter(reversals::status.ne(Status::Rejected))
        .filter(reversals::status.ne(Status::Cancelled));
    let newest = ran.order(reversals::received_at.desc()).limit(1).into_boxed::<MultiBackend>();
    let newest = match submitter {
        Some(company) => newest.filter(reversals::submitted_by_company_id.eq(company)),
        None => newest.filter(reversals::submitted_by_company_id.is_null()),
    };
    Ok(newest.select(reversals::id).get_result(db).optional()?)
}

/// Lines of a batch in their order, after a line, all or of one outcome.
///
/// Of `applied` there is no index: a page then covers at most 10,000 lines, and may be short, or
/// empty with a cursor, where few of them were applied.
pub fn lines(
    db: &mut Db,
    batch: ReversalId,
    outcome: Option<Outcome>,
    after: i32,
    limit: i64,
) -> Result<Page<LineRow>> {
    let Some(outcome) = outcome else {
        let rows = of_batch(batch, after).limit(limit + 1).load(db)?;
        return Ok(Page::cut(rows, limit, |row: &LineRow| row.line));
    };
    let wanted =
        of_batch(batch, after).filter(reversal_lines::outcome.eq(outcome)).limit(limit + 1);
    if outcome != Outcome::Applied {
        // Spelt out, so that the planner sees that the partial index covers it.
        let indexed = wanted.filter(sql::<Bool>("outcome <> 'applied'"));
        return Ok(Page::cut(indexed.load(db)?, limit, |row: &LineRow| row.line));
    }
    let last: Option<i32> = of_batch(batch, after)
        .offset(RESIDUAL_ROWS - 1)
        .limit(1)
        .select(reversal_lines::line)
        .get_result(db)
        .optional()?;
    let wanted = wanted.filter(reversal_lines::line.le(last.unwrap_or(i32::MAX)));
    let mut page = Page::cut(wanted.load(db)?, limit, |row: &LineRow| row.line);
    if page.next.is_none() {
        page.next = last.map(|line| crate::kernel::page::write_cursor(&line));
    }
    Ok(page)
}

fn of_batch(batch: ReversalId, after: i32) -> reversal_lines::BoxedQuery<'static, MultiBackend> {
    reversal_lines::table
        .filter(reversal_lines::reversal_id.eq(batch))
        .filter(reversal_lines::line.gt(after))
        .order(reversal_lines::line)
        .into_boxed::<MultiBackend>()
}

/// What the ledger says of a line that changed its action.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Entry {
    /// The action.
    pub action_id: ActionId,
    /// Its version after the line.
    pub version: i64,
    /// Where it stood.
    pub state_before: Option<State>,
    /// Where it stands.
    pub state: State,
    /// The sale after, in minor units.
    pub sale_minor: i64,
    /// Change of the sale.
    pub sale_delta_minor: i64,
    /// The payout after, in minor units.
    pub payout_minor: i64,
    /// Change of the payout.
    pub payout_delta_minor: i64,
    /// What they are counted in.
    pub currency: Currency,
}

/// The ledger's entries behind a page of lines: one statement.
pub fn entries(db: &mut Db, batch: &Batch, lines: &[LineRow]) -> Result<Vec<Entry>> {
    let changed = lines.iter().filter(|line| line.version.is_some());
    let (touched, versions): (Vec<ActionId>, Vec<i64>) =
        changed.filter_map(|line| line.action_id.zip(line.version)).unzip();
    if touched.is_empty() {
        return Ok(Vec::new());
    }
    Ok(action_updates::table
        .inner_join(actions::table.on(actions::id.eq(action_updates::action_id)))
        .filter(action_updates::action_id.eq_any(touched))
        .filter(action_updates::version.eq_any(versions))
        .filter(action_updates::reversal_id.eq(batch.id))
        .select((
            action_updates::action_id,
            action_updates::version,
            action_updates::state_before,
            action_updates::state,
            action_updates::sale_minor,
            action_updates::sale_delta_minor,
            action_updates::payout_minor,
            action_updates::payout_delta_minor,
            actions::currency,
        ))
        .load(db)?)
}

/// What the adjustments say that lines of a page became: one statement. The page's other lines cost
/// nothing.
pub fn adjusted(
    db: &mut Db,
    batch: &Batch,
    lines: &[LineRow],
) -> Result<HashMap<AdjustmentId, Entry>> {
    let became = lines.iter().filter(|line| line.adjustment_id.is_some());
    let (touched, numbers): (Vec<ActionId>, Vec<i32>) =
        became.filter_map(|line| line.action_id.map(|action| (action, line.line))).unzip();
    if touched.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(AdjustmentId, Adjusted)> = adjustments::table
        .inner_join(actions::table.on(actions::id.eq(adjustments::action_id)))
        .filter(adjustments::action_id.eq_any(touched))
        .filter(adjustments::reversal_id.eq(batch.id))
        .filter(adjustments::line.eq_any(numbers))
        .select((
            adjustments::id,
            (
                adjustments::action_id,
                adjustments::sequence,
                adjustments::state,
                adjustments::sale_minor,
                adjustments::sale_delta_minor,
                adjustments::payout_minor,
                adjustments::payout_delta_minor,
                actions::currency,
            ),
        ))
        .load(db)?;
    Ok(rows.into_iter().map(|(id, adjusted)| (id, entry(adjusted))).collect())
}

type Adjusted = (ActionId, i64, State, i64, i64, i64, i64, Currency);

/// A clawback begins with something that is left, which is approved.
fn entry(adjusted: Adjusted) -> Entry {
    let (action_id, version, state, sale, sale_delta, payout, payout_delta, currency) = adjusted;
    Entry {
        action_id,
        version,
        state_before: Some(State::Approved),
        state,
        sale_minor: sale,
        sale_delta_minor: sale_delta,
        payout_minor: payout,
        payout_delta_minor: payout_delta,
        currency,
    }
}
