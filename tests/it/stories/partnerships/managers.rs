//! Each side has its own people manage a partnership, keeps that to itself, and puts away what is over.

use serde_json::{Value, json};

use super::super::people::{names, person};
use super::{agreed, offered};
use crate::cast::at_once::at_once;
use crate::cast::deal::{meddle, shown};
use crate::cast::http::{Caller, faults};
use crate::cast::notices::{QUIET, told};
use crate::cast::tables::texts;
use crate::cast::world::{in_a_world, in_a_world_with};

#[test]
fn a_team_is_chosen_at_once_and_is_nobody_elses_business() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let [ada, eve, kim] = ["Ada", "Eve", "Kim"].map(|name| person(&acme, name, "Smith"));
        let bea = person(&bolt, "Bea", "Bolt");
        let path = offered(&acme, &bolt);
        let managers = format!("{path}/managers");
        let version = acme.get(&path, 200)["version"].clone();
        acme.post(&managers, json!({ "person_id": ada }), 200);
        let team = acme.post(&managers, json!({ "person_ids": [kim, ada, eve] }), 200);
        let on: Vec<&Value> =
            team["data"].as_array().unwrap().iter().map(|one| &one["first_name"]).collect();
        assert_eq!(on, ["Ada", "Eve", "Kim"]);
        assert_eq!(names(&acme, &format!("{managers}?limit=1")), ["Ada", "Eve", "Kim"]);
        // The invited side may choose before it answers; neither sees the other's.
        bolt.post(&managers, json!({ "person_id": bea }), 200);
        assert_eq!(names(&bolt, &managers), ["Bea"]);
        crow.get(&managers, 404);
        crow.post(&managers, json!({ "person_id": ada }), 404);
        assert_eq!(bolt.get(&path, 200)["version"], version, "nothing that the other side sees");
        let of_bolt = shown(1, || bolt.all("/v1/events?type=person.put_on_team"));
        assert_eq!(of_bolt.len(), 1);
        assert_eq!(of_bolt[0]["object"]["first_name"], "Bea");

        for body in [json!({}), json!({ "person_id": ada, "person_ids": [eve] })] {
            assert_eq!(faults(&acme.post(&managers, body, 422)), [" one_of_fields"]);
        }
        let unknown = "per_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let strangers = json!({ "person_ids": [bea, ada, unknown] });
        let expected = ["/person_ids/0 unknown_person", "/person_ids/2 unknown_person"];
        for method in ["POST", "DELETE"] {
            let problem = acme.call(method, &managers, &[], &strangers, 422).json();
            assert_eq!(faults(&problem), expected, "{method}");
        }
        let twice = acme.post(&managers, json!({ "person_ids": [ada, ada] }), 422);
        assert_eq!(faults(&twice), ["/person_ids/1 duplicate"]);

        let off = json!({ "person_ids": [ada, eve] });
        acme.call("DELETE", &managers, &[], &off, 204);
        acme.call("DELETE", &managers, &[], &off, 204);
        assert_eq!(names(&acme, &managers), ["Kim"]);
        bolt.post(&format!("{path}/decline"), json!({ "comment": "no" }), 200);
        let late = acme.post(&managers, json!({ "person_id": ada }), 409);
        assert_eq!(late["code"], "partnership_over");
        acme.call("DELETE", &managers, &[], &json!({ "person_id": kim }), 204);
        assert_eq!(names(&acme, &managers), [""; 0]);
    });
}

#[test]
fn a_team_has_fifty_people_at_most_also_if_many_are_added_at_once() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let managers = format!("{}/managers", agreed(&acme, &bolt));
        let all: Vec<String> = (0..51).map(|one| person(&acme, &format!("P{one}"), "X")).collect();
        acme.post(&managers, json!({ "person_ids": all[..49] }), 200);
        let problem = acme.post(&managers, json!({ "person_ids": all[48..] }), 409);
        assert_eq!(problem["code"], "too_many_managers");
        // The same one, by several at the same moment, is put on it once.
        let body = json!({ "person_id": all[49] }).to_string();
        let json = [("Content-Type", "application/json")];
        let statuses = at_once(4, |_| acme.send("POST", &managers, &json, body.as_bytes()).status);
        assert_eq!(statuses, [200; 4]);
        let told =
            texts(world, "SELECT type AS text FROM events WHERE type = 'person.put_on_team'");
        assert_eq!(told.len(), 50);
        assert_eq!(acme.all(&format!("{managers}?limit=20")).len(), 50);
        let full = acme.post(&managers, json!({ "person_id": all[50] }), 409);
        assert_eq!(full["code"], "too_many_managers");
        acme.post(&managers, json!({ "person_ids": all[..50] }), 200);
    });
}

