//! What decisions about many actions depend on, with one statement for all terms and one for all
//! programs.

use std::collections::HashMap;

use diesel::prelude::*;

use super::Grounds;
use crate::actions::model::Action;
use crate::contracts::model::Terms;
use crate::db::Db;
use crate::db::schema::{contract_terms, programs};
use crate::error::{Error, Result};
use crate::kernel::document::Document;
use crate::kernel::id::{ProgramId, TermsId};
use crate::kernel::time::{Instant, Zone};

/// The grounds of each of these actions, in their order.
pub fn grounds_of(db: &mut Db, actions: &[Action]) -> Result<Vec<Grounds>> {
    let mut ids: Vec<TermsId> = actions.iter().map(|action| action.terms_id).collect();
    ids.sort();
    ids.dedup();
    let terms: HashMap<TermsId, Terms> = contract_terms::table
        .filter(contract_terms::id.eq_any(ids))
        .select((contract_terms::id, contract_terms::terms))
        .load::<(TermsId, Document<Terms>)>(db)?
        .into_iter()
        .map(|(id, terms)| (id, terms.0))
        .collect();
    let mut ids: Vec<ProgramId> = actions.iter().map(|action| action.program_id).collect();
    ids.sort();
    ids.dedup();
    let programs: HashMap<ProgramId, (Zone, Instant)> = programs::table
        .filter(programs::id.eq_any(ids))
        .select((programs::id, programs::time_zone, programs::lock_horizon))
        .load::<(ProgramId, Zone, Instant)>(db)?
        .into_iter()
        .map(|(id, zone, horizon)| (id, (zone, horizon)))
        .collect();
    let of = |action: &Action| -> Result<Grounds> {
        let terms = terms.get(&action.terms_id).cloned();
        let found = terms.zip(programs.get(&action.program_id).cloned());
        let missing = || Error::internal(anyhow::anyhow!("{} has no terms or program", action.id));
        let (terms, (zone, horizon)) = found.ok_or_else(missing)?;
        Ok(Grounds { terms, zone, horizon, reversed_for: None })
    };
    actions.iter().map(of).collect()
}
