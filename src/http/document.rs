//! The OpenAPI document: collected from the handlers, finished in one pass.
//!
//! Handlers say only what is particular to them. What every operation has is added here: path
//! parameters, security, headers, the shared problems, examples, and the refusals that a handler
//! names in the last line of its comment ("Refuses with `a`, `b`.").

use serde_json::{Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::OpenApi;

use super::problem::Problem;
use super::{reply, sample};
use crate::access::{EVENT_STREAMS, KEEPS_NOTHING, PUBLIC};
use crate::kernel::id::{
    AccountOwnerId, ActionId, AdjustmentId, ApiKeyId, AttachmentId, ChangeId, CompanyId,
    ContractId, EventTypeId, ImportId, InquiryId, InvitationId, MembershipId, NoteId,
    NotificationId, PartnershipId, PersonId, ProgramId, ReferralCodeId, ReprocessingId, ReversalId,
    SessionId, WebhookDeliveryId, WebhookEndpointId,
};
use crate::partnerships::grants::model::GrantKind;

/// What introduces the document to its readers.
const INTRODUCTION: &str = include_str!("introduction.md");

/// The tags, in the order in which they are shown.
const TAGS: &[(&str, &str)] = &[
    (
        "Access",
        "Register, sign in, stay signed in, sign out; your password, address, second factor.",
    ),
    ("Members", "Who belongs to your company, in which role; inviting people, and leaving."),
    ("API keys", "Credentials for partner systems."),
    (
        "Companies",
        "Your company, the cards of those it works with, and what it privately keeps about them.",
    ),
    ("Notes", "What your company writes down about another one, for its own people alone."),
    ("Attachments", "Files, which are uploaded and then named in a note."),
    ("People", "The people of your company who stand on its partnerships."),
    ("Partnerships", "Two companies agree to work together."),
    ("Programs", "What a brand runs, what it counts, and the reasons it gives."),
    ("Contracts", "What a partner earns, and until when that may change."),
    ("Referral codes", "Coupon codes, and which partner has them."),
    ("Actions", "Tracked conversions: approve, modify, reverse, restore, hold, until they lock."),
    ("Reprocessings", "Attribution run again over a period: first to see, then to do."),
    (
        "Performance",
        "What actions come to, by partner and by program, over days, weeks and months.",
    ),
    ("Inquiries", "A partner disputes an action; the brand answers, or silence does."),
    ("Reversals", "Batches of changes to actions, with a result for every line."),
    ("Action imports", "Tracking in bulk, with a result for every line."),
    ("Events", "What happened, in order."),
    ("Audit log", "Who did what, from where, and acting for whom."),
    ("Webhooks", "Systems of yours that are told of what happens, and what was sent to them."),
    ("Notifications", "What concerns you, in a list and by e-mail, as you choose."),
    ("Operations", "Is it alive, is it ready, how is it doing."),
];

/// The doors that take batches.
const BATCHES: &[&str] = &["/v1/reversals", "/v1/action-imports"];
/// The doors that make batches.
const MAKE_BATCHES: &[&str] = &["/v1/reversals", "/v1/action-imports", "/v1/actions/bulk"];
/// The stream that goes on where its reader was.
const NEWS: &str = "/v1/notifications/events";
/// The door that speaks OAuth: what is wrong with a request is told in its words.
pub(super) const TOKENS: &str = "/v1/oauth/token";
/// The door to another company.
const SIGN_IN_AS: &str = "/v1/companies/{id}/sessions";
/// With what else an operation refuses that may take a grant of another company.
const BY_GRANT: &[(&str, &str, &str)] = &[
    ("post", SIGN_IN_AS, "grant_missing"),
    ("patch", "/v1/companies/{id}/profile/tax", "grant_level_too_low"),
    ("post", "/v1/reversals", "key_limited"),
    ("post", "/v1/reversals/{id}/cancel", "grant_missing"),
];
/// The one open door that judges whoever shows a credential.
const ACCEPT: &str = "/v1/invitations/accept";
/// Where a registration is confirmed, by a password too.
const CONFIRM: &str = "/v1/auth/register/confirm";
/// Takes the password of whoever is signed in.
const PAYMENT: &str = "/v1/companies/{id}/profile/payment";
/// Where people sign in.
const LOGIN: &str = "/v1/auth/login";
/// The page behind the link of a letter.
const UNSUBSCRIBE: &str = "/v1/unsubscribe";
/// What a link to a file leads to.
const DOWNLOADS: &str = "/v1/downloads";
/// What makes such a link, and changes nothing.
const MAKES_LINK: &str = "/v1/attachments/{id}/link";
/// What gives files out, or a piece of one.
const GIVES_FILES: &[&str] =
    &["/v1/attachments/{id}/content", "/v1/companies/{id}/logo", DOWNLOADS];

/// The finished document.
pub fn finish(mut collected: OpenApi) -> Value {
    reply::reference::<Problem>();
    for reference in [
        reply::reference::<CompanyId>,
        reply::reference::<AccountOwnerId>,
        reply::reference::<NoteId>,
        reply::reference::<ProgramId>,
        reply::reference::<EventTypeId>,
        reply::reference::<ContractId>,
        reply::reference::<ReferralCodeId>,
        reply::reference::<ActionId>,
        reply::reference::<InquiryId>,
        reply::reference::<ReversalId>,
        reply::reference::<ImportId>,
        reply::reference::<SessionId>,
    ] {
        reference();
    }
    let components = collected.components.get_or_insert_with(Default::default);
    for (name, schema) in reply::drain_schemas() {
        components.schemas.entry(name).or_insert(schema);
    }
    let mut document = serde_json::to_value(&collected).unwrap_or_default();
    introduce(&mut document);
    let snapshot = document.clone();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            finish_operation(&snapshot, path, method, operation);
        }
    }
    document
}

