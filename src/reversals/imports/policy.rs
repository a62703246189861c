//! Who may do what to imports: whoever may do the same to single actions.

use super::Import;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;
use crate::reversals::policy::within_reach;

crate::verbs! {
    /// Seeing imports and what became of their lines.
    ReadImports: Viewer, Some(Scope::ActionsRead), reads, company;
    /// Downloading what became of the lines of an import.
    ExportImports: Viewer, Some(Scope::ActionsRead), reads, never;
    /// Tracking in bulk.
    SubmitImport: Member, Some(Scope::ActionsWrite), writes, never;
    /// Stopping an import that has not ended.
    CancelImport: Member, Some(Scope::ActionsWrite), writes, never;
}

impl Allows<ReadImports> for Import {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(&self.0, reach)
    }
}

impl Allows<ExportImports> for Import {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(&self.0, reach)
    }
}

impl Allows<CancelImport> for Import {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(&self.0, reach)
    }
}
