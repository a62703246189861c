//! The list of companies, as the screen of an agency asks for it.

use entente::kernel::id::CompanyId;
use entente::kernel::reach::Reach;
use entente::relations::model::{Filter, Sort};
use entente::relations::store::page;
use serde_json::{Value, json};

use super::{Pair, company, offered, texts, user};
use crate::cast::deal::{contract, id};
use crate::cast::grants::grant;
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world, in_a_world_with};
use crate::plans::{open, statements};

/// Names of the companies that a query means.
fn names(caller: &Caller, query: &str) -> Vec<String> {
    texts(caller, &format!("/v1/companies?{query}"), "name")
}

/// More companies that Acme knows, each in its own way: Cesar is a client of it, Dawn both, Eve has an
/// offer, and with Fay it has ended.
struct Crowd {
    pair: Pair,
    dawn: Caller,
    eve: Caller,
}

impl Crowd {
    fn of(world: &World) -> Self {
        let pair = Pair::of(world);
        let cesar = world.company("Cesar", "brand");
        let [dawn, eve, fay] = ["Dawn", "Eve", "Fay"].map(|name| world.company(name, "partner"));
        let accepted = |from: &Caller, to: &Caller| {
            let path = offered(from, to);
            to.post(&format!("{path}/accept"), json!({}), 200);
            path
        };
        // Cesar offers that Acme brings it customers.
        accepted(&cesar, &pair.acme);
        accepted(&pair.acme, &dawn);
        offered(&dawn, &pair.acme);
        offered(&pair.acme, &eve);
        let over = accepted(&pair.acme, &fay);
        fay.post(&format!("{over}/end"), json!({ "reason": "enough" }), 200);
        let german = json!({ "address": { "country": "DE" } });
        dawn.patch(&company(&dawn), german, 200);
        Self { pair, dawn, eve }
    }
}

#[test]
fn companies_are_found_by_what_they_are_and_by_what_is_kept_about_them() {
    in_a_world(|world| {
        let Crowd { pair, dawn, eve } = Crowd::of(world);
        let acme = &pair.acme;
        let emil = world.colleague(acme, "member");
        let keep = |caller: &Caller, what: &str, body: Value| {
            acme.put(&format!("{}/{what}", company(caller)), body, 200)
        };
        keep(&pair.bolt, "account-owner", json!({ "user_id": user(&emil) }));
        keep(&dawn, "account-owner", json!({ "user_id": user(acme) }));
        keep(&eve, "tags", json!({ "tags": ["Top  Partner", "fashion"] }));
        keep(&dawn, "tags", json!({ "tags": ["fashion"] }));
        emil.post(&pair.at("notes"), json!({ "text": "Hello" }), 201);
        let of_emil = user(&emil);
        let of_emil = of_emil.as_str().unwrap();
        for (query, expected) in [
            ("", vec!["Acme", "Bolt", "Cesar", "Dawn", "Eve"]),
            ("relationship=own", vec!["Acme"]),
            ("relationship=partner", vec!["Bolt", "Dawn", "Eve"]),
            ("relationship=client", vec!["Cesar", "Dawn"]),
            ("status=active", vec!["Bolt", "Cesar", "Dawn"]),
            ("status=offered", vec!["Dawn", "Eve"]),
            ("status=offered,active", vec!["Bolt", "Cesar", "Dawn", "Eve"]),
            ("relationship=partner&status=offered", vec!["Eve"]),
            ("relationship=client&status=offered", vec!["Dawn"]),
            ("relationship=own&status=active", vec![]),
            ("account_owner_id=me", vec!["Dawn"]),
            ("account_owner_id=none", vec!["Cesar", "Eve"]),
            ("kind=agency", vec!["Acme"]),
            ("kind=brand,agency", vec!["Acme", "Cesar"]),
            ("country=DE", vec!["Dawn"]),
            ("country=FR", vec![]),
            ("tag=FASHION", vec!["Dawn", "Eve"]),
            ("tag=top%20partner", vec!["Eve"]),
            ("tag=top", vec![]),
            ("tag=a,b", vec![]),
            ("has_notes=true", vec!["Bolt"]),
            ("has_notes=false&relationship=partner", vec!["Dawn", "Eve"]),
            ("q=da", vec!["Dawn"]),
            ("q=DAWN%20exa", vec!["Dawn"]),
            ("q=dawn%20bolt", vec![]),
            ("q=awn", vec![]),
            ("q=example", vec!["Acme", "Bolt", "Cesar", "Dawn", "Eve"]),
            ("q=%25", vec![]),
            ("q='%20OR%201=1%20--", vec![]),
            ("q=_awn", vec![]),
            ("tag=fashion&q=eve&status=offered&kind=partner", vec!["Eve"]),
        ] {
            assert_eq!(names(acme, query), expected, "{query}");
        }
        assert_eq!(names(acme, &format!("account_owner_id={of_emil}")), ["Bolt"]);
        assert_eq!(names(&emil, "account_owner_id=me"), ["Bolt"]);

        // A company that is called otherwise is found otherwise.
        let path = company(&dawn);
        dawn.patch(&path, json!({ "name": "Zoë & Söhne", "website": "https://zs.example" }), 200);
        assert_eq!(names(acme, "q=zoe"), Vec::<String>::new());
        assert_eq!(names(acme, "q=ZO%C3%8B%20s%C3%B6h%20zs"), ["Zoë & Söhne"]);
        assert_eq!(names(acme, "q=dawn"), Vec::<String>::new());
        assert_eq!(names(acme, "").last().map(String::as_str), Some("Zoë & Söhne"));
    });
}

