//! Coupon codes: a brand gives a code of a program to a partner, and an order that carries it is
//! credited to whoever had it when the order was placed.
//!
//! | from     | by         | to       | also                                                |
//! |----------|------------|----------|-----------------------------------------------------|
//! | –        | create     | active   | its first owner has it from its first valid moment  |
//! | any      | assign     | the same | another owner from a moment on, past or present     |
//! | active   | deactivate | inactive | orders from then on are nobody's; its text rests    |
//! | inactive | activate   | active   | unless another code took the text in the meantime   |
//!
//! Nothing of its history is lost: the row says how a code stands now, and the changes beside it who
//! had it when. Codes that are spelt or look alike are the same code, see [`spelling`].

pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod spelling;
pub mod store;
pub mod wire;
