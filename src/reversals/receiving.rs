//! A stored body becomes a batch, in one transaction with all that belongs to it.

use super::door::Stored;
use super::model::{Mode, Purpose};
use super::policy::only;
use super::rows::{Authority, Batch};
use super::store::{self, Rejection, Submission};
use super::{behalf, conclude};
use crate::access::{Actor, Role, Scope, Verb};
use crate::actions::model::Channel;
use crate::adjustments::policy::MakeAdjustment;
use crate::db::{Db, dialect};
use crate::error::{Error, Fault, Result};
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::kernel::id::{ImportId, ReversalId};
use crate::kernel::reach::Reach;
use crate::kernel::time::Clock;

/// A batch that was taken. What is kept for whoever sends it again is only which batch it was.
pub(super) struct Receipt(pub(super) Batch);

impl crate::access::Keep for Receipt {
    fn keep(&self) -> crate::error::Answered {
        let body = self.0.id.to_string();
        crate::error::Answered { status: 202, location: None, etag: None, body }
    }
}

/// Makes a stored body a batch: received, or rejected because it was run before.
pub(super) fn receive(
    db: &mut Db,
    clock: &Clock,
    actor: &Actor,
    stored: &Stored,
) -> Result<Receipt> {
    let submission = submission(db, actor, stored)?;
    let doer = submission.doer;
    let repeated = match (stored.channel, stored.mode, stored.force) {
        (Channel::Upload, Mode::BestEffort | Mode::AllOrNothing, false) => {
            dialect::locks::alone(db, &submission.digest)?;
            let now = dialect::now(db, clock)?;
            let by = submission.authority.grantee.as_ref().map(|grantee| grantee.company);
            store::repeated(db, (submission.company_id, by), &submission.digest, now)?
        }
        _ => None,
    };
    let batch = match repeated {
        None => store::receive(db, clock, submission)?,
        Some(earlier) => {
            let rejection = repetition(stored.purpose, earlier);
            store::receive_rejected(db, clock, submission, rejection)?
        }
    };
    let kind = conclude::kind(batch.purpose, batch.status);
    let event = Event::new(kind, any(batch.id), batch.company_id, batch.received_at).by(doer);
    let event = event.changed("status", (), batch.status.as_str());
    events::record(db, batch.telling(event))?;
    Ok(Receipt(batch))
}

/// Why a file is not run again.
fn repetition(purpose: Purpose, earlier: ReversalId) -> Rejection {
    let shown = match purpose {
        Purpose::Reversals => earlier.to_string(),
        Purpose::Actions => ImportId::from_uuid(earlier.uuid()).to_string(),
    };
    Rejection {
        code: "duplicate_file".into(),
        detail: format!("this file was run as {shown}; send force=true to run it again"),
        line: None,
        duplicate_of: Some(earlier),
    }
}

fn submission(db: &mut Db, actor: &Actor, stored: &Stored) -> Result<Submission> {
    let own = actor.reach.company;
    let (reach, authority) = match stored.brand.filter(|brand| *brand != own) {
        None => (actor.reach.clone(), authority(actor)),
        Some(brand) => {
            let authority = behalf::authority(db, actor, (brand, stored.in_form))?;
            (Reach::whole(brand), authority)
        }
    };
    let named = stored.event_type.as_ref();
    let event_type_id = named.map(|name| store::event_type(db, &reach, name)).transpose()?;
    let event_type_id = match event_type_id {
        Some(None) => return Err(unknown_event_type(stored)),
        Some(found) => found,
        None => None,
    };
    let event_type = event_type_id.map(|id| id.to_string()).unwrap_or_default();
    let meaning = match stored.purpose {
        Purpose::Reversals => stored.on_ambiguous.as_str(),
        Purpose::Actions => stored.purpose.as_str(),
    };
    let digest = crate::access::digest_of(&[
        &stored.digest,
        event_type.as_bytes(),
        stored.mode.as_str().as_bytes(),
        meaning.as_bytes(),
    ]);
    Ok(Submission {
        id: stored.id,
        purpose: stored.purpose,
        company_id: reach.company,
        doer: actor.doer_in(reach.company),
        authority,
        channel: stored.channel,
        mode: stored.mode,
        on_ambiguous: stored.on_ambiguous,
        event_type_id,
        layout: stored.layout.clone(),
        file_name: stored.file_name.clone(),
        size_bytes: stored.size_bytes,
        digest,
    })
}

/// What the submitter may do, kept with the batch.
fn authority(actor: &Actor) -> Authority {
    let Reach { programs, event_types, .. } = &actor.reach;
    Authority {
        may_raise: actor.has(Role::Member, Scope::ActionsWrite),
        may_claw_back: actor.has(MakeAdjustment::ROLE, Scope::AdjustmentsWrite),
        programs: only(programs),
        event_types: only(event_types),
        grantee: None,
        delegate_user_id: actor.doer.delegate_user_id,
    }
}

fn unknown_event_type(stored: &Stored) -> Error {
    let (code, message) = ("unknown_event_type", "this is none of your company's");
    Error::invalid(match stored.channel {
        Channel::Upload if !stored.in_form => Fault::in_parameter("event_type_id", code, message),
        _ => Fault::at("/event_type_id", code, message),
    })
}
