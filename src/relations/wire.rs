//! What the doors of relations take and give.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    AccountOwner, Allowed, Because, Contact, Filter, Listed, Live, LookedAfter, Relation,
    Relationship, Side, Sort,
};
use super::notes::policy::{ReadNotes, WriteNotes};
use super::policy::{AssignOwner, ReadRelation, TagCompany};
use super::{rules, store};
use crate::access::{Actor, Verb};
use crate::companies::model::{Kind, Status};
use crate::companies::policy::EditCompany;
use crate::companies::profile::model::Method;
use crate::companies::wire::{CompanyView, ContactPerson};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{AccountOwnerId, CompanyId, PartnershipId, ProgramId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Limit;
use crate::kernel::search;
use crate::kernel::time::{Instant, Zone};
use crate::managing::profiles::policy::EditProfile;
use crate::managing::statuses::policy::Suspend;
use crate::partnerships::grants::model::GrantKind;
use crate::partnerships::grants::store as grants;
use crate::partnerships::model::Status as PartnershipStatus;
use crate::performance::model::Period;
use crate::performance::policy::ReadPerformance;
use crate::performance::store as performance;
use crate::performance::wire::RecentView;

/// Which companies.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CompaniesFilter {
    /// Only your own, only those that bring you customers (`partner`), only those that you bring
    /// customers to (`client`), or only those that let you step in for them (`managed`): sign in as,
    /// edit the profile, or suspend.
    #[param(nullable = false, inline)]
    pub relationship: Option<Side>,
    /// Only those with a partnership that stands so, as a comma list; with `relationship`, in that
    /// direction.
    #[param(inline, explode = false, nullable = false)]
    pub status: Option<Vec<Live>>,
    /// Only those that this one of your people looks after: a user's id, `me`, or `none` for those
    /// that nobody does.
    #[param(
        nullable = false,
        max_length = 40,
        pattern = "^(me|none|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$",
        example = "me"
    )]
    pub account_owner_id: Option<String>,
    /// Only those that call themselves one of these, as a comma list.
    #[param(inline, explode = false, nullable = false)]
    pub kind: Option<Vec<Kind>>,
    /// Only those that say to bring customers in this way.
    #[param(nullable = false, inline)]
    pub promotional_method: Option<Method>,
    /// Only those with an active contract with you in this program.
    #[param(nullable = false)]
    pub program_id: Option<ProgramId>,
    /// Only those with a change of an active partnership that waits for an answer of either side, or
    /// only others.
    #[param(nullable = false)]
    pub modified: Option<bool>,
    /// Only those in this country, by its ISO 3166-1 alpha-2 code.
    #[param(nullable = false, pattern = "^[A-Z]{2}$", example = "DE")]
    pub country: Option<String>,
    /// Only those with this label of yours; case does not matter.
    #[param(nullable = false, min_length = 1, max_length = 100)]
    pub tag: Option<String>,
    /// Only those that your company has notes about, or only others. Takes what reading notes takes.
    #[param(nullable = false)]
    pub has_notes: Option<bool>,
    /// Only those in whose name or website there are words that begin like all of these.
    #[param(nullable = false, min_length = 1, max_length = 200, example = "shoe sho")]
    pub q: Option<String>,
    /// In which order: by name, or the one first between which and your company something happened
    /// last.
    #[param(nullable = false, inline)]
    pub sort: Option<Sort>,
}

impl CompaniesFilter {
    /// Which companies are meant, by `reader`.
    pub fn read(self, reader: Option<UserId>) -> Result<Filter> {
        let account_owner = match self.account_owner_id.as_deref() {
            None => None,
            Some("none") => Some(LookedAfter::ByNobody),
            Some(who) => Some(LookedAfter::By(somebody(who, reader)?)),
        };
        let words = self.q.as_deref().map(|q| search::words(q).into_iter().collect::<Vec<_>>());
        Ok(Filter {
            side: self.relationship,
            status: self.status,
            account_owner,
            kind: self.kind,
            method: self.promotional_method,
            program: self.program_id,
            modified: self.modified,
            country: self.country,
            // What is no label is on no company, and is found on none.
            tag: self.tag.map(|tag| rules::tag(&tag).unwrap_or_default()),
            has_notes: self.has_notes,
            words,
            sort: self.sort.unwrap_or(Sort::Name),
        })
    }
}

