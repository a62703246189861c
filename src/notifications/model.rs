//! Rows and words of notifications.

use diesel::prelude::*;

use crate::db::schema::{notification_preferences, notifications};
use crate::events::model::AnyId;
use crate::kernel::id::{
    AccountOwnerKey, AdjustmentKey, ApiKeyKey, CompanyId, CompanyKey, ContractKey, EventId, Id,
    ImportKey, InquiryKey, MembershipKey, NotificationId, PartnershipId, PartnershipInvitationKey,
    PartnershipKey, ReferralCodeKey, ReprocessingKey, ReversalKey, SessionKey, UserId,
};
use crate::kernel::time::Instant;
use crate::partnerships::model::Status;
use crate::users::model::Role;

crate::words! {
    /// What a notification is about; people choose by this.
    pub enum Kind as NotificationKind {
        PartnershipOffer = "partnership_offer",
        PartnershipAnswer = "partnership_answer",
        PartnershipChange = "partnership_change",
        ContractProposal = "contract_proposal",
        ContractAnswer = "contract_answer",
        BatchToConfirm = "batch_to_confirm",
        BatchDone = "batch_done",
        ImportDone = "import_done",
        ReprocessingDone = "reprocessing_done",
        InquiryOpened = "inquiry_opened",
        InquiryAnswered = "inquiry_answered",
        AdjustmentToApprove = "adjustment_to_approve",
        AdjustmentAnswered = "adjustment_answered",
        CodeChanges = "code_changes",
        AccountOwner = "account_owner",
        WebhookDisabled = "webhook_disabled",
        Members = "members",
        Security = "security",
        CompanyStatus = "company_status",
    }
}

crate::words! {
    /// Whether letters come, and when.
    pub enum Email as NotificationEmail { AtOnce = "at_once", Daily = "daily", Off = "off" }
}

crate::words! {
    /// What happened, as far as anybody is told of it.
    pub enum What {
        PartnershipOffered = "partnership_offered",
        PartnershipAccepted = "partnership_accepted",
        PartnershipDeclined = "partnership_declined",
        PartnershipWithdrawn = "partnership_withdrawn",
        PartnershipExpired = "partnership_expired",
        PartnershipEnded = "partnership_ended",
        PartnershipClaimed = "partnership_claimed",
        PartnershipUnclaimed = "partnership_unclaimed",
        ContactReleased = "contact_released",
        GrantRevoked = "grant_revoked",
        TeamShown = "team_shown",
        TeamChanged = "team_changed",
        ChangeProposed = "change_proposed",
        ChangeAccepted = "change_accepted",
        ChangeDeclined = "change_declined",
        ChangeWithdrawn = "change_withdrawn",
        ContractProposed = "contract_proposed",
        ContractAccepted = "contract_accepted",
        ContractDeclined = "contract_declined",
        ContractWithdrawn = "contract_withdrawn",
        ContractEnded = "contract_ended",
        TermsProposed = "terms_proposed",
        TermsAccepted = "terms_accepted",
        TermsDeclined = "terms_declined",
        TermsWithdrawn = "terms_withdrawn",
        BatchToConfirm = "batch_to_confirm",
        BatchCompleted = "batch_completed",
        BatchRejected = "batch_rejected",
        BatchCancelled = "batch_cancelled",
        ImportCompleted = "import_completed",
        ImportRejected = "import_rejected",
        ImportCancelled = "import_cancelled",
        ReprocessingCompleted = "reprocessing_completed",
        ReprocessingCancelled = "reprocessing_cancelled",
        InquiryOpened = "inquiry_opened",
        InquiryAccepted = "inquiry_accepted",
        InquiryDeclined = "inquiry_declined",
        InquiryWithdrawn = "inquiry_withdrawn",
        InquirySettled = "inquiry_settled",
        InquiryAcceptedBySilence = "inquiry_accepted_by_silence",
        InquiryDeclinedBySilence = "inquiry_declined_by_silence",
        AdjustmentProposed = "adjustment_proposed",
        AdjustmentApproved = "adjustment_approved",
        AdjustmentDeclined = "adjustment_declined",
        CodeGiven = "code_given",
        CodeTaken = "code_taken",
        CodeDeactivated = "code_deactivated",
        CodeActivated = "code_activated",
        AccountOwnerAssigned = "account_owner_assigned",
        AccountOwnerCleared = "account_owner_cleared",
        AccountOwnerLeft = "account_owner_left",
        WebhookDisabled = "webhook_disabled",
        KeyMade = "key_made",
        KeyRenewed = "key_renewed",
        KeyRevoked = "key_revoked",
        SignedInAs = "signed_in_as",
        CompanySuspended = "company_suspended",
        CompanyReactivated = "company_reactivated",
        OtherSuspended = "other_suspended",
        OtherDeactivated = "other_deactivated",
        OtherReactivated = "other_reactivated",
        MemberJoined = "member_joined",
        MemberLeft = "member_left",
        RoleChanged = "role_changed",
    }
}

