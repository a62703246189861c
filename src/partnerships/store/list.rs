//! A company's partnerships, newest first, as far as a filter means them.
//!
//! It is the partner in some and the client in others. Each of the two, and within it each status that is
//! asked for, is a range of an index of its own; their beginnings are put together.

use std::cmp::Reverse;

use diesel::dsl::{exists, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::schema::{favourite_partnerships, hidden_partnerships, partnerships, relations};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::page::{Page, write_cursor};
use crate::partnerships::model::{Partnership, Role, Status};
use crate::partnerships::tiles::model::{Reader, Turn};

/// The most rows that a request walks over to find those that words mean.
const WALK: i64 = 10_000;

type Rows<'a> = partnerships::BoxedQuery<'a, MultiBackend>;

/// Which partnerships a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In one of these states.
    pub status: Option<Vec<Status>>,
    /// Those that the company has hidden, or else the others.
    pub hidden: bool,
    /// Those in which the company is this side.
    pub role: Option<Role>,
    /// Those in which this one has something to answer.
    pub turn: Option<Turn>,
    /// Those of which a change waits for an answer, or else of which none does.
    pub modified: Option<bool>,
    /// Those that the reader has marked, or else the others.
    pub favourite: Option<bool>,
    /// Those with one of these companies, if the reader reaches no others.
    pub with: Option<Vec<CompanyId>>,
    /// Those with a company that these words mean, by the beginnings of its name's words.
    pub words: Option<Vec<String>>,
}

/// One page of them. One that words are looked for in may be short, or empty, and have a next one all
/// the same: the walk goes on there.
pub fn page(
    db: &mut Db,
    reader: Reader,
    filter: &Filter,
    after: Option<PartnershipId>,
    limit: i64,
) -> Result<Page<Partnership>> {
    let end = if filter.words.is_some() { filter.end(db, reader, after)? } else { None };
    let mut found: Vec<Partnership> = Vec::new();
    for (role, status) in filter.ranges() {
        let mut rows = filter.residue(range(reader.company, role, after), reader, role);
        if let Some(status) = status {
            rows = rows.filter(partnerships::status.eq(status));
        }
        if let Some(end) = end {
            rows = rows.filter(partnerships::id.ge(end));
        }
        found.extend(in_order(rows).limit(limit.saturating_add(1)).load::<Partnership>(db)?);
    }
    found.sort_by_key(|row| Reverse(row.id));
    let mut page = Page::cut(found, limit, |row: &Partnership| row.id);
    page.next = page.next.or(end.map(|end| write_cursor(&end)));
    Ok(page)
}

/// Those in which a company is one of the two sides, after a place.
fn range<'a>(company: CompanyId, role: Role, after: Option<PartnershipId>) -> Rows<'a> {
    let mut rows = partnerships::table.into_boxed::<MultiBackend>();
    rows = match role {
        Role::Partner => rows.filter(partnerships::partner_company_id.eq(company)),
        Role::Client => rows.filter(partnerships::client_company_id.eq(company)),
    };
    match after {
        Some(after) => rows.filter(partnerships::id.lt(after)),
        None => rows,
    }
}