/// A person, or the reader.
fn somebody(who: &str, reader: Option<UserId>) -> Result<UserId> {
    let fault = |code, message: &str| {
        Error::invalid(Fault::in_parameter("account_owner_id", code, message))
    };
    match who {
        "me" => reader.ok_or_else(|| fault("not_allowed", "a key looks after no company")),
        id => id.parse().map_err(|_| fault("bad_format", "a user's id, `me` or `none`")),
    }
}

/// Who is to look after a company.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "user_id": "usr_01k5h2v7xnf8rtq3m9bcw4ze6a" }))]
pub struct AssignAccountOwner {
    /// A member of your company.
    pub user_id: UserId,
}

/// Labels of a company.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "tags": ["key account", "fashion"] }))]
pub struct SetTags {
    /// All that there are then, at most 20 of 40 characters each. They are kept in small letters,
    /// each once; they have no commas.
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
}

/// One of your company's people.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Colleague {
    /// The person's id.
    pub id: UserId,
    /// The person's name.
    pub name: String,
}

/// A partnership that is offered or active.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LivePartnership {
    /// Its id.
    pub id: PartnershipId,
    /// What the other company is in it: `partner` or `client`.
    pub relationship: Side,
    /// Where it stands: `offered` or `active`.
    pub status: PartnershipStatus,
}

/// What your company keeps about another one. That one sees nothing of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KeptAboutCompany)]
pub struct Kept {
    /// What it is to your company; null where all partnerships with it have ended.
    #[schema(required)]
    pub relationship: Option<Relationship>,
    /// The partnerships that make it so.
    pub partnerships: Vec<LivePartnership>,
    /// Whether a change of one of them waits for an answer, of either side.
    pub modified: bool,
    /// Who of your people looks after it; null in a delegated session.
    #[schema(required)]
    pub account_owner: Option<Colleague>,
    /// How many notes there are about it; null if you may not read them.
    #[schema(required, minimum = 0)]
    pub notes_count: Option<i64>,
    /// When the last of what they tell occurred; null if there are none, or you may not read them.
    #[schema(required)]
    pub last_note_at: Option<Instant>,
    /// When a partnership or a contract with it last changed, or a note about it was last written; null in a
    /// delegated session.
    #[schema(required)]
    pub last_activity_at: Option<Instant>,
    /// Your labels, in order; none in a delegated session.
    pub tags: Vec<String>,
    /// What you may do with it.
    pub allowed: Vec<Allowed>,
}

/// What your company keeps about another one.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Relation)]
pub struct RelationView {
    /// The other company.
    pub company_id: CompanyId,
    /// What is kept.
    #[serde(flatten)]
    pub kept: Kept,
}

/// A company, and what yours keeps about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ListedCompany)]
pub struct ListedView {
    /// The company.
    #[serde(flatten)]
    pub company: CompanyView,
    /// What is kept.
    #[serde(flatten)]
    pub kept: Kept,
    /// What it brought to your programs within the last 30 days, by currency; null if you may not read
    /// actions, and of your own company. `GET /v1/companies/{id}/performance` tells more.
    #[schema(required)]
    pub performance_30d: Option<Vec<RecentView>>,
}

