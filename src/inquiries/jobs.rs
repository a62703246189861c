//! Speaks for brands that are silent: what nobody answered in time is answered as the terms say.
//!
//! Nothing depends on its being on time: from `answer_by` on nobody else answers anyway.

use super::answering::{accept_by_silence, decline_by_silence};
use super::model::{Inquiry, Status};
use super::rules::silence;
use super::store::{self, Turn};
use crate::contracts::store as contracts;
use crate::db::{Db, Pool, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::InquiryId;
use crate::kernel::time::{Clock, Instant};

/// Inquiries that are found at once; each is decided in a transaction of its own.
const FEW: i64 = 500;

/// Decides what is overdue; gives how many inquiries. One that fails leaves the others be.
pub async fn answer_for_silence(pool: &Pool, clock: &Clock) -> Result<u64> {
    let (mut decided, mut failed, mut after) = (0, None, None);
    loop {
        let turns = overdue(pool, clock, after).await?;
        for (_, id) in &turns {
            match decide(pool, clock, *id).await {
                Ok(true) => decided += 1,
                // Somebody else is at it, here or on another server.
                Ok(false) | Err(Error::Stale) => {}
                Err(error) => {
                    log::error!(inquiry = id.to_string(), error:?; "silence could not answer");
                    failed = Some(error);
                }
            }
        }
        after = turns.last().copied();
        if i64::try_from(turns.len()).is_ok_and(|many| many < FEW) {
            return failed.map_or(Ok(decided), Err);
        }
    }
}

async fn overdue(pool: &Pool, clock: &Clock, after: Option<Turn>) -> Result<Vec<Turn>> {
    let its_clock = clock.clone();
    pool.read(move |db| {
        let now = dialect::now(db, &its_clock)?;
        store::unanswered(db, now, after, FEW)
    })
    .await
}

/// Decides one; gives whether it did. What cannot be accepted is declined, and keeps why.
async fn decide(pool: &Pool, clock: &Clock, id: InquiryId) -> Result<bool> {
    match in_one(pool, clock, id, None).await {
        Err(Error::Refused(refused)) => {
            in_one(pool, clock, id, Some(refused.code.to_string())).await
        }
        Err(Error::Invalid(faults)) => {
            let code = faults.first().map_or("invalid", |fault| &*fault.code);
            in_one(pool, clock, id, Some(code.to_string())).await
        }
        done => done,
    }
}

async fn in_one(pool: &Pool, clock: &Clock, id: InquiryId, code: Option<String>) -> Result<bool> {
    let its_clock = clock.clone();
    pool.write(move |db| {
        let now = dialect::now(db, &its_clock)?;
        let open = store::look_for(db, id)?.filter(|one| one.status == Status::Open);
        let Some(inquiry) = open else { return Ok(false) };
        speak(db, &inquiry, code.clone(), now)?;
        Ok(true)
    })
    .await
}

fn speak(db: &mut Db, inquiry: &Inquiry, code: Option<String>, now: Instant) -> Result<Inquiry> {
    let terms = contracts::terms(db, inquiry.terms_id)?.terms.0;
    match (silence(&terms), code) {
        (Status::Accepted, None) => accept_by_silence(db, inquiry, now),
        (_, code) => decline_by_silence(db, inquiry, code, now),
    }
}
