//! Which events concern whom, what is usual, and when the daily letter is due.

use jiff::SignedDuration;

use super::model::{About, Asker, Email, Kind, Preference, TeamPlace, Thing, What};
use crate::events::kinds::EventKind;
use crate::events::model::{AnyId, any};
use crate::kernel::id::{CompanyId, UserId};
use crate::kernel::time::{Instant, Zone};
use crate::partnerships::model::Status;
use crate::users::model::Role;

/// How long a notification is kept, read or not.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Unread ones are counted up to here.
pub const MOST_COUNTED: usize = 100;
/// The hour of the day at which the daily letter is due.
pub const DIGEST_HOUR: i8 = 7;
/// The most notifications that a daily letter tells one by one.
pub const MOST_IN_A_DIGEST: i64 = 50;

/// Which of the two companies that an event may concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The company it happened in.
    Own,
    /// The other one that it is shared with.
    Other,
}

/// Who of a company is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Everybody of at least this role.
    AtLeast(Role),
    /// The same, and whoever looks after the other company, whatever that one's role.
    AndAccountOwner(Role),
    /// The person whom it names.
    Named,
    /// Who asked for the work; if that was a key, whoever may stop such work for others.
    Asker,
}

/// Who is told what of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telling {
    /// What happened.
    pub what: What,
    /// In which company people are told.
    pub side: Side,
    /// Who of it.
    pub audience: Audience,
    /// Whether an event says who did it only because its work was asked for by that person: the end of
    /// a batch is nobody's deed.
    pub even_the_doer: bool,
}

/// What the same event means something else by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A person or a key did it, and it is the first that happened to the thing.
    First,
    /// The same to a thing that was there before.
    Later,
    /// Neither a person nor a key did it.
    BySystem,
}

/// What an event means to people; nothing where nobody is told.
pub fn told(event: EventKind, how: How) -> Vec<Telling> {
    use What::*;
    let Some(what) = what(event, how) else { return Vec::new() };
    let to = |side, audience| Telling { what, side, audience, even_the_doer: false };
    match what {
        PartnershipOffered | PartnershipAccepted | PartnershipDeclined | PartnershipWithdrawn
        | PartnershipEnded | PartnershipClaimed | ContactReleased | GrantRevoked | TeamShown
        | TeamChanged | ChangeProposed | ChangeAccepted | ChangeDeclined | ChangeWithdrawn
        | ContractProposed | ContractAccepted | ContractDeclined | ContractWithdrawn
        | ContractEnded | TermsProposed | TermsAccepted | TermsDeclined | TermsWithdrawn
        | InquiryOpened | InquiryWithdrawn => {
            vec![to(Side::Other, Audience::AndAccountOwner(Role::Manager))]
        }
        PartnershipExpired => {
            let keepers = Audience::AndAccountOwner(Role::Manager);
            vec![to(Side::Own, keepers), to(Side::Other, keepers)]
        }
        CodeGiven | CodeTaken | CodeDeactivated | CodeActivated => {
            vec![to(Side::Other, Audience::AtLeast(Role::Manager))]
        }
        AccountOwnerAssigned | AccountOwnerCleared => vec![to(Side::Own, Audience::Named)],
        AccountOwnerLeft => vec![to(Side::Own, Audience::AtLeast(Role::Manager))],
        InquiryAccepted | InquiryDeclined | InquirySettled => {
            vec![to(Side::Other, Audience::Asker)]
        }
        InquiryAcceptedBySilence | InquiryDeclinedBySilence => {
            let own = to(Side::Own, Audience::AndAccountOwner(Role::Manager));
            vec![to(Side::Other, Audience::Asker), own]
        }
        // The other side is whoever has submitted it for the brand, if it was not the brand.
        BatchCompleted | BatchRejected => {
            let end = |side| Telling { even_the_doer: true, ..to(side, Audience::Asker) };
            vec![end(Side::Own), end(Side::Other)]
        }
        BatchCancelled => vec![to(Side::Own, Audience::Asker), to(Side::Other, Audience::Asker)],
        ImportCompleted | ImportRejected | ReprocessingCompleted => {
            vec![Telling { even_the_doer: true, ..to(Side::Own, Audience::Asker) }]
        }
        ImportCancelled | ReprocessingCancelled | AdjustmentApproved | AdjustmentDeclined => {
            vec![to(Side::Own, Audience::Asker)]
        }
        // Whoever submitted it may be the one who confirms it, and may be a key.
        BatchToConfirm => {
            let to = to(Side::Own, Audience::AtLeast(Role::Member));
            vec![Telling { even_the_doer: true, ..to }]
        }
        PartnershipUnclaimed | AdjustmentProposed | OtherSuspended | OtherDeactivated
        | OtherReactivated => {
            vec![to(Side::Own, Audience::AtLeast(Role::Manager))]
        }
        RoleChanged => vec![to(Side::Own, Audience::Named)],
        SignedInAs => vec![to(Side::Other, Audience::AtLeast(Role::Admin))],
        WebhookDisabled | KeyMade | KeyRenewed | KeyRevoked | CompanySuspended
        | CompanyReactivated | MemberJoined | MemberLeft => {
            vec![to(Side::Own, Audience::AtLeast(Role::Admin))]
        }
    }
}

