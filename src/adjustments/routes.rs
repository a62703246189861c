//! URLs of adjustments.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::make::{approve, decline, make};
use super::model::Either;
use super::policy::{DecideAdjustment, MakeAdjustment, ReadAdjustments};
use super::wire::{
    AdjustmentListing, AdjustmentView, ApproveAdjustment, DeclineAdjustment, NewAdjustment,
};
use super::{rules, store};
use crate::access::{Guarded, Signed};
use crate::actions::model::Action;
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::query::{self, Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(adjust_action)
        .service(list_adjustments)
        .service(list_all_adjustments)
        .service(get_adjustment)
        .service(approve_adjustment)
        .service(decline_adjustment);
}

/// Adjust a locked action: claw back part of its payout, or make good.
///
/// The action stays as it locked; the adjustment is a signed entry beside it. Where less of the sale
/// is left, the payout for the rest is what the terms say, and the partner gives back the difference:
/// if the terms' `after_lock` is `clawback`, and for their `clawback_days`. Where more is left, the
/// partner gets the difference. Adjustments build on each other, and what is left is never below zero
/// nor above what was first tracked, or locked where that was more. A make-good beyond the program's
/// `make_good_limit` is `proposed`, and has no effect until a second person approves it.
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
            let location = format!("/v1/adjustments/{}", adjustment.id());
            Ok(Created::at(location, AdjustmentView::of(reader, action.currency, adjustment)))
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

/// List your company's adjustments of all actions, newest first.
///
/// As the brand that has made or proposed them, and as the partner of those that count. An API key
/// that is limited to programs or event types sees those within its limits. A page covers at most
/// 10,000 adjustments: where a filter means few of them, it may be short, or empty with a
/// `next_cursor`.
#[utoipa::path(tag = "Actions", params(AdjustmentListing))]
#[get("/adjustments")]
async fn list_all_adjustments(
    signed: Signed<ReadAdjustments>,
    Query(listing): Query<AdjustmentListing>,
) -> Result<Listed<AdjustmentView>> {
    let (before, limit) = (query::after(listing.cursor.as_deref())?, query::limit(listing.limit));
    let page = signed
        .read(move |db, actor| {
            let page = store::list(db, &actor.reach, &listing.filter(), before, limit)?;
            let actions = page.rows.iter().map(Either::action_id).collect();
            let (currencies, reader) = (store::currencies(db, actions)?, actor.reach.company);
            let (rows, next) = (page.rows.into_iter(), page.next);
            let view = |row: Either| {
                let currency = currencies.get(&row.action_id()).copied();
                let missing = || Error::internal(anyhow::anyhow!("{} has no action", row.id()));
                Ok(AdjustmentView::of(reader, currency.ok_or_else(missing)?, row))
            };
            Ok(Page { rows: rows.map(view).collect::<Result<_>>()?, next })
        })
        .await?;
    Ok(Listed::of(page))
}

/// Show an adjustment.
///
/// As `GET /v1/adjustments` lists it. The partner sees it once it counts, the brand from its proposal on.
#[utoipa::path(tag = "Actions")]
#[get("/adjustments/{id}")]
async fn get_adjustment(
    guarded: Guarded<Either, ReadAdjustments>,
) -> Result<Found<AdjustmentView>> {
    let reach = guarded.actor.reach.clone();
    guarded
        .read(move |db, adjustment| {
            let action = action_of(db, &adjustment, &reach)?;
            let version = adjustment.version();
            let view = AdjustmentView::of(reach.company, action.currency, adjustment);
            Ok(Found::version(version, view))
        })
        .await
}

/// Approve a make-good that another one has proposed.
///
/// It takes a person, who had no hand in it: neither as user nor by an API key he has made. What
/// counts is decided again: if the make-good no longer fits, or would come to something else than
/// what was proposed, it is refused.
///
/// Refuses with `adjustment_answered`, `own_proposal`, `proposal_outdated`, and as adjusting does
/// with `exceeds_due`, `nothing_to_adjust`, `action_reversed`, `not_reversed`, `exceeds_remaining`,
/// `out_of_range`.
#[utoipa::path(tag = "Actions")]
#[post("/adjustments/{id}/approve")]
async fn approve_adjustment(
    guarded: Guarded<Either, DecideAdjustment>,
    Json(body): Json<ApproveAdjustment>,
) -> Result<Found<AdjustmentView>> {
    let ApproveAdjustment {} = body;
    let (now, doer, reach) = (guarded.now, guarded.actor.doer, guarded.actor.reach.clone());
    guarded
        .write(move |db, adjustment| {
            let action = action_of(db, &adjustment, &reach)?;
            let proposal = rules::open(adjustment)?;
            let made = Either::Made(approve(db, &action, &proposal, doer, now)?);
            let version = made.version();
            Ok(Found::version(version, AdjustmentView::of(reach.company, action.currency, made)))
        })
        .await
}

/// Decline a make-good that was proposed.
///
/// It never counts. Whoever has proposed it may take it back so, too.
///
/// Refuses with `adjustment_answered`.
#[utoipa::path(tag = "Actions")]
#[post("/adjustments/{id}/decline")]
async fn decline_adjustment(
    guarded: Guarded<Either, DecideAdjustment>,
    Json(body): Json<DeclineAdjustment>,
) -> Result<Found<AdjustmentView>> {
    let (now, doer, reach) = (guarded.now, guarded.actor.doer, guarded.actor.reach.clone());
    guarded
        .write(move |db, adjustment| {
            let action = action_of(db, &adjustment, &reach)?;
            let proposal = rules::open(adjustment)?;
            let declined = decline(db, &proposal, (body.reason.clone(), doer), now)?;
            let version = declined.version;
            Ok(Found::version(version, AdjustmentView::proposed(action.currency, declined)))
        })
        .await
}

/// The action that an adjustment is beside.
fn action_of(db: &mut Db, adjustment: &Either, reach: &Reach) -> Result<Action> {
    let found = Action::look_for(db, adjustment.action_id(), reach)?;
    found.ok_or(Error::NotFound(Action::NAME))
}
