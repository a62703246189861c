//! What may follow what between two companies.

use super::model::{Partnership, Status};
use crate::error::Decision;
use crate::kernel::id::{CompanyId, PartnershipId};
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

/// An offer of `own`, one of the two sides, that waits for its answer until `until`.
pub fn offer(
    id: PartnershipId,
    (partner, client): (CompanyId, CompanyId),
    own: CompanyId,
    message: String,
    (now, until): (Instant, Instant),
) -> Partnership {
    Partnership {
        id,
        partner_company_id: partner,
        client_company_id: client,
        offered_by_company_id: own,
        status: Status::Offered,
        message,
        comment: None,
        end_reason: None,
        ended_by_company_id: None,
        version: 1,
        created_at: now,
        answered_at: None,
        ended_at: None,
        updated_at: now,
        expires_at: Some(until),
        description: None,
        open_changes: 0,
        partner_answers: i64::from(own == client),
        client_answers: i64::from(own == partner),
        partner_team_visible: false,
        client_team_visible: false,
    }
}

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
    let expired = Partnership {
        status: Status::Expired,
        updated_at: now,
        partner_answers: 0,
        client_answers: 0,
        ..offered.clone()
    };
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
            partner_answers: 0,
            client_answers: 0,
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
            partner_answers: 0,
            client_answers: 0,
            ..active.clone()
        }),
        status @ (Offered | Declined | Withdrawn | Expired | Ended) => {
            Err(Refusal::NotActive(status))
        }
    }
}

/// A side proposes a change: it waits for the other one.
pub fn ask(on: &Partnership, by: CompanyId, now: Instant) -> Partnership {
    waiting(on, (by, 1), now)
}

/// A change of a side waits no longer.
pub fn settle(on: &Partnership, by: CompanyId, now: Instant) -> Partnership {
    waiting(on, (by, -1), now)
}

fn waiting(on: &Partnership, (by, more): (CompanyId, i64), now: Instant) -> Partnership {
    let count = |there: i64, more: i64| there.saturating_add(more).max(0);
    let (of_partner, of_client) = if by == on.partner_company_id { (0, more) } else { (more, 0) };
    Partnership {
        open_changes: count(on.open_changes, more),
        partner_answers: count(on.partner_answers, of_partner),
        client_answers: count(on.client_answers, of_client),
        updated_at: now,
        ..on.clone()
    }
}

/// What has become of an offer, by whom and when: what whoever comes too late is told. Nothing while it
/// waits for its answer.
pub fn decision(row: &Partnership, now: Instant) -> Option<Decision> {
    use Status::*;
    let status = if row.is_overdue(now) { Expired } else { row.status };
    let (by, at) = match status {
        Offered => return None,
        Active | Declined => (Some(row.invited_company()), row.answered_at),
        Withdrawn => (Some(row.offered_by_company_id), row.answered_at),
        Expired => (None, row.expires_at),
        Ended => (row.ended_by_company_id, row.ended_at),
    };
    Some(Decision { status: status.as_str(), by, at })
}

/// Whether a side shows the other one, from now on, who manages the partnership; nothing if it does so
/// already, or does not.
pub fn show_team(
    on: &Partnership,
    (by, visible): (CompanyId, bool),
    now: Instant,
) -> Result<Option<Partnership>, Refusal> {
    if !on.status.is_live() {
        return Err(Refusal::NotActive(on.status));
    }
    let mut after = Partnership { updated_at: now, ..on.clone() };
    if by == on.partner_company_id {
        after.partner_team_visible = visible;
    } else {
        after.client_team_visible = visible;
    }
    Ok((on.team_is_visible(by) != visible).then_some(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Instant {
        Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
    }

    fn standing(status: Status) -> Partnership {
        Partnership::standing(status)
    }

    #[test]
    fn whoever_is_asked_has_the_turn_until_that_is_settled() {
        let on = standing(Status::Active);
        let (partner, client) = (on.partner_company_id, on.client_company_id);
        let both = ask(&on, client, at(1));
        assert_eq!(
            (both.answers_of(partner), both.answers_of(client), both.open_changes),
            (1, 1, 2)
        );
        assert_eq!(both.updated_at, at(1));
        let one = settle(&both, partner, at(2));
        assert_eq!((one.answers_of(partner), one.answers_of(client), one.open_changes), (1, 0, 1));
        let none = settle(&one, client, at(3));
        assert_eq!(
            (none.answers_of(partner), none.answers_of(client), none.open_changes),
            (0, 0, 0)
        );
        let ended = end(&both, client, "enough".into(), at(4)).unwrap();
        assert_eq!((ended.partner_answers, ended.client_answers), (0, 0));
    }

    #[test]
    fn whoever_comes_too_late_learns_who_decided_what_and_when() {
        let offered = standing(Status::Offered);
        let (partner, client) = (offered.partner_company_id, offered.client_company_id);
        let decided = |row: &Partnership| {
            let told = decision(row, at(5)).unwrap();
            (told.status, told.by, told.at)
        };
        assert_eq!(decision(&offered, at(5)), None);
        let active = accept(&offered, None, at(1)).unwrap();
        assert_eq!(decided(&active), ("active", Some(client), Some(at(1))));
        let declined = decline(&offered, "no".into(), at(2)).unwrap();
        assert_eq!(decided(&declined), ("declined", Some(client), Some(at(2))));
        let withdrawn = withdraw(&offered, at(3)).unwrap();
        assert_eq!(decided(&withdrawn), ("withdrawn", Some(partner), Some(at(3))));
        let ended = end(&active, partner, "enough".into(), at(4)).unwrap();
        assert_eq!(decided(&ended), ("ended", Some(partner), Some(at(4))));
        let late = decision(&offered, at(10));
        assert_eq!(late, Some(Decision { status: "expired", by: None, at: Some(at(10)) }));
    }

    #[test]
    fn a_team_is_shown_and_hidden_while_there_is_something_to_manage() {
        for status in Status::ALL.iter().copied() {
            let on = standing(status);
            let by = on.client_company_id;
            let shown = show_team(&on, (by, true), at(1));
            if !status.is_live() {
                assert_eq!(shown, Err(Refusal::NotActive(status)));
                continue;
            }
            let shown = shown.unwrap().unwrap();
            assert!(shown.team_is_visible(by) && !shown.team_is_visible(on.partner_company_id));
            assert_eq!(show_team(&shown, (by, true), at(2)), Ok(None));
            let hidden = show_team(&shown, (by, false), at(2)).unwrap().unwrap();
            assert!(!hidden.team_is_visible(by));
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