/// The events that people are told of. What happens to single actions is not among them, nor what a
/// batch does line by line: the end of the batch is.
const TOLD: &[(EventKind, What)] = &[
    (EventKind::PartnershipOffered, What::PartnershipOffered),
    (EventKind::PartnershipAccepted, What::PartnershipAccepted),
    (EventKind::PartnershipDeclined, What::PartnershipDeclined),
    (EventKind::PartnershipWithdrawn, What::PartnershipWithdrawn),
    (EventKind::PartnershipExpired, What::PartnershipExpired),
    (EventKind::PartnershipEnded, What::PartnershipEnded),
    (EventKind::PartnershipInvitationClaimed, What::PartnershipClaimed),
    (EventKind::PartnershipInvitationExpired, What::PartnershipUnclaimed),
    (EventKind::PartnershipContactReleased, What::ContactReleased),
    (EventKind::PartnershipGrantRevoked, What::GrantRevoked),
    (EventKind::PartnershipTeamShown, What::TeamShown),
    (EventKind::PartnershipTeamChanged, What::TeamChanged),
    (EventKind::PartnershipChangeProposed, What::ChangeProposed),
    (EventKind::PartnershipChangeAccepted, What::ChangeAccepted),
    (EventKind::PartnershipChangeDeclined, What::ChangeDeclined),
    (EventKind::PartnershipChangeWithdrawn, What::ChangeWithdrawn),
    (EventKind::ContractProposed, What::ContractProposed),
    (EventKind::ContractAccepted, What::ContractAccepted),
    (EventKind::ContractDeclined, What::ContractDeclined),
    (EventKind::ContractWithdrawn, What::ContractWithdrawn),
    (EventKind::ContractEnded, What::ContractEnded),
    (EventKind::ContractVersionProposed, What::TermsProposed),
    (EventKind::ContractVersionAccepted, What::TermsAccepted),
    (EventKind::ContractVersionDeclined, What::TermsDeclined),
    (EventKind::ContractVersionWithdrawn, What::TermsWithdrawn),
    (EventKind::ReversalNeedsConfirmation, What::BatchToConfirm),
    (EventKind::ReversalCompleted, What::BatchCompleted),
    (EventKind::ReversalRejected, What::BatchRejected),
    (EventKind::ReversalCancelled, What::BatchCancelled),
    (EventKind::ActionImportCompleted, What::ImportCompleted),
    (EventKind::ActionImportRejected, What::ImportRejected),
    (EventKind::ActionImportCancelled, What::ImportCancelled),
    (EventKind::ReprocessingCompleted, What::ReprocessingCompleted),
    (EventKind::ReprocessingCancelled, What::ReprocessingCancelled),
    (EventKind::InquiryOpened, What::InquiryOpened),
    (EventKind::InquiryAccepted, What::InquiryAccepted),
    (EventKind::InquiryDeclined, What::InquiryDeclined),
    (EventKind::InquiryWithdrawn, What::InquiryWithdrawn),
    (EventKind::InquirySettled, What::InquirySettled),
    (EventKind::AdjustmentProposed, What::AdjustmentProposed),
    (EventKind::AdjustmentCreated, What::AdjustmentApproved),
    (EventKind::AdjustmentDeclined, What::AdjustmentDeclined),
    (EventKind::ReferralCodeCreated, What::CodeGiven),
    (EventKind::ReferralCodeAssigned, What::CodeGiven),
    (EventKind::ReferralCodeWithdrawn, What::CodeTaken),
    (EventKind::ReferralCodeDeactivated, What::CodeDeactivated),
    (EventKind::ReferralCodeActivated, What::CodeActivated),
    (EventKind::AccountOwnerAssigned, What::AccountOwnerAssigned),
    (EventKind::AccountOwnerCleared, What::AccountOwnerCleared),
    (EventKind::WebhookEndpointDisabled, What::WebhookDisabled),
    (EventKind::ApiKeyCreated, What::KeyMade),
    (EventKind::ApiKeySecretRotated, What::KeyRenewed),
    (EventKind::ApiKeyRevoked, What::KeyRevoked),
    (EventKind::DelegatedSessionStarted, What::SignedInAs),
    // In a company that is deactivated there is nobody to be told.
    (EventKind::CompanySuspended, What::CompanySuspended),
    (EventKind::CompanyReactivated, What::CompanyReactivated),
    (EventKind::CompanyOtherSuspended, What::OtherSuspended),
    (EventKind::CompanyOtherDeactivated, What::OtherDeactivated),
    (EventKind::CompanyOtherReactivated, What::OtherReactivated),
    (EventKind::MembershipCreated, What::MemberJoined),
    (EventKind::MembershipRemoved, What::MemberLeft),
    (EventKind::MembershipRoleChanged, What::RoleChanged),
];

