//! Everything that can happen, in one table: the type of an event, when there is one, and what kind of
//! thing it is about.
//!
//! An event is made of one of these, so that none has a type which nobody described. The guide and the
//! document list them from here, and `catalogue` shows the thing.

use super::model::{AnyId, Anything};
use crate::kernel::id::{
    AccountOwnerKey, ActionKey, AdjustmentKey, ApiKeyKey, CompanyKey, ContractKey, EventTypeKey,
    Id, ImportKey, InquiryKey, InvitationKey, Kind, MembershipKey, NoteKey,
    PartnershipInvitationKey, PartnershipKey, PersonKey, ProgramKey, ReferralCodeKey,
    ReprocessingKey, ReversalKey, SessionKey, UserKey, WebhookEndpointKey,
};

/// Declares the kinds of things, and of each what can happen to it.
macro_rules! catalogue {
    ($($object:ident = $of:literal, $key:ident {
        $($kind:ident = $word:literal, $when:literal;)+
    })+) => {
        crate::words! {
            /// What an event is about.
            pub enum ObjectKind { $($object = $of),+ }
        }

        crate::words! {
            /// What can happen.
            pub enum EventKind { $($(#[doc = $when] $kind = $word),+),+ }
        }

        impl EventKind {
            /// When there is such an event.
            pub const fn when(self) -> &'static str {
                match self { $($(Self::$kind => $when),+),+ }
            }

            /// What it is about.
            pub const fn object(self) -> ObjectKind {
                match self { $($(Self::$kind)|+ => ObjectKind::$object),+ }
            }
        }

        impl ObjectKind {
            /// What ids of such things begin with.
            pub const fn prefix(self) -> &'static str {
                match self { $(Self::$object => <$key as Kind>::PREFIX),+ }
            }

            /// An id of such a thing, as it is shown.
            pub fn shown(self, id: AnyId) -> String {
                match self { $(Self::$object => Id::<$key>::from_uuid(id.uuid()).to_string()),+ }
            }
        }
    };
}

catalogue! {
    Company = "company", CompanyKey {
        CompanyRegistered = "company.registered", "a company and its owner have registered";
        CompanyUpdated = "company.updated",
            "its card or a section of its profile was edited; of what is for the tax office `changes` has \
             the version and no value";
        CompanySuspended = "company.suspended", "your company was suspended: it only reads";
        CompanyDeactivated = "company.deactivated",
            "your company was deactivated: everybody is signed out, and keys stop";
        CompanyReactivated = "company.reactivated", "your company takes part again";
        CompanyOtherSuspended = "company.other_suspended",
            "a company that yours has an offered or active partnership with was suspended";
        CompanyOtherDeactivated = "company.other_deactivated", "such a company was deactivated";
        CompanyOtherReactivated = "company.other_reactivated", "such a company takes part again";
    }
    User = "user", UserKey {
        UserPasswordChanged = "user.password_changed",
            "one of the company's users has chosen a new password";
        UserEmailConfirmed = "user.email_confirmed",
            "one of the company's users has confirmed the address to sign in with: a new one, or the \
             one they have";
        UserTwoFactorEnabled = "user.two_factor_enabled",
            "one of the company's users signs in with a second factor from now on";
        UserTwoFactorDisabled = "user.two_factor_disabled",
            "one of the company's users signs in without one again";
        UserRecoveryCodeUsed = "user.recovery_code_used",
            "one of the company's users has shown a recovery code instead of a code of the app";
        UserRecoveryCodesRenewed = "user.recovery_codes_renewed",
            "one of the company's users has other recovery codes";
    }
    Invitation = "invitation", InvitationKey {
        InvitationCreated = "invitation.created", "somebody is invited to the company";
        InvitationResent = "invitation.resent", "the letter was sent again, with another link";
        InvitationRevoked = "invitation.revoked",
            "somebody revoked it, or whoever invited may no longer invite so";
        InvitationAccepted = "invitation.accepted", "the person has joined";
    }
    Membership = "membership", MembershipKey {
        MembershipCreated = "membership.created", "somebody has joined the company";
        MembershipRoleChanged = "membership.role_changed", "a member has another role";
        MembershipRemoved = "membership.removed", "a member has left, or was removed";
    }
    DelegatedSession = "delegated_session", SessionKey {
        DelegatedSessionStarted = "delegated_session.started",
            "somebody of the one company has signed in as the other: both are told";
        DelegatedSessionEnded = "delegated_session.ended", "that is over; `changes` says why";
    }
    ApiKey = "api_key", ApiKeyKey {
        ApiKeyCreated = "api_key.created", "a key was made";
        ApiKeyUpdated = "api_key.updated", "its name or its end was edited";
        ApiKeySecretRotated = "api_key.secret_rotated",
            "it has a new secret; the one before counts until the overlap is over";
        ApiKeyRevoked = "api_key.revoked", "a key was revoked";
    }
    WebhookEndpoint = "webhook_endpoint", WebhookEndpointKey {
        WebhookEndpointCreated = "webhook_endpoint.created", "an endpoint was made";
        WebhookEndpointUpdated = "webhook_endpoint.updated", "it was edited";
        WebhookEndpointSecretRotated = "webhook_endpoint.secret_rotated",
            "it has a new secret; the one before counts for 24 hours";
        WebhookEndpointDisabled = "webhook_endpoint.disabled",
            "nothing is sent to it: somebody switched it off, or it failed for too long";
        WebhookEndpointDeleted = "webhook_endpoint.deleted", "it is gone";
    }
    Person = "person", PersonKey {
        PersonCreated = "person.created", "somebody was entered";
        PersonUpdated = "person.updated", "somebody was edited";
        PersonLeft = "person.left", "somebody is no longer there";
        PersonReturned = "person.returned", "somebody is back";
        PersonPutOnTeam = "person.put_on_team", "somebody manages a partnership from now on";
        PersonTakenOffTeam = "person.taken_off_team", "somebody manages it no longer";
    }
    Partnership = "partnership", PartnershipKey {
        PartnershipOffered = "partnership.offered", "one company offers a partnership";
        PartnershipAccepted = "partnership.accepted", "the other said yes";
        PartnershipDeclined = "partnership.declined", "the other said no";
        PartnershipWithdrawn = "partnership.withdrawn", "the offer was taken back";
        PartnershipExpired = "partnership.expired", "nobody answered the offer in time";
        PartnershipEnded = "partnership.ended", "one side has ended it";
        PartnershipChangeProposed = "partnership.change_proposed",
            "one side proposes to change what was agreed upon";
        PartnershipChangeAccepted = "partnership.change_accepted",
            "the other accepts it, or a part of it";
        PartnershipChangeDeclined = "partnership.change_declined", "the other declines it";
        PartnershipChangeWithdrawn = "partnership.change_withdrawn", "it was taken back";
        PartnershipGrantRevoked = "partnership.grant_revoked",
            "one side takes back what it let the other do";
        PartnershipTeamShown = "partnership.team_shown",
            "one side shows the other who manages the partnership for it";
        PartnershipTeamHidden = "partnership.team_hidden", "it does so no longer";
        PartnershipTeamChanged = "partnership.team_changed",
            "somebody has joined a team that is shown, or left it";
        PartnershipContactReleased = "partnership.contact_released",
            "a contact has left its company, and is none any more";
    }
    PartnershipInvitation = "partnership_invitation", PartnershipInvitationKey {
        PartnershipInvitationCreated = "partnership_invitation.created",
            "a partnership is offered to an address, by a letter";
        PartnershipInvitationResent = "partnership_invitation.resent",
            "the letter was sent again, with another link";
        PartnershipInvitationWithdrawn = "partnership_invitation.withdrawn",
            "it was taken back before a company had received it";
        PartnershipInvitationClaimed = "partnership_invitation.claimed",
            "a company has received it: the partnership is offered to that one";
        PartnershipInvitationExpired = "partnership_invitation.expired",
            "nobody received it in time";
    }
    AccountOwner = "account_owner", AccountOwnerKey {
        AccountOwnerAssigned = "account_owner.assigned",
            "one of the company's people looks after another company; the company alone is told";
        AccountOwnerCleared = "account_owner.cleared",
            "the person no longer does: another one does, or nobody, or the person has left";
    }
    Note = "note", NoteKey {
        NoteCreated = "note.created",
            "a note about another company was written; the company alone is told, of this and of \
             what becomes of it";
        NoteUpdated = "note.updated", "it was edited or pinned";
        NoteDeleted = "note.deleted", "its words are gone";
    }
    Program = "program", ProgramKey {
        ProgramCreated = "program.created", "a program was made";
        ProgramUpdated = "program.updated", "a program was edited";
    }
    EventType = "event_type", EventTypeKey {
        EventTypeCreated = "event_type.created", "an event type was made";
        EventTypeUpdated = "event_type.updated", "an event type was edited";
    }
    Contract = "contract", ContractKey {
        ContractProposed = "contract.proposed", "a brand proposes a contract";
        ContractAccepted = "contract.accepted", "the partner accepts it";
        ContractDeclined = "contract.declined", "the partner declines it";
        ContractWithdrawn = "contract.withdrawn",
            "the brand takes the proposal back, or the partnership has ended";
        ContractEnded = "contract.ended", "the brand ends it, or the partnership has ended";
        ContractVersionProposed = "contract.version_proposed", "new terms are proposed";
        ContractVersionAccepted = "contract.version_accepted", "new terms are accepted";
        ContractVersionDeclined = "contract.version_declined", "new terms are declined";
        ContractVersionWithdrawn = "contract.version_withdrawn", "new terms are taken back";
    }
    ReferralCode = "referral_code", ReferralCodeKey {
        ReferralCodeCreated = "referral_code.created", "a coupon code was given to a partner";
        ReferralCodeAssigned = "referral_code.assigned",
            "it was given to a partner, who had it not or had it less long";
        ReferralCodeWithdrawn = "referral_code.withdrawn",
            "it was given to another partner; this one, who is told, had it then or later, and loses \
             that time";
        ReferralCodeDeactivated = "referral_code.deactivated",
            "orders are no longer credited by it";
        ReferralCodeActivated = "referral_code.activated", "they are again";
    }
    Action = "action", ActionKey {
        ActionTracked = "action.tracked", "a conversion was tracked";
        ActionApproved = "action.approved", "confirmed before its lock";
        ActionModified = "action.modified", "worth something else";
        ActionReversed = "action.reversed", "worth nothing";
        ActionRestored = "action.restored", "the reversal was undone";
        ActionReset = "action.reset", "as first tracked";
        ActionHeld = "action.held", "does not lock until released";
        ActionReleased = "action.released", "no longer held";
        ActionLocked = "action.locked", "final; an action that was pending is approved";
        ActionCleared = "action.cleared", "its payout is due";
        ActionReattributed = "action.reattributed",
            "credited to another partner: one event tells the one that it is no longer, another the \
             other that it is; or other terms count for the same one";
    }
    Adjustment = "adjustment", AdjustmentKey {
        AdjustmentCreated = "adjustment.created", "a locked action was corrected beside it";
        AdjustmentProposed = "adjustment.proposed",
            "a make-good waits for a second person; the brand alone is told";
        AdjustmentDeclined = "adjustment.declined",
            "a second person said no; the brand alone is told";
    }
    Reprocessing = "reprocessing", ReprocessingKey {
        ReprocessingReceived = "reprocessing.received",
            "attribution is to be run again over a period";
        ReprocessingStarted = "reprocessing.started", "work on it has begun";
        ReprocessingCompleted = "reprocessing.completed", "every action has its result";
        ReprocessingCancelled = "reprocessing.cancelled",
            "somebody stopped it, or it stopped by itself";
    }
    Inquiry = "inquiry", InquiryKey {
        InquiryOpened = "inquiry.opened",
            "a partner disputes an action, or an order that was never tracked for it";
        InquiryAccepted = "inquiry.accepted",
            "the brand or silence said yes; what was accepted is done";
        InquiryDeclined = "inquiry.declined", "the brand or silence said no";
        InquiryWithdrawn = "inquiry.withdrawn", "the partner took it back";
        InquirySettled = "inquiry.settled",
            "a second person has answered what was proposed for an accepted one: `applied` is \
             `adjusted`, or `nothing`";
    }
    Reversal = "reversal", ReversalKey {
        ReversalReceived = "reversal.received", "a batch is stored";
        ReversalStarted = "reversal.started", "work on it has begun";
        ReversalNeedsConfirmation = "reversal.needs_confirmation",
            "it is beyond the guard of a program; nothing was applied";
        ReversalConfirmed = "reversal.confirmed", "a person said that it is meant; it goes on";
        ReversalCompleted = "reversal.completed", "every line has its result";
        ReversalRejected = "reversal.rejected",
            "the batch as a whole was refused; nothing was applied";
        ReversalCancelled = "reversal.cancelled", "the batch was cancelled";
    }
    ActionImport = "action_import", ImportKey {
        ActionImportReceived = "action_import.received", "an import is stored";
        ActionImportStarted = "action_import.started", "work on it has begun";
        ActionImportCompleted = "action_import.completed", "every line has its result";
        ActionImportRejected = "action_import.rejected",
            "the import as a whole was refused; nothing was tracked";
        ActionImportCancelled = "action_import.cancelled", "the import was cancelled";
    }
}

impl ObjectKind {
    /// Everything that can happen to such a thing.
    pub fn kinds(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.iter().copied().filter(move |kind| kind.object() == self)
    }

    /// The thing that a shown id is of.
    pub fn of(shown: &str) -> Option<(Self, AnyId)> {
        let (prefix, letters) = shown.split_once('_')?;
        let object = Self::ALL.iter().copied().find(|object| object.prefix() == prefix)?;
        // All kinds of ids are written alike.
        let id = format!("{}_{letters}", Anything::PREFIX).parse().ok()?;
        Some((object, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_begins_with_what_it_is_about() {
        for kind in EventKind::ALL {
            let (object, what) = kind.as_str().split_once('.').expect("object and verb");
            assert_eq!(object, kind.object().as_str());
            assert!(!what.is_empty() && what.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!(!kind.when().is_empty());
        }
        let each: usize = ObjectKind::ALL.iter().map(|object| object.kinds().count()).sum();
        assert_eq!(each, EventKind::ALL.len());
    }

    #[test]
    fn an_id_tells_what_it_is_of() {
        for object in ObjectKind::ALL {
            let id = AnyId::new();
            assert_eq!(ObjectKind::of(&object.shown(id)), Some((*object, id)));
        }
        for other in ["", "act", "act_1", "job_01k5h2v7xnf8rtq3m9bcw4ze6a", "any_x"] {
            assert_eq!(ObjectKind::of(other), None, "{other}");
        }
    }
}
