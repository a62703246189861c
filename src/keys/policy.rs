//! Who may do what to API keys: admins of the company, and no key.

use super::model::ApiKey;
use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing the company's keys, never their secrets.
    ReadKeys: Admin, None, reads, never;
    /// Making keys.
    CreateKey: Admin, None, writes, never;
    /// Renaming keys, setting their end and renewing their secrets.
    EditKey: Admin, None, writes, never;
    /// Revoking a key, which a suspended company may too.
    RevokeKey: Admin, None, reads, never;
}

impl Allows<ReadKeys> for ApiKey {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<EditKey> for ApiKey {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<RevokeKey> for ApiKey {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

fn own(key: &ApiKey, reach: &Reach) -> Verdict {
    if key.company_id == reach.company { Verdict::Yes } else { Verdict::Hidden }
}
