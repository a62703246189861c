//! Events are told with the thing they are about, as the API shows it to whoever reads, and can be
//! asked for by type and by thing.

use std::collections::{BTreeMap, BTreeSet};

use entente::catalogue::views;
use entente::events::kinds::ObjectKind;
use entente::events::store::{Filter, page};
use entente::kernel::id::CompanyId;
use entente::kernel::reach::Reach;
use serde_json::{Value, json};

use super::events::everything;
use crate::cast::deal::{Deal, meddle, shown};
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world, in_a_world_with};
use crate::plans::{open, statements};

/// Where a thing is found, by what its id begins with.
const DOORS: &[(&str, &str)] = &[
    ("act", "actions"),
    ("aow", "account-owners"),
    ("adj", "adjustments"),
    ("code", "referral-codes"),
    ("co", "companies"),
    ("ct", "contracts"),
    ("evt", "event-types"),
    ("imp", "action-imports"),
    ("inq", "inquiries"),
    ("inv", "invitations"),
    ("key", "api-keys"),
    ("mem", "memberships"),
    ("note", "notes"),
    ("per", "people"),
    ("prg", "programs"),
    ("pt", "partnerships"),
    ("pti", "partnership-invitations"),
    ("rev", "reversals"),
    ("rpr", "reprocessings"),
    ("ses", "delegated-sessions"),
    ("whe", "webhook-endpoints"),
];

fn door(id: &str) -> String {
    let prefix = id.split('_').next().expect("a prefix");
    let found = DOORS.iter().find(|(known, _)| *known == prefix);
    format!("/v1/{}/{id}", found.unwrap_or_else(|| panic!("no door for {id}")).1)
}

/// Each event of a reader has the thing as its own door shows it, and none where that is closed.
fn as_at_the_doors(reader: &Caller) -> BTreeMap<String, usize> {
    let (mut seen, mut told) = (BTreeMap::new(), BTreeMap::new());
    for event in reader.all("/v1/events") {
        let id = event["object_id"].as_str().expect("an id").to_string();
        if id.starts_with("usr_") {
            // People have no door of their own.
            continue;
        }
        let found = seen.entry(id.clone()).or_insert_with(|| {
            let answer = reader.send("GET", &door(&id), &[], b"");
            match answer.status {
                200 => answer.json(),
                403 | 404 => Value::Null,
                status => panic!("{id} answered {status}"),
            }
        });
        let mut object = event["object"].clone();
        // When a key was last used is no change of it, and may be noted in between. Of a URL events show
        // the origin alone.
        for one in [&mut *found, &mut object] {
            for but in ["last_used_at", "url"] {
                one.as_object_mut().map(|fields| fields.remove(but));
            }
        }
        assert_eq!(object, *found, "{event}");
        if !object.is_null() {
            // An adjustment has none: its status tells.
            let version = object["version"].as_i64().unwrap_or(i64::MAX);
            assert!(version >= event["sequence"].as_i64().expect("a sequence"), "{event}");
            let kind = event["type"].as_str().expect("a type").split('.').next().expect("a thing");
            *told.entry(kind.to_string()).or_default() += 1;
        }
    }
    told
}

