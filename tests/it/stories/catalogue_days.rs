//! Events are kept for so many days, and for whoever is not told yet as long again.

use entente::events::jobs::forget;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, meddle, run, shown};
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world_with};

/// What one round forgets.
fn forgotten(world: &World, days: u16) -> usize {
    run(world, async |pool| forget(pool, &world.clock, days).await).expect("it forgets")
}

/// Everybody who follows was told of all that has happened so far.
fn tell(world: &World, follower: &str) {
    let last = match world.database_url.starts_with("sqlite://") {
        true => "SELECT max(seq) FROM events",
        false => "SELECT txid::text::bigint FROM events ORDER BY txid DESC LIMIT 1",
    };
    let id = match world.database_url.starts_with("sqlite://") {
        true => "x'ffffffffffffffffffffffffffffffff'",
        false => "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
    };
    let sql = "UPDATE event_followers SET turn = (LAST), event_id = ID WHERE name = 'WHO'";
    let sql = sql.replace("LAST", last).replace("ID", id).replace("WHO", follower);
    meddle(world, &sql);
}

fn left(world: &World) -> usize {
    texts(world, "SELECT type AS text FROM events").len()
}

#[test]
fn what_was_told_is_forgotten_after_its_days_and_what_was_not_after_twice_as_many() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let all = left(world);
        assert!(all > 10);
        world.travel("2026-06-08T11:59:59Z");
        ["webhooks", "notifications"].iter().for_each(|follower| tell(world, follower));
        assert_eq!(forgotten(world, 90), 0, "90 days are not over");
        let later = deal.tracked_at("A-2", "2026-06-07T10:00:00Z");

        world.travel("2026-06-08T12:00:01Z");
        assert_eq!(forgotten(world, 90), all, "all of the first day, and nothing later");
        assert_eq!(left(world), 1);
        assert_eq!(forgotten(world, 90), 0);

        // One of the two was not told of this one, and the newest stays in any case.
        tell(world, "webhooks");
        deal.acme.post(&format!("{later}/approve"), json!({}), 200);
        world.travel("2026-12-05T11:59:58Z");
        assert_eq!(forgotten(world, 90), 0, "it waits for notifications");
        world.travel("2026-12-05T12:00:00Z");
        assert_eq!(forgotten(world, 90), 1, "and waits no longer than twice 90 days");
        world.travel("2027-12-05T12:00:00Z");
        assert_eq!(forgotten(world, 90), 0, "the newest stays");
        assert_eq!(left(world), 1);
    });
}

#[test]
fn a_cursor_goes_on_whatever_was_forgotten() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let tracked = "/v1/events?type=action.tracked";
        assert_eq!(shown(1, || deal.acme.all(tracked)).len(), 1, "all of it shows");
        let page = deal.acme.get("/v1/events?limit=200", 200);
        let end = page["next_cursor"].as_str().expect("a page with something goes on").to_string();
        let first = deal.acme.get("/v1/events?limit=1", 200)["next_cursor"].clone();
        let follow = |cursor: &str| deal.acme.all(&format!("/v1/events?cursor={cursor}"));
        assert_eq!(follow(&end), Vec::<Value>::new());

        world.travel("2026-12-31T00:00:00Z");
        assert!(forgotten(world, 1) > 10);
        let newest = deal.acme.all("/v1/events");
        assert_eq!(newest.len(), 1);
        assert_eq!(newest[0]["type"], "action.tracked");
        assert_eq!(follow(first.as_str().expect("a cursor")), newest, "from what there still is");

        // What comes now stands after what was forgotten, and not in its place.
        deal.acme.post("/v1/actions", deal.order("A-2"), 201);
        let new = shown(1, || follow(&end));
        assert_eq!(new[0]["type"], "action.tracked");
        assert_ne!(new[0]["object_id"], path.rsplit('/').next().expect("an id"));
    });
}

#[test]
fn a_long_feed_is_forgotten_batch_by_batch() {
    in_a_world_with(&["--no-jobs"], |world| {
        Deal::of(world);
        let before = left(world);
        super::catalogue::many(world, 2_500);
        ["webhooks", "notifications"].iter().for_each(|follower| tell(world, follower));
        world.travel("2027-01-01T00:00:00Z");
        assert_eq!(forgotten(world, 90), before + 2_500 - 1);
    });
}
