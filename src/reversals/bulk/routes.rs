//! URL of changes to many actions.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, post};
use futures_util::future::LocalBoxFuture;
use utoipa_actix_web::service_config::ServiceConfig;

use super::lines::lines;
use super::wire::{Asked, BulkChange, Meant};
use crate::access::{Idempotency, Signed, digest_of, key_of, take_in};
use crate::actions::store as actions;
use crate::actions::store::Filter;
use crate::error::{Error, Fault, Result};
use crate::http::json::Json;
use crate::http::reply::Accepted;
use crate::kernel::id::ActionId;
use crate::kernel::page::read_cursor;
use crate::reversals::door::keep_lines;
use crate::reversals::policy::SubmitReversal;
use crate::reversals::routes::{answer_again, preferred_wait, take};
use crate::reversals::wire::ReversalView;
use crate::reversals::worker::Bells;

/// The most actions that a filter may mean.
const MOST: usize = 10_000;
/// How many of them are looked up at once.
const AT_ONCE: i64 = 1_000;
/// How often is looked, each time at 10,000 actions at most, before the filter is too wide.
const LOOKS: u32 = 50;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(change_actions);
}

/// A request to change many, with what makes it the same request.
struct Bulk {
    body: BulkChange,
    key: Option<String>,
    digest: Vec<u8>,
    wait: Option<Duration>,
}

impl FromRequest for Bulk {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let key = key_of(request.headers())?;
            let bytes = take_in(&request, payload).await?.freeze();
            let kind = request.headers().get(CONTENT_TYPE);
            let kind = kind.map(|kind| kind.as_bytes()).unwrap_or_default();
            let (path, query) = (request.path().as_bytes(), request.query_string().as_bytes());
            let digest = digest_of(&[path, query, kind, &bytes]);
            let wait = preferred_wait(request.headers());
            let Json(body) = Json::from_request(&request, &mut Payload::from(bytes)).await?;
            Ok(Self { body, key, digest, wait })
        })
    }
}

/// Approve, reverse, restore or reset many actions: by their ids, or all that a filter means.
///
/// The answer is a batch, as if you had sent a line for each of them to `/v1/reversals`: every line
/// has its result, and what has locked or is not yours is rejected line by line. A filter comes
/// with the count that you expect, such as that of `/v1/actions/summary`: if it means another
/// number by now, nothing is done.
///
/// Refuses with `count_differs`.
#[utoipa::path(tag = "Actions", request_body = BulkChange)]
#[post("/actions/bulk")]
async fn change_actions(
    signed: Signed<SubmitReversal>,
    bells: Bells,
    bulk: Bulk,
) -> Result<Accepted<ReversalView>> {
    signed.permit()?;
    let Bulk { body, key, digest, wait } = bulk;
    let known = key.map(|key| Idempotency::new(&signed.actor, &key, digest));
    if let Some(known) = known.clone() {
        // What it did then makes its filter mean something else now.
        match signed.read(move |db, _| known.replay(db)).await {
            Err(Error::Replayed(answered)) => {
                return answer_again(&signed, &answered, &bells, wait).await;
            }
            other => other?,
        }
    }
    let Asked { order, mode, meant } = body.read(signed.now)?;
    let ids = match meant {
        Meant::Named(ids) => ids,
        Meant::Filtered(filter, expected) => filtered(&signed, &filter, expected).await?,
    };
    let stored = keep_lines(&signed, &lines(&order, &ids), mode).await?;
    take(&signed.identified(known), stored, &bells, wait).await
}

/// The actions that a filter means, if they are as many as is expected.
async fn filtered(
    signed: &Signed<SubmitReversal>,
    filter: &Filter,
    expected: i64,
) -> Result<Vec<ActionId>> {
    let (mut ids, mut after) = (Vec::new(), None);
    for _ in 0..LOOKS {
        let filter = filter.clone();
        let look = signed.read(move |db, actor| {
            let page = actions::page(db, &actor.reach, &filter, after, AT_ONCE)?;
            Ok(page.map(|action| action.id))
        });
        let page = look.await?;
        ids.extend(page.rows);
        if ids.len() > MOST {
            break;
        }
        match page.next.and_then(|cursor| read_cursor(&cursor)) {
            Some(place) => after = Some(place),
            None => return counted(ids, expected),
        }
    }
    let message = format!("the filter means more than {MOST} actions, or has too many to look at");
    Err(Error::invalid(Fault::at("/filter", "too_many_actions", message)))
}

fn counted(ids: Vec<ActionId>, expected: i64) -> Result<Vec<ActionId>> {
    let count = ids.len();
    if i64::try_from(count) == Ok(expected) {
        return Ok(ids);
    }
    let detail = format!("the filter means {count} actions, not {expected}");
    Err(Error::refused("count_differs", detail))
}
