//! Who belongs to a company, is invited to it and is signed in to it is found by an index.

use entente::db::Db;
use entente::kernel::id::{CompanyId, InvitationId, MembershipId, SessionId, UserId};
use entente::kernel::reach::Reach;
use entente::users::delegations::store as delegations;
use entente::users::invitations::model::Status;
use entente::users::invitations::store as invitations;
use entente::users::memberships::store as memberships;
use entente::users::sessions::store as sessions;

use super::{open, plan, some_moment, statements};
use crate::cast::engines::on_both_engines;

/// Every statement of some work goes by its index, and sorts nothing.
fn goes_by(db: &mut Db, indexes: &[&str], work: impl FnOnce(&mut Db)) {
    let sent = statements(db, work);
    assert_eq!(sent.len(), indexes.len(), "{sent:#?}");
    for (sql, index) in sent.iter().zip(indexes) {
        let plan = plan(db, sql);
        let way = ["TEMP B-TREE", "Sort", "Seq Scan", "SCAN "];
        let lost = way.iter().any(|way| plan.contains(way));
        assert!(plan.contains(index) && !lost, "{sql}\n{plan}");
    }
}

#[test]
fn the_people_of_a_company_go_by_their_index() {
    on_both_engines(|url| {
        let (mut db, reach) = (open(url), Reach::whole(CompanyId::new()));
        for after in [None, Some(MembershipId::new())] {
            goes_by(&mut db, &["memberships_of_company"], |db| {
                memberships::page(db, &reach, after, 50).unwrap();
            });
        }
        let people = [UserId::new(), UserId::new()];
        goes_by(&mut db, &["sessions_seen"], |db| {
            memberships::last_seen(db, reach.company, &people).unwrap();
        });
    });
}

#[test]
fn invitations_go_by_their_indexes() {
    on_both_engines(|url| {
        let (mut db, reach) = (open(url), Reach::whole(CompanyId::new()));
        for after in [None, Some(InvitationId::new())] {
            for status in [None, Some(Status::Pending), Some(Status::Accepted)] {
                let page = |db: &mut Db| {
                    let asked = (status, some_moment());
                    invitations::page(db, &reach, asked, after, 50).unwrap();
                };
                let index = if status.is_some() { "invitations_by_status" } else { OF_COMPANY };
                goes_by(&mut db, &[index], page);
            }
        }
        goes_by(&mut db, &["invitations_by_inviter"], |db| {
            invitations::pending_by(db, reach.company, UserId::new()).unwrap();
        });
        goes_by(&mut db, &["invitations_by_hash"], |db| {
            invitations::look_for_token(db, &[1]).unwrap();
        });
    });
}

const OF_COMPANY: &str = "invitations_of_company";

#[test]
fn the_sessions_of_a_person_go_by_their_index() {
    on_both_engines(|url| {
        let mut db = open(url);
        for after in [None, Some(SessionId::new())] {
            let whose = (CompanyId::new(), UserId::new());
            goes_by(&mut db, &["sessions_live"], |db| {
                sessions::page(db, whose, some_moment(), after, 50).unwrap();
            });
        }
    });
}

/// The sessions in which people act for others go by an index of their side, whatever is asked; and what
/// one is worth is one statement that walks over nothing.
#[test]
fn delegated_sessions_go_by_their_indexes() {
    on_both_engines(|url| {
        let mut db = open(url);
        let (own, other) = (CompanyId::new(), CompanyId::new());
        for before in [None, Some(SessionId::new())] {
            let of_own = ["delegated_sessions_of_", "delegated_sessions_for_company"];
            goes_by(&mut db, &of_own, |db| {
                delegations::page(db, (own, own), before, 50).unwrap();
            });
            goes_by(&mut db, &["delegated_sessions_"; 2], |db| {
                delegations::page(db, (own, other), before, 50).unwrap();
            });
        }
        goes_by(&mut db, &["delegated_sessions"], |db| {
            delegations::standing(db, SessionId::new(), some_moment()).unwrap();
        });
        let sent = statements(&mut db, |db| drop(delegations::open(db, some_moment(), 10)));
        assert!(plan(&mut db, &sent[0]).contains("delegated_sessions_open"), "{sent:?}");
    });
}