#[test]
fn companies_are_found_by_what_they_do_for_each_other() {
    in_a_world(|world| {
        let Crowd { pair, dawn, eve } = Crowd::of(world);
        let acme = &pair.acme;
        let ways = |caller: &Caller, ways: Value| {
            let path = format!("{}/profile/promotional-methods", company(caller));
            caller.patch(&path, json!({ "methods": ways }), 200)
        };
        ways(&dawn, json!([{ "method": "email" }, { "method": "content" }]));
        let feigned = "https://eve.example/?\"method\":\"email\"";
        ways(&eve, json!([{ "method": "social", "url": feigned.replace('"', "%22") }]));
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let program = id(&acme.post("/v1/programs", program, 201));
        let of_type = |kind: &str| {
            let body = json!({ "name": kind, "code": kind, "kind": kind });
            id(&acme.post(&format!("/v1/programs/{program}/event-types"), body, 201))
        };
        let (sale, lead) = (of_type("sale"), of_type("lead"));
        contract(acme, &dawn, &program, (&sale, &lead), json!({}));
        let wish = json!({ "reason": "words", "operations": [
            { "op": "set_description", "description": "Shoes" },
        ] });
        pair.bolt.post(&format!("{}/changes", pair.partnership), wish, 201);
        grant(world, &pair.bolt, acme, "manage_status", None);
        grant(world, &dawn, acme, "view_performance", None);
        grant(world, acme, &dawn, "sign_in_as", Some("company"));

        for (query, expected) in [
            ("promotional_method=email", vec!["Dawn"]),
            ("promotional_method=social&status=offered", vec!["Eve"]),
            ("promotional_method=coupon", vec![]),
            ("modified=true", vec!["Bolt"]),
            ("modified=false&relationship=partner", vec!["Dawn", "Eve"]),
            ("relationship=managed", vec!["Bolt"]),
            ("relationship=managed&status=offered", vec![]),
        ] {
            assert_eq!(names(acme, query), expected, "{query}");
        }
        let of_program = format!("program_id={program}");
        assert_eq!(names(acme, &of_program), ["Dawn"]);
        assert_eq!(names(&dawn, &of_program), ["Acme"], "either side of the contract");
        assert_eq!(names(&pair.bolt, &of_program), Vec::<String>::new());
        assert_eq!(names(&dawn, "relationship=managed"), ["Acme"]);
        let allowed = |caller: &Caller, query: &str| {
            let rows = caller.all(&format!("/v1/companies?{query}"));
            rows[0]["allowed"].as_array().unwrap()[..2].to_vec()
        };
        assert_eq!(allowed(&dawn, "q=acme"), ["sign_in", "assign_owner"]);
        assert_eq!(allowed(acme, "q=bolt"), ["suspend", "reactivate"]);
        assert_eq!(allowed(acme, "q=dawn"), ["assign_owner", "add_note"]);
        let modified = |caller: &Caller| {
            let rows = caller.all("/v1/companies").into_iter();
            rows.filter(|row| row["modified"] == true)
                .map(|row| row["name"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(modified(acme), ["Bolt"]);
        assert_eq!(modified(&pair.bolt), ["Acme"], "both sides see it");
    });
}

#[test]
fn a_row_has_what_is_kept_about_a_company_and_what_may_be_done_with_it() {
    in_a_world(|world| {
        let Crowd { pair, dawn, .. } = Crowd::of(world);
        let acme = &pair.acme;
        let row = |caller: &Caller, name: &str| {
            let all = caller.all("/v1/companies");
            all.into_iter().find(|row| row["name"] == name).expect(name)
        };
        let labels = acme.put(
            &format!("{}/tags", company(&dawn)),
            json!({ "tags": ["b", " A ", "a", "Größe"] }),
            200,
        );
        assert_eq!(labels["tags"], json!(["a", "b", "grösse"]));
        let mut found = row(acme, "Dawn");
        assert_eq!(found["relationship"], "both");
        let both: Vec<String> = found["partnerships"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("{} {}", one["relationship"], one["status"]).replace('"', ""))
            .collect();
        assert_eq!(both, ["partner active", "client offered"]);
        acme.get(
            &format!("/v1/partnerships/{}", found["partnerships"][0]["id"].as_str().unwrap()),
            200,
        );
        assert_eq!((&found["plan"], &found["address"]["country"]), (&Value::Null, &json!("DE")));
        let own = row(acme, "Acme");
        assert_eq!((&own["relationship"], &own["plan"]), (&json!("own"), &json!("standard")));
        let may = |caller: &Caller, name: &str| row(caller, name)["allowed"].clone();
        assert_eq!(own["allowed"], json!(["edit_company"]));
        assert_eq!(may(acme, "Dawn"), json!(["assign_owner", "add_note", "set_tags"]));
        let member = world.colleague(acme, "member");
        assert_eq!(may(&member, "Dawn"), json!(["add_note", "set_tags"]));
        assert_eq!(may(&member, "Acme"), json!([]));
        let viewer = world.colleague(acme, "viewer");
        assert_eq!(
            (may(&viewer, "Dawn"), &row(&viewer, "Dawn")["tags"]),
            (json!([]), &labels["tags"])
        );

        // The row is what the company's own door shows, and what is kept about it.
        let mut card = acme.get(&company(&dawn), 200);
        let kept = acme.get(&format!("{}/relation", company(&dawn)), 200);
        card.as_object_mut().unwrap().extend(kept.as_object().unwrap().clone());
        card.as_object_mut().unwrap().remove("company_id");
        let brought = found.as_object_mut().unwrap().remove("performance_30d");
        assert_eq!((card, Some(json!([]))), (found, brought));

        // The same labels again are no change.
        let path = format!("{}/relation", company(&dawn));
        let version = || acme.send("GET", &path, &[], b"").header("etag").to_string();
        let before = version();
        let again = json!({ "tags": ["GRÖSSE", "b", "a"] });
        acme.put(&format!("{}/tags", company(&dawn)), again, 200);
        assert_eq!(version(), before);
        acme.put(&format!("{}/tags", company(&dawn)), json!({ "tags": [] }), 200);
        assert_ne!(version(), before);
        assert_eq!(row(acme, "Dawn")["tags"], json!([]));
        let log = acme.all("/v1/audit-log?type=company.tags_changed");
        assert_eq!(log[0]["changes"]["tags"], json!(["a, b, grösse", ""]));
        assert_eq!(log[0]["object_id"], dawn.company_id());
    });
}

#[test]
fn the_list_has_two_orders_and_goes_on_page_by_page_in_each() {
    in_a_world(|world| {
        let Crowd { pair, dawn, eve } = Crowd::of(world);
        let acme = &pair.acme;
        let in_order = |sort: &str| {
            let one_by_one = names(acme, &format!("{sort}limit=1"));
            assert_eq!(one_by_one, names(acme, sort), "{sort}");
            one_by_one
        };
        assert_eq!(in_order(""), ["Acme", "Bolt", "Cesar", "Dawn", "Eve"]);
        assert_eq!(in_order("sort=name&relationship=partner&"), ["Bolt", "Dawn", "Eve"]);
        let mut minute = 10;
        let mut then = |what: &dyn Fn()| {
            world.travel(&format!("2026-03-10T12:{minute}:00Z"));
            minute += 1;
            what();
        };
        then(&|| drop(acme.post(&pair.at("notes"), json!({ "text": "Hello" }), 201)));
        then(&|| {
            drop(dawn.post(&format!("{}/notes", company(acme)), json!({ "text": "Hi" }), 201))
        });
        then(&|| {
            let offer = eve.all("/v1/partnerships")[0]["id"].clone();
            let path = format!("/v1/partnerships/{}/accept", offer.as_str().unwrap());
            eve.post(&path, json!({}), 200);
        });
        // Dawn's notes about Acme are nothing that happened to Acme.
        let active = in_order("sort=-last_activity_at&");
        assert_eq!(active[..2], ["Eve", "Bolt"]);
        assert_eq!(active.len(), 5);
        let by_dawn = names(&dawn, "sort=-last_activity_at");
        assert_eq!(by_dawn[0], "Acme");

        let cursor = |sort: &str| {
            let page = acme.get(&format!("/v1/companies?limit=1&sort={sort}"), 200);
            page["next_cursor"].as_str().expect("a cursor").to_string()
        };
        for (sort, other) in [("name", "-last_activity_at"), ("-last_activity_at", "name")] {
            let path = format!("/v1/companies?sort={sort}&cursor={}", cursor(other));
            assert_eq!(faults(&acme.get(&path, 422)), ["cursor bad_cursor"]);
        }
    });
}

#[test]
fn what_is_wrong_with_a_query_or_with_labels_is_told_all_at_once() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let wrong = "relationship=friend&status=ended&account_owner_id=you&kind=shop&country=de&tag=\
                     &has_notes=perhaps&q=&sort=-name&colour=red&cursor=x\
                     &promotional_method=luck&modified=maybe&program_id=prg_1";
        let expected = [
            "account_owner_id bad_format",
            "colour unknown_parameter",
            "country bad_format",
            "has_notes wrong_type",
            "kind unknown_value",
            "modified wrong_type",
            "program_id bad_format",
            "promotional_method unknown_value",
            "q too_short",
            "relationship unknown_value",
            "sort unknown_value",
            "status unknown_value",
            "tag too_short",
        ];
        for path in ["/v1/companies", "/v1/companies/export.csv"] {
            let mut found = faults(&pair.acme.get(&format!("{path}?{wrong}"), 422));
            // A file has no pages.
            found.retain(|fault| !fault.starts_with("cursor"));
            assert_eq!(found, expected, "{path}");
        }
        let long = format!("/v1/companies?q={}", "x".repeat(201));
        assert_eq!(faults(&pair.acme.get(&long, 422)), ["q too_long"]);
        let long = format!("/v1/companies?q={}", "x%20".repeat(100));
        assert_eq!(
            names(&pair.acme, long.trim_start_matches("/v1/companies?")),
            Vec::<String>::new()
        );

        let tags = pair.at("tags");
        let many: Vec<String> = (0..21).map(|number| number.to_string()).collect();
        for (body, expected) in [
            (json!({ "tags": many }), vec!["/tags too_many"]),
            (
                json!({ "tags": ["ok", " ", "a,b", "x".repeat(41)] }),
                vec!["/tags/1 too_short", "/tags/2 bad_characters", "/tags/3 too_long"],
            ),
            (json!({ "tags": [1], "more": [] }), vec!["/more unknown_field", "/tags/0 wrong_type"]),
            (json!({}), vec!["/tags missing_field"]),
        ] {
            assert_eq!(faults(&pair.acme.put(&tags, body, 422)), expected);
        }
        assert_eq!(pair.acme.get(&pair.at("relation"), 200)["tags"], json!([]));
    });
}

