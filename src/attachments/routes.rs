//! URLs of attachments. How they come to belong to notes, and how they are taken off, is in
//! `relations/notes`.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::depot::{Depot, Files};
use super::door::{Door, Received};
use super::links::Link;
use super::model::{Attachment, Blob};
use super::policy::{AddAttachments, ReadAttachments};
use super::rules::Hand;
use super::store;
use super::wire::{AttachmentForm, AttachmentLink, AttachmentView, DownloadQuestion};
use crate::access::{Actor, Anonymous, Guarded, Signed};
use crate::db::Find;
use crate::error::{Error, Fault, Result};
use crate::events::audit::{self, Deed};
use crate::events::model::any;
use crate::http::download::{Download, Wanted};
use crate::http::query::Query;
use crate::http::reply::{Created, Found};
use crate::kernel::id::AttachmentId;
use crate::kernel::time::Instant;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(upload_attachment)
        .service(get_attachment)
        .service(get_attachment_content)
        .service(link_attachment)
        .service(open_link);
}

/// Upload a file, to name it in a note.
///
/// A form with one part, `file`. What the file is, its bytes say, and its name has to end like that:
/// images (PNG, JPEG, GIF, WebP), PDF, office documents without macros, plain text, CSV and TSV, letters
/// (`.eml`) and zip archives are taken, nothing else. Until a note names it you alone read it, and after a
/// day without one it is removed.
#[utoipa::path(
    tag = "Attachments",
    request_body(content((AttachmentForm = "multipart/form-data")))
)]
#[post("/attachments")]
async fn upload_attachment(
    signed: Signed<AddAttachments>,
    door: Door,
) -> Result<Created<AttachmentView>> {
    let depot = door.depot.clone();
    // Whoever may not at all is told that first.
    signed.actor.may::<AddAttachments>()?;
    unlimited(&signed.actor)?;
    let (received, idempotency) = door.file(&signed).await?;
    let (digest, size) = (received.taken.digest.clone(), received.taken.size_bytes);
    let now = signed.now;
    let blob = signed.aside(move |db| store::announce(db, &digest, size, now)).await?;
    depot.keep(&blob, &received.taken).await?;
    signed
        .identified(idempotency)
        .write(move |db, actor| {
            store::hold(db, &blob, now)?;
            let file = uploaded(actor, (&received, &blob), now);
            store::insert(db, &file)?;
            let of = (file.company_id, actor.doer);
            audit::write(db, Deed::new("attachment.uploaded", any(file.id), of, now))?;
            Ok(Created::at(format!("/v1/attachments/{}", file.id), AttachmentView::from(file)))
        })
        .await
}

/// Show what is known of an attachment.
///
/// One of a note is for everybody who reads notes, one that belongs to nothing yet for whoever uploaded
/// it. Other companies never learn that there is one.
#[utoipa::path(tag = "Attachments")]
#[get("/attachments/{id}")]
async fn get_attachment(
    guarded: Guarded<Attachment, ReadAttachments>,
) -> Result<Found<AttachmentView>> {
    let by = hand(&guarded.actor);
    guarded.read(move |_, file| Ok(Found::version(1, known(file, by)?.into()))).await
}

/// Download the bytes of an attachment.
///
/// Always to be saved and never to be shown, under the name with which it was uploaded. `Range` gives a
/// piece of it; the `ETag` is that of the bytes.
#[utoipa::path(tag = "Attachments")]
#[get("/attachments/{id}/content")]
async fn get_attachment_content(
    guarded: Guarded<Attachment, ReadAttachments>,
    depot: Depot,
    wanted: Wanted,
) -> Result<Download<Files>> {
    let by = hand(&guarded.actor);
    let file = guarded.read(move |_, file| known(file, by)).await?;
    depot.give(file.into(), &wanted).await
}

/// Make a link that opens an attachment without signing in.
///
/// For browsers, which send no header: whoever has the link downloads the file with it, for five minutes,
/// and only as long as you may yourself.
#[utoipa::path(tag = "Attachments")]
#[post("/attachments/{id}/link")]
async fn link_attachment(
    guarded: Guarded<Attachment, ReadAttachments>,
    depot: Depot,
) -> Result<Found<AttachmentLink>> {
    let (by, now, actor) = (hand(&guarded.actor), guarded.now, guarded.actor.clone());
    let file = guarded.read(move |_, file| known(file, by)).await?;
    let link = Link::of(&actor, file.id, now)?;
    let shown = AttachmentLink { url: depot.links().url(&link), expires_at: link.until };
    Ok(Found::of(shown).uncached())
}

/// Download the file that a link opens, without signing in.
///
/// A link that is not whole, or older than five minutes, is a fault (`bad_link`). One that is good is worth
/// what whoever made it may at this moment: when that, or the file, is gone, there is no such file.
#[utoipa::path(tag = "Attachments", params(DownloadQuestion))]
#[get("/downloads")]
async fn open_link(
    anonymous: Anonymous,
    depot: Depot,
    wanted: Wanted,
    Query(question): Query<DownloadQuestion>,
) -> Result<Download<Files>> {
    let token = question.token.unwrap_or_default();
    let link = depot.links().open(&token, anonymous.now).ok_or_else(no_link)?;
    let by = link.maker.into();
    let file = anonymous
        .read_for::<Attachment, ReadAttachments, _>((link.company, link.maker), link.file, {
            move |_, file| known(file, by)
        })
        .await?;
    depot.give(file.into(), &wanted.anew()).await
}

/// A link that never was one, and one that is too old, are told alike.
fn no_link() -> Error {
    let message = "the link is not whole, not ours, or older than five minutes";
    Error::invalid(Fault::in_parameter("token", "bad_link", message))
}

/// Who asks.
pub fn hand(actor: &Actor) -> Hand {
    Hand { user_id: actor.doer.user_id, api_key_id: actor.doer.api_key_id }
}

/// A file, for somebody who knows of it.
pub fn known(file: Attachment, by: Hand) -> Result<Attachment> {
    if by.knows(&file) { Ok(file) } else { Err(Error::NotFound(Attachment::NAME)) }
}

/// Notes belong to no program, and files of theirs neither.
fn unlimited(actor: &Actor) -> Result<()> {
    if actor.reach.is_whole() {
        return Ok(());
    }
    let detail = "a key that is limited to programs has no attachments".into();
    Err(Error::Forbidden { code: "forbidden", detail })
}

fn uploaded(actor: &Actor, (received, blob): (&Received, &Blob), now: Instant) -> Attachment {
    Attachment {
        id: AttachmentId::new(),
        company_id: actor.reach.company,
        blob_id: blob.id,
        name: received.name.clone(),
        content_type: received.content_type,
        size_bytes: blob.size_bytes,
        digest: blob.digest.clone(),
        user_id: actor.doer.user_id,
        api_key_id: actor.doer.api_key_id,
        note_id: None,
        place: 0,
        created_at: now,
    }
}
