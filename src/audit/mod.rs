//! The audit log: who did what to what, from which address, acting for whom.
//!
//! An entry is written in the transaction of what it tells, in one place beside the events
//! (`events::audit`), so that no feature can forget it; sign-ins are here too, which are no events. A
//! company reads what was done in its own name, and what its own people did for others. What the other side
//! of a partnership did is in that side's log; the feed of events tells what it changed. Nothing is changed here, and what is older than
//! the operator keeps it is swept.

pub mod export;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod routes;
pub mod store;
pub mod wire;
