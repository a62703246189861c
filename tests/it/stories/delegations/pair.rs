//! Whoever is granted what is between the two companies sees nothing of the partner's others: in no list,
//! feed or count, and by no id. And nobody sees what a company privately keeps about others.

use entente::app;
use serde_json::{Value, json};

use super::fields;
use crate::cast::deal::{id, meddle, shown};
use crate::cast::delegates::{acting, together};
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world};
use crate::openapi::operations;

/// What one company has with another: the paths of it.
struct With {
    partnership: String,
    program: String,
    event_type: String,
    contract: String,
    action: String,
    inquiry: String,
}

/// A brand pays a partner: they work together, something was bought, and the partner disputes it.
fn deal(brand: &Caller, partner: &Caller, name: &str) -> With {
    let partnership = together(brand, partner);
    let body = json!({ "name": name, "currency": "EUR", "time_zone": "UTC" });
    let program = id(&brand.post("/v1/programs", body, 201));
    let sale = json!({ "name": name, "code": name.to_uppercase(), "kind": "sale" });
    let types = format!("/v1/programs/{program}/event-types");
    let sale = id(&brand.post(&types, sale, 201));
    let contract = contract(brand, partner, (&program, &sale));
    let action = tracked(brand, partner, &sale, &format!("{name}-1"));
    let dispute = json!({ "kind": "incorrect", "action_id": action, "message": format!("{name} owes more.") });
    let inquiry = id(&partner.post("/v1/inquiries", dispute, 201));
    With {
        partnership,
        program: format!("/v1/programs/{program}"),
        event_type: format!("/v1/event-types/{sale}"),
        contract: format!("/v1/contracts/{contract}"),
        action: format!("/v1/actions/{action}"),
        inquiry: format!("/v1/inquiries/{inquiry}"),
    }
}

fn contract(brand: &Caller, partner: &Caller, (program, sale): (&str, &str)) -> String {
    let body = json!({
        "program_id": program, "partner_company_id": partner.company_id(),
        "starts_on": "2026-01-01", "payouts": [{ "event_type_id": sale, "percent": "10" }],
        "lock": { "after": "day", "months": 0, "days": 15 },
    });
    let contract = id(&brand.post("/v1/contracts", body, 201));
    partner.post(&format!("/v1/contracts/{contract}/accept"), json!({}), 200);
    contract
}

fn tracked(brand: &Caller, partner: &Caller, sale: &str, order: &str) -> String {
    let order = json!({
        "event_type_id": sale, "order_id": order, "currency": "EUR",
        "occurred_at": "2026-03-10T11:00:00Z", "amount": "100.00",
        "partner_company_id": partner.company_id(),
    });
    id(&brand.post("/v1/actions", order, 201))
}

