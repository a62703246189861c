//! A company that is suspended reads, and still ends what the guide says; one that is deactivated is
//! let in nowhere.

use std::collections::BTreeSet;

use entente::access::{PUBLIC, Scope};
use entente::app;
use serde_json::{Value, json};

use crate::authorization::{FOR_NO_VERSION, example};
use crate::cast::deal::meddle;
use crate::cast::http::{Answer, Caller};
use crate::cast::scene::Scene;
use crate::cast::world::{World, in_a_world};
use crate::openapi::operations;

/// The operations of each verb, by the verb's line in the guide to security.
const OPERATIONS: &[(&str, &[&str])] = &[
    ("Seeing one's own company and the cards of its partners", &["list_companies", "get_company"]),
    (
        "Seeing what one's own company keeps about others",
        &["get_relation", "list_account_owners", "get_account_owner"],
    ),
    ("Downloading the list of companies", &["export_companies"]),
    (
        "Choosing who of one's own people looks after another company",
        &["assign_account_owner", "clear_account_owner"],
    ),
    ("Putting private labels on another company", &["set_company_tags"]),
    ("Reading notes about other companies", &["list_notes", "get_note"]),
    ("Writing notes about other companies", &["create_note", "update_note", "delete_note"]),
    (
        "Reading attachments of one's own company",
        &["get_attachment", "get_attachment_content", "link_attachment"],
    ),
    ("Uploading attachments", &["upload_attachment"]),
    ("Deleting attachments", &["delete_attachment"]),
    ("Seeing the logos of companies whose cards one sees", &["get_logo"]),
    ("Changing the logo of one's own company", &["put_logo", "delete_logo"]),
    ("Editing one's own company", &["update_company"]),
    ("Seeing a profile, without what is for the tax office", &["get_profile"]),
    // A part of `get_profile`, which shows it to whoever may.
    ("Seeing what a company says to the tax office", &[]),
    (
        "Editing the sections of a profile",
        &[
            "update_contact",
            "update_address",
            "update_tax",
            "update_promotional_methods",
            "update_settings",
        ],
    ),
    ("Seeing where one's own company is paid", &["get_payment"]),
    ("Saying where one's own company is paid", &["update_payment"]),
    ("Searching the directory of companies", &["search_directory"]),
    ("Seeing how the status of one's own company has changed, and why", &["list_status_changes"]),
    ("Suspending a company, one's own also while it is suspended", &["suspend_company"]),
    ("Deactivating one's own company, which a suspended one may too", &["deactivate_company"]),
    ("Reactivating a company, one's own whatever has become of it", &["reactivate_company"]),
    ("Reading what one is oneself", &["get_me"]),
    (
        "Changing oneself, which even a suspended company's people may",
        &["update_me", "change_password", "request_email_change"],
    ),
    (
        "Having a second factor, and seeing whether one has",
        &[
            "get_two_factor",
            "enrol_two_factor",
            "confirm_two_factor",
            "disable_two_factor",
            "renew_recovery_codes",
        ],
    ),
    ("Signing out", &["end_session"]),
    ("Seeing where one is signed in", &["list_sessions"]),
    ("Ending one's own sessions", &["revoke_session", "revoke_other_sessions"]),
    // A part of the two, where the sessions are somebody else's.
    ("Seeing and ending the sessions of members who are not above oneself", &[]),
    ("Going to another of one's companies", &["switch_company"]),
    ("Asking for a ticket by which a browser opens a stream", &["take_stream_ticket"]),
    ("Acting for another company that has granted it", &["sign_in_as"]),
    (
        "Seeing who acted for one's own company, and for whom one's own people did",
        &["list_delegated_sessions", "get_delegated_session"],
    ),
    // A part of `revoke_session`, where somebody acts for a company.
    ("Ending a session in which somebody acts for a company, which a suspended one may too", &[]),
    ("Seeing who belongs to the company", &["list_users", "get_membership"]),
    ("Giving members up to one's own role another one", &["update_membership"]),
    ("Leaving the company, which even a suspended company's people may", &["remove_membership"]),
    // A part of it, where the membership is somebody else's.
    ("Removing members up to one's own role, which a suspended company may too", &[]),
    ("Seeing who is invited to the company", &["list_invitations", "get_invitation"]),
    ("Inviting people to a role up to one's own", &["create_invitation", "resend_invitation"]),
    ("Revoking an invitation, which a suspended company may too", &["revoke_invitation"]),
    ("Seeing the company's keys, never their secrets", &["list_api_keys", "get_api_key"]),
    ("Making keys", &["create_api_key"]),
    (
        "Renaming keys, setting their end and renewing their secrets",
        &["update_api_key", "rotate_api_key"],
    ),
    ("Revoking a key, which a suspended company may too", &["revoke_api_key"]),
    ("Seeing the people of one's own company", &["list_people", "get_person"]),
    (
        "Entering and editing people, and noting that they leave or are back",
        &["create_person", "update_person", "leave_person", "return_person"],
    ),
    (
        "Seeing one's own partnerships",
        &[
            "list_partnerships",
            "get_partnership",
            "list_partnership_contacts",
            "list_partnership_history",
            "list_partnership_changes",
            "get_partnership_change",
            "list_partnership_grants",
        ],
    ),
    ("Seeing who manages a partnership for one's own side", &["list_partnership_managers"]),
    (
        "Choosing who manages a partnership for one's own side",
        &["add_partnership_managers", "remove_partnership_managers", "show_partnership_team"],
    ),
    (
        "Proposing to change a partnership, and taking that back",
        &[
            "propose_partnership_change",
            "withdraw_partnership_change",
            "update_partnership_change",
            "discard_partnership_change",
            "propose_partnership_change_draft",
        ],
    ),
    // A part of these and of their answers, where they are about grants.
    (
        "Granting another company something, and taking such a grant; beside offers, changes and their answers",
        &[],
    ),
    ("Taking a grant back, which a suspended company may too", &["revoke_partnership_grant"]),
    (
        "Marking a partnership as one's favourite",
        &["mark_favourite_partnership", "unmark_favourite_partnership"],
    ),
    (
        "Saying yes or no to a change of a partnership",
        &["accept_partnership_change", "decline_partnership_change"],
    ),
    ("Putting a partnership that is over out of one's own list", &["hide_partnership"]),
    ("Offering a partnership", &["offer_partnership"]),
    (
        "Seeing to which addresses one's own company has offered a partnership",
        &["list_partnership_invitations", "get_partnership_invitation"],
    ),
    (
        "Offering a partnership by a letter to an address; beside offers to companies",
        &["resend_partnership_invitation"],
    ),
    (
        "Receiving for one's own company what was offered by a letter",
        &["claim_partnership_invitation"],
    ),
    ("Saying yes or no to an offer", &["accept_partnership", "decline_partnership"]),
    ("Taking back an offer", &["withdraw_partnership"]),
    ("Taking back an offer to an address", &["withdraw_partnership_invitation"]),
    ("Ending a partnership, which a suspended company may too", &["end_partnership"]),
    (
        "Seeing programs and event types",
        &["list_programs", "get_program", "list_event_types", "get_event_type"],
    ),
    (
        "Making and editing programs and event types",
        &["create_program", "update_program", "create_event_type", "update_event_type"],
    ),
    // A part of `update_program`, which asks for it where the body has the limit.
    ("Setting up to what one person alone may make good", &[]),
    // Likewise.
    ("Setting from what size on a batch has to be confirmed", &[]),
    (
        "Seeing one's own contracts, and what an action would earn under them",
        &["list_contracts", "get_contract", "preview_contract"],
    ),
    (
        "Proposing a contract or new terms, and taking a proposal back",
        &["propose_contract", "propose_contract_version", "withdraw_contract"],
    ),
    ("Saying yes or no to a proposal", &["accept_contract", "decline_contract"]),
    ("Ending a contract", &["end_contract"]),
    ("Seeing coupon codes", &["list_referral_codes", "get_referral_code"]),
    (
        "Giving coupon codes to partners, and taking them back",
        &[
            "create_referral_code",
            "assign_referral_code",
            "deactivate_referral_code",
            "activate_referral_code",
        ],
    ),
    (
        "Seeing actions and their ledgers",
        &[
            "list_actions",
            "get_action",
            "list_action_updates",
            "follow_action_updates",
            "summarize_actions",
        ],
    ),
    ("Downloading actions and their ledgers", &["export_actions", "export_action_updates"]),
    (
        "Seeing what actions come to, by partner and by program",
        &["get_company_performance", "get_program_performance"],
    ),
    (
        "Downloading what actions come to",
        &["export_company_performance", "export_program_performance"],
    ),
    ("Reporting conversions", &["track_action", "track_actions"]),
    (
        "Deciding about an action",
        &[
            "approve_action",
            "reverse_action",
            "modify_action",
            "restore_action",
            "reset_action",
            "hold_action",
            "release_action",
        ],
    ),
    ("Crediting an action to another partner", &["reattribute_action"]),
    ("Learning which reasons there are", &["list_reasons"]),
    (
        "Seeing the adjustments of an action",
        &["list_adjustments", "list_all_adjustments", "get_adjustment"],
    ),
    ("Correcting what has locked", &["adjust_action"]),
    (
        "Approving or declining what another one has proposed",
        &["approve_adjustment", "decline_adjustment"],
    ),
    ("Seeing inquiries about actions", &["list_inquiries", "get_inquiry"]),
    ("Disputing an action, and taking that back", &["open_inquiry", "withdraw_inquiry"]),
    ("Saying yes or no to an inquiry", &["accept_inquiry", "decline_inquiry"]),
    (
        "Seeing reprocessings and what became of their actions",
        &["list_reprocessings", "get_reprocessing", "list_reprocessing_results"],
    ),
    ("Downloading what became of the actions of a reprocessing", &["get_reprocessing_results"]),
    (
        "Running attribution again over a period, and stopping that",
        &["start_reprocessing", "cancel_reprocessing"],
    ),
    (
        "Seeing batches and what became of their lines",
        &["list_reversals", "get_reversal", "watch_reversal", "list_reversal_lines"],
    ),
    (
        "Downloading what became of the lines of a batch",
        &["get_reversal_results", "get_reversal_rejected"],
    ),
    ("Submitting a batch", &["submit_reversal", "change_actions"]),
    ("Stopping a batch that has not ended", &["cancel_reversal"]),
    ("Confirming a batch that is beyond a guard", &["confirm_reversal"]),
    (
        "Seeing imports and what became of their lines",
        &[
            "list_action_imports",
            "get_action_import",
            "watch_action_import",
            "list_action_import_lines",
        ],
    ),
    (
        "Downloading what became of the lines of an import",
        &["get_action_import_results", "get_action_import_rejected"],
    ),
    ("Tracking in bulk", &["submit_action_import"]),
    ("Stopping an import that has not ended", &["cancel_action_import"]),
    ("Following what happens", &["list_events"]),
    ("Reading who did what, and from where", &["list_audit_entries", "export_audit_log"]),
    (
        "Seeing webhook endpoints and what was sent to them, never their secrets",
        &[
            "list_webhook_endpoints",
            "get_webhook_endpoint",
            "list_webhook_deliveries",
            "get_webhook_delivery",
        ],
    ),
    (
        "Making and editing webhook endpoints, trying them, and renewing their secrets",
        &[
            "create_webhook_endpoint",
            "update_webhook_endpoint",
            "rotate_webhook_secret",
            "test_webhook_endpoint",
        ],
    ),
    (
        "Deleting a webhook endpoint, which a suspended company may too",
        &["delete_webhook_endpoint"],
    ),
    ("Sending again what was sent", &["redeliver_webhooks", "redeliver_webhook_delivery"]),
    (
        "Seeing what one was told oneself, and noting that it was read",
        &[
            "list_notifications",
            "count_unread_notifications",
            "watch_notifications",
            "read_all_notifications",
            "read_notification",
        ],
    ),
    (
        "Choosing how one is told, which even a suspended company's people may",
        &["get_notification_preferences", "choose_notification_preferences"],
    ),
];

