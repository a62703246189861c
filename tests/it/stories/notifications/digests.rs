//! One letter a day, of what was not read by then.

use serde_json::json;

use crate::cast::at_once::at_once;
use crate::cast::deal::{id, literal, meddle};
use crate::cast::http::Caller;
use crate::cast::notices::{
    QUIET, all_is_told, choose, digest, letters, offers, told, way_out, words_to,
};
use crate::cast::world::{World, in_a_world_with};

/// Acme, and Bolt's owner, who is told of offers once a day.
fn daily(world: &World) -> (Caller, Caller) {
    let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
    choose(&bolt, &[("partnership_offer", true, "daily")]);
    (acme, bolt)
}

fn letters_to(world: &World, person: &Caller) -> Vec<String> {
    words_to(world, person.email.as_deref().unwrap())
}

#[test]
fn what_is_unread_at_seven_is_told_by_one_letter() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        offers(world, &acme, &bolt, 3);
        let all = told(world, &bolt, 3);
        bolt.post(&format!("/v1/notifications/{}/read", id(&all[1])), json!({}), 200);
        assert_eq!(letters(world), [""; 0]);
        world.travel("2026-03-11T06:59:59Z");
        assert_eq!(digest(world), 0);
        world.travel("2026-03-11T07:00:00Z");
        assert_eq!((digest(world), digest(world)), (1, 0));
        let address = bolt.email.as_deref().unwrap();
        assert_eq!(letters(world), [format!("{address}: 2 unread at Bolt")]);
        let words = letters_to(world, &bolt).remove(0);
        for index in [0, 2] {
            let object = all[index]["object_id"].as_str().unwrap();
            let line = format!(
                "- Acme offers your company a partnership ({object}, 2026-03-10T12:00:00Z)\n"
            );
            assert!(words.contains(&line), "{words}");
        }
        assert!(!words.contains(all[1]["object_id"].as_str().unwrap()), "{words}");
        assert!(!words.contains("more"), "{words}");

        // A day without news has no letter; what was told once is not told again.
        world.travel("2026-03-12T07:00:00Z");
        assert_eq!(digest(world), 0);
        offers(world, &acme, &bolt, 1);
        let bolt = world.again(&bolt);
        told(world, &bolt, 4);
        world.travel("2026-03-13T06:59:59Z");
        assert_eq!(digest(world), 0);
        // A server that slept for days writes one letter.
        world.travel("2026-03-20T09:30:00Z");
        assert_eq!(digest(world), 1);
        assert_eq!(letters(world)[1], format!("{address}: 1 unread at Bolt"));
    });
}

#[test]
fn the_letter_comes_at_seven_where_the_company_is() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        let company = format!("/v1/companies/{}", bolt.company_id());
        bolt.patch(&company, json!({ "time_zone": "Asia/Tokyo" }), 200);
        offers(world, &acme, &bolt, 1);
        told(world, &bolt, 1);
        world.travel("2026-03-10T21:59:59Z");
        assert_eq!(digest(world), 0);
        world.travel("2026-03-10T22:00:00Z");
        assert_eq!(digest(world), 1);
    });
}

#[test]
fn what_was_read_in_time_needs_no_letter() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        offers(world, &acme, &bolt, 2);
        let all = told(world, &bolt, 2);
        let before = json!({ "before": all[0]["id"] });
        bolt.post("/v1/notifications/read-all", before, 200);
        world.travel("2026-03-11T07:00:00Z");
        assert_eq!(digest(world), 0);
        assert_eq!(letters(world), [""; 0]);
    });
}

#[test]
fn a_letter_tells_the_newest_fifty_and_how_many_there_are() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        offers(world, &acme, &bolt, 53);
        let all = told(world, &bolt, 53);
        world.travel("2026-03-11T07:00:00Z");
        assert_eq!(digest(world), 1);
        assert!(letters(world)[0].ends_with(": 53 unread at Bolt"), "{:?}", letters(world));
        let words = letters_to(world, &bolt).remove(0);
        assert_eq!(words.matches("\n- ").count(), 50, "{words}");
        assert!(words.contains("And 3 more."), "{words}");
        let oldest = all[52]["object_id"].as_str().unwrap();
        assert!(!words.contains(oldest), "{words}");
    });
}

