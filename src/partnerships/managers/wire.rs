//! What the doors of management teams take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::Manager;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{PersonId, UserId};
use crate::kernel::time::Instant;
use crate::partnerships::named::{placed, twice};
use crate::people::model::Person;

/// Who is meant. Exactly one of the two fields is given.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "person_ids": ["per_01k5h2v7xnf8rtq3m9bcw4ze6a"] }))]
pub struct TeamPeople {
    /// A person of your company.
    #[schema(nullable = false)]
    pub person_id: Option<PersonId>,
    /// Several of them.
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    pub person_ids: Option<Vec<PersonId>>,
}

crate::words! {
    /// Whose team.
    pub enum TeamSide as PartnershipTeamSide { Own = "own", Other = "other" }
}

/// Whose team.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TeamFilter {
    /// `other` lists the team of the other side, if that shows it to yours; `own` if absent.
    #[param(inline, nullable = false)]
    pub side: Option<TeamSide>,
}

/// Whether the other side sees who manages the partnership for yours.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = ShowPartnershipTeam, example = json!({ "team_visible": true }))]
pub struct ShowTeam {
    /// What the people on it are called, and nothing else of them.
    pub team_visible: bool,
}

/// A person who manages a partnership for your side; or for the other one, of whom you see the name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipManager)]
pub struct ManagerView {
    /// Who.
    pub person_id: PersonId,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// What the person is in your company.
    #[schema(required)]
    pub title: Option<String>,
    /// The e-mail address; null for the other side's people.
    #[schema(required)]
    pub email: Option<String>,
    /// The phone number.
    #[schema(required)]
    pub phone: Option<String>,
    /// The user that the person is, who is told of what concerns the partnership.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Since when.
    pub added_at: Instant,
}

/// Your side's management team, all of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipTeam)]
pub struct TeamView {
    /// Those on it, in the order of their ids.
    pub data: Vec<ManagerView>,
}

impl TeamPeople {
    /// Who is meant, each with the field that names it; or what is wrong with that.
    pub fn read(self) -> Result<Vec<(String, PersonId)>> {
        let named = match (self.person_id, self.person_ids) {
            (Some(one), None) => vec![("/person_id".to_string(), one)],
            (None, Some(several)) => placed("/person_ids", several),
            (None, None) | (Some(_), Some(_)) => {
                let message = "give person_id or person_ids, and only one of them";
                return Err(Error::invalid(Fault::at("", "one_of_fields", message)));
            }
        };
        let faults = twice(&named);
        if faults.is_empty() { Ok(named) } else { Err(Error::Invalid(faults)) }
    }
}

impl From<(Manager, Person)> for ManagerView {
    fn from((manager, person): (Manager, Person)) -> Self {
        Self {
            person_id: manager.person_id,
            first_name: person.first_name,
            last_name: person.last_name,
            title: person.title,
            email: Some(person.email),
            phone: person.phone,
            user_id: person.user_id,
            added_at: manager.added_at,
        }
    }
}

impl ManagerView {
    /// What the other side sees of one: what the person is called.
    pub fn named(row: (Manager, Person)) -> Self {
        Self { title: None, email: None, phone: None, user_id: None, ..Self::from(row) }
    }
}
