//! Who is told of whom: of a newcomer the admins, of another role the person, and nobody elsewhere.

use serde_json::json;

use crate::cast::http::Caller;
use crate::cast::members::{joined, place};
use crate::cast::notices::{QUIET, all_is_told, letters, said};
use crate::cast::world::in_a_world_with;

#[test]
fn admins_are_told_who_joins_and_leaves_and_people_of_their_role() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.post("/v1/partnerships", offer, 201);
        let [admin, manager] = ["admin", "manager"].map(|role| world.colleague(&acme, role));
        let grace = joined(world, &admin, "grace@example.com", "member");
        acme.patch(&place(&grace), json!({ "role": "viewer" }), 200);
        acme.patch(&place(&acme), json!({ "role": "owner" }), 200);
        manager.delete(&place(&manager), 204);
        all_is_told(world);
        let told = |caller: &Caller| said(&caller.all("/v1/notifications"));
        let [joins, leaves, role] = [
            "Somebody has joined your company",
            "Somebody no longer belongs to your company",
            "You have another role in your company",
        ]
        .map(|title| format!("members: {title}"));
        assert_eq!(told(&acme), [joins.clone(), leaves.clone()]);
        assert_eq!(told(&admin), [joins, leaves], "who invited is no doer of this");
        assert_eq!(told(&grace), [role]);
        assert_eq!(told(&bolt).len(), 1, "the partner knows of the offer alone");
        let to_grace = "grace@example.com: Acme: You have another role in your company";
        assert!(letters(world).contains(&to_grace.to_string()), "{:?}", letters(world));

        // It leads to the place, for whoever may see that.
        let one = grace.get("/v1/notifications", 200)["data"][0].clone();
        assert_eq!(one["object_type"], "membership");
        assert_eq!(
            format!("/v1/memberships/{}", one["object_id"].as_str().unwrap()),
            place(&grace)
        );
    });
}
