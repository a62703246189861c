//! The only SQL that touches `directory_entries`.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::rules;
use crate::companies::model::{Company, Status};
use crate::db::Db;
use crate::db::schema::{companies, directory_entries};
use crate::error::Result;
use crate::kernel::id::CompanyId;
use crate::kernel::page::Page;

/// A place in what is found: by which words, and whose they are.
pub type Place = (String, CompanyId);

/// Behind everything that begins like something.
const LAST: char = char::MAX;

/// Puts a company in by what it is called now, or takes it out if it does not want to be found.
pub fn put(db: &mut Db, company: &Company) -> Result<()> {
    let of_company = directory_entries::company_id.eq(company.id);
    diesel::delete(directory_entries::table.filter(of_company)).execute(db)?;
    if !company.profile.0.listed {
        return Ok(());
    }
    for phrase in rules::phrases(&company.name, company.domain.as_deref()) {
        let entry = (directory_entries::phrase.eq(phrase), of_company);
        diesel::insert_into(directory_entries::table).values(entry).execute(db)?;
    }
    Ok(())
}

/// Companies with something that begins like a question, in the order of that; each once.
pub fn search(
    db: &mut Db,
    own: CompanyId,
    question: &str,
    after: Option<&Place>,
    limit: i64,
) -> Result<Page<Company>> {
    let (phrase, company) = (directory_entries::phrase, directory_entries::company_id);
    let end = format!("{question}{LAST}");
    let sooner = diesel::alias!(directory_entries as sooner);
    let earlier = sooner
        .filter(sooner.field(company).eq(company))
        .filter(sooner.field(phrase).ge(question))
        .filter(sooner.field(phrase).lt(phrase));
    // From the cursor on, or from the question itself, which no id comes before.
    let first = CompanyId::from_uuid(uuid::Uuid::nil());
    let (from, id) = after.map_or((question, first), |(phrase, id)| (phrase.as_str(), *id));
    let rows: Vec<(String, Company)> = directory_entries::table
        .inner_join(companies::table.on(companies::id.eq(company)))
        .filter(phrase.ge(from))
        .filter(phrase.lt(end))
        .filter(phrase.gt(from).or(company.gt(id)))
        .filter(company.ne(own))
        .filter(companies::status.eq(Status::Active))
        .filter(not(exists(earlier)))
        .order((phrase, company))
        .limit(limit + 1)
        .select((phrase, companies::all_columns))
        .load(db)?;
    let page = Page::cut(rows, limit, |(phrase, company)| (phrase.clone(), company.id));
    Ok(page.map(|(_, company)| company))
}
