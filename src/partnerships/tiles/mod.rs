//! What a partnership's tile shows in one's list: a word, some numbers, whose turn it is, and whether one
//! has marked it.
//!
//! | label      | the partnership is                                   |
//! |------------|------------------------------------------------------|
//! | `open`     | offered                                              |
//! | `active`   | active                                               |
//! | `modified` | active, and a change of it waits for an answer       |
//! | `ended`    | over: ended, declined, withdrawn or expired          |
//!
//! Whoever has something to answer has the turn. A mark is a user's own, in one company; nobody else
//! learns of it.

pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
