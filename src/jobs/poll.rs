//! Looking again and again for something to do.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::error::Result;

/// Works as long as there is something to do, then looks again after a while, until told to stop.
/// `round` gives whether there was anything; what it failed on it tries again as if there had been
/// nothing. `what` is the work, for the log.
pub async fn poll<Round>(
    stop: &CancellationToken,
    every: Duration,
    what: &str,
    round: impl Fn() -> Round,
) where
    Round: Future<Output = Result<bool>>,
{
    while !stop.is_cancelled() {
        match round().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => log::warn!(error:?; "{what} failed"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}
