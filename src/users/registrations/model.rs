//! Rows of registrations that wait to be confirmed.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::companies::model::Kind;
use crate::db::schema::registrations;
use crate::kernel::document::Document;
use crate::kernel::id::RegistrationId;
use crate::kernel::time::Instant;

/// The company that somebody brings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// Its name.
    pub name: String,
    /// What it calls itself.
    pub kind: Kind,
    /// Its website.
    pub website: Option<String>,
}

/// A person who wants to be a user, and the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// The address, in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// Argon2id.
    pub password_hash: String,
    /// The company.
    pub company: Brought,
}

/// A registration that waits, or is done with.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = registrations, treat_none_as_default_value = false)]
pub struct Registration {
    /// Its id.
    pub id: RegistrationId,
    /// The address, in lower case, whether anybody has it or not.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// Argon2id; empty if somebody has the address.
    pub password_hash: String,
    /// The company.
    pub company: Document<Brought>,
    /// When it was asked for.
    pub created_at: Instant,
    /// SHA-256 of the token, as long as that counts.
    pub hash: Option<Vec<u8>>,
    /// Until when it counts.
    pub expires_at: Instant,
}

impl From<Registration> for Newcomer {
    fn from(row: Registration) -> Self {
        let Registration { email, name, password_hash, company, .. } = row;
        Self { email, name, password_hash, company: company.0 }
    }
}
