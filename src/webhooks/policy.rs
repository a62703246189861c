//! Who may set up webhooks: admins, and no key. What was sent is for those who look after it.

use super::model::{Delivery, Endpoint};
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing webhook endpoints and what was sent to them, never their secrets.
    ReadWebhooks: Manager, Some(Scope::WebhooksRead), reads, never;
    /// Making and editing webhook endpoints, trying them, and renewing their secrets.
    EditWebhooks: Admin, None, writes, never;
    /// Deleting a webhook endpoint, which a suspended company may too.
    DeleteWebhook: Admin, None, reads, never;
    /// Sending again what was sent.
    Redeliver: Manager, None, writes, never;
}

// The store finds only the company's own.
impl Allows<ReadWebhooks> for Endpoint {
    fn allows(&self, reach: &Reach) -> Verdict {
        whole(reach)
    }
}

impl Allows<EditWebhooks> for Endpoint {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<DeleteWebhook> for Endpoint {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<Redeliver> for Endpoint {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<ReadWebhooks> for Delivery {
    fn allows(&self, reach: &Reach) -> Verdict {
        whole(reach)
    }
}

impl Allows<Redeliver> for Delivery {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

/// Events are not told apart by programs: a key that is limited to some sees none of them here either.
fn whole(reach: &Reach) -> Verdict {
    if reach.is_whole() { Verdict::Yes } else { Verdict::Hidden }
}