/// The types of these events.
pub fn kinds_told() -> Vec<&'static str> {
    TOLD.iter().map(|(kind, _)| kind.as_str()).collect()
}

/// What an event is to people.
fn what(event: EventKind, how: How) -> Option<What> {
    let (_, what) = TOLD.iter().find(|(kind, _)| *kind == event)?;
    match (*what, how) {
        (What::InquiryAccepted, How::BySystem) => Some(What::InquiryAcceptedBySilence),
        (What::InquiryDeclined, How::BySystem) => Some(What::InquiryDeclinedBySilence),
        (What::AccountOwnerCleared, How::BySystem) => Some(What::AccountOwnerLeft),
        // One that nobody proposed was asked for by whoever made it.
        (What::AdjustmentApproved, How::First | How::BySystem) => None,
        (what, _) => Some(what),
    }
}

/// What people choose by.
pub fn kind(what: What) -> Kind {
    use What::*;
    match what {
        PartnershipOffered => Kind::PartnershipOffer,
        PartnershipAccepted | PartnershipDeclined | PartnershipWithdrawn | PartnershipExpired
        | PartnershipEnded | PartnershipClaimed | PartnershipUnclaimed | ContactReleased
        | GrantRevoked | TeamShown | TeamChanged | ChangeAccepted | ChangeDeclined
        | ChangeWithdrawn => Kind::PartnershipAnswer,
        ChangeProposed => Kind::PartnershipChange,
        ContractProposed | TermsProposed => Kind::ContractProposal,
        ContractAccepted | ContractDeclined | ContractWithdrawn | ContractEnded | TermsAccepted
        | TermsDeclined | TermsWithdrawn => Kind::ContractAnswer,
        BatchToConfirm => Kind::BatchToConfirm,
        BatchCompleted | BatchRejected | BatchCancelled => Kind::BatchDone,
        ImportCompleted | ImportRejected | ImportCancelled => Kind::ImportDone,
        ReprocessingCompleted | ReprocessingCancelled => Kind::ReprocessingDone,
        InquiryOpened | InquiryWithdrawn => Kind::InquiryOpened,
        InquiryAccepted
        | InquiryDeclined
        | InquirySettled
        | InquiryAcceptedBySilence
        | InquiryDeclinedBySilence => Kind::InquiryAnswered,
        AdjustmentProposed => Kind::AdjustmentToApprove,
        AdjustmentApproved | AdjustmentDeclined => Kind::AdjustmentAnswered,
        CodeGiven | CodeTaken | CodeDeactivated | CodeActivated => Kind::CodeChanges,
        AccountOwnerAssigned | AccountOwnerCleared | AccountOwnerLeft => Kind::AccountOwner,
        WebhookDisabled => Kind::WebhookDisabled,
        KeyMade | KeyRenewed | KeyRevoked | SignedInAs => Kind::Security,
        CompanySuspended | CompanyReactivated | OtherSuspended | OtherDeactivated
        | OtherReactivated => Kind::CompanyStatus,
        MemberJoined | MemberLeft | RoleChanged => Kind::Members,
    }
}

