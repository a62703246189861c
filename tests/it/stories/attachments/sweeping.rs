//! What belongs to nothing goes: uploads after a day, bytes with the last that refers to them.

use diesel::RunQueryDsl;
use entente::attachments::jobs::Swept;
use entente::attachments::store;
use entente::db::schema::blobs;
use serde_json::json;

use crate::cast::deal::{id, run};
use crate::cast::files::{PDF, PNG, attached, contents, put_logo, sweep, uploaded};
use crate::cast::tables::texts;
use crate::cast::world::in_a_world_with;
use crate::stories::relations::{Pair, company};

fn swept(loose: usize, contents: usize) -> Swept {
    Swept { loose, contents }
}

#[test]
fn a_content_goes_with_the_last_that_refers_to_it() {
    in_a_world_with(&["--no-jobs"], |world| {
        let pair = Pair::of(world);
        let (acme, folder) = (&pair.acme, world.files());
        let notes = pair.at("notes");
        let noted = |name: &str| {
            let file = id(&uploaded(acme, name, PNG, 201).json());
            let body = json!({ "text": "x", "attachment_ids": [file] });
            format!("/v1/notes/{}", id(&acme.post(&notes, body, 201)))
        };
        let (first, second) = (noted("a.png"), noted("b.png"));
        let logo = format!("{}/logo", company(acme));
        put_logo(acme, &logo, PNG, 200);
        world.travel("2026-03-10T14:00:00Z");
        let acme = &world.again(acme);
        assert_eq!(sweep(world), swept(0, 0));
        acme.delete(&first, 204);
        assert_eq!((sweep(world), contents(&folder).len()), (swept(0, 0), 1));
        acme.delete(&second, 204);
        assert_eq!((sweep(world), contents(&folder).len()), (swept(0, 0), 1), "a logo has it");
        acme.delete(&logo, 204);
        assert_eq!((sweep(world), contents(&folder).len()), (swept(0, 1), 0));
        assert_eq!(sweep(world), swept(0, 0));
        // It may come again.
        let file = id(&uploaded(acme, "c.png", PNG, 201).json());
        let again = acme.send("GET", &format!("/v1/attachments/{file}/content"), &[], b"");
        assert_eq!(again.bytes, PNG);
    });
}

#[test]
fn an_upload_of_nothing_stays_a_day_and_one_of_a_note_stays() {
    in_a_world_with(&["--no-jobs"], |world| {
        let pair = Pair::of(world);
        let acme = &pair.acme;
        let note = id(&acme.post(&pair.at("notes"), json!({ "text": "x" }), 201));
        let tied = attached(acme, &format!("/v1/notes/{note}"));
        let loose = id(&uploaded(acme, "a.pdf", PDF, 201).json());
        let of = |file: &str| format!("/v1/attachments/{file}");
        world.travel("2026-03-11T12:00:00Z");
        assert_eq!(sweep(world), swept(0, 0));
        world.again(acme).get(&of(&loose), 200);
        world.travel("2026-03-11T12:00:01Z");
        assert_eq!(sweep(world), swept(1, 1));
        let acme = world.again(acme);
        acme.get(&of(&loose), 404);
        acme.get(&of(&tied), 200);
        assert_eq!(contents(&world.files()), [b"a,b\n1,2\n"]);
    });
}

/// A server that died after it had announced a content, and one that is about to write the same.
#[test]
fn bytes_that_nothing_came_of_are_found_and_never_those_that_are_on_their_way() {
    in_a_world_with(&["--no-jobs"], |world| {
        let acme = world.company("Acme", "agency");
        let announced = |digest: [u8; 32]| {
            let now = world.now();
            run(world, async |pool| {
                let announced = pool.write(move |db| store::announce(db, &digest, 3, now));
                announced.await.expect("it is announced")
            })
        };
        let died = announced([1; 32]);
        world.travel("2026-03-10T12:59:59Z");
        assert_eq!(sweep(world), swept(0, 0));
        let under_way = announced([1; 32]);
        assert_eq!(under_way.id, died.id);
        world.travel("2026-03-10T13:00:00Z");
        assert_eq!(sweep(world), swept(0, 0), "it was announced anew");
        world.travel("2026-03-10T13:59:59Z");
        assert_eq!(sweep(world), swept(0, 1));
        // What took longer than that is refused, and comes again under another id.
        let held = |blob: entente::attachments::model::Blob| {
            let now = world.now();
            run(world, async |pool| pool.write(move |db| store::hold(db, &blob, now)).await.is_ok())
        };
        assert!(!held(under_way.clone()));
        let again = announced([1; 32]);
        assert!(again.id != under_way.id && held(again));

        // One that is let go is no longer the content that comes.
        let acme = world.again(&acme);
        let file = id(&uploaded(&acme, "a.png", PNG, 201).json());
        acme.delete(&format!("/v1/attachments/{file}"), 204);
        world.travel("2026-03-10T15:00:00Z");
        let now = world.now();
        run(world, async |pool| {
            let gone = pool.write(move |db| store::let_go(db, now, 10));
            assert_eq!(gone.await.expect("it is let go"), 2);
        });
        let acme = world.again(&acme);
        let again = id(&uploaded(&acme, "a.png", PNG, 201).json());
        assert_eq!(contents(&world.files()), [PNG, PNG]);
        assert_eq!(sweep(world), swept(0, 2));
        assert_eq!(contents(&world.files()), [PNG]);
        let content = acme.send("GET", &format!("/v1/attachments/{again}/content"), &[], b"");
        assert_eq!(content.bytes, PNG);
        let left: i64 = run(world, async |pool| {
            let counted = pool.read(|db| Ok(diesel::QueryDsl::count(blobs::table).get_result(db)?));
            counted.await.expect("a number")
        });
        assert_eq!((left, texts(world, "SELECT name AS text FROM attachments").len()), (1, 1));
    });
}
