//! URLs of partnerships that are offered to an address. The door that offers one is that of all offers.

use std::sync::Arc;

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::desk::Desk;
use super::model::PartnershipInvitation;
use super::policy::{
    ClaimPartnership as Claim, InviteToPartnership, ReadInvitedAddresses, WithdrawInvitedAddress,
};
use super::wire::{ClaimPartnership, PartnershipInvitationView, PartnershipInvitationsFilter};
use super::{claiming, sending, store};
use crate::access::{Guarded, Signed, secret};
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::time::Instant;
use crate::partnerships::change::OfferSpan;
use crate::partnerships::routes::view;
use crate::partnerships::wire::PartnershipView;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_partnership_invitations)
        .service(claim_partnership_invitation)
        .service(get_partnership_invitation)
        .service(resend_partnership_invitation)
        .service(withdraw_partnership_invitation);
}

/// List the partnerships that your company has offered to addresses, newest first.
///
/// One that a company has received has a `partnership_id`, and goes on among the partnerships. One that
/// nobody has received within its days is `expired`. Whether somebody has an account with an address is
/// not told.
#[utoipa::path(tag = "Partnerships", params(PartnershipInvitationsFilter, Listing))]
#[get("/partnership-invitations")]
async fn list_partnership_invitations(
    signed: Signed<ReadInvitedAddresses>,
    Query(filter): Query<PartnershipInvitationsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<PartnershipInvitationView>> {
    let (before, limit, now) = (listing.after()?, listing.limit(), signed.now);
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, (filter.status, now), before, limit)?;
            Ok(Listed::of(page.map(|one| PartnershipInvitationView::at(one, now))))
        })
        .await
}

/// Show a partnership that your company has offered to an address.
///
/// The address, what was offered, and what has become of it. The token is not shown: it went out by letter.
#[utoipa::path(tag = "Partnerships")]
#[get("/partnership-invitations/{id}")]
async fn get_partnership_invitation(
    guarded: Guarded<PartnershipInvitation, ReadInvitedAddresses>,
) -> Result<Found<PartnershipInvitationView>> {
    let now = guarded.now;
    guarded.read(move |_, one| Ok(found(one, now))).await
}

/// Send the letter that offers a partnership again.
///
/// With another link, which counts for as many days again; the link before counts no longer. At most once in
/// five minutes, and three letters in all. Whoever sends it is the one who offers from now on: where the
/// offer has grants, that takes the role admin.
///
/// Refuses with `partnership_invitation_over`, `partnership_invitation_sent_lately`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnership-invitations/{id}/resend")]
async fn resend_partnership_invitation(
    guarded: Guarded<PartnershipInvitation, InviteToPartnership>,
    desk: Desk,
) -> Result<Found<PartnershipInvitationView>> {
    let (now, actor) = (guarded.now, Arc::clone(&guarded.actor));
    guarded
        .write(move |db, one| Ok(found(sending::resend(db, &actor, &one, &desk, now)?, now)))
        .await
}

/// Take back a partnership that was offered to an address, before a company has received it.
///
/// The link in the letter counts no longer. Your company may offer another one to the same address.
///
/// Refuses with `partnership_invitation_over`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnership-invitations/{id}/withdraw")]
async fn withdraw_partnership_invitation(
    guarded: Guarded<PartnershipInvitation, WithdrawInvitedAddress>,
) -> Result<Found<PartnershipInvitationView>> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded.write(move |db, one| Ok(found(sending::withdraw(db, doer, &one, now)?, now))).await
}

/// Receive a partnership that was offered by a letter, with its token.
///
/// The company that you are signed in to is offered the partnership, and accepts or declines it as any
/// other. You have to be signed in with the address of the letter: to anybody else it is worth nothing.
/// Contacts who have left by now are not offered, and grants only if whoever sent the letter may still give
/// them. A token that is unknown, used, replaced, withdrawn or too old is `partnership_token_invalid`,
/// whichever it is.
///
/// Refuses with `partnership_exists`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnership-invitations/claim")]
async fn claim_partnership_invitation(
    signed: Signed<Claim>,
    Json(body): Json<ClaimPartnership>,
    span: OfferSpan,
) -> Result<Created<PartnershipView>> {
    let (now, hash) = (signed.now, secret::digest(body.token.as_bytes()));
    signed
        .write(move |db, actor| {
            let offered = claiming::claim(db, actor, &hash, (span, now))?;
            let location = format!("/v1/partnerships/{}", offered.id);
            Ok(Created::at(location, view(db, actor.reach.company, offered)?))
        })
        .await
}

fn found(one: PartnershipInvitation, now: Instant) -> Found<PartnershipInvitationView> {
    Found::version(one.version, PartnershipInvitationView::at(one, now))
}
