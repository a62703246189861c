//! Attribution run again over a period: first to see, then to do.

use std::time::Duration;

use entente::access::Scope;
use entente::actions::jobs::lock_due;
use entente::db::{Limits, Pool};
use entente::kernel::id::ReprocessingId;
use entente::reprocessings::runner::Runner;
use entente::reprocessings::store::results;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::verify::differences;
use crate::cast::deal::{Deal, id, meddle, run, shown, told, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::rival::{code, dawn, ordered, owner};
use crate::cast::world::{World, in_a_world, in_a_world_with};

const NO_JOBS: &[&str] = &["--no-jobs"];
const MOMENT: &str = "2026-03-09T10:00:00Z";

/// All of the deal's program in March.
fn march(deal: &Deal) -> Value {
    json!({
        "program_id": deal.program, "mode": "dry_run",
        "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
    })
}

fn started(caller: &Caller, body: Value) -> String {
    let answer = caller.call("POST", "/v1/reprocessings", &[], &body, 202);
    let path = format!("/v1/reprocessings/{}", id(&answer.json()));
    assert_eq!(answer.header("Location"), path);
    path
}

/// Works off whatever waits, by chunks of so many.
fn work(world: &World, chunk: i64) {
    let done = run(world, async |pool| {
        let lease = SignedDuration::from_secs(10);
        let runner = Runner::new(pool.clone(), world.clock.clone(), lease).by_chunks_of(chunk);
        while runner.run_one().await? {}
        Ok::<(), entente::error::Error>(())
    });
    done.expect("it is worked off");
}

/// The same selection, applied after its dry run.
fn apply(deal: &Deal, mut body: Value, dry_run: &str) -> String {
    body["mode"] = json!("apply");
    body["dry_run_id"] = json!(dry_run.rsplit('/').next().unwrap());
    started(&deal.acme, body)
}

fn assign(deal: &Deal, path: &str, partner: &Caller, from: &str) {
    let body = json!({ "partner_company_id": partner.company_id(), "from": from });
    deal.acme.post(&format!("{path}/assign"), body, 200);
}

/// `order outcome code before>after` of each, in the order of orders.
fn told_results(deal: &Deal, path: &str) -> Vec<String> {
    let all = deal.acme.all(&format!("{path}/results?limit=2"));
    let mut lines: Vec<String> = all
        .iter()
        .map(|one| {
            let word = |field: &str| one[field].as_str().unwrap_or("-");
            let amount = |field: &str| one[field]["amount"].as_str().unwrap();
            let (before, after) = (amount("payout_before"), amount("payout_after"));
            let moves = one["from_partner_company_id"] != one["to_partner_company_id"];
            let outcome = word("outcome");
            assert_eq!(moves, outcome == "reattributed", "{one}");
            format!("{} {outcome} {} {before}>{after}", word("order_id"), word("code"))
        })
        .collect();
    lines.sort();
    lines
}

/// A code that was Bolt's and is Dawn's from the fifth on, with an order of everything.
fn confused(world: &World, deal: &Deal) -> Caller {
    let dawn = dawn(world, deal);
    let path = code(deal, "SAVE10", &deal.bolt);
    let gone = code(deal, "GONE", &deal.bolt);
    ordered(deal, "A-before", "SAVE10", "2026-03-04T23:59:59Z");
    ordered(deal, "B-after", "save10", "2026-03-05T00:00:00Z");
    let held = ordered(deal, "C-reversed", "SAVE10", MOMENT);
    deal.acme.post(&format!("{held}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
    deal.tracked("D-named");
    ordered(deal, "E-unknown", "GONE", MOMENT);
    ordered(deal, "F-february", "SAVE10", "2026-02-28T23:59:59Z");
    let approved = ordered(deal, "G-approved", "SAVE10", MOMENT);
    deal.acme.post(&format!("{approved}/approve"), json!({}), 200);
    assign(deal, &path, &dawn, "2026-03-05T00:00:00Z");
    // What was never given to anybody then: its window is told anew behind the scenes.
    let id = crate::cast::deal::literal(world, gone.rsplit('/').next().unwrap());
    let at = crate::cast::deal::at("2026-03-10T00:00:00Z").micros();
    let at = if world.database_url.starts_with("sqlite://") {
        at.to_string()
    } else {
        "'2026-03-10T00:00:00Z'".to_string()
    };
    let sql = format!("UPDATE referral_codes SET valid_from = {at} WHERE id = {id}");
    meddle(world, &sql);
    dawn
}

const EXPECTED: &[&str] = &[
    "A-before unchanged - 7.50>7.50",
    "B-after reattributed - 7.50>20.00",
    "C-reversed reattributed - 0.00>20.00",
    "D-named unchanged - 7.50>7.50",
    "E-unknown rejected unknown_code 7.50>7.50",
    "G-approved reattributed - 7.50>20.00",
];

#[test]
fn a_dry_run_changes_nothing_and_foretells_what_applying_does() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = confused(world, &deal);
        let before = deal.acme.all("/v1/actions");
        let dry = started(&deal.acme, march(&deal));
        let waiting = deal.acme.get(&dry, 200);
        assert_eq!(
            (&waiting["status"], &waiting["counts"]["total"]),
            (&json!("received"), &Value::Null)
        );
        work(world, 2);
        let done = deal.acme.get(&dry, 200);
        assert_eq!(done["status"], "completed");
        let counts = json!({
            "total": 6, "reattributed": 3, "unchanged": 2, "skipped": 0, "rejected": 1,
        });
        assert_eq!(done["counts"], counts);
        assert_eq!(told_results(&deal, &dry), EXPECTED);
        assert_eq!(deal.acme.all("/v1/actions"), before, "nothing has changed");
        assert!(dawn.all("/v1/actions").is_empty());

        let applied = apply(&deal, march(&deal), &dry);
        work(world, 2);
        assert_eq!(deal.acme.get(&applied, 200)["counts"], counts);
        assert_eq!(deal.acme.get(&applied, 200)["dry_run_id"], json!(id(&done)));
        assert_eq!(told_results(&deal, &applied), EXPECTED);
        let rejected = deal.acme.all(&format!("{applied}/results?outcome=rejected"));
        assert_eq!((rejected.len(), &rejected[0]["code"]), (1, &json!("unknown_code")));
        let moved = deal.acme.all(&format!("{applied}/results?outcome=reattributed&limit=1"));
        assert_eq!(moved.len(), 3);
        assert!(moved.iter().all(|one| one["to_partner_company_id"] == dawn.company_id()));
        let file = deal.acme.send("GET", &format!("{applied}/results.csv"), &[], b"");
        assert_eq!(file.text.lines().count(), 7);
        assert!(file.text.starts_with("action_id,order_id,outcome,code,from_partner_company_id,"));
        assert!(file.text.contains(",B-after,reattributed,,"));

        // The actions, their ledgers and feeds are those of single reattributions.
        assert_eq!(dawn.all("/v1/actions").len(), 3);
        let theirs = dawn.all("/v1/actions");
        assert!(
            theirs.iter().all(|one| one["attributed_by"] == "code" && one["state"] == "pending")
        );
        let lost = shown(3, || {
            let feed = deal.bolt.all("/v1/action-updates");
            feed.into_iter().filter(|one| one["command"] == "reattribute").collect()
        });
        assert_eq!(lost.len(), 3);
        assert_eq!(told(&dawn, 3).len(), 3);
        assert_eq!(differences(world), Vec::<String>::new());

        let meddled = "UPDATE reprocessings SET unchanged = unchanged";
        meddle(world, &format!("{meddled} + 1"));
        let found = differences(world);
        assert!(found.iter().any(|one| one.contains("unchanged is 3")), "{found:?}");
        meddle(world, &format!("{meddled} - 1"));
        assert_eq!(differences(world), Vec::<String>::new());

        // Once it is done, there is nothing more to do.
        let again = apply(&deal, march(&deal), &dry);
        work(world, 100);
        assert_eq!(deal.acme.get(&again, 200)["counts"]["reattributed"], 0);
        let kinds = told_of("reprocessing.", &deal.acme, 9);
        let kinds: Vec<&str> = kinds.iter().map(|one| one["type"].as_str().unwrap()).collect();
        let one = ["reprocessing.received", "reprocessing.started", "reprocessing.completed"];
        assert_eq!(kinds, [one, one, one].concat());
        assert!(told_of("reprocessing.", &deal.bolt, 0).is_empty());
    });
}