fn introduce(document: &mut Value) {
    let Some(document) = document.as_object_mut() else { return };
    document.insert("openapi".into(), json!("3.1.0"));
    document.insert(
        "info".into(),
        json!({
            "title": "Entente",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The backend of a partnership platform.",
            "description": INTRODUCTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        }),
    );
    document.insert("servers".into(), json!([{ "url": "/", "description": "This server." }]));
    let tag =
        |(name, description): &(&str, &str)| json!({ "name": name, "description": description });
    document.insert("tags".into(), TAGS.iter().map(tag).collect());
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("headers".into(), rate_headers());
        if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
            schemas.sort_keys();
        }
    }
}

/// What tells how many more requests there may be (draft-ietf-httpapi-ratelimit-headers).
fn rate_headers() -> Value {
    json!({
        "RateLimit": text_header(
            "How many more requests there may be at once (`r`), and in how many seconds it is all of \
             the quota again (`t`): of this caller, and of its company. Absent where nothing is limited.",
            "\"caller\";r=9997;t=1, \"company\";r=49991;t=1",
        ),
        "RateLimit-Policy": text_header(
            "How many requests there may be (`q`) in how many seconds (`w`).",
            "\"caller\";q=10000;w=60, \"company\";q=50000;w=60",
        ),
        "Retry-After": text_header("After how many seconds to come again.", "5"),
    })
}

fn text_header(description: &str, example: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" }, "example": example })
}

/// Every answer under `/v1` tells of limits; what goes well says so in the document.
fn tell_of_limits(path: &str, operation: &mut Value) {
    if !path.starts_with("/v1/") {
        return;
    }
    let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
    for (status, response) in responses.into_iter().flatten() {
        let names: &[&str] = match status.as_str() {
            "429" => &["RateLimit", "RateLimit-Policy", "Retry-After"],
            "503" => &["Retry-After"],
            _ if status.starts_with('2') => &["RateLimit", "RateLimit-Policy"],
            _ => continue,
        };
        let Some(response) = response.as_object_mut() else { continue };
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        for name in names {
            let shared = json!({ "$ref": format!("#/components/headers/{name}") });
            headers.as_object_mut().map(|headers| headers.insert((*name).into(), shared));
        }
    }
}

