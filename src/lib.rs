//! Entente: the backend of a partnership platform.
//!
//! Four floors; each may use those below it, never those above.
//!
//! | floor | modules |
//! |---|---|
//! | the whole | `app`, `config`, `jobs` |
//! | the wire | `http`, each feature's `routes` and `wire` |
//! | who may | `access`, each feature's `policy` |
//! | the rows | `db`, each feature's `store` |
//! | the rules | each feature's `model` and `rules` |
//! | the nouns | `kernel`, `error` |

pub mod error;
pub mod kernel;

pub mod db;

pub mod access;

pub mod http;

// Features, in the order of dependence.
pub mod events;

pub mod mail;

pub mod companies;

pub mod people;

pub mod statuses;

pub mod partnerships;

pub mod managing;

pub mod attachments;

pub mod performance;

pub mod relations;

pub mod programs;

pub mod keys;

pub mod users;

pub mod audit;

pub mod payment;

pub mod contracts;

pub mod codes;

pub mod actions;

pub mod adjustments;

pub mod inquiries;

pub mod details;

pub mod jobs;

pub mod reprocessings;

pub mod reversals;

pub mod webhooks;

pub mod notifications;

pub mod catalogue;

// Everything together.
pub mod app;
pub mod command;
pub mod config;
