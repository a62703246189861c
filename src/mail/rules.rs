//! What can be posted, and when a letter that was not taken is tried again.

use jiff::SignedDuration;

use super::model::{Letter, Mail, Outcome, Status};
use crate::kernel::time::Instant;

/// The first wait; each next one is twice as long.
const FIRST_GAP: SignedDuration = SignedDuration::from_mins(1);
/// The longest wait between two attempts.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(4);
/// For how long a letter is tried.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(48);
/// How long it is remembered what became of a letter.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Why a letter cannot be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It would be a header of its own.
    #[error("the {0} of a letter has a line break or another control character")]
    Control(&'static str),
    /// Its recipient could not find it.
    #[error("a letter that can be unsubscribed from does not say where")]
    HiddenUnsubscribe,
}

/// Whether a letter's headers are what they seem, and its way out is shown.
pub fn fit(letter: &Letter) -> Result<(), Unfit> {
    let way_out = letter.unsubscribe.as_deref();
    let headers = [
        ("address", letter.to.as_str()),
        ("subject", &letter.subject),
        ("link", way_out.unwrap_or("")),
    ];
    match headers.into_iter().find(|(_, value)| value.chars().any(char::is_control)) {
        Some((name, _)) => Err(Unfit::Control(name)),
        None if way_out.is_some_and(|link| !letter.text.contains(link)) => {
            Err(Unfit::HiddenUnsubscribe)
        }
        None => Ok(()),
    }
}

/// What to do with a letter after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Nothing more.
    Done(Status),
    /// Another attempt, not before a moment.
    Again(Instant),
}

/// What follows from an attempt: a refusal for good is never tried again, anything else for two days.
pub fn after(outcome: &Outcome, mail: &Mail, now: Instant) -> After {
    match outcome {
        Outcome::Sent => After::Done(Status::Sent),
        Outcome::Refused(_) => After::Done(Status::Failed),
        Outcome::PutOff(_) => next_attempt(mail.attempts, mail.created_at, now)
            .map_or(After::Done(Status::Failed), After::Again),
    }
}

/// When to try again after so many attempts; never once two days are over.
pub fn next_attempt(attempts: i32, posted_at: Instant, now: Instant) -> Option<Instant> {
    let last = posted_at.plus(PATIENCE);
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(20);
    let gap = FIRST_GAP.checked_mul(1 << doublings).unwrap_or(LONGEST_GAP).min(LONGEST_GAP);
    (now < last).then(|| now.plus(gap).min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::MailId;
    use proptest::prelude::*;

    fn letter() -> Letter {
        Letter {
            to: "ada@acme.example".into(),
            user_id: None,
            subject: "News".into(),
            text: "Something happened.\n\nNo more: https://acme.example/no?t=1".into(),
            html: String::new(),
            unsubscribe: Some("https://acme.example/no?t=1".into()),
        }
    }

    fn at(minute: i64) -> Instant {
        Instant::from_micros(minute * 60_000_000)
    }

    #[test]
    fn no_header_has_a_line_break_and_a_way_out_is_shown() {
        assert_eq!(fit(&letter()), Ok(()));
        assert_eq!(fit(&Letter { unsubscribe: None, text: String::new(), ..letter() }), Ok(()));
        for sign in ["\r\n", "\n", "\r", "\0", "\u{85}"] {
            let evil = format!("x{sign}Bcc: eve@evil.example");
            let with = [
                (Letter { to: evil.clone(), ..letter() }, "address"),
                (Letter { subject: evil.clone(), ..letter() }, "subject"),
                (Letter { unsubscribe: Some(evil), ..letter() }, "link"),
            ];
            for (letter, name) in with {
                assert_eq!(fit(&letter), Err(Unfit::Control(name)));
            }
        }
        let hidden = Letter { text: "Something happened.".into(), ..letter() };
        assert_eq!(fit(&hidden), Err(Unfit::HiddenUnsubscribe));
    }

    fn tried(attempts: i32) -> Mail {
        let Letter { to, user_id, subject, text, html, unsubscribe } = letter();
        Mail {
            id: MailId::from_uuid(uuid::Uuid::nil()),
            address: to,
            user_id,
            subject,
            text,
            html,
            unsubscribe,
            status: Status::Waiting,
            attempts,
            next_at: at(0),
            worker_id: None,
            lease_until: None,
            last_error: None,
            created_at: at(0),
            done_at: None,
        }
    }

    #[test]
    fn a_refusal_is_for_good_and_anything_else_is_tried_again() {
        let put_off = Outcome::PutOff("busy".into());
        let refused = Outcome::Refused("nobody".into());
        for (outcome, attempts, minute, expected) in [
            (&Outcome::Sent, 1, 0, After::Done(Status::Sent)),
            (&Outcome::Sent, 9, 9_999, After::Done(Status::Sent)),
            (&refused, 1, 0, After::Done(Status::Failed)),
            (&put_off, 1, 0, After::Again(at(1))),
            (&put_off, 3, 10, After::Again(at(14))),
            (&put_off, 20, 2_879, After::Again(at(2_880))),
            (&put_off, 20, 2_880, After::Done(Status::Failed)),
        ] {
            assert_eq!(after(outcome, &tried(attempts), at(minute)), expected, "{outcome:?}");
        }
    }

    #[test]
    fn the_gaps_grow_up_to_four_hours_and_end_after_two_days() {
        let (mut now, mut gaps) = (at(0), Vec::new());
        for attempts in 1.. {
            let Some(next) = next_attempt(attempts, at(0), now) else { break };
            gaps.push(next.since(now).as_mins());
            now = next;
        }
        assert_eq!(gaps[..9], [1, 2, 4, 8, 16, 32, 64, 128, 240]);
        assert!(gaps[9..gaps.len() - 1].iter().all(|gap| *gap == 240), "{gaps:?}");
        assert_eq!((gaps.iter().sum::<i64>(), gaps.len()), (48 * 60, 19));
    }

    proptest! {
        #[test]
        fn an_attempt_is_later_than_now_and_never_after_two_days(attempts: i32, minutes in 0..4_000_i64) {
            match next_attempt(attempts, at(0), at(minutes)) {
                Some(next) => prop_assert!(next > at(minutes) && next <= at(48 * 60)),
                None => prop_assert!(minutes >= 48 * 60),
            }
        }
    }
}
