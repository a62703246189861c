//! The feed of ledgers: what is asked for, and what is given.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::UpdateView;
use crate::actions::model::Verb;
use crate::actions::store::{Entries, Entry};
use crate::kernel::id::{CompanyId, EventTypeId, ImportId, ProgramId, ReversalId};
use crate::kernel::time::Instant;

/// One entry of the ledger of any action, and which action it is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionFeedEntry)]
pub struct EntryView {
    /// The entry.
    #[serde(flatten)]
    pub update: UpdateView,
    /// The brand's order number.
    pub order_id: String,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The brand.
    pub brand_company_id: CompanyId,
}

impl EntryView {
    /// As `reader`'s people see it.
    pub fn to(reader: CompanyId, entry: Entry) -> Self {
        Self {
            order_id: entry.order_id,
            program_id: entry.program_id,
            event_type_id: entry.event_type_id,
            brand_company_id: entry.update.company_id,
            update: UpdateView::to(reader, entry.currency, entry.update),
        }
    }
}

/// Which entries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EntriesFilter {
    /// Made at this moment or later.
    #[param(nullable = false)]
    pub updated_after: Option<Instant>,
    /// Of actions of this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// Of actions of this event type.
    #[param(nullable = false)]
    pub event_type_id: Option<EventTypeId>,
    /// Of actions of this brand: your own company, or another that you earn from.
    #[param(nullable = false)]
    pub brand_company_id: Option<CompanyId>,
    /// Of actions credited to this partner then.
    #[param(nullable = false)]
    pub partner_company_id: Option<CompanyId>,
    /// By this command.
    #[param(nullable = false, inline)]
    pub command: Option<Verb>,
    /// That came in this batch of yours; a partner is not told of batches, and gets none.
    #[param(nullable = false)]
    pub reversal_id: Option<ReversalId>,
    /// Tracked by this import of yours, likewise.
    #[param(nullable = false)]
    pub action_import_id: Option<ImportId>,
}

impl From<EntriesFilter> for Entries {
    fn from(filter: EntriesFilter) -> Self {
        let import = filter.action_import_id.map(|id| ReversalId::from_uuid(id.uuid()));
        Self {
            updated_after: filter.updated_after,
            program: filter.program_id,
            event_type: filter.event_type_id,
            brand: filter.brand_company_id,
            partner: filter.partner_company_id,
            command: filter.command,
            reversal: filter.reversal_id.or(import),
        }
    }
}
