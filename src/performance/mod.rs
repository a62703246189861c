//! What actions come to: by partner and by program, over days, weeks, months and quarters.
//!
//! | figure           | of the actions of a day                                                  |
//! |------------------|--------------------------------------------------------------------------|
//! | actions          | all of them, each counted for the partner who is credited                |
//! | sale, payout     | as they stand: what is reversed counts as nothing                        |
//! | tracked          | the sales as they were tracked                                           |
//! | reversed         | how many stand reversed, and what has been taken off what was tracked    |
//! | adjusted         | what was corrected beside those that have locked                         |
//!
//! An action counts to the day on which it occurred, in the zone that its program had when it was
//! tracked; whatever becomes of it later changes that day. The sums of each day are kept, and [`jobs`]
//! takes the ledgers into them, entry by entry in the order of commits. Nothing waits for it: whoever
//! reads adds what the ledgers have beyond the sums, in the same statement, so that the answer is always
//! what the rows come to.

pub mod export;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod verify;
pub mod wire;