#[test]
fn what_counts_is_what_is_chosen_when_the_letter_is_due() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        let unlisted = world.colleague(&bolt, "manager");
        choose(&unlisted, &[("partnership_offer", false, "daily")]);
        let tired = world.colleague(&bolt, "manager");
        choose(&tired, &[("partnership_offer", true, "daily")]);
        let gone = world.colleague(&bolt, "manager");
        choose(&gone, &[("partnership_offer", true, "daily")]);
        let lower = world.colleague(&bolt, "manager");
        choose(&lower, &[("partnership_offer", true, "daily")]);
        offers(world, &acme, &bolt, 1);
        all_is_told(world);
        choose(&tired, &[("partnership_offer", true, "off")]);
        let row = |person: &Caller| {
            let me =
                world.again(person).get("/v1/me", 200)["user"]["id"].as_str().unwrap().to_string();
            let company = literal(world, bolt.company_id());
            format!("WHERE user_id = {} AND company_id = {company}", literal(world, &me))
        };
        meddle(world, &format!("DELETE FROM memberships {}", row(&gone)));
        meddle(world, &format!("UPDATE memberships SET role = 'member' {}", row(&lower)));
        world.travel("2026-03-11T07:00:00Z");
        assert_eq!(digest(world), 2);
        let to = |person: &Caller| letters_to(world, person).len();
        assert_eq!((to(&bolt), to(&unlisted)), (1, 1));
        assert_eq!((to(&tired), to(&gone), to(&lower)), (0, 0, 0));
        assert_eq!(world.again(&unlisted).all("/v1/notifications").len(), 0);

        // They are not told later either.
        choose(&world.again(&tired), &[("partnership_offer", true, "daily")]);
        meddle(world, &format!("UPDATE memberships SET role = 'manager' {}", row(&lower)));
        world.travel("2026-03-12T07:00:00Z");
        assert_eq!(digest(world), 0);
    });
}

#[test]
fn several_servers_write_a_letter_once() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        let people: Vec<Caller> = (0..6).map(|_| world.colleague(&bolt, "manager")).collect();
        for person in &people {
            choose(person, &[("partnership_offer", true, "daily")]);
        }
        offers(world, &acme, &bolt, 120);
        told(world, &bolt, 120);
        world.travel("2026-03-11T07:00:00Z");
        let written = at_once(4, |_| digest(world));
        assert_eq!(written.iter().sum::<u64>(), 7, "{written:?}");
        assert_eq!(letters(world).len(), 7);
    });
}

#[test]
fn the_link_of_a_daily_letter_ends_it_but_for_what_is_essential() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = daily(world);
        choose(&bolt, &[("partnership_offer", true, "daily"), ("security", true, "daily")]);
        let company = bolt.company_id().parse().unwrap();
        let key = || {
            use entente::events::kinds::EventKind;
            use entente::events::model::Event;
            let made = Event::new(
                EventKind::ApiKeyCreated,
                crate::cast::notices::some(),
                company,
                world.now(),
            );
            crate::cast::notices::happens(world, vec![made]);
        };
        offers(world, &acme, &bolt, 1);
        key();
        told(world, &bolt, 2);
        world.travel("2026-03-11T07:00:00Z");
        assert_eq!(digest(world), 1);
        let link = way_out(&letters_to(world, &bolt)[0]).expect("a way out");
        let done = world.nobody().send("POST", &link, &[], b"");
        assert_eq!(done.status, 200, "{}", done.text);
        let bolt = world.again(&bolt);
        let all = bolt.get("/v1/me/notification-preferences", 200);
        let daily = all["preferences"].as_array().unwrap().iter();
        let daily: Vec<_> = daily.filter(|one| one["email"] == "daily").collect();
        assert_eq!(daily, [&json!({ "kind": "security", "in_app": true, "email": "daily" })]);

        offers(world, &acme, &bolt, 1);
        key();
        assert_eq!(told(world, &bolt, 4).len(), 4, "it is listed still");
        world.travel("2026-03-12T07:00:00Z");
        assert_eq!(digest(world), 1);
        let words = letters_to(world, &bolt).remove(1);
        assert!(words.contains("An API key was made") && !words.contains("partnership"), "{words}");
        assert_eq!(way_out(&words), None);
    });
}