fn in_order(rows: Rows<'_>) -> Rows<'_> {
    rows.order(partnerships::id.desc())
}

impl Filter {
    /// Where to look: for each side, and each state that is asked for.
    fn ranges(&self) -> Vec<(Role, Option<Status>)> {
        let roles = Role::ALL.iter().copied().filter(|role| self.role.is_none_or(|it| it == *role));
        let mut states: Vec<Option<Status>> = vec![None];
        if let Some(asked) = &self.status {
            let distinct = Status::ALL.iter().filter(|status| asked.contains(status));
            states = distinct.map(|status| Some(*status)).collect();
        }
        roles.flat_map(|role| states.iter().map(move |status| (role, *status))).collect()
    }

    /// Where the walk ends, if one of the ranges is longer than it.
    fn end(
        &self,
        db: &mut Db,
        reader: Reader,
        after: Option<PartnershipId>,
    ) -> Result<Option<PartnershipId>> {
        let mut end: Option<PartnershipId> = None;
        for role in Role::ALL.iter().filter(|role| self.role.is_none_or(|it| it == **role)) {
            let last = in_order(range(reader.company, *role, after))
                .select(partnerships::id)
                .offset(WALK.saturating_sub(1))
                .limit(1);
            end = end.max(last.first(db).optional()?);
        }
        Ok(end)
    }

    /// What of a range is meant.
    fn residue<'a>(&'a self, mut rows: Rows<'a>, reader: Reader, role: Role) -> Rows<'a> {
        let company = reader.company;
        let hidden = hidden_partnerships::table
            .filter(hidden_partnerships::company_id.eq(company))
            .select(hidden_partnerships::partnership_id);
        rows = match self.hidden {
            true => rows.filter(partnerships::id.eq_any(hidden)),
            false => rows.filter(partnerships::id.ne_all(hidden)),
        };
        rows = match self.modified {
            // Spelt out, as what follows, so that the planner sees that partial indexes cover it.
            Some(true) => rows.filter(sql::<Bool>("open_changes > 0")),
            Some(false) => rows.filter(sql::<Bool>("open_changes = 0")),
            None => rows,
        };
        rows = match (self.turn, role) {
            (None, _) => rows,
            (Some(Turn::Mine), Role::Partner) => rows.filter(sql::<Bool>("partner_answers > 0")),
            (Some(Turn::Mine), Role::Client) => rows.filter(sql::<Bool>("client_answers > 0")),
            (Some(Turn::Theirs), Role::Partner) => {
                rows.filter(sql::<Bool>("client_answers > 0 AND partner_answers = 0"))
            }
            (Some(Turn::Theirs), Role::Client) => {
                rows.filter(sql::<Bool>("partner_answers > 0 AND client_answers = 0"))
            }
            (Some(Turn::Nobody), _) => {
                rows.filter(sql::<Bool>("partner_answers = 0 AND client_answers = 0"))
            }
        };
        if let Some(ids) = &self.with {
            rows = match role {
                Role::Partner => rows.filter(partnerships::client_company_id.eq_any(ids)),
                Role::Client => rows.filter(partnerships::partner_company_id.eq_any(ids)),
            };
        }
        self.residue_of_names(self.residue_of_marks(rows, reader), company, role)
    }

    fn residue_of_marks<'a>(&self, rows: Rows<'a>, reader: Reader) -> Rows<'a> {
        let marked = |user| {
            favourite_partnerships::table
                .filter(favourite_partnerships::company_id.eq(reader.company))
                .filter(favourite_partnerships::user_id.eq(user))
                .select(favourite_partnerships::partnership_id)
        };
        match (self.favourite, reader.user) {
            (None, _) | (Some(false), None) => rows,
            (Some(true), Some(user)) => rows.filter(partnerships::id.eq_any(marked(user))),
            (Some(false), Some(user)) => rows.filter(partnerships::id.ne_all(marked(user))),
            // A key has marked none.
            (Some(true), None) => rows.filter(sql::<Bool>("1 = 0")),
        }
    }

    fn residue_of_names<'a>(&'a self, rows: Rows<'a>, company: CompanyId, role: Role) -> Rows<'a> {
        let Some(words) = &self.words else { return rows };
        if words.is_empty() {
            // Nothing is called by signs alone.
            return rows.filter(sql::<Bool>("1 = 0"));
        }
        words.iter().fold(rows, |rows, word| {
            let called = relations::table
                .filter(relations::company_id.eq(company))
                // A word has letters and digits only: nothing in it is a pattern.
                .filter(relations::words.like(format!("% {word}%")));
            let other = relations::other_company_id;
            match role {
                Role::Partner => {
                    let of_client = called.filter(other.eq(partnerships::client_company_id));
                    rows.filter(exists(of_client))
                }
                Role::Client => {
                    let of_partner = called.filter(other.eq(partnerships::partner_company_id));
                    rows.filter(exists(of_partner))
                }
            }
        })
    }
}