crate::words! {
    /// What kind of thing it happened to.
    pub enum Thing as NotificationThing {
        Partnership = "partnership",
        PartnershipInvitation = "partnership_invitation",
        Contract = "contract",
        Reversal = "reversal",
        ActionImport = "action_import",
        Reprocessing = "reprocessing",
        Inquiry = "inquiry",
        Adjustment = "adjustment",
        ReferralCode = "referral_code",
        AccountOwner = "account_owner",
        WebhookEndpoint = "webhook_endpoint",
        ApiKey = "api_key",
        Company = "company",
        Membership = "membership",
        DelegatedSession = "delegated_session",
    }
}

/// A webhook endpoint, of which nothing but the id is known here.
#[derive(Debug)]
pub enum EndpointKey {}

impl crate::kernel::id::Kind for EndpointKey {
    const PREFIX: &'static str = "whe";
    const NAME: &'static str = "webhook endpoint";
}

impl Thing {
    /// An id as people see it: with the prefix of the kind of thing.
    pub fn shown(self, id: AnyId) -> String {
        fn of<K: crate::kernel::id::Kind>(id: AnyId) -> String {
            Id::<K>::from_uuid(id.uuid()).to_string()
        }
        match self {
            Self::Partnership => of::<PartnershipKey>(id),
            Self::PartnershipInvitation => of::<PartnershipInvitationKey>(id),
            Self::Contract => of::<ContractKey>(id),
            Self::Reversal => of::<ReversalKey>(id),
            Self::ActionImport => of::<ImportKey>(id),
            Self::Reprocessing => of::<ReprocessingKey>(id),
            Self::Inquiry => of::<InquiryKey>(id),
            Self::Adjustment => of::<AdjustmentKey>(id),
            Self::ReferralCode => of::<ReferralCodeKey>(id),
            Self::AccountOwner => of::<AccountOwnerKey>(id),
            Self::WebhookEndpoint => of::<EndpointKey>(id),
            Self::ApiKey => of::<ApiKeyKey>(id),
            Self::Company => of::<CompanyKey>(id),
            Self::Membership => of::<MembershipKey>(id),
            Self::DelegatedSession => of::<SessionKey>(id),
        }
    }
}

/// What one person is told of one event.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Counts up in the order in which people were told; what is told later has a higher one.
    pub number: i64,
    /// Who is told.
    pub user_id: UserId,
    /// In which of the person's companies.
    pub company_id: CompanyId,
    /// What it is about.
    pub kind: Kind,
    /// What happened.
    pub what: What,
    /// The event.
    pub event_id: EventId,
    /// What it happened to.
    pub object_id: AnyId,
    /// The other company that the event concerns.
    pub other_company_id: Option<CompanyId>,
    /// Whoever is less in the company does not see it.
    pub least_role: Role,
    /// Whether it is listed, or kept for the daily letter only.
    pub in_app: bool,
    /// When the person was told.
    pub created_at: Instant,
    /// When the person read it.
    pub read_at: Option<Instant>,
    /// When the daily letter is due that it belongs into, until that is written.
    pub digest_at: Option<Instant>,
}

impl Notification {
    /// Counts its changes from 1: it is read once.
    pub fn version(&self) -> i64 {
        if self.read_at.is_some() { 2 } else { 1 }
    }
}

/// How a person wants to be told of one kind, in one company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = notification_preferences, treat_none_as_default_value = false)]
pub struct Preference {
    /// The person.
    pub user_id: UserId,
    /// In which of the person's companies.
    pub company_id: CompanyId,
    /// Which kind.
    pub kind: Kind,
    /// Whether it is listed.
    pub in_app: bool,
    /// Whether letters come.
    pub email: Email,
}

/// One person in one company, as that person stands there now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Member {
    /// The person.
    pub user_id: UserId,
    /// The company.
    pub company_id: CompanyId,
    /// What the person may do there.
    pub role: Role,
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
}

/// A user's place on the team that manages a partnership for one side.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct TeamPlace {
    /// The user.
    pub user_id: UserId,
    /// The side.
    pub company_id: CompanyId,
    /// The partnership.
    pub partnership_id: PartnershipId,
    /// The two sides of it.
    pub sides: (CompanyId, CompanyId),
    /// Where the two stand.
    pub status: Status,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// Whose notifications a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// The person.
    pub user: UserId,
    /// In which company.
    pub company: CompanyId,
    /// What the person may do there now.
    pub role: Role,
}

/// Whom a thing is about, beside those of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct About {
    /// Who asked for it, or whom it names.
    pub asker: Option<Asker>,
    /// Who of the company looks after the other one.
    pub account_owner: Option<UserId>,
    /// Whether the one in question manages the partnership that it is of.
    pub on_team: bool,
}

/// Whoever asked for some work, which ends much later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// A person.
    Person(UserId),
    /// A key of the company.
    System,
}
