//! A typed JSON document in one column, kept as it was written and never taken apart by SQL: `json`,
//! which PostgreSQL gives back faster than `jsonb`, or text.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sqlite::Sqlite;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::column::Doc;
use crate::db::MultiBackend;

/// Whatever serde can write and read back, kept as one value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = Doc)]
pub struct Document<T: 'static>(pub T);

impl<T: Serialize + std::fmt::Debug + Send + Sync> ToSql<Doc, Pg> for Document<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: Serialize + std::fmt::Debug + Send + Sync> ToSql<Doc, Sqlite> for Document<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: Serialize + std::fmt::Debug + Send + Sync> ToSql<Doc, MultiBackend> for Document<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, MultiBackend>) -> serialize::Result {
        out.set_value((Doc, self));
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned> FromSql<Doc, Pg> for Document<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_slice(bytes.as_bytes())?))
    }
}

impl<T: DeserializeOwned> FromSql<Doc, Sqlite> for Document<T> {
    fn from_sql(mut bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(bytes.read_text())?))
    }
}

impl<T: DeserializeOwned> FromSql<Doc, MultiBackend> for Document<T> {
    fn from_sql(bytes: <MultiBackend as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        bytes.from_sql::<Self, Doc>()
    }
}
