//! Attachments as callers send and read them.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Attachment, ContentType};
use super::rules::hex;
use crate::kernel::id::{ApiKeyId, AttachmentId, NoteId, UserId};
use crate::kernel::time::Instant;

/// A form with a file in it. What the file is, its bytes say; its name has to agree.
#[derive(Debug, ToSchema)]
pub struct AttachmentForm {
    /// The file, with its name.
    #[schema(format = "binary")]
    pub file: String,
}

/// A file that was uploaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Attachment)]
pub struct AttachmentView {
    /// Its id.
    pub id: AttachmentId,
    /// What it is called.
    #[schema(example = "Offer.pdf")]
    pub name: String,
    /// What it is, by its bytes.
    #[schema(example = "application/pdf")]
    pub content_type: ContentType,
    /// How many bytes it has.
    #[schema(example = 48_213)]
    pub size: i64,
    /// Their SHA-256, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// The note that it belongs to; null while it belongs to nothing.
    #[schema(required)]
    pub note_id: Option<NoteId>,
    /// Who uploaded it; null if a key did.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Which key uploaded it; null if a person did.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// When it was uploaded.
    pub created_at: Instant,
}

impl From<Attachment> for AttachmentView {
    fn from(row: Attachment) -> Self {
        Self {
            id: row.id,
            name: row.name,
            content_type: row.content_type,
            size: row.size_bytes,
            sha256: hex(&row.digest),
            note_id: row.note_id,
            user_id: row.user_id,
            api_key_id: row.api_key_id,
            created_at: row.created_at,
        }
    }
}

/// A file of something else, as it is shown there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachedFile {
    /// Its id.
    pub id: AttachmentId,
    /// What it is called.
    #[schema(example = "Offer.pdf")]
    pub name: String,
    /// What it is, by its bytes.
    #[schema(example = "application/pdf")]
    pub content_type: ContentType,
    /// How many bytes it has.
    #[schema(example = 48_213)]
    pub size: i64,
}

impl From<Attachment> for AttachedFile {
    fn from(row: Attachment) -> Self {
        Self { id: row.id, name: row.name, content_type: row.content_type, size: row.size_bytes }
    }
}

/// A link that opens a file without a header.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttachmentLink {
    /// The link. Whoever has it opens the file with it.
    #[schema(example = "https://entente.example/v1/downloads?token=AQGZ.x1")]
    pub url: String,
    /// Until when it counts.
    pub expires_at: Instant,
}

/// What a link says.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DownloadQuestion {
    /// Which file, and who opens it to you.
    #[param(max_length = 500, nullable = false, required = true)]
    pub token: Option<String>,
}
