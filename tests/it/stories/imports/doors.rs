//! The doors: forms a file may come in, who may send one, and what is told of it.

use std::io::Write;

use encoding_rs::WINDOWS_1252;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{CSV, Import, NDJSON, adds_up, ended, imported, order, send, sent, tracked};
use crate::cast::deal::{Deal, id, shown, told_of};
use crate::cast::form::Form;
use crate::cast::http::faults;
use crate::cast::world::{in_a_world, in_a_world_with};

/// The partner in the samples.
const PARTNER: &str = "co_01k5h2v7xnf8rtq3m9bcw4ze6a";

/// A sample, with the partner of the deal.
fn sample(deal: &Deal, name: &str) -> String {
    let path = format!("{}/examples/imports/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().replace(PARTNER, deal.bolt.company_id())
}

#[test]
fn samples_are_read_as_customers_write_them() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let applied = |many: usize| vec!["applied".to_string(); many];
        let entente = sent(&deal.acme, CSV, "", &sample(&deal, "entente.csv"));
        assert_eq!(entente.told(), applied(3), "{:?}", entente.lines);
        let items = sent(&deal.acme, CSV, "?event_type_id=SALE", &sample(&deal, "items.csv"));
        assert_eq!(items.told(), applied(2), "{:?}", items.lines);
        let tabs = "text/tab-separated-values";
        let conversions = sent(&deal.acme, tabs, "", &sample(&deal, "conversions.tsv"));
        assert_eq!(conversions.told(), applied(2), "{:?}", conversions.lines);
        let orders = sent(&deal.acme, NDJSON, "", &sample(&deal, "orders.ndjson"));
        assert_eq!(orders.told(), applied(2), "{:?}", orders.lines);
        let mangled = sample(&deal, "spreadsheet.csv");
        let mangled = sent(&deal.acme, CSV, "?event_type_id=SALE", &mangled);
        let expected = [
            "applied",
            "rejected bad_format",
            "rejected bad_format",
            "rejected order_id_mangled",
            "rejected bad_number",
        ];
        assert_eq!(mangled.told(), expected, "{:?}", mangled.lines);
        assert!(mangled.message(1).contains("which number is the month"), "{}", mangled.message(1));
        assert!(mangled.message(2).contains("no time of day"), "{}", mangled.message(2));
        assert!(mangled.message(4).starts_with("amount: "), "{}", mangled.message(4));
        let expected = [
            "B-1001 129.90",
            "B-1002 35.00",
            "B-1003 0.00",
            "B-2001 104.90",
            "B-2002 20.00",
            "B-3001 129.90",
            "B-4001 179.80",
            "B-4002 20.00",
            "B-5001 129.90",
            "B-5002 35.00",
        ];
        assert_eq!(tracked(&deal), expected);

        let action = |import: &Import, at: usize| {
            let id = import.lines[at]["action_id"].as_str().unwrap().to_string();
            deal.acme.get(&format!("/v1/actions/{id}"), 200)
        };
        let two = action(&items, 0);
        assert_eq!(two["items"][1]["quantity"], 3);
        // The clocks of the program stand in Berlin.
        assert_eq!(two["occurred_at"], "2026-03-09T09:42:00Z");
        assert_eq!(action(&orders, 1)["occurred_at"], "2026-03-09T10:42:00Z");
        assert_eq!(action(&entente, 1)["occurred_at"], "2026-03-09T10:05:00Z");
        assert_eq!(action(&conversions, 0)["sub_ids"], json!({ "sub_id1": "spring" }));
        assert_eq!(action(&conversions, 1)["sub_ids"], Value::Null);
        adds_up(world);
    });
}

