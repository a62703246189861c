//! A company, as somebody stands before it who would manage something of it.

use std::marker::PhantomData;

use crate::companies::model::Company;
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;
use crate::partnerships::grants::model::{GrantKind, GrantLevel};

/// What of a company is managed through a door.
pub trait Door: Send + Sync + 'static {
    /// What another company has to be granted for it.
    const GRANT: GrantKind;

    /// The version of what is managed.
    fn version(company: &Company) -> i64;
}

/// A company, looked at for what a door is about.
#[derive(Debug, Clone)]
pub struct Managed<D> {
    /// The company.
    pub company: Company,
    /// What it grants the company that looks at it, and how far; nothing of one's own.
    pub granted: Option<(CompanyId, Option<GrantLevel>)>,
    door: PhantomData<fn() -> D>,
}

impl<D: Door> Managed<D> {
    /// As somebody sees it to whom it grants this much.
    pub fn of(company: Company, granted: Option<(CompanyId, Option<GrantLevel>)>) -> Self {
        Self { company, granted, door: PhantomData }
    }

    /// Whether it is the caller's own company.
    pub fn is_own(&self, reach: &Reach) -> bool {
        self.company.id == reach.company
    }

    /// Whether it is the caller's own, or one that lets the caller's company manage it.
    pub fn is_open(&self, reach: &Reach) -> bool {
        self.is_own(reach) || self.granted.is_some_and(|(grantee, _)| grantee == reach.company)
    }
}
