//! Rows and words of profiles.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::db::schema::company_tax;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

crate::words! {
    /// A part of a profile that is edited by itself.
    pub enum Section as ProfileSection {
        Contact = "contact",
        Address = "address",
        Tax = "tax",
        PromotionalMethods = "promotional_methods",
        Settings = "settings",
        Payment = "payment",
    }
}

crate::words! {
    /// How a company brings customers.
    pub enum Method as PromotionalMethodKind {
        Content = "content",
        Coupon = "coupon",
        Cashback = "cashback",
        Email = "email",
        Social = "social",
        Search = "search",
        Influencer = "influencer",
        Display = "display",
        Comparison = "comparison",
        Loyalty = "loyalty",
        Other = "other",
    }
}

crate::words! {
    /// What a company is to the tax office.
    pub enum EntityType {
        Individual = "individual",
        SoleProprietor = "sole_proprietor",
        Partnership = "partnership",
        LimitedCompany = "limited_company",
        Corporation = "corporation",
        NonProfit = "non_profit",
        Government = "government",
        Other = "other",
    }
}

crate::words! {
    /// Where the tax document stands that speaks for the values, as the company says itself.
    pub enum DocumentStatus as TaxDocumentStatus {
        NotRequired = "not_required",
        Missing = "missing",
        Sent = "sent",
    }
}

/// A way in which a company brings customers, and where that can be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionalMethod {
    /// Which way.
    pub method: Method,
    /// Where.
    #[serde(default)]
    #[schema(format = "website", max_length = 500, example = "https://bolt.example/blog")]
    pub url: Option<String>,
}

/// How often each section was edited, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Versions {
    contact: i64,
    address: i64,
    tax: i64,
    promotional_methods: i64,
    settings: i64,
    payment: i64,
}

impl Default for Versions {
    fn default() -> Self {
        Self { contact: 1, address: 1, tax: 1, promotional_methods: 1, settings: 1, payment: 1 }
    }
}

impl Versions {
    /// The version of a section.
    pub fn of(&self, section: Section) -> i64 {
        match section {
            Section::Contact => self.contact,
            Section::Address => self.address,
            Section::Tax => self.tax,
            Section::PromotionalMethods => self.promotional_methods,
            Section::Settings => self.settings,
            Section::Payment => self.payment,
        }
    }

    /// Counts one edit more.
    pub fn count(&mut self, section: Section) {
        let version = match section {
            Section::Contact => &mut self.contact,
            Section::Address => &mut self.address,
            Section::Tax => &mut self.tax,
            Section::PromotionalMethods => &mut self.promotional_methods,
            Section::Settings => &mut self.settings,
            Section::Payment => &mut self.payment,
        };
        *version = version.saturating_add(1);
    }
}

/// What a company says to the tax office. Of what is told elsewhere none of this is a part.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = company_tax, primary_key(company_id))]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Tax {
    /// Whose.
    pub company_id: CompanyId,
    /// The number at the tax office.
    pub tax_id: Option<String>,
    /// What it is there.
    pub entity_type: Option<EntityType>,
    /// Where it is taxed.
    pub country: Option<String>,
    /// The VAT id, with its country's prefix.
    pub vat_id: Option<String>,
    /// Where the document stands.
    pub document_status: DocumentStatus,
    /// Since when an owner has not confirmed what somebody of another company says for it.
    pub unconfirmed_since: Option<Instant>,
}

impl Tax {
    /// Of a company that has said nothing yet.
    pub fn nothing(company_id: CompanyId) -> Self {
        Self {
            company_id,
            tax_id: None,
            entity_type: None,
            country: None,
            vat_id: None,
            document_status: DocumentStatus::Missing,
            unconfirmed_since: None,
        }
    }
}
