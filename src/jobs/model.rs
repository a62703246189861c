//! Rows of the queue.

use diesel::prelude::*;

use crate::db::schema::jobs;
use crate::events::model::AnyId;
use crate::kernel::id::{JobId, WorkerId};
use crate::kernel::time::Instant;

crate::words! {
    /// What kind of work a job is.
    pub enum JobKind { Reversal = "reversal", Reprocessing = "reprocessing" }
}

/// One piece of work to be done.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// On what.
    pub subject: AnyId,
    /// Not before.
    pub run_at: Instant,
    /// How often it was taken since it last got a step further.
    pub attempts: i32,
    /// How many steps are done.
    pub step: i64,
    /// Who works on it.
    pub worker_id: Option<WorkerId>,
    /// Until when nobody else may.
    pub lease_until: Option<Instant>,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Instant,
    /// Which share of the work on its subject it is, counted from 0.
    pub share: i32,
    /// How many shares there are.
    pub shares: i32,
    /// When its worker listed what it will change and what comes due soon.
    pub listed_at: Option<Instant>,
    /// Up to which moment.
    pub listed_until: Option<Instant>,
}

/// A part of the work on one subject that is done without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Which, counted from 0.
    pub number: i32,
    /// Of how many.
    pub of: i32,
}

impl Share {
    /// All of the work.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// Whether what has this number belongs to it. Each number belongs to exactly one share.
    pub fn has(self, number: u128) -> bool {
        let (own, of) = (u128::try_from(self.number), u128::try_from(self.of.max(1)));
        own.ok() == of.ok().map(|of| number.rem_euclid(of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_belongs_to_one_share() {
        for of in 1..5 {
            for number in [0, 1, 2, 7, u128::MAX, u128::MAX - 1] {
                let having = (0..of).filter(|share| Share { number: *share, of }.has(number));
                assert_eq!(having.count(), 1, "{number} of {of}");
            }
        }
        assert!(Share::WHOLE.has(u128::MAX));
    }
}
