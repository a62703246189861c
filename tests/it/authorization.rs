//! Who may do what: every operation of the document, by every kind of caller.
//!
//! The table is written by hand and is not renewed by any switch: a line in it is a decision.

use std::collections::{BTreeMap, BTreeSet};

use entente::access::{PUBLIC, Role, VerbRow};
use entente::app;
use entente::kernel::delegation::Delegates;
use serde_json::{Value, json};

use crate::authorization_table::WHO_MAY;
use crate::cast::delegates::{acting, together};
use crate::cast::http::Caller;
use crate::cast::scene::{GRANT, Scene};
use crate::cast::world::{World, in_a_world};
use crate::docs::sources;
use crate::openapi::operations;

/// The callers, in the order of the table's columns. Acme is the brand whose things are named; Bolt
/// is its partner; Crow is a stranger. The keys are Acme's: one with every scope, one with none that
/// helps, and one with every scope for another program than the one that is named. The last two act for
/// Acme: somebody of an agency that is granted all of it, and somebody of Bolt's who is granted what is
/// between the two.
const CALLERS: [&str; 13] = [
    "nobody",
    "crow",
    "bolt",
    "viewer",
    "member",
    "manager",
    "admin",
    "owner",
    "key",
    "weak key",
    "limited key",
    "delegate",
    "delegate of the pair",
];

/// The caller may; what then becomes of the request is another matter.
const OK: u16 = 200;

#[test]
fn every_operation_says_who_may() {
    let listed: BTreeSet<&str> = WHO_MAY.iter().map(|(operation, _)| *operation).collect();
    let document = app::document();
    let all = operations(&document);
    let mounted: BTreeSet<&str> =
        all.iter().filter_map(|(_, _, operation)| operation["operationId"].as_str()).collect();
    assert_eq!(listed, mounted, "left: the table; right: the document");
    assert_eq!(listed.len(), WHO_MAY.len(), "an operation is listed twice");
}

#[test]
fn everybody_may_what_the_table_says_and_nothing_else() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let callers = callers(world, &scene);
        // What is deleted is gone for the next caller: each has one of its own.
        let spares: Vec<String> = callers.iter().map(|_| scene.spare_endpoint(world)).collect();
        let files: Vec<String> = callers.iter().map(|_| scene.spare_attachment()).collect();
        let document = app::document();
        let mut wrong = Vec::new();
        let mut all = operations(&document);
        // Whoever signs out is gone for the rest.
        all.sort_by_key(|(_, _, operation)| operation["operationId"] == "end_session");
        for (method, path, operation) in all {
            let name = operation["operationId"].as_str().unwrap();
            let listed = WHO_MAY.iter().find(|(listed, _)| *listed == name);
            let expected = listed.map_or([0; 13], |(_, statuses)| *statuses);
            let body = example(&operation);
            let path = scene.path(&path);
            let spares = spares.iter().zip(&files);
            let own = callers.iter().zip(spares).map(|(caller, (endpoint, file))| {
                let path = match name {
                    "delete_webhook_endpoint" => endpoint,
                    "delete_attachment" => file,
                    _ => &path,
                };
                class(caller, name, &method, path, &body)
            });
            let found: Vec<u16> = own.collect();
            if found != expected {
                wrong.push(format!("    (\"{name}\", {found:?}),"));
            }
        }
        assert!(wrong.is_empty(), "for {CALLERS:?} it is\n{}", wrong.join("\n"));
    });
}

#[test]
fn a_foreign_id_is_answered_exactly_like_an_unknown_one() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let crow = world.company("Crow", "brand");
        let document = app::document();
        for (method, path, operation) in operations(&document) {
            if !path.contains("{id}") {
                continue;
            }
            let body = example(&operation);
            let foreign = told(&crow, &method, &scene.path(&path), &body);
            let unknown = told(&crow, &method, &unknown(&operation, &path), &body);
            assert_eq!(foreign, unknown, "{method} {path}");
            assert_eq!(foreign.0, 404, "{method} {path}");
        }
    });
}

