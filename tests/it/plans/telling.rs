//! What tells others, and the record of who did what.

use super::*;

#[test]
fn the_audit_log_goes_by_an_index_for_every_filter() {
    use entente::audit::model::{Filter, Kinds};
    use entente::audit::store::{page, sweep};
    use entente::events::model::{AnyId, any};
    use entente::kernel::id::{ApiKeyId, AuditId, SessionId, UserId};
    let session = Some(SessionId::new());
    let (user, key) = (Some(UserId::new()), Some(ApiKeyId::new()));
    let object: Option<AnyId> = Some(any(ActionId::new()));
    let (one, of) = (Kinds::One("action.tracked".into()), Kinds::Of("action".into()));
    let at = Some(some_moment());
    let all = Filter::default;
    let questions = [
        (all(), "sqlite_autoindex_audit_entries"),
        (Filter { after: at, before: at, ..all() }, "sqlite_autoindex_audit_entries"),
        (Filter { kinds: Some(of), ..all() }, "sqlite_autoindex_audit_entries"),
        (Filter { delegated: Some(false), ..all() }, "sqlite_autoindex_audit_entries"),
        (Filter { kinds: Some(one.clone()), ..all() }, "audit_entries_of_type"),
        (Filter { user, ..all() }, "audit_entries_of_user"),
        (Filter { user, kinds: Some(one.clone()), ..all() }, "audit_entries_of_user"),
        (Filter { key, ..all() }, "audit_entries_of_key"),
        (Filter { key, after: at, ..all() }, "audit_entries_of_key"),
        (Filter { object, ..all() }, "audit_entries_of_object"),
        (Filter { object, key, user, kinds: Some(one), ..all() }, "audit_entries_of_object"),
        (Filter { delegated: Some(true), ..all() }, "audit_entries_delegated"),
        (Filter { delegated: Some(true), user, ..all() }, "audit_entries_of_user"),
        (Filter { session, ..all() }, "audit_entries_of_session"),
        (Filter { session, object, user, ..all() }, "audit_entries_of_session"),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for (filter, index) in &questions {
            for after in [None, Some((some_moment(), AuditId::new()))] {
                let sent = statements(&mut db, |db| drop(page(db, &reach, filter, after, 50)));
                assert!(!sent.is_empty());
                for sql in sent {
                    let plan = plan(&mut db, &sql);
                    // PostgreSQL weighs indexes by its statistics, and has none of an empty table.
                    let weighed = !url.starts_with("sqlite://");
                    let index = if weighed { "audit_entries_" } else { index };
                    assert!(plan.contains(index), "{filter:?}\n{sql}\n{plan}");
                    let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                    assert!(!sorts && !plan.contains("Seq Scan"), "{filter:?}\n{sql}\n{plan}");
                }
            }
        }
        let sent = statements(&mut db, |db| drop(sweep(db, some_moment(), 10)));
        assert!(plan(&mut db, &sent[0]).contains("audit_entries_by_age"));
    });
}

#[test]
fn letters_and_wishes_for_a_password_are_found_by_their_indexes() {
    use entente::kernel::id::{PasswordResetId, UserId, WorkerId};
    use entente::mail::store as mail;
    use entente::users::resets::store as resets;
    on_both_engines(|url| {
        let mut db = open(url);
        let (now, worker) = (some_moment(), WorkerId::new());
        let wish = (PasswordResetId::new(), UserId::new());
        type Ask = Box<dyn FnOnce(&mut Db)>;
        let asked: Vec<(&str, Ask)> = vec![
            ("mails_waiting", Box::new(move |db| drop(mail::any_due(db, now)))),
            (
                "mails_waiting",
                Box::new(move |db| drop(mail::take(db, (worker, jiff_hour()), 4, now))),
            ),
            ("mails_in_hand", Box::new(move |db| drop(mail::renew(db, worker, now)))),
            ("mails_in_hand", Box::new(move |db| drop(mail::give_back(db, worker)))),
            ("mails_done", Box::new(move |db| drop(mail::sweep(db, now)))),
            ("password_resets_of_an_address", Box::new(move |db| drop(resets::ask(db, "a", now)))),
            ("password_resets_waiting", Box::new(move |db| drop(resets::unanswered(db, 4)))),
            ("password_resets_by_hash", Box::new(move |db| drop(resets::look_for(db, b"a", now)))),
            ("password_resets_by_age", Box::new(move |db| drop(resets::sweep(db, now)))),
            (
                "password_resets_of_a_user",
                Box::new(move |db| drop(resets::open(db, wish, b"a", now))),
            ),
        ];
        for (index, ask) in asked {
            let sent = statements(&mut db, ask);
            let about = |sql: &&String| sql.contains("mails") || sql.contains("password_resets");
            let sql = sent.iter().find(about).expect("a statement");
            let plan = plan(&mut db, sql);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
    });
}

fn jiff_hour() -> jiff::SignedDuration {
    jiff::SignedDuration::from_hours(1)
}

/// What a filter of events means is found by the indexes of both sides, or by that of the thing.
#[test]
fn the_feed_of_events_goes_by_the_indexes_of_both_sides_or_of_the_thing() {
    use entente::db::dialect::feed::Place as InFeed;
    use entente::events::kinds::EventKind;
    use entente::events::model::AnyId;
    use entente::events::store::{Filter, page};
    use entente::kernel::id::EventId;
    let kinds = Some(vec![EventKind::ActionReversed, EventKind::ReversalCompleted]);
    let sides = ["events_of_company", "events_of_other"].as_slice();
    let questions = [
        (Filter { kinds: kinds.clone(), object: None }, sides),
        (Filter { kinds: None, object: Some(AnyId::new()) }, &["events_of_object"]),
        (Filter { kinds, object: Some(AnyId::new()) }, &["events_of_object"]),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        without_of_the_whole(&mut db);
        let reach = Reach::whole(CompanyId::new());
        for (filter, indexes) in &questions {
            for after in [None, Some(InFeed::from_kept((1, EventId::new())))] {
                let sent = statements(&mut db, |db| {
                    page(db, &reach, filter, after, 50).unwrap();
                });
                // The first one asks what is certain so far.
                assert_eq!(sent.len(), 1 + 2 * indexes.len(), "{sent:?}");
                for sql in sent.into_iter().skip(1) {
                    let plan = plan(&mut db, &sql);
                    let found = indexes.iter().any(|index| plan.contains(index));
                    let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                    assert!(found && !sorts && sql.contains("LIMIT"), "{sql}\n{plan}");
                }
            }
        }
    });
}

