//! Query parameters: known by the document, typed, all faults at once.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::shape::Shapes;
use crate::error::{Error, Fault, Result};
use crate::kernel::page;

/// A query that fits.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(read(request).map(Self))
    }
}

fn read<T: DeserializeOwned>(request: &HttpRequest) -> Result<T> {
    let shapes = request.app_data::<Arc<Shapes>>();
    let shapes = shapes.ok_or_else(|| Error::internal(anyhow::anyhow!("no shapes mounted")))?;
    let values = shapes.of(request)?.read_query(request.query_string())?;
    serde_json::from_value(values)
        .map_err(|cause| Error::invalid(Fault::in_parameter("", "invalid", cause.to_string())))
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// The most entries of the page; 50 if absent.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 500, nullable = false)]
    pub cursor: Option<String>,
}

impl Listing {
    /// The number of entries.
    pub fn limit(&self) -> i64 {
        limit(self.limit)
    }

    /// Where the page begins.
    pub fn after<Key: DeserializeOwned>(&self) -> Result<Option<Key>> {
        after(self.cursor.as_deref())
    }
}

/// The number of entries asked for, or the usual one.
pub fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(page::USUAL).clamp(1, page::MOST)
}

/// The place a cursor stands for.
pub fn after<Key: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<Key>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bad = || Fault::in_parameter("cursor", "bad_cursor", "this is no cursor of this list");
    page::read_cursor(cursor).map(Some).ok_or_else(|| Error::invalid(bad()))
}
