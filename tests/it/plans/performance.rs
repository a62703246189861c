//! Figures are read from the sums of days and the end of the ledgers by their indexes, however much there
//! is of either.

use entente::kernel::id::{CompanyId, EventTypeId, ProgramId};
use entente::kernel::reach::{Limit, Reach};
use entente::performance::model::{Asked, Book, Period, Side};
use entente::performance::store;

use super::{open, plan, planned, statements, without};
use crate::cast::deal::{Deal, meddle};
use crate::cast::engines::on_both_engines;
use crate::cast::world::in_a_world_with;

/// The index of each table that a statement may read, and that none of them is read to its end.
fn goes_by(sql: &str, plan: &str, indexes: &[&str]) {
    for index in indexes {
        assert!(plan.contains(index), "{index}\n{sql}\n{plan}");
    }
    let whole = |line: &&str| {
        let line = line.trim_start_matches([' ', '-', '>']);
        let table = ["performance_", "action", "adjustments"];
        let read = ["Seq Scan on ", "SCAN "].iter().find_map(|scan| line.strip_prefix(scan));
        read.is_some_and(|rest| table.iter().any(|name| rest.starts_with(name)))
    };
    let whole: Vec<&str> = plan.lines().filter(whole).collect();
    assert!(whole.is_empty(), "{whole:?}\n{sql}\n{plan}");
}

fn asked(side: Side, others: Option<usize>) -> Asked {
    let company = CompanyId::new();
    let day = "2026-03-01".parse().unwrap();
    Asked {
        side,
        company,
        others: others.map(|many| (0..many).map(|_| CompanyId::new()).collect()),
        program: None,
        event_type: None,
        reach: Reach::whole(company),
        period: Period { from: day, to: day },
    }
}

#[test]
fn figures_go_by_the_company() {
    on_both_engines(|url| {
        let mut db = open(url);
        let on_sqlite = url.starts_with("sqlite://");
        without(&mut db, &["performance_days_of_company"]);
        if !on_sqlite {
            without(&mut db, &["action_updates_in_order"]);
        }
        let (partners, programs) = match on_sqlite {
            true => {
                ("performance_days USING PRIMARY KEY", "performance_program_days USING PRIMARY KEY")
            }
            false => ("performance_days_pkey", "performance_program_days_pkey"),
        };
        let limited = Limit::Only(vec![EventTypeId::new(), EventTypeId::new()]);
        let whole = asked(Side::Brand, None);
        let questions = [
            (asked(Side::Partner, None), partners, "action_updates_of_partner"),
            (asked(Side::Partner, Some(1)), partners, "action_updates_of_partner"),
            (asked(Side::Partner, Some(3)), partners, "action_updates_of_partner"),
            (asked(Side::Brand, Some(1)), partners, "action_updates_of_company"),
            (whole.clone(), programs, "action_updates_of_company"),
            (
                Asked { program: Some(ProgramId::new()), ..whole.clone() },
                programs,
                "action_updates_of_company",
            ),
            (
                Asked { reach: Reach { event_types: limited, ..whole.reach.clone() }, ..whole },
                programs,
                "action_updates_of_company",
            ),
        ];
        for (asked, kept, entries) in questions {
            let sent = statements(&mut db, |db| {
                store::days(db, &asked).unwrap();
            });
            assert_eq!(sent.len(), 2, "{sent:#?}");
            let plans: Vec<String> = sent.iter().map(|sql| plan(&mut db, sql)).collect();
            goes_by(&sent[0], &plans[0], &[entries]);
            goes_by(&sent[1], &plans[1], &[kept, entries]);
        }
    });
}

#[test]
fn ledgers_are_followed_by_the_order_of_commits() {
    on_both_engines(|url| {
        let mut db = open(url);
        let on_sqlite = url.starts_with("sqlite://");
        for (book, index) in [
            (Book::Updates, "action_updates_in_order"),
            (Book::Adjustments, "adjustments_in_order"),
        ] {
            let sent = statements(&mut db, |db| {
                assert!(store::next(db, book, 1_000).unwrap().is_none());
            });
            let index = if on_sqlite { "USING INTEGER PRIMARY KEY" } else { index };
            let last = sent.last().unwrap();
            let plan = plan(&mut db, last);
            goes_by(last, &plan, &[index]);
        }
    });
}

#[test]
fn sums_are_compared_with_the_rows_of_their_day() {
    on_both_engines(|url| {
        let mut db = open(url);
        let (brand, day) = (CompanyId::new(), "2026-03-01".parse().unwrap());
        let sent = statements(&mut db, |db| {
            assert!(store::differences(db, brand, day).unwrap().is_empty());
            assert_eq!(store::next_day(db, brand, Some(day)).unwrap(), None);
        });
        assert_eq!(sent.len(), 4, "{sent:#?}");
        for sql in &sent {
            let plan = plan(&mut db, sql);
            goes_by(sql, &plan, &[]);
        }
    });
}

/// What PostgreSQL itself would choose once there is much: the end of a long ledger, and not all of it, of
/// a company whose entries they all are.
#[test]
fn a_long_ledger_is_not_read_for_its_end() {
    in_a_world_with(&["--no-jobs"], |world| {
        if world.database_url.starts_with("sqlite://") {
            return;
        }
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let copy = "SELECT (json_populate_record(u, json_build_object('version', n))).*";
        meddle(
            world,
            &format!(
                "INSERT INTO action_updates {copy} FROM action_updates AS u,
                 generate_series(2, 30000) AS n; ANALYZE action_updates"
            ),
        );
        let mut db = open(&world.database_url);
        let company: CompanyId = deal.acme.company_id().parse().unwrap();
        for side in [Side::Brand, Side::Partner] {
            let question = Asked { company, reach: Reach::whole(company), ..asked(side, None) };
            let sent = statements(&mut db, |db| {
                store::days(db, &question).unwrap();
            });
            for sql in &sent {
                goes_by(sql, &planned(&mut db, sql, ""), &[]);
            }
        }
    });
}
