//! The SQL that reads and sweeps `audit_entries`; `events::audit` writes them.
//!
//! One filter is answered by an index of its own, in the order of the list. What the others leave of
//! that range is found by walking it, over a bounded number of rows.

use diesel::dsl::not;
use diesel::prelude::*;

use super::model::{Filter, Kinds};
use crate::db::schema::audit_entries;
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::events::audit::Entry;
use crate::kernel::id::AuditId;
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// The most rows that a request walks over to find those that a filter means.
const WALK: i64 = 10_000;

/// A place in the list.
pub type Place = (Instant, AuditId);

type Rows<'a> = audit_entries::BoxedQuery<'a, MultiBackend>;

/// The index by which entries are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Session,
    Object,
    Key,
    User,
    Kind,
    Delegation,
    Company,
}

/// A company's entries, newest first. The page may be short, or empty, and have a next one all the same:
/// the walk goes on there. A key that is limited sees none, because they are not told apart by programs.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<Entry>> {
    if !reach.is_whole() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let floor: Option<Place> = if filter.walks() {
        let places =
            in_order(filter.range(reach, after)).select((audit_entries::at, audit_entries::id));
        places.offset(WALK.saturating_sub(1)).limit(1).first(db).optional()?
    } else {
        None
    };
    let mut rows = filter.residue(filter.range(reach, after));
    if let Some((at, id)) = floor {
        let above = audit_entries::at.gt(at).or(audit_entries::id.ge(id));
        rows = rows.filter(audit_entries::at.ge(at)).filter(above);
    }
    let rows: Vec<Entry> = in_order(rows).limit(limit.saturating_add(1)).load(db)?;
    let mut page = Page::cut(rows, limit, |entry: &Entry| (entry.at, entry.id));
    page.next = page.next.or(floor.map(|floor| write_cursor(&floor)));
    Ok(page)
}

/// Removes the oldest entries from before a moment, `limit` of them and those of the same moment as the
/// last; gives how many.
pub fn sweep(db: &mut Db, before: Instant, limit: i64) -> Result<usize> {
    let old = audit_entries::table.filter(audit_entries::at.lt(before));
    let last = old.order(audit_entries::at).select(audit_entries::at);
    let last: Option<Instant> =
        last.offset(limit.saturating_sub(1)).limit(1).first(db).optional()?;
    let until = audit_entries::at.le(last.unwrap_or(before));
    Ok(diesel::delete(old.filter(until)).execute(db)?)
}

fn in_order(rows: Rows<'_>) -> Rows<'_> {
    rows.order((audit_entries::at.desc(), audit_entries::id.desc()))
}

impl Filter {
    /// The index that leaves the fewest, of those that answer something that is asked.
    fn by(&self) -> By {
        match self {
            Self { session: Some(_), .. } => By::Session,
            Self { object: Some(_), .. } => By::Object,
            Self { key: Some(_), .. } => By::Key,
            Self { user: Some(_), .. } => By::User,
            Self { kinds: Some(Kinds::One(_)), .. } => By::Kind,
            Self { delegated: Some(true), .. } => By::Delegation,
            Self { .. } => By::Company,
        }
    }

    /// Whether rows have to be looked at that may not be meant.
    fn walks(&self) -> bool {
        let by = self.by();
        (self.object.is_some() && by != By::Object)
            || (self.key.is_some() && by != By::Key)
            || (self.user.is_some() && by != By::User)
            || (self.kinds.is_some() && by != By::Kind)
            || (self.delegated.is_some() && by != By::Delegation)
    }

    /// The range of that index.
    fn range<'a>(&'a self, reach: &Reach, after: Option<Place>) -> Rows<'a> {
        let mut rows = audit_entries::table
            .filter(audit_entries::company_id.eq(reach.company))
            .into_boxed::<MultiBackend>();
        if let Some(session) = self.session {
            rows = rows.filter(audit_entries::session_id.eq(session));
        }
        rows = match (self.by(), self.object, self.key, self.user, &self.kinds) {
            (By::Object, Some(object), ..) => rows.filter(audit_entries::object_id.eq(object)),
            (By::Key, _, Some(key), ..) => rows.filter(audit_entries::api_key_id.eq(key)),
            (By::User, _, _, Some(user), _) => rows.filter(audit_entries::user_id.eq(user)),
            (By::Kind, .., Some(Kinds::One(kind))) => rows.filter(audit_entries::kind.eq(kind)),
            (By::Delegation, ..) => rows.filter(audit_entries::delegate_user_id.is_not_null()),
            _ => rows,
        };
        if let Some((at, id)) = after {
            let later = audit_entries::at.lt(at).or(audit_entries::id.lt(id));
            rows = rows.filter(audit_entries::at.le(at)).filter(later);
        }
        if let Some(from) = self.after {
            rows = rows.filter(audit_entries::at.ge(from));
        }
        if let Some(until) = self.before {
            rows = rows.filter(audit_entries::at.lt(until));
        }
        rows
    }

    /// What that index does not answer. The double negations keep SQLite from leaving it for another
    /// one.
    fn residue<'a>(&'a self, mut rows: Rows<'a>) -> Rows<'a> {
        let by = self.by();
        if let Some(object) = self.object.filter(|_| by != By::Object) {
            rows = rows.filter(not(audit_entries::object_id.ne(object)));
        }
        if let Some(key) = self.key.filter(|_| by != By::Key) {
            let other = audit_entries::api_key_id.is_null().or(audit_entries::api_key_id.ne(key));
            rows = rows.filter(not(other));
        }
        if let Some(user) = self.user.filter(|_| by != By::User) {
            let other = audit_entries::user_id.is_null().or(audit_entries::user_id.ne(user));
            rows = rows.filter(not(other));
        }
        rows = match &self.kinds {
            Some(Kinds::One(kind)) if by != By::Kind => {
                rows.filter(not(audit_entries::kind.ne(kind)))
            }
            Some(Kinds::Of(thing)) => {
                // The words of a type have underscores, which stand for any letter otherwise.
                let beginning = format!("{}.%", thing.replace('_', "\\_"));
                rows.filter(audit_entries::kind.like(beginning).escape('\\'))
            }
            _ => rows,
        };
        match self.delegated {
            Some(true) if by != By::Delegation => {
                rows.filter(not(audit_entries::delegate_user_id.is_null()))
            }
            Some(false) => rows.filter(audit_entries::delegate_user_id.is_null()),
            _ => rows,
        }
    }
}
