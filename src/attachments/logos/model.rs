//! Rows of logos.

use diesel::prelude::*;

use crate::attachments::model::{Content, ContentType};
use crate::db::schema::company_logos;
use crate::kernel::id::{BlobId, CompanyId};

/// The picture of a company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = company_logos, primary_key(company_id))]
#[diesel(treat_none_as_default_value = false)]
pub struct Logo {
    /// Whose.
    pub company_id: CompanyId,
    /// Its bytes.
    pub blob_id: BlobId,
    /// What it is.
    pub content_type: ContentType,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// Their SHA-256.
    pub digest: Vec<u8>,
}

/// A logo, and how somebody comes to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The logo.
    pub logo: Logo,
    /// Whether the company is one's own, or one that one works with; else it is found in the directory.
    pub known: bool,
}

impl From<Logo> for Content {
    fn from(row: Logo) -> Self {
        let name = match row.content_type {
            ContentType::Png => "logo.png",
            ContentType::Webp => "logo.webp",
            _ => "logo.jpg",
        };
        Self {
            blob_id: row.blob_id,
            digest: row.digest,
            size_bytes: row.size_bytes,
            content_type: row.content_type,
            name: name.to_string(),
        }
    }
}
