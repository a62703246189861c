//! Batches that a company submits for a brand which lets it do so, while that ends.

use diesel::prelude::*;
use entente::companies::model::Status as CompanyStatus;
use entente::db::Db;
use entente::db::schema::{companies, memberships, partnership_grants, partnerships};
use entente::kernel::id::{ApiKeyId, PartnershipId, UserId};
use entente::partnerships::grants::model::{Grant, GrantKind};
use entente::partnerships::model::{Partnership, Status as PartnershipStatus};
use entente::reversals::model::{LineCode, Status};
use entente::reversals::rows::{Authority, Grantee};
use entente::reversals::store::Submission;
use entente::reversals::worker::Bells;
use entente::users::model::Role;

use super::rights::{member_and_key_of, why};
use super::sum;
use super::world::{World, on_both_engines, reversing};

/// The brand lets its partner submit for it.
async fn let_submit(world: &World) {
    let (now, brand, partner) = (world.now(), world.brand, world.partner);
    let partnership = Partnership {
        id: PartnershipId::new(),
        partner_company_id: partner,
        client_company_id: brand,
        offered_by_company_id: brand,
        status: PartnershipStatus::Active,
        message: "Hello".into(),
        comment: None,
        end_reason: None,
        ended_by_company_id: None,
        version: 1,
        created_at: now,
        answered_at: Some(now),
        ended_at: None,
        updated_at: now,
        expires_at: None,
        description: None,
        open_changes: 0,
        partner_answers: 0,
        client_answers: 0,
        partner_team_visible: false,
        client_team_visible: false,
    };
    let grant = Grant {
        partnership_id: partnership.id,
        company_id: brand,
        grantee_company_id: partner,
        kind: GrantKind::SubmitReversals,
        level: None,
        granted_at: now,
    };
    let keep = move |db: &mut Db| {
        let standing = partnerships::table.filter(partnerships::partner_company_id.eq(partner));
        diesel::delete(partnership_grants::table).execute(db)?;
        diesel::delete(standing).execute(db)?;
        diesel::insert_into(partnerships::table).values(&partnership).execute(db)?;
        diesel::insert_into(partnership_grants::table).values(&grant).execute(db)?;
        Ok(())
    };
    world.write(keep).await;
}

/// What the partner submits for the brand, by a person or a key.
fn by(world: &World, (user, key): (Option<UserId>, Option<ApiKeyId>)) -> impl Fn(&mut Submission) {
    let grantee = Grantee { company: world.partner, paid_in: Vec::new() };
    move |batch| {
        batch.doer.delegate_user_id = user;
        batch.doer.api_key_id = key;
        batch.authority = Authority { grantee: Some(grantee.clone()), ..Authority::default() };
    }
}

async fn revoke(world: &World) {
    world.write(|db| Ok(diesel::delete(partnership_grants::table).execute(db)?)).await;
}

#[test]
fn a_grant_that_is_taken_back_in_the_middle_takes_the_rest_with_it() {
    on_both_engines(async |world| {
        let (_, key) = member_and_key_of(&world, world.partner).await;
        let_submit(&world).await;
        let tracked = world.tracked(0..200).await;
        let batch = world.submit(&reversing(&tracked), by(&world, (None, Some(key)))).await;
        let bells = Bells::default();
        let worker = world.worker_on(world.pool.clone(), 10, bells.clone());
        let taking_back = async {
            bells.progressed.notified().await;
            revoke(&world).await;
        };
        let (done, ()) = tokio::join!(worker.run_one(), taking_back);
        assert!(done.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, sum(&done)), (Status::Completed, 200));
        assert_eq!(done.submitted_by_company_id, Some(world.partner));
        assert!((10..200).contains(&done.applied), "{done:?}");
        assert_eq!(done.applied + done.rejected, 200);
        let forbidden = world.lines(batch).await.into_values().filter(|line| {
            let detail = line.detail.as_deref().unwrap_or_default();
            line.code == Some(LineCode::Forbidden) && detail.contains("no longer lets")
        });
        assert_eq!(i32::try_from(forbidden.count()).unwrap(), done.rejected);
        world.ledgers_add_up().await;
    });
}

#[test]
fn it_is_asked_before_each_chunk_what_it_all_stands_on() {
    on_both_engines(async |world| {
        let (user, key) = member_and_key_of(&world, world.partner).await;
        world.tracked(0..1).await;
        let text = "order_id,reason\norder-0,ITEM_RETURNED\n";
        let (person, system) = (by(&world, (Some(user), None)), by(&world, (None, Some(key))));
        let over = "the brand no longer lets the submitter's company do this";
        assert_eq!(why(&world, text, &person).await, over, "it was never granted");
        let_submit(&world).await;
        for submitter in [&person, &system] {
            assert_eq!(why(&world, text, submitter).await, "");
        }
        // The submitter's place in its own company, and both companies.
        let lost = "the submitter may no longer submit batches";
        let role = async |role: Role| {
            let place = memberships::table.filter(memberships::user_id.eq(user));
            let set = move |db: &mut Db| {
                Ok(diesel::update(place).set(memberships::role.eq(role)).execute(db)?)
            };
            world.write(set).await;
        };
        role(Role::Viewer).await;
        assert_eq!(why(&world, text, &person).await, lost);
        role(Role::Member).await;
        let nobody = by(&world, (None, None));
        assert_eq!(why(&world, text, &nobody).await, lost, "it is not the program itself");
        for (company, expected) in
            [(world.partner, lost), (world.brand, "the company is no longer active")]
        {
            let status = async |status: CompanyStatus| {
                let row = companies::table.find(company);
                let set = move |db: &mut Db| {
                    Ok(diesel::update(row).set(companies::status.eq(status)).execute(db)?)
                };
                world.write(set).await;
            };
            status(CompanyStatus::Suspended).await;
            assert_eq!(why(&world, text, &system).await, expected);
            status(CompanyStatus::Active).await;
        }
        // Whatever was noted, nothing is raised by a grant.
        let approve = "order_id,operation\norder-0,approve\n";
        assert!(!why(&world, approve, &system).await.is_empty());
        let ended = move |db: &mut Db| {
            let all = diesel::update(partnerships::table);
            Ok(all.set(partnerships::status.eq(PartnershipStatus::Ended)).execute(db)?)
        };
        world.write(ended).await;
        assert_eq!(why(&world, text, &person).await, over);
    });
}
