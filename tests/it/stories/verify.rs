//! Ledgers are added up again.
