//! Sections as they are asked for and given.

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{DocumentStatus, EntityType, PromotionalMethod, Section, Tax};
use super::rules;
use crate::companies::model::{Address, Company, Contact};
use crate::companies::wire::CompanyLogo;
use crate::error::Fault;
use crate::kernel::money::Currency;
use crate::kernel::time::{Instant, Zone};

/// A change of how to reach the company (JSON merge patch).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "hello@acme.example", "phone": "+49 30 901820" }))]
pub struct PatchContact {
    /// E-mail address.
    #[serde(default, with = "double_option")]
    #[schema(format = "email", max_length = 254)]
    pub email: Option<Option<String>>,
    /// Phone number; without `+` it is one of the country of the address.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// Fax number, likewise.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 40)]
    pub fax: Option<Option<String>>,
}

/// A change of where the company is (JSON merge patch).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "city": "Berlin", "postal_code": "10117", "country": "DE" }))]
pub struct PatchAddress {
    /// Street and number.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 200)]
    pub street: Option<Option<String>>,
    /// City.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 100)]
    pub city: Option<Option<String>>,
    /// State or region.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 100)]
    pub state: Option<Option<String>>,
    /// Postal code, as it looks in the country.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 20)]
    pub postal_code: Option<Option<String>>,
    /// ISO 3166-1 alpha-2 country code.
    #[serde(default, with = "double_option")]
    #[schema(format = "country", example = "DE")]
    pub country: Option<Option<String>>,
}

/// A change of what the company says to the tax office (JSON merge patch).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "country": "DE", "vat_id": "DE136695976" }))]
pub struct PatchTax {
    /// The number at the tax office.
    #[serde(default, with = "double_option")]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9 ./-]{1,39}$", example = "29/123/45678")]
    pub tax_id: Option<Option<String>>,
    /// What the company is there.
    #[serde(default, with = "double_option")]
    pub entity_type: Option<Option<EntityType>>,
    /// Where it is taxed: ISO 3166-1 alpha-2.
    #[serde(default, with = "double_option")]
    #[schema(format = "country", example = "DE")]
    pub country: Option<Option<String>>,
    /// The VAT id with its country's prefix. Its check digit has to be right, where there is one.
    #[serde(default, with = "double_option")]
    #[schema(min_length = 1, max_length = 40, example = "DE136695976")]
    pub vat_id: Option<Option<String>>,
    /// Where the tax document stands. One that was sent is `missing` again once other values change.
    #[schema(nullable = false)]
    pub document_status: Option<DocumentStatus>,
}

/// A change of how the company brings customers: the list is replaced as a whole.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "methods": [
    { "method": "content", "url": "https://bolt.example/blog" }, { "method": "social" },
] }))]
pub struct PatchMethods {
    /// Each way once.
    #[schema(max_items = 11, nullable = false)]
    pub methods: Option<Vec<PromotionalMethod>>,
}

/// A change of the settings (JSON merge patch).
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "time_zone": "Europe/Berlin", "language": "de", "listed": true }))]
pub struct PatchSettings {
    /// Where its days begin and end.
    #[schema(nullable = false)]
    pub time_zone: Option<Zone>,
    /// What it counts in unless something says otherwise.
    #[schema(nullable = false)]
    pub currency: Option<Currency>,
    /// What it is written to in: ISO 639-1, with a country or without.
    #[serde(default, with = "double_option")]
    #[schema(format = "language", max_length = 5, example = "de")]
    pub language: Option<Option<String>>,
    /// Whether others find it in the directory.
    #[schema(nullable = false)]
    pub listed: Option<bool>,
}

/// How to reach the company.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProfileContact)]
pub struct ContactView {
    /// Counts the edits of this section from 1; for `If-Match`.
    pub version: i64,
    /// Whether you may edit it now.
    pub editable: bool,
    /// E-mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// Phone number, as dialled from abroad.
    #[schema(required)]
    pub phone: Option<String>,
    /// Fax number.
    #[schema(required)]
    pub fax: Option<String>,
}