fn finish_operation(document: &Value, path: &str, method: &str, operation: &mut Value) {
    let refusals = take_refusals(operation);
    let Some(fields) = operation.as_object_mut() else { return };
    let private = path.starts_with("/v1/") && !PUBLIC.contains(&path);
    let needed = if private { json!([{ "bearer": [] }]) } else { json!([]) };
    fields.insert("security".into(), needed);
    let parameters = fields.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.splice(0..0, path_parameters(path));
        parameters.extend(header_parameters(path, method, private));
        if parameters.is_empty() {
            fields.shift_remove("parameters");
        }
    }
    tell_of_versions(path, method, operation);
    add_examples(document, operation);
    let has_body = operation.get("requestBody").is_some();
    let problems = problems(path, method, private, has_body, &refusals);
    if let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) {
        for (status, problem) in problems {
            responses.entry(status).or_insert(problem);
        }
        responses.sort_keys();
    }
    tell_of_limits(path, operation);
}

/// Below a thing, what is shown without a version.
const NO_VERSION: &[&str] = &[
    "/v1/companies/{id}/performance",
    "/v1/programs/{id}/performance",
    "/v1/partnerships/{id}/managers",
    "/v1/partnerships/{id}/favourite",
    "/v1/contracts/{id}/preview",
    SIGN_IN_AS,
    "/v1/delegated-sessions/{id}",
    "/v1/webhook-endpoints/{id}/test",
    "/v1/webhook-endpoints/{id}/redeliver",
    MAKES_LINK,
];

/// Whether what a path shows has a version.
fn has_version(path: &str) -> bool {
    path.contains("{id}") && !NO_VERSION.contains(&path)
}

/// Whoever sends the `ETag` it has is told when there is nothing newer.
fn tell_of_versions(path: &str, method: &str, operation: &mut Value) {
    let headers = operation.pointer_mut("/responses/200/headers").and_then(Value::as_object_mut);
    let Some(headers) = headers.filter(|headers| headers.contains_key("ETag")) else { return };
    if !has_version(path) {
        headers.shift_remove("ETag");
        return;
    }
    if method != "get" {
        return;
    }
    let header = json!({
        "name": "If-None-Match", "in": "header", "required": false,
        "description": "The `ETag` of the version you have; 304 if it is the present one.",
        "schema": { "type": "string", "maxLength": 255 },
    });
    let unchanged = json!({ "description": "You have this version already." });
    let Some(fields) = operation.as_object_mut() else { return };
    let parameters = fields.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        parameters.push(header);
    }
    if let Some(responses) = fields.get_mut("responses").and_then(Value::as_object_mut) {
        responses.insert("304".into(), unchanged);
    }
}

/// Takes the codes out of the sentence "Refuses with `a`, `b`." and leaves the sentence.
fn take_refusals(operation: &Value) -> Vec<String> {
    let description = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let sentence = description.split_once("Refuses with ").map(|(_, rest)| rest);
    let sentence = sentence.unwrap_or_default().split('.').next().unwrap_or_default();
    let quoted = sentence.split('`').skip(1).step_by(2);
    quoted.map(ToString::to_string).collect()
}

fn path_parameters(path: &str) -> Vec<Value> {
    let segments: Vec<&str> = path.split('/').collect();
    let ids = segments.windows(2).filter(|pair| pair.get(1) == Some(&"{id}"));
    let ids = ids.filter_map(|pair| pair.first().map(|owner| path_parameter(owner)));
    let grants = segments.iter().filter(|segment| **segment == "{grant}");
    let grants = grants.map(|_| {
        let kind = GrantKind::schema();
        json!({ "name": "grant", "in": "path", "required": true, "schema": kind })
    });
    ids.chain(grants).collect()
}

