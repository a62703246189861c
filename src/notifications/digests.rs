//! Writes the daily letters: one to each person and company, of what was not read by then.

use super::desk::Desk;
use super::store::{self, Due};
use super::{Names, letters, rules};
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::kernel::id::{CompanyId, UserId};
use crate::kernel::time::Clock;
use crate::notifications::model::Own;

/// Rows that wait for letters and are found at once.
const FEW: i64 = 500;

/// Writes what is due; gives how many letters. One that fails leaves the others be.
pub async fn write_due(pool: &Pool, clock: &Clock, desk: &Desk) -> Result<u64> {
    let (mut written, mut failed, mut after) = (0, None, None);
    loop {
        let due = due(pool, clock, after).await?;
        for (_, user, company) in in_turn(&due) {
            match write_one(pool, clock, desk, (user, company)).await {
                Ok(wrote) => written += u64::from(wrote),
                Err(error) => {
                    let to = user.to_string();
                    log::error!(user = to, error:?; "a daily letter could not be written");
                    failed = Some(error);
                }
            }
        }
        after = due.last().copied();
        if i64::try_from(due.len()).is_ok_and(|many| many < FEW) {
            return failed.map_or(Ok(written), Err);
        }
    }
}

async fn due(pool: &Pool, clock: &Clock, after: Option<Due>) -> Result<Vec<Due>> {
    let its_clock = clock.clone();
    pool.read_in_turn(move |db| {
        let now = dialect::now(db, &its_clock)?;
        store::due(db, now, after, FEW)
    })
    .await
}

/// Each letter once: what belongs into one letter stands together.
fn in_turn(due: &[Due]) -> Vec<Due> {
    let mut letters = due.to_vec();
    letters.dedup();
    letters
}

/// Writes one letter; gives whether there was something to tell.
async fn write_one(
    pool: &Pool,
    clock: &Clock,
    desk: &Desk,
    to: (UserId, CompanyId),
) -> Result<bool> {
    let (its_clock, desk) = (clock.clone(), desk.clone());
    pool.write_in_turn(move |db| write(db, &its_clock, &desk, to)).await
}

fn write(
    db: &mut Db,
    clock: &Clock,
    desk: &Desk,
    (user, company): (UserId, CompanyId),
) -> Result<bool> {
    let now = dialect::now(db, clock)?;
    let member = store::one_member(db, user, company)?;
    let told = match &member {
        // Whoever has left the company is told no more.
        None => (Vec::new(), 0),
        Some(member) => {
            let kinds = rules::daily(&store::chosen(db, user, company)?);
            store::of_digest(db, Own { user, company, role: member.role }, &kinds, now)?
        }
    };
    let (Some(member), (newest, count), true) =
        (member, told, store::claim(db, user, company, now)?)
    else {
        return Ok(false);
    };
    if newest.is_empty() {
        return Ok(false);
    }
    let others = newest.iter().filter_map(|row| row.other_company_id);
    let names = Names::of_all(db, others.chain([company]))?;
    letters::daily(db, desk, (&member, &newest, count), &names, now)?;
    Ok(true)
}
