//! Who may change a note, and what becomes of it.

use jiff::SignedDuration;

use super::model::{Kind, Note};
use crate::error::{Error, Fault, Result};
use crate::kernel::document::Document;
use crate::kernel::id::{ApiKeyId, AttachmentId, UserId};
use crate::kernel::time::Instant;

/// Clocks differ, and days begin elsewhere sooner: so far ahead something may have been done already.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Why a note stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing left of it to change.
    #[error("the note is deleted")]
    Deleted,
}

crate::refusal_codes!(Refusal {
    Deleted => "note_deleted",
});

/// Who is at a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hand {
    /// A person.
    pub user_id: Option<UserId>,
    /// A key.
    pub api_key_id: Option<ApiKeyId>,
    /// Whether the person is a manager or above.
    pub manages: bool,
}

impl Hand {
    /// Whether it wrote the note.
    fn wrote(&self, note: &Note) -> bool {
        let user = self.user_id.is_some() && self.user_id == note.user_id;
        user || (self.api_key_id.is_some() && self.api_key_id == note.api_key_id)
    }
}

/// What is to become of a note: what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What was done.
    pub kind: Option<Kind>,
    /// The words.
    pub text: Option<String>,
    /// When that was done.
    pub occurred_at: Option<Instant>,
    /// Who took part.
    pub participants: Option<Vec<String>>,
    /// Whether it is listed first.
    pub pinned: Option<bool>,
    /// Its files, in their order.
    pub files: Option<Vec<AttachmentId>>,
}

impl Change {
    /// Whether it touches what its author has said.
    fn is_of_words(&self) -> bool {
        let Self { kind, text, occurred_at, participants, pinned: _, files } = self;
        let of_text = kind.is_some() || text.is_some() || files.is_some();
        of_text || occurred_at.is_some() || participants.is_some()
    }
}

/// A note that is pinned, or edited by its author; `had` are the files that it has so far. It keeps its
/// version where nothing changes, and is never left without a word and a file.
pub fn edit(
    (before, had): (&Note, &[AttachmentId]),
    change: &Change,
    by: Hand,
    now: Instant,
) -> Result<Note> {
    if change.is_of_words() && !by.wrote(before) {
        let detail = "only its author edits a note".into();
        return Err(Error::Forbidden { code: "forbidden", detail });
    }
    if before.deleted_at.is_some() {
        return Err(Refusal::Deleted.into());
    }
    let change = change.clone();
    let said = Note {
        kind: change.kind.unwrap_or(before.kind),
        text: change.text.unwrap_or_else(|| before.text.clone()),
        occurred_at: change.occurred_at.unwrap_or(before.occurred_at),
        participants: change.participants.map_or_else(|| before.participants.clone(), Document),
        ..before.clone()
    };
    let has = change.files.as_deref().unwrap_or(had);
    if said.text.is_empty() && has.is_empty() {
        let message = "a note without words keeps a file";
        return Err(Error::invalid(Fault::at("/attachment_ids", "too_few", message)));
    }
    let same = said == *before && has == had;
    let edited_at = if same { before.edited_at } else { Some(now) };
    let after = Note { edited_at, pinned: change.pinned.unwrap_or(before.pinned), ..said };
    if same && after.pinned == before.pinned { Ok(after) } else { Ok(changed(after, now)) }
}

/// A note that is deleted by its author or a manager: who wrote it and when stays. One that is deleted
/// already stays as it is.
pub fn delete(before: &Note, by: Hand, now: Instant) -> Result<Note> {
    if !by.wrote(before) && !by.manages {
        let detail = "only its author or a manager deletes a note".into();
        return Err(Error::Forbidden { code: "forbidden", detail });
    }
    if before.deleted_at.is_some() {
        return Ok(before.clone());
    }
    let gone = Note {
        text: String::new(),
        participants: Document(Vec::new()),
        pinned: false,
        deleted_at: Some(now),
        ..before.clone()
    };
    Ok(changed(gone, now))
}

