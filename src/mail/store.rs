//! The only SQL that touches `mails`.

use diesel::dsl::exists;
use diesel::prelude::*;
use jiff::SignedDuration;

use super::model::{Letter, Mail, Outcome, Status};
use super::rules::{self, After};
use crate::db::schema::mails::dsl;
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::{MailId, WorkerId};
use crate::kernel::time::Instant;

/// How much of an error's text is kept.
const ERROR_CHARACTERS: usize = 500;

/// Posts a letter, in the transaction that makes it necessary. It is on its way once that commits.
pub fn post(db: &mut Db, letter: &Letter, now: Instant) -> Result<MailId> {
    rules::fit(letter).map_err(Error::internal)?;
    let Letter { to, user_id, subject, text, html, unsubscribe } = letter.clone();
    let mail = Mail {
        id: MailId::new(),
        address: to,
        user_id,
        subject,
        text,
        html,
        unsubscribe,
        status: Status::Waiting,
        attempts: 0,
        next_at: now,
        worker_id: None,
        lease_until: None,
        last_error: None,
        created_at: now,
        done_at: None,
    };
    diesel::insert_into(dsl::mails).values(&mail).execute(db)?;
    Ok(mail.id)
}

/// Whether a letter is due that nobody has in hand. A read, so that asking often costs little.
pub fn any_due(db: &mut Db, now: Instant) -> Result<bool> {
    let due = dsl::mails
        .filter(dsl::done_at.is_null())
        .filter(dsl::next_at.le(now))
        .filter(dsl::lease_until.is_null().or(dsl::lease_until.lt(now)));
    Ok(diesel::select(exists(due)).get_result(db)?)
}

/// Takes letters in hand that are due: those nobody has, or whose holder let the lease run out.
pub fn take(
    db: &mut Db,
    (worker, span): (WorkerId, SignedDuration),
    most: i64,
    now: Instant,
) -> Result<Vec<Mail>> {
    let mut mails = dialect::locks::next_mails(db, most, now)?;
    for mail in &mut mails {
        mail.attempts = mail.attempts.saturating_add(1);
        diesel::update(dsl::mails.find(mail.id))
            .set((
                dsl::worker_id.eq(worker),
                dsl::lease_until.eq(now.plus(span)),
                dsl::attempts.eq(mail.attempts),
            ))
            .execute(db)?;
    }
    Ok(mails)
}

/// Keeps what a worker has in hand for longer.
pub fn renew(db: &mut Db, worker: WorkerId, until: Instant) -> Result<()> {
    let held = dsl::mails.filter(dsl::done_at.is_null()).filter(dsl::worker_id.eq(worker));
    diesel::update(held).set(dsl::lease_until.eq(until)).execute(db)?;
    Ok(())
}

/// Gives back what a worker has in hand, for a stop in good order.
pub fn give_back(db: &mut Db, worker: WorkerId) -> Result<()> {
    let held = dsl::mails.filter(dsl::done_at.is_null()).filter(dsl::worker_id.eq(worker));
    diesel::update(held)
        .set((dsl::worker_id.eq(None::<WorkerId>), dsl::lease_until.eq(None::<Instant>)))
        .execute(db)?;
    Ok(())
}

/// Writes down what became of an attempt; gives what the letter is now, or nothing if somebody else
/// has it in hand by now. What a letter says goes with its end: it may hold a secret.
pub fn settle(
    db: &mut Db,
    (mail, worker): (&Mail, WorkerId),
    outcome: &Outcome,
    now: Instant,
) -> Result<Option<Status>> {
    let cause = match outcome {
        Outcome::Sent => None,
        Outcome::Refused(cause) | Outcome::PutOff(cause) => {
            Some(cause.chars().take(ERROR_CHARACTERS).collect::<String>())
        }
    };
    let free = (dsl::worker_id.eq(None::<WorkerId>), dsl::lease_until.eq(None::<Instant>));
    let held =
        dsl::mails.find(mail.id).filter(dsl::done_at.is_null()).filter(dsl::worker_id.eq(worker));
    let (status, changed) = match rules::after(outcome, mail, now) {
        After::Again(at) => {
            let later = (dsl::next_at.eq(at), dsl::last_error.eq(cause), free);
            (Status::Waiting, diesel::update(held).set(later).execute(db)?)
        }
        After::Done(status) => {
            let done = (dsl::status.eq(status), dsl::done_at.eq(now), dsl::last_error.eq(cause));
            let blank = (dsl::text.eq(""), dsl::html.eq(""), dsl::unsubscribe.eq(None::<String>));
            (status, diesel::update(held).set((done, blank, free)).execute(db)?)
        }
    };
    Ok((changed == 1).then_some(status))
}

/// Deletes what is left of letters that were done with a month ago.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let old = dsl::mails.filter(dsl::done_at.lt(now.minus(rules::KEPT)));
    Ok(diesel::delete(old).execute(db)?)
}
