//! No list reads a table to its end.
