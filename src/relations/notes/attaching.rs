//! The files of a note.

use super::model::Note;
use crate::attachments::rules::Hand;
use crate::attachments::store;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{AttachmentId, NoteId};

/// The files of a note, in their order.
pub fn files_of(db: &mut Db, note: NoteId) -> Result<Vec<AttachmentId>> {
    let files = store::of_notes(db, &[note])?.remove(&note).unwrap_or_default();
    Ok(files.iter().map(|file| file.id).collect())
}

/// Gives a note these files and no others. What is unknown, another company's, somebody else's upload or
/// a file of another note is told alike.
pub fn give(db: &mut Db, note: &Note, files: &[AttachmentId], by: Hand) -> Result<()> {
    let of = (note.company_id, note.id);
    let unfit = store::tie(db, of, files, by, note.updated_at)?;
    if unfit.is_empty() {
        return Ok(());
    }
    let fault = |place: usize| {
        let message = "no file of yours that belongs to nothing else";
        Fault::at(format!("/attachment_ids/{place}"), "unknown_attachment", message)
    };
    Err(Error::Invalid(unfit.into_iter().map(fault).collect()))
}
