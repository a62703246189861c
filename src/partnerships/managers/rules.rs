//! How large a team may be, and until when it may be chosen.

use crate::partnerships::model::Status;

/// How many people are on a team at most.
pub const MOST_MANAGERS: usize = 50;

/// Why a team stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has as many as it may have.
    #[error("at most {MOST_MANAGERS} people manage a partnership for one side")]
    TooMany,
    /// There is nothing to manage any more.
    #[error("a partnership that is {0} is managed by nobody anew")]
    Over(Status),
}

crate::refusal_codes!(Refusal {
    TooMany => "too_many_managers",
    Over(..) => "partnership_over",
});

/// Whether so many more may join a team of so many.
pub fn join(on: Status, there: usize, more: usize) -> Result<(), Refusal> {
    if !on.is_live() {
        return Err(Refusal::Over(on));
    }
    if there.saturating_add(more) > MOST_MANAGERS {
        return Err(Refusal::TooMany);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_team_has_its_measure_and_its_time() {
        for status in Status::ALL.iter().copied() {
            let live = matches!(status, Status::Offered | Status::Active);
            let expected = if live { Ok(()) } else { Err(Refusal::Over(status)) };
            assert_eq!(join(status, 0, MOST_MANAGERS), expected, "{status}");
        }
        assert_eq!(join(Status::Active, 49, 1), Ok(()));
        assert_eq!(join(Status::Active, 49, 2), Err(Refusal::TooMany));
    }
}
