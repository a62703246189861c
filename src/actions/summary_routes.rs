//! URL of what actions come to.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Side;
use super::policy::ReadActions;
use super::store::{self, Filter, Part};
use super::totals::totals;
use super::wire::{ActionsFilter, SideView, SummaryView};
use crate::access::Signed;
use crate::error::{Error, Fault, Result};
use crate::http::query::Query;
use crate::http::reply::Found;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(summarize_actions);
}

/// Sum up actions: how many, their sales and payouts, by state and currency.
///
/// By the filters of the list, each side for itself: what your company owes as a brand, and what it
/// earns as a partner. The first 10,000 actions of the list are looked at, in the order of `sort`:
/// where it is longer, `capped` says so and `counted_to` says how far.
#[utoipa::path(tag = "Actions", params(ActionsFilter))]
#[get("/actions/summary")]
async fn summarize_actions(
    signed: Signed<ReadActions>,
    Query(filter): Query<ActionsFilter>,
) -> Result<Found<SummaryView>> {
    let filter = filter.read(signed.now)?;
    signed
        .read(move |db, actor| {
            let meant = |side: &Side| filter.side.is_none_or(|only| only == *side);
            let sides = Side::ALL.iter().copied().filter(meant);
            let parts = sides.map(|side| {
                let part = store::figures(db, &actor.reach, &filter, side)?;
                summed(side, &filter, &part)
            });
            Ok(Found::of(SummaryView { sides: parts.collect::<Result<_>>()? }))
        })
        .await
}

fn summed(side: Side, filter: &Filter, part: &Part) -> Result<SideView> {
    let beyond = || {
        let message = "the amounts are too large to add up";
        Error::invalid(Fault::at("", "out_of_range", message))
    };
    let totals = totals(&part.figures, filter.now).ok_or_else(beyond)?;
    Ok(SideView::of(side, &totals, part.counted_to))
}
