//! Who knows whom: of each two companies that ever had to do with each other a row on either side, and
//! of each company one for itself.
//!
//! Each side keeps its own things in its row, which `relations` reads and writes. What it is found and
//! listed by is kept up here, in the transactions that change it: the other one's name, their live
//! partnerships, and when something last happened between them.

use diesel::prelude::*;

use crate::companies::model::{Company, Tie};
use crate::db::schema::{companies, relations};
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::search;
use crate::kernel::time::Instant;

/// A partnership, as far as it ties two companies.
#[derive(Debug, Clone, Copy)]
pub struct Bond {
    /// Its id.
    pub id: PartnershipId,
    /// The side that brings customers.
    pub partner: CompanyId,
    /// The side they are brought to.
    pub client: CompanyId,
    /// Its status while it is offered or active; nothing from then on.
    pub live: Option<&'static str>,
    /// When it came to be so.
    pub at: Instant,
}

/// A company that registers has a place in its own list.
pub(super) fn begin(db: &mut Db, company: &Company) -> Result<()> {
    dialect::relations::keep(db, &tie(company.id, company, true, company.created_at))
}

/// Two companies meet, if they have not met before.
pub fn meet(db: &mut Db, bond: &Bond) -> Result<()> {
    let sides = [bond.partner, bond.client];
    let both: Vec<Company> = companies::table.filter(companies::id.eq_any(sides)).load(db)?;
    for other in &both {
        let own = if other.id == bond.partner { bond.client } else { bond.partner };
        dialect::relations::keep(db, &tie(own, other, false, bond.at))?;
    }
    bind(db, bond)
}

/// A partnership of theirs comes to be, or is something else.
pub fn bind(db: &mut Db, bond: &Bond) -> Result<()> {
    use relations as row;
    let Bond { id, partner, client, live, at } = *bond;
    let id = live.map(|_| id);
    let of_client = row::table.find((client, partner));
    diesel::update(of_client)
        .set((row::partner_partnership_id.eq(id), row::partner_status.eq(live)))
        .execute(db)?;
    let of_partner = row::table.find((partner, client));
    diesel::update(of_partner)
        .set((row::client_partnership_id.eq(id), row::client_status.eq(live)))
        .execute(db)?;
    for pair in [(client, partner), (partner, client)] {
        diesel::update(row::table.find(pair))
            .set((
                row::is_live
                    .eq(row::partner_status.is_not_null().or(row::client_status.is_not_null())),
                row::last_activity_at.eq(at),
                row::version.eq(row::version + 1),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Something happened between two companies.
pub fn touch(db: &mut Db, one: CompanyId, other: CompanyId, at: Instant) -> Result<()> {
    use relations as row;
    for pair in [(one, other), (other, one)] {
        diesel::update(row::table.find(pair))
            .set((row::last_activity_at.eq(at), row::version.eq(row::version + 1)))
            .execute(db)?;
    }
    Ok(())
}

/// A company that takes another name or website is listed under it by all who know it.
pub(super) fn follow(db: &mut Db, before: &Company, after: &Company) -> Result<()> {
    if (&before.name, &before.website) == (&after.name, &after.website) {
        return Ok(());
    }
    let known = relations::table.filter(relations::other_company_id.eq(after.id));
    diesel::update(known)
        .set((relations::name.eq(search::place_of(&after.name)), relations::words.eq(words(after))))
        .execute(db)?;
    Ok(())
}

fn tie(own: CompanyId, other: &Company, is_live: bool, at: Instant) -> Tie {
    Tie {
        company_id: own,
        other_company_id: other.id,
        name: search::place_of(&other.name),
        words: words(other),
        is_live,
        notes_count: 0,
        last_activity_at: at,
        version: 1,
    }
}

/// The words of its name and its website, each with a space before it.
fn words(company: &Company) -> String {
    let website = company.website.as_deref().unwrap_or_default();
    let website = website.split_once("://").map_or(website, |(_, rest)| rest);
    let words = search::words(&format!("{} {website}", company.name));
    words.into_iter().flat_map(|word| [" ".to_string(), word]).collect()
}
