//! What the doors of partnerships take and give.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::change::OfferSpan;
use super::grants::wire::NewGrant;
use super::invitations::model::Addressee;
use super::model::{Partnership, Role, Status};
use super::store::list::Filter;
use super::tiles::model::{Beside, Turn};
use super::tiles::wire::TileView;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::search;
use crate::kernel::time::Instant;

/// An offer. Of the first three fields exactly one is given: the other side, by the role it will have, or an
/// address with `my_role`.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "client_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a", "message": "Shall we work together?"
}))]
pub struct NewPartnership {
    /// The company to bring customers to; yours is the partner.
    pub client_company_id: Option<CompanyId>,
    /// The company that will bring customers; yours is the client.
    pub partner_company_id: Option<CompanyId>,
    /// The address of somebody who is to choose the company that receives the offer: for a company that is
    /// not registered, or that you do not know by its id.
    #[schema(format = "email", max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// What the company with this address is called, for your own list; nobody else reads it.
    #[schema(min_length = 1, max_length = 200, nullable = false)]
    pub company_name: Option<String>,
    /// Which side your company will be, where it offers to an address.
    #[schema(nullable = false)]
    pub my_role: Option<Role>,
    /// What the other side reads with the offer.
    #[schema(min_length = 1, max_length = 2000)]
    pub message: String,
    /// The people of your company whom the other side may turn to.
    #[schema(max_items = 50, nullable = false)]
    pub contacts: Option<Vec<PersonId>>,
    /// What your company would let the other one do, from its yes on.
    #[schema(max_items = 6, nullable = false)]
    pub grants: Option<Vec<NewGrant>>,
}

/// A yes.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "comment": "Gladly." }))]
pub struct AcceptPartnership {
    /// What the other side reads with it.
    #[schema(max_length = 2000)]
    pub comment: Option<String>,
    /// Whom of those who are offered your company takes as contacts: all of them if absent. The others
    /// are removed.
    #[schema(max_items = 50, nullable = false)]
    pub contacts: Option<Vec<PersonId>>,
}

/// A no.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "comment": "Not this year." }))]
pub struct DeclinePartnership {
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    pub comment: String,
}

/// Nothing more to say.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct WithdrawPartnership {}

/// Whether your side wants to see a partnership that is over.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct HidePartnership {
    /// False brings it back; true if absent.
    #[schema(nullable = false)]
    pub hidden: Option<bool>,
}

/// An end.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "We close our shop." }))]
pub struct EndPartnership {
    /// Why.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Which partnerships.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PartnershipFilter {
    /// Only those in one of these states, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub status: Option<Vec<Status>>,
    /// Those that your side has hidden, instead of the others.
    #[param(nullable = false)]
    pub hidden: Option<bool>,
    /// Those in which your company is this side.
    #[param(inline, nullable = false)]
    pub my_role: Option<Role>,
    /// `mine`: those in which your company has something to answer; `theirs`: only the other one has;
    /// `nobody`: neither.
    #[param(inline, nullable = false)]
    pub whose_turn: Option<Turn>,
    /// Those of which a change waits for an answer, or those of which none does.
    #[param(nullable = false)]
    pub modified: Option<bool>,
    /// Those that you have marked, or the others.
    #[param(nullable = false)]
    pub favourite: Option<bool>,
    /// Those with a company in whose name or website there are words that begin like all of these.
    #[param(max_length = 200, nullable = false)]
    pub q: Option<String>,
    /// The most entries of the page; 50 if absent.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 500, nullable = false)]
    pub cursor: Option<String>,
}

/// The company on the other side.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OtherCompany {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
}

/// Two companies, and where they stand with each other, as one of them sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Partnership)]
pub struct PartnershipView {
    /// Its id.
    pub id: PartnershipId,
    /// Where the two stand.
    pub status: Status,
    /// Which side your company is.
    pub my_role: Role,
    /// The other side.
    pub other_company: OtherCompany,
    /// What came with the offer.
    pub message: String,
    /// What came with the answer.
    #[schema(required)]
    pub comment: Option<String>,
    /// Why it ended.
    #[schema(required)]
    pub end_reason: Option<String>,
    /// Which of the two spoke first.
    pub offered_by_company_id: CompanyId,
    /// The side that brings customers.
    pub partner_company_id: CompanyId,
    /// The side they are brought to.
    pub client_company_id: CompanyId,
    /// Whether a change of the details waits for an answer.
    pub modified: bool,
    /// What both sides say of it, once they have agreed upon that.
    #[schema(required)]
    pub description: Option<String>,
    /// Whether your company shows the other one who manages it.
    pub team_visible: bool,
    /// Whether the other one shows that to yours.
    pub other_team_visible: bool,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was offered.
    pub created_at: Instant,
    /// When the offer was answered or withdrawn.
    #[schema(required)]
    pub answered_at: Option<Instant>,
    /// When it ended.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// Until when the offer can be answered, if it is still one.
    #[schema(required)]
    pub expires_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
    /// What a tile shows of it: in lists, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tile: Option<TileView>,
}