/// Status and problem of a request, without what differs between any two requests.
fn told(caller: &Caller, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let headers = [("Content-Type", "application/json")];
    let answer = caller.send(method, path, &headers, body.to_string().as_bytes());
    let mut problem = answer.json();
    problem.as_object_mut().map(|fields| fields.remove("request_id"));
    (answer.status, problem)
}

/// The path with an id that is well-formed and belongs to nothing.
fn unknown(operation: &Value, path: &str) -> String {
    let parameters = operation["parameters"].as_array().expect("parameters");
    let id = parameters.iter().find(|parameter| parameter["in"] == "path").expect("an id");
    let example = id["schema"]["examples"][0].as_str().expect("an example of an id");
    path.replace("{id}", example).replace("{grant}", GRANT)
}

/// The example of an operation's body.
pub fn example(operation: &Value) -> Value {
    let body = operation.pointer("/requestBody/content/application~1json/example");
    body.cloned().unwrap_or_else(|| json!({}))
}

/// Commands that would change the callers themselves: they are meant for a version that there never
/// was, which only those are told who may.
pub const FOR_NO_VERSION: &[&str] =
    &["suspend_company", "deactivate_company", "reactivate_company", "end_partnership"];

/// 401, 403 and 404 as they are; everything else means that the caller was let in.
fn class(caller: &Caller, name: &str, method: &str, path: &str, body: &Value) -> u16 {
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(FOR_NO_VERSION.contains(&name).then_some(("If-Match", "\"0\"")));
    let sent = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
    let answer = caller.send(method, path, &headers, &sent);
    assert!(answer.status < 500, "{method} {path} answered {}", answer.text);
    match answer.status {
        refused @ (401 | 403 | 404) => refused,
        _ => OK,
    }
}

fn callers(world: &World, scene: &Scene) -> Vec<Caller> {
    let crow = world.company("Crow", "brand");
    let mut callers = vec![world.nobody(), crow, scene.bolt.clone()];
    for role in ["viewer", "member", "manager", "admin"] {
        callers.push(world.colleague(&scene.acme, role));
    }
    callers.push(world.again(&scene.acme));
    let every: Vec<&str> = entente::access::Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let other = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
    let other = scene.acme.post("/v1/programs", other, 201)["id"].clone();
    for (scopes, programs) in [
        (every.clone(), Value::Null),
        (vec!["companies:read"], Value::Null),
        (every, json!([other])),
    ] {
        let key = json!({ "name": "Key", "scopes": scopes, "program_ids": programs });
        callers.push(world.caller(&scene.acme.post("/v1/api-keys", key, 201)));
    }
    let agency = world.company("Dawn", "agency");
    together(&scene.acme, &agency);
    callers.push(acting(world, &agency, &scene.acme, "company"));
    let partner = world.colleague(&scene.bolt, "manager");
    callers.push(acting(world, &partner, &scene.acme, "relationship"));
    callers
}

/// Whoever may make a key may do himself whatever a key can be good for.
#[test]
fn no_key_exceeds_whoever_may_make_it() {
    let all = app::verbs();
    let verbs = || all.iter().flat_map(|(_, verbs)| verbs.iter());
    let (_, maker, ..) = verbs().find(|row| row.0 == "CreateKey").expect("somebody makes keys");
    let open: Vec<_> = verbs().filter(|row| row.2.is_some()).collect();
    assert!(open.len() > 15, "{open:?}");
    let above: Vec<_> = open.into_iter().filter(|row| row.1 > *maker).collect();
    assert!(above.is_empty(), "a key may what its maker may not: {above:?}");
}

