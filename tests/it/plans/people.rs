//! People, and what they stand on, are found by their indexes.

use std::collections::HashSet;

use entente::kernel::id::{EventId, PartnershipId, PersonId};
use entente::partnerships::contacts::model::State;
use entente::partnerships::contacts::store as contacts;
use entente::partnerships::history::store as history;
use entente::partnerships::managers::store as managers;
use entente::partnerships::store as partnerships;
use entente::people::store as people;

use super::*;

/// Holds each statement's plan against the index that is to be in it; nothing is read to its end.
pub fn go_by(db: &mut Db, sent: &[String], index: &str) {
    assert!(!sent.is_empty());
    for sql in sent {
        let plan = plan(db, sql);
        let whole = ["TEMP B-TREE", "Sort", "Seq Scan", "SCAN people\n", "SCAN partnership"];
        let found = plan.contains(index) && !whole.iter().any(|way| plan.contains(way));
        assert!(found, "{index}\n{sql}\n{plan}");
    }
}

#[test]
fn people_are_found_by_their_company() {
    let all = people::Filter::default;
    let questions = [
        all(),
        people::Filter { q: Some("ada".into()), ..all() },
        people::Filter { active: Some(true), ..all() },
        people::Filter { available_for: Some(PartnershipId::new()), ..all() },
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for filter in &questions {
            for after in [None, Some(PersonId::new())] {
                let sent = statements(&mut db, |db| {
                    people::page(db, &reach, filter, after, 50).unwrap();
                });
                go_by(&mut db, &sent, "people_of_company");
            }
        }
    });
}

/// The name of a table's key, by which its rows are found.
pub fn key_of(url: &str, table: &str) -> String {
    match url.starts_with("sqlite://") {
        true => format!("sqlite_autoindex_{table}_1"),
        false => format!("{table}_pkey"),
    }
}

#[test]
fn what_people_stand_on_is_found_by_partnership_and_by_person() {
    on_both_engines(|url| {
        let mut db = open(url);
        let (on, company) = (PartnershipId::new(), CompanyId::new());
        for after in [None, Some(PersonId::new())] {
            let sent = statements(&mut db, |db| {
                contacts::page(db, on, State::ALL, after, 50).unwrap();
            });
            go_by(&mut db, &sent, &key_of(url, "partnership_contacts"));
            let sent = statements(&mut db, |db| {
                managers::page(db, (on, company), after, 50).unwrap();
            });
            go_by(&mut db, &sent, &key_of(url, "partnership_managers"));
        }
        for before in [None, Some(EventId::new())] {
            let sent = statements(&mut db, |db| {
                history::page(db, (on, Some(company)), before, 50).unwrap();
            });
            go_by(&mut db, &sent, "partnership_history_in_order");
        }
        without(&mut db, &["partnerships_to_expire"]);
        let sent = statements(&mut db, |db| {
            contacts::standing_of(db, PersonId::new()).unwrap();
        });
        go_by(&mut db, &sent, "partnership_contacts_of_person");
        let sent = statements(&mut db, |db| {
            managers::teams_of(db, PersonId::new()).unwrap();
        });
        go_by(&mut db, &sent, "partnership_managers_of_person");
    });
}

#[test]
fn offers_that_expire_are_found_by_their_index() {
    on_both_engines(|url| {
        let mut db = open(url);
        for after in [None, Some((some_moment(), PartnershipId::new()))] {
            let sent = statements(&mut db, |db| {
                partnerships::overdue(db, some_moment(), after, 10).unwrap();
            });
            go_by(&mut db, &sent, "partnerships_to_expire");
        }
    });
}

#[test]
fn who_manages_a_partnership_is_found_by_its_sides() {
    on_both_engines(|url| {
        let mut db = open(url);
        let pairs = HashSet::from([(CompanyId::new(), CompanyId::new())]);
        let sent = statements(&mut db, |db| {
            entente::notifications::store::team_places(db, &pairs).unwrap();
        });
        let plan = plan(&mut db, &sent[0]);
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN"), "{sent:?}\n{plan}");
    });
}
