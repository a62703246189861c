//! Looks up the things that events are about, and shows them: for a page of events one question, or
//! a few, of each kind of thing, however many events there are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::policy;
use super::wire::{EventView, ObjectView};
use crate::access::Actor;
use crate::actions::store as actions;
use crate::actions::wire::ActionView;
use crate::adjustments::store as adjustments;
use crate::adjustments::wire::AdjustmentView;
use crate::codes::store as codes;
use crate::codes::wire::ReferralCodeView;
use crate::companies::store as companies;
use crate::companies::wire::CompanyView;
use crate::contracts::store as contracts;
use crate::contracts::wire::ContractView;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::kinds::{EventKind, ObjectKind};
use crate::events::model::{AnyId, any};
use crate::events::store::FeedRow;
use crate::inquiries::store as inquiries;
use crate::inquiries::wire::InquiryView;
use crate::kernel::id::{CompanyId, Id, Kind};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::keys::store as keys;
use crate::partnerships::invitations::store as partnership_invitations;
use crate::partnerships::invitations::wire::PartnershipInvitationView;
use crate::partnerships::store as partnerships;
use crate::partnerships::wire::PartnershipView;
use crate::people::store as people;
use crate::people::wire::PersonView;
use crate::programs::store as programs;
use crate::programs::wire::{EventTypeView, ProgramView};
use crate::relations::notes::{store as notes, wire as note_views};
use crate::relations::{store as relations, wire as relation_views};
use crate::reprocessings::store as reprocessings;
use crate::reprocessings::wire::ReprocessingView;
use crate::reversals::imports::wire::ImportView;
use crate::reversals::model::Purpose;
use crate::reversals::store as reversals;
use crate::reversals::wire::ReversalView;
use crate::users::delegations::{store as delegations, wire as delegation_views};
use crate::users::invitations::store as invitations;
use crate::users::invitations::wire::InvitationView;
use crate::users::memberships::store as memberships;
use crate::users::memberships::wire::MemberView;
use crate::users::store as users;
use crate::webhooks::store as webhooks;
use crate::webhooks::wire::WebhookEndpointView;

/// Events as a company is told of them: with everything that it may see.
pub fn views(
    db: &mut Db,
    company: CompanyId,
    rows: Vec<FeedRow>,
    now: Instant,
) -> Result<Vec<EventView>> {
    render(db, &Looker { reach: Reach::whole(company), now }, rows, |_| true)
}

/// Events as somebody of a company is told of them: with the things that he may see.
pub fn views_for(
    db: &mut Db,
    actor: &Actor,
    rows: Vec<FeedRow>,
    now: Instant,
) -> Result<Vec<EventView>> {
    let looker = Looker { reach: actor.reach.clone(), now };
    render(db, &looker, rows, |object| policy::may_see(actor, object))
}

/// The same as JSON, for those who send it.
pub fn told(
    db: &mut Db,
    company: CompanyId,
    rows: Vec<FeedRow>,
    now: Instant,
) -> Result<Vec<Value>> {
    let views = views(db, company, rows, now)?;
    views.iter().map(|view| serde_json::to_value(view).map_err(Error::internal)).collect()
}

