//! The only SQL that touches `notes` and `note_words`.
//!
//! Each order is a range of an index of its own; the list that begins with the pinned ones is two such
//! ranges, one after the other. What a filter leaves of a range is found by walking it, over a bounded
//! number of rows.

use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::model::{Filter, Note, NoteWord, Place, Sort};
use crate::db::schema::{attachments, note_words, notes};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, NoteId};
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::Reach;
use crate::kernel::search;
use crate::kernel::time::Instant;
use crate::relations::model::Relation;
use crate::relations::store as relations;

/// The most rows of one range that a request walks over to find those that a filter means.
const WALK: i64 = 10_000;

type Rows<'a> = notes::BoxedQuery<'a, MultiBackend>;

impl Find for Note {
    type Id = NoteId;
    const NAME: &'static str = "note";

    fn look_for(db: &mut Db, id: NoteId, reach: &Reach) -> Result<Option<Self>> {
        if !reach.is_whole() {
            return Ok(None);
        }
        let own = notes::company_id.eq(reach.company);
        Ok(notes::table.find(id).filter(own).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.other_company_id)]
    }
}

/// Those of these notes that are the caller's own.
pub fn among(db: &mut Db, reach: &Reach, ids: &[NoteId]) -> Result<Vec<Note>> {
    if !reach.is_whole() {
        return Ok(Vec::new());
    }
    let own = notes::company_id.eq(reach.company);
    Ok(notes::table.filter(notes::id.eq_any(ids)).filter(own).load(db)?)
}

/// A new note.
pub fn insert(db: &mut Db, note: &Note) -> Result<()> {
    diesel::insert_into(notes::table).values(note).execute(db)?;
    keep_words(db, note)?;
    count(db, note, 1, note.created_at)
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Note, after: &Note) -> Result<()> {
    let unchanged =
        notes::table.filter(notes::id.eq(before.id).and(notes::version.eq(before.version)));
    if diesel::update(unchanged).set(after).execute(db)? != 1 {
        return Err(Error::Stale);
    }
    if before.text != after.text {
        diesel::delete(note_words::table.filter(note_words::note_id.eq(before.id))).execute(db)?;
        keep_words(db, after)?;
    }
    let gone = before.deleted_at.is_none() && after.deleted_at.is_some();
    count(db, after, if gone { -1 } else { 0 }, after.updated_at)
}

fn keep_words(db: &mut Db, note: &Note) -> Result<()> {
    let words = search::words(&note.text).into_iter();
    let words: Vec<NoteWord> = words.map(|word| NoteWord { note_id: note.id, word }).collect();
    dialect::bulk::note_words(db, &words)
}

/// Keeps how many notes there are about a company, and when the last of what they tell occurred.
fn count(db: &mut Db, note: &Note, more: i64, now: Instant) -> Result<()> {
    let both = (note.company_id, note.other_company_id);
    let there = about(both).filter(notes::deleted_at.is_null());
    let last: Option<Instant> =
        there.order(notes::occurred_at.desc()).select(notes::occurred_at).first(db).optional()?;
    relations::count_notes(db, both, more, last, now)
}

fn about<'a>((own, other): (CompanyId, CompanyId)) -> Rows<'a> {
    notes::table
        .filter(notes::company_id.eq(own))
        .filter(notes::other_company_id.eq(other))
        .into_boxed::<MultiBackend>()
}

/// The notes about a company that a filter means. The page may be short, or empty, and have a next one
/// all the same: the walk goes on there.
pub fn page(
    db: &mut Db,
    relation: &Relation,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<Note>> {
    let both = (relation.company_id, relation.other_company_id);
    let (full, mut rows) = (usize::try_from(limit).unwrap_or_default(), Vec::new());
    for stretch in filter.stretches(after)? {
        let read = i64::try_from(rows.len()).unwrap_or(limit);
        let wanted = limit.saturating_sub(read).saturating_add(1);
        let (found, end) = stretch.rows(db, both, filter, wanted)?;
        rows.extend(found);
        if rows.len() > full {
            break;
        }
        if let Some(end) = end {
            return Ok(Page { rows, next: Some(write_cursor(&end)) });
        }
    }
    Ok(Page::cut(rows, limit, |note: &Note| filter.place(note.pinned, (note.occurred_at, note.id))))
}

/// A range of one index, from after a place on.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    pinned: Option<bool>,
    earliest_first: bool,
    after: Option<(Instant, NoteId)>,
}

impl Filter {
    /// The ranges that a list goes through, one after the other.
    fn stretches(&self, after: Option<Place>) -> Result<Vec<Stretch>> {
        let one = |pinned, after| Stretch { pinned, earliest_first: false, after };
        let of_pin = |pinned: bool| self.pinned.is_none_or(|wanted| wanted == pinned);
        let both = |from: bool, after| {
            let first = of_pin(from).then(|| one(Some(from), after));
            let rest = (from && of_pin(false)).then(|| one(Some(false), None));
            first.into_iter().chain(rest).collect()
        };
        Ok(match (self.sort, after) {
            (Sort::Pinned, None) => both(true, None),
            (Sort::Pinned, Some(Place::Pinned(pinned, at, id))) => both(pinned, Some((at, id))),
            (Sort::Latest, None) => vec![one(self.pinned, None)],
            (Sort::Latest, Some(Place::Latest(at, id))) => vec![one(self.pinned, Some((at, id)))],
            (Sort::Earliest, None) => {
                vec![Stretch { earliest_first: true, ..one(self.pinned, None) }]
            }
            (Sort::Earliest, Some(Place::Earliest(id, at))) => {
                vec![Stretch { earliest_first: true, ..one(self.pinned, Some((at, id))) }]
            }
            (Sort::Pinned | Sort::Latest | Sort::Earliest, Some(_)) => {
                let message = "this is no cursor of this order";
                return Err(Error::invalid(Fault::in_parameter("cursor", "bad_cursor", message)));
            }
        })
    }