/// The time in which one of your people looks after another company.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AccountOwner)]
pub struct AccountOwnerView {
    /// Its id.
    pub id: AccountOwnerId,
    /// The company that is looked after.
    pub company_id: CompanyId,
    /// Who looks after it.
    pub user: Colleague,
    /// From when on.
    pub assigned_at: Instant,
    /// Who said so.
    #[schema(required)]
    pub assigned_by: Option<Colleague>,
    /// Until when; null as long as it goes on.
    #[schema(required)]
    pub cleared_at: Option<Instant>,
    /// Who ended it; null where the system did.
    #[schema(required)]
    pub cleared_by: Option<Colleague>,
    /// Why it ended.
    #[schema(required)]
    pub cleared_because: Option<Because>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl From<Contact> for ContactPerson {
    fn from(contact: Contact) -> Self {
        Self { name: contact.name, email: contact.email }
    }
}

/// What else is shown of some relations, looked up together.
struct Around {
    people: HashMap<UserId, String>,
    tags: HashMap<CompanyId, Vec<String>>,
    modified: HashSet<PartnershipId>,
    may: May,
    /// Who lets the own company act for it, manage its profile, and who its status.
    lets_in: HashSet<CompanyId>,
    lets_edit: HashSet<CompanyId>,
    lets_suspend: HashSet<CompanyId>,
}

/// What a company lets the caller's do, as far as the caller may.
#[derive(Clone, Copy)]
struct Lets {
    sign_in: bool,
    edit: bool,
    suspend: bool,
}

/// What a caller may do at all.
struct May {
    read_kept: bool,
    edit: bool,
    edit_profile: bool,
    change_status: bool,
    assign: bool,
    read_notes: bool,
    write_notes: bool,
    tag: bool,
}

impl May {
    fn of(actor: &Actor) -> Self {
        fn may<V: Verb>(actor: &Actor) -> bool {
            actor.may::<V>().is_ok()
        }
        // Notes and labels belong to no program: a key that is limited to some has none.
        let whole = actor.reach.is_whole();
        Self {
            read_kept: may::<ReadRelation>(actor),
            edit: may::<EditCompany>(actor),
            edit_profile: may::<EditProfile>(actor),
            // Who is suspended acts for nobody, whatever he may do for his own company.
            change_status: may::<Suspend>(actor) && actor.acts_for(Status::Active).is_ok(),
            assign: may::<AssignOwner>(actor),
            read_notes: whole && may::<ReadNotes>(actor),
            write_notes: whole && may::<WriteNotes>(actor),
            tag: whole && may::<TagCompany>(actor),
        }
    }

    /// What may be done with one of them.
    fn allowed(&self, relation: &Relation, lets: Lets) -> Vec<Allowed> {
        let commands = [
            (Allowed::EditCompany, self.edit && relation.is_own()),
            (Allowed::SignIn, lets.sign_in),
            (Allowed::EditProfile, lets.edit),
            (Allowed::Suspend, lets.suspend),
            (Allowed::Reactivate, lets.suspend),
            (Allowed::AssignOwner, self.assign && relation.is_live && !relation.is_own()),
            (Allowed::AddNote, self.write_notes && !relation.is_own()),
            (Allowed::SetTags, self.tag && !relation.is_own()),
        ];
        commands.into_iter().filter(|(_, may)| *may).map(|(command, _)| command).collect()
    }
}

impl Around {
    fn of<'a>(
        db: &mut Db,
        actor: &Actor,
        rows: impl Iterator<Item = &'a Relation> + Clone,
    ) -> Result<Self> {
        let ids: Vec<CompanyId> = rows.clone().map(|row| row.other_company_id).collect();
        let live = |row: &Relation| [row.partner_partnership_id, row.client_partnership_id];
        let live: Vec<PartnershipId> = rows.clone().flat_map(live).flatten().collect();
        let people = rows.filter_map(|row| row.account_owner_id).collect();
        let (own, may) = (actor.reach.company, May::of(actor));
        let mut letting = |may: bool, kind| match may && actor.reach.others == Limit::All {
            true => grants::letting_among(db, own, kind, &ids),
            false => Ok(HashSet::new()),
        };
        // Whoever may choose who looks after a company may act for it.
        let lets_in = letting(may.assign, GrantKind::SignInAs)?;
        let lets_edit = letting(may.edit_profile, GrantKind::ManageProfile)?;
        let lets_suspend = letting(may.change_status, GrantKind::ManageStatus)?;
        let (people, tags) = (store::names(db, &people)?, store::tags(db, own, &ids)?);
        let modified = store::modified(db, &live)?;
        Ok(Self { people, tags, modified, may, lets_in, lets_edit, lets_suspend })
    }

    fn kept(&mut self, row: &Relation) -> Kept {
        let notes = self.may.read_notes.then_some(());
        let kept = self.may.read_kept.then_some(());
        let owner = row.account_owner_id.filter(|_| kept.is_some());
        let other = row.other_company_id;
        let lets = Lets {
            sign_in: self.lets_in.contains(&other),
            edit: self.lets_edit.contains(&other),
            suspend: self.lets_suspend.contains(&other),
        };
        let tags = self.tags.remove(&row.other_company_id).filter(|_| kept.is_some());
        Kept {
            relationship: row.relationship(),
            partnerships: partnerships(row),
            modified: [row.partner_partnership_id, row.client_partnership_id]
                .iter()
                .flatten()
                .any(|id| self.modified.contains(id)),
            account_owner: owner.and_then(|id| colleague(&self.people, id)),
            notes_count: notes.map(|()| row.notes_count),
            last_note_at: notes.and(row.last_note_at),
            last_activity_at: kept.map(|()| row.last_activity_at),
            tags: tags.unwrap_or_default(),
            allowed: self.may.allowed(row, lets),
        }
    }
}

