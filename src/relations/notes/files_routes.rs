//! URL at which a file is deleted: one of a note is taken off it, by whoever may edit that.

use actix_web::delete;
use utoipa_actix_web::service_config::ServiceConfig;

use super::attaching::files_of;
use super::model::Note;
use super::routes::{advanced, hand};
use super::rules::{self, Change, Hand};
use crate::access::Guarded;
use crate::attachments::model::Attachment;
use crate::attachments::policy::DeleteAttachments;
use crate::attachments::routes as attachments;
use crate::attachments::store;
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::events::audit::{self, Deed};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, any};
use crate::http::reply::NoContent;
use crate::kernel::id::NoteId;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(delete_attachment);
}

/// Delete an attachment.
///
/// One that belongs to nothing yet whoever uploaded it deletes. To delete one of a note is to edit the
/// note: its author may, and it says that it was edited.
#[utoipa::path(tag = "Attachments")]
#[delete("/attachments/{id}")]
async fn delete_attachment(guarded: Guarded<Attachment, DeleteAttachments>) -> Result<NoContent> {
    let (now, doer, by) = (guarded.now, guarded.actor.doer, hand(&guarded.actor));
    let (uploader, reach) = (attachments::hand(&guarded.actor), guarded.actor.reach.clone());
    guarded
        .write(move |db, file| {
            let file = attachments::known(file, uploader)?;
            if let Some(note) = file.note_id {
                take_off(db, (note, &reach), &file, (by, doer, now))?;
            }
            let of = (file.company_id, doer);
            let deed = Deed::new("attachment.deleted", any(file.id), of, now);
            store::delete(db, &[file], now)?;
            audit::write(db, deed)?;
            Ok(NoContent)
        })
        .await
}

/// The note is edited by this: it loses a file.
fn take_off(
    db: &mut Db,
    (note, reach): (NoteId, &Reach),
    file: &Attachment,
    (by, doer, now): (Hand, Doer, Instant),
) -> Result<()> {
    let before = Note::look_for(db, note, reach)?.ok_or(Error::NotFound(Attachment::NAME))?;
    let had = files_of(db, note)?;
    let left = had.iter().copied().filter(|id| *id != file.id).collect();
    let change = Change { files: Some(left), ..Change::default() };
    let after = rules::edit((&before, &had), &change, by, now)?;
    advanced(db, EventKind::NoteUpdated, (&before, &after), doer)
}
