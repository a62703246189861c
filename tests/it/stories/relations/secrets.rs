//! What a company keeps about another one is its own: the other side and strangers see none of it, and
//! its own people and keys as much as they may.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Pair, company, texts, user};
use crate::cast::deal::told_of;
use crate::cast::http::{Caller, faults};
use crate::cast::tables::texts as rows;
use crate::cast::world::in_a_world;

/// Everything that somebody can read, as one text.
fn everything(caller: &Caller) -> String {
    let document = entente::app::document();
    let mut read = String::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let plain = item.get("get").is_some() && !path.contains('{');
        if plain && path.starts_with("/v1/") && !path.ends_with("/notifications/events") {
            read.push_str(&caller.send("GET", path, &[], b"").text);
        }
    }
    read
}

#[test]
fn the_other_side_never_learns_that_there_are_notes_or_labels() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let crow = world.company("Crow", "brand");
        let notes = pair.at("notes");
        let text = json!({ "text": "Zanzibar is their weak spot", "pinned": true });
        let written = pair.acme.post(&notes, text, 201);
        let note = format!("/v1/notes/{}", written["id"].as_str().unwrap());
        pair.acme.patch(&note, json!({ "text": "Zanzibar again" }), 200);
        pair.acme.put(&pair.at("tags"), json!({ "tags": ["zebra"] }), 200);
        let own = told_of("note.", &pair.acme, 2);
        assert_eq!(own[1]["object"]["text"], "Zanzibar again");
        assert_eq!(
            own[1]["changes"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["edited_at"]
        );

        let about_acme = company(&pair.acme);
        for other in [&pair.bolt, &crow] {
            for path in [&notes, &note, &pair.at("relation")] {
                other.get(path, 404);
            }
            other.post(&notes, json!({ "text": "x" }), 404);
            other.patch(&note, json!({ "pinned": false }), 404);
            other.delete(&note, 404);
            other.put(&pair.at("tags"), json!({ "tags": [] }), 404);
            assert_eq!(told_of("note.", other, 0), Vec::<Value>::new());
            let seen = everything(other).to_lowercase();
            assert!(seen.contains("next_cursor"), "something was read");
            for secret in ["zanzibar", "zebra", written["id"].as_str().unwrap()] {
                assert!(!seen.contains(secret), "{secret}");
            }
            let of_object = format!("/v1/events?object_id={}", written["id"].as_str().unwrap());
            assert_eq!(other.all(&of_object), Vec::<Value>::new());
        }
        // What Bolt keeps about Acme does not count what Acme keeps about Bolt.
        let kept = pair.bolt.get(&format!("{about_acme}/relation"), 200);
        assert_eq!((&kept["notes_count"], &kept["tags"]), (&json!(0), &json!([])));
        assert_eq!(texts(&pair.bolt, "/v1/companies?has_notes=true", "name"), Vec::<String>::new());
        assert!(everything(&pair.acme).contains("zebra"), "the own people read it");

        // What is deleted is gone, in the tables too.
        pair.acme.delete(&note, 204);
        let gone = pair.acme.get(&note, 200);
        assert_eq!((&gone["text"], &gone["participants"]), (&Value::Null, &json!([])));
        assert_eq!(gone["author"]["id"], user(&pair.acme));
        let tables = crate::cast::tables::rows(world);
        // A repeated request is answered as it was, for a day.
        let left = tables.iter().filter(|(table, _)| *table != "idempotency_keys");
        assert!(
            left.flat_map(|(_, rows)| rows).all(|row| !row.to_lowercase().contains("zanzibar"))
        );
        assert_eq!(rows(world, "SELECT word AS text FROM note_words"), Vec::<String>::new());
    });
}

#[test]
fn a_key_reads_and_writes_notes_only_if_it_was_made_for_that() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let program = json!({ "name": "Shoes", "currency": "EUR", "time_zone": "UTC" });
        let program = pair.acme.post("/v1/programs", program, 201)["id"].clone();
        let key = |scopes: &[&str], programs: Value| {
            let body = json!({ "name": "Key", "scopes": scopes, "program_ids": programs });
            world.caller(&pair.acme.post("/v1/api-keys", body, 201))
        };
        let cards = key(&["companies:read"], Value::Null);
        let reader = key(&["companies:read", "notes:read"], Value::Null);
        let writer = key(&["companies:read", "notes:read", "notes:write"], Value::Null);
        let limited = key(&["companies:read", "notes:read", "notes:write"], json!([program]));
        let path = pair.at("notes");
        let written = writer.post(&path, json!({ "text": "By a system", "kind": "email" }), 201);
        assert_eq!((&written["author"], written["api_key_id"].is_string()), (&Value::Null, true));
        let note = format!("/v1/notes/{}", written["id"].as_str().unwrap());
        let bolt = |caller: &Caller| caller.all("/v1/companies?relationship=partner")[0].clone();
        for (caller, count, commands) in [
            (&cards, Value::Null, vec![]),
            (&reader, json!(1), vec![]),
            (&writer, json!(1), vec!["add_note", "set_tags"]),
            (&limited, Value::Null, vec![]),
        ] {
            let row = bolt(caller);
            assert_eq!((&row["notes_count"], &row["allowed"]), (&count, &json!(commands)));
            assert_eq!(row["last_note_at"].is_null(), count.is_null());
        }
        for (caller, status) in [(&cards, 403), (&reader, 200), (&limited, 404)] {
            caller.get(&path, status);
            caller.get(&note, status);
        }
        assert_eq!(cards.get("/v1/companies?has_notes=true", 403)["code"], "scope_missing");
        assert_eq!(
            limited.get("/v1/companies/export.csv?has_notes=true", 403)["code"],
            "forbidden"
        );
        assert_eq!(reader.post(&path, json!({ "text": "x" }), 403)["code"], "scope_missing");
        writer.put(&pair.at("tags"), json!({ "tags": ["crm"] }), 200);
        let me = reader.get("/v1/companies?account_owner_id=me", 422);
        assert_eq!(faults(&me), ["account_owner_id not_allowed"]);

        // A key edits what it wrote; a person deletes it if he manages.
        writer.patch(&note, json!({ "text": "By the same system" }), 200);
        pair.acme.patch(&note, json!({ "text": "By somebody else" }), 403);
        let theirs = pair.acme.post(&path, json!({ "text": "By a person" }), 201);
        let theirs = format!("/v1/notes/{}", theirs["id"].as_str().unwrap());
        writer.patch(&theirs, json!({ "text": "By a system" }), 403);
        writer.delete(&theirs, 403);
        writer.patch(&theirs, json!({ "pinned": true }), 200);
        let member = world.colleague(&pair.acme, "member");
        member.delete(&note, 403);
        world.colleague(&pair.acme, "manager").delete(&note, 204);
        assert_eq!(writer.patch(&note, json!({ "text": "Late" }), 409)["code"], "note_deleted");
        let kinds: BTreeSet<String> = told_of("note.", &pair.acme, 5)
            .iter()
            .map(|event| event["acted_by"].as_str().unwrap().to_string())
            .collect();
        assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["api_key", "user"]);
    });
}