#[test]
fn a_server_works_off_what_is_started() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let dawn = confused(world, &deal);
        let until = |path: &str| {
            let began = std::time::Instant::now();
            loop {
                let row = deal.acme.get(path, 200);
                if row["status"] == "completed" {
                    return row;
                }
                assert!(began.elapsed() < Duration::from_secs(60), "it stands still: {row}");
            }
        };
        let mut body = march(&deal);
        body["partner_company_id"] = json!(deal.bolt.company_id());
        body["event_type_id"] = json!(deal.sale);
        let dry = started(&deal.acme, body.clone());
        until(&dry);
        let done = until(&apply(&deal, body, &dry));
        assert_eq!(done["counts"]["reattributed"], 3);
        assert_eq!(dawn.all("/v1/actions").len(), 3);
        let mut none = march(&deal);
        none["event_type_id"] = json!(deal.lead);
        assert_eq!(until(&started(&deal.acme, none))["counts"]["total"], 0);
        let mut hers = march(&deal);
        hers["partner_company_id"] = json!(dawn.company_id());
        assert_eq!(until(&started(&deal.acme, hers))["counts"]["unchanged"], 3);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_is_closed_is_skipped_and_what_a_rule_refuses_is_rejected() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = code(&deal, "SAVE10", &deal.bolt);
        ordered(&deal, "A-locked", "SAVE10", MOMENT);
        let held = ordered(&deal, "B-held", "SAVE10", MOMENT);
        deal.acme.post(&format!("{held}/hold"), json!({ "reason": "why" }), 200);
        world.travel("2026-03-24T23:00:05Z");
        run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
        ordered(&deal, "C-open", "SAVE10", "2026-03-24T10:00:00Z");
        assign(&deal, &path, &dawn, "2026-03-01T00:00:00Z");
        let dry = started(&deal.acme, march(&deal));
        work(world, 100);
        let applied = apply(&deal, march(&deal), &dry);
        work(world, 100);
        for path in [dry, applied] {
            assert_eq!(
                told_results(&deal, &path),
                [
                    "A-locked skipped action_locked 7.50>7.50",
                    "B-held rejected action_held 7.50>7.50",
                    "C-open reattributed - 7.50>20.00",
                ]
            );
        }
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn other_terms_of_the_same_partner_count_from_then_on() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.acme.post(&format!("{path}/approve"), json!({}), 200);
        // A second contract that reaches back, by which the partner earns more.
        let owner = owner(world);
        owner.post(&format!("/v1/contracts/{}/end", deal.contract), json!({}), 200);
        let login = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
        let bolt = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        crate::cast::deal::contract(
            &owner,
            &bolt,
            &deal.program,
            (&deal.sale, &deal.lead),
            json!({
                "payouts": [{ "event_type_id": deal.sale, "percent": "9" }], "starts_on": "2026-02-01",
            }),
        );
        let dry = started(&deal.acme, march(&deal));
        work(world, 100);
        let applied = apply(&deal, march(&deal), &dry);
        work(world, 100);
        assert_eq!(deal.acme.get(&applied, 200)["counts"]["reattributed"], 1);
        let action = deal.bolt.get(&path, 200);
        assert_eq!((&action["state"], &action["version"]), (&json!("pending"), &json!(3)));
        assert_eq!(action["payout"]["amount"], "9.00");
        let entries = deal.bolt.all(&format!("{path}/updates"));
        assert_eq!(
            (&entries[2]["payout_delta"]["amount"], &entries[2]["reason"]),
            (&json!("1.50"), &Value::Null)
        );
        assert_eq!(told(&deal.bolt, 3).len(), 3);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn only_a_fresh_dry_run_of_the_same_is_applied() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dry = started(&deal.acme, march(&deal));
        let mut body = march(&deal);
        body["mode"] = json!("apply");
        let told = |body: &Value| faults(&deal.acme.post("/v1/reprocessings", body.clone(), 422));
        assert_eq!(told(&body), ["/dry_run_id missing_field"]);
        body["dry_run_id"] = json!("rpr_01k5h2v7xnf8rtq3m9bcw4ze6a");
        assert_eq!(told(&body), ["/dry_run_id unknown_dry_run"]);
        let mut wrong = march(&deal);
        wrong["dry_run_id"] = json!(dry.rsplit('/').next().unwrap());
        wrong["occurred_before"] = wrong["occurred_after"].clone();
        wrong["program_id"] = json!("prg_01k5h2v7xnf8rtq3m9bcw4ze6a");
        wrong["event_type_id"] = json!(deal.sale);
        assert_eq!(
            told(&wrong),
            [
                "/dry_run_id conflicting_fields",
                "/event_type_id unknown_event_type",
                "/occurred_before out_of_range",
                "/program_id unknown_program",
            ]
        );
        body["dry_run_id"] = json!(dry.rsplit('/').next().unwrap());
        let refused = |body: &Value| {
            let problem = deal.acme.post("/v1/reprocessings", body.clone(), 409);
            problem["code"].as_str().unwrap().to_string()
        };
        assert_eq!(refused(&body), "dry_run_not_completed");
        work(world, 100);
        let mut other = body.clone();
        other["event_type_id"] = json!(deal.sale);
        assert_eq!(refused(&other), "dry_run_differs");
        let applied = started(&deal.acme, body.clone());
        let mut twice = body.clone();
        twice["dry_run_id"] = json!(applied.rsplit('/').next().unwrap());
        assert_eq!(refused(&twice), "dry_run_differs");
        world.travel("2026-03-11T12:00:00Z");
        started(&deal.acme, body.clone());
        world.travel("2026-03-11T12:00:00.000001Z");
        assert_eq!(refused(&body), "dry_run_too_old");
        let key = [("Idempotency-Key", "once")];
        let again =
            || id(&deal.acme.call("POST", "/v1/reprocessings", &key, &march(&deal), 202).json());
        assert_eq!(again(), again());
    });
}