fn render(
    db: &mut Db,
    looker: &Looker,
    rows: Vec<FeedRow>,
    may_see: impl Fn(ObjectKind) -> bool,
) -> Result<Vec<EventView>> {
    let mut asked: HashMap<ObjectKind, HashSet<AnyId>> = HashMap::new();
    for row in &rows {
        let object = EventKind::parse(&row.kind).map(EventKind::object);
        if let Some(object) = object.filter(|object| may_see(*object)) {
            asked.entry(object).or_default().insert(row.object_id);
        }
    }
    let mut found = HashMap::new();
    for (object, ids) in asked {
        let ids: Vec<AnyId> = ids.into_iter().collect();
        let shown = looker.look_at(db, object, &ids)?.into_iter();
        found.extend(shown.map(|(id, view)| ((object, id), Arc::new(view))));
    }
    let view = |row: FeedRow| {
        let object = EventKind::parse(&row.kind).map(EventKind::object);
        let object = object.and_then(|object| found.get(&(object, row.object_id)).cloned());
        EventView::to(looker.reach.company, row, object)
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Who looks, and when.
struct Looker {
    reach: Reach,
    now: Instant,
}

type Shown = Vec<(AnyId, ObjectView)>;

impl Looker {
    /// Those of these things that may be seen; each kind as the doors of its feature show it.
    fn look_at(&self, db: &mut Db, object: ObjectKind, ids: &[AnyId]) -> Result<Shown> {
        use ObjectView as View;
        let (reach, reader, now) = (&self.reach, self.reach.company, self.now);
        let batches = |purpose| (reader, purpose);
        Ok(match object {
            ObjectKind::Company => {
                let rows = companies::among(db, reach, &typed(ids))?;
                shown(rows, |one| (any(one.id), View::Company(CompanyView::to(reader, one))))
            }
            ObjectKind::AccountOwner => self.account_owners(db, ids)?,
            ObjectKind::Note => self.notes(db, ids)?,
            ObjectKind::User => self.users(db, ids)?,
            ObjectKind::Invitation => self.invitations(db, ids)?,
            ObjectKind::Membership => self.memberships(db, ids)?,
            ObjectKind::DelegatedSession => self.delegations(db, ids)?,
            ObjectKind::ApiKey => self.api_keys(db, ids)?,
            ObjectKind::WebhookEndpoint => self.endpoints(db, ids)?,
            ObjectKind::Person => self.people(db, ids)?,
            ObjectKind::Partnership => self.partnerships(db, ids)?,
            ObjectKind::PartnershipInvitation => self.partnership_invitations(db, ids)?,
            ObjectKind::Program => {
                let rows = programs::among(db, reach, &typed(ids))?;
                shown(rows, |one| (any(one.id), View::Program(ProgramView::to(reader, one))))
            }
            ObjectKind::EventType => {
                let rows = programs::types_among(db, reach, &typed(ids))?;
                shown(rows, |one| (any(one.id), View::EventType(EventTypeView::from(one))))
            }
            ObjectKind::Contract => {
                let rows = contracts::among(db, reach, &typed(ids))?;
                let view = |one| View::Contract(ContractView::to(reach, one, now));
                shown(contracts::whole(db, rows)?, |one| (any(one.contract.id), view(one)))
            }
            ObjectKind::ReferralCode => {
                let rows = codes::among(db, reach, &typed(ids))?;
                let view = |one| View::ReferralCode(ReferralCodeView::to(reader, one));
                shown(codes::whole(db, rows)?, |one| (any(one.code.id), view(one)))
            }
            ObjectKind::Action => {
                let rows = actions::among(db, reach, &typed(ids))?;
                shown(rows, |one| (any(one.id), View::Action(ActionView::to(reader, one, now))))
            }
            ObjectKind::Adjustment => {
                let rows = adjustments::among(db, reach, &typed(ids))?;
                let view = |one, currency| AdjustmentView::of(reader, currency, one);
                shown(rows, |(one, currency)| {
                    (any(one.id()), View::Adjustment(view(one, currency)))
                })
            }
            ObjectKind::Reprocessing => {
                let rows = reprocessings::among(db, reach, &typed(ids))?;
                shown(rows, |one| (any(one.id), View::Reprocessing(ReprocessingView::from(one))))
            }
            ObjectKind::Inquiry => {
                let rows = inquiries::among(db, reach, &typed(ids))?;
                shown(rows, |one| (any(one.id), View::Inquiry(InquiryView::to(reader, one))))
            }
            ObjectKind::Reversal => {
                let rows = reversals::among(db, batches(Purpose::Reversals), &typed(ids))?;
                shown(rows, |one| (any(one.id), View::Reversal(ReversalView::to(reader, one))))
            }
            ObjectKind::ActionImport => {
                let rows = reversals::among(db, batches(Purpose::Actions), &typed(ids))?;
                shown(rows, |one| (any(one.id), View::ActionImport(ImportView::from(one))))
            }
        })
    }

    fn users(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = users::among(db, self.reach.company, &typed(ids))?;
        Ok(shown(rows, |one| (any(one.id), ObjectView::User(one.into()))))
    }

    fn api_keys(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = keys::among(db, &self.reach, &typed(ids))?;
        Ok(shown(rows, |one| (any(one.id), ObjectView::ApiKey(one.into()))))
    }

    fn people(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = people::among(db, &self.reach, &typed(ids))?;
        Ok(shown(rows, |one| (any(one.id), ObjectView::Person(PersonView::from(one)))))
    }

    /// Each as it stands now: its days may be over.
    fn invitations(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = invitations::among(db, &self.reach, &typed(ids))?;
        let view = |one| ObjectView::Invitation(InvitationView::at(one, self.now));
        Ok(shown(rows, |one| (any(one.id), view(one))))
    }

    /// Likewise.
    fn partnership_invitations(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = partnership_invitations::among(db, &self.reach, &typed(ids))?;
        let view = |one| PartnershipInvitationView::at(one, self.now);
        Ok(shown(rows, |one| (any(one.id), ObjectView::PartnershipInvitation(view(one)))))
    }

    /// Each with the name of the person.
    fn memberships(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = memberships::among(db, &self.reach, &typed(ids))?;
        let view = |one, name| ObjectView::Membership(MemberView::of(one, name));
        Ok(shown(rows, |(one, name)| (any(one.id), view(one, name))))
    }

    /// Each with the names of both sides, and how much was done.
    fn delegations(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = delegations::among(db, &self.reach, &typed(ids))?;
        let rows = delegation_views::views(db, rows, self.now)?;
        Ok(shown(rows, |one| (any(one.id), ObjectView::DelegatedSession(one))))
    }

    /// Each with the moment since when nothing gets through to it.
    fn endpoints(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = webhooks::among(db, &self.reach, &typed(ids))?;
        let failing = webhooks::failing(db, &typed(ids))?;
        Ok(shown(rows, |one| {
            let (id, since) = (any(one.id), failing.get(&one.id).copied());
            (id, ObjectView::WebhookEndpoint(WebhookEndpointView::of(one, since).told()))
        }))
    }

    /// Each with the names of the company's people.
    fn account_owners(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = relations::among(db, &self.reach, &typed(ids))?;
        let rows = relation_views::owners(db, rows)?;
        Ok(shown(rows, |one| (any(one.id), ObjectView::AccountOwner(one))))
    }

    /// Each with its author's name.
    fn notes(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let rows = notes::among(db, &self.reach, &typed(ids))?;
        let rows = note_views::views(db, rows)?;
        Ok(shown(rows, |one| (any(one.id), ObjectView::Note(one))))
    }

    /// Each with the name of the other side.
    fn partnerships(&self, db: &mut Db, ids: &[AnyId]) -> Result<Shown> {
        let reader = self.reach.company;
        let rows = partnerships::among(db, &self.reach, &typed(ids))?;
        let others = rows.iter().map(|row| row.other_side(reader)).collect();
        let names = companies::names(db, others)?;
        Ok(shown(rows, |row| {
            let name = names.get(&row.other_side(reader)).cloned().unwrap_or_default();
            let id = any(row.id);
            (id, ObjectView::Partnership(PartnershipView::to(reader, row, name)))
        }))
    }
}

fn shown<Row>(rows: Vec<Row>, view: impl Fn(Row) -> (AnyId, ObjectView)) -> Shown {
    rows.into_iter().map(view).collect()
}

/// The ids as what the event's type says they are.
fn typed<K: Kind>(ids: &[AnyId]) -> Vec<Id<K>> {
    ids.iter().map(|id| Id::from_uuid(id.uuid())).collect()
}
