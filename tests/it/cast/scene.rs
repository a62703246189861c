//! One of everything: a thing for every id that a path of the document can name.

use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use entente::db::schema::webhook_deliveries;
use entente::events::model::AnyId;
use entente::kernel::id::{EventId, WebhookDeliveryId};
use entente::reprocessings::runner::Runner;
use entente::webhooks::model::{Delivery, Status};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::deal::{meddle, run};
use super::files::{PNG, attached, put_logo};
use super::http::Caller;
use super::world::World;

/// Below a company in a path: what is kept about it by the one that asks.
const ABOUT_ANOTHER: [&str; 5] = ["/relation", "/account-owner", "/tags", "/notes", "/sessions"];

/// A brand, its partner, and one of everything between them.
pub struct Scene {
    /// The brand's owner.
    pub acme: Caller,
    /// The partner's owner.
    pub bolt: Caller,
    /// The partnership.
    pub partnership: String,
    /// Acme's note about Bolt,.
    pub note: String,
    /// A file of it,.
    pub attachment: String,
    /// The time in which Acme's owner looks after Bolt.
    pub account_owner: String,
    /// A person of Acme's who stands on it as a contact.
    pub person: String,
    /// A change of it that Acme has proposed.
    pub change: String,
    /// Acme's program, in euros, in Berlin.
    pub program: String,
    /// Its event type, with the code `sale`.
    pub event_type: String,
    /// The contract: 10 percent, locking a month after the end of the event's month.
    pub contract: String,
    /// An action of 100 euros,.
    pub action: String,
    /// A coupon code,.
    pub referral_code: String,
    /// A dry run of attribution,.
    pub reprocessing: String,
    /// An inquiry of Bolt's about it,.
    pub inquiry: String,
    /// A batch,.
    pub reversal: String,
    /// An import,.
    pub import: String,
    /// An API key,.
    pub api_key: String,
    /// The place of Acme's owner, who is the only one and so stays.
    pub membership: String,
    /// An invitation to Acme.
    pub invitation: String,
    /// An offer of a partnership to an address.
    pub partnership_invitation: String,
    /// Another session of Acme's owner.
    pub session: String,
    /// One in which he acts for Bolt.
    pub delegated_session: String,
    /// A notification of Acme's owner.
    pub notification: String,
    /// An adjustment that counts, beside another action that locked.
    pub adjustment: String,
    /// A webhook endpoint, to which nothing gets through,.
    pub webhook_endpoint: String,
    /// What failed to be sent there.
    pub webhook_delivery: String,
}

/// A grant that a path may name.
pub const GRANT: &str = "view_performance";

/// The id in an answer.
fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_string()
}

