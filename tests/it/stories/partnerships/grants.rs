//! What a side lets the other do counts while the two work together, and not longer.

use entente::kernel::id::CompanyId;
use entente::partnerships::grants::model::{GrantKind, GrantLevel};
use entente::partnerships::grants::store;
use serde_json::json;

use super::{agreed, offered};
use crate::cast::deal::run;
use crate::cast::grants::grant;
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world};

/// What of this kind `from` lets `to` do now: nothing, or how far.
fn in_force(
    world: &World,
    from: &Caller,
    to: &Caller,
    kind: GrantKind,
) -> Option<Option<GrantLevel>> {
    let id = |caller: &Caller| caller.company_id().parse::<CompanyId>().expect("an id");
    let (from, to) = (id(from), id(to));
    let found = run(world, async |pool| {
        pool.read(move |db| store::in_force(db, from, to, kind)).await.expect("it reads")
    });
    found.map(|grant| grant.level)
}

#[test]
fn a_grant_is_in_force_one_way_and_as_long_as_the_partnership_is_active() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "agency"));
        let path = agreed(&acme, &bolt);
        let other = offered(&bolt, &acme);
        grant(world, &acme, &bolt, "sign_in_as", Some("relationship"));
        let signs_in = |from, to| in_force(world, from, to, GrantKind::SignInAs);
        assert_eq!(signs_in(&acme, &bolt), Some(Some(GrantLevel::Relationship)));
        assert_eq!(signs_in(&bolt, &acme), None);
        assert_eq!(in_force(world, &acme, &bolt, GrantKind::ManageStatus), None);
        acme.post(&format!("{other}/accept"), json!({}), 200);
        acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        assert_eq!(signs_in(&acme, &bolt), None, "the other partnership grants nothing");
        grant(world, &acme, &bolt, "sign_in_as", Some("company"));
        grant(world, &acme, &bolt, "manage_status", None);
        assert_eq!(signs_in(&acme, &bolt), Some(Some(GrantLevel::Company)));
        assert_eq!(in_force(world, &acme, &bolt, GrantKind::ManageStatus), Some(None));
    });
}
