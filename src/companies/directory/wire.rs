//! The directory as it is asked and answers.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rules;
use super::store::Place;
use crate::companies::model::{Company, Kind};
use crate::companies::profile::model::Method;
use crate::companies::wire::CompanyLogo;
use crate::error::{Error, Fault, Result};
use crate::http::query::after;
use crate::kernel::id::CompanyId;

/// The most entries of a page.
const MOST: i64 = 50;

/// Whom somebody looks for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DirectoryQuestion {
    /// The beginning of a name, of any word in it, or of a website; three letters at least.
    #[param(max_length = 200, nullable = false, required = true, example = "acme")]
    pub q: Option<String>,
    /// The most entries of the page; 20 if absent.
    #[param(minimum = 1, maximum = 50, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 1000, nullable = false)]
    pub cursor: Option<String>,
}

impl DirectoryQuestion {
    /// The question as it is looked up.
    pub fn read(&self) -> Result<String> {
        let fault = |code: &'static str, message: String| {
            Error::invalid(Fault::in_parameter("q", code, message))
        };
        let text =
            self.q.as_deref().ok_or_else(|| fault("missing_field", "q is required".into()))?;
        let least = || fault("too_short", format!("at least {} letters", rules::FEWEST));
        rules::question(text).ok_or_else(least)
    }

    /// Where the page begins; a cursor belongs to its question.
    pub fn place(&self, question: &str) -> Result<Option<Place>> {
        let place: Option<Place> = after(self.cursor.as_deref())?;
        let fits = |(phrase, _): &Place| phrase.starts_with(question) && !phrase.contains('\0');
        if place.as_ref().is_none_or(fits) {
            return Ok(place);
        }
        let message = "this is a cursor of another question";
        Err(Error::invalid(Fault::in_parameter("cursor", "bad_cursor", message)))
    }

    /// The number of entries.
    pub fn limit(&self) -> i64 {
        self.limit.unwrap_or(20).clamp(1, MOST)
    }
}

/// A company as everybody may see it who wants to be found.
#[derive(Debug, Serialize, ToSchema)]
pub struct DirectoryEntry {
    /// Its id, to offer it a partnership.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// What it calls itself.
    pub kind: Kind,
    /// Its website.
    #[schema(required)]
    pub website: Option<String>,
    /// Whether it has shown that the website's domain is its own; nobody can as yet.
    pub domain_verified: bool,
    /// Its logo; null if it has none.
    #[schema(required)]
    pub logo: Option<CompanyLogo>,
    /// ISO 3166-1 alpha-2 country code.
    #[schema(required, example = "DE")]
    pub country: Option<String>,
    /// How it brings customers.
    pub promotional_methods: Vec<Method>,
}

impl From<Company> for DirectoryEntry {
    fn from(company: Company) -> Self {
        let logo = CompanyLogo::of(&company);
        let profile = company.profile.0;
        Self {
            id: company.id,
            logo,
            name: company.name,
            kind: company.kind,
            website: company.website,
            domain_verified: false,
            country: profile.address.country,
            promotional_methods: profile.promotional_methods.iter().map(|one| one.method).collect(),
        }
    }
}
