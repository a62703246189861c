//! What stands on a tile, and whose turn it is.

use super::model::{Label, Turn};
use crate::kernel::id::CompanyId;
use crate::partnerships::model::{Partnership, Status};

/// The word on a tile.
pub fn label(row: &Partnership) -> Label {
    match row.status {
        Status::Offered => Label::Open,
        Status::Active if row.open_changes > 0 => Label::Modified,
        Status::Active => Label::Active,
        Status::Declined | Status::Withdrawn | Status::Expired | Status::Ended => Label::Ended,
    }
}

/// Who has something to answer, as `reader` sees it: its own comes first.
pub fn turn(row: &Partnership, reader: CompanyId) -> Turn {
    let waits = |company| row.answers_of(company) > 0;
    match (waits(reader), waits(row.other_side(reader))) {
        (true, _) => Turn::Mine,
        (false, true) => Turn::Theirs,
        (false, false) => Turn::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Instant;
    use crate::partnerships::rules::{accept, ask, settle};

    #[test]
    fn a_tile_says_how_far_the_two_have_come() {
        let labels = |open: i64| -> Vec<Label> {
            let row = |status: &Status| Partnership {
                open_changes: open,
                ..Partnership::standing(*status)
            };
            Status::ALL.iter().map(|status| label(&row(status))).collect()
        };
        use Label::*;
        assert_eq!(labels(0), [Open, Active, Ended, Ended, Ended, Ended]);
        assert_eq!(labels(1), [Open, Modified, Ended, Ended, Ended, Ended]);
    }

    #[test]
    fn whoever_has_something_to_answer_has_the_turn() {
        let at = Instant::from_micros(1_800_000_001_000_000);
        let offered = Partnership::standing(Status::Offered);
        let (partner, client) = (offered.partner_company_id, offered.client_company_id);
        let turns = |row: &Partnership| [turn(row, partner), turn(row, client)];
        assert_eq!(turns(&offered), [Turn::Theirs, Turn::Mine]);
        let active = accept(&offered, None, at).unwrap();
        assert_eq!(turns(&active), [Turn::Nobody, Turn::Nobody]);
        let asked = ask(&active, client, at);
        assert_eq!(turns(&asked), [Turn::Mine, Turn::Theirs]);
        let both = ask(&asked, partner, at);
        assert_eq!(turns(&both), [Turn::Mine, Turn::Mine]);
        assert_eq!(turns(&settle(&both, client, at)), [Turn::Theirs, Turn::Mine]);
    }
}
