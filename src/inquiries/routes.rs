//! URLs of inquiries.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Inquiry;
use super::policy::{AnswerInquiry, OpenInquiry, ReadInquiries};
use super::store;
use super::wire::{AcceptInquiry, DeclineInquiry, InquiriesFilter, InquiryView, NewInquiry};
use super::{answering, opening};
use crate::access::{Guarded, Signed};
use crate::actions::wire::Nothing;
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::CompanyId;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(open_inquiry)
        .service(list_inquiries)
        .service(get_inquiry)
        .service(accept_inquiry)
        .service(decline_inquiry)
        .service(withdraw_inquiry);
}

/// Dispute an action that is credited to you, or an order that never was.
///
/// The brand answers before `answer_by`; if it does not, silence says yes or no, as the contract's
/// terms have it (`inquiry_days`, `inquiry_default`). About an action one may inquire until it locks,
/// and for 14 days after that where its figures fell on the last day before; about an order for 90
/// days. One inquiry about the same is open at a time. While one about a reversed action is open,
/// that action does not lock.
///
/// Refuses with `inquiry_open`, `inquiry_over`, `duplicate_order`, `not_reversed`, `action_reversed`.
#[utoipa::path(tag = "Inquiries")]
#[post("/inquiries")]
async fn open_inquiry(
    signed: Signed<OpenInquiry>,
    Json(body): Json<NewInquiry>,
) -> Result<Created<InquiryView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            let inquiry = opening::open(db, actor, &body, now)?;
            let location = format!("/v1/inquiries/{}", inquiry.id);
            Ok(Created::at(location, InquiryView::to(actor.reach.company, inquiry)))
        })
        .await
}

/// List inquiries, newest first: those to your company, and those of your company.
///
/// Filters narrow the list; `status=open&answer_before=TIME` are those to be answered by then.
#[utoipa::path(tag = "Inquiries", params(InquiriesFilter, Listing))]
#[get("/inquiries")]
async fn list_inquiries(
    signed: Signed<ReadInquiries>,
    Query(filter): Query<InquiriesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<InquiryView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    let (filter, reader) = (store::Filter::from(filter), signed.actor.reach.company);
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, &filter, after, limit)?;
            Ok(Listed::of(page.map(|inquiry| InquiryView::to(reader, inquiry))))
        })
        .await
}

/// Show an inquiry.
///
/// Both sides see what was asked, what was answered and what came of it.
#[utoipa::path(tag = "Inquiries")]
#[get("/inquiries/{id}")]
async fn get_inquiry(guarded: Guarded<Inquiry, ReadInquiries>) -> Result<Found<InquiryView>> {
    let reader = guarded.actor.reach.company;
    guarded.read(move |_, inquiry| Ok(found(reader, inquiry))).await
}

/// Accept an inquiry, or a part of it; what is accepted is done.
///
/// An order is tracked, by the terms that were in force when it occurred. An action that has not
/// locked is changed, as if on the day of the inquiry; one that has locked is made good beside it.
/// `applied` says which, and `nothing` where everything was as asked already. What the rules of
/// tracking, changing and adjusting refuse is refused with their codes, and the inquiry stays open.
/// Whoever opened it, signed in to either company, does not answer it.
///
/// Refuses with `inquiry_already_answered`, `answer_over`, `conflict_of_interest`, `not_credited`,
/// `duplicate_order`, `action_locked`, `action_reversed`, `not_reversed`, `exceeds_remaining`,
/// `item_not_found`, `sku_not_found`, `ambiguous_sku`, `out_of_range`, `clawback_forbidden`,
/// `clawback_over`, `exceeds_due`.
#[utoipa::path(tag = "Inquiries")]
#[post("/inquiries/{id}/accept")]
async fn accept_inquiry(
    guarded: Guarded<Inquiry, AnswerInquiry>,
    Json(body): Json<AcceptInquiry>,
) -> Result<Found<InquiryView>> {
    let (now, doer, reader) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, inquiry| {
            let (part, said) = body.read(&inquiry, now)?;
            let accepted = answering::accept(db, &inquiry, part, said, (doer, now))?;
            Ok(found(reader, accepted))
        })
        .await
}

/// Decline an inquiry, and say why.
///
/// The action stays as it is, and the partner reads the words. Whoever opened the inquiry, signed in
/// to either company, does not answer it.
///
/// Refuses with `inquiry_already_answered`, `answer_over`, `conflict_of_interest`.
#[utoipa::path(tag = "Inquiries")]
#[post("/inquiries/{id}/decline")]
async fn decline_inquiry(
    guarded: Guarded<Inquiry, AnswerInquiry>,
    Json(body): Json<DeclineInquiry>,
) -> Result<Found<InquiryView>> {
    let (now, doer, reader) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let said = body.read()?;
    guarded
        .write(move |db, inquiry| {
            let declined = answering::decline(db, &inquiry, said.clone(), doer, now)?;
            Ok(found(reader, declined))
        })
        .await
}

/// Withdraw an inquiry that your company opened.
///
/// Nothing comes of it, and the same may be asked again while there is time.
///
/// Refuses with `inquiry_already_answered`, `answer_over`.
#[utoipa::path(tag = "Inquiries")]
#[post("/inquiries/{id}/withdraw")]
async fn withdraw_inquiry(
    guarded: Guarded<Inquiry, OpenInquiry>,
    _nothing: Json<Nothing>,
) -> Result<Found<InquiryView>> {
    let (now, doer, reader) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, inquiry| Ok(found(reader, answering::withdraw(db, &inquiry, doer, now)?)))
        .await
}

fn found(reader: CompanyId, inquiry: Inquiry) -> Found<InquiryView> {
    Found::version(inquiry.version, InquiryView::to(reader, inquiry))
}
