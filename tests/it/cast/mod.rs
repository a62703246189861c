//! What the tests play with: databases, servers and callers of their own, on both engines.

pub mod at_once;
pub mod batch;
pub mod deal;
pub mod delegates;
pub mod described;
pub mod engines;
pub mod form;
pub mod grants;
pub mod http;
pub mod journal;
pub mod letters;
pub mod many;
pub mod members;
pub mod notices;
pub mod orders;
pub mod postgres;
pub mod process;
pub mod receiver;
pub mod rival;
pub mod scene;
pub mod shop;
pub mod smtp;
pub mod tables;
pub mod world;
