//! Compares the sums of days with the rows they are of: brand by brand, day by day.
//!
//! Both sides are read by one statement, so that they are of the same moment, however busy the server is.

use super::model::{Figures, Key};
use super::store;
use crate::db::Pool;
use crate::error::Result;

/// How many days were looked at, and how many sums differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Days of brands.
    pub days: u64,
    /// Sums that are not what their rows come to.
    pub differences: u64,
}

/// Looks at everything, and tells of each day how many sums of it were wrong, and which.
pub async fn verify(pool: &Pool, tell: impl Fn(Vec<String>)) -> Result<Report> {
    let mut report = Report::default();
    let mut brand = pool.read(|db| store::next_company(db, None)).await?;
    while let Some(company) = brand {
        let mut after = None;
        while let Some(day) = pool.read(move |db| store::next_day(db, company, after)).await? {
            let found = pool.read(move |db| store::differences(db, company, day)).await?;
            let found: Vec<String> = found.iter().map(said).collect();
            report.days = report.days.saturating_add(1);
            let wrong = u64::try_from(found.len()).unwrap_or(u64::MAX);
            report.differences = report.differences.saturating_add(wrong);
            tell(found);
            after = Some(day);
        }
        brand = pool.read(move |db| store::next_company(db, Some(company))).await?;
    }
    Ok(report)
}

fn said((key, figures): (&Key, &Figures)) -> String {
    let whose = match key.partner_company_id {
        Some(partner) => format!("{partner} in {}", key.program_id),
        None => format!("{} as a whole", key.program_id),
    };
    format!("{whose} on {}: the sums of the day are not its actions, by {figures:?}", key.day)
}
