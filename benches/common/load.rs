//! Many connections on one thread, each asking for the next thing as soon as it has the last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

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

/// The path of request number `n`.
type Path<'a> = &'a (dyn Fn(usize) -> String + Sync);

impl Load<'_> {
    /// Asks for `path(0)`, `path(1)` … until the time is up; the first fifth is not counted.
    pub fn run(&self, path: Path<'_>) -> Figures {
        let span = Duration::from_secs(self.seconds);
        self.ask_all(path, span / 5, &AtomicBool::new(false))
    }

    /// The same until somebody says that it is over, and all of it counts.
    pub fn run_until(&self, path: Path<'_>, over: &AtomicBool) -> Figures {
        self.ask_all(path, Duration::ZERO, over)
    }

    fn ask_all(&self, path: Path<'_>, warm_up: Duration, over: &AtomicBool) -> Figures {
        let begun = Instant::now();
        let counted = (begun + warm_up, begun + Duration::from_secs(self.seconds));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asking = (0..self.connections).map(|number| self.ask(number, path, counted, over));
        let taken = runtime.block_on(futures_util::future::join_all(asking));
        let mut taken: Vec<Duration> = taken.into_iter().flatten().collect();
        taken.sort_unstable();
        let span = begun.elapsed().saturating_sub(warm_up).as_secs_f64();
        let at = |part: usize| taken[(taken.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
        let requests = f64::from(u32::try_from(taken.len()).unwrap());
        Figures { per_second: requests / span, p50_ms: at(50), p99_ms: at(99) }
    }

    async fn ask(
        &self,
        number: usize,
        path: Path<'_>,
        (from, until): (Instant, Instant),
        over: &AtomicBool,
    ) -> Vec<Duration> {
        let mut stream = TcpStream::connect(self.base).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (reading, mut writing) = stream.split();
        let mut reader = BufReader::with_capacity(64 * 1024, reading);
        let (mut taken, mut next, mut body) = (Vec::new(), number, Vec::new());
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
            writing.write_all(request.as_bytes()).await.unwrap();
            body.resize(head(&mut reader).await, 0);
            reader.read_exact(&mut body).await.unwrap();
            if begun >= from {
                taken.push(begun.elapsed());
            }
            next += self.connections;
        }
    }
}

/// Reads the head of an answer; gives the length of its body.
async fn head<R: tokio::io::AsyncBufRead + Unpin>(reader: &mut R) -> usize {
    let (mut line, mut length) = (String::new(), 0);
    reader.read_line(&mut line).await.unwrap();
    assert!(line.contains(" 200 "), "answered {line}");
    loop {
        line.clear();
        reader.read_line(&mut line).await.unwrap();
        if line == "\r\n" {
            assert!(length > 0, "an answer without a length");
            return length;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
}
