//! The only SQL that touches `blobs` and `attachments`.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;
use jiff::SignedDuration;

use super::model::{Attachment, Blob};
use super::rules::Hand;
use crate::db::schema::{attachments, blobs, company_logos};
use crate::db::{Db, Find, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::{AttachmentId, BlobId, CompanyId, NoteId};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// How long bytes that were announced may be of nothing: far longer than it takes to write them.
pub const UNDER_WAY: SignedDuration = SignedDuration::from_hours(1);

impl Find for Attachment {
    type Id = AttachmentId;
    const NAME: &'static str = "attachment";

    fn look_for(db: &mut Db, id: AttachmentId, reach: &Reach) -> Result<Option<Self>> {
        if !reach.is_whole() {
            return Ok(None);
        }
        let own = attachments::company_id.eq(reach.company);
        Ok(attachments::table.find(id).filter(own).first(db).optional()?)
    }

    // A file never changes; it comes and goes.
    fn version(&self) -> i64 {
        1
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Announces bytes that are about to be written; those of a content that is there already stay a while
/// longer.
pub fn announce(db: &mut Db, digest: &[u8], size_bytes: i64, now: Instant) -> Result<Blob> {
    let until = now.plus(UNDER_WAY);
    let fresh = Blob {
        id: BlobId::new(),
        digest: digest.to_vec(),
        size_bytes,
        due_at: Some(until),
        let_go_at: None,
    };
    dialect::blobs::begin(db, &fresh)?;
    let there = blobs::digest.eq(digest).and(blobs::let_go_at.is_null());
    diesel::update(blobs::table.filter(there)).set(blobs::due_at.eq(until)).execute(db)?;
    let there = blobs::digest.eq(digest).and(blobs::let_go_at.is_null());
    Ok(blobs::table.filter(there).first(db)?)
}

/// Holds bytes that were written until what refers to them is: whoever would let them go waits.
///
/// Fails if they took so long that they were let go.
pub fn hold(db: &mut Db, blob: &Blob, now: Instant) -> Result<()> {
    let there = blobs::table.find(blob.id).filter(blobs::let_go_at.is_null());
    let until = blobs::due_at.eq(now.plus(UNDER_WAY));
    match diesel::update(there).set(until).execute(db)? {
        1 => Ok(()),
        _ => Err(Error::Overloaded),
    }
}

/// What referred to these bytes does so no longer; if nothing else does, they go.
pub fn release(db: &mut Db, ids: &[BlobId], now: Instant) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let sooner = blobs::due_at.is_null().or(blobs::due_at.le(now));
    let released = blobs::table.filter(blobs::id.eq_any(ids)).filter(sooner);
    diesel::update(released).set(blobs::due_at.eq(now)).execute(db)?;
    Ok(())
}

/// Lets go of the bytes to which nothing refers any more, some at a time; gives how many it looked at.
pub fn let_go(db: &mut Db, now: Instant, most: i64) -> Result<usize> {
    let due = blobs::table.filter(blobs::let_go_at.is_null()).filter(blobs::due_at.le(now));
    let due: Vec<BlobId> = due.order(blobs::due_at).limit(most).select(blobs::id).load(db)?;
    // They are held, one after the other: only then is it certain what refers to them.
    let due_still = |id: &BlobId| blobs::table.find(*id).filter(blobs::due_at.le(now));
    for id in &due {
        let held = due_still(id).filter(blobs::let_go_at.is_null());
        if diesel::update(held).set(blobs::due_at.eq(now)).execute(db)? == 0 {
            continue;
        }
        let of_file = exists(attachments::table.filter(attachments::blob_id.eq(id)));
        let of_logo = exists(company_logos::table.filter(company_logos::blob_id.eq(id)));
        let needed: bool = diesel::select(of_file.or(of_logo)).get_result(db)?;
        let gone = (!needed).then_some(now);
        let after = (blobs::due_at.eq(None::<Instant>), blobs::let_go_at.eq(gone));
        diesel::update(blobs::table.find(*id)).set(after).execute(db)?;
    }
    Ok(due.len())
}

/// What was let go and has to be removed, some at a time.
pub fn gone(db: &mut Db, most: i64) -> Result<Vec<Blob>> {
    let gone = blobs::table.filter(blobs::let_go_at.is_not_null());
    Ok(gone.order(blobs::let_go_at).limit(most).load(db)?)
}

/// These bytes are removed.
pub fn forget(db: &mut Db, ids: &[BlobId]) -> Result<()> {
    let gone = blobs::table.filter(blobs::id.eq_any(ids)).filter(blobs::let_go_at.is_not_null());
    diesel::delete(gone).execute(db)?;
    Ok(())
}

/// A file, whose bytes are held.
pub fn insert(db: &mut Db, file: &Attachment) -> Result<()> {
    diesel::insert_into(attachments::table).values(file).execute(db)?;
    Ok(())
}

/// Deletes files; their bytes go if nothing else has them.
pub fn delete(db: &mut Db, files: &[Attachment], now: Instant) -> Result<()> {
    let ids: Vec<AttachmentId> = files.iter().map(|file| file.id).collect();
    diesel::delete(attachments::table.filter(attachments::id.eq_any(ids))).execute(db)?;
    let bytes: Vec<BlobId> = files.iter().map(|file| file.blob_id).collect();
    release(db, &bytes, now)
}

/// Deletes uploads from before a moment that belong to nothing, some at a time; gives how many.
pub fn delete_loose(db: &mut Db, before: Instant, now: Instant, most: i64) -> Result<usize> {
    let loose = attachments::table.filter(attachments::note_id.is_null());
    let old = loose.filter(attachments::created_at.lt(before));
    let old: Vec<Attachment> = old.order(attachments::created_at).limit(most).load(db)?;
    // One that has come to belong to something in the meantime stays.
    let mut deleted = Vec::new();
    for file in old {
        let still = attachments::table.find(file.id).filter(attachments::note_id.is_null());
        if diesel::delete(still).execute(db)? == 1 {
            deleted.push(file.blob_id);
        }
    }
    release(db, &deleted, now)?;
    Ok(deleted.len())
}

/// The files of these notes, each note's in their order.
pub fn of_notes(db: &mut Db, notes: &[NoteId]) -> Result<HashMap<NoteId, Vec<Attachment>>> {
    if notes.is_empty() {
        return Ok(HashMap::new());
    }
    let all = attachments::table.filter(attachments::note_id.eq_any(notes));
    let mut rows: Vec<Attachment> = all.load(db)?;
    rows.sort_by_key(|row| row.place);
    let mut files: HashMap<NoteId, Vec<Attachment>> = HashMap::new();
    for (note, row) in rows.into_iter().filter_map(|row| Some((row.note_id?, row))) {
        files.entry(note).or_default().push(row);
    }
    Ok(files)
}

/// Gives a note these files in this order and lets go of those that it has no longer. Gives the places of
/// those that are nothing to it: unknown, another company's or somebody else's, or of another note.
pub fn tie(
    db: &mut Db,
    (company, note): (CompanyId, NoteId),
    wanted: &[AttachmentId],
    by: Hand,
    now: Instant,
) -> Result<Vec<usize>> {
    let own = attachments::company_id.eq(company);
    let named = attachments::table.filter(attachments::id.eq_any(wanted)).filter(own);
    let named: Vec<Attachment> = named.load(db)?;
    let fits = |id: &AttachmentId| {
        let file = named.iter().find(|file| file.id == *id);
        file.is_some_and(|file| match file.note_id {
            Some(of) => of == note,
            None => by.uploaded(file),
        })
    };
    let unfit = wanted.iter().enumerate().filter(|(_, id)| !fits(id)).map(|(place, _)| place);
    let unfit: Vec<usize> = unfit.collect();
    if !unfit.is_empty() {
        return Ok(unfit);
    }
    let before = of_notes(db, &[note])?.remove(&note).unwrap_or_default();
    let left: Vec<Attachment> =
        before.into_iter().filter(|file| !wanted.contains(&file.id)).collect();
    delete(db, &left, now)?;
    let mut lost = Vec::new();
    for (place, id) in wanted.iter().enumerate() {
        let free = attachments::note_id.is_null().or(attachments::note_id.eq(note));
        let file = attachments::table.find(*id).filter(free);
        let number = i32::try_from(place).unwrap_or(i32::MAX);
        let tied = (attachments::note_id.eq(note), attachments::place.eq(number));
        if diesel::update(file).set(tied).execute(db)? != 1 {
            lost.push(place);
        }
    }
    Ok(lost)
}
