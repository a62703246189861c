//! What is due locks.
