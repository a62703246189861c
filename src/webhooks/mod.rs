//! Systems of a company are told of what happens: each event goes to the endpoints that asked for its
//! type, signed as the Standard Webhooks say, until it is taken.
//!
//! | endpoint | by              | to       | reason    |
//! |----------|-----------------|----------|-----------|
//! | –        | create          | enabled  |           |
//! | enabled  | an admin        | disabled | `request` |
//! | enabled  | an answer 410   | disabled | `gone`    |
//! | enabled  | days of failure | disabled | `failing` |
//! | disabled | an admin        | enabled  |           |
//!
//! | delivery  | by                            | to        |
//! |-----------|-------------------------------|-----------|
//! | –         | an event                      | pending   |
//! | pending   | an answer 2xx                 | succeeded |
//! | pending   | ten failures over three days  | failed    |
//! | pending   | its event is no longer kept   | expired   |
//! | any other | redeliver                     | pending   |
//!
//! [`fan_out`] follows the feed and makes deliveries, in the transaction that moves its place in the
//! feed. Of the deliveries about one object to one endpoint only the first is ever due; the others
//! wait behind it, which an index of the database holds. Each endpoint is a lane: whoever holds its
//! lease carries what is due ([`carrier`], [`turn`]) and writes down what came of it. So one that
//! hangs keeps nobody waiting but itself, and a server that dies is followed by another, which sends
//! again what was not written down. [`outbound`] sends, and only to addresses of the public internet
//! ([`address`]); [`sign`] signs. What waits for a disabled endpoint goes on when it is enabled.

pub mod address;
pub mod carrier;
pub mod delivery_routes;
pub mod fan_out;
pub mod jobs;
pub mod model;
pub mod outbound;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod sign;
pub mod store;
pub mod turn;
pub mod wire;