#[test]
fn a_history_is_kept_and_a_sides_own_part_of_it_is_its_own() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let ada = person(&acme, "Ada", "Smith");
        let path = agreed(&acme, &bolt);
        acme.post(&format!("{path}/managers"), json!({ "person_id": ada }), 200);
        acme.post(&format!("/v1/people/{ada}/leave"), json!({}), 200);
        bolt.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        let history = format!("{path}/history");
        let kinds = |by: &Caller, path: &str| -> Vec<String> {
            let kind = |one: &Value| one["type"].as_str().unwrap().to_string();
            by.all(path).iter().map(kind).collect()
        };
        let shared = ["partnership.ended", "partnership.accepted", "partnership.offered"];
        let own = [shared[0], "person.taken_off_team", "person.put_on_team", shared[1], shared[2]];
        assert_eq!(kinds(&bolt, &history), shared);
        assert_eq!(kinds(&acme, &format!("{history}?limit=2")), own);
        world.company("Crow", "brand").get(&history, 404);

        let of_acme = acme.all(&history);
        let put = &of_acme[2];
        let what = [&put["private"], &put["has_details"], &put["details"]];
        let details = json!({ "manager_id": [null, ada] });
        assert_eq!(what, [&json!(true), &json!(true), &details]);
        assert_eq!(put["user"]["name"], "Acme's owner");
        let ended = &of_acme[0];
        let company = json!({ "id": bolt.company_id(), "name": "Bolt" });
        assert_eq!((&ended["company"], &ended["user"]), (&company, &Value::Null));
        assert_eq!(ended["details"], json!({ "status": ["active", "ended"] }));
        assert_eq!(bolt.all(&history)[0]["user"]["name"], "Bolt's owner");
        assert_eq!(of_acme[4]["has_details"], false);
        // Events are forgotten in time, this is not.
        meddle(world, "DELETE FROM events");
        assert_eq!(kinds(&acme, &history), own);
    });
}

#[test]
fn each_side_puts_away_what_is_over_for_itself() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let path = agreed(&acme, &bolt);
        let hide = format!("{path}/hide");
        let live = acme.post(&hide, json!({}), 409);
        assert_eq!(live["code"], "partnership_not_over");
        let ended = acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        for _ in 0..2 {
            assert_eq!(acme.post(&hide, json!({}), 200), ended);
        }
        let listed = |by: &Caller, query: &str| by.all(&format!("/v1/partnerships{query}")).len();
        assert_eq!((listed(&acme, ""), listed(&acme, "?hidden=true")), (0, 1));
        assert_eq!(listed(&acme, "?hidden=false&status=ended"), 0);
        assert_eq!((listed(&bolt, ""), listed(&bolt, "?hidden=true")), (1, 0));
        assert_eq!(bolt.get(&path, 200)["version"], ended["version"]);
        assert_eq!(acme.get(&path, 200), ended, "it is read as before");
        world.company("Crow", "brand").post(&hide, json!({}), 404);
        acme.post(&hide, json!({ "hidden": false }), 200);
        assert_eq!((listed(&acme, ""), listed(&acme, "?hidden=true")), (1, 0));
        let noted: Vec<Value> = acme.all("/v1/audit-log?type=partnership.*");
        let noted: Vec<&Value> = noted.iter().map(|one| &one["type"]).collect();
        assert_eq!(noted[..2], ["partnership.shown", "partnership.hidden"]);
        assert_eq!(noted.len(), 4, "an offer and its end, and what was hidden once: {noted:?}");
    });
}

#[test]
fn a_side_shows_its_team_and_the_other_one_is_told_of_it() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let viewer = world.colleague(&acme, "viewer");
        let [ada, eve] = ["Ada", "Eve"].map(|name| person(&acme, name, "Smith"));
        let path = agreed(&acme, &bolt);
        let (managers, other) = (format!("{path}/managers"), format!("{path}/managers?side=other"));
        acme.post(&managers, json!({ "person_id": ada }), 200);
        assert_eq!(names(&bolt, &other), [""; 0]);
        let before = bolt.get(&path, 200);
        assert_eq!([&before["team_visible"], &before["other_team_visible"]], [false, false]);
        let show = format!("{managers}/visibility");
        let visible = |yes: bool| json!({ "team_visible": yes });
        crow.put(&show, visible(true), 404);
        assert_eq!(viewer.put(&show, visible(true), 403)["code"], "role_too_low");
        assert_eq!(acme.put(&show, visible(true), 200)["team_visible"], true);
        let shown_once = acme.put(&show, visible(true), 200);
        let now = bolt.get(&path, 200);
        assert_eq!(now["version"], shown_once["version"], "shown already");
        assert_eq!([&now["team_visible"], &now["other_team_visible"]], [false, true]);
        let seen = bolt.all(&other);
        assert_eq!(
            (&seen[0]["first_name"], &seen[0]["last_name"]),
            (&json!("Ada"), &json!("Smith"))
        );
        assert_eq!([&seen[0]["email"], &seen[0]["user_id"]], [&Value::Null; 2]);
        assert_eq!(names(&acme, &other), [""; 0], "the other side shows nothing");
        acme.post(&managers, json!({ "person_ids": [ada, eve] }), 200);
        acme.post(&managers, json!({ "person_id": eve }), 200);
        acme.post(&format!("/v1/people/{ada}/leave"), json!({}), 200);
        assert_eq!(names(&bolt, &other), ["Eve"]);
        let changed = shown(2, || bolt.all("/v1/events?type=partnership.team_changed"));
        assert_eq!(changed.len(), 2, "one joined and one left: {changed:?}");
        let told = told(world, &bolt, 4);
        let says = |words: &str| {
            let title = |one: &&Value| one["title"].as_str().unwrap_or_default().contains(words);
            told.iter().filter(title).count()
        };
        assert_eq!([says("shows your company"), says("has changed who")], [1, 2], "{told:?}");
        let history = bolt.all(&format!("{path}/history"));
        assert!(!history.iter().any(|one| one["private"] == true));
        assert_eq!(acme.put(&show, visible(false), 200)["team_visible"], false);
        assert_eq!(names(&bolt, &other), [""; 0]);
        let version = bolt.get(&path, 200)["version"].clone();
        acme.call("DELETE", &managers, &[], &json!({ "person_id": eve }), 204);
        assert_eq!(bolt.get(&path, 200)["version"], version, "what is hidden tells nobody");
        bolt.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        assert_eq!(acme.put(&show, visible(true), 409)["code"], "partnership_not_active");
    });
}
