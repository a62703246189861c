//! What the doors of people take and give.

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::Person;
use super::rules;
use super::store::Filter;
use crate::error::Fault;
use crate::kernel::id::{CompanyId, PartnershipId, PersonId, UserId};
use crate::kernel::phone;
use crate::kernel::time::Instant;

/// Somebody of your company.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "first_name": "Ada", "last_name": "Lovelace", "email": "ada@acme.example",
    "title": "Partner manager", "phone": "+49 30 901820"
}))]
pub struct NewPerson {
    /// The first name.
    #[schema(min_length = 1, max_length = 100)]
    pub first_name: String,
    /// The last name.
    #[schema(min_length = 1, max_length = 100)]
    pub last_name: String,
    /// The e-mail address.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    /// What the person is in your company.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub title: Option<String>,
    /// The phone number, as dialled from abroad; or as dialled in the country of your company's
    /// address.
    #[schema(min_length = 1, max_length = 40, nullable = false)]
    pub phone: Option<String>,
    /// The user of your company that the person is.
    #[schema(nullable = false)]
    pub user_id: Option<UserId>,
}

/// A change of a person (JSON merge patch): what is absent stays, what is null is cleared.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "title": "Head of partnerships" }))]
pub struct PatchPerson {
    /// The first name.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub first_name: Option<String>,
    /// The last name.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub last_name: Option<String>,
    /// The e-mail address.
    #[schema(format = "email", max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// What the person is in your company.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 100)]
    pub title: Option<Option<String>>,
    /// The phone number, as dialled from abroad; or as dialled in the country of your company's
    /// address.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// The user of your company that the person is.
    #[serde(default, with = "double_option")]
    pub user_id: Option<Option<UserId>>,
}

/// A command without arguments.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct PersonCommand {}

/// Which people.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleFilter {
    /// Only those with this in their names, address or title, in either case.
    #[param(min_length = 1, max_length = 200, nullable = false)]
    pub q: Option<String>,
    /// Only those who are there, or only those who have left.
    #[param(nullable = false)]
    pub active: Option<bool>,
    /// Only those whom your company could offer as contacts of this partnership: who are there, and
    /// are not offered or assigned to it yet.
    #[param(nullable = false)]
    pub available_for: Option<PartnershipId>,
}

/// Somebody of your company.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    /// The person's id.
    pub id: PersonId,
    /// The company.
    pub company_id: CompanyId,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The e-mail address.
    pub email: String,
    /// What the person is in your company.
    #[schema(required)]
    pub title: Option<String>,
    /// The phone number, as E.164 has it: `+4930901820`.
    #[schema(required, example = "+4930901820")]
    pub phone: Option<String>,
    /// The user of your company that the person is.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Whether the person is there.
    pub active: bool,
    /// Since when the person is not.
    #[schema(required)]
    pub left_at: Option<Instant>,
    /// Counts changes from 1; to be put on a team of a partnership is one, and to be taken off it.
    pub version: i64,
    /// When the person was entered.
    pub created_at: Instant,
    /// When that last changed.
    pub updated_at: Instant,
}

impl From<PeopleFilter> for Filter {
    fn from(asked: PeopleFilter) -> Self {
        let PeopleFilter { q, active, available_for } = asked;
        Self { q: q.as_deref().map(rules::folded), active, available_for }
    }
}

impl NewPerson {
    /// The person as it comes to be; a number that is none is a fault.
    pub fn read(
        self,
        (id, company_id): (PersonId, CompanyId),
        country: Option<&str>,
        now: Instant,
    ) -> (Person, Vec<Fault>) {
        let mut faults = Vec::new();
        let person = Person {
            id,
            company_id,
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            title: self.title,
            phone: self.phone.and_then(|raw| number(&raw, country, &mut faults)),
            user_id: self.user_id,
            folded: String::new(),
            left_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        (Person { folded: rules::searched(&person), ..person }, faults)
    }
}

impl PatchPerson {
    /// The person with the change made; a number that is none is a fault.
    pub fn apply(
        self,
        before: &Person,
        country: Option<&str>,
        now: Instant,
    ) -> (Person, Vec<Fault>) {
        let (mut after, mut faults) = (before.clone(), Vec::new());
        after.first_name = self.first_name.unwrap_or(after.first_name);
        after.last_name = self.last_name.unwrap_or(after.last_name);
        after.email = self.email.unwrap_or(after.email);
        after.title = self.title.unwrap_or(after.title);
        if let Some(phone) = self.phone {
            after.phone = phone.and_then(|raw| number(&raw, country, &mut faults));
        }
        after.user_id = self.user_id.unwrap_or(after.user_id);
        after.folded = rules::searched(&after);
        after.updated_at = now;
        (after, faults)
    }
}

fn number(raw: &str, country: Option<&str>, faults: &mut Vec<Fault>) -> Option<String> {
    let read = phone::normalised(raw, country);
    read.map_err(|no| faults.push(Fault::at("/phone", "bad_format", no.to_string()))).ok()
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let active = person.is_active();
        Self {
            id: person.id,
            company_id: person.company_id,
            first_name: person.first_name,
            last_name: person.last_name,
            email: person.email,
            title: person.title,
            phone: person.phone,
            user_id: person.user_id,
            active,
            left_at: person.left_at,
            version: person.version,
            created_at: person.created_at,
            updated_at: person.updated_at,
        }
    }
}
