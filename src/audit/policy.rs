//! Who may read the audit log: admins of the company, and keys that were made for it.

use crate::access::Scope;

crate::verbs! {
    /// Reading who did what, and from where.
    ReadAuditLog: Admin, Some(Scope::AuditRead), reads, never;
}
