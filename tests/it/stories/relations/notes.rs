//! Notes about another company: written, found, edited, pinned and deleted.

use serde_json::{Value, json};

use super::{Pair, texts, user};
use crate::cast::deal::{literal, meddle};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

#[test]
fn a_note_is_written_edited_pinned_and_deleted() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, path) = (&pair.acme, pair.at("notes"));
        let kept = || acme.get(&pair.at("relation"), 200);
        let counted = || (kept()["notes_count"].clone(), kept()["last_note_at"].clone());
        assert_eq!(counted(), (json!(0), Value::Null));
        let call = json!({
            "kind": "call", "text": "They want **more**.\n\n- shoes\n- hats <b>",
            "occurred_at": "2026-03-09T10:00:00Z", "participants": ["Ben of Bolt", "Ada"],
        });
        let written = acme.call("POST", &path, &[], &call, 201);
        let note = written.header("location").to_string();
        let written = written.json();
        for field in ["kind", "text", "occurred_at", "participants"] {
            assert_eq!(written[field], call[field], "{field}");
        }
        assert_eq!(written["author"], json!({ "id": user(acme), "name": "Acme's owner" }));
        assert_eq!(written["company_id"], pair.bolt.company_id());
        let nothing = ["edited_at", "deleted_at", "api_key_id"];
        assert!(nothing.iter().all(|field| written[*field].is_null()), "{written}");
        assert_eq!(acme.get(&note, 200), written);
        assert_eq!(counted(), (json!(1), call["occurred_at"].clone()));
        let plain = acme.post(&path, json!({ "text": "x" }), 201);
        assert_eq!((&plain["kind"], &plain["occurred_at"]), (&json!("note"), &plain["created_at"]));

        world.travel("2026-03-10T12:05:00Z");
        let pinned = acme.patch(&note, json!({ "pinned": true }), 200);
        assert_eq!((&pinned["version"], &pinned["edited_at"]), (&json!(2), &Value::Null));
        assert_eq!(acme.patch(&note, json!({ "pinned": true }), 200), pinned, "no change");
        let edit = json!({ "text": "They want less.", "occurred_at": "2026-03-10T12:04:00Z" });
        let edited = acme.patch(&note, edit, 200);
        assert_eq!(
            (&edited["version"], &edited["edited_at"]),
            (&json!(3), &json!("2026-03-10T12:05:00Z"))
        );
        assert_eq!(edited["participants"], call["participants"]);
        assert_eq!(counted(), (json!(2), edited["occurred_at"].clone()));
        let stale = [("If-Match", "\"2\"")];
        acme.call("PATCH", &note, &stale, &json!({ "text": "Lost" }), 412);

        let member = world.colleague(acme, "member");
        for body in [json!({ "text": "Not mine" }), json!({ "participants": [], "pinned": false })]
        {
            assert_eq!(member.patch(&note, body, 403)["code"], "forbidden");
        }
        member.patch(&note, json!({ "pinned": false }), 200);
        member.delete(&note, 403);
        world.travel("2026-03-10T12:06:00Z");
        acme.delete(&note, 204);
        acme.delete(&note, 204);
        let gone = acme.get(&note, 200);
        assert_eq!(
            (&gone["text"], &gone["deleted_at"]),
            (&Value::Null, &json!("2026-03-10T12:06:00Z"))
        );
        assert_eq!(
            (&gone["author"], &gone["created_at"]),
            (&written["author"], &written["created_at"])
        );
        assert_eq!(counted(), (json!(1), plain["occurred_at"].clone()));
        assert_eq!(acme.patch(&note, json!({ "pinned": true }), 409)["code"], "note_deleted");
        let listed = texts(acme, &path, "id");
        assert_eq!(listed.len(), 2, "what is deleted is listed as such");

        // They stay when the two part, and another may be written about why.
        acme.post(&format!("{}/end", pair.partnership), json!({ "reason": "enough" }), 200);
        assert_eq!(texts(acme, &path, "id"), listed);
        acme.post(&path, json!({ "text": "They left us." }), 201);
        assert_eq!(counted().0, json!(2));
    });
}

