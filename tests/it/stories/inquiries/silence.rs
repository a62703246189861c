//! Who says nothing has answered too.

use serde_json::{Value, json};

use super::locks::silent;
use super::{
    QUIET, about, action_of, anothers, claiming, ledger, opened, owner, returned, stands, untracked,
};
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, literal, meddle, run, told_of};
use crate::cast::world::{World, in_a_world_with};
use crate::stories::verify::differences;

const DUE: &str = "2026-03-13T12:00:00Z";

/// Terms by which silence says this, after three days.
fn saying(word: &str) -> Value {
    json!({ "inquiry_days": 3, "inquiry_default": word })
}

/// Status, who decided, what came of it.
fn ended(inquiry: &Value) -> String {
    let word = |field: &str| inquiry[field].as_str().unwrap_or("-").to_string();
    format!("{} {} {}", word("status"), word("decided_by"), word("applied"))
}

#[test]
fn silence_accepts_where_the_terms_say_so() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::with_terms(world, saying("accept"));
        let (gone, wrong) = (deal.tracked("A-1"), deal.tracked("A-2"));
        deal.acme.post(&format!("{gone}/reverse"), returned(), 200);
        let order = opened(&deal, untracked(&deal, "U-1"));
        let declined = opened(&deal, about("declined", &gone));
        let amount = json!({ "amount": "120.00" });
        let figures = opened(&deal, claiming("incorrect", &wrong, amount));
        let unsaid = opened(&deal, about("incorrect", &deal.tracked("A-3")));
        assert_eq!(deal.bolt.get(&order, 200)["answer_by"], DUE);
        world.travel("2026-03-13T11:59:59Z");
        assert_eq!(silent(world), 0);

        // From the deadline on nobody else answers, whether or not the job has come.
        world.travel(DUE);
        let no = json!({ "message": "No." });
        for (caller, verb, body) in [
            (&deal.acme, "accept", json!({})),
            (&deal.acme, "decline", no),
            (&deal.bolt, "withdraw", json!({})),
        ] {
            let late = caller.post(&format!("{order}/{verb}"), body, 409);
            assert_eq!(late["code"], "answer_over");
        }
        assert_eq!((silent(world), silent(world)), (4, 0));
        let told = |path: &str| deal.bolt.get(path, 200);
        assert_eq!(ended(&told(&order)), "accepted silence tracked");
        assert_eq!(ended(&told(&declined)), "accepted silence changed");
        assert_eq!(ended(&told(&figures)), "accepted silence changed");
        assert_eq!(ended(&told(&unsaid)), "accepted silence nothing");
        assert_eq!(stands(&deal, &action_of(&told(&order))), "pending 100.00 7.50");
        assert_eq!(stands(&deal, &gone), "pending 100.00 7.50");
        assert_eq!(stands(&deal, &wrong), "pending 120.00 9.00");
        assert_eq!(ledger(&deal, &gone), ["track", "reverse ITEM_RETURNED", "restore"]);
        let entries = deal.acme.all(&format!("{gone}/updates"));
        let channels: Vec<&Value> = entries.iter().map(|entry| &entry["channel"]).collect();
        assert_eq!(channels, ["api", "api", "system"]);
        let events = told_of("inquiry.accepted", &deal.bolt, 4);
        assert_eq!(events.len(), 4);
        assert!(events.iter().all(|event| event["api_key_id"].is_null()));
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn silence_declines_where_the_terms_say_so_or_nothing() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let gone = deal.tracked("A-1");
        deal.acme.post(&format!("{gone}/reverse"), returned(), 200);
        let order = opened(&deal, untracked(&deal, "U-1"));
        let declined = opened(&deal, about("declined", &gone));
        world.travel("2026-04-09T12:00:00Z");
        assert_eq!(silent(world), 2);
        for path in [&order, &declined] {
            assert_eq!(ended(&deal.bolt.get(path, 200)), "declined silence -");
            assert_eq!(deal.acme.get(path, 200)["code"], Value::Null);
        }
        assert_eq!(stands(&deal, &gone), "reversed 0.00 0.00");
        assert_eq!(told_of("inquiry.declined", &deal.acme, 2).len(), 2);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

/// Both owners agree that the brand has 90 days from now on, and that silence declines.
fn other_terms(world: &World, deal: &Deal) {
    let contract = format!("/v1/contracts/{}", deal.contract);
    let terms = json!({
        "payouts": [{ "event_type_id": deal.sale, "percent": "7.5" }],
        "lock": { "after": "day", "months": 6, "days": 15 },
        "inquiry_days": 90, "inquiry_default": "decline",
    });
    owner(world, "acme0").post(&format!("{contract}/versions"), terms, 201);
    owner(world, "bolt1").post(&format!("{contract}/accept"), json!({}), 200);
}

