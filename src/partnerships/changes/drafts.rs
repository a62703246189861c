//! Changes that wait: a side writes down what it is going to propose, and nobody else knows of it.
//!
//! A draft moves nothing and tells nobody: no version of the partnership, no event and no history has
//! it. Its own side sees it among the changes, and over the contacts. Each side has one, beside its
//! open change. It holds whatever may be proposed, also what takes a higher role than its author's:
//! whoever proposes it needs that role.

use actix_web::{delete, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Change, Proposal};
use super::proposing::{self, By};
use super::wire::{ChangeView, PatchChange, ProposeChange, no_reason, read};
use super::{rules, store};
use crate::access::{Actor, Guarded};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::audit::{self, Deed};
use crate::events::model::any;
use crate::http::json::Json;
use crate::http::reply::{Found, NoContent};
use crate::kernel::time::Instant;
use crate::partnerships::policy::ProposeChange as Proposes;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(update_partnership_change)
        .service(discard_partnership_change)
        .service(propose_partnership_change_draft);
}

/// Edit a draft of a change.
///
/// What is absent stays; `operations` take the place of those that were. They are judged as those of a
/// proposal are. The other side learns nothing of it.
///
/// Refuses with `change_not_draft`, `partnership_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[patch("/changes/{id}")]
async fn update_partnership_change(
    guarded: Guarded<Proposal, Proposes>,
    Json(body): Json<PatchChange>,
) -> Result<Found<ChangeView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, proposal| {
            let sides = proposing::sides(&proposal.on, actor.reach.company);
            let wishes = body.operations.as_deref().map(|all| read("/operations", all, sides));
            let wishes = wishes.transpose()?;
            let reason = body.reason.clone().map(Option::unwrap_or_default);
            let by = By { actor: &actor, now };
            let change = proposing::redraft(db, &proposal, (reason, wishes.as_deref()), by)?;
            note(db, "partnership_change.edited", &change, (&actor, now))?;
            Ok(Found::version(change.version, change.into()))
        })
        .await
}

/// Throw a draft of a change away.
///
/// It is gone. What has been proposed is withdrawn instead.
///
/// Refuses with `change_not_draft`.
#[utoipa::path(tag = "Partnerships")]
#[delete("/changes/{id}")]
async fn discard_partnership_change(guarded: Guarded<Proposal, Proposes>) -> Result<NoContent> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, Proposal { change, on: _ }| {
            rules::editable(&change)?;
            if !store::discard(db, &change)? {
                return Err(Error::Stale);
            }
            note(db, "partnership_change.discarded", &change, (&actor, now))?;
            Ok(NoContent)
        })
        .await
}

/// Propose a draft of a change: from now on the other side sees it.
///
/// It is proposed as it stands, under the same id, if all of it still fits.
///
/// Refuses with `change_not_draft`, `change_stale`, `change_open`, `partnership_not_active`,
/// `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/propose")]
async fn propose_partnership_change_draft(
    guarded: Guarded<Proposal, Proposes>,
    Json(body): Json<ProposeChange>,
) -> Result<Found<ChangeView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, proposal| {
            rules::editable(&proposal.change)?;
            let own = Some(proposal.change.reason.clone()).filter(|reason| !reason.is_empty());
            let reason = body.reason.clone().or(own);
            let reason = reason.ok_or_else(|| Error::invalid(no_reason()))?;
            let by = By { actor: &actor, now };
            let change = proposing::propose_draft(db, &proposal, reason, by)?;
            Ok(Found::version(change.version, change.into()))
        })
        .await
}

/// What is done with a draft stands in the own company's log alone.
pub fn note(
    db: &mut Db,
    kind: &'static str,
    change: &Change,
    (actor, now): (&Actor, Instant),
) -> Result<()> {
    let by = (actor.reach.company, actor.doer);
    audit::write(db, Deed::new(kind, any(change.id), by, now))
}