/// PostgreSQL likes the index of the whole feed as well, while there are no rows.
fn without_of_the_whole(db: &mut Db) {
    if matches!(db, Db::Postgres(_)) {
        without(db, &["events_in_order"]);
    }
}

#[test]
fn the_beginning_of_the_feed_is_found_and_forgotten_in_its_order() {
    use entente::db::dialect::feed::Place as InFeed;
    use entente::events::rules::Keeping;
    use entente::events::store::{forget, over};
    use entente::kernel::id::EventId;
    on_both_engines(|url| {
        let mut db = open(url);
        let place = InFeed::from_kept((1, EventId::new()));
        let sent = statements(&mut db, |db| {
            assert_eq!(over(db, &Keeping::days(90, some_moment()), 1_000).unwrap(), None);
            assert_eq!(forget(db, &place).unwrap(), 0);
        });
        let of_events = sent.iter().filter(|sql| sql.contains("FROM events"));
        for sql in of_events {
            let plan = plan(&mut db, sql);
            let by_row = plan.contains("SCAN events") && sql.contains("ORDER BY seq LIMIT");
            let by_key = plan.contains("INTEGER PRIMARY KEY") || plan.contains("events_in_order");
            let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
            assert!((by_row || by_key) && !sorts, "{sql}\n{plan}");
        }
    });
}

#[test]
fn the_work_on_webhooks_goes_by_its_indexes() {
    use entente::kernel::id::{WebhookDeliveryId, WebhookEndpointId};
    use entente::webhooks::model::Status;
    use entente::webhooks::store::{lanes, log};
    type Ask = Box<dyn Fn(&mut Db)>;
    let (endpoint, at) = (WebhookEndpointId::new(), some_moment());
    let list = |filter: log::Filter, after: Option<log::Place>| -> Ask {
        Box::new(move |db| drop(log::page(db, endpoint, &filter, after, 50).unwrap()))
    };
    let status = Some(vec![Status::Failed]);
    let by_type = log::Filter { event_type: Some("action.tracked".into()), ..Default::default() };
    let within =
        log::Filter { created_after: Some(at), created_before: Some(at), ..Default::default() };
    let after = Some((at, WebhookDeliveryId::new()));
    let questions: Vec<(&str, Ask)> = vec![
        ("webhook_lanes_due", Box::new(move |db| drop(lanes::any_due(db, false, at)))),
        ("webhook_lanes_failing", Box::new(move |db| drop(lanes::any_due(db, true, at)))),
        ("webhook_deliveries_due", Box::new(move |db| drop(lanes::due(db, endpoint, at, 64)))),
        ("webhook_deliveries_due", Box::new(move |db| drop(lanes::next_due(db, endpoint)))),
        ("webhook_deliveries_behind", Box::new(move |db| drop(lanes::any_behind(db, endpoint)))),
        (
            "webhook_deliveries_behind",
            Box::new(move |db| {
                drop(lanes::let_next_go(db, endpoint, entente::events::model::AnyId::new(), at));
            }),
        ),
        ("webhook_deliveries_of_endpoint", list(log::Filter::default(), None)),
        ("webhook_deliveries_of_endpoint", list(within, after)),
        ("webhook_deliveries_of_endpoint", list(by_type, after)),
        (
            "webhook_deliveries_of_endpoint",
            list(log::Filter { status, ..Default::default() }, None),
        ),
        ("webhook_deliveries_to_sweep", Box::new(move |db| drop(log::sweep(db, at)))),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        for (index, ask) in &questions {
            let sent = statements(&mut db, |db| ask(db));
            let asked = sent.iter().filter(|sql| sql.starts_with("SELECT"));
            let plans: Vec<String> = asked.map(|sql| plan(&mut db, sql)).collect();
            assert!(!plans.is_empty(), "{index}");
            for plan in plans {
                assert!(plan.contains(index), "{index}\n{plan}");
                let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                assert!(!sorts && !plan.contains("Seq Scan on webhook_del"), "{index}\n{plan}");
            }
        }
    });
}