/// What kind of thing it happened to.
pub fn object(what: What) -> Thing {
    use What::*;
    match what {
        PartnershipOffered | PartnershipAccepted | PartnershipDeclined | PartnershipWithdrawn
        | PartnershipExpired | PartnershipEnded | ContactReleased | GrantRevoked | TeamShown
        | TeamChanged | ChangeProposed | ChangeAccepted | ChangeDeclined | ChangeWithdrawn => {
            Thing::Partnership
        }
        PartnershipClaimed | PartnershipUnclaimed => Thing::PartnershipInvitation,
        ContractProposed | ContractAccepted | ContractDeclined | ContractWithdrawn
        | ContractEnded | TermsProposed | TermsAccepted | TermsDeclined | TermsWithdrawn => {
            Thing::Contract
        }
        BatchToConfirm | BatchCompleted | BatchRejected | BatchCancelled => Thing::Reversal,
        ImportCompleted | ImportRejected | ImportCancelled => Thing::ActionImport,
        ReprocessingCompleted | ReprocessingCancelled => Thing::Reprocessing,
        InquiryOpened
        | InquiryAccepted
        | InquiryDeclined
        | InquiryWithdrawn
        | InquirySettled
        | InquiryAcceptedBySilence
        | InquiryDeclinedBySilence => Thing::Inquiry,
        AdjustmentProposed | AdjustmentApproved | AdjustmentDeclined => Thing::Adjustment,
        CodeGiven | CodeTaken | CodeDeactivated | CodeActivated => Thing::ReferralCode,
        AccountOwnerAssigned | AccountOwnerCleared | AccountOwnerLeft => Thing::AccountOwner,
        WebhookDisabled => Thing::WebhookEndpoint,
        KeyMade | KeyRenewed | KeyRevoked => Thing::ApiKey,
        CompanySuspended | CompanyReactivated | OtherSuspended | OtherDeactivated
        | OtherReactivated => Thing::Company,
        MemberJoined | MemberLeft | RoleChanged => Thing::Membership,
        SignedInAs => Thing::DelegatedSession,
    }
}

/// Whether those who manage a partnership are told of it, whatever their role: what happens to the
/// partnership, and to contracts and inquiries between its two sides.
pub fn is_for_teams(what: What) -> bool {
    match object(what) {
        Thing::Partnership | Thing::Contract | Thing::Inquiry => true,
        Thing::PartnershipInvitation
        | Thing::Reversal
        | Thing::ActionImport
        | Thing::Reprocessing
        | Thing::Adjustment
        | Thing::ReferralCode
        | Thing::AccountOwner
        | Thing::WebhookEndpoint
        | Thing::ApiKey
        | Thing::Company
        | Thing::Membership
        | Thing::DelegatedSession => false,
    }
}

/// Whether something that happened between two companies is the business of whoever has this place on
/// a team of the first of them.
pub fn is_of_team(
    place: &TeamPlace,
    what: What,
    (company, other): (CompanyId, Option<CompanyId>),
    (thing, at): (AnyId, Instant),
) -> bool {
    if !is_for_teams(what) || place.company_id != company {
        return false;
    }
    if object(what) == Thing::Partnership {
        return any(place.partnership_id) == thing;
    }
    let (one, another) = place.sides;
    let between = other.is_some_and(|other| other == one || other == another);
    // What ends with a partnership is told after it.
    let then = place.ended_at.is_some_and(|ended| at <= ended);
    between && (place.status == Status::Active || (place.status == Status::Ended && then))
}

/// Whether a person of the company is told, and the least role that still sees it later. Whoever
/// asked for something, looks after the other company, or manages the partnership sees it as long as
/// he belongs to his own.
pub fn concerns(audience: Audience, about: About, (user, role): (UserId, Role)) -> Option<Role> {
    let least = |least: Role| (role >= least).then_some(least);
    if about.on_team {
        return Some(Role::Viewer);
    }
    match (audience, about.asker) {
        (Audience::AtLeast(lowest), _) => least(lowest),
        (Audience::AndAccountOwner(_), _) if about.account_owner == Some(user) => {
            Some(Role::Viewer)
        }
        (Audience::AndAccountOwner(lowest), _) => least(lowest),
        (Audience::Asker | Audience::Named, Some(Asker::Person(person))) => {
            (person == user).then_some(Role::Viewer)
        }
        (Audience::Asker, Some(Asker::System)) => least(Role::Manager),
        (Audience::Named, Some(Asker::System)) => None,
        (Audience::Asker | Audience::Named, None) => None,
    }
}

