//! Who may upload, read and delete attachments: one's own people, and no key that is limited to programs.
//! They belong to notes, so whoever reads and writes notes does. Whose a loose one is, the rules know.

use super::model::Attachment;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Reading attachments of one's own company.
    ReadAttachments: Viewer, Some(Scope::NotesRead), reads, never;
    /// Uploading attachments.
    AddAttachments: Member, Some(Scope::NotesWrite), writes, never;
    /// Deleting attachments.
    DeleteAttachments: Member, Some(Scope::NotesWrite), writes, never;
}

// The store finds only the company's own, and none for a limited key.
impl Allows<ReadAttachments> for Attachment {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<DeleteAttachments> for Attachment {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}
