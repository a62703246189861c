//! Tells Diesel's two-engine backend how to look up our three column types.

use diesel::sql_types::HasSqlType;

use super::MultiBackend;
use crate::kernel::column::{At, Doc, Key};

impl HasSqlType<Key> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Key>(lookup)
    }
}

impl HasSqlType<At> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<At>(lookup)
    }
}

impl HasSqlType<Doc> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<Doc>(lookup)
    }
}
