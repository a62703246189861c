//! Rights that end while a batch is worked off: what was applied stays, the rest is not done.

use diesel::prelude::*;
use entente::db::schema::{api_keys, companies, memberships, users};
use entente::kernel::document::Document;
use entente::kernel::id::{ApiKeyId, CompanyId, MembershipId, ReversalId, UserId};
use entente::keys::model::{ApiKey, Scope};
use entente::reversals::model::{LineCode, Mode, Outcome, Status};
use entente::reversals::store::Submission;
use entente::reversals::worker::Bells;
use entente::users::model::{Membership, Role, User};
use jiff::SignedDuration;

use super::sum;
use super::world::{World, on_both_engines, reversing};

/// A member of the brand, and a key of the brand.
pub async fn member_and_key(world: &World) -> (UserId, ApiKeyId) {
    member_and_key_of(world, world.brand).await
}

/// The same of another company.
pub async fn member_and_key_of(world: &World, company_id: CompanyId) -> (UserId, ApiKeyId) {
    let (now, user, key) = (world.now(), UserId::new(), ApiKeyId::new());
    let person = User {
        id: user,
        email: "mara@example.com".into(),
        name: "Mara".into(),
        password_hash: "none".into(),
        version: 1,
        created_at: now,
        updated_at: now,
        email_confirmed_at: None,
    };
    let membership = Membership {
        id: MembershipId::new(),
        company_id,
        user_id: user,
        role: Role::Member,
        created_at: now,
        version: 1,
    };
    let row = ApiKey {
        id: key,
        company_id,
        name: "Feed".into(),
        hint: "entk_abc".into(),
        hash: vec![1; 32],
        scopes: Document(vec![Scope::ReversalsWrite]),
        program_ids: None,
        event_type_ids: None,
        created_by: user,
        created_at: now,
        expires_at: Some(now.plus(SignedDuration::from_hours(1))),
        revoked_at: None,
        last_used_at: None,
        version: 1,
        previous_hint: None,
        previous_hash: None,
        previous_until: None,
    };
    world
        .write(move |db| {
            diesel::insert_into(users::table).values(&person).execute(db)?;
            diesel::insert_into(memberships::table).values(&membership).execute(db)?;
            diesel::insert_into(api_keys::table).values(&row).execute(db)?;
            Ok(())
        })
        .await;
    (user, key)
}

fn by_user(user: UserId) -> impl Fn(&mut Submission) {
    move |batch| batch.doer.user_id = Some(user)
}

fn by_key(key: ApiKeyId) -> impl Fn(&mut Submission) {
    move |batch| batch.doer.api_key_id = Some(key)
}

