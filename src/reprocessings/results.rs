//! What became of the actions of a reprocessing as CSV, made while it is sent.

use actix_web::web::Bytes;

use super::model::{Reprocessing, ResultRow};
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::http::csv::{self, Cell};
use crate::kernel::id::ActionId;
use crate::kernel::money::Money;

/// How many rows one read makes.
const ROWS: i64 = 1_000;

const COLUMNS: &[&str] = &[
    "action_id",
    "order_id",
    "outcome",
    "code",
    "from_partner_company_id",
    "to_partner_company_id",
    "currency",
    "payout_before",
    "payout_after",
];

/// Where the making of the file stands.
#[derive(Debug, Clone, Copy)]
pub enum Stand {
    /// At the header.
    Header,
    /// At the rows after an action; at the first ones if there is none.
    After(Option<ActionId>),
    /// At the end.
    End,
}

/// The next stretch of the file, and where to go on.
pub fn stretch(db: &mut Db, of: &Reprocessing, stand: Stand) -> Result<Option<(Bytes, Stand)>> {
    let mut text = Vec::new();
    let next = match stand {
        Stand::Header => {
            csv::header(&mut text, COLUMNS);
            Stand::After(None)
        }
        Stand::After(after) => {
            let page = store::results(db, of.id, None, after, ROWS)?;
            let last = page.rows.last().map(|row| row.action_id).filter(|_| page.next.is_some());
            page.rows.into_iter().for_each(|row| csv::row(&mut text, cells(row)));
            last.map_or(Stand::End, |last| Stand::After(Some(last)))
        }
        Stand::End => return Ok(None),
    };
    Ok(Some((Bytes::from(text), next)))
}

fn cells(row: ResultRow) -> Vec<Cell> {
    let amount = |minor| Cell::plain(Money::of(minor, row.currency).amount());
    vec![
        Cell::plain(row.action_id),
        Cell::text(Some(row.order_id)),
        Cell::plain(row.outcome),
        Cell::maybe(row.code),
        Cell::plain(row.from_partner_company_id),
        Cell::plain(row.to_partner_company_id),
        Cell::plain(row.currency),
        amount(row.payout_before_minor),
        amount(row.payout_after_minor),
    ]
}
