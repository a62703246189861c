//! URLs of notes.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::attaching::{files_of, give};
use super::model::{Filter, Kind, Note};
use super::policy::{ReadNotes, WriteNotes};
use super::rules::{self, Change, Hand};
use super::store;
use super::wire::{NewNote, NoteView, NotesFilter, PatchNote, views};
use crate::access::{Actor, Guarded, Power, Role};
use crate::attachments::routes as attachments;
use crate::attachments::store as attached;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed, NoContent};
use crate::kernel::document::Document;
use crate::kernel::id::NoteId;
use crate::kernel::page::Page;
use crate::kernel::time::Instant;
use crate::relations::model::Relation;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_notes)
        .service(create_note)
        .service(get_note)
        .service(update_note)
        .service(delete_note);
}

/// List your company's notes about another one, pinned ones first.
///
/// They are for your company's people alone: the other company sees neither a note nor that there is
/// one. Notes stay when the partnership has ended. A deleted note is listed as such, with its author and
/// its times. Some filters are looked for over 10,000 notes at a time: a page may be short, or empty,
/// and have a `next_cursor` all the same.
#[utoipa::path(tag = "Notes", params(NotesFilter, Listing))]
#[get("/companies/{id}/notes")]
async fn list_notes(
    guarded: Guarded<Relation, ReadNotes>,
    Query(filter): Query<NotesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<NoteView>> {
    let (filter, after, limit) = (Filter::from(filter), listing.after()?, listing.limit());
    guarded
        .read(move |db, relation| {
            let Page { rows, next } = store::page(db, &relation, &filter, after, limit)?;
            Ok(Listed::of(Page { rows: views(db, rows)?, next }))
        })
        .await
}

/// Write a note about another company.
///
/// It tells what was done (`kind`), when (`occurred_at`), and who took part. The text is Markdown, and
/// is kept as it is. Files are uploaded first (`POST /v1/attachments`) and then named here; a note with a
/// file needs no text.
#[utoipa::path(tag = "Notes")]
#[post("/companies/{id}/notes")]
async fn create_note(
    guarded: Guarded<Relation, WriteNotes>,
    Json(body): Json<NewNote>,
) -> Result<Created<NoteView>> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    let (said, by) = (body.read(now)?, attachments::hand(&guarded.actor));
    guarded
        .write(move |db, relation| {
            let note = written(&relation, said.clone(), doer, now);
            store::insert(db, &note)?;
            give(db, &note, said.files.as_deref().unwrap_or_default(), by)?;
            tell(db, EventKind::NoteCreated, (None, &note), doer)?;
            Ok(Created::at(format!("/v1/notes/{}", note.id), view(db, note)?))
        })
        .await
}

/// Show a note of your company.
///
/// One that is deleted is shown as such: with its author and its times, and without its words.
#[utoipa::path(tag = "Notes")]
#[get("/notes/{id}")]
async fn get_note(guarded: Guarded<Note, ReadNotes>) -> Result<Found<NoteView>> {
    guarded.read(|db, note| Ok(Found::version(note.version, view(db, note)?))).await
}

/// Edit or pin a note.
///
/// A JSON merge patch. Only its author edits a note, which then says so (`edited_at`); everybody who
/// writes notes may pin one. A file that is left out of `attachment_ids` is gone.
///
/// Refuses with `note_deleted`.
#[utoipa::path(tag = "Notes")]
#[patch("/notes/{id}")]
async fn update_note(
    guarded: Guarded<Note, WriteNotes>,
    Json(body): Json<PatchNote>,
) -> Result<Found<NoteView>> {
    let (now, doer, by) = (guarded.now, guarded.actor.doer, hand(&guarded.actor));
    let (change, uploader) = (body.read(now)?, attachments::hand(&guarded.actor));
    guarded
        .write(move |db, before| {
            let had = files_of(db, before.id)?;
            let after = rules::edit((&before, &had), &change, by, now)?;
            if let Some(files) = &change.files {
                give(db, &after, files, uploader)?;
            }
            advanced(db, EventKind::NoteUpdated, (&before, &after), doer)?;
            Ok(Found::version(after.version, view(db, after)?))
        })
        .await
}

/// Delete a note.
///
/// Its author may, and managers. Its words and its files are gone; who wrote it and when stays. To delete twice
/// changes nothing.
#[utoipa::path(tag = "Notes")]
#[delete("/notes/{id}")]
async fn delete_note(guarded: Guarded<Note, WriteNotes>) -> Result<NoContent> {
    let (now, doer, by) = (guarded.now, guarded.actor.doer, hand(&guarded.actor));
    guarded
        .write(move |db, before| {
            let after = rules::delete(&before, by, now)?;
            let files = attached::of_notes(db, &[before.id])?.remove(&before.id);
            attached::delete(db, &files.unwrap_or_default(), now)?;
            advanced(db, EventKind::NoteDeleted, (&before, &after), doer)?;
            Ok(NoContent)
        })
        .await
}

/// Who asks.
pub(super) fn hand(actor: &Actor) -> Hand {
    let manages = match &actor.power {
        Power::Person { role, .. } => *role >= Role::Manager,
        Power::System { .. } => false,
    };
    Hand { user_id: actor.doer.user_id, api_key_id: actor.doer.api_key_id, manages }
}

fn written(relation: &Relation, said: Change, doer: Doer, now: Instant) -> Note {
    Note {
        id: NoteId::new(),
        company_id: relation.company_id,
        other_company_id: relation.other_company_id,
        kind: said.kind.unwrap_or(Kind::Note),
        text: said.text.unwrap_or_default(),
        occurred_at: said.occurred_at.unwrap_or(now),
        participants: Document(said.participants.unwrap_or_default()),
        pinned: said.pinned.unwrap_or_default(),
        user_id: doer.user_id,
        api_key_id: doer.api_key_id,
        version: 1,
        created_at: now,
        updated_at: now,
        edited_at: None,
        deleted_at: None,
    }
}

/// Keeps what became of a note, and tells of it; nothing of what has not changed.
pub(super) fn advanced(
    db: &mut Db,
    kind: EventKind,
    (before, after): (&Note, &Note),
    doer: Doer,
) -> Result<()> {
    if before == after {
        return Ok(());
    }
    store::advance(db, before, after)?;
    tell(db, kind, (Some(before), after), doer)
}

/// Within the company alone. An event has no word of the note, so that what is deleted is gone there
/// too; that it was edited is told by when.
fn tell(
    db: &mut Db,
    kind: EventKind,
    (before, after): (Option<&Note>, &Note),
    doer: Doer,
) -> Result<()> {
    let event = Event::new(kind, any(after.id), after.company_id, after.updated_at).by(doer);
    let event = event.sequence(after.version);
    let Some(before) = before else { return events::record(db, event) };
    let moment = |at: Option<Instant>| at.map(|at| at.to_string());
    let event = event
        .changed("kind", before.kind.as_str(), after.kind.as_str())
        .changed("occurred_at", before.occurred_at.to_string(), after.occurred_at.to_string())
        .changed("pinned", before.pinned, after.pinned)
        .changed("edited_at", moment(before.edited_at), moment(after.edited_at))
        .changed("deleted_at", moment(before.deleted_at), moment(after.deleted_at));
    events::record(db, event)
}

fn view(db: &mut Db, note: Note) -> Result<NoteView> {
    views(db, vec![note])?.pop().ok_or(Error::NotFound("note"))
}
