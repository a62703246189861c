//! Ordinary bodies, taken in whole: up to a limit, and within a time.
//!
//! Whoever needs the bytes before a handler does takes them in the same way, so that a request is
//! treated alike whether its body is looked at once or twice.

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::BytesMut;
use futures_util::StreamExt;

use crate::error::{Error, Result};
use crate::kernel::time::Patience;

/// The most bytes of an ordinary body.
const LIMIT: usize = 4 * 1024 * 1024;

/// Takes in a whole body.
pub async fn take_in(request: &HttpRequest, payload: Payload) -> Result<BytesMut> {
    let patience = request.app_data::<Patience>();
    let missing = || Error::internal(anyhow::anyhow!("no patience was mounted"));
    let Patience(patience) = *patience.ok_or_else(missing)?;
    let late = |_| Error::Malformed("the body did not arrive in time".into());
    tokio::time::timeout(patience, collect(payload)).await.map_err(late)?
}

async fn collect(mut payload: Payload) -> Result<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(part) = payload.next().await {
        let part = part.map_err(|cause| Error::Malformed(format!("reading the body: {cause}")))?;
        if body.len() + part.len() > LIMIT {
            let detail = format!("a body has at most {LIMIT} bytes");
            return Err(Error::TooLarge { code: "body_too_large", detail });
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}
