//! The picture of a company, which stands on its card: its admins put it there, whoever sees the card or
//! finds the company in the directory sees it too.

pub mod model;
pub mod policy;
pub mod routes;
pub mod store;
