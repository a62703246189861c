//! Who may follow what happens, and see the things that it happens to.

use crate::access::{Actor, Scope, Verb};
use crate::actions::policy::ReadActions;
use crate::adjustments::policy::ReadAdjustments;
use crate::audit::policy::ReadAuditLog;
use crate::codes::policy::ReadCodes;
use crate::companies::policy::ReadCompany;
use crate::contracts::policy::ReadContract;
use crate::events::kinds::ObjectKind;
use crate::inquiries::policy::ReadInquiries;
use crate::keys::policy::ReadKeys;
use crate::partnerships::invitations::policy::ReadInvitedAddresses;
use crate::partnerships::policy::ReadPartnership;
use crate::people::policy::ReadPeople;
use crate::programs::policy::ReadProgram;
use crate::relations::notes::policy::ReadNotes;
use crate::relations::policy::ReadRelation;
use crate::reprocessings::policy::ReadReprocessings;
use crate::reversals::imports::policy::ReadImports;
use crate::reversals::policy::ReadReversals;
use crate::users::delegations::policy::ReadDelegations;
use crate::users::invitations::policy::ReadInvitations;
use crate::users::memberships::policy::ReadMembers;
use crate::webhooks::policy::ReadWebhooks;

crate::verbs! {
    /// Following what happens.
    ReadEvents: Viewer, Some(Scope::EventsRead), reads, relationship;
}

/// Whether somebody may see such things at all: whoever may follow what happens to them is told that
/// it did, and not what they are.
pub fn may_see(actor: &Actor, object: ObjectKind) -> bool {
    fn may<V: Verb>(actor: &Actor) -> bool {
        actor.may::<V>().is_ok()
    }
    match object {
        ObjectKind::Company => may::<ReadCompany>(actor),
        ObjectKind::AccountOwner => may::<ReadRelation>(actor),
        ObjectKind::Note => may::<ReadNotes>(actor),
        // Their addresses are for those who administer the company.
        ObjectKind::User => may::<ReadAuditLog>(actor),
        ObjectKind::Invitation => may::<ReadInvitations>(actor),
        ObjectKind::Membership => may::<ReadMembers>(actor),
        ObjectKind::DelegatedSession => may::<ReadDelegations>(actor),
        ObjectKind::ApiKey => may::<ReadKeys>(actor),
        ObjectKind::WebhookEndpoint => may::<ReadWebhooks>(actor),
        ObjectKind::Person => may::<ReadPeople>(actor),
        ObjectKind::Partnership => may::<ReadPartnership>(actor),
        ObjectKind::PartnershipInvitation => may::<ReadInvitedAddresses>(actor),
        ObjectKind::Program | ObjectKind::EventType => may::<ReadProgram>(actor),
        ObjectKind::Contract => may::<ReadContract>(actor),
        ObjectKind::ReferralCode => may::<ReadCodes>(actor),
        ObjectKind::Action => may::<ReadActions>(actor),
        ObjectKind::Adjustment => may::<ReadAdjustments>(actor),
        ObjectKind::Reprocessing => may::<ReadReprocessings>(actor),
        ObjectKind::Inquiry => may::<ReadInquiries>(actor),
        ObjectKind::Reversal => may::<ReadReversals>(actor),
        ObjectKind::ActionImport => may::<ReadImports>(actor),
    }
}