#[test]
fn a_file_is_the_same_in_whatever_it_is_wrapped() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let file = format!(
            "order_id;occurred_at;amount;partner_company_id;note\n\
             A-1;2026-03-09 10:00;100.00;{};Größe 42\n",
            deal.bolt.company_id()
        );
        let query = "?event_type_id=SALE";
        let first = sent(&deal.acme, CSV, query, &file);
        assert_eq!(first.told(), ["applied"], "{:?}", first.lines);
        assert_eq!(first.head["channel"], "upload");
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(file.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        let wide: Vec<u8> =
            std::iter::once(0xfeff).chain(file.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let latin = WINDOWS_1252.encode(&file).0.to_vec();
        let form = Form::of("text/csv", "a.csv", file.as_bytes()).field("event_type_id", "SALE");
        let (form_kind, form) = form.sent();
        for (kind, query, body) in [
            (CSV, query, file.as_bytes().to_vec()),
            ("application/gzip", query, packed),
            (CSV, query, wide),
            ("text/csv; charset=windows-1252", query, latin),
            (&form_kind, "", form),
        ] {
            let again = send(&deal.acme, kind, query, &body).json();
            assert_eq!(again["code"], "duplicate_file", "{kind}: {again}");
            assert_eq!(again["duplicate_of"], first.head["id"], "{kind}");
        }
        let forced = sent(&deal.acme, CSV, "?event_type_id=SALE&force=true", &file);
        assert_eq!(forced.told(), ["unchanged duplicate_order"]);
        assert_eq!(forced.lines[0]["action_id"], first.lines[0]["action_id"]);

        // As JSON too, with an event type for all.
        let mut report = order(&deal, "A-2");
        report.as_object_mut().unwrap().remove("event_type_id");
        let body = json!({ "event_type_id": deal.sale, "actions": [report, report] }).to_string();
        let json = sent(&deal.acme, "application/json", "", &body);
        assert_eq!(json.told(), ["applied", "duplicate_of_line"], "{:?}", json.lines);
        assert_eq!(
            (&json.lines[1]["message"], &json.head["channel"]),
            (&"equal to line 1".into(), &"api".into(),)
        );
        adds_up(world);
    });
}

#[test]
fn what_cannot_be_an_import_leaves_none() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let refused = |kind: &str, query: &str, body: &str| {
            let answer = send(&acme, kind, query, body.as_bytes());
            let problem = answer.json();
            let lines = problem["errors"].as_array().into_iter().flatten();
            let lines = lines.filter(|error| error["line"].is_number());
            let mut codes: Vec<String> =
                lines.map(|error| error["code"].as_str().unwrap().to_string()).collect();
            codes.extend(faults(&problem).into_iter().filter(|fault| !fault.starts_with(' ')));
            (answer.status, codes.join(", "))
        };
        let json = "application/json";
        for (kind, query, body, wanted) in [
            (
                CSV,
                "",
                "order_id,reason\nA,B\n",
                (422, "unknown_column, missing_column, missing_column"),
            ),
            (CSV, "", "", (422, "empty_file")),
            (CSV, "?on_ambiguous=newest", "a\n", (422, "on_ambiguous unknown_parameter")),
            (CSV, "?mode=some", "a\n", (422, "mode unknown_value")),
            (
                CSV,
                "?event_type_id=NOPE",
                "order_id,occurred_at,amount\nA,B,C\n",
                (422, "event_type_id unknown_event_type"),
            ),
            (json, "", "{\"lines\": []}", (422, "/actions missing_field, /lines unknown_field")),
            (json, "", "{\"actions\": []}", (422, "/actions empty_batch")),
            (
                json,
                "",
                "{\"on_ambiguous\": \"newest\", \"actions\": [1]}",
                (422, "/on_ambiguous unknown_field"),
            ),
            (json, "?mode=dry_run", "{\"actions\": [1]}", (422, "mode unknown_parameter")),
            (json, "", "{", (400, "")),
            ("text/plain", "", "", (415, "")),
        ] {
            let (status, codes) = refused(kind, query, body);
            assert_eq!((status, codes.as_str()), wanted, "{kind} {query} {body}");
        }
        assert_eq!(acme.get("/v1/action-imports", 200)["data"], json!([]));
    });
}

