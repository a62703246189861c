//! Who may do what to contracts: the brand proposes and ends, the partner answers, no key decides.

use super::model::Contract;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing one's own contracts, and what an action would earn under them.
    ReadContract: Viewer, Some(Scope::ContractsRead), reads, relationship;
    /// Proposing a contract or new terms, and taking a proposal back.
    ProposeContract: Manager, None, writes, company;
    /// Saying yes or no to a proposal.
    AnswerContract: Manager, None, writes, company;
    /// Ending a contract.
    EndContract: Manager, None, writes, company;
}

// The store finds only contracts that the company is a side of, within the key's limits.
impl Allows<ReadContract> for Contract {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<ProposeContract> for Contract {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self.brand_company_id == reach.company)
    }
}

impl Allows<AnswerContract> for Contract {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self.partner_company_id == reach.company)
    }
}

impl Allows<EndContract> for Contract {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self.brand_company_id == reach.company)
    }
}

fn for_side(right: bool) -> Verdict {
    if right { Verdict::Yes } else { Verdict::No }
}
