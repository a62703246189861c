//! Files come to belong to a note, once, and go with it.

use serde_json::{Value, json};

use crate::cast::deal::{id, told_of};
use crate::cast::files::{PDF, PNG, uploaded};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;
use crate::stories::relations::Pair;

fn file(caller: &Caller, name: &str) -> String {
    id(&uploaded(caller, name, if name.ends_with("pdf") { PDF } else { PNG }, 201).json())
}

fn names(note: &Value) -> Vec<&str> {
    note["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

#[test]
fn a_note_has_files_and_lets_them_go() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, notes) = (&pair.acme, pair.at("notes"));
        let [one, two, three] = ["1.pdf", "2.png", "3.png"].map(|name| file(acme, name));
        let written =
            acme.post(&notes, json!({ "text": "See.", "attachment_ids": [two, one] }), 201);
        let shown =
            json!({ "id": two, "name": "2.png", "content_type": "image/png", "size": PNG.len() });
        assert_eq!((names(&written), &written["attachments"][0]), (vec!["2.png", "1.pdf"], &shown));
        let note = format!("/v1/notes/{}", id(&written));
        let of = |file: &str| format!("/v1/attachments/{file}");
        assert_eq!(acme.get(&of(&one), 200)["note_id"], written["id"]);

        world.travel("2026-03-10T12:05:00Z");
        let same = acme.patch(&note, json!({ "attachment_ids": [two, one] }), 200);
        assert_eq!((&same["version"], &same["edited_at"]), (&json!(1), &Value::Null));
        let edited = acme.patch(&note, json!({ "attachment_ids": [one, three] }), 200);
        assert_eq!((names(&edited), &edited["version"]), (vec!["1.pdf", "3.png"], &json!(2)));
        assert_eq!(edited["edited_at"], "2026-03-10T12:05:00Z");
        acme.get(&of(&two), 404);

        let member = world.colleague(acme, "member");
        assert_eq!(member.delete(&of(&one), 403)["code"], "forbidden");
        member.patch(&note, json!({ "attachment_ids": [] }), 403);
        acme.delete(&of(&one), 204);
        acme.delete(&of(&one), 404);
        let after = acme.get(&note, 200);
        assert_eq!((names(&after), &after["version"]), (vec!["3.png"], &json!(3)));
        assert_eq!(
            told_of("note.updated", acme, 2)[1]["object"]["attachments"],
            after["attachments"]
        );

        acme.delete(&note, 204);
        let gone = acme.get(&note, 200);
        assert_eq!((&gone["text"], names(&gone)), (&Value::Null, vec![]));
        assert_eq!(gone["author"], written["author"]);
        for part in ["", "/content"] {
            acme.get(&format!("{}{part}", of(&three)), 404);
        }
        acme.post(&format!("{}/link", of(&three)), json!({}), 404);
        assert_eq!(acme.all("/v1/audit-log?type=attachment.deleted").len(), 1);
    });
}

#[test]
fn a_note_may_have_files_and_no_word_but_not_neither() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, notes) = (&pair.acme, pair.at("notes"));
        let pdf = file(acme, "1.pdf");
        for body in [json!({}), json!({ "attachment_ids": [] })] {
            assert_eq!(faults(&acme.post(&notes, body, 422)), ["/text missing_field"]);
        }
        let wordless = acme.post(&notes, json!({ "attachment_ids": [pdf] }), 201);
        assert_eq!((&wordless["text"], names(&wordless)), (&json!(""), vec!["1.pdf"]));
        let note = format!("/v1/notes/{}", id(&wordless));
        let problem = acme.patch(&note, json!({ "attachment_ids": [] }), 422);
        assert_eq!(faults(&problem), ["/attachment_ids too_few"]);
        acme.delete(&format!("/v1/attachments/{pdf}"), 422);
        acme.patch(&note, json!({ "attachment_ids": [], "text": "Words" }), 200);

        let other =
            acme.post(&notes, json!({ "text": "x", "attachment_ids": [file(acme, "a.png")] }), 201);
        let of = |filter: &str| {
            let listed = acme.all(&format!("{notes}?{filter}"));
            listed.iter().map(id).collect::<Vec<_>>()
        };
        assert_eq!(of("has_files=true"), [id(&other)]);
        assert_eq!(of("has_files=false"), [id(&wordless)]);
        assert_eq!(of("has_files=true&kind=call"), Vec::<String>::new());
        assert_eq!(acme.all(&notes).iter().find(|one| one["id"] == other["id"]), Some(&other));
    });
}

#[test]
fn a_file_that_is_not_one_s_own_or_not_free_is_told_like_an_unknown_one() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, notes) = (&pair.acme, pair.at("notes"));
        let member = world.colleague(acme, "member");
        let (foreign, colleague_s) = (file(&pair.bolt, "a.png"), file(&member, "b.png"));
        let (own, used, gone) = (file(acme, "c.png"), file(acme, "d.png"), file(acme, "e.png"));
        acme.delete(&format!("/v1/attachments/{gone}"), 204);
        acme.post(&notes, json!({ "text": "x", "attachment_ids": [used] }), 201);
        let note = format!("/v1/notes/{}", id(&acme.post(&notes, json!({ "text": "y" }), 201)));
        let unknown = "att_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let mut told = Vec::new();
        for bad in [unknown, &foreign, &colleague_s, &used, &gone] {
            let wish = json!({ "attachment_ids": [own, bad] });
            let problems = [
                acme.patch(&note, wish.clone(), 422),
                acme.post(&notes, json!({ "text": "z", "attachment_ids": [own, bad] }), 422),
            ];
            for problem in problems {
                assert_eq!(faults(&problem), ["/attachment_ids/1 unknown_attachment"], "{bad}");
                told.push((problem["detail"].clone(), problem["errors"].clone()));
            }
        }
        told.dedup();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(acme.all(&notes).len(), 2, "nothing was written");
        let twice = acme.patch(&note, json!({ "attachment_ids": [own, own] }), 422);
        assert_eq!(faults(&twice), ["/attachment_ids/1 duplicate"]);
        let eleven: Vec<String> = (0..11).map(|_| own.clone()).collect();
        let many = acme.patch(&note, json!({ "attachment_ids": eleven }), 422);
        assert!(faults(&many).contains(&"/attachment_ids too_many".to_string()), "{many}");
        assert_eq!(names(&acme.patch(&note, json!({ "attachment_ids": [own] }), 200)), ["c.png"]);
        // What is written by one may be pinned by another, and keeps its files.
        assert_eq!(names(&member.patch(&note, json!({ "pinned": true }), 200)), ["c.png"]);
    });
}
