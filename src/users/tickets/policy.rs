//! Who may: whoever may watch something, which is judged when the stream is opened.

crate::verbs! {
    /// Asking for a ticket by which a browser opens a stream.
    TakeStreamTicket: Viewer, None, reads, relationship;
}
