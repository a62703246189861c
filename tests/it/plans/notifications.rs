//! What people are told goes by its indexes, however long the lists are.

use std::collections::HashSet;

use entente::kernel::id::{CompanyId, NotificationId, UserId};
use entente::notifications::model::{Kind, Own};
use entente::notifications::store::{self, Filter};
use entente::users::model::Role;

use super::{open, plan, some_moment, statements};
use crate::cast::engines::on_both_engines;

fn somebody() -> Own {
    Own { user: UserId::new(), company: CompanyId::new(), role: Role::Owner }
}

/// Holds a plan against the indexes that may be in it; nothing is sorted or read to its end.
fn goes_by(sql: &str, plan: &str, indexes: &[&str]) {
    let found = indexes.iter().any(|index| plan.contains(index));
    let whole = ["TEMP B-TREE", "Sort", "Seq Scan", "SCAN notifications\n"];
    assert!(found && !whole.iter().any(|way| plan.contains(way)), "{sql}\n{plan}");
}

#[test]
fn a_list_goes_by_its_person() {
    let kinds = Some(vec![Kind::Security, Kind::BatchDone]);
    let questions = [
        (Filter::default(), "notifications_of_user"),
        (Filter { kinds, ..Filter::default() }, "notifications_of_user"),
        (Filter { unread: Some(false), ..Filter::default() }, "notifications_of_user"),
        (Filter { unread: Some(true), ..Filter::default() }, "notifications_unread"),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        for (filter, index) in &questions {
            for before in [None, Some(1)] {
                let sent = statements(&mut db, |db| {
                    store::page(db, somebody(), filter, before, 50).unwrap();
                });
                let plan = plan(&mut db, &sent[0]);
                goes_by(&sent[0], &plan, &[*index, "notifications_of_user"]);
            }
        }
        let sent = statements(&mut db, |db| {
            store::unread(db, somebody(), 100).unwrap();
            store::since(db, somebody(), 1, 100).unwrap();
            store::newest(db, somebody()).unwrap();
            store::last_number(db).unwrap();
        });
        let indexes = [
            "notifications_unread",
            "notifications_of_user",
            "notifications_of_user",
            "notifications_in_order",
        ];
        for (sql, index) in sent.iter().zip(indexes) {
            let plan = plan(&mut db, sql);
            assert!(plan.contains(index) && !plan.contains("Seq Scan"), "{sql}\n{plan}");
        }
    });
}

#[test]
fn what_is_due_and_what_is_old_is_found_without_looking_at_the_rest() {
    on_both_engines(|url| {
        let mut db = open(url);
        for after in [None, Some((some_moment(), UserId::new(), CompanyId::new()))] {
            let sent = statements(&mut db, |db| {
                store::due(db, some_moment(), after, 10).unwrap();
            });
            let plan = plan(&mut db, &sent[0]);
            goes_by(&sent[0], &plan, &["notifications_to_digest"]);
        }
        let sent = statements(&mut db, |db| {
            store::sweep(db, some_moment()).unwrap();
        });
        let old = plan(&mut db, &sent[0]);
        goes_by(&sent[0], &old, &["notifications_by_age"]);
        let sent = statements(&mut db, |db| {
            store::number_of(db, somebody(), NotificationId::new()).unwrap();
        });
        let one = plan(&mut db, &sent[0]);
        assert!(!one.contains("Seq Scan") && !one.contains("SCAN"), "{one}");
    });
}

#[test]
fn who_is_concerned_is_found_by_company() {
    on_both_engines(|url| {
        let mut db = open(url);
        let companies = HashSet::from([CompanyId::new(), CompanyId::new()]);
        let sent = statements(&mut db, |db| {
            store::members(db, &companies, &HashSet::from([UserId::new()])).unwrap();
        });
        let plan = plan(&mut db, &sent[0]);
        assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN"), "{plan}");
    });
}