fn path_parameter(owner: &str) -> Value {
    let schema = match owner {
        "account-owners" => AccountOwnerId::schema(),
        "actions" => ActionId::schema(),
        "adjustments" => AdjustmentId::schema(),
        "action-imports" => ImportId::schema(),
        "api-keys" => ApiKeyId::schema(),
        "attachments" => AttachmentId::schema(),
        "companies" => CompanyId::schema(),
        "contracts" => ContractId::schema(),
        "event-types" => EventTypeId::schema(),
        "invitations" => InvitationId::schema(),
        "memberships" => MembershipId::schema(),
        "notes" => NoteId::schema(),
        "notifications" => NotificationId::schema(),
        "partnerships" => PartnershipId::schema(),
        "people" => PersonId::schema(),
        "changes" => ChangeId::schema(),
        "referral-codes" => ReferralCodeId::schema(),
        "reprocessings" => ReprocessingId::schema(),
        "inquiries" => InquiryId::schema(),
        "programs" => ProgramId::schema(),
        "sessions" | "delegated-sessions" => SessionId::schema(),
        "webhook-deliveries" => WebhookDeliveryId::schema(),
        "webhook-endpoints" => WebhookEndpointId::schema(),
        _ => ReversalId::schema(),
    };
    json!({ "name": "id", "in": "path", "required": true, "schema": schema })
}

fn header_parameters(path: &str, method: &str, private: bool) -> Vec<Value> {
    let header = |name: &str, description: &str| {
        json!({
            "name": name, "in": "header", "required": false, "description": description,
            "schema": { "type": "string", "maxLength": 255 },
        })
    };
    let mut headers = Vec::new();
    if method == "post" && private && !KEEPS_NOTHING.contains(&path) {
        headers.push(header(
            "Idempotency-Key",
            "The same key with the same request gives the stored answer, for 24 hours.",
        ));
    }
    if changes_one(path, method) {
        headers.push(header("If-Match", "The `ETag` of the version this request is meant for."));
    }
    if MAKE_BATCHES.contains(&path) && method == "post" {
        headers.push(header("Prefer", "`wait=N` waits up to N (30) seconds for the result."));
    }
    if GIVES_FILES.contains(&path) && method == "get" {
        headers.push(header("Range", "`bytes=FROM-TO` gives a piece of the file."));
    }
    if EVENT_STREAMS.contains(&path) {
        let told = match path {
            NEWS => "Sent by clients that connect anew: everything since is told.",
            _ => {
                "Sent by clients that connect anew. It makes no difference: the first event is \
                 always the present state."
            }
        };
        headers.push(header("Last-Event-ID", told));
        headers.push(json!({
            "name": "ticket", "in": "query", "required": false,
            "description": "Instead of a credential, for browsers: see `POST /v1/stream-tickets`.",
            "schema": { "type": "string", "maxLength": 255 },
        }));
    }
    headers
}

fn changes_one(path: &str, method: &str) -> bool {
    let writes = matches!(method, "post" | "patch" | "put" | "delete");
    writes && path.contains("{id}") && path != MAKES_LINK
}

