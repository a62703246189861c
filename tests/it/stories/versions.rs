//! `If-Match`: a change is made to the version that was seen, or not at all.

use serde_json::{Value, json};

use crate::cast::http::{Caller, faults};
use crate::cast::scene::Scene;
use crate::cast::world::in_a_world;

/// PATCH of a name, meant for some versions.
fn rename(caller: &Caller, path: &str, versions: &str, name: &str, status: u16) -> Value {
    let body = json!({ "name": name });
    let answer = caller.call("PATCH", path, &[("If-Match", versions)], &body, status);
    let problem = answer.json();
    if status == 200 {
        let version = format!("\"{}\"", problem["version"]);
        assert_eq!(answer.header("ETag"), version, "{path}");
        assert_eq!(caller.send("GET", path, &[], b"").header("ETag"), version, "{path}");
    }
    problem
}

#[test]
fn a_company_and_an_event_type_change_in_the_version_that_was_seen() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let dora = world.company("Dora", "brand");
        let company = format!("/v1/companies/{}", dora.company_id());
        let event_type = format!("/v1/event-types/{}", scene.event_type);
        for (acme, path) in [(&dora, company), (&scene.acme, event_type)] {
            let named = |name: &str| assert_eq!(acme.get(&path, 200)["name"], name, "{path}");
            assert_eq!(acme.send("GET", &path, &[], b"").header("ETag"), "\"1\"", "{path}");
            rename(acme, &path, "\"1\"", "Second", 200);
            let problem = rename(acme, &path, "\"1\"", "Lost", 412);
            assert_eq!(problem["code"], "stale_version", "{path}");
            rename(acme, &path, "\"3\"", "Lost", 412);
            named("Second");
            rename(acme, &path, "\"1\", \"2\"", "Third", 200);
            rename(acme, &path, "*", "Fourth", 200);
            for nonsense in ["4", "W/\"4\"", "\"four\"", ""] {
                let problem = rename(acme, &path, nonsense, "Lost", 422);
                assert_eq!(faults(&problem), ["If-Match bad_format"], "{path} {nonsense}");
            }
            named("Fourth");
            let known = acme.send("GET", &path, &[("If-None-Match", "\"4\"")], b"");
            assert_eq!((known.status, known.text.as_str()), (304, ""), "{path}");
        }
    });
}