/// The texts that a query means, in order.
fn found(caller: &Caller, path: &str, query: &str) -> Vec<String> {
    let all = texts(caller, &format!("{path}?{query}"), "text");
    let paged = texts(caller, &format!("{path}?{query}&limit=2"), "text");
    assert_eq!(paged, all, "page by page: {query}");
    all
}

/// What five notes say.
const FIVE: [&str; 5] = [
    "Spring collection",
    "SPRING, again: größe 42",
    "Springfield 100%",
    "Nothing of it",
    "東京 shop",
];

#[test]
fn notes_are_found_by_words_and_by_what_they_tell_of() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, path) = (&pair.acme, pair.at("notes"));
        let member = world.colleague(acme, "member");
        let write = |who: &Caller, text: &str, kind: &str, day: u8, pinned: bool| {
            let body = json!({
                "text": text, "kind": kind, "pinned": pinned,
                "occurred_at": format!("2026-03-0{day}T10:00:00Z"),
            });
            who.post(&path, body, 201)
        };
        let [one, two, three, four, five] = FIVE;
        write(acme, one, "call", 1, false);
        write(&member, two, "email", 2, true);
        write(acme, three, "chat", 3, false);
        write(acme, four, "meeting", 4, true);
        write(&member, five, "note", 5, false);
        let mine = user(&member);
        let by_member = format!("author_id={}", mine.as_str().unwrap());
        for (query, expected) in [
            ("", vec![four, two, five, three, one]),
            ("sort=-pinned", vec![four, two, five, three, one]),
            ("sort=-occurred_at", vec![five, four, three, two, one]),
            ("sort=occurred_at", vec![one, two, three, four, five]),
            ("pinned=true", vec![four, two]),
            ("pinned=false", vec![five, three, one]),
            ("pinned=true&sort=occurred_at", vec![two, four]),
            ("kind=call,email", vec![two, one]),
            ("kind=chat&pinned=true", vec![]),
            (by_member.as_str(), vec![two, five]),
            (
                "occurred_after=2026-03-02T10:00:00Z&occurred_before=2026-03-05T10:00:00Z",
                vec![four, two, three],
            ),
            ("occurred_after=2026-03-09T10:00:00Z", vec![]),
            ("q=spring", vec![two, three, one]),
            ("q=SPRI%20colle", vec![one]),
            ("q=pring", vec![]),
            ("q=GR%C3%96SSE", vec![two]),
            ("q=42&sort=occurred_at", vec![two]),
            ("q=%E4%BA%AC", vec![five]),
            ("q=%25", vec![]),
            ("q=1_0", vec![]),
            ("q='%20OR%20''='", vec![]),
            ("q=spring&kind=chat,call&sort=occurred_at", vec![one, three]),
        ] {
            assert_eq!(found(acme, &path, query), expected, "{query}");
        }
        let cursor = acme.get(&format!("{path}?limit=1&sort=occurred_at"), 200);
        let cursor = cursor["next_cursor"].as_str().expect("a cursor").to_string();
        for sort in ["-pinned", "-occurred_at"] {
            let problem = acme.get(&format!("{path}?sort={sort}&cursor={cursor}"), 422);
            assert_eq!(faults(&problem), ["cursor bad_cursor"]);
        }
        // Another company's notes are others, and an edit is found by its new words.
        let dawn = world.company("Dawn", "partner");
        super::offered(acme, &dawn);
        assert_eq!(
            texts(acme, &format!("{}/notes", super::company(&dawn)), "text"),
            Vec::<String>::new()
        );
        let id = texts(acme, &format!("{path}?q=collection"), "id");
        acme.patch(&format!("/v1/notes/{}", id[0]), json!({ "text": "Autumn" }), 200);
        assert_eq!(found(acme, &path, "q=collection"), Vec::<String>::new());
        assert_eq!(found(acme, &path, "q=autumn"), ["Autumn"]);
    });
}