fn partnerships(row: &Relation) -> Vec<LivePartnership> {
    let both = [
        (Side::Partner, row.partner_partnership_id, row.partner_status),
        (Side::Client, row.client_partnership_id, row.client_status),
    ];
    let live = both.into_iter().filter_map(|(relationship, id, status)| {
        Some(LivePartnership { id: id?, relationship, status: status? })
    });
    live.collect()
}

fn colleague(names: &HashMap<UserId, String>, id: UserId) -> Option<Colleague> {
    names.get(&id).map(|name| Colleague { id, name: name.clone() })
}

/// The days of which a row of the list tells what a company brought.
const RECENT_DAYS: i32 = 30;

/// What these companies brought of late, if the caller may read that.
fn recent(
    db: &mut Db,
    actor: &Actor,
    ids: &[CompanyId],
    now: Option<Instant>,
) -> Result<HashMap<CompanyId, Vec<RecentView>>> {
    let Some(now) = now.filter(|_| actor.may::<ReadPerformance>().is_ok()) else {
        return Ok(HashMap::new());
    };
    // Where the day has begun already it counts too.
    let today = now.day_in(&Zone::utc());
    let period = Period { to: today.after(), ..Period::last(RECENT_DAYS, today) };
    let others: Vec<CompanyId> =
        ids.iter().copied().filter(|id| *id != actor.reach.company).collect();
    let Some(mut found) = performance::of_partners(db, &actor.reach, &others, period)? else {
        return Ok(HashMap::new());
    };
    let told = |id: CompanyId| {
        let figures = found.remove(&id).unwrap_or_default();
        RecentView::all(figures).map(|told| (id, told))
    };
    Ok(others.into_iter().filter_map(told).collect())
}

/// Companies of the list, as the caller sees them; with what they brought of late, if the present is
/// told.
pub fn listed(
    db: &mut Db,
    actor: &Actor,
    page: Page<Listed>,
    now: Option<Instant>,
) -> Result<Page<ListedView>> {
    let reader = actor.reach.company;
    let ids: Vec<CompanyId> = page.rows.iter().map(|row| row.company.id).collect();
    let mut recent = recent(db, actor, &ids, now)?;
    let mut contacts = store::contacts(db, reader, &ids)?;
    let mut around = Around::of(db, actor, page.rows.iter().map(|row| &row.relation))?;
    Ok(page.map(|Listed { relation, company }| {
        let contact = contacts.remove(&company.id).map(ContactPerson::from);
        ListedView {
            performance_30d: recent.remove(&company.id),
            company: CompanyView::to(reader, company).looked_after_by(contact),
            kept: around.kept(&relation),
        }
    }))
}

/// What is kept about one, as the caller sees it.
pub fn kept(db: &mut Db, actor: &Actor, relation: &Relation) -> Result<RelationView> {
    let mut around = Around::of(db, actor, std::iter::once(relation))?;
    Ok(RelationView { company_id: relation.other_company_id, kept: around.kept(relation) })
}

/// Times in which people looked after companies, with their names.
pub fn owners(db: &mut Db, rows: Vec<AccountOwner>) -> Result<Vec<AccountOwnerView>> {
    let people = |row: &AccountOwner| [Some(row.user_id), row.assigned_by, row.cleared_by];
    let people: BTreeSet<UserId> = rows.iter().flat_map(people).flatten().collect();
    let names = store::names(db, &people)?;
    let named = |id: Option<UserId>| id.and_then(|id| colleague(&names, id));
    let view = |row: AccountOwner| AccountOwnerView {
        id: row.id,
        company_id: row.other_company_id,
        user: Colleague {
            id: row.user_id,
            name: names.get(&row.user_id).cloned().unwrap_or_default(),
        },
        assigned_at: row.assigned_at,
        assigned_by: named(row.assigned_by),
        cleared_at: row.cleared_at,
        cleared_by: named(row.cleared_by),
        cleared_because: row.cleared_because,
        version: row.version,
    };
    Ok(rows.into_iter().map(view).collect())
}
