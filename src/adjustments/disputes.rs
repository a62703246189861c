//! What a second person's answer makes of the inquiry that the proposal came from: a brand accepted it,
//! and both sides have to see what came of that.

use diesel::prelude::*;

use super::model::Proposal;
use crate::db::Db;
use crate::db::schema::inquiries;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::InquiryId;
use crate::kernel::time::Instant;

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It counts.
    Made,
    /// It was declined.
    ToNothing,
}

impl Came {
    /// In the words of inquiries.
    const fn applied(self) -> &'static str {
        match self {
            Self::Made => "adjusted",
            Self::ToNothing => "nothing",
        }
    }
}

/// Tells the inquiry, and both sides of it, if the proposal came from one. Other than by such an answer
/// an accepted inquiry never changes.
pub fn settle(
    db: &mut Db,
    proposal: &Proposal,
    came: Came,
    (doer, now): (Doer, Instant),
) -> Result<()> {
    let asked: Option<(InquiryId, i64)> = inquiries::table
        .filter(inquiries::action_id.eq(proposal.action_id))
        .filter(inquiries::adjustment_id.eq(proposal.id))
        .filter(inquiries::applied.eq("proposed"))
        .select((inquiries::id, inquiries::version))
        .first(db)
        .optional()?;
    let Some((id, version)) = asked else { return Ok(()) };
    let version = version.saturating_add(1);
    let changed = (inquiries::applied.eq(came.applied()), inquiries::version.eq(version));
    diesel::update(inquiries::table.find(id)).set(changed).execute(db)?;
    let event = Event::new(EventKind::InquirySettled, any(id), proposal.company_id, now)
        .by(doer)
        .shared_with(proposal.partner_company_id)
        .sequence(version)
        .changed("applied", "proposed", came.applied());
    events::record(db, event)
}