fn changed(note: Note, now: Instant) -> Note {
    Note { version: note.version.saturating_add(1), updated_at: now, ..note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::{CompanyId, NoteId};
    use proptest::prelude::*;

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    fn person(manages: bool) -> Hand {
        Hand { user_id: Some(UserId::new()), api_key_id: None, manages }
    }

    fn key() -> Hand {
        Hand { user_id: None, api_key_id: Some(ApiKeyId::new()), manages: false }
    }

    fn note(by: Hand) -> Note {
        Note {
            id: NoteId::new(),
            company_id: CompanyId::new(),
            other_company_id: CompanyId::new(),
            kind: Kind::Call,
            text: "They want more.".into(),
            occurred_at: at(1),
            participants: Document(vec!["Ben".into()]),
            pinned: true,
            user_id: by.user_id,
            api_key_id: by.api_key_id,
            version: 1,
            created_at: at(2),
            updated_at: at(2),
            edited_at: None,
            deleted_at: None,
        }
    }

    fn forbidden<T>(done: Result<T>) -> bool {
        matches!(done, Err(Error::Forbidden { code: "forbidden", .. }))
    }

    #[test]
    fn only_its_author_edits_a_note_and_everybody_pins_it() {
        let text = Change { text: Some("Less.".into()), ..Change::default() };
        let unpin = Change { pinned: Some(false), ..Change::default() };
        for author in [person(false), key()] {
            let before = note(author);
            let edited = edit((&before, &[]), &text, author, at(3)).unwrap();
            assert_eq!((edited.version, edited.edited_at), (2, Some(at(3))));
            assert_eq!(edited.text, "Less.");
            for other in [person(false), person(true), key()] {
                assert!(forbidden(edit((&before, &[]), &text, other, at(3))));
                let unpinned = edit((&before, &[]), &unpin, other, at(3)).unwrap();
                assert_eq!((unpinned.pinned, unpinned.edited_at), (false, None));
                assert_eq!((unpinned.version, unpinned.updated_at), (2, at(3)));
            }
        }
    }

    #[test]
    fn what_changes_nothing_is_no_change() {
        let author = person(false);
        let before = note(author);
        let same = Change {
            kind: Some(Kind::Call),
            text: Some("They want more.".into()),
            pinned: Some(true),
            ..Change::default()
        };
        assert_eq!(edit((&before, &[]), &same, author, at(3)).unwrap(), before);
        assert_eq!(edit((&before, &[]), &Change::default(), key(), at(3)).unwrap(), before);
    }

    #[test]
    fn its_files_are_its_author_s_as_its_words_are() {
        let author = person(false);
        let (before, [one, two]) = (note(author), [AttachmentId::new(), AttachmentId::new()]);
        let files = |ids: &[AttachmentId]| Change { files: Some(ids.into()), ..Change::default() };
        for (had, wanted, changes) in [
            (vec![], vec![one], true),
            (vec![one], vec![one], false),
            (vec![one, two], vec![two, one], true),
            (vec![one], vec![], true),
        ] {
            let after = edit((&before, &had), &files(&wanted), author, at(3)).unwrap();
            assert_eq!(
                (after.version, after.edited_at.is_some()),
                (1 + i64::from(changes), changes)
            );
            assert!(forbidden(edit((&before, &had), &files(&wanted), person(true), at(3))));
        }
        let wordless = Note { text: String::new(), ..before };
        assert!(edit((&wordless, &[one]), &files(&[two]), author, at(3)).is_ok());
        assert!(matches!(
            edit((&wordless, &[one]), &files(&[]), author, at(3)),
            Err(Error::Invalid(faults)) if faults[0].code == "too_few"
        ));
    }

    #[test]
    fn what_is_deleted_keeps_its_author_and_times_and_no_word() {
        let author = person(false);
        let before = note(author);
        for other in [person(false), key()] {
            assert!(forbidden(delete(&before, other, at(3))));
        }
        for by in [author, person(true)] {
            let gone = delete(&before, by, at(3)).unwrap();
            assert_eq!(
                (gone.text.as_str(), gone.participants.0.len(), gone.pinned),
                ("", 0, false)
            );
            assert_eq!((gone.user_id, gone.created_at), (before.user_id, before.created_at));
            assert_eq!((gone.deleted_at, gone.version), (Some(at(3)), 2));
            assert_eq!(delete(&gone, by, at(4)).unwrap(), gone);
            let again =
                edit((&gone, &[]), &Change { pinned: Some(true), ..Change::default() }, by, at(4));
            assert!(
                matches!(again, Err(Error::Refused(refused)) if refused.code == "note_deleted")
            );
        }
    }

    proptest! {
        #[test]
        fn an_edit_does_what_it_says_and_no_more(
            text in prop::option::of("[a-c]{1,3}"), second in prop::option::of(0_i64..3),
            pinned in prop::option::of(any::<bool>()),
        ) {
            let author = person(false);
            let before = note(author);
            let change = Change {
                text: text.clone(), occurred_at: second.map(at), pinned, ..Change::default()
            };
            let after = edit((&before, &[]), &change, author, at(9)).unwrap();
            prop_assert_eq!(&after.text, &text.unwrap_or(before.text.clone()));
            prop_assert_eq!(after.occurred_at, second.map_or(before.occurred_at, at));
            prop_assert_eq!(after.pinned, pinned.unwrap_or(before.pinned));
            let words = (&after.text, after.occurred_at) != (&before.text, before.occurred_at);
            prop_assert_eq!(after.edited_at.is_some(), words);
            prop_assert_eq!(after.version > before.version, words || after.pinned != before.pinned);
        }
    }
}
