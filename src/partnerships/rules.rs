//! What may follow what between two companies.

use super::model::{Partnership, Status};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

/// Why a partnership stays as it is, or does not come to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The pair has a live one in this direction.
    #[error("these two companies already have an offered or active partnership in this direction")]
    Exists,
    /// It is no longer an offer.
    #[error("a partnership that is {0} can no longer be answered")]
    AlreadyAnswered(Status),
    /// Only what is over takes this.
    #[error("a partnership that is {0} is not over")]
    NotOver(Status),
    /// Only an active partnership takes this.
    #[error("a partnership that is {0} is not active")]
    NotActive(Status),
    /// Nobody agrees on anything new with a company that is suspended or deactivated.
    #[error("the other company takes no part at present")]
    NotTakingPart,
}

crate::refusal_codes!(Refusal {
    Exists => "partnership_exists",
    AlreadyAnswered(..) => "partnership_already_answered",
    NotOver(..) => "partnership_not_over",
    NotActive(..) => "partnership_not_active",
    NotTakingPart => "company_not_active",
});

/// The invited side says yes: `offered → active`.
pub fn accept(
    offered: &Partnership,
    comment: Option<String>,
    now: Instant,
) -> Result<Partnership, Refusal> {
    answered(offered, Status::Active, comment, now)
}

/// The invited side says no: `offered → declined`.
pub fn decline(
    offered: &Partnership,
    comment: String,
    now: Instant,
) -> Result<Partnership, Refusal> {
    answered(offered, Status::Declined, Some(comment), now)
}

/// The offering side takes its offer back: `offered → withdrawn`.
pub fn withdraw(offered: &Partnership, now: Instant) -> Result<Partnership, Refusal> {
    answered(offered, Status::Withdrawn, None, now)
}

/// Nobody has answered in time: `offered → expired`; nothing if there is time, or an answer.
pub fn expire(offered: &Partnership, now: Instant) -> Option<Partnership> {
    let expired = Partnership { status: Status::Expired, updated_at: now, ..offered.clone() };
    offered.is_overdue(now).then_some(expired)
}

/// Whether a side may put a partnership out of its sight.
pub fn hide(over: &Partnership) -> Result<(), Refusal> {
    if over.status.is_live() { Err(Refusal::NotOver(over.status)) } else { Ok(()) }
}

fn answered(
    offered: &Partnership,
    status: Status,
    comment: Option<String>,
    now: Instant,
) -> Result<Partnership, Refusal> {
    use Status::*;
    if offered.is_overdue(now) {
        // Nothing depends on the round that ends it being on time.
        return Err(Refusal::AlreadyAnswered(Expired));
    }
    match offered.status {
        Offered => Ok(Partnership {
            status,
            comment,
            answered_at: Some(now),
            updated_at: now,
            ..offered.clone()
        }),
        status @ (Active | Declined | Withdrawn | Expired | Ended) => {
            Err(Refusal::AlreadyAnswered(status))
        }
    }
}

/// Either side has had enough: `active → ended`, at once.
pub fn end(
    active: &Partnership,
    by: CompanyId,
    reason: String,
    now: Instant,
) -> Result<Partnership, Refusal> {
    use Status::*;
    match active.status {
        Active => Ok(Partnership {
            status: Ended,
            end_reason: Some(reason),
            ended_by_company_id: Some(by),
            ended_at: Some(now),
            updated_at: now,
            // What was still proposed is cancelled with it.
            open_changes: 0,
            ..active.clone()
        }),
        status @ (Offered | Declined | Withdrawn | Expired | Ended) => {
            Err(Refusal::NotActive(status))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::PartnershipId;

    fn at(second: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
    }

    /// A partnership in a state, whose offer expires ten seconds after it was made.
    fn standing(status: Status) -> Partnership {
        let (partner, client) = (CompanyId::new(), CompanyId::new());
        Partnership {
            id: PartnershipId::new(),
            partner_company_id: partner,
            client_company_id: client,
            offered_by_company_id: partner,
            status,
            message: "hello".into(),
            comment: None,
            end_reason: None,
            ended_by_company_id: None,
            version: 1,
            created_at: at(0),
            answered_at: None,
            ended_at: None,
            updated_at: at(0),
            expires_at: Some(at(10)),
            description: None,
            open_changes: 1,
        }
    }

    #[test]
    fn only_an_offer_is_answered() {
        for status in Status::ALL.iter().copied() {
            let row = standing(status);
            let answers = [
                accept(&row, None, at(1)).map(|after| after.status),
                decline(&row, "no".into(), at(1)).map(|after| after.status),
                withdraw(&row, at(1)).map(|after| after.status),
            ];
            let expected = match status {
                Status::Offered => [Status::Active, Status::Declined, Status::Withdrawn].map(Ok),
                other => [(); 3].map(|()| Err(Refusal::AlreadyAnswered(other))),
            };
            assert_eq!(answers, expected, "{status}");
        }
    }

    #[test]
    fn only_an_active_one_ends_and_says_why_by_whom_and_when() {
        for status in Status::ALL.iter().copied() {
            let row = standing(status);
            let by = row.client_company_id;
            let ended = end(&row, by, "enough".into(), at(2));
            if status == Status::Active {
                let ended = ended.unwrap();
                assert_eq!(ended.status, Status::Ended);
                assert_eq!(ended.ended_by_company_id, Some(by));
                assert_eq!(ended.end_reason.as_deref(), Some("enough"));
                assert_eq!((ended.ended_at, ended.open_changes), (Some(at(2)), 0));
            } else {
                assert_eq!(ended, Err(Refusal::NotActive(status)));
            }
        }
    }

    #[test]
    fn an_offer_expires_when_its_time_is_over_and_is_answered_before() {
        for status in Status::ALL.iter().copied() {
            let row = standing(status);
            assert_eq!(expire(&row, at(9)), None, "{status}");
            let late = [
                accept(&row, None, at(10)).map(drop),
                decline(&row, "no".into(), at(10)).map(drop),
                withdraw(&row, at(10)).map(drop),
            ];
            let (expired, told) = match status {
                Status::Offered => (Some(Status::Expired), Status::Expired),
                other => (None, other),
            };
            assert_eq!(expire(&row, at(10)).map(|after| after.status), expired, "{status}");
            assert_eq!(late, [(); 3].map(|()| Err(Refusal::AlreadyAnswered(told))), "{status}");
            let forever = Partnership { expires_at: None, ..row };
            assert_eq!(expire(&forever, at(1_000_000)), None, "{status}");
        }
    }

    #[test]
    fn only_what_is_over_is_hidden() {
        for status in Status::ALL.iter().copied() {
            let row = standing(status);
            let live = matches!(status, Status::Offered | Status::Active);
            let expected = if live { Err(Refusal::NotOver(status)) } else { Ok(()) };
            assert_eq!(hide(&row), expected, "{status}");
        }
    }
}
