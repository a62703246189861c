//! Rows and words of companies.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::profile::model::{PromotionalMethod, Versions};
use crate::db::schema::{companies, relations};
use crate::kernel::document::Document;
use crate::kernel::id::CompanyId;
use crate::kernel::money::Currency;
use crate::kernel::time::{Instant, Zone};

crate::words! {
    /// What a company calls itself. A label, never a permission.
    pub enum Kind as CompanyKind { Agency = "agency", Brand = "brand", Partner = "partner" }
}

crate::words! {
    /// What a company has subscribed to.
    pub enum Plan { Standard = "standard", Enterprise = "enterprise" }
}

crate::words! {
    /// Whether a company takes part. Suspended ones read; deactivated ones do not exist to anybody.
    pub enum Status as CompanyStatus { Active = "active", Suspended = "suspended", Deactivated = "deactivated" }
}

/// How to reach a company. All of it is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// E-mail address.
    #[schema(format = "email", max_length = 254)]
    pub email: Option<String>,
    /// Phone number, kept as dialled from abroad.
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    /// Fax number.
    #[schema(max_length = 40)]
    pub fax: Option<String>,
}

/// Where a company is. All of it is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Address {
    /// Street and number.
    #[schema(max_length = 200)]
    pub street: Option<String>,
    /// City.
    #[schema(max_length = 100)]
    pub city: Option<String>,
    /// State or region.
    #[schema(max_length = 100)]
    pub state: Option<String>,
    /// Postal code.
    #[schema(max_length = 20)]
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2 country code.
    #[schema(pattern = "^[A-Z]{2}$", format = "country", example = "DE")]
    pub country: Option<String>,
}

/// The parts of a company nobody searches by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// How to reach it.
    pub contact: Contact,
    /// Where it is.
    pub address: Address,
    /// How it brings customers.
    pub promotional_methods: Vec<PromotionalMethod>,
    /// What it is written to in.
    pub language: Option<String>,
    /// Whether others find it in the directory.
    pub listed: bool,
    /// How often each section was edited.
    pub versions: Versions,
    /// Which picture is its logo, if it has one.
    pub logo: Option<String>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = companies, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Company {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// What it calls itself.
    pub kind: Kind,
    /// Its website, as given.
    pub website: Option<String>,
    /// The registrable domain of the website.
    pub domain: Option<String>,
    /// Everything of the profile that is not a column of its own.
    pub profile: Document<Profile>,
    /// Where its days begin and end.
    pub time_zone: Zone,
    /// What it counts in unless something says otherwise.
    pub currency: Currency,
    /// What it has subscribed to.
    pub plan: Plan,
    /// Whether it takes part.
    pub status: Status,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Whether its people have to sign in with a second factor.
    pub require_two_factor: bool,
}

/// One company's row about another, or about itself, as it begins.
#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = relations, treat_none_as_default_value = false)]
pub struct Tie {
    /// Whose row it is.
    pub company_id: CompanyId,
    /// Which company it is about.
    pub other_company_id: CompanyId,
    /// Where that one's name belongs in the order of names.
    pub name: String,
    /// The words that it is found by, each with a space before it.
    pub words: String,
    /// Whether it is listed: a partnership is offered or active, or it is the company itself.
    pub is_live: bool,
    /// How many notes there are about it.
    pub notes_count: i64,
    /// When something last happened between the two.
    pub last_activity_at: Instant,
    /// Counts the changes of the row from 1.
    pub version: i64,
}
