//! Who is invited to a company, and joins it.

use serde_json::{Value, json};

use super::http::{Answer, Caller};
use super::tables::texts;
use super::world::World;

/// Where a token is shown.
pub const ACCEPT: &str = "/v1/invitations/accept";

/// The token of an invitation in the newest letter to an address.
pub fn token(world: &World, email: &str) -> String {
    behind(world, email, "/invitation?token=")
}

/// The token of an offer of a partnership, likewise.
pub fn offer_token(world: &World, email: &str) -> String {
    behind(world, email, "/partnership-invitation?token=")
}

/// The token behind such a link in the newest letter to an address; the letter is looked at before it leaves,
/// or where it is written to.
fn behind(world: &World, email: &str, begun: &str) -> String {
    let found = super::letters::until(
        || {
            let waiting = format!("SELECT text FROM mails WHERE address = '{email}' ORDER BY id");
            let arrived = super::letters::letters_in(&world.outbox(), "eml").into_iter();
            let arrived = arrived.filter(|letter| letter.header("To") == email);
            let all = arrived.map(|letter| letter.text).chain(texts(world, &waiting));
            all.filter(|text| text.contains(begun)).collect::<Vec<String>>()
        },
        |found| !found.is_empty(),
    );
    let newest = found.last().expect("a letter");
    let (_, rest) = newest.split_once(begun).expect("a link");
    rest.split_whitespace().next().expect("a token").to_string()
}

/// Shows a token, with a name and a password.
pub fn shown(caller: &Caller, token: &str) -> Answer {
    let body = json!({ "token": token, "name": "Grace", "password": "correct horse battery" });
    let headers = [("Content-Type", "application/json")];
    caller.send("POST", ACCEPT, &headers, body.to_string().as_bytes())
}

/// Somebody new accepts, and is signed in.
pub fn accepted(world: &World, token: &str) -> Caller {
    let answer = shown(&world.nobody(), token);
    assert_eq!(answer.status, 201, "{}", answer.text);
    world.caller(&answer.json())
}

/// Invites somebody new, who joins.
pub fn joined(world: &World, by: &Caller, email: &str, role: &str) -> Caller {
    by.post("/v1/invitations", json!({ "email": email, "role": role }), 201);
    accepted(world, &token(world, email))
}

/// The path of a person's place in the company that the person is signed in to.
pub fn place(person: &Caller) -> String {
    let me = person.get("/v1/me", 200);
    let all = me["memberships"].as_array().expect("memberships");
    let own = |one: &&Value| one["company_id"] == me["company"]["id"];
    let here = all.iter().find(own).expect("the own one");
    format!("/v1/memberships/{}", here["id"].as_str().expect("an id"))
}
