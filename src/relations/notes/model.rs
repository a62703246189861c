//! Rows and words of notes.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::schema::{note_words, notes};
use crate::kernel::document::Document;
use crate::kernel::id::{ApiKeyId, CompanyId, NoteId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// What was done, of which a note tells.
    pub enum Kind as NoteKind {
        /// Nothing in particular.
        Note = "note",
        Call = "call",
        Email = "email",
        Meeting = "meeting",
        Chat = "chat",
    }
}

crate::words! {
    /// In which order notes are listed.
    pub enum Sort as NoteSort {
        /// Pinned ones first, and among them, as among the others, the latest first.
        Pinned = "-pinned",
        /// The latest first.
        Latest = "-occurred_at",
        /// The earliest first.
        Earliest = "occurred_at",
    }
}

/// What a company wrote down about another one.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = notes, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Whose it is.
    pub company_id: CompanyId,
    /// Which company it is about.
    pub other_company_id: CompanyId,
    /// What was done.
    pub kind: Kind,
    /// The words; none once it is deleted.
    pub text: String,
    /// When that was done.
    pub occurred_at: Instant,
    /// The names of who took part; none once it is deleted.
    pub participants: Document<Vec<String>>,
    /// Whether it is listed first.
    pub pinned: bool,
    /// Who wrote it.
    pub user_id: Option<UserId>,
    /// Which key wrote it.
    pub api_key_id: Option<ApiKeyId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was written.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When it was last edited, but for its pin.
    pub edited_at: Option<Instant>,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
}

/// One word of a note.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = note_words, treat_none_as_default_value = false)]
pub struct NoteWord {
    /// The note.
    pub note_id: NoteId,
    /// The word, folded.
    pub word: String,
}

/// Which notes a list shows; all about the company where nothing is said.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Those of one of these kinds.
    pub kind: Option<Vec<Kind>>,
    /// Those that this person wrote.
    pub author: Option<UserId>,
    /// Those that are pinned, or not.
    pub pinned: Option<bool>,
    /// Those with files, or without.
    pub has_files: Option<bool>,
    /// Those of what was done at this moment or later.
    pub occurred_after: Option<Instant>,
    /// Those of what was done before this moment.
    pub occurred_before: Option<Instant>,
    /// Those with words that begin like all of these; of no words, none.
    pub words: Option<Vec<String>>,
    /// In which order.
    pub sort: Sort,
}

/// A place in the list, by its order: a cursor of one order is none of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// Among the pinned ones, or the others.
    Pinned(bool, Instant, NoteId),
    /// Among all, the latest first.
    Latest(Instant, NoteId),
    /// Among all, the earliest first.
    Earliest(NoteId, Instant),
}
