//! The management team: the people who keep a partnership for their own side.
//!
//! A side chooses among its own people, at once and without asking. The other one does not learn who they
//! are, unless the side shows its team: then it sees what they are called, and is told when that changes.
//! Those of them who are users of the company are told of what concerns the partnership, whatever
//! their role. A team may be chosen while a partnership is offered or active. Whoever leaves the company
//! is taken off every team.

pub mod change;
pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
