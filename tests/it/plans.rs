//! The ledger of plans: no list of actions reads the table to its end, on either engine.