/// A line of the guide: the verb, the scope of a key, and what it is while suspended.
struct Told {
    verb: String,
    scope: String,
    while_suspended: String,
}

/// The guide's table of verbs.
fn guide() -> Vec<Told> {
    let guide = include_str!("../../../../docs/security.md");
    let table = guide.split("<!-- verbs -->").nth(1).and_then(|it| it.split("<!-- end -->").next());
    let rows = table.expect("a table").lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [verb, .., scope, _, while_suspended] = cells[..] else { panic!("{row}") };
        Told { verb: verb.into(), scope: scope.into(), while_suspended: while_suspended.into() }
    })
    .collect()
}

/// The operations that need a credential, the one that ends it last.
fn private() -> Vec<(String, String, Value)> {
    let document = app::document();
    let mut all = operations(&document);
    all.retain(|(_, path, _)| path.starts_with("/v1/") && !PUBLIC.contains(&path.as_str()));
    all.sort_by_key(|(_, _, operation)| operation["operationId"] == "end_session");
    all
}

/// The company's people and systems, none of whom was here before: nothing of them is remembered.
fn strangers_to_the_server(world: &World, scene: &Scene) -> [Caller; 2] {
    let every: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    let key = scene.acme.post("/v1/api-keys", json!({ "name": "Key", "scopes": every }), 201);
    [world.again(&scene.acme), world.caller(&key)]
}

