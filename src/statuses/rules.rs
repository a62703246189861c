//! What may follow what.

use super::model::{Command, Voice};
use crate::companies::model::Status;

/// Where a company stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its status.
    pub status: Status,
    /// Whose word that is.
    pub voice: Voice,
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
    /// A grantee takes back its own word alone, and deactivates nobody.
    #[error("this is for somebody else to say: who is let suspend takes back no other word")]
    NotYours,
}

crate::refusal_codes!(Refusal {
    Unchanged(..) => "status_unchanged",
    Gone => "company_is_deactivated",
    Kept => "status_kept_by_operator",
    NotYours => "status_kept_by_others",
});

/// Where it stands after a command.
pub fn next(now: Standing, command: Command, by: Voice) -> Result<Standing, Refusal> {
    use Status::*;
    let said = |status| Ok(Standing { status, voice: louder(now, by) });
    match (command, now.status) {
        (Command::Deactivate, _) if matches!(by, Voice::Grantee(_)) => Err(Refusal::NotYours),
        (Command::Suspend, Active) => said(Suspended),
        (Command::Deactivate, Active | Suspended) => said(Deactivated),
        (Command::Suspend, Suspended) | (Command::Deactivate, Deactivated) => {
            // What a weaker one has said already is the stronger one's word from now on.
            match loudness(by) > loudness(now.voice) {
                true => said(now.status),
                false => Err(Refusal::Unchanged(now.status)),
            }
        }
        (Command::Suspend, Deactivated) => Err(Refusal::Gone),
        (Command::Reactivate, Active) => Err(Refusal::Unchanged(Active)),
        (Command::Reactivate, Suspended | Deactivated) => {
            takes_back(now.voice, by)?;
            Ok(Standing { status: Active, voice: by })
        }
    }
}

/// Whether what one has said may be taken back by another.
fn takes_back(said_by: Voice, by: Voice) -> Result<(), Refusal> {
    match (said_by, by) {
        (_, Voice::Operator) | (Voice::Company | Voice::Grantee(_), Voice::Company) => Ok(()),
        (Voice::Operator, Voice::Company) => Err(Refusal::Kept),
        (Voice::Grantee(one), Voice::Grantee(other)) if one == other => Ok(()),
        (_, Voice::Grantee(_)) => Err(Refusal::NotYours),
    }
}

/// Whose word it is after somebody has said more. While the company is active it is nobody's.
fn louder(now: Standing, by: Voice) -> Voice {
    let stays = now.status != Status::Active && loudness(now.voice) > loudness(by);
    if stays { now.voice } else { by }
}

fn loudness(voice: Voice) -> u8 {
    match voice {
        Voice::Grantee(_) => 0,
        Voice::Company => 1,
        Voice::Operator => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::CompanyId;
    use proptest::prelude::*;

    const COMMANDS: [Command; 3] = [Command::Suspend, Command::Deactivate, Command::Reactivate];

    type After = Result<(Status, Voice), Refusal>;

    fn after(status: Status, voice: Voice, by: Voice) -> [After; 3] {
        let stands = |after: Standing| (after.status, after.voice);
        COMMANDS.map(|command| next(Standing { status, voice }, command, by).map(stands))
    }

    #[test]
    fn an_owner_does_what_the_table_says() {
        use Status::*;
        use Voice::Company;
        let of = |status| after(status, Company, Company);
        assert_eq!(
            of(Active),
            [Ok((Suspended, Company)), Ok((Deactivated, Company)), Err(Refusal::Unchanged(Active))]
        );
        assert_eq!(
            of(Suspended),
            [Err(Refusal::Unchanged(Suspended)), Ok((Deactivated, Company)), Ok((Active, Company))]
        );
        assert_eq!(
            of(Deactivated),
            [Err(Refusal::Gone), Err(Refusal::Unchanged(Deactivated)), Ok((Active, Company))]
        );
    }

    #[test]
    fn what_the_operator_said_the_operator_takes_back() {
        use Status::*;
        use Voice::{Company, Operator};
        let of = |status, voice| after(status, voice, Operator);
        assert_eq!(
            of(Active, Company),
            [
                Ok((Suspended, Operator)),
                Ok((Deactivated, Operator)),
                Err(Refusal::Unchanged(Active))
            ]
        );
        assert_eq!(
            of(Suspended, Company),
            [Ok((Suspended, Operator)), Ok((Deactivated, Operator)), Ok((Active, Operator))],
            "what the company said itself becomes the operator's word"
        );
        assert_eq!(of(Suspended, Operator)[0], Err(Refusal::Unchanged(Suspended)));
        assert_eq!(
            of(Deactivated, Operator)[1..],
            [Err(Refusal::Unchanged(Deactivated)), Ok((Active, Operator))]
        );
        let own = after(Suspended, Operator, Company);
        assert_eq!(own[1..], [Ok((Deactivated, Operator)), Err(Refusal::Kept)]);
        assert_eq!(after(Deactivated, Operator, Company)[2], Err(Refusal::Kept));
    }

    #[test]
    fn a_grantee_takes_back_its_own_word_and_deactivates_nobody() {
        use Status::*;
        use Voice::{Company, Grantee, Operator};
        let (one, other) = (Grantee(CompanyId::new()), Grantee(CompanyId::new()));
        let no = Err(Refusal::NotYours);
        let unchanged = Err(Refusal::Unchanged(Suspended));
        assert_eq!(
            after(Active, Operator, one),
            [Ok((Suspended, one)), no.clone(), Err(Refusal::Unchanged(Active))],
            "whoever brought it back has no say in what it is now"
        );
        assert_eq!(after(Suspended, one, one), [unchanged.clone(), no.clone(), Ok((Active, one))]);
        for voice in [other, Company, Operator] {
            let refused = [unchanged.clone(), no.clone(), Err(Refusal::NotYours)];
            assert_eq!(after(Suspended, voice, one), refused, "{voice:?}");
        }
        // Its owner makes it its own word, or takes it back.
        assert_eq!(
            after(Suspended, one, Company),
            [Ok((Suspended, Company)), Ok((Deactivated, Company)), Ok((Active, Company))]
        );
        assert_eq!(after(Suspended, one, Operator)[0], Ok((Suspended, Operator)));
    }

    proptest! {
        /// Whatever a company and those it lets do so do in between, it comes out of the operator's word by
        /// the operator, and out of the company's by the company.
        #[test]
        fn no_detour_undoes_the_word_of_somebody_stronger(
            steps in prop::collection::vec((0_usize..3, any::<bool>()), 0..20),
            operator in any::<bool>(),
        ) {
            let strong = if operator { Voice::Operator } else { Voice::Company };
            let mut now = Standing { status: Status::Active, voice: Voice::Company };
            now = next(now, Command::Suspend, strong).unwrap();
            let grantee = Voice::Grantee(CompanyId::new());
            for (step, by_company) in steps {
                let by = if operator && by_company { Voice::Company } else { grantee };
                now = next(now, COMMANDS[step], by).unwrap_or(now);
                prop_assert!(now.status != Status::Active && now.voice == strong);
            }
            prop_assert!(next(now, Command::Reactivate, strong).is_ok());
        }
    }
}
