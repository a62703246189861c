//! A company's logo: on its card, for everybody who sees that.

use serde_json::{Value, json};

use crate::cast::deal::told_of;
use crate::cast::files::{JPEG, PDF, PNG, put_logo};
use crate::cast::http::faults;
use crate::cast::world::in_a_world;
use crate::stories::relations::{Pair, company};

#[test]
fn a_logo_is_put_shown_and_taken_off() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let acme = &pair.acme;
        let (card, path) = (company(acme), format!("{}/logo", company(acme)));
        assert_eq!(acme.get(&card, 200)["logo"], Value::Null);
        acme.get(&path, 404);
        let put = put_logo(acme, &path, PNG, 200);
        let logo = put["logo"].clone();
        assert_eq!(logo["url"], path);
        assert_eq!(put_logo(acme, &path, PNG, 200), put, "the same once more is no change");
        for reader in [acme, &pair.bolt] {
            assert_eq!(reader.get(&card, 200)["logo"], logo);
            let answer = reader.send("GET", &path, &[], b"");
            assert_eq!((answer.status, answer.bytes.as_slice()), (200, PNG));
            assert_eq!(answer.header("content-type"), "image/png");
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            let known = [("If-None-Match", answer.header("etag"))];
            assert_eq!(reader.send("GET", &path, &known, b"").status, 304);
        }
        assert_eq!(acme.get(&format!("{card}/profile"), 200)["logo"], logo);
        let listed = pair.bolt.all("/v1/companies");
        assert!(listed.iter().any(|row| row["logo"] == logo), "{listed:?}");

        let other = put_logo(acme, &path, JPEG, 200)["logo"].clone();
        assert_ne!(other["version"], logo["version"]);
        acme.delete(&path, 204);
        acme.delete(&path, 204);
        acme.get(&path, 404);
        assert_eq!(acme.get(&card, 200)["logo"], Value::Null);
        let told = told_of("company.updated", acme, 3);
        let changes: Vec<Value> =
            told.iter().map(|event| event["changes"]["logo"].clone()).collect();
        let (first, second) = (logo["version"].clone(), other["version"].clone());
        let between = |before: &Value, after: &Value| json!([before, after]);
        assert_eq!(
            changes,
            [
                between(&Value::Null, &first),
                between(&first, &second),
                between(&second, &Value::Null),
            ]
        );
    });
}

#[test]
fn a_logo_is_a_picture_of_one_s_own_company() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let acme = &pair.acme;
        let path = format!("{}/logo", company(acme));
        let put = |kind: &str, bytes: &[u8], status: u16| {
            let answer = acme.send("PUT", &path, &[("Content-Type", kind)], bytes);
            assert_eq!(answer.status, status, "{kind} {}", answer.text);
            answer.json()
        };
        for (kind, bytes) in [
            ("image/svg+xml", b"<svg/>".as_slice()),
            ("image/gif", b"GIF89a"),
            ("application/json", b"{}"),
            ("image/png", PDF),
            ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ] {
            assert_eq!(put(kind, bytes, 415)["code"], "unsupported_media_type");
        }
        assert_eq!(faults(&put("image/png", JPEG, 422)), [" file_type_mismatch"]);
        assert_eq!(faults(&put("image/png", b"", 422)), [" empty_file"]);
        let large = [PNG, &vec![0; 1 << 20]].concat();
        assert_eq!(put("image/png", &large, 413)["code"], "body_too_large");
        let stale = [("Content-Type", "image/png"), ("If-Match", "\"7\"")];
        assert_eq!(acme.send("PUT", &path, &stale, PNG).status, 412);

        put_logo(&pair.bolt, &path, PNG, 403);
        put_logo(&world.colleague(acme, "manager"), &path, PNG, 403);
        put_logo(&world.colleague(acme, "admin"), &path, PNG, 200);

        // Who finds the company in the directory sees its logo, and no system does that.
        let crow = world.company("Crow", "brand");
        let key = json!({ "name": "K", "scopes": ["companies:read"] });
        let system = world.caller(&crow.post("/v1/api-keys", key, 201));
        put_logo(&crow, &path, PNG, 404);
        crow.get(&path, 404);
        acme.patch(&format!("{}/profile/settings", company(acme)), json!({ "listed": true }), 200);
        assert_eq!(crow.send("GET", &path, &[], b"").bytes, PNG);
        assert_eq!(crow.all("/v1/directory?q=acme")[0]["logo"]["url"], path);
        system.get(&path, 404);
    });
}
