//! Follows what happens and tells whom it concerns, beside the requests of a server.
//!
//! Servers take turns: whoever asks for the next events holds the place in the feed until what they
//! mean to people is written, in the same transaction. So nobody is told twice, and nobody is left
//! out if a server dies in between.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::model::{About, Asker, Email, Member, Notification, Preference, TeamPlace, Thing};
use super::rules::{self, Audience, How, Side, Telling};
use super::{Names, digests, letters, store};
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{AnyId, Follower, any};
use crate::events::store::{self as events, FeedRow};
use crate::http::metrics::Metrics;
use crate::jobs::rounds::MINUTE;
use crate::kernel::id::{CompanyId, Id, NotificationId, UserId};
use crate::kernel::time::{Clock, Instant};
use crate::relations::store as relations;

/// Events that are looked at in one transaction.
const EVENTS_AT_ONCE: i64 = 500;
/// Rows that are written at once.
const ROWS_AT_ONCE: usize = 1_000;
/// How often to look whether something happened.
const LOOK: Duration = Duration::from_secs(1);
/// The longest time until it is tried again where telling fails.
const LONGEST_WAIT: u32 = 60;

/// Tells people, in one server. Several servers may do so at the same time.
pub struct Notifier {
    pool: Pool,
    clock: Clock,
    desk: Desk,
    metrics: Arc<Metrics>,
}

/// What was done at once.
#[derive(Debug, Default)]
struct Told {
    /// Whether anything happened.
    anything: bool,
    /// Notifications that were written.
    rows: usize,
    /// To whom.
    users: HashSet<UserId>,
}

impl Notifier {
    /// One that works on a database.
    pub fn new(pool: Pool, clock: Clock, desk: Desk) -> Self {
        Self { pool, clock, desk, metrics: Arc::default() }
    }

    /// The same, counted elsewhere.
    pub fn counted_in(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Tells until it is told to stop. Once a minute daily letters are written that are due, and what is
    /// too old is removed.
    pub async fn run(self, stop: CancellationToken) {
        let (mut looks, mut minutes) = (interval(LOOK), interval(MINUTE));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut failures, mut pause) = (0_u32, 0_u32);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = minutes.tick() => self.round().await,
                _ = looks.tick() => {
                    if pause > 0 {
                        pause = pause.saturating_sub(1);
                        continue;
                    }
                    let told = self.tell_until(&stop).await;
                    failures = if told.is_ok() { 0 } else { failures.saturating_add(1) };
                    pause = 2_u32.saturating_pow(failures).saturating_sub(1).min(LONGEST_WAIT);
                    self.count("notify", told.map(|rows| rows > 0));
                }
            }
        }
    }

    /// Tells of everything that happened until now; gives how many notifications that made.
    pub async fn tell(&self) -> Result<usize> {
        self.tell_until(&CancellationToken::new()).await
    }

    async fn tell_until(&self, stop: &CancellationToken) -> Result<usize> {
        let mut rows = 0;
        while !stop.is_cancelled() {
            let anything = |db: &mut Db| events::anything_for(db, Follower::Notifications);
            if !self.pool.read_in_turn(anything).await? {
                break;
            }
            let (clock, desk) = (self.clock.clone(), self.desk.clone());
            let told = self.pool.write_in_turn(move |db| tell_some(db, &desk, &clock)).await?;
            told.users.iter().for_each(|user| self.desk.seats.ring(*user));
            rows += told.rows;
            if !told.anything {
                break;
            }
        }
        Ok(rows)
    }

    /// What is due once a minute, whatever becomes of the rest.
    async fn round(&self) {
        self.count("digests", self.write_digests().await.map(|letters| letters > 0));
        self.count("sweep_notifications", self.sweep().await.map(|rows| rows > 0));
    }

    /// Writes the daily letters that are due; gives how many.
    pub async fn write_digests(&self) -> Result<u64> {
        digests::write_due(&self.pool, &self.clock, &self.desk).await
    }

    /// Removes what is too old; gives how many rows.
    pub async fn sweep(&self) -> Result<usize> {
        let before = self.clock.now().minus(rules::KEPT);
        let mut all = 0;
        loop {
            let rows = self.pool.write_in_turn(move |db| store::sweep(db, before)).await?;
            all += rows;
            if rows == 0 {
                return Ok(all);
            }
        }
    }

    /// Counts what was done. That there was nothing to do is no news.
    fn count(&self, job: &'static str, done: Result<bool>) {
        match done {
            Ok(false) => {}
            Ok(true) => self.metrics.ran(job, true),
            Err(error) => {
                log::error!(job = job, error:?; "people could not be told");
                self.metrics.ran(job, false);
            }
        }
    }
}

