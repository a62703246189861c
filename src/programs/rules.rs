//! What is refused about programs and event types.

/// Why an event type does not come to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A code names one event type of a company.
    #[error("another event type of your company has the code {0}")]
    CodeTaken(String),
}

crate::refusal_codes!(Refusal { CodeTaken(..) => "code_taken" });