impl Scene {
    /// Partnership, program, event type and contract.
    fn without_an_action(world: &World) -> Self {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let person = json!({
            "first_name": "Ada", "last_name": "Lovelace", "email": "ada@acme.example",
        });
        let person = id(&acme.post("/v1/people", person, 201));
        let offer = json!({
            "partner_company_id": bolt.company_id(), "message": "hello", "contacts": [person],
        });
        let partnership = id(&acme.post("/v1/partnerships", offer, 201));
        bolt.post(&format!("/v1/partnerships/{partnership}/accept"), json!({}), 200);
        let wish = json!({ "op": "set_description", "description": "Shoes" });
        let wish = json!({ "reason": "why", "operations": [wish] });
        let change = id(&acme.post(&format!("/v1/partnerships/{partnership}/changes"), wish, 201));
        let program = json!({ "name": "Shoes", "currency": "EUR", "time_zone": "Europe/Berlin" });
        let program = id(&acme.post("/v1/programs", program, 201));
        let sale = json!({ "name": "Sale", "code": "sale", "kind": "sale" });
        let event_type = id(&acme.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
        let contract = json!({
            "program_id": program, "partner_company_id": bolt.company_id(),
            "starts_on": "2020-01-01", "payouts": [{ "event_type_id": event_type, "percent": "10" }],
            "lock": { "after": "month", "months": 1, "days": 0 },
        });
        let contract = id(&acme.post("/v1/contracts", contract, 201));
        bolt.post(&format!("/v1/contracts/{contract}/accept"), json!({}), 200);
        let none = String::new;
        Self {
            acme,
            bolt,
            partnership,
            note: none(),
            attachment: none(),
            account_owner: none(),
            person,
            change,
            program,
            event_type,
            contract,
            action: none(),
            referral_code: none(),
            reprocessing: none(),
            inquiry: none(),
            reversal: none(),
            import: none(),
            api_key: none(),
            membership: none(),
            invitation: none(),
            partnership_invitation: none(),
            session: none(),
            delegated_session: none(),
            notification: none(),
            adjustment: none(),
            webhook_endpoint: none(),
            webhook_delivery: none(),
        }
    }

    /// Makes it.
    pub fn of(world: &World) -> Self {
        let mut scene = Self::without_an_action(world);
        scene.action = id(&scene.track("A-1", "100.00"));
        (scene.note, scene.account_owner) = scene.kept();
        scene.attachment = attached(&scene.acme, &format!("/v1/notes/{}", scene.note));
        let logo = format!("/v1/companies/{}/logo", scene.acme.company_id());
        put_logo(&scene.acme, &logo, PNG, 200);
        let code = json!({
            "program_id": scene.program, "code": "BOLT10",
            "partner_company_id": scene.bolt.company_id(),
        });
        scene.referral_code = id(&scene.acme.post("/v1/referral-codes", code, 201));
        let dry_run = json!({
            "program_id": scene.program, "mode": "dry_run",
            "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
        });
        scene.reprocessing = id(&scene.acme.post("/v1/reprocessings", dry_run, 202));
        scene.reprocessed(world);
        let wrong = json!({
            "kind": "incorrect", "action_id": scene.action, "message": "It was more.",
        });
        scene.inquiry = id(&scene.bolt.post("/v1/inquiries", wrong, 201));
        let lines = json!([{ "order_id": "A-0", "operation": "approve" }]);
        let headers = [("Prefer", "wait=30")];
        let batch = json!({ "lines": lines });
        scene.reversal =
            id(&scene.acme.call("POST", "/v1/reversals", &headers, &batch, 200).json());
        let orders = json!({ "actions": [{ "order_id": "A-0" }] });
        let import = scene.acme.call("POST", "/v1/action-imports", &headers, &orders, 200).json();
        scene.import = id(&import);
        let key = json!({ "name": "Spare", "scopes": ["events:read"] });
        scene.api_key = id(&scene.acme.post("/v1/api-keys", key, 201));
        let me = scene.acme.get("/v1/me", 200);
        scene.membership = id(&me["memberships"][0]);
        let invitation = json!({ "email": "guest@example.com", "role": "member" });
        scene.invitation = id(&scene.acme.post("/v1/invitations", invitation, 201));
        let offer =
            json!({ "email": "guest@example.com", "my_role": "client", "message": "hello" });
        scene.partnership_invitation = id(&scene.acme.post("/v1/partnerships", offer, 202));
        world.again(&scene.acme);
        scene.session = id(&scene.acme.all("/v1/sessions")[0]);
        super::delegates::acting(world, &scene.acme, &scene.bolt, "relationship");
        let with_bolt = super::delegates::sessions_with(&scene.bolt);
        scene.delegated_session = id(&scene.acme.all(&with_bolt)[0]);
        scene.adjustment = scene.adjusted(world);
        let endpoint = scene.spare_endpoint(world);
        scene.webhook_endpoint = endpoint.rsplit('/').next().unwrap().to_string();
        scene.webhook_delivery = scene.undelivered(world);
        scene.notification = id(&super::notices::last_told(world, &scene.acme));
        scene
    }

    /// Works the dry run off, so that it no longer changes while somebody looks at it.
    fn reprocessed(&self, world: &World) {
        let path = format!("/v1/reprocessings/{}", self.reprocessing);
        let began = Instant::now();
        while self.acme.get(&path, 200)["status"] != "completed" {
            assert!(began.elapsed() < Duration::from_secs(120), "it stands still");
            let done = run(world, async |pool| {
                let lease = SignedDuration::from_secs(10);
                Runner::new(pool.clone(), world.clock.clone(), lease).run_one().await
            });
            done.expect("it is worked off");
        }
    }

    /// The path of a webhook endpoint of Acme's that lies where nothing is ever sent to.
    pub fn spare_endpoint(&self, world: &World) -> String {
        let body = json!({ "url": "https://1.1.1.1/", "event_types": ["company.registered"] });
        let endpoint = id(&self.acme.post("/v1/webhook-endpoints", body, 201));
        meddle(world, "UPDATE webhook_endpoints SET url = 'https://127.0.0.1:9/'");
        format!("/v1/webhook-endpoints/{endpoint}")
    }

    /// The path of a file of another note of Acme's.
    pub fn spare_attachment(&self) -> String {
        let notes = format!("/v1/companies/{}/notes", self.bolt.company_id());
        let note = id(&self.acme.post(&notes, json!({ "text": "See there." }), 201));
        format!("/v1/attachments/{}", attached(&self.acme, &format!("/v1/notes/{note}")))
    }

    /// What could not be sent to the endpoint, of an event that is no longer kept.
    fn undelivered(&self, world: &World) -> String {
        let now = world.now();
        let delivery = Delivery {
            id: WebhookDeliveryId::new(),
            endpoint_id: self.webhook_endpoint.parse().expect("an id"),
            company_id: self.acme.company_id().parse().expect("an id"),
            event_id: EventId::new(),
            event_type: "company.registered".into(),
            object_id: AnyId::new(),
            turn: 1,
            status: Status::Failed,
            due_at: None,
            tries: 10,
            attempts: 10,
            last_status: Some(500),
            version: 1,
            created_at: now,
            finished_at: Some(now),
        };
        let told = delivery.id.to_string();
        run(world, async |pool| {
            let written = pool.write(move |db| {
                diesel::insert_into(webhook_deliveries::table).values(&delivery).execute(db)?;
                Ok(())
            });
            written.await.expect("it is written");
        });
        told
    }

    /// An order that was declined, has locked and is made good.
    fn adjusted(&self, world: &World) -> String {
        let path = format!("/v1/actions/{}", id(&self.track("A-2", "100.00")));
        self.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
        meddle(world, "UPDATE actions SET locked_at = locks_at WHERE order_id = 'A-2'");
        let body = json!({ "reason": "ADV_ACT_DISPUTE", "payout_delta": "1.00" });
        id(&self.acme.post(&format!("{path}/adjust"), body, 201))
    }

    /// What Acme keeps about Bolt: a note, and who looks after it.
    fn kept(&self) -> (String, String) {
        let bolt = format!("/v1/companies/{}", self.bolt.company_id());
        let note = json!({ "text": "They want more." });
        let note = id(&self.acme.post(&format!("{bolt}/notes"), note, 201));
        let me = self.acme.get("/v1/me", 200)["user"]["id"].clone();
        self.acme.put(&format!("{bolt}/account-owner"), json!({ "user_id": me }), 200);
        let history = self.acme.all(&format!("{bolt}/account-owner/history"));
        (note, id(&history[0]))
    }

    /// Tracks an order that happens now.
    fn track(&self, order: &str, amount: &str) -> Value {
        let order = json!({
            "event_type_id": self.event_type, "order_id": order, "currency": "EUR",
            "occurred_at": super::world::BEGINNING, "amount": amount,
            "partner_company_id": self.bolt.company_id(),
        });
        self.acme.post("/v1/actions", order, 201)
    }

    /// A path of the document with this scene's ids.
    pub fn path(&self, path: &str) -> String {
        let owner = path.split('/').zip(path.split('/').skip(1)).find(|(_, next)| *next == "{id}");
        let id = match owner.map(|(owner, _)| owner) {
            None => return path.to_string(),
            Some("actions") => &self.action,
            Some("action-imports") => &self.import,
            Some("adjustments") => &self.adjustment,
            Some("api-keys") => &self.api_key,
            Some("account-owners") => &self.account_owner,
            Some("attachments") => &self.attachment,
            Some("notes") => &self.note,
            // What a company keeps, it keeps about another one.
            Some("companies") if ABOUT_ANOTHER.iter().any(|kept| path.contains(kept)) => {
                self.bolt.company_id()
            }
            Some("changes") => &self.change,
            Some("companies") => self.acme.company_id(),
            Some("contracts") => &self.contract,
            Some("event-types") => &self.event_type,
            Some("inquiries") => &self.inquiry,
            Some("invitations") => &self.invitation,
            Some("memberships") => &self.membership,
            Some("sessions") => &self.session,
            Some("delegated-sessions") => &self.delegated_session,
            Some("notifications") => &self.notification,
            Some("partnerships") => &self.partnership,
            Some("partnership-invitations") => &self.partnership_invitation,
            Some("people") => &self.person,
            Some("programs") => &self.program,
            Some("referral-codes") => &self.referral_code,
            Some("reprocessings") => &self.reprocessing,
            Some("reversals") => &self.reversal,
            Some("webhook-deliveries") => &self.webhook_delivery,
            Some("webhook-endpoints") => &self.webhook_endpoint,
            Some(other) => panic!("no {other} in this scene"),
        };
        path.replace("{id}", id).replace("{grant}", GRANT)
    }
}
