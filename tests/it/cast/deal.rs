//! A deal to begin with: Acme, a brand, pays Bolt, its partner; Crow is a stranger.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use entente::db::{Limits, Pool};
use entente::kernel::id::CompanyId;
use entente::kernel::time::Instant;
use serde_json::{Value, json};

use super::http::Caller;
use super::world::World;

/// Everybody, and what they agreed on: 7.5 % of every sale, locked 15 days after it.
pub struct Deal {
    /// The brand; an API key, which outlives every journey in time.
    pub acme: Caller,
    /// The partner, likewise.
    pub bolt: Caller,
    /// A stranger, likewise.
    pub crow: Caller,
    /// The program, in euros and in Berlin.
    pub program: String,
    /// Its event type, whose orders count once.
    pub sale: String,
    /// Another one, whose orders count once in 30 days.
    pub lead: String,
    /// The contract.
    pub contract: String,
}

/// What the keys may do.
const SCOPES: &[&str] = &[
    "actions:read",
    "actions:write",
    "adjustments:write",
    "audit:read",
    "codes:read",
    "codes:write",
    "events:read",
    "inquiries:read",
    "inquiries:write",
    "reversals:read",
    "reversals:write",
    "programs:read",
];

impl Deal {
    /// Makes it.
    pub fn of(world: &World) -> Self {
        Self::with_terms(world, json!({}))
    }

    /// The same, with other terms or further ones.
    pub fn with_terms(world: &World, terms: Value) -> Self {
        let owner = world.company("Acme", "brand");
        let partner = world.company("Bolt", "partner");
        let offer = json!({ "partner_company_id": partner.company_id(), "message": "Hello" });
        let offered = owner.post("/v1/partnerships", offer, 201);
        partner.post(&path("partnerships", &offered, "accept"), json!({}), 200);
        let body = json!({ "name": "Shop", "currency": "EUR", "time_zone": "Europe/Berlin" });
        let program = id(&owner.post("/v1/programs", body, 201));
        let types = format!("/v1/programs/{program}/event-types");
        let sale = json!({ "name": "Sale", "code": "SALE", "kind": "sale" });
        let sale = id(&owner.post(&types, sale, 201));
        let lead = json!({ "name": "Lead", "code": "LEAD", "kind": "lead", "dedup_days": 30 });
        let lead = id(&owner.post(&types, lead, 201));
        let contract = contract(&owner, &partner, &program, (&sale, &lead), terms);
        Self {
            acme: keyed(world, &owner),
            bolt: keyed(world, &partner),
            crow: keyed(world, &world.company("Crow", "brand")),
            program,
            sale,
            lead,
            contract,
        }
    }

    /// A sale of two pairs of shoes and a hat, for 100.00 euros, a day before the beginning.
    pub fn order(&self, order_id: &str) -> Value {
        json!({
            "event_type_id": self.sale, "order_id": order_id, "currency": "EUR",
            "occurred_at": "2026-03-09T10:00:00Z", "partner_company_id": self.bolt.company_id(),
            "items": [
                { "sku": "SHOE", "name": "Shoes", "quantity": 2, "amount": "80.00" },
                { "sku": "HAT", "quantity": 1, "amount": "20.00" },
            ],
        })
    }

    /// The same, tracked; the path of the action.
    pub fn tracked(&self, order_id: &str) -> String {
        let tracked = self.acme.post("/v1/actions", self.order(order_id), 201);
        format!("/v1/actions/{}", id(&tracked))
    }

    /// The same, at another moment.
    pub fn tracked_at(&self, order_id: &str, occurred_at: &str) -> String {
        let mut order = self.order(order_id);
        order["occurred_at"] = json!(occurred_at);
        format!("/v1/actions/{}", id(&self.acme.post("/v1/actions", order, 201)))
    }
}

