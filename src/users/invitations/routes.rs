//! URLs of invitations.

use std::sync::Arc;

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::accepting::{self, Joined};
use super::desk::Desk;
use super::model::Invitation;
use super::policy::{Invite, ReadInvitations, RevokeInvitation};
use super::wire::{AcceptInvitation, InvitationView, InvitationsFilter, NewInvitation};
use super::{rules, sending, store};
use crate::access::{Anonymous, Guarded, Signed, secret};
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::users::wire::SignInView;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(create_invitation)
        .service(list_invitations)
        .service(accept_invitation)
        .service(get_invitation)
        .service(resend_invitation)
        .service(revoke_invitation);
}

/// Invite somebody to your company.
///
/// A letter goes to the address, with a link that can be used once, within seven days if the server is not
/// set up otherwise. The token is in the letter alone. The answer and the letter are the same whether
/// somebody has an account with the address or not. Nobody invites to a role above his own. Up to 200
/// people are invited a day, and one address three times. Refuses with `already_member`,
/// `already_invited`, `too_many_invitations`.
#[utoipa::path(tag = "Members")]
#[post("/invitations")]
async fn create_invitation(
    signed: Signed<Invite>,
    desk: Desk,
    Json(body): Json<NewInvitation>,
) -> Result<Created<InvitationView>> {
    let now = signed.now;
    sending::check(&body.email)?;
    signed
        .write(move |db, actor| {
            let invitation = sending::invite(db, actor, &body, &desk, now)?;
            let location = format!("/v1/invitations/{}", invitation.id);
            Ok(Created::at(location, InvitationView::at(invitation, now)))
        })
        .await
}

/// List the invitations to your company, newest first.
///
/// Addresses are shown as they were invited: whether somebody has an account with one is not told. One
/// that nobody has accepted within its days is `expired`, and can be sent again.
#[utoipa::path(tag = "Members", params(InvitationsFilter, Listing))]
#[get("/invitations")]
async fn list_invitations(
    signed: Signed<ReadInvitations>,
    Query(filter): Query<InvitationsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<InvitationView>> {
    let (after, limit, now) = (listing.after()?, listing.limit(), signed.now);
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, (filter.status, now), after, limit)?;
            Ok(Listed::of(page.map(|invitation| InvitationView::at(invitation, now))))
        })
        .await
}

/// Show an invitation.
///
/// Its address, its role, and what has become of it. The token is not shown: it went out by letter.
#[utoipa::path(tag = "Members")]
#[get("/invitations/{id}")]
async fn get_invitation(
    guarded: Guarded<Invitation, ReadInvitations>,
) -> Result<Found<InvitationView>> {
    let now = guarded.now;
    guarded.read(move |_, one| Ok(Found::version(one.version, InvitationView::at(one, now)))).await
}

/// Send the letter of an invitation again.
///
/// With another link, which counts for as many days again; the link before counts no longer. At most once
/// in five minutes, and five letters in all. Refuses with `invitation_over`, `invitation_sent_lately`.
#[utoipa::path(tag = "Members")]
#[post("/invitations/{id}/resend")]
async fn resend_invitation(
    guarded: Guarded<Invitation, Invite>,
    desk: Desk,
) -> Result<Found<InvitationView>> {
    let (now, actor) = (guarded.now, Arc::clone(&guarded.actor));
    guarded
        .write(move |db, invitation| {
            let after = sending::resend(db, &actor, &invitation, &desk, now)?;
            Ok(Found::version(after.version, InvitationView::at(after, now)))
        })
        .await
}

/// Revoke an invitation: its link counts no longer.
///
/// There is no way back, but the person can be invited anew. Refuses with `invitation_over`.
#[utoipa::path(tag = "Members")]
#[post("/invitations/{id}/revoke")]
async fn revoke_invitation(
    guarded: Guarded<Invitation, RevokeInvitation>,
) -> Result<Found<InvitationView>> {
    let (now, actor) = (guarded.now, Arc::clone(&guarded.actor));
    guarded
        .write(move |db, invitation| {
            let after = sending::revoke(db, &actor, &invitation, now)?;
            Ok(Found::version(after.version, InvitationView::at(after, now)))
        })
        .await
}

/// Accept an invitation with the token of a letter.
///
/// For an address that nobody has, this makes a user with `name` and `password`. Whoever has an account
/// with the address sends the token signed in, with `Authorization`; name and password are not looked at
/// then. Somebody whose account belongs to no company that takes part, and who cannot sign in for that
/// reason, sends the password of the account instead. The answer is a sign-in to the company. A token that
/// is unknown, used, revoked or too old is `invitation_token_invalid`, whichever it is, and so is one of a
/// company that is suspended or deactivated.
///
/// Refuses with `already_member`.
#[utoipa::path(tag = "Members")]
#[post("/invitations/accept")]
async fn accept_invitation(
    anonymous: Anonymous,
    Json(body): Json<AcceptInvitation>,
) -> Result<Created<SignInView>> {
    let (now, origin) = (anonymous.now, anonymous.origin);
    let hash = secret::digest(body.token.as_bytes());
    // Hashing is work, which nobody gets done for a token that does not count.
    let token = hash.clone();
    let shown = anonymous.read(move |db| accepting::look(db, &token, now)).await?;
    let shown = shown.ok_or_else(rules::does_not_count)?;
    let invitation = shown.0.clone();
    let joining = accepting::who(&anonymous, body, shown).await?;
    let Joined { issued, user, company, membership } = anonymous
        .write(move |db| accepting::join(db, (&invitation, &hash), &joining, (origin, now)))
        .await?;
    let location = format!("/v1/memberships/{membership}");
    let view = issued.view(anonymous.gate(), user, company.into(), now)?;
    Ok(Created::at(location, view).uncached())
}
