//! What ends a delegated session, at the next request: all that it stands on.

use entente::users::delegations::jobs::end_over;
use serde_json::json;

use super::fields;
use crate::cast::deal::{id, literal, meddle, run, shown};
use crate::cast::delegates::{acting, sessions_with, together};
use crate::cast::http::Caller;
use crate::cast::members::place;
use crate::cast::world::{World, in_a_world_with};

/// The agency's owner, one of its managers, and the partner's owner.
struct Cast {
    acme: Caller,
    manager: Caller,
    bolt: Caller,
    partnership: String,
}

impl Cast {
    fn of(world: &World) -> Self {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let partnership = together(&acme, &bolt);
        let manager = world.colleague(&acme, "manager");
        Self { acme, manager, bolt, partnership }
    }

    fn session(&self) -> String {
        id(&self.acme.all(&sessions_with(&self.bolt))[0])
    }

    fn company(caller: &Caller, verb: &str) -> String {
        format!("/v1/companies/{}/{verb}", caller.company_id())
    }
}

/// Ends one, in one of the ways.
type Way = (&'static str, fn(&World, &Cast, &Caller));

/// Each way to end a session, and what is said to be the cause.
const WAYS: &[Way] = &[
    ("delegate", |_, _, delegate| drop(delegate.post("/v1/auth/logout", json!({}), 204))),
    ("delegate", |_, cast, _| {
        drop(cast.acme.delete(&format!("/v1/sessions/{}", cast.session()), 204));
    }),
    ("company", |_, cast, _| {
        drop(cast.bolt.delete(&format!("/v1/sessions/{}", cast.session()), 204));
    }),
    ("sign_in", |_, cast, _| drop(cast.manager.post("/v1/auth/logout", json!({}), 204))),
    ("sign_in", |world, cast, _| {
        drop(world.again(&cast.manager).delete("/v1/sessions", 204));
    }),
    ("grant", |world, _, _| {
        meddle(world, "UPDATE partnership_grants SET level = 'relationship'");
    }),
    ("grant", |world, _, _| meddle(world, "DELETE FROM partnership_grants")),
    ("membership", |_, cast, _| {
        drop(cast.acme.patch(&place(&cast.manager), json!({ "role": "member" }), 200));
    }),
];

/// What an ended session leaves behind.
fn holds(cast: &Cast, delegate: &Caller, because: &str) {
    let problem = delegate.get("/v1/me", 401);
    assert_eq!(problem["code"], "unauthenticated", "{because}");
    delegate.get("/v1/actions", 401);
    let newest = cast.acme.all(&sessions_with(&cast.bolt));
    assert_eq!(fields(&newest[..1], &["status", "ended_because"]), [json!(["ended", because])]);
}

#[test]
fn each_ending_counts_at_the_next_request() {
    in_a_world_with(&["--no-jobs"], |world| {
        let mut cast = Cast::of(world);
        for (because, end) in WAYS {
            // Whoever has signed out comes back.
            cast.manager = world.again(&cast.manager);
            let delegate = acting(world, &cast.manager, &cast.bolt, "company");
            delegate.get("/v1/me", 200);
            end(world, &cast, &delegate);
            holds(&cast, &delegate, because);
            let events = format!("/v1/events?object_id={}", cast.session());
            let events = shown(2, || cast.bolt.all(&events));
            let ended = events.last().expect("an event");
            let changes = json!({ "ended_because": [null, because] });
            assert_eq!(ended["type"], "delegated_session.ended");
            assert_eq!((&ended["changes"], events.len()), (&changes, 2), "it ends once");
        }
    });
}

/// The end of a partnership, whoever leaves, and companies that no longer take part.
#[test]
fn it_ends_with_the_partnership_the_place_and_the_companies() {
    in_a_world_with(&["--no-jobs"], |world| {
        let why = || json!({ "reason": "We are done." });
        let cast = Cast::of(world);
        let delegate = acting(world, &cast.manager, &cast.bolt, "company");
        cast.bolt.post(&format!("{}/end", cast.partnership), why(), 200);
        delegate.get("/v1/me", 401);
        // It is listed with the own company; the other one is no longer known.
        cast.acme.get(&sessions_with(&cast.bolt), 404);
        for side in [&cast.acme, &cast.bolt] {
            let all = side.all(&sessions_with(side));
            assert_eq!(fields(&all, &["ended_because"]), [json!(["grant"])]);
        }

        let cast = Cast::of(world);
        let delegate = acting(world, &cast.manager, &cast.bolt, "company");
        cast.acme.delete(&place(&cast.manager), 204);
        holds(&cast, &delegate, "membership");

        // A partner that is suspended is read in its name, as by its own people.
        let cast = Cast::of(world);
        let delegate = acting(world, &cast.manager, &cast.bolt, "company");
        cast.bolt.post(&Cast::company(&cast.bolt, "suspend"), why(), 200);
        delegate.get("/v1/programs", 200);
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        assert_eq!(delegate.post("/v1/programs", program, 403)["code"], "company_suspended");
        let another = cast.manager.post(&sessions_with(&cast.bolt), why(), 200);
        let another = world.caller(&another);
        another.get("/v1/programs", 200);
        // One that is suspended itself acts for nobody, and begins nothing.
        cast.acme.post(&Cast::company(&cast.acme, "suspend"), why(), 200);
        delegate.get("/v1/me", 401);
        holds(&cast, &another, "company_status");
        let refused = cast.manager.post(&sessions_with(&cast.bolt), why(), 403);
        assert_eq!(refused["code"], "company_suspended");

        let cast = Cast::of(world);
        let delegate = acting(world, &cast.manager, &cast.bolt, "company");
        cast.bolt.post(&Cast::company(&cast.bolt, "deactivate"), why(), 200);
        delegate.get("/v1/me", 401);
        cast.acme.get(&sessions_with(&cast.bolt), 404);
        let all = cast.acme.all(&sessions_with(&cast.acme));
        assert_eq!(fields(&all, &["ended_because"]), [json!(["company_status"])]);
    });
}

/// Nobody comes back: the end is written down all the same, once, when the rounds come by.
#[test]
fn an_end_that_nobody_meets_is_written_down_by_the_rounds() {
    in_a_world_with(&["--no-jobs"], |world| {
        let cast = Cast::of(world);
        acting(world, &cast.manager, &cast.bolt, "company");
        let still = acting(world, &cast.acme, &cast.bolt, "company");
        let done = || {
            let done = run(world, async |pool| end_over(pool, &world.clock).await);
            done.expect("it is done")
        };
        assert_eq!(done(), 0);
        let manager = cast.manager.get("/v1/me", 200)["user"]["id"].clone();
        let user = literal(world, manager.as_str().expect("an id"));
        meddle(world, &format!("UPDATE memberships SET role = 'viewer' WHERE user_id = {user}"));
        assert_eq!((done(), done()), (1, 0));
        still.get("/v1/me", 200);
        let all = cast.bolt.all(&sessions_with(&cast.acme));
        let said = fields(&all, &["status", "ended_because"]);
        assert_eq!(said, [json!(["active", null]), json!(["ended", "membership"])]);
        world.travel("2026-03-10T14:00:00Z");
        assert_eq!((done(), done()), (1, 0));
    });
}

/// A batch is watched as long as the session counts: every look is judged anew.
#[test]
fn a_stream_ends_with_the_session() {
    use std::io::BufRead;
    in_a_world_with(&["--no-jobs"], |world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "brand"));
        together(&acme, &bolt);
        let lines = json!({ "lines": [{ "order_id": "A-1", "operation": "approve" }] });
        let batch = id(&bolt.post("/v1/reversals", lines, 202));
        let delegate = acting(world, &acme, &bolt, "company");
        let mut stream = delegate.listen(&format!("/v1/reversals/{batch}/events")).lines();
        assert!(!stream.next().expect("a line").expect("text").is_empty());
        meddle(world, "DELETE FROM partnership_grants");
        // What is still sent is little, and then there is an end.
        assert!(stream.take(1_000).count() < 1_000);
    });
}
