//! Servers that divide the work: one answers requests, another works off what they leave behind.

use super::{ended, entente, folder, until};
use crate::cast::deal::id;
use crate::cast::engines::on_both_engines;
use crate::cast::orders::tracked_orders;
use crate::cast::process::Process;

#[test]
fn one_server_takes_batches_in_and_another_works_them_off() {
    on_both_engines(|url| {
        let home = folder();
        let doors = Process::serve(url, home.path(), &["--no-jobs"]);
        let (credential, _) = tracked_orders(&doors.caller(None), 2);
        let acme = doors.caller(Some(&credential));
        let file = b"order_id,reason\nK-0,ITEM_RETURNED\nK-1,ITEM_RETURNED\n";
        let kind = [("Content-Type", "text/csv")];
        let answer = acme.send("POST", "/v1/reversals", &kind, file);
        assert_eq!(answer.status, 202, "{}", answer.text);
        let batch = format!("/v1/reversals/{}", id(&answer.json()));

        let jobs = Process::serve_with(&[("JOBS_ONLY", "true")], url, home.path(), &[]);
        until("the batch is done", || acme.get(&batch, 200)["status"] == "completed");
        let figures =
            |process: &Process| process.caller(None).send("GET", "/metrics", &[], b"").text;
        let applied = "entente_reversal_lines_total{outcome=\"applied\"} 2";
        assert!(figures(&jobs).contains(applied), "{}", figures(&jobs));
        let locks = "entente_jobs_total{job=\"lock\",result=\"done\"}";
        until("it locks what is due", || figures(&jobs).contains(locks));
        assert!(!figures(&doors).contains("entente_jobs_total{"), "{}", figures(&doors));

        // It has what operations need, and no other door.
        let there = jobs.caller(Some(&credential)).undescribed();
        for path in ["/healthz", "/readyz"] {
            assert_eq!(there.get(path, 200)["status"], "ok");
        }
        for path in ["/v1/actions", "/v1/reversals", "/openapi.json", "/docs/", "/"] {
            assert_eq!(there.get(path, 404)["code"], "not_found", "{path}");
        }
        assert_eq!(there.send("POST", "/v1/reversals", &kind, file).status, 404);
        assert!(jobs.terminate().success());
    });
}

#[test]
fn a_server_that_does_neither_is_refused() {
    let both = ["serve", "--no-jobs", "--jobs-only"];
    let (code, _, said) = ended(&mut entente(folder().path(), &both));
    assert_eq!(code, 2);
    assert!(said.contains("'--no-jobs' cannot be used with '--jobs-only'"), "{said}");
}