/// An adjustment of what has locked.
fn adjusted(world: &World, brand: &Caller, action: &str) {
    brand.post(&format!("{action}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
    meddle(world, "UPDATE actions SET locked_at = locks_at WHERE state = 'reversed'");
    let body = json!({ "reason": "ADV_ACT_DISPUTE", "payout_delta": "1.00" });
    brand.post(&format!("{action}/adjust"), body, 201);
}

/// Every list of the document that takes nothing: what somebody reads there who is let in.
fn read_everywhere(by: &Caller) -> Vec<(String, String)> {
    let document = app::document();
    let mut read = Vec::new();
    for (method, path, _) in operations(&document) {
        let endless = path.ends_with("/events") && path != "/v1/events";
        if method != "GET" || path.contains("{id}") || !path.starts_with("/v1/") || endless {
            continue;
        }
        let answer = by.send("GET", &path, &[], b"");
        if answer.status == 200 {
            read.push((path, answer.text));
        }
    }
    read
}

/// Bolt earns from Acme and from Crow, and pays both: Acme's people see what is theirs.
#[test]
fn of_the_partner_no_more_is_seen_than_what_is_between_the_two() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let (own, theirs) = (deal(&acme, &bolt, "Ours"), deal(&crow, &bolt, "Crow"));
        adjusted(world, &acme, &own.action);
        adjusted(world, &crow, &theirs.action);
        // Bolt has a program of its own, in which both earn, and one that is Crow's alone.
        let (paid, alone) = (deal(&bolt, &acme, "Paid"), deal(&bolt, &crow, "Crowd"));
        let last = |path: &str| path.rsplit('/').next().expect("an id").to_string();
        let (program, sale) = (last(&paid.program), last(&paid.event_type));
        contract(&bolt, &crow, (&program, &sale));
        let moved = tracked(&bolt, &crow, &sale, "Crow-was-first");
        let credit = json!({ "partner_company_id": acme.company_id(), "reason": "TEST_ACTION" });
        bolt.post(&format!("/v1/actions/{moved}/reattribute"), credit, 200);
        let notes = format!("/v1/companies/{}/notes", acme.company_id());
        let note = id(&bolt.post(&notes, json!({ "text": "Slow payers." }), 201));
        // The last thing that happens, after which every feed has the rest.
        let name = json!({ "name": "Bolt the last" });
        bolt.patch(&format!("/v1/companies/{}", bolt.company_id()), name, 200);
        let all = shown(1, || bolt.all("/v1/events?type=company.updated"));
        assert_eq!(all.len(), 1);

        let delegate = acting(world, &acme, &bolt, "relationship");
        let read = read_everywhere(&delegate);
        let open: Vec<&str> = read.iter().map(|(path, _)| path.as_str()).collect();
        for list in ["actions", "action-updates", "adjustments", "companies", "contracts", "events"]
        {
            assert!(open.contains(&format!("/v1/{list}").as_str()), "{list}: {open:?}");
        }
        let foreign = [&theirs, &alone];
        let paths = foreign.iter().flat_map(|with| {
            [
                &with.partnership,
                &with.program,
                &with.event_type,
                &with.contract,
                &with.action,
                &with.inquiry,
            ]
        });
        let mut hidden: Vec<String> = paths.map(|path| last(path)).collect();
        hidden.extend([moved.clone(), crow.company_id().into(), note]);
        hidden.extend(["Crow".into(), "Slow".into()]);
        for (path, text) in &read {
            // That it got an action Acme is told itself, and here no more than that.
            let told = |one: &&String| path == "/v1/events" && **one == moved;
            let leaks = hidden.iter().filter(|one| text.contains(one.as_str()) && !told(one));
            let leaks: Vec<_> = leaks.collect();
            assert!(leaks.is_empty(), "{path} has {leaks:?}: {text}");
        }
        by_id(&delegate, (&own, &paid), &foreign, &moved);
        as_filtered(&delegate, &bolt, &acme);
    });
}

/// What Acme had first and has again is its own, and what a third company had in between is not.
#[test]
fn of_a_ledger_nothing_is_told_of_a_third_company() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let (paid, _) = (deal(&bolt, &acme, "Paid"), deal(&bolt, &crow, "Crowd"));
        let last = |path: &str| path.rsplit('/').next().expect("an id").to_string();
        let (program, sale) = (last(&paid.program), last(&paid.event_type));
        contract(&bolt, &crow, (&program, &sale));
        let action = format!("/v1/actions/{}", tracked(&bolt, &acme, &sale, "There-and-back"));
        let wrong = json!({ "reason": "CONS_ERROR" });
        for to in [&crow, &acme] {
            let credit = json!({ "partner_company_id": to.company_id(), "reason": "TEST_ACTION" });
            bolt.post(&format!("{action}/reattribute"), credit, 200);
            if to.company_id() == crow.company_id() {
                bolt.post(&format!("{action}/reverse"), wrong.clone(), 200);
                bolt.post(&format!("{action}/restore"), json!({}), 200);
            }
        }
        let delegate = acting(world, &acme, &bolt, "relationship");
        for path in [format!("{action}/updates"), format!("{action}?expand=updates")] {
            let told = delegate.get(&path, 200).to_string();
            assert!(!told.contains(crow.company_id()), "{told}");
            assert!(bolt.get(&path, 200).to_string().contains(crow.company_id()), "{path}");
        }
        let filter = "/v1/actions?reason=CONS_ERROR&order_id=There-and-back";
        assert_eq!((delegate.all(filter).len(), bolt.all(filter).len()), (0, 1));
    });
}

/// One by one: what is of the pair is there, and nothing else.
fn by_id(delegate: &Caller, own: (&With, &With), foreign: &[&With; 2], moved: &str) {
    let all = |with: &With| {
        let With { partnership, program, event_type, contract, action, inquiry } = with;
        [partnership, program, event_type, contract, action, inquiry].map(Clone::clone)
    };
    for path in [all(own.0), all(own.1)].concat() {
        delegate.get(&path, 200);
    }
    for with in foreign {
        for path in all(with) {
            delegate.get(&path, 404);
        }
        delegate.get(&format!("{}/updates", with.action), 404);
        delegate.get(&format!("{}/adjustments", with.action), 404);
        delegate.get(&format!("{}/event-types", with.program), 404);
        delegate.get(&format!("{}/contacts", with.partnership), 404);
        delegate.get(
            &format!("/v1/reasons?event_type_id={}", with.event_type.rsplit('/').next().unwrap()),
            422,
        );
        let object = with.contract.rsplit('/').next().expect("an id");
        assert_eq!(delegate.all(&format!("/v1/events?object_id={object}")), Vec::<Value>::new());
    }
    delegate.get(&format!("/v1/actions/{moved}"), 404);
}

