//! Who may read and write notes: one's own people, and no key that is limited to programs, because
//! notes belong to none. Who may change a note, its author decides: see the rules.

use super::model::Note;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;
use crate::relations::model::Relation;

crate::verbs! {
    /// Reading notes about other companies.
    ReadNotes: Viewer, Some(Scope::NotesRead), reads, never;
    /// Writing notes about other companies.
    WriteNotes: Member, Some(Scope::NotesWrite), writes, never;
}

impl Allows<ReadNotes> for Relation {
    fn allows(&self, reach: &Reach) -> Verdict {
        unlimited(reach)
    }
}

impl Allows<WriteNotes> for Relation {
    fn allows(&self, reach: &Reach) -> Verdict {
        unlimited(reach)
    }
}

// The store finds only the company's own, and none for a limited key.
impl Allows<ReadNotes> for Note {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<WriteNotes> for Note {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

fn unlimited(reach: &Reach) -> Verdict {
    if reach.is_whole() { Verdict::Yes } else { Verdict::Hidden }
}
