//! Who may do what to an action: both sides read it, the brand alone decides about it.

use super::model::Action;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing actions and their ledgers.
    ReadActions: Viewer, Some(Scope::ActionsRead), reads, relationship;
    /// Downloading actions and their ledgers.
    ExportActions: Viewer, Some(Scope::ActionsRead), reads, never;
    /// Reporting conversions.
    TrackActions: Member, Some(Scope::ActionsWrite), writes, company;
    /// Deciding about an action.
    ChangeAction: Member, Some(Scope::ActionsWrite), writes, company;
    /// Crediting an action to another partner.
    ReattributeAction: Manager, Some(Scope::ActionsWrite), writes, company;
}

impl Allows<ReadActions> for Action {
    fn allows(&self, reach: &Reach) -> Verdict {
        match side(self, reach) {
            Side::Brand | Side::Partner => Verdict::Yes,
            Side::Neither => Verdict::Hidden,
        }
    }
}

impl Allows<ChangeAction> for Action {
    fn allows(&self, reach: &Reach) -> Verdict {
        match side(self, reach) {
            Side::Brand => Verdict::Yes,
            Side::Partner => Verdict::No,
            Side::Neither => Verdict::Hidden,
        }
    }
}

impl Allows<ReattributeAction> for Action {
    fn allows(&self, reach: &Reach) -> Verdict {
        <Self as Allows<ChangeAction>>::allows(self, reach)
    }
}

/// What a caller is to an action.
enum Side {
    Brand,
    Partner,
    Neither,
}

fn side(action: &Action, reach: &Reach) -> Side {
    match reach.company {
        _ if !reach.admits(action.program_id, action.event_type_id) => Side::Neither,
        _ if !reach.is_between(action.company_id, action.partner_company_id) => Side::Neither,
        company if company == action.company_id => Side::Brand,
        company if company == action.partner_company_id => Side::Partner,
        _ => Side::Neither,
    }
}
