//! Rows and words of letters.

use diesel::prelude::*;

use crate::db::schema::mails;
use crate::kernel::id::{MailId, UserId, WorkerId};
use crate::kernel::time::Instant;
use crate::mail::templates::Rendered;

crate::words! {
    /// What has become of a letter.
    pub enum Status as MailStatus { Waiting = "waiting", Sent = "sent", Failed = "failed" }
}

/// A letter to one recipient, to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The user it is for, if it is for one.
    pub user_id: Option<UserId>,
    /// One line.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The same as a page.
    pub html: String,
    /// Where its recipient can say that no more of these should come: an absolute URL, which takes
    /// `POST` (RFC 8058). Its template has to be given it too, so that the letter shows it; none for
    /// what is essential.
    pub unsubscribe: Option<String>,
}

impl Letter {
    /// What a user has to be told, whether they like letters or not.
    pub fn essential(to: &str, user_id: UserId, words: Rendered) -> Self {
        Self { user_id: Some(user_id), ..Self::to_anybody(to, words) }
    }

    /// What whoever has an address has to be told, user or not.
    pub fn to_anybody(to: &str, words: Rendered) -> Self {
        let Rendered { subject, text, html } = words;
        Self { to: to.to_string(), user_id: None, subject, text, html, unsubscribe: None }
    }
}

/// A letter on its way, or what is left of one that is done with.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = mails, treat_none_as_default_value = false)]
pub struct Mail {
    /// Its id, of which its `Message-ID` is made: the same at each attempt.
    pub id: MailId,
    /// Whom it is for.
    pub address: String,
    /// The user it is for, if it is for one.
    pub user_id: Option<UserId>,
    /// One line.
    pub subject: String,
    /// What it says; empty once it is done with.
    pub text: String,
    /// The same as a page; empty once it is done with.
    pub html: String,
    /// Where to say that no more should come.
    pub unsubscribe: Option<String>,
    /// What has become of it.
    pub status: Status,
    /// How often it was taken in hand.
    pub attempts: i32,
    /// Not before.
    pub next_at: Instant,
    /// Who has it in hand.
    pub worker_id: Option<WorkerId>,
    /// Until when nobody else may.
    pub lease_until: Option<Instant>,
    /// Why it was last not taken.
    pub last_error: Option<String>,
    /// When it was posted.
    pub created_at: Instant,
    /// When it was done with.
    pub done_at: Option<Instant>,
}

/// What became of an attempt to hand a letter on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody else is responsible for it now.
    Sent,
    /// It will never be taken, and why.
    Refused(String),
    /// It was not taken this time, and why.
    PutOff(String),
}