    /// Where a note stands in the list.
    fn place(&self, pinned: bool, (at, id): (Instant, NoteId)) -> Place {
        match self.sort {
            Sort::Pinned => Place::Pinned(pinned, at, id),
            Sort::Latest => Place::Latest(at, id),
            Sort::Earliest => Place::Earliest(id, at),
        }
    }

    /// Whether rows have to be looked at that may not be meant.
    fn walks(&self) -> bool {
        let of_files = self.has_files.is_some();
        self.kind.is_some() || self.author.is_some() || self.words.is_some() || of_files
    }

    /// What no index answers.
    fn residue<'a>(&'a self, mut rows: Rows<'a>) -> Rows<'a> {
        if let Some(kinds) = &self.kind {
            rows = rows.filter(notes::kind.eq_any(kinds));
        }
        if let Some(author) = self.author {
            rows = rows.filter(notes::user_id.eq(author));
        }
        let files = attachments::table.filter(attachments::note_id.eq(notes::id.nullable()));
        rows = match self.has_files {
            Some(true) => rows.filter(exists(files)),
            Some(false) => rows.filter(not(exists(files))),
            None => rows,
        };
        match &self.words {
            // Nothing is written with signs alone.
            Some(words) if words.is_empty() => rows.filter(sql::<Bool>("1 = 0")),
            words => words.iter().flatten().fold(rows, |rows, word| {
                let has = note_words::table
                    .filter(note_words::note_id.eq(notes::id))
                    .filter(note_words::word.ge(word))
                    .filter(note_words::word.lt(search::after_all_that_begin(word)));
                rows.filter(exists(has))
            }),
        }
    }
}

impl Stretch {
    /// Up to `limit` of the rows that a filter means, and where the walk ended, if it did.
    fn rows(
        &self,
        db: &mut Db,
        both: (CompanyId, CompanyId),
        filter: &Filter,
        limit: i64,
    ) -> Result<(Vec<Note>, Option<Place>)> {
        let range = || self.range(both, filter);
        let end = if filter.walks() { self.end(db, range())? } else { None };
        let mut rows = filter.residue(range());
        if let Some(end) = end {
            rows = self.up_to(rows, end);
        }
        let found = self.in_order(rows).limit(limit).load(db)?;
        Ok((found, end.map(|end| filter.place(self.pinned.unwrap_or_default(), end))))
    }

    fn range<'a>(&self, both: (CompanyId, CompanyId), filter: &Filter) -> Rows<'a> {
        let mut rows = about(both);
        if let Some(pinned) = self.pinned {
            rows = rows.filter(notes::pinned.eq(pinned));
        }
        if let Some(from) = filter.occurred_after {
            rows = rows.filter(notes::occurred_at.ge(from));
        }
        if let Some(until) = filter.occurred_before {
            rows = rows.filter(notes::occurred_at.lt(until));
        }
        match (self.after, self.earliest_first) {
            (None, _) => rows,
            (Some((at, id)), false) => {
                let rest = notes::occurred_at.lt(at).or(notes::id.lt(id));
                rows.filter(notes::occurred_at.le(at)).filter(rest)
            }
            (Some((at, id)), true) => {
                let rest = notes::occurred_at.gt(at).or(notes::id.gt(id));
                rows.filter(notes::occurred_at.ge(at)).filter(rest)
            }
        }
    }

    fn in_order<'a>(&self, rows: Rows<'a>) -> Rows<'a> {
        if self.earliest_first {
            rows.order((notes::occurred_at, notes::id))
        } else {
            rows.order((notes::occurred_at.desc(), notes::id.desc()))
        }
    }

    /// Where the walk ends, if the range is longer than it.
    fn end(&self, db: &mut Db, range: Rows<'_>) -> Result<Option<(Instant, NoteId)>> {
        let places = self.in_order(range).select((notes::occurred_at, notes::id));
        Ok(places.offset(WALK.saturating_sub(1)).limit(1).first(db).optional()?)
    }

    /// The rows down to where the walk ends.
    fn up_to<'a>(&self, rows: Rows<'a>, (at, id): (Instant, NoteId)) -> Rows<'a> {
        if self.earliest_first {
            let sooner = notes::occurred_at.lt(at).or(notes::id.le(id));
            rows.filter(notes::occurred_at.le(at)).filter(sooner)
        } else {
            let sooner = notes::occurred_at.gt(at).or(notes::id.ge(id));
            rows.filter(notes::occurred_at.ge(at)).filter(sooner)
        }
    }
}
