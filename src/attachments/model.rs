//! Rows and words of attachments.

use diesel::prelude::*;

use crate::db::schema::{attachments, blobs};
use crate::kernel::id::{ApiKeyId, AttachmentId, BlobId, CompanyId, NoteId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// What a file is, by its bytes. Nothing else is taken.
    pub enum ContentType {
        Png = "image/png",
        Jpeg = "image/jpeg",
        Gif = "image/gif",
        Webp = "image/webp",
        Pdf = "application/pdf",
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        Odt = "application/vnd.oasis.opendocument.text",
        Ods = "application/vnd.oasis.opendocument.spreadsheet",
        Odp = "application/vnd.oasis.opendocument.presentation",
        Doc = "application/msword",
        Xls = "application/vnd.ms-excel",
        Ppt = "application/vnd.ms-powerpoint",
        Rtf = "application/rtf",
        Text = "text/plain",
        Csv = "text/csv",
        Tsv = "text/tab-separated-values",
        Zip = "application/zip",
        Letter = "message/rfc822",
    }
}

/// A file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// Whose it is.
    pub company_id: CompanyId,
    /// Its bytes.
    pub blob_id: BlobId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub content_type: ContentType,
    /// How many bytes it has.
    pub size_bytes: i64,
    /// Their SHA-256.
    pub digest: Vec<u8>,
    /// Who uploaded it.
    pub user_id: Option<UserId>,
    /// Which key uploaded it.
    pub api_key_id: Option<ApiKeyId>,
    /// The note that it belongs to, once it does.
    pub note_id: Option<NoteId>,
    /// Which one of it.
    pub place: i32,
    /// When it was uploaded.
    pub created_at: Instant,
}

/// What the bytes of files are, each content once.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = blobs, treat_none_as_default_value = false)]
pub struct Blob {
    /// Its id.
    pub id: BlobId,
    /// The SHA-256 of the bytes.
    pub digest: Vec<u8>,
    /// How many they are.
    pub size_bytes: i64,
    /// From when on it may go, unless something refers to it.
    pub due_at: Option<Instant>,
    /// When it was let go: nothing refers to it any more, and its bytes are to be removed.
    pub let_go_at: Option<Instant>,
}

/// Bytes that are kept, for whoever reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Which.
    pub blob_id: BlobId,
    /// Their SHA-256.
    pub digest: Vec<u8>,
    /// How many they are.
    pub size_bytes: i64,
    /// What they are.
    pub content_type: ContentType,
    /// What they are called.
    pub name: String,
}

impl From<Attachment> for Content {
    fn from(row: Attachment) -> Self {
        Self {
            blob_id: row.blob_id,
            digest: row.digest,
            size_bytes: row.size_bytes,
            content_type: row.content_type,
            name: row.name,
        }
    }
}
