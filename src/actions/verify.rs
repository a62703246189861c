//! Adds every ledger up again.
