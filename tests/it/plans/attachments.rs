//! Files are found by what they belong to, and what is due by when it is.

use entente::attachments::rules::Hand;
use entente::attachments::store;
use entente::kernel::id::NoteId;

use super::*;

#[test]
fn files_and_what_is_due_of_them_are_found_by_their_indexes() {
    let (now, note) = (some_moment(), NoteId::new());
    on_both_engines(|url| {
        let mut db = open(url);
        let mut go_by = |index: &str, work: &dyn Fn(&mut Db)| {
            let sent = statements(&mut db, work);
            assert!(!sent.is_empty());
            let plans: Vec<String> = sent.iter().map(|sql| plan(&mut db, sql)).collect();
            for plan in &plans {
                let whole =
                    ["TEMP B-TREE", "Sort", "Seq Scan", "SCAN attachments\n", "SCAN blobs\n"];
                assert!(!whole.iter().any(|way| plan.contains(way)), "{index}: {sent:#?}\n{plan}");
            }
            assert!(
                plans.iter().any(|plan| plan.contains(index)),
                "{index}: {sent:#?}\n{plans:#?}"
            );
        };
        go_by("attachments_of_note", &|db| drop(store::of_notes(db, &[note]).unwrap()));
        go_by("attachments_of_note", &|db| {
            let by = Hand { user_id: None, api_key_id: None };
            store::tie(db, (CompanyId::new(), note), &[], by, now).unwrap();
        });
        go_by("attachments_of_nothing", &|db| {
            store::delete_loose(db, now, now, 10).unwrap();
        });
        go_by("blobs_due", &|db| {
            store::let_go(db, now, 10).unwrap();
        });
        go_by("blobs_let_go", &|db| drop(store::gone(db, 10).unwrap()));
    });
}