#[test]
fn an_import_is_told_of_and_listed_apart_from_reversals() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let import = imported(&deal.acme, "", &[order(&deal, "A-1")]);
        let import_id = id(&import.head);
        assert!(import_id.starts_with("imp_"), "{import_id}");
        let lines =
            json!([{ "order_id": "A-1", "operation": "reverse", "reason": "OTHER", "note": "x" }]);
        let batch = deal.acme.post("/v1/reversals", json!({ "lines": lines }), 202);

        let ids = |path: &str| -> Vec<String> { deal.acme.all(path).iter().map(id).collect() };
        assert_eq!(ids("/v1/action-imports"), std::slice::from_ref(&import_id));
        assert_eq!(ids("/v1/reversals"), [id(&batch)]);
        assert_eq!(ids("/v1/action-imports?status=rejected"), [""; 0]);
        let as_reversal = import_id.replace("imp_", "rev_");
        let as_import = id(&batch).replace("rev_", "imp_");
        for path in [
            format!("/v1/reversals/{as_reversal}"),
            format!("/v1/reversals/{as_reversal}/lines"),
            format!("/v1/reversals/{import_id}"),
            format!("/v1/action-imports/{as_import}"),
            format!("/v1/action-imports/{as_import}/results.csv"),
        ] {
            deal.acme.get(&path, 404);
        }
        deal.acme.post(&format!("/v1/reversals/{as_reversal}/cancel"), json!({}), 404);

        let events = told_of("action_import.", &deal.acme, 3);
        let kinds: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
        assert_eq!(
            kinds,
            ["action_import.received", "action_import.started", "action_import.completed"]
        );
        assert!(events.iter().all(|event| event["object_id"] == import_id.as_str()), "{events:?}");
        assert_eq!(told_of("action.tracked", &deal.bolt, 1).len(), 1);

        // The ledger says by which import and line; the partner is not told.
        let entries = |caller: &crate::cast::http::Caller, query: &str| {
            let path = format!("/v1/action-updates?command=track{query}");
            shown(1, || caller.all(&path))
        };
        let of_import = format!("&action_import_id={import_id}");
        let own = entries(&deal.acme, &of_import);
        let told = (&own[0]["action_import_id"], &own[0]["reversal_id"], &own[0]["line"]);
        assert_eq!(told, (&import_id.as_str().into(), &Value::Null, &1.into()));
        assert_eq!((&own[0]["channel"], own.len()), (&"upload".into(), 1));
        let theirs = entries(&deal.bolt, "");
        assert_eq!(
            (&theirs[0]["action_import_id"], &theirs[0]["line"]),
            (&Value::Null, &Value::Null)
        );
        assert!(deal.bolt.all(&format!("/v1/action-updates?{}", &of_import[1..])).is_empty());
    });
}

#[test]
fn only_the_brand_sees_an_import_and_only_who_may_track_sends_one() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let import = imported(&deal.acme, "", &[order(&deal, "A-1")]);
        for path in ["", "/lines", "/results.csv", "/rejected.csv", "/events"] {
            let unknown = "/v1/action-imports/imp_01k5h2v7xnf8rtq3m9bcw4ze6a";
            for stranger in [&deal.bolt, &deal.crow] {
                let foreign = stranger.get(&format!("{}{path}", import.path), 404);
                let none = stranger.get(&format!("{unknown}{path}"), 404);
                assert_eq!(
                    (&foreign["code"], &foreign["detail"]),
                    (&none["code"], &none["detail"])
                );
            }
        }
        // A stranger's program is none of the sender's, and its partners are nobody.
        let stolen = imported(&deal.crow, "", &[order(&deal, "A-2")]);
        assert_eq!(stolen.told(), ["rejected unknown_event_type"]);
        let by_id = super::and(order(&deal, "A-2"), json!({ "event_type_id": deal.sale }));
        assert_eq!(imported(&deal.crow, "", &[by_id]).told(), ["rejected unknown_event_type"]);
        assert_eq!(tracked(&deal), ["A-1 100.00"]);
    });
}

#[test]
fn a_limited_key_tracks_and_sees_what_it_is_limited_to() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
        let owner = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        let key = |scopes: &[&str], limits: Value| {
            let mut body = json!({ "name": "Some", "scopes": scopes });
            body.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
            world.caller(&owner.post("/v1/api-keys", body, 201))
        };
        let both = ["actions:read", "actions:write"];
        let limited = key(&both, json!({ "event_type_ids": [deal.lead] }));
        let lead = super::and(order(&deal, "L-1"), json!({ "event_type_id": "LEAD" }));
        let own = imported(&limited, "", &[lead, order(&deal, "A-1")]);
        assert_eq!(own.told(), ["applied", "rejected unknown_event_type"], "{:?}", own.lines);

        let all = imported(&deal.acme, "", &[order(&deal, "A-2")]);
        limited.get(&all.path, 404);
        assert_eq!(limited.all("/v1/action-imports").len(), 1);
        assert_eq!(deal.acme.all("/v1/action-imports").len(), 2);
        assert_eq!(
            key(&both, json!({ "event_type_ids": [deal.sale] })).get(&own.path, 404)["code"],
            "not_found"
        );

        let (reads, reverses) =
            (key(&["actions:read"], json!({})), key(&["reversals:write"], json!({})));
        reads.get(&all.path, 200);
        for caller in [&reads, &reverses] {
            let refused = send(caller, NDJSON, "", order(&deal, "A-3").to_string().as_bytes());
            assert_eq!((refused.status, &refused.json()["code"]), (403, &"scope_missing".into()));
        }
    });
}

