//! Pages of a list, wherever they lie in it and however long it is, and the whole of it as a file.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::load::Figures;
use crate::common::server::Server;
use crate::common::stage::{self, Filled, SECRET};
use crate::common::{forget_peak, memory};
use crate::load;

/// How many rows a page has.
const PAGE: usize = 50;
/// The most rows that are downloaded.
const MOST_EXPORTED: usize = 1_000_000;

/// What was asked for, by one at a time.
const PAGES: [&str; 6] = [
    "first page",
    "page in the middle",
    "last page",
    "page that no action matches",
    "first page of the changes",
    "page of the changes in the middle",
];

/// What a list of so many actions gave.
pub struct Lists {
    actions: usize,
    pages: Vec<Figures>,
    exported: Exported,
}

/// A download.
struct Exported {
    rows: usize,
    bytes: u64,
    took: Duration,
    memory_mib: f64,
}

/// Asks for every kind of page.
pub fn measure(filled: &Filled) -> Lists {
    let server = Server::product(&filled.url, &["--no-jobs"]);
    let (brand, actions) = (&filled.brand, filled.ids.len());
    // Where one action is left before that moment, the cursor behind it begins the next page.
    let behind = |n: usize| {
        let before = brand.occurred_at(n);
        cursor(&server, &format!("/v1/actions?limit=1&occurred_before={before}"))
    };
    let list = format!("/v1/actions?limit={PAGE}");
    let changes = format!("/v1/action-updates?limit={PAGE}");
    let paths = [
        list.clone(),
        format!("{list}&cursor={}", behind(actions / 2)),
        format!("{list}&cursor={}", behind((PAGE + 1).min(actions - 1))),
        format!("{list}&state=reversed"),
        changes.clone(),
        format!("{changes}&cursor={}", changes_in_the_middle(&server, filled)),
    ];
    let pages = paths.iter().map(|path| load(&server.base, 1, &|_| path.clone())).collect();
    Lists { actions, pages, exported: export(&server, filled) }
}

fn get(server: &Server, path: &str) -> ureq::Body {
    let bearer = format!("Bearer {SECRET}");
    let asked = ureq::get(format!("http://{}{path}", server.base));
    asked.header("Authorization", &bearer).call().unwrap().into_body()
}

fn cursor(server: &Server, path: &str) -> String {
    let page: Value = get(server, path).read_json().unwrap();
    page["next_cursor"].as_str().expect("a next page").to_string()
}

/// The changes have no other way into their middle than through those before it; a filter that few
/// meet goes by many of them at a time.
fn changes_in_the_middle(server: &Server, filled: &Filled) -> String {
    let after = filled.brand.occurred_at(filled.ids.len() / 2);
    let asked = format!("/v1/action-updates?limit=1&updated_after={after}");
    let mut path = asked.clone();
    loop {
        let page: Value = get(server, &path).read_json().unwrap();
        let next = page["next_cursor"].as_str().expect("a next page").to_string();
        if page["data"].as_array().is_some_and(|rows| !rows.is_empty()) {
            return next;
        }
        path = format!("{asked}&cursor={next}");
    }
}

fn export(server: &Server, filled: &Filled) -> Exported {
    let newest = filled.ids.len().min(MOST_EXPORTED);
    let from = filled.brand.occurred_at(filled.ids.len() - newest);
    let process = server.process();
    let rest = memory(&process, "VmRSS");
    forget_peak(&process);
    let begun = Instant::now();
    let mut file = get(server, &format!("/v1/actions/export.csv?occurred_after={from}"));
    let mut counting = Counting::default();
    std::io::copy(&mut file.as_reader(), &mut counting).unwrap();
    let took = begun.elapsed();
    let memory_mib = memory(&process, "VmHWM") - rest;
    assert_eq!(counting.lines, newest + 1, "a header and every action");
    Exported { rows: newest, bytes: counting.bytes, took, memory_mib }
}

/// Counts what is written into it.
#[derive(Default)]
struct Counting {
    bytes: u64,
    lines: usize,
}

impl std::io::Write for Counting {
    fn write(&mut self, some: &[u8]) -> std::io::Result<usize> {
        self.bytes += u64::try_from(some.len()).unwrap();
        self.lines += some.iter().filter(|byte| **byte == b'\n').count();
        Ok(some.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A table with a column for each length.
pub fn print(server: Option<&str>, lists: &[Lists]) {
    let engine = stage::name(server);
    println!("\n{engine}: pages of {PAGE}, one connection, p50 and p99");
    let lengths: Vec<String> =
        lists.iter().map(|list| format!("of {} actions |", list.actions)).collect();
    println!("| page | {} longest : shortest |", lengths.join(" "));
    println!("|---|{}---|", "---|".repeat(lists.len()));
    for (place, what) in PAGES.iter().enumerate() {
        let cell = |list: &Lists| {
            let Figures { p50_ms, p99_ms, .. } = list.pages[place];
            format!("{p50_ms:.2} ms, {p99_ms:.2} ms |")
        };
        let cells: Vec<String> = lists.iter().map(cell).collect();
        let p50 = |list: Option<&Lists>| list.unwrap().pages[place].p50_ms;
        let times = p50(lists.last()) / p50(lists.first());
        println!("| {what} | {} {times:.2} |", cells.join(" "));
    }
    println!("\n{engine}: the first three pages beside each other, p50");
    println!("| actions | middle : first | last : first |");
    println!("|---|---|---|");
    for Lists { actions, pages, .. } in lists {
        let beside = |place: usize| pages[place].p50_ms / pages[0].p50_ms;
        println!("| {actions} | {:.2} | {:.2} |", beside(1), beside(2));
    }
    println!("\n{engine}: actions as a CSV file");
    println!("| of actions | rows | MB | took | rows/s | memory over rest |");
    println!("|---|---|---|---|---|---|");
    for Lists { actions, exported, .. } in lists {
        let Exported { rows, bytes, took, memory_mib } = exported;
        let seconds = took.as_secs_f64();
        let megabytes = f64::from(u32::try_from(*bytes / 1_000).unwrap()) / 1e3;
        let per_second = f64::from(u32::try_from(*rows).unwrap()) / seconds;
        println!(
            "| {actions} | {rows} | {megabytes:.1} | {seconds:.1} s | {per_second:.0} | \
             {memory_mib:.0} MiB |"
        );
    }
}
