//! Ledgers are added up again, and what somebody meddled with is found.

use entente::actions::verify::{Told, verify};
use serde_json::json;

use crate::cast::deal::{Deal, meddle, run};
use crate::cast::world::{World, in_a_world};

/// What differs.
pub fn differences(world: &World) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    let tell = |told: Told| match told {
        Told::Looked(_) => {}
        Told::Difference(what) => found.borrow_mut().push(what),
    };
    let report = run(world, async |pool| verify(pool, tell).await).expect("it can be verified");
    assert_eq!(usize::try_from(report.differences), Ok(found.borrow().len()));
    found.into_inner()
}

#[test]
fn a_ledger_that_was_kept_adds_up_and_a_tampered_one_does_not() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.tracked("A-2");
        let hat = json!({ "op": "reverse_item", "sku": "HAT" });
        let less = json!({ "reason": "ITEM_RETURNED", "operations": [hat] });
        deal.acme.post(&format!("{path}/modify"), less, 200);
        deal.acme.post(&format!("{path}/hold"), json!({ "reason": "why" }), 200);
        deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        deal.acme.post(&format!("{path}/restore"), json!({}), 200);
        assert_eq!(differences(world), Vec::<String>::new());

        for (meddling, undoing) in [
            (
                "actions SET payout_minor = payout_minor + 1",
                "actions SET payout_minor = payout_minor - 1",
            ),
            ("actions SET state = 'approved'", "actions SET state = 'pending'"),
            ("actions SET version = version + 1", "actions SET version = version - 1"),
            (
                "action_updates SET sale_delta_minor = sale_delta_minor + 1",
                "action_updates SET sale_delta_minor = sale_delta_minor - 1",
            ),
        ] {
            meddle(world, &format!("UPDATE {meddling} WHERE version > 1"));
            let found = differences(world);
            assert!(!found.is_empty(), "{meddling}");
            let id = path.rsplit('/').next().unwrap();
            assert!(found.iter().all(|one| one.starts_with(id)), "{found:?}");
            let back = if meddling.contains("version +") { "version > 2" } else { "version > 1" };
            meddle(world, &format!("UPDATE {undoing} WHERE {back}"));
            assert_eq!(differences(world), Vec::<String>::new(), "{undoing}");
        }

        meddle(world, "DELETE FROM action_updates WHERE version = 2");
        assert!(differences(world).iter().any(|one| one.contains("entry 2 is missing")));
        meddle(world, "DELETE FROM actions WHERE version > 1");
        assert!(differences(world).iter().any(|one| one.contains("does not exist")));

        let output = std::process::Command::new(env!("CARGO_BIN_EXE_entente"))
            .args(["verify", "--database-url", &world.database_url])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stdout).contains("differences"));
    });
}
