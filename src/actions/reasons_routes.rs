//! URL of the reasons for which an action may be reversed, modified or reattributed.

use actix_web::get;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::reasons::{Reason, aliases};
use crate::access::{Scope, Signed};
use crate::db::Find;
use crate::error::{Error, Fault, Result};
use crate::http::query::Query;
use crate::http::reply::Listed;
use crate::kernel::id::EventTypeId;
use crate::kernel::page::Page;
use crate::programs::model::EventType;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_reasons);
}

crate::verbs! {
    /// Learning which reasons there are.
    ReadReasons: Viewer, Some(Scope::ProgramsRead), reads, relationship;
}

crate::words! {
    /// What a reason can be given for.
    pub enum ReasonOperation {
        Reverse = "reverse",
        Modify = "modify",
        /// A step on one item.
        Item = "item",
        Adjust = "adjust",
        Reattribute = "reattribute",
    }
}

/// Which reasons.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReasonFilter {
    /// Only those that may be given for this operation.
    #[param(inline, nullable = false)]
    pub operation: Option<ReasonOperation>,
    /// Only those that may be given in this event type, which today are all.
    #[param(nullable = false)]
    pub event_type_id: Option<EventTypeId>,
}

/// A reason, and for what it may be given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonView {
    /// What to send as `reason`.
    pub code: Reason,
    /// What it means.
    pub description: &'static str,
    /// For which operations it may be given.
    pub operations: Vec<ReasonOperation>,
    /// Other spellings that are read as this code.
    pub aliases: Vec<&'static str>,
    /// Whether a note has to say more.
    pub needs_note: bool,
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        let applies = |operation: &ReasonOperation| match operation {
            ReasonOperation::Reverse => reason.applies_to_reverse(),
            ReasonOperation::Modify | ReasonOperation::Item | ReasonOperation::Adjust => {
                reason.applies_to_modify()
            }
            ReasonOperation::Reattribute => reason.applies_to_reattribute(),
        };
        Self {
            code: reason,
            description: reason.description(),
            operations: ReasonOperation::ALL.iter().copied().filter(applies).collect(),
            aliases: aliases(reason),
            needs_note: reason.needs_note(),
        }
    }
}

/// List the reasons for which an action may be reversed or modified.
///
/// The list is the same for every company. Each reason says which operations it goes with, whether it
/// needs a note, and by which other names files may call it.
#[utoipa::path(tag = "Programs", params(ReasonFilter))]
#[get("/reasons")]
async fn list_reasons(
    signed: Signed<ReadReasons>,
    Query(filter): Query<ReasonFilter>,
) -> Result<Listed<ReasonView>> {
    let ReasonFilter { operation, event_type_id } = filter;
    signed
        .read(move |db, actor| {
            let Some(id) = event_type_id else { return Ok(()) };
            if EventType::look_for(db, id, &actor.reach)?.is_some() {
                return Ok(());
            }
            let (code, message) = ("unknown_event_type", "there is no such event type");
            Err(Error::invalid(Fault::in_parameter("event_type_id", code, message)))
        })
        .await?;
    let all = Reason::ALL.iter().copied().map(ReasonView::from);
    let asked = |view: &ReasonView| operation.is_none_or(|one| view.operations.contains(&one));
    Ok(Listed::of(Page { rows: all.filter(asked).collect(), next: None }))
}
