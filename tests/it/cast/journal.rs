//! What the callers of a test have sent that changed something, for whoever asks whether all of it was
//! told of.

use std::cell::RefCell;

use super::http::Answer;

/// A request that went well, and that no reader sends.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The operation of the document.
    pub operation: String,
    /// The request's id.
    pub request_id: String,
}

thread_local! {
    static SENT: RefCell<Option<Vec<Sent>>> = const { RefCell::new(None) };
}

/// What was sent while a story went on.
pub fn of(story: impl FnOnce()) -> Vec<Sent> {
    SENT.set(Some(Vec::new()));
    story();
    SENT.take().unwrap_or_default()
}

/// Notes a request of this thread, while somebody wants to know.
pub fn note(method: &str, path: &str, answer: &Answer) {
    SENT.with_borrow_mut(|sent| {
        let Some(sent) = sent.as_mut() else { return };
        if method == "GET" || !(200..300).contains(&answer.status) {
            return;
        }
        let operation = super::described::operation_id(method, path).expect("a known operation");
        sent.push(Sent { operation, request_id: answer.header("X-Request-Id").to_string() });
    });
}
