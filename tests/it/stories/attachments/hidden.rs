//! The other side never learns that there are files.

use serde_json::json;

use crate::cast::deal::id;
use crate::cast::files::uploaded;
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;
use crate::stories::relations::Pair;

/// Everything that somebody can read without an id, and what there is about another company.
fn everything(caller: &Caller, other: &Caller) -> String {
    let document = entente::app::document();
    let mut read = String::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let about = path.starts_with("/v1/companies/{id}");
        let plain = item.get("get").is_some() && (about || !path.contains('{'));
        if plain && path.starts_with("/v1/") && !path.ends_with("/notifications/events") {
            let path = path.replace("{id}", other.company_id());
            read.push_str(&caller.send("GET", &path, &[], b"").text);
        }
    }
    read
}

#[test]
fn nothing_that_the_other_side_or_a_stranger_reads_tells_of_a_file() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let crow = world.company("Crow", "brand");
        let file = id(&uploaded(&pair.acme, "zanzibar.csv", b"zebra,1\n", 201).json());
        let body = json!({ "text": "x", "attachment_ids": [file] });
        pair.acme.post(&pair.at("notes"), body, 201);
        let loose = id(&uploaded(&pair.acme, "zanzibar2.csv", b"zebra,2\n", 201).json());
        for other in [&pair.bolt, &crow] {
            let read = everything(other, &pair.acme);
            for secret in ["zanzibar", "zebra", &file, &loose, "attachment."] {
                assert!(!read.contains(secret), "{secret} in {read}");
            }
            let mut answers = Vec::new();
            for known in [file.as_str(), &loose, "att_01k5h2v7xnf8rtq3m9bcw4ze6a"] {
                let path = format!("/v1/attachments/{known}");
                for (method, path) in [
                    ("GET", path.clone()),
                    ("GET", format!("{path}/content")),
                    ("POST", format!("{path}/link")),
                    ("DELETE", path),
                ] {
                    let answer = other.send(method, &path, &[], b"");
                    let mut problem = answer.json();
                    problem.as_object_mut().unwrap().remove("request_id");
                    answers.push((answer.status, problem));
                }
            }
            answers.dedup();
            assert_eq!((answers.len(), answers[0].0), (1, 404), "{answers:?}");
        }
        let own = everything(&pair.acme, &pair.bolt);
        assert!(own.contains("zanzibar.csv") && own.contains("attachment.uploaded"));
    });
}
