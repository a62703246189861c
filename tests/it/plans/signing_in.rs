//! How people sign in.

use entente::kernel::id::{EmailChangeId, UserId};
use entente::users::attempts::store as attempts;
use entente::users::emails::model::EmailChange;
use entente::users::emails::store as emails;
use entente::users::registrations::store as registrations;

use super::*;

#[test]
fn what_waits_for_a_letter_and_what_was_counted_is_found_by_an_index() {
    type Ask = Box<dyn FnOnce(&mut Db)>;
    on_both_engines(|url| {
        let mut db = open(url);
        let (now, user) = (some_moment(), UserId::new());
        let wish = EmailChange {
            id: EmailChangeId::new(),
            user_id: user,
            email: "a".into(),
            created_at: now,
            hash: None,
            expires_at: now,
        };
        let asked: Vec<(&str, Ask)> = vec![
            (
                "registrations_of_an_address",
                Box::new(move |db| drop(registrations::is_heard(db, "a", now))),
            ),
            (
                "registrations_of_an_address",
                Box::new(move |db| drop(registrations::newest(db, "a", now))),
            ),
            (
                "registrations_by_hash",
                Box::new(move |db| drop(registrations::look_for(db, b"a", now))),
            ),
            ("registrations_by_age", Box::new(move |db| drop(registrations::sweep(db, now)))),
            (
                "email_changes_of_a_user",
                Box::new(move |db| drop(emails::lately(db, user, "a", now))),
            ),
            ("email_changes_of_a_user", Box::new(move |db| drop(emails::ask(db, &wish)))),
            ("email_changes_by_hash", Box::new(move |db| drop(emails::look_for(db, b"a", now)))),
            ("email_changes_by_age", Box::new(move |db| drop(emails::sweep(db, now)))),
            ("sign_in_counts_by_age", Box::new(move |db| drop(attempts::sweep(db, now)))),
        ];
        let tables = ["registrations", "email_changes", "sign_in_counts"];
        for (index, ask) in asked {
            let sent = statements(&mut db, ask);
            let about = |sql: &&String| tables.iter().any(|table| sql.contains(table));
            let sql = sent.iter().find(about).expect("a statement");
            let plan = plan(&mut db, sql);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
        let sent = statements(&mut db, |db| drop(emails::lately(db, user, "a", now)));
        let plan = plan(&mut db, sent.last().expect("a statement"));
        assert!(plan.contains("email_changes_to_an_address"), "{plan}");
    });
}