/// What he reads and what he counts is what the partner itself would see of the pair.
fn as_filtered(delegate: &Caller, bolt: &Caller, acme: &Caller) {
    let brand = format!("brand_company_id={}", acme.company_id());
    let partner = format!("partner_company_id={}", acme.company_id());
    let orders = |rows: &[Value]| fields(rows, &["order_id"]);
    let earned = orders(&bolt.all(&format!("/v1/actions?{brand}")));
    let seen = orders(&delegate.all("/v1/actions?limit=1"));
    assert_eq!(earned, [json!(["Ours-1"])]);
    assert_eq!((seen.len(), seen.contains(&earned[0])), (2, true), "{seen:?}");
    for filter in ["", "sort=locks_at&", "state=approved,pending,reversed&"] {
        let mine = orders(&delegate.all(&format!("/v1/actions?{filter}{brand}")));
        assert_eq!(mine, orders(&bolt.all(&format!("/v1/actions?{filter}{brand}"))));
    }
    let sums = |who: &Caller, filter: &str| who.get(&format!("/v1/actions/summary?{filter}"), 200);
    assert_eq!(sums(delegate, &brand), sums(bolt, &brand));
    let all = sums(delegate, "");
    assert!(all.to_string().matches("\"count\":1").count() >= 2, "{all}");
    let entries = |who: &Caller, filter: &str| {
        fields(&who.all(&format!("/v1/action-updates?{filter}")), &["id", "order_id"])
    };
    assert_eq!(entries(delegate, &brand), entries(bolt, &brand));
    let inquiries = |who: &Caller, filter: &str| who.all(&format!("/v1/inquiries?{filter}"));
    assert_eq!(inquiries(delegate, "").len(), 2);
    assert_eq!(inquiries(delegate, &partner), inquiries(bolt, &partner));
    assert_eq!(delegate.all("/v1/partnerships").len(), 2);
    assert_eq!(delegate.all("/v1/programs").len(), 2);
    assert_eq!(
        fields(&delegate.all("/v1/companies"), &["name"]),
        [json!(["Acme"]), json!(["Bolt the last"])]
    );
}

/// All of it is granted: others are seen, and still nothing of what Bolt privately keeps about them.
#[test]
fn what_a_company_keeps_about_others_is_not_told_to_whoever_acts_for_it() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        together(&acme, &bolt);
        together(&crow, &bolt);
        let about = |part: &str| format!("/v1/companies/{}/{part}", acme.company_id());
        bolt.put(&about("tags"), json!({ "tags": ["slow"] }), 200);
        let note = id(&bolt.post(&about("notes"), json!({ "text": "Slow payers." }), 201));
        let me = bolt.get("/v1/me", 200)["user"]["id"].clone();
        bolt.put(&about("account-owner"), json!({ "user_id": me }), 200);
        let delegate = acting(world, &acme, &bolt, "company");
        let rows = delegate.all("/v1/companies");
        let names =
            ["name", "account_owner", "notes_count", "last_note_at", "last_activity_at", "tags"];
        let nothing = |name: &str| json!([name, null, null, null, null, []]);
        assert_eq!(fields(&rows, &names), [nothing("Acme"), nothing("Bolt"), nothing("Crow")]);
        for query in
            ["tag=slow", "sort=-last_activity_at", "account_owner_id=none", "has_notes=true"]
        {
            let refused = delegate.get(&format!("/v1/companies?{query}"), 403);
            assert_eq!(refused["code"], "not_for_delegates", "{query}");
        }
        for part in ["relation", "notes", "account-owner/history"] {
            assert_eq!(delegate.get(&about(part), 403)["code"], "not_for_delegates", "{part}");
        }
        // Nor by what happened to it.
        let told = shown(3, || bolt.all("/v1/events?type=note.*,account_owner.*,partnership.*"));
        assert!(told.len() >= 3);
        let seen = delegate.all("/v1/events");
        assert!(seen.iter().any(|event| event["type"] == "partnership.offered"), "{seen:?}");
        let private = |event: &&Value| {
            let kind = event["type"].as_str().expect("a type");
            ["note.", "account_owner.", "delegated_session."]
                .iter()
                .any(|one| kind.starts_with(one))
        };
        assert_eq!(seen.iter().filter(private).count(), 0, "{seen:?}");
        assert_eq!(delegate.all(&format!("/v1/events?object_id={note}")), Vec::<Value>::new());
        assert_eq!(delegate.all("/v1/events?type=note.*"), Vec::<Value>::new());
    });
}
