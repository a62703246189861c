//! What the doors of a status are about.

use crate::companies::model::Company;
use crate::managing::model::Door;
use crate::partnerships::grants::model::GrantKind;

/// A company's status; its version is the company's.
#[derive(Debug)]
pub enum OfStatus {}

impl Door for OfStatus {
    const GRANT: GrantKind = GrantKind::ManageStatus;

    fn version(company: &Company) -> i64 {
        company.version
    }
}
