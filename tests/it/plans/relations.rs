//! What a company keeps about others is found by its indexes, however many there are.

use std::collections::BTreeSet;

use entente::companies::model::Kind;
use entente::companies::profile::model::Method;
use entente::kernel::id::{AccountOwnerId, CompanyId, NoteId, PartnershipId, ProgramId, UserId};
use entente::kernel::reach::Reach;
use entente::relations::model::{Filter, Live, LookedAfter, Place, Relation, Side, Sort};
use entente::relations::notes::model as notes;
use entente::relations::notes::store as note_store;
use entente::relations::store;

use super::{open, plan, some_moment, statements};
use crate::cast::engines::on_both_engines;

/// Holds a plan against the indexes that may be in it; nothing is sorted or read to its end.
fn goes_by(sql: &str, plan: &str, indexes: &[&str]) {
    let found = indexes.iter().any(|index| plan.contains(index));
    let whole = ["TEMP B-TREE FOR ORDER BY", "Sort", "Seq Scan", "SCAN "];
    assert!(found && !whole.iter().any(|way| plan.contains(way)), "{sql}\n{plan}");
}

fn everything(sort: Sort) -> Filter {
    Filter {
        side: None,
        status: None,
        account_owner: None,
        kind: None,
        method: None,
        program: None,
        modified: None,
        country: None,
        tag: None,
        has_notes: None,
        words: None,
        sort,
    }
}

fn questions(sort: Sort) -> Vec<Filter> {
    let all = || everything(sort);
    vec![
        all(),
        Filter { side: Some(Side::Partner), ..all() },
        Filter { side: Some(Side::Own), ..all() },
        Filter { status: Some(vec![Live::Offered, Live::Active]), ..all() },
        Filter { account_owner: Some(LookedAfter::By(UserId::new())), ..all() },
        Filter { account_owner: Some(LookedAfter::ByNobody), ..all() },
        Filter { kind: Some(vec![Kind::Brand]), ..all() },
        Filter { side: Some(Side::Managed), status: Some(vec![Live::Active]), ..all() },
        Filter { method: Some(Method::Coupon), ..all() },
        Filter { program: Some(ProgramId::new()), ..all() },
        Filter { modified: Some(true), ..all() },
        Filter { modified: Some(false), ..all() },
        Filter { country: Some("DE".into()), ..all() },
        Filter { tag: Some("fashion".into()), ..all() },
        Filter { has_notes: Some(true), ..all() },
        Filter { words: Some(vec!["shoe".into(), "shop".into()]), ..all() },
    ]
}

#[test]
fn the_list_of_companies_goes_by_its_order() {
    let id = CompanyId::new();
    let orders = [
        (Sort::Name, "relations_by_name", Place::Name("acme".into(), id)),
        (Sort::LastActivity, "relations_by_activity", Place::Active(id, some_moment())),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        let reach = Reach::whole(CompanyId::new());
        for (sort, index, place) in &orders {
            for filter in questions(*sort) {
                for after in [None, Some(place)] {
                    let sent = statements(&mut db, |db| {
                        store::page(db, &reach, &filter, after, 50).unwrap();
                    });
                    for sql in sent {
                        let plan = plan(&mut db, &sql);
                        // To be one's own company names the row.
                        let own = filter.side == Some(Side::Own);
                        assert!(own || plan.contains(index), "{filter:?}\n{sql}\n{plan}");
                        goes_by(&sql, &plan, &[*index, "relations_pkey", "autoindex_relations"]);
                    }
                }
            }
        }
    });
}

#[test]
fn what_stands_beside_the_list_is_found_by_company() {
    on_both_engines(|url| {
        let mut db = open(url);
        let (own, ids) = (CompanyId::new(), [CompanyId::new(), CompanyId::new()]);
        let (some, others) = (BTreeSet::from([own]), BTreeSet::from(ids));
        let sent = statements(&mut db, |db| {
            store::tags(db, own, &ids).unwrap();
            store::contacts(db, own, &ids).unwrap();
            store::owners(db, &some, &others).unwrap();
            store::names(db, &BTreeSet::from([UserId::new()])).unwrap();
            store::modified(db, &[PartnershipId::new()]).unwrap();
            store::of_ids(db, &[AccountOwnerId::new()]).unwrap();
            store::clear_of(db, own, UserId::new(), some_moment()).unwrap();
        });
        assert_eq!(sent.len(), 7, "{sent:#?}");
        for sql in sent {
            let plan = plan(&mut db, &sql);
            let whole = ["Seq Scan", "SCAN "];
            assert!(!whole.iter().any(|way| plan.contains(way)), "{sql}\n{plan}");
        }
    });
}

fn relation() -> Relation {
    Relation {
        company_id: CompanyId::new(),
        other_company_id: CompanyId::new(),
        name: String::new(),
        words: String::new(),
        is_live: true,
        partner_partnership_id: None,
        partner_status: None,
        client_partnership_id: None,
        client_status: None,
        account_owner_id: None,
        notes_count: 0,
        last_note_at: None,
        last_activity_at: some_moment(),
        version: 1,
    }
}

#[test]
fn the_history_of_account_owners_and_the_notes_go_by_the_two_companies() {
    use notes::{Filter, Kind, Place, Sort};
    let (at, id) = (some_moment(), NoteId::new());
    let orders = [
        (Sort::Pinned, "notes_pinned", Place::Pinned(true, at, id)),
        (Sort::Latest, "notes_of_relation", Place::Latest(at, id)),
        (Sort::Earliest, "notes_of_relation", Place::Earliest(id, at)),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        for before in [None, Some(AccountOwnerId::new())] {
            let sent = statements(&mut db, |db| {
                store::history(db, &relation(), before, 50).unwrap();
            });
            let plan = plan(&mut db, &sent[0]);
            goes_by(&sent[0], &plan, &["account_owners_of_relation"]);
        }
        for (sort, index, place) in orders {
            let all = || Filter {
                kind: None,
                author: None,
                pinned: None,
                has_files: None,
                occurred_after: None,
                occurred_before: None,
                words: None,
                sort,
            };
            for filter in [
                all(),
                Filter { kind: Some(vec![Kind::Call]), ..all() },
                Filter { author: Some(UserId::new()), ..all() },
                Filter { has_files: Some(true), ..all() },
                Filter { has_files: Some(false), ..all() },
                Filter { occurred_after: Some(at), occurred_before: Some(at), ..all() },
                Filter { words: Some(vec!["shoe".into(), "shop".into()]), ..all() },
            ] {
                for after in [None, Some(place)] {
                    let sent = statements(&mut db, |db| {
                        note_store::page(db, &relation(), &filter, after, 50).unwrap();
                    });
                    assert!(!sent.is_empty());
                    for sql in sent {
                        let plan = plan(&mut db, &sql);
                        goes_by(&sql, &plan, &[index]);
                    }
                }
            }
        }
    });
}