#[test]
fn a_reprocessing_is_seen_by_the_brand_alone_and_within_limits() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = started(&deal.acme, march(&deal));
        for stranger in [&deal.bolt, &deal.crow, &dawn] {
            stranger.get(&path, 404);
            stranger.get(&format!("{path}/results"), 404);
            stranger.get(&format!("{path}/results.csv"), 404);
            stranger.post(&format!("{path}/cancel"), json!({}), 404);
            assert!(stranger.all("/v1/reprocessings").is_empty());
            let problem = stranger.post("/v1/reprocessings", march(&deal), 422);
            assert_eq!(faults(&problem), ["/program_id unknown_program"]);
        }
        let owner = owner(world);
        world.colleague(&owner, "member").post("/v1/reprocessings", march(&deal), 403);
        world.colleague(&owner, "viewer").get(&path, 200);
        let other = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let other = id(&owner.post("/v1/programs", other, 201));
        let scopes = [Scope::ActionsRead.as_str(), Scope::ActionsWrite.as_str()];
        let limited = |limit: &str, only: &str| {
            let key = json!({ "name": "Some", "scopes": scopes, limit: [only] });
            world.caller(&owner.post("/v1/api-keys", key, 201))
        };
        let (own, foreign) =
            (limited("program_ids", &deal.program), limited("program_ids", &other));
        own.get(&path, 200);
        foreign.get(&path, 404);
        foreign.post("/v1/reprocessings", march(&deal), 422);
        let sales = limited("event_type_ids", &deal.sale);
        sales.get(&path, 404);
        let problem = sales.post("/v1/reprocessings", march(&deal), 422);
        assert_eq!(faults(&problem), ["/event_type_id missing_field"]);
        let mut body = march(&deal);
        body["event_type_id"] = json!(deal.lead);
        let problem = sales.post("/v1/reprocessings", body.clone(), 422);
        assert_eq!(faults(&problem), ["/event_type_id unknown_event_type"]);
        body["event_type_id"] = json!(deal.sale);
        let narrow = started(&sales, body);
        sales.get(&narrow, 200);
        let seen = |caller: &Caller| caller.all("/v1/reprocessings?limit=1").len();
        assert_eq!((seen(&sales), seen(&own), seen(&foreign), seen(&deal.acme)), (1, 2, 0, 2));
    });
}