/// The two sides of an offer that is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// Who brings customers.
    pub partner: CompanyId,
    /// To whom.
    pub client: CompanyId,
    /// The one that was named in the body, by field and id.
    pub named: (&'static str, CompanyId),
}

/// To whom an offer is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// A company that is here.
    Company(Sides),
    /// Whoever has an address.
    Address(Addressee),
}

impl NewPartnership {
    /// To whom `own` makes this offer; or all that is wrong with how that is said.
    pub fn whom(&self, own: CompanyId) -> Result<Whom> {
        match (self.partner_company_id, self.client_company_id, &self.email) {
            (Some(partner), None, None) => {
                let named = ("/partner_company_id", partner);
                self.company(Sides { partner, client: own, named })
            }
            (None, Some(client), None) => {
                let named = ("/client_company_id", client);
                self.company(Sides { partner: own, client, named })
            }
            (None, None, Some(email)) => self.address(email),
            (None, None, None)
            | (Some(_), Some(_), _)
            | (Some(_), _, Some(_))
            | (_, Some(_), Some(_)) => {
                let message =
                    "give client_company_id, partner_company_id or email, and only one of them";
                Err(Error::invalid(Fault::at("", "one_of_fields", message)))
            }
        }
    }

    fn company(&self, sides: Sides) -> Result<Whom> {
        let mut faults = Vec::new();
        if sides.partner == sides.client {
            let message = "a company is no partner of its own";
            faults.push(Fault::at(sides.named.0, "own_company", message));
        }
        let message = "this goes with email, and with no company that is named by its id";
        for (field, given) in
            [("/company_name", self.company_name.is_some()), ("/my_role", self.my_role.is_some())]
        {
            faults.extend(given.then(|| Fault::at(field, "not_allowed", message)));
        }
        if faults.is_empty() { Ok(Whom::Company(sides)) } else { Err(Error::Invalid(faults)) }
    }

    fn address(&self, email: &str) -> Result<Whom> {
        let mut faults = Vec::new();
        if email.chars().any(char::is_control) {
            let message = "an address looks like ada@acme.example";
            faults.push(Fault::at("/email", "bad_format", message));
        }
        match self.my_role {
            Some(role) if faults.is_empty() => {
                let (email, company_name) = (email.to_lowercase(), self.company_name.clone());
                return Ok(Whom::Address(Addressee { email, company_name, role }));
            }
            Some(_) => {}
            None => {
                let message = "say which side your company will be: partner or client";
                faults.push(Fault::at("/my_role", "missing_field", message));
            }
        }
        Err(Error::Invalid(faults))
    }
}

impl PartnershipView {
    /// As `reader`'s people see it; `name` is the other company's.
    pub fn to(reader: CompanyId, row: Partnership, name: String) -> Self {
        let other = row.other_side(reader);
        let [team_visible, other_team_visible] =
            [reader, other].map(|side| row.team_is_visible(side));
        Self {
            id: row.id,
            status: row.status,
            my_role: row.role_of(reader),
            other_company: OtherCompany { id: other, name },
            message: row.message,
            comment: row.comment,
            end_reason: row.end_reason,
            offered_by_company_id: row.offered_by_company_id,
            partner_company_id: row.partner_company_id,
            client_company_id: row.client_company_id,
            modified: row.open_changes > 0,
            team_visible,
            other_team_visible,
            description: row.description,
            version: row.version,
            created_at: row.created_at,
            answered_at: row.answered_at,
            ended_at: row.ended_at,
            expires_at: row.expires_at.filter(|_| row.status == Status::Offered),
            updated_at: row.updated_at,
            tile: None,
        }
    }

    /// The same in a list, with what stands beside it.
    pub fn listed(reader: CompanyId, row: Partnership, name: String, beside: Beside) -> Self {
        let tile = Some(TileView::of(reader, &row, beside));
        Self { tile, ..Self::to(reader, row, name) }
    }
}

impl PartnershipFilter {
    /// What is meant.
    pub fn meant(self) -> Filter {
        Filter {
            status: self.status,
            hidden: self.hidden.unwrap_or(false),
            role: self.my_role,
            turn: self.whose_turn,
            modified: self.modified,
            favourite: self.favourite,
            with: None,
            words: self.q.map(|q| search::words(&q).into_iter().collect()),
        }
    }
}

impl FromRequest for OfferSpan {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("no span of offers was mounted"));
        std::future::ready(request.app_data::<Self>().copied().ok_or_else(missing))
    }
}
