//! Links that open a file for a while, without a header, by the rights of whoever made them.

use serde_json::json;

use crate::cast::deal::{id, meddle};
use crate::cast::files::{PDF, attached, uploaded};
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::members::place;
use crate::cast::world::{World, in_a_world};
use crate::stories::relations::Pair;

/// The path of a link that somebody makes.
fn link(caller: &Caller, file: &str) -> String {
    let made = caller.call("POST", &format!("/v1/attachments/{file}/link"), &[], &json!({}), 200);
    assert_eq!(made.header("cache-control"), "no-store");
    let url = made.json()["url"].as_str().unwrap().to_string();
    let path = url.strip_prefix("http://127.0.0.1:8080").expect("below the public URL");
    path.to_string()
}

fn opened(world: &World, path: &str) -> Answer {
    world.nobody().send("GET", path, &[], b"")
}

#[test]
fn a_link_opens_a_file_for_five_minutes_without_a_header() {
    in_a_world(|world| {
        let acme = world.company("Acme", "agency");
        let file = id(&uploaded(&acme, "a.pdf", PDF, 201).json());
        let path = format!("/v1/attachments/{file}/link");
        assert_eq!(acme.post(&path, json!({}), 200)["expires_at"], "2026-03-10T12:05:00Z");
        let link = link(&acme, &file);
        world.travel("2026-03-10T12:04:59Z");
        let answer = opened(world, &link);
        assert_eq!((answer.status, answer.bytes.as_slice()), (200, PDF));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-disposition").starts_with("attachment; "));
        assert!(answer.header("content-security-policy").starts_with("sandbox"));
        assert_eq!(answer.header("cache-control"), "private, no-store");
        let piece = world.nobody().send("GET", &link, &[("Range", "bytes=0-3")], b"");
        assert_eq!((piece.status, piece.text.as_str()), (206, "%PDF"));
        // A header that does not count is not looked at.
        assert_eq!(world.with_credential("nonsense").send("GET", &link, &[], b"").status, 200);

        let (head, seal) = link.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}", seal.chars().rev().collect::<String>());
        let bare = "/v1/downloads?token=".to_string();
        for wrong in [forged, bare, format!("{link}x"), "/v1/downloads?token=a.b".to_string()] {
            let answer = opened(world, &wrong);
            assert_eq!(
                (answer.status, faults(&answer.json())),
                (422, vec!["token bad_link".into()])
            );
        }
        assert_eq!(opened(world, "/v1/downloads").status, 422);
        world.travel("2026-03-10T12:05:00Z");
        assert_eq!(faults(&opened(world, &link).json()), ["token bad_link"]);
    });
}

#[test]
fn a_link_is_worth_what_its_maker_may_when_it_is_opened() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let acme = &pair.acme;
        let note =
            format!("/v1/notes/{}", id(&acme.post(&pair.at("notes"), json!({ "text": "x" }), 201)));
        let file = attached(acme, &note);
        let key = json!({ "name": "K", "scopes": ["notes:read"] });
        let key = acme.post("/v1/api-keys", key, 201);
        let (system, member) = (world.caller(&key), world.colleague(acme, "member"));
        let (leaver, viewer) = (world.colleague(acme, "member"), world.colleague(acme, "viewer"));
        let of = |who: &Caller| link(who, &file);
        let (by_key, by_member) = (of(&system), of(&member));
        let (by_leaver, by_viewer) = (of(&leaver), of(&viewer));
        let open = |path: &str| opened(world, path).status;
        for link in [&by_key, &by_member, &by_leaver, &by_viewer] {
            assert_eq!(open(link), 200);
        }
        acme.delete(&format!("/v1/api-keys/{}", id(&key)), 204);
        member.post("/v1/auth/logout", json!({}), 204);
        acme.delete(&place(&leaver), 204);
        for gone in [&by_key, &by_member, &by_leaver] {
            let answer = opened(world, gone);
            assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("not_found")));
        }
        meddle(world, "UPDATE companies SET status = 'deactivated' WHERE name = 'Acme'");
        assert_eq!(open(&by_viewer), 404);
        meddle(world, "UPDATE companies SET status = 'suspended' WHERE name = 'Acme'");
        assert_eq!(open(&by_viewer), 200, "a suspended company reads");
        meddle(world, "UPDATE companies SET status = 'active' WHERE name = 'Acme'");
        world.again(acme).delete(&note, 204);
        assert_eq!(open(&by_viewer), 404);
    });
}
