//! The directory, and how the status of a company has changed.

use super::*;

#[test]
fn a_search_of_the_directory_goes_by_what_was_asked() {
    use entente::companies::directory::store::search;
    on_both_engines(|url| {
        let mut db = open(url);
        let own = CompanyId::new();
        for after in [None, Some(("acme shoes".to_string(), CompanyId::new()))] {
            let sent = statements(&mut db, |db| {
                search(db, own, "acme", after.as_ref(), 20).unwrap();
            });
            assert_eq!(sent.len(), 1, "{sent:?}");
            let plan = plan(&mut db, &sent[0]);
            let whole = ["Seq Scan", "SCAN directory_entries", "SCAN companies", "SCAN sooner"];
            assert!(!whole.iter().any(|way| plan.contains(way)), "{plan}");
            let by = ["directory_entries_pkey", "sqlite_autoindex_directory_entries_1"];
            assert!(by.iter().any(|index| plan.contains(index)), "{plan}");
            assert!(plan.contains("directory_entries_of_company"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
    });
}

#[test]
fn the_history_of_a_status_is_found_by_its_company() {
    use entente::kernel::id::StatusChangeId;
    use entente::statuses::store::{end_sessions, page, voice};
    on_both_engines(|url| {
        let mut db = open(url);
        let company = CompanyId::new();
        let mut sent = statements(&mut db, |db| {
            page(db, company, None, 50).unwrap();
            page(db, company, Some(StatusChangeId::new()), 50).unwrap();
            voice(db, company).unwrap();
        });
        assert_eq!(sent.len(), 3);
        for sql in sent.drain(..) {
            let plan = plan(&mut db, &sql);
            assert!(plan.contains("company_status_changes_of_company"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
        }
        let sent = statements(&mut db, |db| end_sessions(db, company, some_moment()).unwrap());
        let plan = plan(&mut db, &sent[0]);
        assert!(plan.contains("sessions_live_of_company"), "{plan}");
    });
}
