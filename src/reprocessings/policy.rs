//! Who may do what to reprocessings: the brand's own people and keys.

use super::model::Reprocessing;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::{Limit, Reach};

crate::verbs! {
    /// Seeing reprocessings and what became of their actions.
    ReadReprocessings: Viewer, Some(Scope::ActionsRead), reads, company;
    /// Downloading what became of the actions of a reprocessing.
    ExportReprocessings: Viewer, Some(Scope::ActionsRead), reads, never;
    /// Running attribution again over a period, and stopping that.
    Reprocess: Manager, Some(Scope::ActionsWrite), writes, never;
}

impl Allows<ReadReprocessings> for Reprocessing {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(self, reach)
    }
}

impl Allows<ExportReprocessings> for Reprocessing {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(self, reach)
    }
}

impl Allows<Reprocess> for Reprocessing {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(self, reach)
    }
}

/// A limited key knows of those that look at nothing beyond its limits.
fn within_reach(row: &Reprocessing, reach: &Reach) -> Verdict {
    let types = match (&reach.event_types, row.event_type_id) {
        (Limit::All, _) => true,
        (Limit::Only(ids), Some(id)) => ids.contains(&id),
        (Limit::Only(_), None) => false,
    };
    let own = row.company_id == reach.company;
    if own && types && reach.programs.admits(row.program_id) {
        Verdict::Yes
    } else {
        Verdict::Hidden
    }
}