/// Without a word: nothing comes of it but what the status itself makes.
fn becomes(world: &World, status: &str) {
    meddle(world, &format!("UPDATE companies SET status = '{status}' WHERE name = 'Acme'"));
}

fn knock(
    caller: &Caller,
    scene: &Scene,
    (method, path, operation): &(String, String, Value),
) -> Answer {
    let mut headers = vec![("Content-Type", "application/json")];
    let name = operation["operationId"].as_str().unwrap();
    headers.extend(FOR_NO_VERSION.contains(&name).then_some(("If-Match", "\"0\"")));
    let body = if method == "GET" { String::new() } else { example(operation).to_string() };
    caller.send(method, &scene.path(path), &headers, body.as_bytes())
}

/// The code of a problem; nothing of any other answer.
fn code_of(answer: &Answer) -> String {
    let problem = answer.header("Content-Type") == "application/problem+json";
    problem.then(|| answer.json()["code"].as_str().map(Into::into)).flatten().unwrap_or_default()
}

#[test]
fn every_operation_has_its_verb_in_the_guide() {
    let verbs: BTreeSet<_> = guide().into_iter().map(|told| told.verb).collect();
    let listed: BTreeSet<_> = OPERATIONS.iter().map(|(verb, _)| (*verb).to_string()).collect();
    assert_eq!(listed, verbs, "left: this table; right: docs/security.md");
    let listed: Vec<_> = OPERATIONS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let private = private();
    let mounted: BTreeSet<_> =
        private.iter().filter_map(|(_, _, operation)| operation["operationId"].as_str()).collect();
    assert_eq!(BTreeSet::from_iter(listed.iter().copied()), mounted);
    assert_eq!(listed.len(), mounted.len(), "an operation is listed twice");
}

