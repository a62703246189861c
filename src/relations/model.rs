//! Rows and words of what a company keeps about another one.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::companies::model::{Company, Kind};
use crate::companies::profile::model::Method;
use crate::db::schema::account_owners;
use crate::kernel::id::{AccountOwnerId, CompanyId, PartnershipId, ProgramId, UserId};
use crate::kernel::time::Instant;
use crate::partnerships::model::Status as PartnershipStatus;

crate::words! {
    /// What a company is to one's own.
    pub enum Relationship {
        /// It is one's own.
        Own = "own",
        /// It brings customers.
        Partner = "partner",
        /// Customers are brought to it.
        Client = "client",
        /// It is partner and client at once.
        Both = "both",
    }
}

crate::words! {
    /// What companies are asked for by: one that is partner and client at once is found by either.
    pub enum Side as RelationshipSide {
        Own = "own",
        Partner = "partner",
        Client = "client",
        /// One that lets one's own step in for it.
        Managed = "managed",
    }
}

crate::words! {
    /// What of a partnership makes the other company known.
    pub enum Live as LivePartnershipStatus { Offered = "offered", Active = "active" }
}

crate::words! {
    /// In which order companies are listed.
    pub enum Sort as CompanySort {
        /// By name.
        Name = "name",
        /// The one between which and your own something happened last comes first.
        LastActivity = "-last_activity_at",
    }
}

crate::words! {
    /// What a caller may do with a company of the list.
    pub enum Allowed as CompanyCommand {
        EditCompany = "edit_company",
        SignIn = "sign_in",
        EditProfile = "edit_profile",
        Suspend = "suspend",
        Reactivate = "reactivate",
        AssignOwner = "assign_owner",
        AddNote = "add_note",
        SetTags = "set_tags",
    }
}

crate::words! {
    /// Why somebody no longer looks after a company.
    pub enum Because as AccountOwnerClearedBecause {
        /// Somebody else does.
        Replaced = "replaced",
        /// Somebody said so.
        Cleared = "cleared",
        /// He is no member of the own company any more.
        MemberLeft = "member_left",
    }
}

/// What one company keeps about another, or about itself for its own place in the list.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Relation {
    /// Whose row it is.
    pub company_id: CompanyId,
    /// Which company it is about.
    pub other_company_id: CompanyId,
    /// Where that one's name belongs in the order of names.
    pub name: String,
    /// The words that it is found by.
    pub words: String,
    /// Whether it is listed: a partnership is offered or active, or it is the company itself.
    pub is_live: bool,
    /// The partnership in which the other is the partner.
    pub partner_partnership_id: Option<PartnershipId>,
    /// Where that stands.
    pub partner_status: Option<PartnershipStatus>,
    /// The partnership in which the other is the client.
    pub client_partnership_id: Option<PartnershipId>,
    /// Where that stands.
    pub client_status: Option<PartnershipStatus>,
    /// Who of the own company looks after it.
    pub account_owner_id: Option<UserId>,
    /// How many notes there are about it.
    pub notes_count: i64,
    /// When the last of what they tell occurred.
    pub last_note_at: Option<Instant>,
    /// When something last happened between the two.
    pub last_activity_at: Instant,
    /// Counts the changes of the row from 1.
    pub version: i64,
}

impl Relation {
    /// What the other company is to the own one; nothing where all partnerships have ended.
    pub fn relationship(&self) -> Option<Relationship> {
        match (self.partner_status, self.client_status) {
            _ if self.company_id == self.other_company_id => Some(Relationship::Own),
            (Some(_), Some(_)) => Some(Relationship::Both),
            (Some(_), None) => Some(Relationship::Partner),
            (None, Some(_)) => Some(Relationship::Client),
            (None, None) => None,
        }
    }

    /// Whether it is a company's row about itself.
    pub fn is_own(&self) -> bool {
        self.company_id == self.other_company_id
    }
}

/// The time in which one of a company's people looks after another company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = account_owners, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct AccountOwner {
    /// Its id.
    pub id: AccountOwnerId,
    /// The own company.
    pub company_id: CompanyId,
    /// The company that is looked after.
    pub other_company_id: CompanyId,
    /// Who looks after it.
    pub user_id: UserId,
    /// Who said so.
    pub assigned_by: Option<UserId>,
    /// From when on.
    pub assigned_at: Instant,
    /// Who ended it; nobody where the system did.
    pub cleared_by: Option<UserId>,
    /// Until when.
    pub cleared_at: Option<Instant>,
    /// Why it ended.
    pub cleared_because: Option<Because>,
    /// Counts its changes from 1.
    pub version: i64,
}

/// Whom a list asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookedAfter {
    /// By nobody.
    ByNobody,
    /// By this person.
    By(UserId),
}

/// Which companies a list shows; all that are known where nothing is said.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Those that are this to the own company.
    pub side: Option<Side>,
    /// Those with a partnership that stands so.
    pub status: Option<Vec<Live>>,
    /// Those that this person looks after, or nobody does.
    pub account_owner: Option<LookedAfter>,
    /// Those that call themselves one of these.
    pub kind: Option<Vec<Kind>>,
    /// Those that say to bring customers in this way.
    pub method: Option<Method>,
    /// Those with a contract in this program.
    pub program: Option<ProgramId>,
    /// Those with a change of a partnership that waits for an answer, or those with none.
    pub modified: Option<bool>,
    /// Those in this country.
    pub country: Option<String>,
    /// Those with this label, as it is kept.
    pub tag: Option<String>,
    /// Those about which there are notes, or none.
    pub has_notes: Option<bool>,
    /// Those with words that begin like all of these; of no words, none.
    pub words: Option<Vec<String>>,
    /// In which order.
    pub sort: Sort,
}

/// A place in the list, by its order: a cursor of one order is none of the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// At this name.
    Name(String, CompanyId),
    /// At what was active then.
    Active(CompanyId, Instant),
}

/// A company of the list, and what is kept about it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Listed {
    /// What is kept.
    pub relation: Relation,
    /// The company.
    pub company: Company,
}

/// Somebody who looks after a company, as that company is told.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}
