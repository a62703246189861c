//! How one wants to be told.

use entente::notifications::model::Kind;
use serde_json::{Value, json};

use crate::cast::http::{Caller, faults};
use crate::cast::notices::{QUIET, all_is_told, choose, letters, offers, said, told};
use crate::cast::world::in_a_world_with;

const DOOR: &str = "/v1/me/notification-preferences";

fn of(person: &Caller, kind: &str) -> Value {
    let all = person.get(DOOR, 200)["preferences"].as_array().cloned().unwrap();
    all.into_iter().find(|one| one["kind"] == kind).unwrap()
}

#[test]
fn what_is_chosen_takes_the_place_of_what_is_usual() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let usual = acme.get(DOOR, 200);
        assert_eq!(usual["preferences"].as_array().unwrap().len(), Kind::ALL.len());
        let kind = |kind, in_app, email| json!({ "kind": kind, "in_app": in_app, "email": email });
        assert_eq!(of(&acme, "security"), kind("security", true, "at_once"));
        assert_eq!(of(&acme, "batch_done"), kind("batch_done", true, "daily"));

        let chosen = kind("batch_done", false, "off");
        let after = acme.put(DOOR, json!({ "preferences": [chosen] }), 200);
        assert_eq!(after, acme.get(DOOR, 200));
        assert_eq!(of(&acme, "batch_done"), chosen);
        assert_eq!(acme.put(DOOR, after.clone(), 200), after, "what is shown can be sent back");
        // What is left out is as usual again.
        let other = kind("security", true, "daily");
        acme.put(DOOR, json!({ "preferences": [other] }), 200);
        assert_eq!(of(&acme, "security"), other);
        assert_eq!(acme.put(DOOR, json!({ "preferences": [] }), 200), usual);

        // They are one's own, and of one company.
        acme.put(DOOR, json!({ "preferences": [chosen] }), 200);
        let colleague = world.colleague(&acme, "owner");
        assert_eq!(colleague.get(DOOR, 200), usual);
        choose(&colleague, &[("batch_done", true, "at_once")]);
        assert_eq!(of(&acme, "batch_done"), chosen);
        let login = json!({ "email": colleague.email, "password": "correct horse battery" });
        let at_home = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        assert_eq!(at_home.get(DOOR, 200), usual);
    });
}

#[test]
fn every_fault_of_a_choice_is_told() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let kind =
            |kind: &str, email: &str| json!({ "kind": kind, "in_app": true, "email": email });
        let shapeless = json!({ "preferences": [
            kind("weather", "hourly"), { "kind": "security" }, kind("batch_done", "off"),
        ] });
        let told = acme.put(DOOR, shapeless, 422);
        let expected = [
            "/preferences/0/email unknown_value",
            "/preferences/0/kind unknown_value",
            "/preferences/1/email missing_field",
            "/preferences/1/in_app missing_field",
        ];
        assert_eq!(faults(&told), expected);
        let silent = json!({ "kind": "security", "in_app": false, "email": "off" });
        let twice = json!({ "preferences": [
            silent, kind("batch_done", "off"), kind("batch_done", "daily"),
        ] });
        let told = acme.put(DOOR, twice, 422);
        assert_eq!(
            faults(&told),
            ["/preferences/0/in_app essential", "/preferences/2/kind duplicate"]
        );
        assert_eq!(of(&acme, "batch_done")["email"], "daily", "nothing of it counts");
    });
}

#[test]
fn a_kind_that_is_off_is_neither_listed_nor_told_by_letter() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let quiet = world.colleague(&bolt, "manager");
        let by_letter = world.colleague(&bolt, "manager");
        choose(&quiet, &[("partnership_offer", true, "off")]);
        choose(&by_letter, &[("partnership_offer", false, "at_once")]);
        let off = world.colleague(&bolt, "manager");
        choose(&off, &[("partnership_offer", false, "off")]);
        offers(world, &acme, &bolt, 1);
        all_is_told(world);
        let offer = "partnership_offer: Acme offers your company a partnership";
        assert_eq!(said(&told(world, &quiet, 1)), [offer]);
        assert_eq!(said(&told(world, &bolt, 1)), [offer]);
        for person in [&by_letter, &off] {
            assert_eq!(said(&told(world, person, 0)), [""; 0]);
            assert_eq!(person.get("/v1/notifications/unread-count", 200)["count"], 0);
        }
        let subject = "Bolt: Acme offers your company a partnership";
        let mut expected: Vec<String> = [&bolt, &by_letter]
            .map(|person| format!("{}: {subject}", person.email.as_deref().unwrap()))
            .into();
        expected.sort();
        let sent: Vec<String> =
            letters(world).into_iter().filter(|letter| !letter.contains("watchman")).collect();
        assert_eq!(sent, expected);
    });
}
