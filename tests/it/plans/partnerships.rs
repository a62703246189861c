//! Every way to narrow the list of partnerships goes by an index of its own, and what tiles show is asked
//! for all of a page at once.

use entente::kernel::id::{PartnershipId, PartnershipInvitationId, UserId};
use entente::kernel::reach::Reach;
use entente::partnerships::changes::store as changes;
use entente::partnerships::grants::model::GrantKind;
use entente::partnerships::grants::store as grants;
use entente::partnerships::invitations;
use entente::partnerships::model::{Role, Status};
use entente::partnerships::store::list::{self, Filter};
use entente::partnerships::tiles::model::{Reader, Turn};
use entente::partnerships::tiles::store as tiles;

use super::people::{go_by, key_of};
use super::*;

/// The indexes of lists, each for either side.
const INDEXES: [[&str; 2]; 5] = [
    ["partnerships_of_partner", "partnerships_of_client"],
    ["partnerships_of_partner_by_status", "partnerships_of_client_by_status"],
    ["partnerships_partner_asked", "partnerships_client_asked"],
    ["partnerships_partner_waits", "partnerships_client_waits"],
    ["partnerships_of_partner_modified", "partnerships_of_client_modified"],
];
/// What is there for other questions.
const ELSEWHERE: [&str; 2] = ["partnerships_to_expire", "partnerships_one_live_pair"];

/// The statements of a list.
fn of_list(db: &mut Db, filter: &Filter, after: Option<PartnershipId>) -> Vec<String> {
    let reader = Reader { company: CompanyId::new(), user: Some(UserId::new()) };
    statements(db, |db| drop(list::page(db, reader, filter, after, 50).unwrap()))
}

#[test]
fn every_list_of_partnerships_goes_by_its_index() {
    let all = Filter::default;
    let turn = |turn| Filter { turn: Some(turn), ..all() };
    let status = Some(vec![Status::Active, Status::Ended]);
    let words = Some(vec!["dawn".to_string(), "shoes".to_string()]);
    // Of each question the index for either side: those of the others, of which one would do as well
    // while there are no rows, are not there.
    let [whole, by_status, asked, waits, modified] = INDEXES;
    let questions = [
        (all(), whole),
        (Filter { status, ..all() }, by_status),
        (turn(Turn::Mine), asked),
        (turn(Turn::Theirs), waits),
        (turn(Turn::Nobody), whole),
        (Filter { modified: Some(true), ..all() }, modified),
        (Filter { words, ..all() }, whole),
    ];
    on_both_engines(|url| {
        let mut db = open(url);
        for (filter, indexes) in &questions {
            let others = INDEXES.iter().filter(|others| *others != indexes).flatten();
            let gone: Vec<&str> = others.copied().chain(ELSEWHERE).collect();
            in_passing(&mut db, &gone, |db| {
                for (role, index) in [Role::Partner, Role::Client].into_iter().zip(indexes) {
                    let filter = Filter { role: Some(role), ..filter.clone() };
                    for after in [None, Some(PartnershipId::new())] {
                        let sent = of_list(db, &filter, after);
                        go_by(db, &sent, index);
                    }
                }
            });
        }
    });
}

/// Takes indexes away for a while.
fn in_passing(db: &mut Db, indexes: &[&str], work: impl FnOnce(&mut Db)) {
    let run = |db: &mut Db, sql: &str| match db {
        Db::Sqlite(connection) => connection.batch_execute(sql).unwrap(),
        Db::Postgres(connection) => connection.batch_execute(sql).unwrap(),
    };
    run(db, "BEGIN");
    without(db, indexes);
    work(db);
    run(db, "ROLLBACK");
}