#[test]
fn the_terms_that_count_are_those_of_the_order() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::with_terms(world, saying("accept"));
        let contract = owner(world, "bolt1").get(&format!("/v1/contracts/{}", deal.contract), 200);
        let terms = &contract["terms"];
        let told = (&terms["inquiry_days"], &terms["inquiry_default"]);
        assert_eq!(told, (&json!(3), &json!("accept")));
        let gone = deal.tracked("A-1");
        // Other terms, accepted today, change nothing about what occurred before.
        other_terms(world, &deal);
        deal.acme.post(&format!("{gone}/reverse"), returned(), 200);
        let asked = [untracked(&deal, "U-1"), about("declined", &gone)];
        let asked = asked.map(|body| opened(&deal, body));
        world.travel("2026-03-10T12:30:00Z");
        let mut later = untracked(&deal, "U-2");
        later["occurred_at"] = json!("2026-03-10T12:15:00Z");
        let later = opened(&deal, later);
        assert_eq!(deal.bolt.get(&later, 200)["answer_by"], "2026-06-08T12:30:00Z");
        world.travel(DUE);
        assert_eq!(silent(world), 2);
        let told = asked.map(|path| ended(&deal.bolt.get(&path, 200)));
        assert_eq!(told, ["accepted silence tracked", "accepted silence changed"]);
        world.travel("2026-06-08T12:30:00Z");
        assert_eq!(silent(world), 1);
        assert_eq!(ended(&deal.bolt.get(&later, 200)), "declined silence -");
    });
}

#[test]
fn what_silence_cannot_do_is_declined_and_leaves_the_rest() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::with_terms(world, saying("accept"));
        anothers(world, &deal, "T-1");
        let wrong = deal.tracked("A-1");
        let taken = opened(&deal, untracked(&deal, "T-1"));
        let claim = claiming("incorrect", &wrong, json!({ "amount": "120.00" }));
        let figures = opened(&deal, claim);
        let broken = opened(&deal, untracked(&deal, "U-1"));
        let fine = opened(&deal, untracked(&deal, "U-2"));
        deal.acme.post(&format!("{wrong}/reverse"), returned(), 200);
        // A row that nobody can make sense of.
        let row = literal(world, broken.rsplit('/').next().unwrap());
        let nothing = literal(world, "ctv_01k5h2v7xnf8rtq3m9bcw4ze6a");
        meddle(world, &format!("UPDATE inquiries SET terms_id = {nothing} WHERE id = {row}"));
        world.travel(DUE);
        let done = run(world, async |pool| {
            entente::inquiries::jobs::answer_for_silence(pool, &world.clock).await
        });
        assert!(done.is_err(), "the one that failed is told of");
        assert_eq!(ended(&deal.bolt.get(&fine, 200)), "accepted silence tracked");
        assert_eq!(deal.bolt.get(&broken, 200)["status"], "open");
        for (path, code) in [(&taken, "duplicate_order"), (&figures, "action_reversed")] {
            let brand = deal.acme.get(path, 200);
            assert_eq!(
                (ended(&brand).as_str(), &brand["code"]),
                ("declined silence -", &json!(code))
            );
            let partner = deal.bolt.get(path, 200);
            assert_eq!(
                (ended(&partner).as_str(), &partner["code"]),
                ("declined silence -", &Value::Null)
            );
        }
        let events = told_of("inquiry.declined", &deal.bolt, 2);
        assert!(!events.iter().any(|event| event.to_string().contains("duplicate_order")));
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn several_servers_speak_once() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::with_terms(world, saying("accept"));
        let asked: Vec<String> =
            (0..6).map(|n| opened(&deal, untracked(&deal, &format!("U-{n}")))).collect();
        world.travel(DUE);
        let decided: u64 = at_once(3, |_| silent(world)).into_iter().sum();
        assert_eq!((decided, silent(world)), (6, 0));
        let actions: Vec<String> = asked
            .iter()
            .map(|path| id(&deal.bolt.get(&action_of(&deal.bolt.get(path, 200)), 200)))
            .collect();
        assert_eq!(actions.len(), 6);
        assert_eq!(deal.acme.all("/v1/actions").len(), 6, "each order is tracked once");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}
