//! Notes as callers write and read them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Filter, Kind, Note, Sort};
use super::rules::{AHEAD, Change};
use crate::attachments::store as attachments;
use crate::attachments::wire::AttachedFile;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{ApiKeyId, AttachmentId, CompanyId, NoteId, UserId};
use crate::kernel::search;
use crate::kernel::time::Instant;
use crate::relations::store as relations;
use crate::relations::wire::Colleague;

/// Something to remember about another company.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "call", "text": "They want **more** of the new collection.",
    "occurred_at": "2026-03-09T10:00:00Z", "participants": ["Ben of Bolt", "Ada"]
}))]
pub struct NewNote {
    /// What was done; `note` if absent.
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// The words, as Markdown: they are kept and shown as they are. A note with a file needs none.
    #[schema(nullable = false, min_length = 1, max_length = 20_000)]
    pub text: Option<String>,
    /// When that was done; now if absent. It is not ahead.
    #[schema(nullable = false)]
    pub occurred_at: Option<Instant>,
    /// The names of who took part, at most 100 characters each.
    #[schema(nullable = false, max_items = 50)]
    pub participants: Option<Vec<String>>,
    /// Whether it is listed first.
    #[schema(nullable = false)]
    pub pinned: Option<bool>,
    /// Files that you uploaded and that belong to nothing yet, in their order.
    #[schema(nullable = false, max_items = 10)]
    pub attachment_ids: Option<Vec<AttachmentId>>,
}

/// A change of a note (JSON merge patch): what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "They want **less** of it.", "pinned": true }))]
pub struct PatchNote {
    /// What was done.
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// The words.
    #[schema(nullable = false, min_length = 1, max_length = 20_000)]
    pub text: Option<String>,
    /// When that was done. It is not ahead.
    #[schema(nullable = false)]
    pub occurred_at: Option<Instant>,
    /// The names of who took part; replaced as a whole.
    #[schema(nullable = false, max_items = 50)]
    pub participants: Option<Vec<String>>,
    /// Whether it is listed first. Everybody who writes notes may say so.
    #[schema(nullable = false)]
    pub pinned: Option<bool>,
    /// Its files, replaced as a whole: those that it is to keep, and such that you uploaded. What is left
    /// out is gone.
    #[schema(nullable = false, max_items = 10)]
    pub attachment_ids: Option<Vec<AttachmentId>>,
}

impl From<NewNote> for PatchNote {
    fn from(new: NewNote) -> Self {
        Self {
            kind: new.kind,
            text: new.text,
            occurred_at: new.occurred_at,
            participants: new.participants,
            pinned: new.pinned,
            attachment_ids: new.attachment_ids,
        }
    }
}

impl NewNote {
    /// What it says, or every fault of it.
    pub fn read(self, now: Instant) -> Result<Change> {
        let wordless = self.text.is_none();
        let without = self.attachment_ids.as_ref().is_none_or(Vec::is_empty);
        let message = "a note has words, or a file";
        let missing = Fault::at("/text", "missing_field", message);
        match PatchNote::from(self).read(now) {
            Err(Error::Invalid(mut faults)) if wordless && without => {
                faults.push(missing);
                Err(Error::Invalid(faults))
            }
            Ok(_) if wordless && without => Err(Error::invalid(missing)),
            read => read,
        }
    }
}

