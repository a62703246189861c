//! Every request has an id: the caller's, if it is fit for a log, else a new one.

use crate::cast::http::Answer;
use crate::cast::world::in_a_world;

#[test]
fn a_well_formed_id_is_taken_over_and_any_other_replaced() {
    in_a_world(|world| {
        let asked =
            |path: &str, given: &[(&str, &str)]| world.nobody().send("GET", path, given, b"");
        let id = |answer: &Answer| answer.header("X-Request-Id").to_string();
        let longest = "x".repeat(64);
        for given in ["7", "order-4711_A", &longest] {
            let given = [("X-Request-Id", given)];
            assert_eq!(id(&asked("/healthz", &given)), given[0].1);
            // A problem says it once more, for whoever keeps bodies only.
            for path in ["/v1/me", "/nowhere"] {
                let problem = asked(path, &given);
                assert_eq!(
                    (id(&problem).as_str(), problem.json()["request_id"].as_str()),
                    (given[0].1, Some(given[0].1)),
                    "{path}"
                );
            }
        }
        let longer = "x".repeat(65);
        for given in ["", " ", "a b", "a.b", "<b>", "a\tb", "level=error", &longer] {
            let answer = asked("/healthz", &[("X-Request-Id", given)]);
            assert!(is_made(&id(&answer)), "`{given}` became `{}`", id(&answer));
        }
        let (one, other) = (id(&asked("/healthz", &[])), id(&asked("/healthz", &[])));
        assert!(is_made(&one) && is_made(&other) && one != other, "{one} {other}");
    });
}

/// Whether an id is one of the server's own.
fn is_made(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}