#[test]
fn a_file_has_the_rows_of_the_list_by_the_same_filters() {
    in_a_world(|world| {
        let Crowd { pair, dawn, .. } = Crowd::of(world);
        pair.acme.put(&pair.at("account-owner"), json!({ "user_id": user(&pair.acme) }), 200);
        let labels = json!({ "tags": ["=cmd", "b"] });
        pair.acme.put(&format!("{}/tags", company(&dawn)), labels, 200);
        let file = |query: &str| {
            let path = format!("/v1/companies/export.csv?{query}");
            let answer = pair.acme.send("GET", &path, &[], b"");
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, "text/csv; charset=utf-8")
            );
            answer.text.lines().map(ToString::to_string).collect::<Vec<_>>()
        };
        let all = file("");
        assert_eq!(all.len(), 6, "{all:#?}");
        let columns: Vec<&str> = all[0].split(',').collect();
        let cell = |row: &str, name: &str| {
            let place = columns.iter().position(|column| *column == name).expect(name);
            row.split(',').nth(place).unwrap().to_string()
        };
        assert_eq!(cell(&all[1], "relationship"), "own");
        assert_eq!(cell(&all[2], "account_owner_name"), "Acme's owner");
        let both = file("relationship=client&sort=-last_activity_at&status=offered");
        assert_eq!(both.len(), 2);
        assert_eq!(
            (cell(&both[1], "partner_status"), cell(&both[1], "client_status")),
            ("active".into(), "offered".into())
        );
        assert!(both[1].ends_with(",\"'=cmd, b\""), "{}", both[1]);
        assert_eq!(file("q=nobody").len(), 1);
        let crow = world.company("Crow", "brand");
        let theirs = crow.send("GET", "/v1/companies/export.csv", &[], b"").text;
        assert_eq!(theirs.lines().count(), 2);
    });
}