#[test]
fn an_import_is_cancelled_watched_and_sent_again() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let file = format!("{}\n{}\n", order(&deal, "A-1"), order(&deal, "A-2"));
        let kind = [("Content-Type", NDJSON), ("Idempotency-Key", "once")];
        let post = || deal.acme.send("POST", "/v1/action-imports", &kind, file.as_bytes());
        let answer = post();
        assert_eq!(answer.status, 202, "{}", answer.text);
        let path = answer.header("Location").to_string();
        assert_eq!(path, format!("/v1/action-imports/{}", id(&answer.json())));
        assert_eq!(post().header("Idempotency-Replayed"), "true");
        let cancel = format!("{path}/cancel");
        deal.crow.post(&cancel, json!({}), 404);
        let over = deal.acme.post(&cancel, json!({}), 200);
        assert_eq!(over["status"], "cancelled");
        assert_eq!(deal.acme.post(&cancel, json!({}), 409)["code"], "import_over");
        let results = deal.acme.send("GET", &format!("{path}/results.csv"), &[], b"").text;
        assert!(results.lines().nth(2).unwrap().starts_with("2,not_done,"), "{results}");

        use std::io::BufRead;
        let told: Vec<String> =
            deal.acme.listen(&format!("{path}/events")).lines().map(|line| line.unwrap()).collect();
        assert!(told.contains(&"event: cancelled".to_string()), "{told:?}");
        let data = told.iter().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!((&data["id"], &data["status"]), (&over["id"], &"cancelled".into()));

        // It did not run: the same file is no repetition.
        let kind = [("Content-Type", NDJSON)];
        let again = deal.acme.send("POST", "/v1/action-imports", &kind, file.as_bytes());
        assert_eq!(again.json()["duplicate_of"], Value::Null);
    });
}

#[test]
fn what_was_rejected_is_mended_and_sent_again() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let partner = deal.bolt.company_id();
        let file = format!(
            "order_id;occurred_at;amount;partner_company_id;note\r\n\
             A-1;2026-03-09 10:00;10.00;{partner};\"a \"\"b\"\"; c\"\r\n\
             A-2;09.03.2026 10:00;20,00;{partner};=x\r\n\
             A-3;2026-03-09 10:00;30.00;{partner};\r\n",
        );
        let import = sent(&deal.acme, CSV, "?event_type_id=SALE", &file);
        assert_eq!(
            import.told(),
            ["applied", "rejected bad_format", "applied"],
            "{:?}",
            import.lines
        );
        let message = import.message(1);
        assert!(message.contains("occurred_at") && message.contains("amount: "), "{message}");
        let results = import.table(&deal.acme, "results.csv");
        let header = "line;outcome;code;message;warnings;matched_action_id;order_id;occurred_at;";
        assert!(results.starts_with(header), "{results}");
        assert!(results.contains("2;applied;;;;act_"), "{results}");
        let rejected = import.table(&deal.acme, "rejected.csv");
        let header = "order_id;occurred_at;amount;partner_company_id;note;error_code;error_message";
        assert_eq!(rejected.lines().next(), Some(header));
        assert!(rejected.contains(";=x;bad_format;"), "{rejected}");
        let mended = rejected.replace("09.03.2026", "2026-03-09").replace("20,00", "20.00");
        let again = sent(&deal.acme, CSV, "?event_type_id=SALE", &mended);
        assert_eq!(again.told(), ["applied"], "{:?}", again.lines);

        // JSON lines come back as a table, whatever is in them.
        let items = json!([{ "sku": "A, \"B\"", "quantity": 1, "amount": "5.00" }]);
        let report = super::and(
            order(&deal, "A-4"),
            json!({
                "amount": null, "items": items, "sub_ids": { "campaign": "x" }, "currency": "USD",
            }),
        );
        let import = imported(&deal.acme, "", &[report]);
        assert_eq!(import.told(), ["rejected currency_mismatch"], "{:?}", import.lines);
        let mended = import.table(&deal.acme, "rejected.csv").replace("USD", "EUR");
        let again = sent(&deal.acme, CSV, "", &mended);
        assert_eq!(again.told(), ["applied"], "{mended} {:?}", again.lines);
        let action = again.lines[0]["action_id"].as_str().unwrap();
        let action = deal.acme.get(&format!("/v1/actions/{action}"), 200);
        assert_eq!(action["items"][0]["sku"], "A, \"B\"");
        assert_eq!(action["sub_ids"], json!({ "campaign": "x" }));
        adds_up(world);
    });
}

#[test]
fn an_import_waits_for_its_end_as_long_as_is_asked_for() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let answer = send(&deal.acme, NDJSON, "", order(&deal, "A-1").to_string().as_bytes());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("Preference-Applied"), "wait", "{:?}", answer.headers);
        assert_eq!(ended(&deal.acme, answer.json()).told(), ["applied"]);
    });
}