/// Whoever acts for another company is a manager there, and never more; and no batch, no file and nobody
/// else's secret is for him.
#[test]
fn nothing_above_a_manager_is_open_to_delegates() {
    let verbs = || app::verbs().into_iter().flat_map(|(_, verbs)| verbs);
    let open = verbs().filter(|row| row.4 != Delegates::Never);
    let above: Vec<_> = open.filter(|row| row.1 > Role::Manager).collect();
    assert!(above.is_empty(), "{above:?}");
    // What changes something reaches beyond the pair: within it everything is in conflict.
    let (keeps, writes) =
        (|row: &&&VerbRow| row.4 == Delegates::Relationship, |row: &&VerbRow| row.3);
    let within: Vec<_> = verbs().filter(|row| writes(row) && keeps(&row)).collect();
    assert!(within.is_empty(), "{within:?}");
    let document = app::document();
    for (method, path, operation) in operations(&document) {
        let content = operation["responses"]["200"]["content"].as_object();
        let kinds: Vec<&String> = content.into_iter().flat_map(|content| content.keys()).collect();
        let private = path.starts_with("/v1/") && !PUBLIC.contains(&path.as_str());
        if private && kinds.iter().any(|kind| kind.contains("csv")) {
            assert_eq!(operation["x-delegated"], "never", "{method} {path} is an export");
        }
    }
}

#[test]
fn the_policy_knows_every_verb() {
    let known: Vec<String> = app::verbs()
        .into_iter()
        .flat_map(|(feature, verbs)| verbs.iter().map(move |row| format!("{feature}.{}", row.0)))
        .collect();
    let distinct: BTreeSet<String> = known.iter().cloned().collect();
    assert_eq!(distinct.len(), known.len(), "a verb is printed twice");
    let mut declared = BTreeSet::new();
    for (file, text) in sources().iter().filter(|(file, _)| file != "access/actor.rs") {
        let feature = file.split('/').next().unwrap();
        for list in text.split("\ncrate::verbs! {").skip(1) {
            let list = list.split("\n}").next().unwrap();
            let lines = list.lines().map(str::trim).filter(|line| line.ends_with(';'));
            let verbs = lines.filter_map(|line| line.split_once(": ")).map(|(verb, _)| verb);
            declared.extend(verbs.map(|verb| format!("{feature}.{verb}")));
        }
    }
    assert_eq!(distinct, declared, "left: app::verbs(); right: the sources");
}

/// Whoever makes a key may do all that a key can: none is more than its maker.
#[test]
fn no_scope_opens_what_the_maker_of_a_key_may_not() {
    let verbs = || app::verbs().into_iter().flat_map(|(_, verbs)| verbs);
    let (_, maker, ..) = verbs().find(|row| row.0 == "CreateKey").expect("keys are made");
    let beyond: Vec<_> =
        verbs().filter(|(_, role, scope, ..)| scope.is_some() && role > maker).collect();
    assert!(beyond.is_empty(), "{beyond:?}");
    let opened: BTreeSet<_> = verbs().filter_map(|(_, _, scope, ..)| *scope).collect();
    assert_eq!(opened, BTreeSet::from_iter(entente::access::Scope::ALL.iter().copied()));
}

#[test]
fn the_policy_is_the_one_that_was_read_and_agreed() {
    let mut lines = BTreeMap::new();
    for (feature, verbs) in app::verbs() {
        for (verb, role, scope, writes, delegates) in verbs {
            let scope = scope.map_or("people only".to_string(), |scope| scope.to_string());
            let kind = if *writes { "writes" } else { "reads" };
            lines.insert(
                format!("{feature}.{verb}"),
                format!(
                    "{:<34} {:<8} {scope:<20} {kind:<7} {delegates}",
                    format!("{feature}.{verb}"),
                    role.as_str()
                ),
            );
        }
    }
    let printed: String =
        lines.into_values().map(|line| line.trim_end().to_string() + "\n").collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/policy.txt");
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(path, &printed).expect("the policy is written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, printed, "read the change, then: UPDATE=1 cargo test");
}