/// An event as it concerns one company.
struct Concern<'a> {
    event: &'a FeedRow,
    telling: Telling,
    company: CompanyId,
    other: Option<CompanyId>,
}

/// Takes the next events and tells whom they concern.
fn tell_some(db: &mut Db, desk: &Desk, clock: &Clock) -> Result<Told> {
    let wanted = |_: &mut Db| Ok(events::Wanted::These(rules::kinds_told()));
    let next = events::next_for(db, Follower::Notifications, EVENTS_AT_ONCE, wanted)?;
    let concerns: Vec<_> = next.rows.iter().flat_map(concerns_of).collect();
    let mut told = Told { anything: next.anything, ..Told::default() };
    if concerns.is_empty() {
        return Ok(told);
    }
    let now = dialect::now(db, clock)?;
    let people = People::about(db, &concerns)?;
    let (mut number, mut rows) = (store::last_number(db)?, Vec::new());
    for concern in &concerns {
        for (member, row) in people.told(concern, now) {
            let choice = people.choice(member, &row);
            if choice.email == Email::AtOnce {
                letters::at_once(db, desk, (member, &row), &people.names, now)?;
            }
            let digest_at = (choice.email == Email::Daily)
                .then(|| rules::next_digest(now, people.names.zone_of(row.company_id)));
            if choice.in_app || digest_at.is_some() {
                let next = rules::next_number(number, now);
                number = Some(next);
                told.users.insert(member.user_id);
                rows.push(Notification { number: next, in_app: choice.in_app, digest_at, ..row });
            }
        }
        if rows.len() >= ROWS_AT_ONCE {
            told.rows += rows.len();
            store::append(db, &std::mem::take(&mut rows))?;
        }
    }
    told.rows += rows.len();
    store::append(db, &rows)?;
    Ok(told)
}

/// What an event is to each company that it concerns.
fn concerns_of(event: &FeedRow) -> impl Iterator<Item = Concern<'_>> {
    let by = [event.user_id, event.delegate_user_id];
    let by_system = by.iter().all(Option::is_none) && event.api_key_id.is_none();
    let how = match (by_system, event.sequence > 1) {
        (true, _) => How::BySystem,
        (false, true) => How::Later,
        (false, false) => How::First,
    };
    // A newer server may write types that this one does not know.
    let told = EventKind::parse(&event.kind).map(|kind| rules::told(kind, how));
    told.into_iter().flatten().filter_map(move |telling| {
        let (company, other) = match telling.side {
            Side::Own => (event.company_id, event.other_company_id.or(another(event, telling))),
            Side::Other => (event.other_company_id?, Some(event.company_id)),
        };
        Some(Concern { event, telling, company, other })
    })
}

/// Who asked for what some events are about, or is named by it; and which other company a thing is
/// about that the own one alone is told of.
type Named = (HashMap<AnyId, Asker>, HashMap<AnyId, CompanyId>);

