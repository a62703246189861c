//! What the measurements share: rows to begin with, servers to ask, and many who ask.
#![allow(dead_code, reason = "each measurement uses a part of it")]

pub mod fill;
pub mod load;
pub mod seed;
pub mod server;
pub mod stage;

/// What was given on the command line as `name value`.
pub fn given(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    arguments.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone())
}

/// The same as a number.
pub fn number(name: &str, usual: usize) -> usize {
    given(name).map_or(usual, |text| text.parse().expect("a number"))
}

/// A figure of a process (`VmRSS`, `VmHWM`), in MiB.
pub fn memory(process: &str, name: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    let kib: u32 = line.trim().trim_end_matches(" kB").parse().unwrap();
    f64::from(kib) / 1024.0
}

/// From here on the peak counts anew.
pub fn forget_peak(process: &str) {
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

/// A row of a table: what we gave, and what the smallest program gave.
pub fn beside(what: &str, own: &load::Figures, its: &load::Figures) {
    println!(
        "| {what} | {:.0} | {:.1} ms | {:.1} ms | {:.0} | {:.1} ms | {:.1} ms | {:.2} |",
        own.per_second,
        own.p50_ms,
        own.p99_ms,
        its.per_second,
        its.p50_ms,
        its.p99_ms,
        own.per_second / its.per_second,
    );
}