impl PatchNote {
    /// What it asks for, or every fault of it.
    pub fn read(self, now: Instant) -> Result<Change> {
        let mut faults = Vec::new();
        if let Some(text) = &self.text {
            faults.extend(words("/text", text, usize::MAX));
        }
        for (place, name) in self.participants.iter().flatten().enumerate() {
            faults.extend(words(&format!("/participants/{place}"), name, 100));
        }
        let mut seen = BTreeSet::new();
        for (place, id) in self.attachment_ids.iter().flatten().enumerate() {
            if !seen.insert(*id) {
                let message = "this file is named twice";
                faults.push(Fault::at(format!("/attachment_ids/{place}"), "duplicate", message));
            }
        }
        if self.occurred_at.is_some_and(|at| at > now.plus(AHEAD)) {
            let message = "a note tells of what has happened";
            faults.push(Fault::at("/occurred_at", "out_of_range", message));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let Self { kind, text, occurred_at, participants, pinned, attachment_ids: files } = self;
        Ok(Change { kind, text, occurred_at, participants, pinned, files })
    }
}

/// What is wrong with words that somebody is to read.
fn words(at: &str, text: &str, longest: usize) -> Option<Fault> {
    let unfit = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if text.trim().is_empty() {
        Some(Fault::at(at, "too_short", "at least 1 character"))
    } else if text.chars().count() > longest {
        Some(Fault::at(at, "too_long", format!("at most {longest} characters")))
    } else if text.contains(unfit) {
        Some(Fault::at(at, "bad_characters", "no control characters"))
    } else {
        None
    }
}

/// Which notes.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotesFilter {
    /// Only those with words that begin like all of these.
    #[param(nullable = false, min_length = 1, max_length = 200, example = "new collect")]
    pub q: Option<String>,
    /// Only those of one of these kinds, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub kind: Option<Vec<Kind>>,
    /// Only those that this one of your people wrote.
    #[param(nullable = false)]
    pub author_id: Option<UserId>,
    /// Only pinned ones, or only others.
    #[param(nullable = false)]
    pub pinned: Option<bool>,
    /// Only those with files, or only those without.
    #[param(nullable = false)]
    pub has_files: Option<bool>,
    /// Only those of what was done at this moment or later.
    #[param(nullable = false)]
    pub occurred_after: Option<Instant>,
    /// Only those of what was done before this moment.
    #[param(nullable = false)]
    pub occurred_before: Option<Instant>,
    /// In which order: pinned ones first and then the latest, the latest first, or the earliest first.
    #[param(nullable = false, inline)]
    pub sort: Option<Sort>,
}

impl From<NotesFilter> for Filter {
    fn from(asked: NotesFilter) -> Self {
        Self {
            kind: asked.kind,
            author: asked.author_id,
            pinned: asked.pinned,
            has_files: asked.has_files,
            occurred_after: asked.occurred_after,
            occurred_before: asked.occurred_before,
            words: asked.q.map(|q| search::words(&q).into_iter().collect()),
            sort: asked.sort.unwrap_or(Sort::Pinned),
        }
    }
}

/// What your company wrote down about another one. That one never learns that there is such a thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Note)]
pub struct NoteView {
    /// Its id.
    pub id: NoteId,
    /// The company that it is about.
    pub company_id: CompanyId,
    /// What was done.
    pub kind: Kind,
    /// The words, as Markdown; empty if it has files alone, and null once it is deleted.
    #[schema(required)]
    pub text: Option<String>,
    /// When that was done.
    pub occurred_at: Instant,
    /// The names of who took part; none once it is deleted.
    pub participants: Vec<String>,
    /// Whether it is listed first.
    pub pinned: bool,
    /// Its files; none once it is deleted.
    pub attachments: Vec<AttachedFile>,
    /// Who wrote it; null if a key did.
    #[schema(required)]
    pub author: Option<Colleague>,
    /// Which key wrote it; null if a person did.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// When its author last edited it; null if never.
    #[schema(required)]
    pub edited_at: Option<Instant>,
    /// When it was deleted; null if it was not.
    #[schema(required)]
    pub deleted_at: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was written.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// Notes as the company's people see them, with the names of their authors.
pub fn views(db: &mut Db, rows: Vec<Note>) -> Result<Vec<NoteView>> {
    let authors: BTreeSet<UserId> = rows.iter().filter_map(|note| note.user_id).collect();
    let names = relations::names(db, &authors)?;
    let ids: Vec<NoteId> = rows.iter().map(|note| note.id).collect();
    let mut files = attachments::of_notes(db, &ids)?;
    let view = |note: Note| NoteView {
        attachments: files.remove(&note.id).into_iter().flatten().map(AttachedFile::from).collect(),
        author: note
            .user_id
            .map(|id| Colleague { id, name: names.get(&id).cloned().unwrap_or_default() }),
        text: note.deleted_at.is_none().then_some(note.text),
        id: note.id,
        company_id: note.other_company_id,
        kind: note.kind,
        occurred_at: note.occurred_at,
        participants: note.participants.0,
        pinned: note.pinned,
        api_key_id: note.api_key_id,
        edited_at: note.edited_at,
        deleted_at: note.deleted_at,
        version: note.version,
        created_at: note.created_at,
        updated_at: note.updated_at,
    };
    Ok(rows.into_iter().map(view).collect())
}
