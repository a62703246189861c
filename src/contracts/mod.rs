//! What a brand pays a partner in a program, in versions both have accepted.

pub mod model;
pub mod rules;
