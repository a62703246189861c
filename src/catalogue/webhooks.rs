//! What is sent to those who are told of events, for the document: an entry for every type.
//!
//! The body of each is a message about one kind of thing, under a name of its own, made of the same
//! event that the feed gives.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::actions::wire::ActionView;
use crate::adjustments::wire::AdjustmentView;
use crate::codes::wire::ReferralCodeView;
use crate::companies::wire::CompanyView;
use crate::contracts::wire::ContractView;
use crate::events::kinds::{EventKind, ObjectKind};
use crate::http::sample;
use crate::inquiries::wire::InquiryView;
use crate::kernel::id::{
    AccountOwnerId, ActionId, AdjustmentId, ApiKeyId, CompanyId, ContractId, EventTypeId, ImportId,
    InquiryId, InvitationId, MembershipId, NoteId, PartnershipId, PartnershipInvitationId,
    PersonId, ProgramId, ReferralCodeId, ReprocessingId, ReversalId, SessionId, UserId,
    WebhookEndpointId,
};
use crate::keys::wire::ApiKeyView;
use crate::partnerships::invitations::wire::PartnershipInvitationView;
use crate::partnerships::wire::PartnershipView;
use crate::people::wire::PersonView;
use crate::programs::wire::{EventTypeView, ProgramView};
use crate::relations::notes::wire::NoteView;
use crate::relations::wire::AccountOwnerView;
use crate::reprocessings::wire::ReprocessingView;
use crate::reversals::imports::wire::ImportView;
use crate::reversals::wire::ReversalView;
use crate::users::delegations::wire::DelegatedSessionView;
use crate::users::invitations::wire::InvitationView;
use crate::users::memberships::wire::MemberView;
use crate::users::wire::UserView;
use crate::webhooks::wire::WebhookEndpointView;

/// The name of the schema of a kind of thing, and of its id.
pub fn schemas(object: ObjectKind) -> (String, String) {
    fn names<View: ToSchema, Id: ToSchema>() -> (String, String) {
        (View::name().into_owned(), Id::name().into_owned())
    }
    match object {
        ObjectKind::Company => names::<CompanyView, CompanyId>(),
        ObjectKind::AccountOwner => names::<AccountOwnerView, AccountOwnerId>(),
        ObjectKind::Note => names::<NoteView, NoteId>(),
        ObjectKind::User => names::<UserView, UserId>(),
        ObjectKind::Invitation => names::<InvitationView, InvitationId>(),
        ObjectKind::Membership => names::<MemberView, MembershipId>(),
        ObjectKind::DelegatedSession => names::<DelegatedSessionView, SessionId>(),
        ObjectKind::ApiKey => names::<ApiKeyView, ApiKeyId>(),
        ObjectKind::WebhookEndpoint => names::<WebhookEndpointView, WebhookEndpointId>(),
        ObjectKind::Person => names::<PersonView, PersonId>(),
        ObjectKind::Partnership => names::<PartnershipView, PartnershipId>(),
        ObjectKind::PartnershipInvitation => {
            names::<PartnershipInvitationView, PartnershipInvitationId>()
        }
        ObjectKind::Program => names::<ProgramView, ProgramId>(),
        ObjectKind::EventType => names::<EventTypeView, EventTypeId>(),
        ObjectKind::Contract => names::<ContractView, ContractId>(),
        ObjectKind::ReferralCode => names::<ReferralCodeView, ReferralCodeId>(),
        ObjectKind::Action => names::<ActionView, ActionId>(),
        ObjectKind::Adjustment => names::<AdjustmentView, AdjustmentId>(),
        ObjectKind::Reprocessing => names::<ReprocessingView, ReprocessingId>(),
        ObjectKind::Inquiry => names::<InquiryView, InquiryId>(),
        ObjectKind::Reversal => names::<ReversalView, ReversalId>(),
        ObjectKind::ActionImport => names::<ImportView, ImportId>(),
    }
}

