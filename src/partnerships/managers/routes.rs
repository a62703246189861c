//! URLs of management teams.

use actix_web::{delete, get, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::rules::{self, MOST_MANAGERS};
use super::wire::{ManagerView, ShowTeam, TeamFilter, TeamPeople, TeamSide, TeamView};
use super::{change, store};
use crate::access::Guarded;
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed, NoContent};
use crate::kernel::page::Page;
use crate::partnerships::model::Partnership;
use crate::partnerships::named;
use crate::partnerships::policy::{ManageTeam, ReadTeam};
use crate::partnerships::routes::found as found_partnership;
use crate::partnerships::rules as partnership_rules;
use crate::partnerships::wire::PartnershipView;
use crate::people::store as people;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_partnership_managers)
        .service(show_partnership_team)
        .service(add_partnership_managers)
        .service(remove_partnership_managers);
}

/// List who manages a partnership for your side, or for the other one.
///
/// The team is your company's own business: the other side sees neither who is on it nor that there is
/// one, unless your company shows it (`team_visible`). So does `side=other`: what the people on the
/// other team are called if it is shown, and else nobody.
#[utoipa::path(tag = "Partnerships", params(TeamFilter, Listing))]
#[get("/partnerships/{id}/managers")]
async fn list_partnership_managers(
    guarded: Guarded<Partnership, ReadTeam>,
    Query(filter): Query<TeamFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ManagerView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    let own = guarded.actor.reach.company;
    let of_other = filter.side == Some(TeamSide::Other);
    guarded
        .read(move |db, partnership| {
            if !of_other {
                let page = store::page(db, (partnership.id, own), after, limit)?;
                return Ok(Listed::of(page.map(ManagerView::from)));
            }
            let other = partnership.other_side(own);
            if !partnership.status.is_live() || !partnership.team_is_visible(other) {
                return Ok(Listed::of(Page { rows: Vec::new(), next: None }));
            }
            let page = store::page(db, (partnership.id, other), after, limit)?;
            Ok(Listed::of(page.map(ManagerView::named)))
        })
        .await
}

/// Show the other side who manages a partnership for yours, or hide that again.
///
/// While it is shown, the other side sees what the people on your team are called, and is told whenever
/// somebody joins it or leaves it. Saying what is so already changes nothing.
///
/// Refuses with `partnership_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[put("/partnerships/{id}/managers/visibility")]
async fn show_partnership_team(
    guarded: Guarded<Partnership, ManageTeam>,
    Json(body): Json<ShowTeam>,
) -> Result<Found<PartnershipView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, on| {
            let shown = match partnership_rules::show_team(&on, (own, body.team_visible), now)? {
                Some(after) => change::show(db, &on, after, (own, doer))?,
                None => on,
            };
            found_partnership(db, own, shown)
        })
        .await
}

/// Put people of your company on the team that manages a partnership for your side.
///
/// It takes effect at once and needs nobody's consent; whoever is on the team already stays. Those who
/// are users of your company are told of what concerns the partnership, whatever their role. A team has
/// at most 50 people, and the partnership is offered or active.
///
/// Refuses with `partnership_over`, `too_many_managers`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/managers")]
async fn add_partnership_managers(
    guarded: Guarded<Partnership, ManageTeam>,
    Json(body): Json<TeamPeople>,
) -> Result<Found<TeamView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let meant = body.read()?;
    guarded
        .write(move |db, partnership| {
            let mut new = named::found(db, own, &meant)?.map_err(Error::Invalid)?;
            let there = store::team(db, partnership.id, own)?;
            new.retain(|person| !there.contains(&person.id));
            rules::join(partnership.status, there.len(), new.len())?;
            for person in &new {
                change::join(db, partnership.id, person, (doer, now))?;
            }
            if !new.is_empty() {
                change::tell(db, &partnership, own, (doer, now))?;
            }
            let most = i64::try_from(MOST_MANAGERS).unwrap_or(i64::MAX);
            let team = store::page(db, (partnership.id, own), None, most)?;
            Ok(Found::of(TeamView { data: team.map(ManagerView::from).rows }))
        })
        .await
}

/// Take people off the team that manages a partnership for your side.
///
/// It takes effect at once. Whoever is not on the team is not taken off it, and nothing changes.
#[utoipa::path(tag = "Partnerships")]
#[delete("/partnerships/{id}/managers")]
async fn remove_partnership_managers(
    guarded: Guarded<Partnership, ManageTeam>,
    Json(body): Json<TeamPeople>,
) -> Result<NoContent> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    let meant = body.read()?;
    let reach = guarded.actor.reach.clone();
    guarded
        .write(move |db, partnership| {
            let ids: Vec<_> = meant.iter().map(|(_, id)| *id).collect();
            let own = people::among(db, &reach, &ids)?;
            let known = |id| own.iter().any(|person| person.id == id);
            let strangers = meant.iter().filter(|(_, id)| !known(*id));
            let faults: Vec<_> = strangers.map(|(place, _)| named::unknown(place)).collect();
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let there = store::team(db, partnership.id, reach.company)?;
            let mut leaving = own.iter().filter(|person| there.contains(&person.id)).peekable();
            if leaving.peek().is_some() {
                change::tell(db, &partnership, reach.company, (doer, now))?;
            }
            for person in leaving {
                change::quit(db, partnership.id, person, (doer, now))?;
            }
            Ok(NoContent)
        })
        .await
}
