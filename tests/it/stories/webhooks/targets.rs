//! Nobody reaches by a webhook what only the server reaches.

use serde_json::{Value, json};

use super::{Acme, later};
use crate::cast::deal::meddle;
use crate::cast::http::faults;
use crate::cast::receiver::Receiver;
use crate::cast::world::in_a_world_with;

#[test]
fn targets_that_are_not_public_are_refused_when_they_are_saved() {
    in_a_world_with(&[], |world| {
        let acme = Acme::of(world);
        let body = |url: &str| json!({ "url": url, "event_types": ["program.created"] });
        let path = acme.endpoint("https://1.1.1.1/", &["program.created"]).0;
        for url in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data/",
            "https://10.1.2.3/",
            "https://[fe80::1]/",
            // A name that means such an address, and one that means nothing, look alike.
            "https://localhost/",
            "https://no-such-name.invalid/",
        ] {
            let refused = acme.owner.post("/v1/webhook-endpoints", body(url), 422);
            assert_eq!(faults(&refused), ["/url target_refused"], "{url}");
            let refused = acme.owner.patch(&path, json!({ "url": url }), 422);
            assert_eq!(faults(&refused), ["/url target_refused"], "{url}");
        }
        let refused = acme.owner.post("/v1/webhook-endpoints", body("http://1.1.1.1/"), 422);
        assert_eq!(faults(&refused), ["/url bad_format"], "without TLS");
        assert_eq!(acme.owner.all("/v1/webhook-endpoints").len(), 1);
    });
}

#[test]
fn targets_that_become_private_later_are_not_connected_to() {
    in_a_world_with(&[], |world| {
        let acme = Acme::of(world);
        let receiver = Receiver::new();
        let (path, _) = acme.endpoint("https://1.1.1.1/", &["program.created"]);
        let mut told: Vec<Value> = Vec::new();
        for (tried, host) in
            ["localhost", "127.0.0.1", "[::1]", "no-such-name.invalid"].iter().enumerate()
        {
            let url = format!("https://{host}:{}/", receiver.port());
            meddle(world, &format!("UPDATE webhook_endpoints SET url = '{url}'"));
            let mut test = acme.owner.post(&format!("{path}/test"), json!({}), 200);
            let fields = test.as_object_mut().unwrap();
            // What was to be sent is the caller's own, and its id another each time.
            assert!(fields.remove("request_head").unwrap().as_str().unwrap().contains(host));
            fields.remove("duration_ms");
            told.push(test);

            if tried == 0 {
                acme.program("One");
            } else {
                later(world, [0, 6, 331, 1_981][tried]);
            }
            let delivery = acme.sent_times(&path, i64::try_from(tried + 1).unwrap());
            let attempt = &delivery["attempts"][tried];
            assert_eq!(attempt["error"], "unreachable", "{attempt}");
        }
        assert_eq!(receiver.connections(), 0, "it was connected to");
        assert!(told.iter().all(|test| *test == told[0]), "{told:#?}");
        assert_eq!(told[0]["error"], "unreachable");
    });
}
