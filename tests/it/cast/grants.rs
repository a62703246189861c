//! Grants that are in force between two companies.

use super::deal::{literal, meddle};
use super::http::Caller;
use super::world::World;

/// Whoever `from` is lets `to` do this, in every active partnership of the two.
pub fn grant(world: &World, from: &Caller, to: &Caller, kind: &str, level: Option<&str>) {
    let (giver, taker) = (literal(world, from.company_id()), literal(world, to.company_id()));
    let level = level.map_or("NULL".to_string(), |level| format!("'{level}'"));
    meddle(
        world,
        &format!(
            "INSERT INTO partnership_grants
                 (partnership_id, company_id, grantee_company_id, kind, level, granted_at)
             SELECT id, {giver}, {taker}, '{kind}', {level}, updated_at FROM partnerships
             WHERE status = 'active'
               AND partner_company_id IN ({giver}, {taker})
               AND client_company_id IN ({giver}, {taker})
             ON CONFLICT (partnership_id, company_id, kind) DO UPDATE SET level = excluded.level"
        ),
    );
}
