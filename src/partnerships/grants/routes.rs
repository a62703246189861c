//! URLs of what the sides of a partnership grant each other. What is granted comes by offers and changes.

use actix_web::{delete, get};
use utoipa_actix_web::service_config::ServiceConfig;

use super::wire::{GrantView, Named, RevokeGrant};
use super::{change, rules, store};
use crate::access::Guarded;
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::reply::{Listed, NoContent};
use crate::kernel::page::Page;
use crate::partnerships::change::Told;
use crate::partnerships::changes::change as changes;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::{ReadPartnership, RevokeGrant as Revokes};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_partnership_grants).service(revoke_partnership_grant);
}

/// List what the two sides of a partnership let each other do.
///
/// Both see all of it: who grants what to whom, how far, and since when. A grant of an offer counts
/// once that is accepted; after the end of the partnership the list shows what was granted until then,
/// and none of it counts. There is one page.
#[utoipa::path(tag = "Partnerships")]
#[get("/partnerships/{id}/grants")]
async fn list_partnership_grants(
    guarded: Guarded<Partnership, ReadPartnership>,
) -> Result<Listed<GrantView>> {
    guarded
        .read(move |db, on| {
            let rows = store::of(db, on.id)?;
            let page = Page { rows, next: None };
            Ok(Listed::of(page.map(|grant| GrantView::of(&on, grant))))
        })
        .await
}

/// Take back at once what your company lets the other one do.
///
/// It needs nobody's consent and takes effect with the answer; the other side is told, with the reason.
/// What is proposed about the grant no longer fits. Where nothing is granted, nothing changes. A company
/// that is suspended may do so, too; where the other one has suspended it by `manage_status`, it is
/// active again.
///
/// Refuses with `partnership_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[delete("/partnerships/{id}/grants/{grant}")]
async fn revoke_partnership_grant(
    guarded: Guarded<Partnership, Revokes>,
    Named(kind): Named,
    Json(body): Json<RevokeGrant>,
) -> Result<NoContent> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let forget = guarded.forgetter();
    let done = guarded
        .write(move |db, partnership| {
            let kind = kind.ok_or(Error::NotFound("grant"))?;
            let on = changes::held(db, &partnership)?;
            rules::revoke(&on)?;
            let told = Told { kind: EventKind::PartnershipGrantRevoked, own, doer };
            change::revoke(db, &on, (kind, &body.reason), told, now)?;
            Ok(NoContent)
        })
        .await;
    // Your company may be suspended no longer.
    forget();
    done
}
