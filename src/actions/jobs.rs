//! Locks what is due.