/// How somebody wants to be told of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Whether it is listed.
    pub in_app: bool,
    /// Whether letters come.
    pub email: Email,
}

/// What counts for whoever has chosen nothing: what waits for an answer or says that something is
/// wrong is told by a letter at once, everything else in the daily letter, unless it was read by then.
pub fn usual(kind: Kind) -> Choice {
    let email = match kind {
        Kind::PartnershipOffer
        | Kind::PartnershipChange
        | Kind::ContractProposal
        | Kind::BatchToConfirm
        | Kind::InquiryOpened
        | Kind::AdjustmentToApprove
        | Kind::WebhookDisabled
        | Kind::Members
        | Kind::Security
        | Kind::CompanyStatus => Email::AtOnce,
        Kind::PartnershipAnswer
        | Kind::ContractAnswer
        | Kind::BatchDone
        | Kind::ImportDone
        | Kind::ReprocessingDone
        | Kind::InquiryAnswered
        | Kind::AdjustmentAnswered
        | Kind::CodeChanges
        | Kind::AccountOwner => Email::Daily,
    };
    Choice { in_app: true, email }
}

/// Whether a kind is always listed, and its letters end by no link: whoever gets into a mailbox does
/// not silence what would give him away.
pub fn is_essential(kind: Kind) -> bool {
    match kind {
        Kind::Security => true,
        Kind::PartnershipOffer
        | Kind::PartnershipAnswer
        | Kind::PartnershipChange
        | Kind::ContractProposal
        | Kind::ContractAnswer
        | Kind::BatchToConfirm
        | Kind::BatchDone
        | Kind::ImportDone
        | Kind::ReprocessingDone
        | Kind::InquiryOpened
        | Kind::InquiryAnswered
        | Kind::AdjustmentToApprove
        | Kind::AdjustmentAnswered
        | Kind::CodeChanges
        | Kind::AccountOwner
        | Kind::Members
        | Kind::WebhookDisabled
        | Kind::CompanyStatus => false,
    }
}

/// What counts for a kind, by what one person has chosen in one company.
pub fn choice(kind: Kind, chosen: &[Preference]) -> Choice {
    let own = chosen.iter().find(|preference| preference.kind == kind);
    own.map_or(usual(kind), |own| Choice { in_app: own.in_app, email: own.email })
}

/// The kinds that the daily letter tells of.
pub fn daily(chosen: &[Preference]) -> Vec<Kind> {
    let all = Kind::ALL.iter().copied();
    all.filter(|kind| choice(*kind, chosen).email == Email::Daily).collect()
}

/// Which letters a person wants no more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Those at once, of one kind.
    Of(Kind),
    /// The daily one.
    Daily,
}

/// The kinds of which letters end, where somebody wants no more of these. One that is essential goes on.
pub fn ending(letters: Letters, chosen: &[Preference]) -> Vec<Kind> {
    let mut kinds = match letters {
        Letters::Of(kind) => vec![kind],
        Letters::Daily => daily(chosen),
    };
    kinds.retain(|kind| !is_essential(*kind) && choice(*kind, chosen).email != Email::Off);
    kinds
}

/// The number after the last one: the moment, or the next one if that has been reached already. So
/// numbers go up even if clocks go back and all that was told before is gone.
pub fn next_number(last: Option<i64>, now: Instant) -> i64 {
    last.map_or(now.micros(), |last| now.micros().max(last.saturating_add(1)))
}

/// When the daily letter is due that tells of what happens now.
pub fn next_digest(now: Instant, zone: &Zone) -> Instant {
    let rules = zone.rules();
    let due = |days: i64| {
        let today = now.timestamp().to_zoned(rules.clone()).date();
        let day = today.saturating_add(jiff::Span::new().days(days));
        let at = day.at(DIGEST_HOUR, 0, 0, 0).to_zoned(rules.clone());
        at.map_or(now, |at| at.timestamp().into())
    };
    let today = due(0);
    if now < today { today } else { due(1) }
}

/// The roles that see what is meant for a role at least: all up to one's own.
pub fn seen_by(role: Role) -> Vec<Role> {
    Role::ALL.iter().copied().filter(|least| *least <= role).collect()
}

#[cfg(test)]
mod tests;
