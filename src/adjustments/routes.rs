//! URLs of adjustments.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::make::make;
use super::policy::{MakeAdjustment, ReadAdjustments};
use super::store;
use super::wire::{AdjustmentView, NewAdjustment};
use crate::access::Guarded;
use crate::actions::model::Action;
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Listed};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(adjust_action).service(list_adjustments);
}

/// Adjust a locked action: claw back part of its payout, or make good.
///
/// The action stays as it locked; the adjustment is a signed entry beside it. Where less of the sale
/// is left, the payout for the rest is what the terms say, and the partner gives back the difference:
/// if the terms' `after_lock` is `clawback`, and for their `clawback_days`. Where more is left, the
/// partner gets the difference. Adjustments build on each other, and what is left is never below zero
/// nor above what was first tracked, or locked where that was more.
///
/// Refuses with `action_not_locked`, `clawback_forbidden`, `clawback_over`, `exceeds_due`,
/// `nothing_to_adjust`, `action_reversed`, `not_reversed`, `exceeds_remaining`, `item_not_found`,
/// `sku_not_found`, `ambiguous_sku`, `out_of_range`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/adjust")]
async fn adjust_action(
    guarded: Guarded<Action, MakeAdjustment>,
    Json(body): Json<NewAdjustment>,
) -> Result<Created<AdjustmentView>> {
    let (now, doer, reader) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, action| {
            let asked = body.read(action.currency)?;
            let adjustment = make(db, &action, &asked, doer, now)?;
            let location = format!("/v1/actions/{}/adjustments", action.id);
            Ok(Created::at(location, AdjustmentView::to(reader, action.currency, adjustment)))
        })
        .await
}

/// List the adjustments of an action, oldest first.
///
/// Each says what was changed, and what is left after it.
#[utoipa::path(tag = "Actions", params(Listing))]
#[get("/actions/{id}/adjustments")]
async fn list_adjustments(
    guarded: Guarded<Action, ReadAdjustments>,
    Query(listing): Query<Listing>,
) -> Result<Listed<AdjustmentView>> {
    let (after, limit, reader) = (listing.after()?, listing.limit(), guarded.actor.reach.company);
    guarded
        .read(move |db, action| {
            let page = store::page(db, action.id, after, limit)?;
            Ok(Listed::of(page.map(|row| AdjustmentView::to(reader, action.currency, row))))
        })
        .await
}
