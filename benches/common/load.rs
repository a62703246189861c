//! Many connections, each asking for the next thing as soon as it has the last.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What to send, to whom, for how long.
pub struct Load<'a> {
    pub base: &'a str,
    pub connections: usize,
    pub seconds: u64,
    pub credential: &'a str,
}

/// What came of it.
pub struct Figures {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

impl Load<'_> {
    /// Asks for `path(0)`, `path(1)` … until the time is up; the first fifth is not counted.
    pub fn run(&self, path: &(dyn Fn(usize) -> String + Sync)) -> Figures {
        let span = Duration::from_secs(self.seconds);
        self.ask_all(path, span / 5, &AtomicBool::new(false))
    }

    /// The same until somebody says that it is over, and all of it counts.
    pub fn run_until(&self, path: &(dyn Fn(usize) -> String + Sync), over: &AtomicBool) -> Figures {
        self.ask_all(path, Duration::ZERO, over)
    }

    fn ask_all(
        &self,
        path: &(dyn Fn(usize) -> String + Sync),
        warm_up: Duration,
        over: &AtomicBool,
    ) -> Figures {
        let (begun, span) = (Instant::now(), Duration::from_secs(self.seconds));
        let counted_from = begun + warm_up;
        let mut taken: Vec<Duration> = std::thread::scope(|scope| {
            let connections: Vec<_> = (0..self.connections)
                .map(|number| {
                    scope.spawn(move || self.ask(number, path, (counted_from, begun + span), over))
                })
                .collect();
            connections.into_iter().flat_map(|one| one.join().unwrap()).collect()
        });
        taken.sort_unstable();
        let counted = begun.elapsed().saturating_sub(warm_up).as_secs_f64();
        let at = |part: usize| taken[(taken.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
        let requests = f64::from(u32::try_from(taken.len()).unwrap());
        Figures { per_second: requests / counted, p50_ms: at(50), p99_ms: at(99) }
    }

    fn ask(
        &self,
        number: usize,
        path: &(dyn Fn(usize) -> String + Sync),
        (from, until): (Instant, Instant),
        over: &AtomicBool,
    ) -> Vec<Duration> {
        let mut stream = TcpStream::connect(self.base).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let (mut taken, mut next) = (Vec::new(), number);
        loop {
            let begun = Instant::now();
            if begun >= until || over.load(Ordering::Relaxed) {
                return taken;
            }
            let request = format!(
                "GET {} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
                path(next),
                self.base,
                self.credential,
            );
            stream.write_all(request.as_bytes()).unwrap();
            read_answer(&mut reader);
            if begun >= from {
                taken.push(begun.elapsed());
            }
            next += self.connections;
        }
    }
}

fn read_answer(reader: &mut BufReader<TcpStream>) {
    let (mut line, mut length) = (String::new(), 0_u64);
    reader.read_line(&mut line).unwrap();
    assert!(line.contains(" 200 "), "answered {line}");
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    assert!(length > 0, "an answer without a length");
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).unwrap();
}
