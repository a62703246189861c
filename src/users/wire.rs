//! What the doors of access take and give.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::delegations::wire::DelegationView;
use super::model::{Membership, Role, User};
use super::two_factor::wire::one_of_codes;
use crate::companies::model::Kind;
use crate::companies::wire::CompanyView;
use crate::kernel::id::{CompanyId, MembershipId, UserId};
use crate::kernel::time::Instant;

/// A person and the company they bring.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ada@acme.example", "password": "correct horse battery", "name": "Ada",
    "company": { "name": "Acme", "kind": "brand", "website": "https://acme.example" }
}))]
pub struct Register {
    /// The address to sign in with.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    /// At least twelve characters.
    #[schema(min_length = 12, max_length = 200)]
    pub password: String,
    /// The person's name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// The person's company.
    pub company: NewCompany,
}

/// A company that comes to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCompany {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What it calls itself.
    pub kind: Kind,
    /// Its website.
    #[schema(format = "website", max_length = 500)]
    pub website: Option<String>,
}

/// An address and a password.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_code_at_most"))]
#[schema(example = json!({ "email": "ada@acme.example", "password": "correct horse battery" }))]
pub struct Login {
    /// The address.
    #[schema(max_length = 254)]
    pub email: String,
    /// The password.
    #[schema(max_length = 200)]
    pub password: String,
    /// Which company to act in, for somebody who belongs to several; the first one if absent.
    pub company_id: Option<CompanyId>,
    /// The six digits that the app shows, for somebody who has a second factor.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: Option<String>,
    /// One of the recovery codes instead; it counts once.
    #[schema(max_length = 40)]
    pub recovery_code: Option<String>,
}

fn one_code_at_most(body: &Login) -> Result<(), ValidationError> {
    one_of(body.code.as_ref(), body.recovery_code.as_ref())
}

/// One of the two at most.
pub fn one_of(code: Option<&String>, recovery: Option<&String>) -> Result<(), ValidationError> {
    match (code, recovery) {
        (Some(_), Some(_)) => Err(one_of_codes()),
        (Some(_), None) | (None, _) => Ok(()),
    }
}

/// A refresh token.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "entr_..." }))]
pub struct RefreshRequest {
    /// The newest one of the session.
    #[schema(max_length = 200)]
    pub refresh_token: String,
}

/// A change of one's own name.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Ada Lovelace" }))]
pub struct PatchMe {
    /// The name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: UserId,
    /// The address to sign in with.
    pub email: String,
    /// The name.
    pub name: String,
    /// When the person registered.
    pub created_at: Instant,
}

/// A sign-in: two tokens, and whom they stand for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignIn)]
pub struct SignInView {
    /// Send it as `Authorization: Bearer`.
    pub access_token: String,
    /// Good once, for the next pair.
    pub refresh_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds the access token counts.
    pub expires_in: i64,
    /// Who signed in.
    pub user: UserView,
    /// Where.
    pub company: CompanyView,
}

/// A person's place in a company.
#[derive(Debug, Serialize, ToSchema)]
pub struct MembershipView {
    /// Its id.
    pub id: MembershipId,
    /// The company.
    pub company_id: CompanyId,
    /// What that is called.
    pub company_name: String,
    /// What the person may do there.
    pub role: Role,
}

/// The caller: a person or a key, and the company it acts in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// The person; absent for a key.
    #[schema(required)]
    pub user: Option<UserView>,
    /// The company.
    pub company: CompanyView,
    /// What the person may do there; absent for a key.
    #[schema(required)]
    pub role: Option<Role>,
    /// What the key may do; absent for a person.
    #[schema(required)]
    pub scopes: Option<Vec<crate::keys::model::Scope>>,
    /// The session in which the person acts for the company; null for the company's own people and keys.
    #[schema(required)]
    pub delegation: Option<DelegationView>,
    /// All companies the person belongs to; none in a delegated session.
    pub memberships: Vec<MembershipView>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let User { id, email, name, created_at, .. } = user;
        Self { id, email, name, created_at }
    }
}

impl MembershipView {
    /// A membership, and what companies are called.
    pub fn of(membership: Membership, named: &HashMap<CompanyId, String>) -> Self {
        let Membership { id, company_id, role, .. } = membership;
        let company_name = named.get(&company_id).cloned().unwrap_or_default();
        Self { id, company_id, company_name, role }
    }
}
