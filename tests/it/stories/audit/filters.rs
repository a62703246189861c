//! Filters, pages, and what is no filter.

use serde_json::{Value, json};

use super::{delegate, log, types};
use crate::cast::deal::{Deal, meddle};
use crate::cast::http::faults;
use crate::cast::rival;
use crate::cast::world::in_a_world;

#[test]
fn the_log_is_narrowed_by_who_what_on_what_and_when() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let object = path.rsplit('/').next().unwrap().to_string();
        world.travel("2026-03-10T12:05:00Z");
        deal.acme.post(&format!("{path}/approve"), json!({}), 200);
        deal.tracked("A-2");
        world.travel("2026-03-10T12:10:00Z");
        let owner = rival::owner(world);
        let company = format!("/v1/companies/{}", owner.company_id());
        owner.patch(&company, json!({ "name": "Acme Ltd" }), 200);
        delegate(
            world,
            "company.updated",
            owner.get("/v1/me", 200)["user"]["id"].as_str().unwrap(),
        );

        let all = log(&deal.acme, "limit=200");
        let key = all.iter().find_map(|entry| entry["api_key"]["id"].as_str()).unwrap();
        let user = all.iter().find_map(|entry| entry["user"]["id"].as_str()).unwrap();
        let family = |entry: &Value, thing: &str| {
            entry["type"].as_str().unwrap().split('.').next() == Some(thing)
        };
        type Meant<'a> = Box<dyn Fn(&Value) -> bool + 'a>;
        let at = |entry: &Value| entry["at"].as_str().unwrap().to_string();
        let five = "2026-03-10T12:05:00Z".to_string();
        let single: Vec<(String, Meant<'_>)> = vec![
            (format!("user_id={user}"), Box::new(|one| one["user"]["id"] == user)),
            (format!("api_key_id={key}"), Box::new(|one| one["api_key"]["id"] == key)),
            ("type=action.tracked".into(), Box::new(|one| one["type"] == "action.tracked")),
            ("type=action.*".into(), Box::new(move |one| family(one, "action"))),
            ("type=event_type.*".into(), Box::new(move |one| family(one, "event_type"))),
            (format!("object_id={object}"), Box::new(|one| one["object_id"] == *object)),
            (format!("after={five}"), Box::new(|one| at(one) >= five)),
            (format!("before={five}"), Box::new(|one| at(one) < five)),
            ("delegated=true".into(), Box::new(|one| !one["delegate"].is_null())),
            ("delegated=false".into(), Box::new(|one| one["delegate"].is_null())),
        ];
        // Each of them, and each together with each other one: whichever index is taken.
        let mut seen = 0;
        for (one, meant) in &single {
            for (other, meant_too) in &single {
                let named = |filter: &str| filter.split('=').next().unwrap().to_string();
                if one != other && named(one) == named(other) {
                    continue;
                }
                let filter = if one == other { one.clone() } else { format!("{one}&{other}") };
                let expected: Vec<&Value> =
                    all.iter().filter(|entry| meant(entry) && meant_too(entry)).collect();
                let found = log(&deal.acme, &filter);
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter}");
                seen += found.len();
            }
        }
        assert!(seen > 100, "{seen}");
        assert_eq!(types(&log(&deal.acme, "type=action.*"))[0], "action.tracked");
        assert_eq!(types(&log(&deal.acme, "type=event_type.*")), ["event_type.created"; 2]);
        assert!(log(&deal.acme, "type=eventxtype.*").is_empty(), "an underscore is one");
        assert!(log(&deal.acme, "type=actio.*").is_empty());
    });
}

#[test]
fn pages_go_on_where_the_last_one_ended_whatever_comes_in_between() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        (0..5).for_each(|number| drop(deal.tracked(&format!("A-{number}"))));
        for filter in ["limit=2", "limit=2&type=action.*", "limit=2&type=action.tracked"] {
            let whole = log(&deal.acme, &filter.replace("limit=2", "limit=200"));
            let first = deal.acme.get(&format!("/v1/audit-log?{filter}"), 200);
            // All at the same moment: the id parts them.
            assert_eq!(first["data"].as_array().unwrap()[..], whole[..2]);
            deal.tracked(&format!("later {}", filter.len()));
            let cursor = first["next_cursor"].as_str().unwrap();
            let rest = filter.replace("limit=2", "limit=200");
            let rest = deal.acme.get(&format!("/v1/audit-log?{rest}&cursor={cursor}"), 200);
            assert_eq!(rest["data"].as_array().unwrap()[..], whole[2..], "{filter}");
            assert_eq!(rest["next_cursor"], Value::Null);
        }
    });
}

/// A filter without an index of its own walks over a bounded number of rows, and says where to go on.
#[test]
fn what_lies_beyond_the_walk_is_on_a_next_page() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        world.travel("2026-03-10T12:05:00Z");
        deal.tracked("A-1");
        let id = if world.database_url.starts_with("sqlite://") {
            "randomblob(16)"
        } else {
            "gen_random_uuid()"
        };
        let columns = "company_id, type, object_id, api_key_id, changes, at";
        let copy = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10050) \
             INSERT INTO audit_entries (id, {columns}) SELECT {id}, {columns} FROM \
             (SELECT * FROM audit_entries WHERE type = 'action.tracked') AS one, n"
        );
        meddle(world, &copy);
        let page = deal.acme.get("/v1/audit-log?type=contract.*", 200);
        assert_eq!(page["data"], json!([]));
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = deal.acme.get(&format!("/v1/audit-log?type=contract.*&cursor={cursor}"), 200);
        assert_eq!(types(next["data"].as_array().unwrap()), ["contract.proposed"]);
        assert_eq!(next["next_cursor"], Value::Null);
        // By its own type it is found at once, and a file goes on by itself.
        let at_once = deal.acme.get("/v1/audit-log?type=contract.proposed", 200);
        assert_eq!(at_once["data"], next["data"]);
        let file = deal.acme.send("GET", "/v1/audit-log/export.csv?type=contract.*", &[], b"");
        assert_eq!(file.text.lines().count(), 2);
        let file = deal.acme.send("GET", "/v1/audit-log/export.csv?type=action.*", &[], b"");
        assert_eq!(file.text.lines().count(), 10_052);
    });
}

#[test]
fn what_is_no_filter_is_told_with_all_that_is_wrong() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bad = "user_id=key_01k5h2v7xnf8rtq3m9bcw4ze6a&type=action&object_id=x&after=yesterday\
                   &delegated=maybe&limit=0&cursor=x&company_id=x";
        let expected = [
            "after bad_format",
            "company_id unknown_parameter",
            "delegated wrong_type",
            "limit out_of_range",
            "object_id bad_format",
            "type bad_format",
            "user_id bad_format",
        ];
        assert_eq!(faults(&acme.get(&format!("/v1/audit-log?{bad}"), 422)), expected);
        let bad = acme.get("/v1/audit-log?cursor=x", 422);
        assert_eq!(faults(&bad), ["cursor bad_cursor"]);
        for kind in ["Action.tracked", "action.", "*", "action.%2A%2A", "action.%25", ".tracked"] {
            acme.get(&format!("/v1/audit-log?type={kind}"), 422);
        }
        assert_eq!(
            faults(&acme.get("/v1/audit-log/export.csv?limit=1", 422)),
            ["limit unknown_parameter"]
        );
    });
}
