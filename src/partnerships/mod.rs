//! Two companies agree, each in its own words, to work together.

pub mod model;
