//! A lost race without `If-Match` is nobody's fault: the work is done again on the newer row.

use crate::error::{Error, Result};

/// How often.
const TRIES: usize = 4;

/// Runs an asynchronous `work` again while it is [`Error::Stale`], unless the caller named a version.
pub(super) async fn unless_pinned<T, Work, Done>(pinned: bool, work: Work) -> Result<T>
where
    Work: Fn() -> Done,
    Done: Future<Output = Result<T>>,
{
    let mut tries = 1;
    loop {
        match work().await {
            Err(Error::Stale) if !pinned && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}