/// The problems an operation can meet, by status.
fn problems(
    path: &str,
    method: &str,
    private: bool,
    has_body: bool,
    refusals: &[String],
) -> Vec<(String, Value)> {
    let mut rows: Vec<(&str, Vec<&str>)> = Vec::new();
    if path == TOKENS {
        rows.push(("413", vec!["body_too_large"]));
    } else if has_body {
        rows.push(("400", vec!["malformed"]));
        let too_long = BATCHES.contains(&path).then_some("too_many_lines");
        rows.push(("413", ["body_too_large"].into_iter().chain(too_long).collect()));
        rows.push(("415", vec!["unsupported_media_type"]));
    }
    if path == LOGIN {
        rows.push(("401", vec!["unauthenticated", "two_factor_required", "two_factor_invalid"]));
    } else if path == ACCEPT {
        rows.push(("401", vec!["unauthenticated", "two_factor_required"]));
    } else if private || path == "/v1/auth/refresh" {
        rows.push(("401", vec!["unauthenticated"]));
    }
    if path == "/v1/auth/login" {
        rows.push(("403", vec!["company_deactivated"]));
    }
    if private {
        let codes = ["role_too_low", "scope_missing", "key_not_allowed", "company_suspended"];
        let held = ["two_factor_enrolment_required", "email_unconfirmed"];
        let any = held.into_iter().chain(["company_deactivated", "forbidden"]);
        let delegated = ["not_for_delegates", "conflict_of_interest"].into_iter();
        let granted = BY_GRANT.iter().filter(|row| (row.0, row.1) == (method, path));
        let granted = granted.map(|row| row.2);
        rows.push(("403", codes.into_iter().chain(any).chain(delegated).chain(granted).collect()));
        rows.push(("422", vec!["invalid"]));
    } else if path.starts_with("/v1/auth/register") {
        rows.push(("403", vec!["registration_closed"]));
        rows.push(("422", vec!["invalid"]));
    } else if path == ACCEPT {
        rows.push(("403", vec!["forbidden", "key_not_allowed"]));
        rows.push(("422", vec!["invalid"]));
    } else if (has_body && path != TOKENS) || [UNSUBSCRIBE, DOWNLOADS].contains(&path) {
        rows.push(("422", vec!["invalid"]));
    }
    if path.contains("{id}") || path == DOWNLOADS {
        rows.push(("404", vec!["not_found"]));
    }
    let mut conflicts: Vec<&str> = refusals.iter().map(String::as_str).collect();
    if method == "post" && private && !KEEPS_NOTHING.contains(&path) {
        conflicts.push("idempotency_conflict");
    }
    if !conflicts.is_empty() {
        rows.push(("409", conflicts));
    }
    if changes_one(path, method) {
        rows.push(("412", vec!["stale_version"]));
    }
    if path.starts_with("/v1/") {
        let streams = EVENT_STREAMS.contains(&path).then_some("too_many_streams");
        let of_oneself = path.starts_with("/v1/me/") && KEEPS_NOTHING.contains(&path);
        let open = [LOGIN, ACCEPT, CONFIRM].contains(&path);
        let by_password = path == PAYMENT && method == "patch";
        let guesses = open || by_password || (method == "post" && of_oneself);
        let attempts = guesses.then_some("too_many_attempts");
        rows.push(("429", ["rate_limited"].into_iter().chain(streams).chain(attempts).collect()));
    }
    rows.push(("503", vec!["overloaded"]));
    rows.into_iter().map(|(status, codes)| (status.to_string(), problem(status, &codes))).collect()
}

fn problem(status: &str, codes: &[&str]) -> Value {
    let listed: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    let first = codes.first().copied().unwrap_or_default();
    let example = json!({
        "type": format!("/docs/errors#{first}"),
        "title": super::problem::title(first),
        "status": status.parse::<u16>().unwrap_or_default(),
        "detail": "What happened this time.",
        "code": first,
        "request_id": "0199622d9fb57a31ab8e895b384fb8ca",
    });
    json!({
        "description": format!("Codes: {}.", listed.join(", ")),
        "content": { "application/problem+json": {
            "schema": { "$ref": "#/components/schemas/Problem" },
            "example": example,
        } },
    })
}

/// Gives every JSON body an example, where the handler gave none.
fn add_examples(document: &Value, operation: &mut Value) {
    let mut bodies: Vec<&mut Value> = Vec::new();
    if let Some(fields) = operation.as_object_mut() {
        for (name, value) in fields.iter_mut() {
            match name.as_str() {
                "requestBody" => bodies.push(value),
                "responses" => {
                    bodies.extend(value.as_object_mut().into_iter().flatten().map(|(_, one)| one));
                }
                _ => {}
            }
        }
    }
    for body in bodies {
        let Some(content) = body.pointer_mut("/content/application~1json") else { continue };
        if content.get("example").is_none() && content.get("examples").is_none() {
            let schema = content.get("schema").cloned().unwrap_or_default();
            let example = sample::of(document, &schema);
            content.as_object_mut().map(|content| content.insert("example".into(), example));
        }
    }
}