/// Where the company is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProfileAddress)]
pub struct AddressView {
    /// Counts the edits of this section from 1; for `If-Match`.
    pub version: i64,
    /// Whether you may edit it now.
    pub editable: bool,
    /// Street and number.
    #[schema(required)]
    pub street: Option<String>,
    /// City.
    #[schema(required)]
    pub city: Option<String>,
    /// State or region.
    #[schema(required)]
    pub state: Option<String>,
    /// Postal code.
    #[schema(required)]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 country code.
    #[schema(required, example = "DE")]
    pub country: Option<String>,
}

/// What the company says to the tax office.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProfileTax)]
pub struct TaxView {
    /// Counts the edits of this section from 1; for `If-Match`.
    pub version: i64,
    /// Whether you may edit it now.
    pub editable: bool,
    /// The number at the tax office.
    #[schema(required)]
    pub tax_id: Option<String>,
    /// What the company is there.
    #[schema(required)]
    pub entity_type: Option<EntityType>,
    /// Where it is taxed.
    #[schema(required, example = "DE")]
    pub country: Option<String>,
    /// The VAT id with its country's prefix.
    #[schema(required, example = "DE136695976")]
    pub vat_id: Option<String>,
    /// Where the tax document stands, as the company says itself.
    pub document_status: DocumentStatus,
    /// Since when an owner has not confirmed what another company says for it; null if nothing has to be
    /// confirmed.
    #[schema(required)]
    pub unconfirmed_since: Option<Instant>,
}

/// How the company brings customers.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProfileMethods)]
pub struct MethodsView {
    /// Counts the edits of this section from 1; for `If-Match`.
    pub version: i64,
    /// Whether you may edit it now.
    pub editable: bool,
    /// Each way once.
    pub methods: Vec<PromotionalMethod>,
}

/// How the company wants to be treated.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ProfileSettings)]
pub struct SettingsView {
    /// Counts the edits of this section from 1; for `If-Match`.
    pub version: i64,
    /// Whether you may edit it now.
    pub editable: bool,
    /// Where its days begin and end.
    pub time_zone: Zone,
    /// What it counts in unless something says otherwise.
    pub currency: Currency,
    /// What it is written to in.
    #[schema(required, example = "de")]
    pub language: Option<String>,
    /// Whether others find it in the directory.
    pub listed: bool,
}

/// A company's profile, section by section.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Profile)]
pub struct ProfileView {
    /// How to reach it.
    pub contact: ContactView,
    /// Where it is.
    pub address: AddressView,
    /// What it says to the tax office; null for those who do not administer the company.
    #[schema(required)]
    pub tax: Option<TaxView>,
    /// How it brings customers.
    pub promotional_methods: MethodsView,
    /// How it wants to be treated.
    pub settings: SettingsView,
    /// Its logo, which has an address of its own; null if it has none.
    #[schema(required)]
    pub logo: Option<CompanyLogo>,
}

impl ContactView {
    /// Of a company, to somebody who may edit it or not.
    pub fn of(company: &Company, editable: bool) -> Self {
        let Contact { email, phone, fax } = company.profile.0.contact.clone();
        let version = company.profile.0.versions.of(Section::Contact);
        Self { version, editable, email, phone, fax }
    }
}

impl AddressView {
    /// Likewise.
    pub fn of(company: &Company, editable: bool) -> Self {
        let Address { street, city, state, postal_code, country } =
            company.profile.0.address.clone();
        let version = company.profile.0.versions.of(Section::Address);
        Self { version, editable, street, city, state, postal_code, country }
    }
}

impl TaxView {
    /// Likewise.
    pub fn of(company: &Company, tax: Tax, editable: bool) -> Self {
        let Tax { company_id: _, tax_id, entity_type, country, vat_id, document_status, .. } = tax;
        let unconfirmed_since = tax.unconfirmed_since;
        let version = company.profile.0.versions.of(Section::Tax);
        Self {
            version,
            editable,
            tax_id,
            entity_type,
            country,
            vat_id,
            document_status,
            unconfirmed_since,
        }
    }
}

