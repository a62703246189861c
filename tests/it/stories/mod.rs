//! Stories: people and systems use the product over HTTP, one file for each feature.

mod access;
mod action_feed;
mod action_lists;
mod actions;
mod adjustments;
mod bad_input;
mod batch_life;
mod batches;
mod command_line;
mod companies;
mod contracts;
mod currencies;
mod decisions;
mod events;
mod exports;
mod imports;
mod locks;
mod partnerships;
mod programs;
mod reversals;
mod reversals_doors;
mod untold;
mod verify;
mod verify_batches;
mod versions;
