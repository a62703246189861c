//! How far a caller's hand reaches: its company and, for a limited key, some programs and event types;
//! for a session of somebody of another company, perhaps the dealings with that one alone.
//!
//! Every store function that reads a tenant's rows takes a `Reach`, so that a query without a tenant
//! cannot be written by forgetting.

use super::id::{CompanyId, EventTypeId, ProgramId};

/// All of a kind, or only the named ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit<Id> {
    /// No limit.
    All,
    /// Nothing but these.
    Only(Vec<Id>),
}

impl<Id: PartialEq> Limit<Id> {
    /// Whether `id` is within the limit.
    pub fn admits(&self, id: Id) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// The tenant a request acts in, and what of it the credential may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The caller's own company.
    pub company: CompanyId,
    /// The programs a key is limited to.
    pub programs: Limit<ProgramId>,
    /// The event types a key is limited to.
    pub event_types: Limit<EventTypeId>,
    /// The other companies whose dealings with the own one a delegated session is limited to.
    pub others: Limit<CompanyId>,
}

impl Reach {
    /// Everything of one company.
    pub fn whole(company: CompanyId) -> Self {
        Self { company, programs: Limit::All, event_types: Limit::All, others: Limit::All }
    }

    /// Whether the credential is not limited within its company.
    pub fn is_whole(&self) -> bool {
        self.programs == Limit::All && self.event_types == Limit::All && self.others == Limit::All
    }

    /// The same company, but of it the dealings with these others alone.
    pub fn with_only(company: CompanyId, others: Vec<CompanyId>) -> Self {
        Self { others: Limit::Only(others), ..Self::whole(company) }
    }

    /// Whether a thing between these two is within reach: the own company is always one of them.
    pub fn is_between(&self, one: CompanyId, other: CompanyId) -> bool {
        self.others.admits(one) || self.others.admits(other)
    }

    /// Whether a thing of this program and event type is within reach.
    pub fn admits(&self, program: ProgramId, event_type: EventTypeId) -> bool {
        self.programs.admits(program) && self.event_types.admits(event_type)
    }
}