fn named(db: &mut Db, concerns: &[Concern<'_>]) -> Result<Named> {
    let things = concerns.iter().map(|one| (one, rules::object(one.telling.what)));
    let by_name =
        |one: &Concern<'_>| matches!(one.telling.audience, Audience::Asker | Audience::Named);
    let asked_for = things.clone().filter(|(one, _)| by_name(one));
    let asked_for: Vec<(Thing, AnyId)> =
        asked_for.map(|(one, thing)| (thing, one.event.object_id)).collect();
    let mut askers = store::askers(db, &asked_for)?;
    let looked_after = things.filter(|(_, thing)| *thing == Thing::AccountOwner);
    let looked_after = looked_after.map(|(one, _)| Id::from_uuid(one.event.object_id.uuid()));
    let mut others = HashMap::new();
    for owner in relations::of_ids(db, &looked_after.collect::<Vec<_>>())? {
        askers.insert(any(owner.id), Asker::Person(owner.user_id));
        others.insert(any(owner.id), owner.other_company_id);
    }
    Ok((askers, others))
}

/// Who looks after the other companies of some events.
fn owners(
    db: &mut Db,
    concerns: &[Concern<'_>],
) -> Result<HashMap<(CompanyId, CompanyId), UserId>> {
    let meant = |one: &&Concern<'_>| matches!(one.telling.audience, Audience::AndAccountOwner(_));
    let meant = concerns.iter().filter(meant);
    let own: BTreeSet<CompanyId> = meant.clone().map(|one| one.company).collect();
    let others: BTreeSet<CompanyId> = meant.filter_map(|one| one.other).collect();
    relations::owners(db, &own, &others)
}

/// Who manages the partnerships between the companies that some events concern.
fn teams(db: &mut Db, concerns: &[Concern<'_>]) -> Result<HashMap<UserId, Vec<TeamPlace>>> {
    let meant = concerns.iter().filter(|one| rules::is_for_teams(one.telling.what));
    let pairs: HashSet<_> = meant.filter_map(|one| Some((one.company, one.other?))).collect();
    let mut teams: HashMap<_, Vec<TeamPlace>> = HashMap::new();
    for place in store::team_places(db, &pairs)? {
        teams.entry(place.user_id).or_default().push(place);
    }
    Ok(teams)
}

/// The company that an event is about, where that is not the one which is told.
fn another(event: &FeedRow, telling: Telling) -> Option<CompanyId> {
    let is_company = rules::object(telling.what) == Thing::Company;
    let company = CompanyId::from_uuid(event.object_id.uuid());
    (is_company && company != event.company_id).then_some(company)
}

/// Everybody whom some events may concern, read together.
struct People {
    members: HashMap<CompanyId, Vec<Member>>,
    askers: HashMap<AnyId, Asker>,
    /// Who of one company looks after another.
    owners: HashMap<(CompanyId, CompanyId), UserId>,
    /// Which other company a thing is about that is within the own one.
    others: HashMap<AnyId, CompanyId>,
    /// Who is on the team of which partnerships.
    teams: HashMap<UserId, Vec<TeamPlace>>,
    chosen: HashMap<(UserId, CompanyId), Vec<Preference>>,
    names: Names,
}

impl People {
    fn about(db: &mut Db, concerns: &[Concern<'_>]) -> Result<Self> {
        let (askers, others) = named(db, concerns)?;
        let (owners, teams) = (owners(db, concerns)?, teams(db, concerns)?);
        let persons = askers.values().filter_map(|asker| match asker {
            Asker::Person(user) => Some(*user),
            Asker::System => None,
        });
        let kept = owners.values().chain(teams.keys()).copied();
        let named: HashSet<UserId> = persons.chain(kept).collect();
        let companies: HashSet<CompanyId> = concerns.iter().map(|one| one.company).collect();
        let found = store::members(db, &companies, &named)?;
        let users: HashSet<UserId> = found.iter().map(|member| member.user_id).collect();
        let mut chosen: HashMap<_, Vec<Preference>> = HashMap::new();
        for row in store::among(db, &users, &companies)? {
            chosen.entry((row.user_id, row.company_id)).or_default().push(row);
        }
        let mut members: HashMap<_, Vec<Member>> = HashMap::new();
        for member in found {
            members.entry(member.company_id).or_default().push(member);
        }
        let told_of = concerns.iter().filter_map(|one| one.other).chain(others.values().copied());
        let names = Names::of_all(db, companies.iter().copied().chain(told_of))?;
        Ok(Self { members, askers, owners, others, teams, chosen, names })
    }

    /// Whether somebody is on a team whose business an event is.
    fn is_on_team(&self, concern: &Concern<'_>, member: &Member) -> bool {
        let Concern { event, telling, company, other } = concern;
        let (between, happened) = ((*company, *other), (event.object_id, event.at));
        let mut places = self.teams.get(&member.user_id).into_iter().flatten();
        places.any(|place| rules::is_of_team(place, telling.what, between, happened))
    }

    /// The people whom an event concerns in a company, with what they are told. Whoever did it himself
    /// knows.
    fn told<'a>(
        &'a self,
        concern: &'a Concern<'_>,
        now: Instant,
    ) -> impl Iterator<Item = (&'a Member, Notification)> {
        let Concern { event, telling, company, other } = concern;
        let other = other.or_else(|| self.others.get(&event.object_id).copied());
        let about = About {
            asker: self.askers.get(&event.object_id).copied(),
            account_owner: other.and_then(|other| self.owners.get(&(*company, other)).copied()),
            on_team: false,
        };
        let members = self.members.get(company).into_iter().flatten();
        members.filter_map(move |member| {
            let doers = [event.user_id, event.delegate_user_id];
            if !telling.even_the_doer && doers.contains(&Some(member.user_id)) {
                return None;
            }
            let about = About { on_team: self.is_on_team(concern, member), ..about };
            let who = (member.user_id, member.role);
            let least_role = rules::concerns(telling.audience, about, who)?;
            let row = Notification {
                id: NotificationId::new(),
                number: 0,
                user_id: member.user_id,
                company_id: *company,
                kind: rules::kind(telling.what),
                what: telling.what,
                event_id: event.id,
                object_id: event.object_id,
                other_company_id: other,
                least_role,
                in_app: true,
                created_at: now,
                read_at: None,
                digest_at: None,
            };
            Some((member, row))
        })
    }

    fn choice(&self, member: &Member, row: &Notification) -> rules::Choice {
        let chosen = self.chosen.get(&(member.user_id, member.company_id));
        rules::choice(row.kind, chosen.map(Vec::as_slice).unwrap_or_default())
    }
}