/// Why the only line of a batch that is worked off now was rejected; empty if it was not.
pub async fn why(world: &World, text: &str, change: impl Fn(&mut Submission)) -> String {
    let batch = world.submit(text, change).await;
    assert!(world.worker(10).run_one().await.unwrap());
    let line = world.lines(batch).await.remove(&2).unwrap();
    match (line.outcome, line.code) {
        (Outcome::Rejected, Some(LineCode::Forbidden)) => line.detail.unwrap_or_default(),
        (Outcome::Applied | Outcome::Unchanged, None) => String::new(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_key_that_is_revoked_in_the_middle_takes_the_rest_with_it() {
    on_both_engines(async |world| {
        let (_, key) = member_and_key(&world).await;
        let tracked = world.tracked(0..200).await;
        let batch = world.submit(&reversing(&tracked), by_key(key)).await;
        let bells = Bells::default();
        let worker = world.worker_on(world.pool.clone(), 10, bells.clone());
        let now = world.now();
        let revoke = async {
            bells.progressed.notified().await;
            let revoke = move |db: &mut entente::db::Db| {
                let row = diesel::update(api_keys::table.find(key));
                row.set(api_keys::revoked_at.eq(now)).execute(db)?;
                Ok(())
            };
            world.write(revoke).await;
            world.batch(batch).await.applied
        };
        let (done, before) = tokio::join!(worker.run_one(), revoke);
        assert!(done.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, sum(&done)), (Status::Completed, 200));
        assert!((10..200).contains(&done.applied), "{done:?}");
        // The chunk that was in flight may have asked before the key was revoked.
        assert!((before..=before + 10).contains(&done.applied), "{before} {done:?}");
        assert_eq!(done.applied + done.rejected, 200);
        let forbidden = world.lines(batch).await.into_values().filter(|line| {
            let detail = line.detail.as_deref().unwrap_or_default();
            line.code == Some(LineCode::Forbidden) && detail.contains("API key")
        });
        assert_eq!(i32::try_from(forbidden.count()).unwrap(), done.rejected);
        let mut changed = 0;
        for action in &tracked {
            changed += i32::from(world.stored(action.id).await.version > 1);
        }
        assert_eq!(changed, done.applied);
        world.ledgers_add_up().await;
    });
}

#[test]
fn whoever_lost_the_right_to_submit_changes_nothing_more() {
    on_both_engines(async |world| {
        let (user, key) = member_and_key(&world).await;
        world.tracked(0..1).await;
        let text = "order_id,reason\norder-0,ITEM_RETURNED\n";
        let (of_user, of_key) = (by_user(user), by_key(key));
        assert_eq!(why(&world, text, &of_user).await, "");
        assert_eq!(why(&world, text, &of_key).await, "");

        let role = async |role: Role| {
            let of_user = memberships::user_id.eq(user);
            let lower = move |db: &mut entente::db::Db| {
                let row = diesel::update(memberships::table.filter(of_user));
                row.set(memberships::role.eq(role)).execute(db)?;
                Ok(())
            };
            world.write(lower).await;
        };
        role(Role::Viewer).await;
        let lowered = "the submitter may no longer submit batches";
        assert_eq!(why(&world, text, &of_user).await, lowered);
        role(Role::Owner).await;
        assert_eq!(why(&world, text, &of_user).await, "");

        let status = async |status: &'static str| {
            let brand = companies::table.find(world.brand);
            let set = move |db: &mut entente::db::Db| {
                diesel::update(brand).set(companies::status.eq(status)).execute(db)?;
                Ok(())
            };
            world.write(set).await;
        };
        status("suspended").await;
        let suspended = "the company is no longer active";
        assert_eq!(why(&world, text, &of_user).await, suspended);
        assert_eq!(why(&world, text, &of_key).await, suspended);
        assert_eq!(why(&world, text, |_| {}).await, "", "what the program itself submits");
        status("deactivated").await;
        assert_eq!(why(&world, text, &of_user).await, suspended);
        assert_eq!(why(&world, text, &of_key).await, suspended);
        status("active").await;

        world.write(|db| Ok(diesel::delete(memberships::table).execute(db)?)).await;
        let left = "the submitter of the batch has left the company";
        assert_eq!(why(&world, text, &of_user).await, left);
        assert_eq!(why(&world, text, &of_key).await, "", "a key is not its maker's");
        world.clock.set(world.now().plus(SignedDuration::from_hours(1)));
        let expired = "the API key of the batch no longer counts";
        assert_eq!(why(&world, text, &of_key).await, expired);

        // Of all or nothing it is nothing.
        let whole = |batch: &mut Submission| {
            of_key(batch);
            batch.mode = Mode::AllOrNothing;
        };
        let batch: ReversalId = world.submit(text, whole).await;
        assert!(world.worker(10).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.rejected), (Status::Rejected, 1));
        world.ledgers_add_up().await;
    });
}

#[test]
fn a_key_without_the_scope_for_it_raises_nothing_whatever_was_noted() {
    on_both_engines(async |world| {
        let (_, key) = member_and_key(&world).await;
        world.tracked(0..1).await;
        let text = "order_id,operation\norder-0,approve\n";
        // The batch was noted with the right to approve; the key has it not.
        assert!(!why(&world, text, by_key(key)).await.is_empty());
        assert_eq!(why(&world, text, |_| {}).await, "");
    });
}
