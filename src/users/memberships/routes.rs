//! URLs of the people of a company, and of their places in it.

use std::sync::Arc;

use actix_web::{delete, get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::policy::{ChangeRole, LeaveCompany, ReadMembers};
use super::wire::{CompanyUserView, MemberView, PatchMembership};
use super::{changing, store};
use crate::access::{Guarded, Signed};
use crate::db::Db;
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed, NoContent};
use crate::kernel::id::UserId;
use crate::users::model::{Membership, Role};
use crate::users::store as users;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_users)
        .service(get_membership)
        .service(update_membership)
        .service(remove_membership);
}

/// List the people of your company, those who came first before.
///
/// Their addresses, and when they were last here, are shown to admins and owners; `email` and
/// `last_seen_at` are null for others.
#[utoipa::path(tag = "Members", params(Listing))]
#[get("/users")]
async fn list_users(
    signed: Signed<ReadMembers>,
    Query(listing): Query<Listing>,
) -> Result<Listed<CompanyUserView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, after, limit)?;
            if actor.person()?.role < Role::Admin {
                return Ok(Listed::of(page.map(CompanyUserView::to_colleague)));
            }
            let ids: Vec<UserId> = page.rows.iter().map(|(_, user)| user.id).collect();
            let seen = store::last_seen(db, actor.reach.company, &ids)?;
            Ok(Listed::of(page.map(|row| {
                let at = seen.get(&row.1.id).copied();
                CompanyUserView::to_admin(row, at)
            })))
        })
        .await
}

/// Show a person's place in your company.
///
/// Everybody of the company sees who else belongs to it, and in which role. Another company's memberships
/// do not exist for it.
#[utoipa::path(tag = "Members")]
#[get("/memberships/{id}")]
async fn get_membership(guarded: Guarded<Membership, ReadMembers>) -> Result<Found<MemberView>> {
    guarded.read(shown).await
}

fn shown(db: &mut Db, membership: Membership) -> Result<Found<MemberView>> {
    let name = users::find(db, membership.user_id)?.name;
    Ok(Found::version(membership.version, MemberView::of(membership, name)))
}

/// Give a member another role.
///
/// Nobody gives a role above his own, or changes somebody above him. The last owner stays one. Whoever is
/// less from now on is so at once; what that person invited somebody to be and may no longer is revoked.
/// Refuses with `last_owner`.
#[utoipa::path(tag = "Members")]
#[patch("/memberships/{id}")]
async fn update_membership(
    guarded: Guarded<Membership, ChangeRole>,
    Json(body): Json<PatchMembership>,
) -> Result<Found<MemberView>> {
    let (now, actor, forget) = (guarded.now, Arc::clone(&guarded.actor), guarded.forgetter());
    let done = guarded
        .write(move |db, membership| {
            let after = changing::change_role(db, &actor, membership, body.role, now)?;
            shown(db, after)
        })
        .await?;
    forget();
    Ok(done)
}

/// Remove a member from your company, or leave it.
///
/// Everybody may leave, but for the last owner; admins remove others who are not above them. The person's
/// sessions of this company end at once, and those of other companies go on. API keys that the person made
/// stay: they are the company's. Refuses with `last_owner`.
#[utoipa::path(tag = "Members")]
#[delete("/memberships/{id}")]
async fn remove_membership(guarded: Guarded<Membership, LeaveCompany>) -> Result<NoContent> {
    let (now, actor, forget) = (guarded.now, Arc::clone(&guarded.actor), guarded.forgetter());
    let done = guarded
        .write(move |db, membership| {
            changing::end(db, &actor, &membership, now)?;
            Ok(NoContent)
        })
        .await?;
    forget();
    Ok(done)
}