#[test]
fn what_stands_beside_a_page_is_asked_once_and_by_keys() {
    on_both_engines(|url| {
        let mut db = open(url);
        let reader = Reader { company: CompanyId::new(), user: Some(UserId::new()) };
        let row = partnership(reader.company);
        let sent = |db: &mut Db, many: usize| {
            let rows = vec![row.clone(); many];
            statements(db, |db| drop(tiles::beside(db, reader, &rows).unwrap()))
        };
        let (one, many) = (sent(&mut db, 1), sent(&mut db, 50));
        assert_eq!((one.len(), many.len()), (4, 4), "{one:?}");
        let between = "contracts_active_between".to_string();
        let indexes = [
            key_of(url, "partnership_contacts"),
            between.clone(),
            between,
            key_of(url, "favourite_partnerships"),
        ];
        in_passing(
            &mut db,
            &["contracts_one_active", "contracts_of_partner", "contracts_of_brand"],
            |db| {
                for (sql, index) in one.iter().zip(&indexes) {
                    let plan = plan(db, sql);
                    let found = plan.contains(index) && !plan.contains("Seq Scan");
                    assert!(found, "{index}\n{sql}\n{plan}");
                }
            },
        );
    });
}

/// One of a company's.
fn partnership(own: CompanyId) -> entente::partnerships::model::Partnership {
    entente::partnerships::model::Partnership {
        id: PartnershipId::new(),
        partner_company_id: own,
        client_company_id: CompanyId::new(),
        offered_by_company_id: own,
        status: Status::Active,
        message: "hello".into(),
        comment: None,
        end_reason: None,
        ended_by_company_id: None,
        version: 1,
        created_at: some_moment(),
        answered_at: None,
        ended_at: None,
        updated_at: some_moment(),
        expires_at: None,
        description: None,
        open_changes: 0,
        partner_answers: 0,
        client_answers: 0,
        partner_team_visible: false,
        client_team_visible: false,
    }
}

#[test]
fn grants_and_drafts_are_found_by_their_indexes() {
    on_both_engines(|url| {
        let mut db = open(url);
        let (one, other, on) = (CompanyId::new(), CompanyId::new(), PartnershipId::new());
        let sent = statements(&mut db, |db| {
            grants::in_force(db, one, other, GrantKind::SignInAs).unwrap();
        });
        go_by(&mut db, &sent, "partnership_grants_to");
        let sent = statements(&mut db, |db| drop(grants::of(db, on).unwrap()));
        go_by(&mut db, &sent, &key_of(url, "partnership_grants"));
        let sent = statements(&mut db, |db| drop(changes::draft(db, on, one).unwrap()));
        go_by(&mut db, &sent, "partnership_changes_draft");
        for before in [None, Some(entente::kernel::id::ChangeId::new())] {
            let sent = statements(&mut db, |db| {
                changes::page(db, (on, one), None, before, 50).unwrap();
            });
            go_by(&mut db, &sent, "partnership_changes_in_order");
        }
    });
}

#[test]
fn offers_to_addresses_go_by_their_indexes() {
    on_both_engines(|url| {
        let (mut db, own) = (open(url), Reach::whole(CompanyId::new()));
        let by = |db: &mut Db, index: &str, work: &dyn Fn(&mut Db)| {
            let sent = statements(db, work);
            go_by(db, &sent, &format!("partnership_invitations_{index}"));
        };
        for before in [None, Some(PartnershipInvitationId::new())] {
            for status in [None, Some(invitations::model::Status::Pending)] {
                let index = if status.is_some() { "by_status" } else { "of_company" };
                by(&mut db, index, &|db| {
                    let asked = (status, some_moment());
                    invitations::store::page(db, &own, asked, before, 50).unwrap();
                });
            }
        }
        by(&mut db, "pending", &|db| {
            let target = (own.company, "ada@bolt.example", Role::Client);
            invitations::store::look_for_pending(db, target).unwrap();
        });
        for after in [None, Some((some_moment(), PartnershipInvitationId::new()))] {
            by(&mut db, "to_expire", &|db| {
                invitations::store::overdue(db, some_moment(), after, 50).unwrap();
            });
        }
    });
}