#[test]
fn an_event_shows_its_thing_as_its_own_door_does_to_every_reader() {
    in_a_world(|world| {
        let (deal, _) = everything(world);
        let signed_in = |email: &str| {
            let login = json!({ "email": email, "password": "correct horse battery" });
            world.caller(&world.nobody().post("/v1/auth/login", login, 200))
        };
        let (acme, bolt) = (signed_in("acme0@example.com"), signed_in("bolt1@example.com"));
        let all = ObjectKind::ALL.iter().filter(|object| **object != ObjectKind::User);
        let all: BTreeSet<String> = all.map(ToString::to_string).collect();
        assert_eq!(as_at_the_doors(&acme).into_keys().collect::<BTreeSet<_>>(), all);
        let theirs = as_at_the_doors(&bolt);
        for shared in ["action", "adjustment", "contract", "inquiry", "partnership"] {
            assert!(theirs.contains_key(shared), "{shared}: {theirs:?}");
        }
        // A viewer sees no keys, a key without their scopes none of the rest.
        let viewer = as_at_the_doors(&world.colleague(&acme, "viewer"));
        assert!(viewer.contains_key("action") && !viewer.contains_key("api_key"), "{viewer:?}");
        let body = json!({ "name": "Follower", "scopes": ["events:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", body, 201));
        assert_eq!(as_at_the_doors(&key), BTreeMap::new());
        as_at_the_doors(&deal.acme);
        as_at_the_doors(&deal.bolt);
    });
}

#[test]
fn who_acted_is_told_within_the_company_alone() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let action = path.rsplit('/').next().expect("an id").to_string();
        let events =
            |caller: &Caller, query: &str| shown(1, || caller.all(&format!("/v1/events?{query}")));
        let of_action = format!("object_id={action}");
        let own = events(&deal.acme, &of_action);
        assert_eq!(
            (&own[0]["acted_by"], own[0]["api_key_id"].is_string()),
            (&json!("api_key"), true)
        );
        let theirs = events(&deal.bolt, &of_action);
        assert_eq!(theirs[0]["id"], own[0]["id"]);
        let hidden = ["user_id", "api_key_id", "delegate_user_id"];
        assert_eq!(theirs[0]["acted_by"], "other_company");
        assert!(hidden.iter().all(|name| theirs[0][*name].is_null()), "{theirs:?}");
        let accepted = events(&deal.bolt, "type=contract.accepted");
        assert_eq!(
            (&accepted[0]["acted_by"], &accepted[0]["api_key_id"]),
            (&json!("user"), &Value::Null)
        );

        // Nobody but the company itself knows who acted for it, and the system has no name.
        let key = |id: &Value| crate::cast::deal::literal(world, id.as_str().expect("an id"));
        let user = key(&accepted[0]["user_id"]);
        let object = key(&own[0]["object_id"]);
        let set = |columns: &str| {
            meddle(world, &format!("UPDATE events SET {columns} WHERE object_id = {object}"));
        };
        set(&format!("delegate_user_id = {user}"));
        let (own, theirs) = (events(&deal.acme, &of_action), events(&deal.bolt, &of_action));
        assert_eq!(own[0]["delegate_user_id"], accepted[0]["user_id"]);
        assert!(hidden.iter().all(|name| theirs[0][*name].is_null()), "{theirs:?}");
        set("delegate_user_id = NULL, api_key_id = NULL");
        for caller in [&deal.acme, &deal.bolt] {
            assert_eq!(events(caller, &of_action)[0]["acted_by"], "system");
        }
    });
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

#[test]
fn events_are_asked_for_by_type_and_by_thing() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (one, other) = (deal.tracked("A-1"), deal.tracked("A-2"));
        let returned = json!({ "reason": "ITEM_RETURNED" });
        deal.acme.post(&format!("{one}/reverse"), returned, 200);
        deal.acme.post(&format!("{other}/approve"), json!({}), 200);
        let asked = |caller: &Caller, query: &str| caller.all(&format!("/v1/events?{query}"));
        let all = shown(1, || {
            let mut last = asked(&deal.acme, "type=action.approved");
            last.truncate(1);
            last
        });
        assert_eq!(types(&all), ["action.approved"]);

        let whole = deal.acme.all("/v1/events");
        for (query, meant) in [
            ("type=*", vec!["."]),
            ("type=action.*", vec!["action."]),
            ("type=action.reversed,program.*", vec!["action.reversed", "program."]),
            ("type=contract.accepted&limit=1", vec!["contract.accepted"]),
            ("type=company.*,action.*&limit=2", vec!["company.", "action."]),
            ("type=reversal.completed", vec!["reversal.completed"]),
        ] {
            let expected: Vec<&Value> = whole
                .iter()
                .filter(|event| {
                    let kind = event["type"].as_str().expect("a type");
                    meant.iter().any(|part| kind.contains(part))
                })
                .collect();
            assert_eq!(asked(&deal.acme, query).iter().collect::<Vec<_>>(), expected, "{query}");
        }

        let of = |path: &str| path.rsplit('/').next().expect("an id").to_string();
        let about = |caller: &Caller, query: &str| {
            let told = asked(caller, &format!("object_id={query}"));
            types(&told).into_iter().map(str::to_string).collect::<Vec<_>>()
        };
        for caller in [&deal.acme, &deal.bolt] {
            assert_eq!(about(caller, &of(&one)), ["action.tracked", "action.reversed"]);
            let both = format!("{}&type=action.approved,action.reversed&limit=1", of(&other));
            assert_eq!(about(caller, &both), ["action.approved"]);
        }
        assert_eq!(about(&deal.crow, &of(&one)), Vec::<String>::new(), "a stranger's");
        assert_eq!(about(&deal.bolt, &deal.program), Vec::<String>::new(), "the brand's alone");
        assert_eq!(about(&deal.acme, &deal.program), ["program.created"]);
    });
}