#[test]
fn what_is_wrong_with_a_note_is_told_all_at_once() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, path) = (&pair.acme, pair.at("notes"));
        let wrong = json!({
            "kind": "letter", "text": "", "occurred_at": "yesterday", "participants": "Ben",
            "pinned": 1, "author": "me",
        });
        let expected = [
            "/author unknown_field",
            "/kind unknown_value",
            "/occurred_at bad_format",
            "/participants wrong_type",
            "/pinned wrong_type",
            "/text too_short",
        ];
        assert_eq!(faults(&acme.post(&path, wrong.clone(), 422)), expected);
        let note = acme.post(&path, json!({ "text": "x".repeat(20_000) }), 201);
        let note = format!("/v1/notes/{}", note["id"].as_str().unwrap());
        assert_eq!(faults(&acme.patch(&note, wrong, 422)), expected);
        let wrong = json!({
            "text": " \n ", "occurred_at": "2026-03-11T12:00:01Z",
            "participants": ["Ben", "", "x".repeat(101), "a\u{1}b"],
        });
        let expected = [
            "/occurred_at out_of_range",
            "/participants/1 too_short",
            "/participants/2 too_long",
            "/participants/3 bad_characters",
            "/text too_short",
        ];
        assert_eq!(faults(&acme.post(&path, wrong.clone(), 422)), expected);
        assert_eq!(faults(&acme.patch(&note, wrong, 422)), expected);
        for (body, expected) in [
            (json!({}), "/text missing_field"),
            (json!({ "text": "x".repeat(20_001) }), "/text too_long"),
            (json!({ "text": "a\u{0}b" }), "/text bad_characters"),
            (json!({ "text": "x", "participants": vec!["x"; 51] }), "/participants too_many"),
            (json!({ "text": null }), "/text wrong_type"),
        ] {
            assert_eq!(faults(&acme.post(&path, body, 422)), [expected]);
        }
        let query = "q=&kind=letter&author_id=me&pinned=2&occurred_after=soon&sort=kind&limit=0";
        let expected = [
            "author_id bad_format",
            "kind unknown_value",
            "limit out_of_range",
            "occurred_after bad_format",
            "pinned wrong_type",
            "q too_short",
            "sort unknown_value",
        ];
        assert_eq!(faults(&acme.get(&format!("{path}?{query}"), 422)), expected);
        assert_eq!(texts(acme, &path, "id").len(), 1);
        acme.get("/v1/notes/note_x", 404);
        acme.post("/v1/companies/co_x/notes", json!({ "text": "x" }), 404);
    });
}

#[test]
fn a_page_of_notes_covers_ten_thousand_and_goes_on() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let (acme, path) = (&pair.acme, pair.at("notes"));
        acme.post(&path, json!({ "text": "First", "kind": "call" }), 201);
        let columns = "company_id, other_company_id, kind, text, occurred_at, participants, pinned, \
                       version, created_at, updated_at";
        let own = literal(world, acme.company_id());
        // As many later ones of another kind.
        let sql = match world.database_url.starts_with("sqlite://") {
            true => format!(
                "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10050)
                 INSERT INTO notes (id, {columns})
                 SELECT randomblob(16), company_id, other_company_id, 'chat', '', occurred_at + n,
                        '[]', 0, 1, created_at, updated_at FROM n, notes WHERE company_id = {own}"
            ),
            false => format!(
                "INSERT INTO notes (id, {columns})
                 SELECT gen_random_uuid(), company_id, other_company_id, 'chat', '',
                        occurred_at + n * interval '1 millisecond', '[]', false, 1, created_at,
                        updated_at
                 FROM generate_series(1, 10050) AS n, notes WHERE company_id = {own}"
            ),
        };
        meddle(world, &sql);
        let first = acme.get(&format!("{path}?kind=call"), 200);
        assert_eq!(first["data"], json!([]), "ten thousand others come before it");
        let next = first["next_cursor"].as_str().expect("where to go on");
        let second = acme.get(&format!("{path}?kind=call&cursor={next}"), 200);
        assert_eq!(
            (&second["data"][0]["text"], &second["next_cursor"]),
            (&json!("First"), &Value::Null)
        );
        assert_eq!(texts(acme, &format!("{path}?q=first"), "text"), ["First"]);
        assert_eq!(texts(acme, &format!("{path}?sort=occurred_at&kind=call"), "text"), ["First"]);
    });
}
