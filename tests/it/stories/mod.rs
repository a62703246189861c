//! Stories: people and systems use the product over HTTP, one file for each feature.

mod access;
mod contracts;
mod partnerships;
mod programs;
mod reversals_doors;