#[test]
fn a_type_or_thing_that_there_cannot_be_is_told() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let refused = |query: &str| -> Vec<(String, String, String)> {
            let problem = acme.get(&format!("/v1/events?{query}"), 422);
            let faults = problem["errors"].as_array().expect("faults").iter();
            let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().into();
            faults
                .map(|one| (text(one, "parameter"), text(one, "code"), text(one, "message")))
                .collect()
        };
        let program = "accepted: program.*, program.created, program.updated";
        let told =
            refused("type=program.made,action.*,shop.*,&object_id=job_01k5h2v7xnf8rtq3m9bcw4ze6a");
        let codes: Vec<_> = told.iter().map(|(at, code, _)| (at.as_str(), code.as_str())).collect();
        let unknown = ("type", "unknown_value");
        assert_eq!(codes, [unknown, unknown, unknown, ("object_id", "bad_format")]);
        assert!(told[0].2.ends_with(program), "{told:?}");
        assert!(told[1].2.contains("accepted: *, company.*"), "{told:?}");
        assert!(told[3].2.contains("act_"), "{told:?}");
        for bad in
            ["object_id=act_1", "object_id=", "type=", "object_id=act_01k5h2v7xnf8rtq3m9bcw4ze6aa"]
        {
            assert_eq!(refused(bad).len(), 1, "{bad}");
        }
    });
}

/// As many events more of Acme's card.
pub fn many(world: &World, many: usize) {
    let columns = "company_id, other_company_id, type, object_id, sequence, changes, user_id,
                   api_key_id, delegate_user_id, at";
    let of_acme = "events WHERE type = 'company.registered'";
    let sql = match world.database_url.starts_with("sqlite://") {
        true => format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {many})
             INSERT INTO events (id, {columns}) SELECT randomblob(16), {columns}
             FROM n, (SELECT * FROM {of_acme} ORDER BY seq LIMIT 1)"
        ),
        false => format!(
            "INSERT INTO events (id, {columns}) SELECT gen_random_uuid(), {columns}
             FROM generate_series(1, {many}),
                  (SELECT * FROM {of_acme} ORDER BY txid LIMIT 1) AS first"
        ),
    };
    meddle(world, &sql);
}

#[test]
fn a_page_covers_ten_thousand_events_and_goes_on() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        many(world, 20_000);
        let tracked = deal.tracked("A-1");
        let (mut path, mut pages, mut found) =
            ("/v1/events?type=action.*".to_string(), 0, Vec::new());
        let began = std::time::Instant::now();
        loop {
            let page = deal.acme.get(&path, 200);
            pages += 1;
            found.extend(page["data"].as_array().expect("a page").clone());
            match page["next_cursor"].as_str() {
                Some(next) => path = format!("/v1/events?type=action.*&cursor={next}"),
                None if found.is_empty() => {
                    // PostgreSQL shows it once nothing older is open on the whole server.
                    assert!(began.elapsed().as_secs() < 120, "it never shows");
                }
                None => break,
            }
        }
        assert!(pages >= 3, "{pages} pages");
        assert_eq!(types(&found), ["action.tracked"]);
        assert_eq!(found[0]["object_id"], tracked.rsplit('/').next().expect("an id"));
        // By the thing it is found at once, and of the card all are.
        let own = deal.acme.company_id();
        assert_eq!(deal.acme.all(&format!("/v1/events?object_id={own}&limit=200")).len(), 20_001);
    });
}

/// For more events of a kind there are not more questions.
#[test]
fn a_page_asks_as_often_however_many_events_it_has() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let track = |from: usize| {
            (from..from + 20).for_each(|number| drop(deal.tracked(&format!("N-{number}"))));
        };
        let company: CompanyId = deal.acme.company_id().parse().expect("an id");
        let mut db = open(&world.database_url);
        let mut asked = |least: usize| {
            let filter = Filter::default();
            let began = std::time::Instant::now();
            let rows = loop {
                let reach = Reach::whole(company);
                let rows = page(&mut db, &reach, &filter, None, 200).expect("a page").rows;
                if rows.len() >= least || began.elapsed().as_secs() > 120 {
                    break rows;
                }
            };
            let many = rows.len();
            let sent = statements(&mut db, |db| {
                let shown = views(db, company, rows, world.now()).expect("views");
                assert!(shown.iter().all(|event| event.object.is_some()));
            });
            (many, sent.len())
        };
        track(0);
        let (few, asked_for_few) = asked(20);
        track(20);
        let (many, asked_for_many) = asked(few + 20);
        assert!(many >= few + 20);
        assert_eq!(asked_for_few, asked_for_many);
        assert!(asked_for_many < 20, "{asked_for_many}");
    });
}