impl MethodsView {
    /// Likewise.
    pub fn of(company: &Company, editable: bool) -> Self {
        let version = company.profile.0.versions.of(Section::PromotionalMethods);
        Self { version, editable, methods: company.profile.0.promotional_methods.clone() }
    }
}

impl SettingsView {
    /// Likewise.
    pub fn of(company: &Company, editable: bool) -> Self {
        let profile = &company.profile.0;
        Self {
            version: profile.versions.of(Section::Settings),
            editable,
            time_zone: company.time_zone.clone(),
            currency: company.currency,
            language: profile.language.clone(),
            listed: profile.listed,
        }
    }
}

impl ProfileView {
    /// Likewise; `tax` is for whoever may see it.
    pub fn of(company: &Company, tax: Option<Tax>, editable: bool) -> Self {
        Self {
            contact: ContactView::of(company, editable),
            address: AddressView::of(company, editable),
            tax: tax.map(|tax| TaxView::of(company, tax, editable)),
            promotional_methods: MethodsView::of(company, editable),
            settings: SettingsView::of(company, editable),
            logo: CompanyLogo::of(company),
        }
    }
}

impl PatchContact {
    /// Makes the change; gives what is wrong with it.
    pub fn apply(&self, company: &mut Company) -> Vec<Fault> {
        let profile = &mut company.profile.0;
        let before = profile.contact.clone();
        let after = Contact {
            email: or(&self.email, &before.email),
            phone: or(&self.phone, &before.phone),
            fax: or(&self.fax, &before.fax),
        };
        let home = profile.address.country.as_deref();
        let (after, faults) = rules::contact(&before, after, home, "");
        profile.contact = after;
        faults
    }
}

impl PatchAddress {
    /// Likewise.
    pub fn apply(&self, company: &mut Company) -> Vec<Fault> {
        let before = company.profile.0.address.clone();
        let after = Address {
            street: or(&self.street, &before.street),
            city: or(&self.city, &before.city),
            state: or(&self.state, &before.state),
            postal_code: or(&self.postal_code, &before.postal_code),
            country: or(&self.country, &before.country),
        };
        let (after, faults) = rules::address(&before, after, "");
        company.profile.0.address = after;
        faults
    }
}

impl PatchTax {
    /// What is said from now on, and what is wrong with it.
    pub fn apply(&self, before: &Tax) -> rules::Judged<Tax> {
        let after = Tax {
            company_id: before.company_id,
            tax_id: or(&self.tax_id, &before.tax_id),
            entity_type: or(&self.entity_type, &before.entity_type),
            country: or(&self.country, &before.country),
            vat_id: or(&self.vat_id, &before.vat_id),
            document_status: self.document_status.unwrap_or(before.document_status),
            unconfirmed_since: before.unconfirmed_since,
        };
        rules::tax(before, after)
    }
}

impl PatchMethods {
    /// Makes the change; gives what is wrong with it.
    pub fn apply(&self, company: &mut Company) -> Vec<Fault> {
        let Some(methods) = &self.methods else { return Vec::new() };
        company.profile.0.promotional_methods.clone_from(methods);
        rules::methods(methods)
    }
}

impl PatchSettings {
    /// Makes the change. Each field was judged by itself.
    pub fn apply(&self, company: &mut Company) -> Vec<Fault> {
        if let Some(zone) = &self.time_zone {
            company.time_zone = zone.clone();
        }
        company.currency = self.currency.unwrap_or(company.currency);
        let profile = &mut company.profile.0;
        profile.language = or(&self.language, &profile.language);
        profile.listed = self.listed.unwrap_or(profile.listed);
        Vec::new()
    }
}

/// The new value, which may be none, or else the old one.
fn or<T: Clone>(new: &Option<Option<T>>, old: &Option<T>) -> Option<T> {
    new.clone().unwrap_or_else(|| old.clone())
}