/// A contract from the year's first day on, proposed and accepted: 7.5 % of every sale, and 5.00 euros
/// for what is not one.
pub fn contract(
    owner: &Caller,
    partner: &Caller,
    program: &str,
    types: (&str, &str),
    terms: Value,
) -> String {
    let mut body = json!({
        "program_id": program, "partner_company_id": partner.company_id(),
        "starts_on": "2026-01-01",
        "payouts": [
            { "event_type_id": types.0, "percent": "7.5" },
            { "event_type_id": types.1, "fixed": "5.00" },
        ],
        "lock": { "after": "day", "months": 0, "days": 15 },
    });
    body.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
    let proposed = owner.post("/v1/contracts", body, 201);
    partner.post(&path("contracts", &proposed, "accept"), json!({}), 200);
    id(&proposed)
}

/// The company's own key.
pub fn keyed(world: &World, owner: &Caller) -> Caller {
    let body = json!({ "name": "Everything", "scopes": SCOPES });
    let mut caller = world.caller(&owner.post("/v1/api-keys", body, 201));
    caller.company = owner.company.clone();
    caller
}

fn path(things: &str, thing: &Value, verb: &str) -> String {
    format!("/v1/{things}/{}/{verb}", id(thing))
}

/// The id in an answer.
pub fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_string()
}

/// A moment.
pub fn at(text: &str) -> Instant {
    text.parse().expect("a moment")
}

/// Changes rows behind the server's back.
pub fn meddle(world: &World, sql: &str) {
    match world.database_url.strip_prefix("sqlite://") {
        Some(file) => {
            let mut db = SqliteConnection::establish(file).expect("the database");
            db.batch_execute(&format!("PRAGMA busy_timeout = 10000; {sql}")).expect("it is done");
        }
        None => {
            let mut db = PgConnection::establish(&world.database_url).expect("the database");
            db.batch_execute(sql).expect("it is done");
        }
    }
}

/// Runs a job's work to its end, with a pool of its own.
pub fn run<T>(world: &World, work: impl AsyncFnOnce(&Pool) -> T) -> T {
    let url = world.database_url.parse().expect("a URL");
    let pool = Pool::open(&url, Limits { connections: 2, waiting: 16 }).expect("a pool");
    actix_web::rt::System::new().block_on(work(&pool))
}

/// An id, of whatever it is, as the database's SQL writes it.
pub fn literal(world: &World, id: &str) -> String {
    let (_, number) = id.split_once('_').expect("a kind before it");
    // All kinds of ids are written alike.
    let company: CompanyId = format!("co_{number}").parse().expect("an id");
    let hex = company.uuid().simple();
    match world.database_url.starts_with("sqlite://") {
        true => format!("X'{hex}'"),
        false => format!("'{hex}'"),
    }
}

/// Credits an order to another partner, as no door does.
pub fn credit(world: &World, partner: &str, order_id: &str) {
    let partner = literal(world, partner);
    let row = format!("WHERE order_id = '{order_id}'");
    let own = format!("WHERE action_id = (SELECT id FROM actions {row})");
    meddle(world, &format!("UPDATE actions SET partner_company_id = {partner} {row}"));
    meddle(world, &format!("UPDATE action_updates SET partner_company_id = {partner} {own}"));
}

/// What a company is told of its actions, once that is `many` events.
pub fn told(caller: &Caller, many: usize) -> Vec<Value> {
    told_of("action.", caller, many)
}

/// What a company is told of what begins like this.
pub fn told_of(kind: &str, caller: &Caller, many: usize) -> Vec<Value> {
    let is_of = |event: &Value| event["type"].as_str().unwrap_or_default().starts_with(kind);
    shown(many, || caller.all("/v1/events?limit=200").into_iter().filter(is_of).collect())
}

/// What a feed shows, once that is `many` entries: on PostgreSQL an entry shows when no older
/// transaction of the whole server is still open.
pub fn shown(many: usize, look: impl Fn() -> Vec<Value>) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let entries = look();
        if entries.len() >= many || began.elapsed() > std::time::Duration::from_secs(120) {
            return entries;
        }
    }
}