/// For more companies there are not more questions.
#[test]
fn a_page_asks_as_often_however_many_companies_it_has() {
    in_a_world_with(&["--no-jobs"], |world| {
        let pair = Pair::of(world);
        let company: CompanyId = pair.acme.company_id().parse().expect("an id");
        let filter = Filter {
            side: None,
            status: None,
            account_owner: None,
            kind: None,
            method: None,
            program: None,
            modified: None,
            country: None,
            tag: None,
            has_notes: Some(false),
            words: None,
            sort: Sort::Name,
        };
        let actor = entente::access::Actor {
            doer: entente::events::model::Doer::SYSTEM,
            reach: Reach::whole(company),
            company_status: entente::companies::model::Status::Active,
            power: entente::access::Power::System {
                scopes: vec![entente::access::Scope::ActionsRead],
            },
            delegation: None,
        };
        let mut db = open(&world.database_url);
        let mut asked = || {
            let mut many = 0;
            let sent = statements(&mut db, |db| {
                let rows = page(db, &actor.reach, &filter, None, 200).expect("a page");
                let now = Some(world.now());
                let rows = entente::relations::wire::listed(db, &actor, rows, now).expect("rows");
                many = rows.rows.len();
            });
            (many, sent.len())
        };
        let (few, asked_for_few) = asked();
        for number in 0..6 {
            let other = world.company(&format!("Other{number}"), "partner");
            offered(&pair.acme, &other);
            let owner = json!({ "user_id": user(&pair.acme) });
            pair.acme.put(&format!("{}/account-owner", super::company(&other)), owner, 200);
        }
        let (many, asked_for_many) = asked();
        assert_eq!((few, many), (2, 8));
        // Where the walk ends, the rows, their labels and open changes, people on either side, and what
        // they brought.
        assert!(asked_for_many <= 8 && asked_for_many <= asked_for_few + 1, "{asked_for_many}");
    });
}