#[test]
fn a_cancelled_one_keeps_what_was_done_and_does_no_more() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        confused(world, &deal);
        let dry = started(&deal.acme, march(&deal));
        let cancelled = deal.acme.post(&format!("{dry}/cancel"), json!({}), 200);
        assert_eq!(
            (&cancelled["status"], &cancelled["counts"]["total"]),
            (&json!("cancelled"), &Value::Null)
        );
        work(world, 2);
        assert!(deal.acme.all(&format!("{dry}/results")).is_empty());
        let problem = deal.acme.post(&format!("{dry}/cancel"), json!({}), 409);
        assert_eq!(problem["code"], "reprocessing_over");
        let mut body = march(&deal);
        body["mode"] = json!("apply");
        body["dry_run_id"] = json!(id(&cancelled));
        let problem = deal.acme.post("/v1/reprocessings", body, 409);
        assert_eq!(problem["code"], "dry_run_not_completed");

        let dry = started(&deal.acme, march(&deal));
        work(world, 2);
        let applied = apply(&deal, march(&deal), &dry);
        stopped_after_a_step(world, &applied);
        let halfway = deal.acme.post(&format!("{applied}/cancel"), json!({}), 200);
        let results = deal.acme.all(&format!("{applied}/results")).len();
        assert!((1..6).contains(&results), "{results}");
        assert_eq!(halfway["status"], "cancelled");
        world.travel("2026-03-10T12:01:00Z");
        work(world, 2);
        assert_eq!(deal.acme.all(&format!("{applied}/results")).len(), results);
        let kinds = told_of("reprocessing.", &deal.acme, 8);
        assert_eq!(kinds.last().unwrap()["type"], "reprocessing.cancelled");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

