//! Whoever prefers to wait does so for as long as was said, and is then told how far it is.

use std::time::{Duration, Instant};

use super::reverse;
use crate::cast::deal::{Deal, id};
use crate::cast::http::Answer;
use crate::cast::world::in_a_world_with;
use serde_json::json;

/// Submits a line, preferring something, to a server that works nothing off.
fn submitted(deal: &Deal, prefer: &str) -> Answer {
    let body = json!({ "lines": [reverse("A-1")] });
    deal.acme.call("POST", "/v1/reversals", &[("Prefer", prefer)], &body, 202)
}

#[test]
fn a_wait_that_runs_out_is_answered_with_where_to_look() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let began = Instant::now();
        let answer = submitted(&deal, "wait=1");
        assert!(began.elapsed() >= Duration::from_secs(1), "it was to wait a second");
        assert_eq!(answer.header("Preference-Applied"), "");
        let batch = answer.json();
        assert_eq!(batch["status"], "received");
        assert_eq!(answer.header("Location"), format!("/v1/reversals/{}", id(&batch)));
        assert_eq!(deal.acme.get(answer.header("Location"), 200), batch);
    });
}

#[test]
fn a_preference_that_says_nothing_is_passed_over() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let began = Instant::now();
        let preferences = ["respond-async", "wait", "wait=soon", "wait=-9", "wait=9.5", "=9", ""];
        for prefer in preferences {
            let answer = submitted(&deal, prefer);
            assert_eq!(answer.header("Preference-Applied"), "", "{prefer}");
            assert!(answer.header("Location").starts_with("/v1/reversals/rev_"), "{prefer}");
        }
        assert!(began.elapsed() < Duration::from_secs(9), "one of them was waited for");
        assert_eq!(deal.acme.all("/v1/reversals").len(), preferences.len());
    });
}
