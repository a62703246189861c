//! What may follow what.

use super::model::{By, Command};
use crate::companies::model::Status;

/// Where a company stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Whether the operator alone takes it back.
    pub kept: bool,
}

/// Why a status stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to change.
    #[error("the company is {0} already")]
    Unchanged(Status),
    /// What is gone is not suspended.
    #[error("a company that is deactivated can only be reactivated")]
    Gone,
    /// The operator has said so.
    #[error("whoever runs this server has said so, and has to take it back")]
    Kept,
}

crate::refusal_codes!(Refusal {
    Unchanged(..) => "status_unchanged",
    Gone => "company_is_deactivated",
    Kept => "status_kept_by_operator",
});

/// Where it stands after a command.
pub fn next(now: Standing, command: Command, by: By) -> Result<Standing, Refusal> {
    use Status::*;
    let unchanged = Err(Refusal::Unchanged(now.status));
    // What the operator says of what the company has said itself is kept from now on.
    let strengthens = by == By::Operator && !now.kept;
    let kept = now.kept || by == By::Operator;
    match (command, now.status) {
        (Command::Suspend, Active) => Ok(Standing { status: Suspended, kept }),
        (Command::Deactivate, Active | Suspended) => Ok(Standing { status: Deactivated, kept }),
        (Command::Suspend, Suspended) | (Command::Deactivate, Deactivated) => match strengthens {
            true => Ok(Standing { kept, ..now }),
            false => unchanged,
        },
        (Command::Suspend, Deactivated) => Err(Refusal::Gone),
        (Command::Reactivate, Active) => unchanged,
        (Command::Reactivate, Suspended | Deactivated) => match (now.kept, by) {
            (true, By::Company) => Err(Refusal::Kept),
            (false, By::Company) | (_, By::Operator) => {
                Ok(Standing { status: Active, kept: false })
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMANDS: [Command; 3] = [Command::Suspend, Command::Deactivate, Command::Reactivate];

    fn after(status: Status, kept: bool, by: By) -> [Result<(Status, bool), Refusal>; 3] {
        let stands = |after: Standing| (after.status, after.kept);
        COMMANDS.map(|command| next(Standing { status, kept }, command, by).map(stands))
    }

    #[test]
    fn an_owner_does_what_the_table_says() {
        use Status::*;
        let of = |status, kept| after(status, kept, By::Company);
        assert_eq!(
            of(Active, false),
            [Ok((Suspended, false)), Ok((Deactivated, false)), Err(Refusal::Unchanged(Active))]
        );
        assert_eq!(
            of(Suspended, false),
            [Err(Refusal::Unchanged(Suspended)), Ok((Deactivated, false)), Ok((Active, false))]
        );
        assert_eq!(
            of(Deactivated, false),
            [Err(Refusal::Gone), Err(Refusal::Unchanged(Deactivated)), Ok((Active, false))]
        );
    }

    #[test]
    fn what_the_operator_said_the_operator_takes_back() {
        use Status::*;
        let of = |status, kept| after(status, kept, By::Operator);
        assert_eq!(
            of(Active, false),
            [Ok((Suspended, true)), Ok((Deactivated, true)), Err(Refusal::Unchanged(Active))]
        );
        assert_eq!(
            of(Suspended, false),
            [Ok((Suspended, true)), Ok((Deactivated, true)), Ok((Active, false))],
            "what the company said itself becomes the operator's word"
        );
        assert_eq!(of(Suspended, true)[0], Err(Refusal::Unchanged(Suspended)));
        assert_eq!(
            of(Deactivated, true)[1..],
            [Err(Refusal::Unchanged(Deactivated)), Ok((Active, false))]
        );
        let own = after(Suspended, true, By::Company);
        assert_eq!(own[1..], [Ok((Deactivated, true)), Err(Refusal::Kept)]);
        assert_eq!(after(Deactivated, true, By::Company)[2], Err(Refusal::Kept));
    }

    proptest! {
        /// Whatever a company does in between, it comes out of the operator's word by the operator.
        #[test]
        fn no_detour_undoes_the_operators_word(steps in prop::collection::vec(0_usize..3, 0..20)) {
            let mut now = Standing { status: Status::Active, kept: false };
            now = next(now, Command::Suspend, By::Operator).unwrap();
            for step in steps {
                now = next(now, COMMANDS[step], By::Company).unwrap_or(now);
                prop_assert!(now.status != Status::Active && now.kept);
            }
            prop_assert!(next(now, Command::Reactivate, By::Operator).is_ok());
        }
    }
}
