//! What happens in the demo, from the first registration to the last line of the file.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::ToSpan;
use serde_json::{Value, json};

use super::client::{Client, text};
use crate::kernel::time::{Clock, Instant};

/// Order ids and amounts of the sales that the sample file takes back.
const SALES: &[(&str, &str)] = &[
    ("ORD-1001", "89.90"),
    ("ORD-1002", "159.80"),
    ("ORD-1003", "220.00"),
    ("ORD-1004", "60.00"),
    ("ORD-1005", "35.00"),
    ("ORD-1006", "15.00"),
    ("ORD-1007", "22.50"),
    ("ORD-1008", "25.00"),
    ("ORD-1009", "49.00"),
    ("ORD-1010", "99.00"),
    ("ORD-1011", "240.00"),
    ("ORD-1012", "64.50"),
];
/// The password of both companies' owners.
const PASSWORD: &str = "correct horse battery";

/// Plays the whole demo against a server.
pub fn play(base: &str, file: &str) -> anyhow::Result<()> {
    let nobody = Client::new(base);
    let now = Clock::System.now();
    println!("Acme (a brand) and Bolt (a partner) register and become partners.");
    let acme = register(&nobody, "Acme", "brand")?;
    let bolt = register(&nobody, "Bolt", "partner")?;
    let event_type = agree(&acme, &bolt, now)?;
    println!("Acme tracks {} sales that Bolt has brought.", SALES.len());
    track(&acme.client, &bolt.company, &event_type, now)?;
    let key = acme.client.post(
        "/v1/api-keys",
        &json!({ "name": "Returns feed", "scopes": ["reversals:write", "reversals:read", "actions:read"] }),
    )?;
    let feed = nobody.with(text(&key, "/secret")?);
    println!("A partner system submits a file of returns:\n");
    let batch = submit(&feed, &event_type, file)?;
    report(&feed, &batch)?;
    farewell(base, &feed, text(&batch, "/id")?);
    Ok(())
}

/// A company and the client of its owner.
struct Company {
    client: Client,
    company: String,
}

fn register(nobody: &Client, name: &str, kind: &str) -> anyhow::Result<Company> {
    let host = format!("{}.example", name.to_lowercase());
    let answer = nobody.post(
        "/v1/auth/register",
        &json!({
            "email": format!("owner@{host}"), "password": PASSWORD, "name": format!("Owner of {name}"),
            "company": { "name": name, "kind": kind, "website": format!("https://{host}") },
        }),
    )?;
    let client = nobody.with(text(&answer, "/access_token")?);
    Ok(Company { client, company: text(&answer, "/company/id")?.to_string() })
}

/// Partnership, program, event type and contract; gives the event type.
fn agree(acme: &Company, bolt: &Company, now: Instant) -> anyhow::Result<String> {
    let offer = json!({ "partner_company_id": bolt.company, "message": "Sell our shoes?" });
    let partnership = acme.client.post("/v1/partnerships", &offer)?;
    let accept = format!("/v1/partnerships/{}/accept", text(&partnership, "/id")?);
    bolt.client.post(&accept, &json!({}))?;

    let program = json!({ "name": "Acme shoes", "currency": "EUR", "time_zone": "Europe/Berlin" });
    let program = acme.client.post("/v1/programs", &program)?;
    let program = text(&program, "/id")?;
    let sale = json!({ "name": "Sale", "code": "sale", "kind": "sale" });
    let sale = acme.client.post(&format!("/v1/programs/{program}/event-types"), &sale)?;
    let event_type = text(&sale, "/id")?.to_string();

    let begins = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    let begins = begins.saturating_sub(30.days());
    let contract = json!({
        "program_id": program, "partner_company_id": bolt.company, "starts_on": begins.to_string(),
        "payouts": [{ "event_type_id": event_type, "percent": "7.5" }],
        "lock": { "after": "month", "months": 1, "days": 15 },
    });
    let contract = acme.client.post("/v1/contracts", &contract)?;
    let accept = format!("/v1/contracts/{}/accept", text(&contract, "/id")?);
    bolt.client.post(&accept, &json!({}))?;
    Ok(event_type)
}

