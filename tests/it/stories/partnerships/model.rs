//! Two sides do whatever comes to their minds: after every step each of them reads what the naive model says.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::people::person;
use crate::cast::deal::id;
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;

#[path = "../../../naive_partnership.rs"]
mod naive_partnership;

use naive_partnership::{Dice, Naive, Op, Stands, Step};

/// How many steps are done.
const STEPS: usize = 60;

/// The two, and where they are.
struct Both {
    sides: [Caller; 2],
    people: Vec<String>,
    path: String,
    open: [Option<Value>; 2],
}

fn grant((kind, level): (usize, u8)) -> (&'static str, Option<&'static str>) {
    match (kind, level) {
        (0, 0) => ("sign_in_as", Some("relationship")),
        (0, _) => ("sign_in_as", Some("company")),
        _ => ("manage_status", None),
    }
}

impl Both {
    fn send(&self, by: usize, method: &str, path: &str, body: &Value) -> (bool, Value) {
        let kind = [("Content-Type", "application/json")];
        let answer = self.sides[by].send(method, path, &kind, body.to_string().as_bytes());
        assert!(answer.status < 500, "{method} {path} {body} {}", answer.text);
        let body = if answer.status == 204 { Value::Null } else { answer.json() };
        (answer.status < 300, body)
    }

    fn ids(&self, people: &[usize]) -> Vec<&String> {
        people.iter().map(|person| &self.people[*person]).collect()
    }

    fn operation(&self, op: Op) -> Value {
        let side = |of: usize| self.sides[of].company_id();
        match op {
            Op::Offer(person) => json!({ "op": "offer_contact", "person_id": self.people[person] }),
            Op::Release(person) => {
                json!({ "op": "release_contact", "person_id": self.people[person] })
            }
            Op::Describe(text) => json!({
                "op": "set_description",
                "description": text.map_or(String::new(), |text| format!("text {text}")),
            }),
            Op::Grant { of, kind, level } => {
                let (kind, level) = grant((kind, level));
                let mut wish = json!({
                    "op": "set_grant", "grant": kind, "granted_by_company_id": side(of),
                });
                if let Some(level) = level {
                    wish["level"] = json!(level);
                }
                wish
            }
            Op::Ungrant { of, kind } => json!({
                "op": "revoke_grant", "grant": grant((kind, 0)).0, "granted_by_company_id": side(of),
            }),
        }
    }

    /// Asks for a step; gives whether it was done.
    fn take(&mut self, step: &Step) -> bool {
        let on = |verb: &str| format!("{}/{verb}", self.path);
        match step {
            Step::Offer { by, people, grants } => self.offer(*by, people, grants),
            Step::Accept { by, people } => {
                let body = match people {
                    Some(some) => json!({ "contacts": self.ids(some) }),
                    None => json!({}),
                };
                self.send(*by, "POST", &on("accept"), &body).0
            }
            Step::Decline { by } => {
                self.send(*by, "POST", &on("decline"), &json!({ "comment": "no" })).0
            }
            Step::Withdraw { by } => self.send(*by, "POST", &on("withdraw"), &json!({})).0,
            Step::End { by } => {
                let ended = self.send(*by, "POST", &on("end"), &json!({ "reason": "why" })).0;
                if ended {
                    self.open = [None, None];
                }
                ended
            }
            Step::Propose { by, ops } => {
                let operations: Vec<Value> = ops.iter().map(|op| self.operation(*op)).collect();
                let body = json!({ "reason": "why", "operations": operations });
                let (done, change) = self.send(*by, "POST", &on("changes"), &body);
                if done {
                    self.open[*by] = Some(change);
                }
                done
            }
            Step::AcceptChange { by, some } => {
                let change = self.open[1 - by].clone().unwrap_or_default();
                let place = |place: &usize| change["operations"][*place]["id"].clone();
                let body = match some {
                    Some(some) => {
                        json!({ "operations": some.iter().map(place).collect::<Vec<_>>() })
                    }
                    None => json!({}),
                };
                self.decide(*by, (1 - by, "accept"), &body)
            }
            Step::DeclineChange { by } => {
                self.decide(*by, (1 - by, "decline"), &json!({ "comment": "no" }))
            }
            Step::WithdrawChange { by } => self.decide(*by, (*by, "withdraw"), &json!({})),
            Step::Revoke { by, kind } => {
                let grant = on(&format!("grants/{}", grant((*kind, 0)).0));
                self.send(*by, "DELETE", &grant, &json!({ "reason": "why" })).0
            }
        }
    }