/// Adds what is sent to a document that has the feed.
pub fn describe(document: &mut Value) {
    if document.pointer("/components/schemas/Event").is_none() {
        return;
    }
    for object in ObjectKind::ALL {
        let (event, message) = messages(*object);
        add_schema(document, &event_name(*object), event);
        add_schema(document, &message_name(*object), message);
        let example = example(document, *object);
        let path = format!("/components/schemas/{}", message_name(*object));
        if let Some(fields) = document.pointer_mut(&path).and_then(Value::as_object_mut) {
            fields.insert("examples".into(), json!([example]));
        }
    }
    let sent: Map<String, Value> =
        EventKind::ALL.iter().map(|kind| (kind.to_string(), sent(*kind))).collect();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("webhooks".into(), Value::Object(sent));
    }
    if let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        all.sort_keys();
    }
}

fn add_schema(document: &mut Value, name: &str, schema: Value) {
    if let Some(all) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        all.insert(name.to_string(), schema);
    }
}

fn event_name(object: ObjectKind) -> String {
    format!("{}Event", schemas(object).0)
}

fn message_name(object: ObjectKind) -> String {
    format!("{}EventMessage", schemas(object).0)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The event about one kind of thing, and the message that carries it.
fn messages(object: ObjectKind) -> (Value, Value) {
    let (view, id) = schemas(object);
    let kinds: Vec<_> = object.kinds().map(EventKind::as_str).collect();
    let kinds = json!({ "type": "string", "description": "What happened.", "enum": kinds });
    let event = json!({
        "description": format!("Something that happened to one thing: see `{view}`."),
        "allOf": [reference("Event"), {
            "type": "object",
            "required": ["type", "object_id", "object"],
            "properties": {
                "type": kinds,
                "object_id": reference(&id),
                "object": { "oneOf": [reference(&view), { "type": "null" }] },
            },
        }],
    });
    let message = json!({
        "type": "object",
        "description": "What is sent about an event.",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": kinds,
            "timestamp": {
                "type": "string", "format": "date-time",
                "description": "When it happened: `at` of the event.",
            },
            "data": reference(&event_name(object)),
        },
    });
    (event, message)
}

/// A message about the first thing that can happen.
fn example(document: &Value, object: ObjectKind) -> Value {
    let mut example = sample::of(document, &reference(&message_name(object)));
    let at = example.pointer("/data/at").cloned().unwrap_or_default();
    if let Some(fields) = example.as_object_mut() {
        fields.insert("timestamp".into(), at);
    }
    example
}

/// One entry of the document's `webhooks`.
fn sent(kind: EventKind) -> Value {
    let header = |name: &str, description: &str, example: &str| {
        json!({
            "name": name, "in": "header", "required": true, "description": description,
            "schema": { "type": "string" }, "example": example,
        })
    };
    let description = format!(
        "Sent to the endpoints of both companies that know of it, by Standard Webhooks: {}. It may \
         come more than once, with the same `webhook-id`, and in any order: `sequence` tells which \
         version of the thing the event speaks of.",
        kind.when(),
    );
    json!({ "post": {
        "tags": ["Events"],
        "summary": format!("Be told of `{kind}`"),
        "description": description,
        "operationId": format!("receive_{}", kind.as_str().replace('.', "_")),
        "parameters": [
            header("webhook-id", "The event's id.", "evn_01k5h2v7xnf8rtq3m9bcw4ze6a"),
            header("webhook-timestamp", "When it was sent, in seconds since 1970.", "1761230000"),
            header(
                "webhook-signature",
                "One or more signatures with spaces between them: `v1,` and the HMAC-SHA256, in \
                 base64, of `webhook-id.webhook-timestamp.body` by the endpoint's secret.",
                "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
            ),
        ],
        "requestBody": { "required": true, "content": { "application/json": {
            "schema": reference(&message_name(kind.object())),
        } } },
        "responses": {
            "200": { "description": "Taken; any status from 200 to 299 says so." },
        },
        "security": [],
    } })
}
