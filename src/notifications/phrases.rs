//! The words of a notification, made when somebody reads it.

use super::model::{Kind, What};

/// What happened, in a sentence. `other` is the name of the other company, as the reader knows it.
#[expect(clippy::too_many_lines, reason = "one table")]
pub fn title(what: What, other: Option<&str>) -> String {
    let other = other.unwrap_or("Another company");
    let begins = |rest: &str| format!("{other} {rest}");
    let silence = |what, came| format!("Nobody answered {what} in time, so it {came} ({other})");
    match what {
        What::PartnershipOffered => begins("offers your company a partnership"),
        What::PartnershipAccepted => begins("has accepted the partnership that you offered"),
        What::PartnershipDeclined => begins("has declined the partnership that you offered"),
        What::PartnershipWithdrawn => begins("has taken its offer of a partnership back"),
        What::PartnershipExpired => silence("an offer of a partnership", "has expired"),
        What::ChangeProposed => begins("proposes to change your partnership"),
        What::ChangeAccepted => begins("has accepted the change of your partnership or part of it"),
        What::ChangeDeclined => begins("has declined the change of your partnership"),
        What::ChangeWithdrawn => begins("has taken a proposed change of your partnership back"),
        What::ContactReleased => begins("has released a contact of your partnership, who has left"),
        What::GrantRevoked => begins("has taken back what it let your company do"),
        What::TeamShown => begins("shows your company who manages your partnership"),
        What::TeamChanged => begins("has changed who manages your partnership"),
        What::PartnershipEnded => begins("has ended the partnership with your company"),
        What::PartnershipClaimed => {
            begins("has received the partnership that you offered by a letter")
        }
        What::PartnershipUnclaimed => {
            "Nobody received a partnership that your company offered by a letter, so it has expired"
                .into()
        }
        What::ContractProposed => begins("proposes a contract"),
        What::ContractAccepted => begins("has accepted the contract that you proposed"),
        What::ContractDeclined => begins("has declined the contract that you proposed"),
        What::ContractWithdrawn => begins("has taken a proposed contract back"),
        What::ContractEnded => begins("has ended a contract with your company"),
        What::TermsProposed => begins("proposes other terms for a contract"),
        What::TermsAccepted => begins("has accepted the terms that you proposed"),
        What::TermsDeclined => begins("has declined the terms that you proposed"),
        What::TermsWithdrawn => begins("has taken proposed terms back"),
        What::BatchToConfirm => {
            "A batch is beyond the guard of a program, and waits for somebody to confirm it".into()
        }
        What::BatchCompleted => "A batch is done: every line has its result".into(),
        What::BatchRejected => "A batch was rejected".into(),
        What::BatchCancelled => "A batch was stopped".into(),
        What::ImportCompleted => "An import is done: every line has its result".into(),
        What::ImportRejected => "An import was rejected".into(),
        What::ImportCancelled => "An import was stopped".into(),
        What::ReprocessingCompleted => "A reprocessing is done: every action has its result".into(),
        What::ReprocessingCancelled => "A reprocessing was stopped".into(),
        What::InquiryOpened => begins("has opened an inquiry, which waits for your answer"),
        What::InquiryAccepted => begins("has accepted an inquiry of your company"),
        What::InquiryDeclined => begins("has declined an inquiry of your company"),
        What::InquiryAcceptedBySilence => silence("an inquiry", "was accepted"),
        What::InquiryDeclinedBySilence => silence("an inquiry", "was declined"),
        What::InquiryWithdrawn => begins("has taken an inquiry back"),
        What::InquirySettled => {
            begins("has settled what it proposed for an inquiry of your company")
        }
        What::AdjustmentApproved => "An adjustment that you proposed was approved".into(),
        What::AdjustmentDeclined => "An adjustment that you proposed was declined".into(),
        What::AdjustmentProposed => "An adjustment waits for a second person to approve it".into(),
        What::CodeGiven => begins("has given your company a coupon code"),
        What::CodeTaken => begins("has given a coupon code of your company to somebody else"),
        What::CodeDeactivated => begins("has deactivated a coupon code of your company"),
        What::CodeActivated => begins("has activated a coupon code of your company again"),
        What::AccountOwnerAssigned => format!("You are the account owner of {other}"),
        What::AccountOwnerCleared => format!("You are no longer the account owner of {other}"),
        What::AccountOwnerLeft => {
            begins("has no account owner any more, because that one left your company")
        }
        What::WebhookDisabled => "A webhook endpoint was disabled".into(),
        What::KeyMade => "An API key was made".into(),
        What::KeyRenewed => "An API key has a new secret".into(),
        What::KeyRevoked => "An API key was revoked".into(),
        What::SignedInAs => begins("has signed in as your company"),
        What::CompanySuspended => "Your company was suspended: it can only read".into(),
        What::CompanyReactivated => "Your company takes part again".into(),
        What::OtherSuspended => begins("was suspended: it agrees on nothing new for now"),
        What::OtherDeactivated => begins("was deactivated"),
        What::OtherReactivated => begins("takes part again"),
        What::MemberJoined => "Somebody has joined your company".into(),
        What::MemberLeft => "Somebody no longer belongs to your company".into(),
        What::RoleChanged => "You have another role in your company".into(),
    }
}

/// What letters of a kind are about, for whoever ends them.
pub fn about(kind: Kind) -> &'static str {
    match kind {
        Kind::PartnershipOffer => "partnerships that are offered to your company",
        Kind::PartnershipAnswer => "what becomes of partnerships",
        Kind::PartnershipChange => "changes that are proposed to partnerships of your company",
        Kind::ContractProposal => "contracts and terms that are proposed to your company",
        Kind::ContractAnswer => "what becomes of contracts",
        Kind::BatchToConfirm => "batches that wait to be confirmed",
        Kind::BatchDone => "batches that have ended",
        Kind::ImportDone => "imports that have ended",
        Kind::ReprocessingDone => "reprocessings that have ended",
        Kind::InquiryOpened => "inquiries to be answered",
        Kind::InquiryAnswered => "answers to inquiries",
        Kind::AdjustmentToApprove => "adjustments to be approved",
        Kind::AdjustmentAnswered => "answers to proposed adjustments",
        Kind::CodeChanges => "changes of your coupon codes",
        Kind::AccountOwner => "companies that you look after, or nobody does any more",
        Kind::WebhookDisabled => "webhook endpoints that were disabled",
        Kind::Members => "who joins and leaves your company, and your own role in it",
        Kind::Security => {
            "keys that were made, renewed or revoked, and who signed in as your company"
        }
        Kind::CompanyStatus => "companies that were suspended, are gone, or take part again",
    }
}
