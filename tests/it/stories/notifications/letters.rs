//! Letters at once, and the links that end them.

use entente::events::kinds::EventKind;
use entente::events::model::Event;
use serde_json::{Value, json};

use crate::cast::http::{Caller, faults};
use crate::cast::notices::{
    QUIET, all_is_told, happens, letters, offers, some, told, way_out, words_to,
};
use crate::cast::world::{World, in_a_world_with};

const DOOR: &str = "/v1/me/notification-preferences";

fn email_of(person: &Caller, kind: &str) -> Value {
    let all = person.get(DOOR, 200)["preferences"].as_array().cloned().unwrap();
    all.into_iter().find(|one| one["kind"] == kind).unwrap()["email"].clone()
}

/// Bolt, who was offered a partnership, and the letter that says so.
fn offered(world: &World) -> (Caller, String) {
    let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
    let company = format!("/v1/companies/{}", acme.company_id());
    acme.patch(&company, json!({ "name": "Ac<m>e" }), 200);
    offers(world, &acme, &bolt, 1);
    told(world, &bolt, 1);
    let mut all = words_to(world, bolt.email.as_deref().unwrap());
    assert_eq!(all.len(), 1);
    (bolt, all.remove(0))
}

#[test]
fn a_letter_says_what_happened_and_how_to_end_such_letters() {
    in_a_world_with(QUIET, |world| {
        let (bolt, letter) = offered(world);
        let object = told(world, &bolt, 1)[0]["object_id"].as_str().unwrap().to_string();
        assert!(letter.starts_with("Hello Bolt's owner,\n"), "{letter}");
        assert!(letter.contains("Ac<m>e offers your company a partnership."), "{letter}");
        assert!(letter.contains("as a member of Bolt") && letter.contains(&object), "{letter}");
        let link = way_out(&letter).expect("a way out");
        let kept =
            "SELECT unsubscribe || ' ' || html AS text FROM mails WHERE address LIKE 'bolt%'";
        let kept = crate::cast::tables::texts(world, kept).remove(0);
        assert!(kept.starts_with(&format!("https://entente.example{link} ")), "{kept}");
        assert!(kept.contains("Ac&lt;m&gt;e offers"), "{kept}");
    });
}

#[test]
fn to_look_at_a_link_changes_nothing_and_one_click_ends_the_letters() {
    in_a_world_with(QUIET, |world| {
        let (bolt, letter) = offered(world);
        let link = way_out(&letter).expect("a way out");
        let nobody = world.nobody();
        for _ in 0..2 {
            let page = nobody.send("GET", &link, &[], b"");
            assert_eq!(page.status, 200, "{}", page.text);
            assert_eq!(page.header("Referrer-Policy"), "no-referrer");
            assert_eq!(page.header("Cache-Control"), "no-store");
            assert!(page.text.contains("partnerships that are offered to your company"));
            assert!(page.text.contains("<form method=\"post\"><button>"), "{}", page.text);
        }
        assert_eq!(email_of(&bolt, "partnership_offer"), "at_once");

        // What a mail program sends, what the page sends, and all of it again.
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        for body in ["List-Unsubscribe=One-Click", "", "List-Unsubscribe=One-Click"] {
            let done = nobody.send("POST", &link, &form, body.as_bytes());
            assert_eq!(done.status, 200, "{}", done.text);
            assert!(done.text.contains("You get no more letters about partnerships"));
        }
        assert_eq!(email_of(&bolt, "partnership_offer"), "off");
        assert_eq!(email_of(&bolt, "contract_proposal"), "at_once", "other letters go on");
        let again = world.company("Dawn", "brand");
        offers(world, &again, &bolt, 1);
        assert_eq!(told(world, &bolt, 2).len(), 2, "it is listed still");
        all_is_told(world);
        assert_eq!(words_to(world, bolt.email.as_deref().unwrap()).len(), 1);
    });
}

#[test]
fn a_link_counts_for_years_and_no_other_does() {
    in_a_world_with(QUIET, |world| {
        let (bolt, letter) = offered(world);
        let link = way_out(&letter).expect("a way out");
        let nobody = world.nobody();
        let (said, seal) = link.split_once('.').expect("two parts");
        let (door, said) = said.split_once('=').expect("a parameter");
        let other = |text: &str| {
            let first = if text.starts_with('A') { "B" } else { "A" };
            format!("{first}{}", &text[1..])
        };
        for wrong in [
            format!("{door}={said}.{}", &seal[..seal.len() - 1]),
            format!("{door}={}.{seal}", other(said)),
            format!("{door}={said}.{}", other(seal)),
            format!("{door}={said}."),
            format!("{door}={said}"),
            "/v1/unsubscribe?token=".to_string(),
            "/v1/unsubscribe?token=a.b".to_string(),
        ] {
            for method in ["GET", "POST"] {
                let refused = nobody.send(method, &wrong, &[], b"");
                assert_eq!(refused.status, 422, "{method} {wrong}: {}", refused.text);
                assert_eq!(faults(&refused.json()), ["token bad_link"]);
            }
        }
        let none = nobody.post("/v1/unsubscribe", json!({}), 422);
        assert_eq!(faults(&none), ["token bad_link"]);
        assert_eq!(email_of(&bolt, "partnership_offer"), "at_once");
        world.travel("2028-03-10T12:00:00Z");
        nobody.send("POST", &link, &[], b"");
        assert_eq!(email_of(&world.again(&bolt), "partnership_offer"), "off");
    });
}

#[test]
fn what_is_essential_has_no_way_out() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let company = acme.company_id().parse().unwrap();
        happens(world, vec![Event::new(EventKind::ApiKeyRevoked, some(), company, world.now())]);
        told(world, &acme, 1);
        let letter = words_to(world, acme.email.as_deref().unwrap()).remove(0);
        assert!(letter.contains("An API key was revoked."), "{letter}");
        assert_eq!(way_out(&letter), None);
        let without = "SELECT address AS text FROM mails WHERE unsubscribe IS NULL";
        assert_eq!(crate::cast::tables::texts(world, without).len(), letters(world).len());
    });
}