#[test]
fn a_suspended_company_may_what_the_guide_says() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let [owner, key] = strangers_to_the_server(world, &scene);
        let spares = [scene.spare_endpoint(world), scene.spare_endpoint(world)];
        becomes(world, "suspended");
        let (guide, mut wrong) = (guide(), Vec::new());
        for operation in private() {
            let name = operation.2["operationId"].as_str().unwrap();
            let verb = OPERATIONS.iter().find(|(_, names)| names.contains(&name)).unwrap().0;
            let told = guide.iter().find(|told| told.verb == verb).unwrap();
            let suspended = told.while_suspended.as_str();
            let of_key = if told.scope == "no key" { "no key" } else { suspended };
            let both = [(&owner, suspended), (&key, of_key)];
            for ((caller, expected), spare) in both.into_iter().zip(&spares) {
                let answer = match name {
                    "delete_webhook_endpoint" => caller.send("DELETE", spare, &[], b""),
                    _ => knock(caller, &scene, &operation),
                };
                let found = match (answer.status, code_of(&answer).as_str()) {
                    (403, "company_suspended") => "refused",
                    (403, "key_not_allowed") => "no key",
                    (200..=299 | 409 | 412 | 422, _) => "allowed",
                    _ => &answer.text,
                };
                if found != expected {
                    wrong.push(format!("{name}: {expected} by the guide, and {found}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));

        // Others are not suspended with it, and it is not for ever.
        scene.bolt.patch("/v1/me", json!({ "name": "Still here" }), 200);
        let partner = format!("/v1/companies/{}", scene.bolt.company_id());
        scene.bolt.patch(&partner, json!({ "name": "Bolt & Co" }), 200);
        becomes(world, "active");
        let again = world.again(&scene.acme);
        again.post("/v1/api-keys", json!({ "name": "New", "scopes": ["events:read"] }), 201);
    });
}

#[test]
fn a_deactivated_company_is_let_in_nowhere() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let callers = strangers_to_the_server(world, &scene);
        let colleague = world.colleague(&scene.acme, "admin");
        let company = |verb: &str| format!("/v1/companies/{}/{verb}", scene.acme.company_id());
        let why = json!({ "reason": "We are done." });
        world.again(&scene.acme).post(&company("deactivate"), why.clone(), 200);
        for operation in private() {
            for caller in callers.iter().chain([&colleague]) {
                let answer = knock(caller, &scene, &operation);
                let code = answer.json()["code"].clone();
                assert_eq!((answer.status, code), (401, json!("unauthenticated")), "{operation:?}");
            }
        }
        scene.bolt.get("/v1/me", 200);

        // Its owner alone signs in, for what leads back.
        let login = |person: &Caller, status: u16| {
            let (email, company) = (person.email.as_deref(), scene.acme.company_id());
            let login = json!({ "email": email, "password": "correct horse battery", "company_id": company });
            world.nobody().post("/v1/auth/login", login, status)
        };
        assert_eq!(login(&colleague, 403)["code"], "company_deactivated");
        let begun = login(&scene.acme, 200);
        let owner = world.caller(&begun);
        let mut open = Vec::new();
        for operation in private() {
            let answer = knock(&owner, &scene, &operation);
            match (answer.status, code_of(&answer).as_str()) {
                (403, "company_deactivated") => {}
                _ => open.push(operation.2["operationId"].as_str().unwrap().to_string()),
            }
        }
        open.sort();
        let expected = [
            "change_password",
            "confirm_two_factor",
            "disable_two_factor",
            "end_session",
            "enrol_two_factor",
            "get_me",
            "get_two_factor",
            "list_sessions",
            "list_status_changes",
            "reactivate_company",
            "renew_recovery_codes",
            "request_email_change",
            "revoke_other_sessions",
            "revoke_session",
            "switch_company",
            "update_me",
        ];
        assert_eq!(open, expected);
        let again = json!({ "refresh_token": begun["refresh_token"] });
        world.nobody().post("/v1/auth/refresh", again, 401);

        let owner = world.caller(&login(&scene.acme, 200));
        owner.post(&company("reactivate"), why, 200);
        // Keys count again; whoever was signed out signs in anew.
        let [person, key] = &callers;
        key.get("/v1/me", 200);
        person.get("/v1/me", 401);
        world.again(&colleague).get("/v1/me", 200);
    });
}
