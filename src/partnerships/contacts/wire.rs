//! Contacts as they are asked for and given.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::model::{Contact, Label, State};
use super::rules;
use crate::kernel::id::{CompanyId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::changes::model::Change;
use crate::partnerships::model::Partnership;
use crate::people::model::Person;

/// Which contacts.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactsFilter {
    /// Only those in one of these states, as a comma list; all but `removed` if absent.
    #[param(inline, explode = false, nullable = false)]
    pub state: Option<Vec<State>>,
}

impl ContactsFilter {
    /// The states that are meant.
    pub fn states(&self) -> Vec<State> {
        let usual = || vec![State::Offered, State::Assigned, State::ReleaseProposed];
        self.state.clone().unwrap_or_else(usual)
    }
}

/// A person whom one side offers to the other.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipContact)]
pub struct ContactView {
    /// Who.
    pub person_id: PersonId,
    /// Whose person it is, and so which side offered it.
    pub offered_by_company_id: CompanyId,
    /// How far it has come; null for somebody who was never offered, and stands in your own draft alone.
    #[schema(required)]
    pub state: Option<State>,
    /// What to write on the contact; null for one that is removed. `to_be_added` and `to_be_released`
    /// are what your own draft would propose: the other side reads what is so without it.
    #[schema(required)]
    pub label: Option<Label>,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// What the person is in its company. Null for the other side once the person is no contact any
    /// more, or the partnership is neither offered nor active; or nothing is said.
    #[schema(required)]
    pub title: Option<String>,
    /// The e-mail address; null for the other side likewise.
    #[schema(required)]
    pub email: Option<String>,
    /// The phone number; null for the other side likewise, or there is none.
    #[schema(required)]
    pub phone: Option<String>,
    /// When the person was offered; null for somebody who never was.
    #[schema(required)]
    pub offered_at: Option<Instant>,
    /// When `state` last changed; for somebody who never had one, when the draft did.
    pub updated_at: Instant,
}

impl ContactView {
    /// As `reader`'s people see it. `drafted` is what their draft would do to the person.
    pub fn to(
        reader: CompanyId,
        on: &Partnership,
        (contact, person): (Contact, Person),
        drafted: Option<Label>,
    ) -> Self {
        let own = contact.company_id == reader;
        let reachable = own || (on.status.is_live() && contact.state != State::Removed);
        Self {
            person_id: contact.person_id,
            offered_by_company_id: contact.company_id,
            state: Some(contact.state),
            label: drafted.or(rules::label(contact.state)),
            first_name: person.first_name,
            last_name: person.last_name,
            title: person.title.filter(|_| reachable),
            email: Some(person.email).filter(|_| reachable),
            phone: person.phone.filter(|_| reachable),
            offered_at: Some(contact.offered_at),
            updated_at: contact.updated_at,
        }
    }

    /// Somebody of the own company who stands in its draft alone.
    pub fn drafted(draft: &Change, person: Person) -> Self {
        Self {
            person_id: person.id,
            offered_by_company_id: person.company_id,
            state: None,
            label: Some(Label::ToBeAdded),
            first_name: person.first_name,
            last_name: person.last_name,
            title: person.title,
            email: Some(person.email),
            phone: person.phone,
            offered_at: None,
            updated_at: draft.updated_at,
        }
    }
}
