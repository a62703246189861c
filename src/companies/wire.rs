//! What the doors of companies take and give.

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Address, Company, Contact, Kind, Plan, Status};
use super::profile::rules::{self, Judged};
use crate::kernel::id::CompanyId;
use crate::kernel::money::Currency;
use crate::kernel::time::{Instant, Zone};

/// A change of a company (JSON merge patch): what is absent stays, what is null is cleared.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Acme Ltd", "time_zone": "Europe/London" }))]
pub struct PatchCompany {
    /// Its name.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    /// What it calls itself.
    #[schema(nullable = false)]
    pub kind: Option<Kind>,
    /// Its website; the domain follows.
    #[serde(default, with = "double_option")]
    #[schema(format = "website", max_length = 500)]
    pub website: Option<Option<String>>,
    /// How to reach it; replaced as a whole.
    #[schema(nullable = false)]
    pub contact: Option<Contact>,
    /// Where it is; replaced as a whole.
    #[schema(nullable = false)]
    pub address: Option<Address>,
    /// Its time zone.
    #[schema(nullable = false)]
    pub time_zone: Option<Zone>,
    /// What it counts in.
    #[schema(nullable = false)]
    pub currency: Option<Currency>,
    /// Whether its people have to sign in with a second factor. Whoever has none can then only add one.
    #[schema(nullable = false)]
    pub require_two_factor: Option<bool>,
}

/// A company, as its own people or its partners see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Company)]
pub struct CompanyView {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// What it calls itself.
    pub kind: Kind,
    /// Its website.
    #[schema(required)]
    pub website: Option<String>,
    /// The registrable domain of the website.
    #[schema(required)]
    pub domain: Option<String>,
    /// Whether it has shown that the domain is its own; nobody can as yet.
    pub domain_verified: bool,
    /// How to reach it.
    pub contact: Contact,
    /// Where it is.
    pub address: Address,
    /// Its time zone.
    pub time_zone: Zone,
    /// What it counts in; null for another company's people.
    #[schema(required)]
    pub currency: Option<Currency>,
    /// What it has subscribed to; null for another company's people.
    #[schema(required)]
    pub plan: Option<Plan>,
    /// Whether it takes part; null for another company's people.
    #[schema(required)]
    pub status: Option<Status>,
    /// Its logo; null if it has none.
    #[schema(required)]
    pub logo: Option<CompanyLogo>,
    /// Who of another company looks after yours; null where nobody does, and of your own company.
    #[schema(required)]
    pub your_account_owner: Option<ContactPerson>,
    /// Whether its people have to sign in with a second factor; null for another company's people.
    #[schema(required)]
    pub require_two_factor: Option<bool>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The picture of a company.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompanyLogo {
    /// Where it is, below this server; it is read with a credential.
    #[schema(example = "/v1/companies/co_01k5h2v7xnf8rtq3m9bcw4ze6a/logo")]
    pub url: String,
    /// Says which picture it is: another one has another.
    #[schema(example = "9f86d081884c7d65")]
    pub version: String,
}

impl CompanyLogo {
    /// Of a company, if it has one.
    pub fn of(company: &Company) -> Option<Self> {
        let version = company.profile.0.logo.clone()?;
        Some(Self { url: format!("/v1/companies/{}/logo", company.id), version })
    }
}

/// Somebody of another company whom you may turn to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactPerson {
    /// The person's name.
    pub name: String,
    /// The person's address.
    pub email: String,
}

impl CompanyView {
    /// The same, with who of it looks after the reader's company.
    pub fn looked_after_by(self, contact: Option<ContactPerson>) -> Self {
        Self { your_account_owner: contact, ..self }
    }

    /// As another company's people see it.
    pub fn card(company: Company) -> Self {
        let (currency, plan, status, require_two_factor) = (None, None, None, None);
        Self { currency, plan, status, require_two_factor, ..company.into() }
    }

    /// As `reader`'s people see it.
    pub fn to(reader: CompanyId, company: Company) -> Self {
        if company.id == reader { company.into() } else { Self::card(company) }
    }
}

impl From<Company> for CompanyView {
    fn from(company: Company) -> Self {
        let logo = CompanyLogo::of(&company);
        Self {
            id: company.id,
            logo,
            name: company.name,
            kind: company.kind,
            website: company.website,
            domain: company.domain,
            domain_verified: false,
            contact: company.profile.0.contact,
            address: company.profile.0.address,
            time_zone: company.time_zone,
            currency: Some(company.currency),
            plan: Some(company.plan),
            status: Some(company.status),
            your_account_owner: None,
            require_two_factor: Some(company.require_two_factor),
            version: company.version,
            created_at: company.created_at,
            updated_at: company.updated_at,
        }
    }
}

impl PatchCompany {
    /// The company with the change made, and what is wrong with it.
    pub fn apply(self, mut company: Company) -> Judged<Company> {
        if let Some(website) = self.website {
            company.domain = website.as_deref().and_then(super::rules::domain_of);
            company.website = website;
        }
        let profile = &mut company.profile.0;
        let address = self.address.unwrap_or_else(|| profile.address.clone());
        let (address, mut faults) = rules::address(&profile.address, address, "/address");
        let contact = self.contact.unwrap_or_else(|| profile.contact.clone());
        let home = address.country.as_deref();
        let (contact, more) = rules::contact(&profile.contact, contact, home, "/contact");
        faults.extend(more);
        (profile.address, profile.contact) = (address, contact);
        company.name = self.name.unwrap_or(company.name);
        company.kind = self.kind.unwrap_or(company.kind);
        company.time_zone = self.time_zone.unwrap_or(company.time_zone);
        company.currency = self.currency.unwrap_or(company.currency);
        company.require_two_factor = self.require_two_factor.unwrap_or(company.require_two_factor);
        (company, faults)
    }
}