    fn offer(&mut self, by: usize, people: &[usize], grants: &[(usize, u8)]) -> bool {
        let grants = grants.iter().map(|one| {
            let (kind, level) = grant(*one);
            let mut wish = json!({ "grant": kind });
            if let Some(level) = level {
                wish["level"] = json!(level);
            }
            wish
        });
        // The first side is always the client, so that there is one direction.
        let (field, other) = [("partner_company_id", 1), ("client_company_id", 0)][by];
        let mut body = json!({
            "message": "hello", "contacts": self.ids(people), "grants": grants.collect::<Vec<_>>(),
        });
        body[field] = json!(self.sides[other].company_id());
        let (done, offer) = self.send(by, "POST", "/v1/partnerships", &body);
        if done {
            self.path = format!("/v1/partnerships/{}", id(&offer));
            self.open = [None, None];
        }
        done
    }

    fn decide(&mut self, by: usize, (whose, verb): (usize, &str), body: &Value) -> bool {
        let Some(change) = &self.open[whose] else { return false };
        let change = format!("/v1/changes/{}/{verb}", id(change));
        let done = self.send(by, "POST", &change, body).0;
        if done {
            self.open[whose] = None;
        }
        done
    }

    /// What each side reads is what the model says.
    fn agrees(&self, model: &Naive) {
        for (side, reader) in self.sides.iter().enumerate() {
            let all = reader.all("/v1/partnerships?limit=200");
            let Some(now) = all.first() else { return assert_eq!(model.stands, Stands::Nowhere) };
            let stands = format!("{:?}", model.stands).to_lowercase();
            assert_eq!(now["status"], stands);
            let text = model.agreed.text.map(|text| format!("text {text}"));
            assert_eq!(now["description"], json!(text));
            let open = model.open.iter().flatten().count();
            assert_eq!(
                [&now["tile"]["open_changes"], &now["modified"]],
                [&json!(open), &json!(open > 0)]
            );
            let turn = match (model.is_asked(side), model.is_asked(1 - side)) {
                (true, _) => "mine",
                (false, true) => "theirs",
                (false, false) => "nobody",
            };
            assert_eq!(now["tile"]["whose_turn"], turn);
            self.agree_on_lists(reader, model);
        }
    }

    fn agree_on_lists(&self, reader: &Caller, model: &Naive) {
        let mut granted: Vec<Value> = reader.all(&format!("{}/grants", self.path));
        for one in &mut granted {
            one.as_object_mut().unwrap().retain(|field, _| {
                ["grant", "level", "granted_by_company_id"].contains(&field.as_str())
            });
        }
        let expected = model.grants().iter().map(|((of, kind), level)| {
            let (grant, level) = grant((*kind, *level));
            let by = self.sides[*of].company_id();
            json!({ "grant": grant, "level": level, "granted_by_company_id": by })
        });
        let sorted = |mut all: Vec<Value>| {
            all.sort_by_key(Value::to_string);
            all
        };
        assert_eq!(sorted(granted), sorted(expected.collect()));
        let contacts = reader.all(&format!("{}/contacts", self.path));
        let place = |one: &Value| self.people.iter().position(|id| one["person_id"] == id.as_str());
        let state = |one: &Value| one["state"].as_str().expect("a state").to_string();
        let there: BTreeMap<usize, String> =
            contacts.iter().map(|one| (place(one).expect("somebody"), state(one))).collect();
        let expected = model.contacts().into_iter();
        assert_eq!(there, expected.map(|(person, state)| (person, state.into())).collect());
        for (side, open) in self.open.iter().enumerate() {
            let Some(open) = open else { continue };
            let change = reader.get(&format!("/v1/changes/{}", id(open)), 200);
            let operations = change["operations"].as_array().expect("operations").iter();
            let stale = operations.enumerate().filter(|(_, one)| one["state"] == "stale");
            assert_eq!(stale.map(|(place, _)| place).collect::<Vec<_>>(), model.lost(side));
        }
    }
}

#[test]
fn whatever_two_sides_do_each_reads_what_the_naive_model_says() {
    in_a_world(|world| {
        let sides = [world.company("Acme", "brand"), world.company("Bolt", "agency")];
        let name = |number: usize| ["Ada", "Abe", "Bea", "Ben"][number];
        let people: Vec<String> =
            (0..4).map(|number| person(&sides[number / 2], name(number), "Smith")).collect();
        let path = "/v1/partnerships/pt_01k5h2v7xnf8rtq3m9bcw4ze6a".into();
        let mut both = Both { sides, people, path, open: [None, None] };
        let (mut dice, mut model) = (Dice(20_260_218), Naive::new());
        let mut done = 0;
        for number in 0..STEPS {
            let step = dice.step(&model);
            let may = model.take(&step);
            assert_eq!(both.take(&step), may, "{number}: {step:?} {model:?}");
            both.agrees(&model);
            done += usize::from(may);
        }
        assert!(done > STEPS / 3, "of {STEPS} steps {done} were done");
    });
}
