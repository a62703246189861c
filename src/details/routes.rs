//! URLs of actions as they are looked at: the list, and one with what is around it.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Expansion, ListExpansion};
use super::rules::{Withheld, allowed};
use super::wire::{AllowedView, DetailsView, Expand, ExpandList, ListedView};
use crate::access::{Actor, Allows, Guarded, Signed, Verb, Verdict};
use crate::actions::model::Action;
use crate::actions::policy::{ChangeAction, ReadActions, ReattributeAction};
use crate::actions::store as actions;
use crate::actions::wire::{ActionView, ActionsFilter, UpdateView, place};
use crate::adjustments::policy::{MakeAdjustment, ReadAdjustments};
use crate::adjustments::store as adjustments;
use crate::adjustments::wire::AdjustmentView;
use crate::contracts::model::Contract;
use crate::contracts::policy::ReadContract;
use crate::contracts::store as contracts;
use crate::contracts::wire::ContractView;
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};
use crate::inquiries::policy::ReadInquiries;
use crate::inquiries::store as inquiries;
use crate::inquiries::wire::InquiryView;
use crate::kernel::page::Page;
use crate::kernel::time::Instant;

/// How much of a ledger comes along.
const ALONG: i64 = 50;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_actions).service(get_action);
}

/// List actions, newest first: those of your programs, and those your company earns from.
///
/// With `sort=locks_at` those that have not locked, soonest lock first. Filters that no index
/// answers look at 10,000 actions a request: a page may then be short, or empty, and have a
/// `next_cursor` all the same. `expand=allowed` tells of each what you may do now.
#[utoipa::path(tag = "Actions", params(ActionsFilter, ExpandList, Listing))]
#[get("/actions")]
async fn list_actions(
    signed: Signed<ReadActions>,
    Query(filter): Query<ActionsFilter>,
    Query(expand): Query<ExpandList>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ListedView>> {
    let (now, limit) = (signed.now, listing.limit());
    let filter = filter.read(now)?;
    let after = place(&listing, filter.sort)?;
    let with_allowed = expand.expand.unwrap_or_default().contains(&ListExpansion::Allowed);
    signed
        .read(move |db, actor| {
            let Page { rows, next } = actions::page(db, &actor.reach, &filter, after, limit)?;
            let choices: Vec<Option<Vec<AllowedView>>> = match with_allowed {
                true => choices(db, actor, &rows, now)?.into_iter().map(Some).collect(),
                false => vec![None; rows.len()],
            };
            let reader = actor.reach.company;
            let view = |(action, allowed)| ListedView {
                action: ActionView::to(reader, action, now),
                allowed,
            };
            let rows = rows.into_iter().zip(choices).map(view).collect();
            Ok(Listed::of(Page { rows, next }))
        })
        .await
}

/// Show an action.
///
/// What it counts as now and what was tracked, its items, and until when it may still change. Its
/// `version` counts the entries of its ledger, which are at `/v1/actions/{id}/updates`. `expand` shows
/// more: what you may do now, the end of its ledger, its contract, its adjustments, and what is disputed
/// about it. An answer with any of these has no `ETag`, because they change without the action's version.
/// `expand=contract` takes the scope `contracts:read` of a key, `expand=inquiry` `inquiries:read`.
#[utoipa::path(tag = "Actions", params(Expand))]
#[get("/actions/{id}")]
async fn get_action(
    guarded: Guarded<Action, ReadActions>,
    Query(expand): Query<Expand>,
) -> Result<Found<DetailsView>> {
    let (now, actor) = (guarded.now, std::sync::Arc::clone(&guarded.actor));
    let expand = expand.expand.unwrap_or_default();
    guarded
        .read(move |db, action| {
            let version = action.version;
            let view = details(db, &actor, action, &expand, now)?;
            let plain = expand.iter().all(|one| *one == Expansion::Items);
            Ok(if plain { Found::version(version, view) } else { Found::of(view) })
        })
        .await
}

fn details(
    db: &mut Db,
    actor: &Actor,
    action: Action,
    expand: &[Expansion],
    now: Instant,
) -> Result<DetailsView> {
    let (reader, currency) = (actor.reach.company, action.currency);
    let mut view = DetailsView::plain(ActionView::to(reader, action.clone(), now));
    // Each once, however often it is asked for.
    for one in Expansion::ALL.iter().filter(|one| expand.contains(one)) {
        match one {
            Expansion::Items => {}
            Expansion::Allowed => {
                let choices = choices(db, actor, std::slice::from_ref(&action), now)?;
                view.allowed = choices.into_iter().next();
            }
            Expansion::Updates => {
                let entries =
                    actions::newest_updates(db, &action, &actor.reach, ALONG)?.into_iter();
                let entries = entries.map(|entry| UpdateView::to(reader, currency, entry));
                view.updates = Some(entries.collect());
            }
            Expansion::Contract => {
                actor.may::<ReadContract>()?;
                let contract = Contract::look_for(db, action.contract_id, &actor.reach)?;
                let whole = contract.map(|contract| contracts::one_whole(db, contract));
                let whole = whole.transpose()?;
                view.contract = whole.map(|whole| ContractView::to(&actor.reach, whole, now));
            }
            Expansion::Adjustments => {
                actor.may::<ReadAdjustments>()?;
                let rows = adjustments::newest(db, action.id, ALONG)?.into_iter();
                let rows = rows.map(|row| AdjustmentView::to(reader, currency, row));
                view.adjustments = Some(rows.collect());
            }
            Expansion::Inquiry => {
                actor.may::<ReadInquiries>()?;
                let inquiry = inquiries::latest_of(db, &actor.reach, action.id)?;
                view.inquiry = inquiry.map(|inquiry| InquiryView::to(reader, inquiry));
            }
        }
    }
    Ok(view)
}

/// What the caller may do to each of these actions now.
fn choices(
    db: &mut Db,
    actor: &Actor,
    rows: &[Action],
    now: Instant,
) -> Result<Vec<Vec<AllowedView>>> {
    let grounds = actions::grounds_of(db, rows)?;
    let of = |(action, grounds): (&Action, &actions::Grounds)| {
        let withheld = Withheld {
            changing: withheld::<ChangeAction>(actor, action),
            crediting: withheld::<ReattributeAction>(actor, action),
            adjusting: withheld::<MakeAdjustment>(actor, action),
        };
        let choices = allowed(action, &grounds.at(now), withheld).into_iter();
        choices.map(AllowedView::from).collect()
    };
    Ok(rows.iter().zip(&grounds).map(of).collect())
}

/// What the caller would be refused with, whatever the action's state.
fn withheld<V: Verb>(actor: &Actor, action: &Action) -> Option<&'static str>
where
    Action: Allows<V>,
{
    let kept_out = actor.delegation.map_or(Ok(()), |one| one.keep_out(action.sides()));
    match (actor.may::<V>().and(kept_out), <Action as Allows<V>>::allows(action, &actor.reach)) {
        (Err(Error::Forbidden { code, .. }), _) => Some(code),
        (Ok(()), Verdict::Yes) => None,
        (Err(_), _) | (Ok(()), Verdict::No | Verdict::Hidden) => Some("forbidden"),
    }
}