/// Works on what waits by chunks of one action, and dies as soon as one is done.
fn stopped_after_a_step(world: &World, path: &str) {
    let reprocessing: ReprocessingId = path.rsplit('/').next().unwrap().parse().expect("an id");
    let url = world.database_url.parse().expect("a URL");
    // A lane of its own, so that one knows when its last transaction is over.
    let pool = Pool::open(&url, Limits { connections: 1, waiting: 16 }).expect("a pool");
    actix_web::rt::System::new().block_on(async {
        let lease = SignedDuration::from_secs(10);
        let runner = Runner::new(pool.clone(), world.clock.clone(), lease).by_chunks_of(1);
        let step_done = async {
            loop {
                let look =
                    move |db: &mut entente::db::Db| results(db, reprocessing, None, None, 10);
                if !pool.read(look).await.expect("results").rows.is_empty() {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            () = step_done => {}
            done = runner.run_one() => panic!("it was done before it died: {done:?}"),
        }
        drop(runner);
        // The transaction in flight may still commit; this one is behind it.
        pool.write(|_| Ok(())).await.expect("a write");
    });
}

#[test]
fn it_goes_on_where_a_dead_worker_left_it_and_does_nothing_twice() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        confused(world, &deal);
        let dry = started(&deal.acme, march(&deal));
        work(world, 100);
        let applied = apply(&deal, march(&deal), &dry);
        stopped_after_a_step(world, &applied);
        let halfway = deal.acme.get(&applied, 200);
        assert_eq!(halfway["status"], "processing");
        work(world, 1);
        assert_eq!(deal.acme.get(&applied, 200), halfway, "the lease has not run out");
        world.travel("2026-03-10T12:00:11Z");
        work(world, 1);
        let done = deal.acme.get(&applied, 200);
        assert_eq!((&done["status"], &done["counts"]["total"]), (&json!("completed"), &json!(6)));
        assert_eq!(told_results(&deal, &applied), EXPECTED);
        for action in deal.acme.all("/v1/actions") {
            let updates = deal.acme.all(&format!("/v1/actions/{}/updates", id(&action)));
            let twice = updates.iter().filter(|one| one["command"] == "reattribute").count();
            assert!(twice == 0 || twice == 2, "one for each partner: {updates:?}");
        }
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn it_stops_once_whoever_started_it_may_no_longer() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        confused(world, &deal);
        let owner = owner(world);
        let key = json!({ "name": "Short", "scopes": ["actions:write", "actions:read"] });
        let key = owner.post("/v1/api-keys", key, 201);
        let dry = started(&world.caller(&key), march(&deal));
        owner.delete(&format!("/v1/api-keys/{}", id(&key)), 204);
        work(world, 2);
        let ended = deal.acme.get(&dry, 200);
        assert_eq!((&ended["status"], &ended["code"]), (&json!("cancelled"), &json!("forbidden")));
        assert_eq!(ended["counts"]["unchanged"], 0);
        assert!(ended["detail"].as_str().unwrap().contains("API key"));
    });
}