fn track(acme: &Client, partner: &str, event_type: &str, now: Instant) -> anyhow::Result<()> {
    let yesterday = now.minus(jiff::SignedDuration::from_hours(24));
    let actions: Vec<Value> = SALES
        .iter()
        .map(|(order, amount)| {
            json!({
                "event_type_id": event_type, "order_id": order, "occurred_at": yesterday,
                "currency": "EUR", "partner_company_id": partner, "amount": amount,
            })
        })
        .collect();
    acme.post("/v1/actions/batch", &json!({ "actions": actions }))?;
    Ok(())
}

/// Submits the file and watches it being worked off.
fn submit(feed: &Client, event_type: &str, file: &str) -> anyhow::Result<Value> {
    let path = format!("/v1/reversals?event_type_id={event_type}&file_name=returns.csv");
    let mut batch = feed.send("POST", &path, "text/csv", file.as_bytes().to_vec())?;
    let path = format!("/v1/reversals/{}", text(&batch, "/id")?);
    let style = ProgressStyle::with_template("  {bar:40} {pos}/{len} lines")?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
    loop {
        let count = |name: &str| batch.pointer(&format!("/counts/{name}")).and_then(Value::as_u64);
        let done = ["applied", "unchanged", "duplicate", "rejected"];
        bar.set_length(count("total").unwrap_or(0));
        bar.set_position(done.iter().filter_map(|name| count(name)).sum());
        if !matches!(text(&batch, "/status")?, "received" | "processing") {
            bar.finish();
            return Ok(batch);
        }
        // A client polls; there is nothing else for it to wait on yet.
        std::thread::park_timeout(Duration::from_millis(100));
        batch = feed.get(&path)?;
    }
}

/// Prints what became of every line.
fn report(feed: &Client, batch: &Value) -> anyhow::Result<()> {
    let lines = feed.get(&format!("/v1/reversals/{}/lines?limit=200", text(batch, "/id")?))?;
    println!("  {:>4}  {:<12} {:<18} what became of it", "line", "order", "outcome");
    for line in lines.pointer("/data").and_then(Value::as_array).into_iter().flatten() {
        let field = |pointer: &str| line.pointer(pointer).and_then(Value::as_str);
        let told = match (field("/code"), field("/message")) {
            (Some(code), message) => format!("{code}: {}", message.unwrap_or_default()),
            (None, _) => change(line),
        };
        let number = line.pointer("/line").and_then(Value::as_i64).unwrap_or_default();
        let (order, outcome) = (field("/input/order_id"), field("/outcome"));
        println!(
            "  {number:>4}  {:<12} {:<18} {told}",
            order.unwrap_or_default(),
            outcome.unwrap_or_default(),
        );
    }
    let count = |name: &str| batch.pointer(&format!("/counts/{name}")).and_then(Value::as_i64);
    println!(
        "\n  {} applied, {} unchanged, {} duplicate, {} rejected\n",
        count("applied").unwrap_or_default(),
        count("unchanged").unwrap_or_default(),
        count("duplicate").unwrap_or_default(),
        count("rejected").unwrap_or_default(),
    );
    Ok(())
}

/// How a line changed its action, in words.
fn change(line: &Value) -> String {
    let field = |pointer: &str| line.pointer(pointer).and_then(Value::as_str);
    match (field("/before/sale_amount/amount"), field("/after/sale_amount/amount")) {
        (Some(before), Some(after)) => format!(
            "sale {before} → {after}, payout {} → {} {}",
            field("/before/payout/amount").unwrap_or_default(),
            field("/after/payout/amount").unwrap_or_default(),
            field("/after/payout/currency").unwrap_or_default(),
        ),
        _ => String::new(),
    }
}

fn farewell(base: &str, feed: &Client, batch: &str) {
    println!("Look around: {base}/docs (the API), {base}/metrics.");
    println!("Sign in as owner@acme.example or owner@bolt.example, password “{PASSWORD}”.");
    println!("Ready to paste:\n");
    let key = feed.credential();
    println!("  export ENTENTE={base} KEY={key}");
    println!("  curl -s $ENTENTE/v1/reversals/{batch} -H \"Authorization: Bearer $KEY\"");
    println!(
        "  curl -s $ENTENTE/v1/reversals/{batch}/rejected.csv -H \"Authorization: Bearer $KEY\""
    );
    println!("  curl -s \"$ENTENTE/v1/actions?state=reversed\" -H \"Authorization: Bearer $KEY\"");
    println!();
}
