//! Everything that can go wrong, in about ten kinds. No HTTP and no SQL in here.

use std::borrow::Cow;

use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in a request a fault lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A JSON pointer into the body.
    Pointer(String),
    /// The name of a query parameter.
    Parameter(String),
    /// The name of a header.
    Header(&'static str),
    /// A record of a file; the header is 1.
    Line(i32),
}

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What, for machines: stable, snake_case.
    pub code: Cow<'static, str>,
    /// What, for people.
    pub message: String,
}

impl Fault {
    /// A fault in the body, at a JSON pointer.
    pub fn at(
        pointer: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self { place: Place::Pointer(pointer.into()), code: code.into(), message: message.into() }
    }

    /// A fault in a query parameter.
    pub fn in_parameter(
        name: impl Into<String>,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self { place: Place::Parameter(name.into()), code: code.into(), message: message.into() }
    }
}

/// A rule said no: the state of the stored row does not allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Stable, snake_case.
    pub code: &'static str,
    /// For people.
    pub detail: String,
    /// What was decided before, where that is why.
    pub decision: Option<Box<Decision>>,
}

/// What was decided before somebody came too late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What the thing has become.
    pub status: &'static str,
    /// The company that decided so; none where nobody did.
    pub by: Option<CompanyId>,
    /// When.
    pub at: Option<Instant>,
}

/// The kinds of failure. `http/problem.rs` alone turns them into answers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No credential, or one that does not count.
    #[error("authentication is required: {0}")]
    Unauthenticated(&'static str),
    /// Somebody who knows a password, and has to show more.
    #[error("{detail}")]
    Unproven {
        /// Stable, snake_case.
        code: &'static str,
        /// For people.
        detail: &'static str,
    },
    /// The caller's own thing, which it may not touch this way.
    #[error("{detail}")]
    Forbidden {
        /// Stable, snake_case.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// Unknown, or another company's: the answers are the same.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Not readable at all.
    #[error("{0}")]
    Malformed(String),
    /// Readable and wrong: every fault at once.
    #[error("the request has {} fault(s)", .0.len())]
    Invalid(Vec<Fault>),
    /// The stored row does not allow it.
    #[error("{}", .0.detail)]
    Refused(Refused),
    /// The version in `If-Match` is not the current one, or another writer was first.
    #[error("the resource has changed since it was read")]
    Stale,
    /// The same idempotency key came with another payload.
    #[error("this Idempotency-Key was used with another request")]
    IdempotencyConflict,
    /// The request repeats one that was answered; here is that answer.
    #[error("answered before")]
    Replayed(Box<Answered>),
    /// More than the limit.
    #[error("{detail}")]
    TooLarge {
        /// Stable, snake_case.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// A content type this door does not read.
    #[error("this door reads {0}")]
    UnsupportedMediaType(&'static str),
    /// More at the same time than the caller may have.
    #[error("{detail}")]
    TooMany {
        /// Stable, snake_case.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// More requests than the caller may send.
    #[error("too many requests; come again in {seconds} s")]
    TooFast {
        /// After how many seconds there may be another one.
        seconds: i64,
    },
    /// Tried too often; not again before so many seconds have passed.
    #[error("{detail}")]
    Wait {
        /// Stable, snake_case.
        code: &'static str,
        /// For people.
        detail: &'static str,
        /// How long.
        seconds: i64,
    },
    /// More work than the queue holds; try again shortly.
    #[error("too much is going on; try again shortly")]
    Overloaded,
    /// Ours. The cause goes to the log, never to the caller.
    #[error("an internal error")]
    Internal(#[source] anyhow::Error),
}

/// An answer as it was given, kept for whoever asks the same again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Where the resource is, for creations.
    pub location: Option<String>,
    /// The resource's version tag.
    pub etag: Option<String>,
    /// The JSON body.
    pub body: String,
}

impl Error {
    /// One fault of the request.
    pub fn invalid(fault: Fault) -> Self {
        Self::Invalid(vec![fault])
    }

    /// A rule's refusal.
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused(Refused { code, detail: detail.into(), decision: None })
    }

    /// The same refusal, with what was decided before.
    pub fn decided(self, decision: Option<Decision>) -> Self {
        match self {
            Self::Refused(refused) => {
                Self::Refused(Refused { decision: decision.map(Box::new), ..refused })
            }
            other => other,
        }
    }

    /// A failure of ours, from any error.
    pub fn internal(cause: impl Into<anyhow::Error>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// A feature's refusals and their stable codes, unique over the whole product (a test checks).
///
/// The enum needs `Display` for the detail. `lock!(Refusal { Locked(..) => "action_locked" })`.
#[macro_export]
macro_rules! refusal_codes {
    ($name:ident { $($variant:pat => $code:literal),+ $(,)? }) => {
        impl $name {
            /// Every code this feature may refuse with.
            pub const CODES: &'static [&'static str] = &[$($code),+];

            /// The stable code of this refusal.
            pub fn code(&self) -> &'static str {
                use $name::*;
                match self { $($variant => $code),+ }
            }
        }

        impl From<$name> for $crate::error::Error {
            fn from(refusal: $name) -> Self {
                Self::refused(refusal.code(), refusal.to_string())
            }
        }
    };
}
