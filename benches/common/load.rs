//! Many connections on one thread, each asking for the next thing as soon as it has the last.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// To whom, by how many at once, for how long.
pub struct Load<'a> {
    pub base: &'a str,
    pub connections: usize,
    pub seconds: u64,
    pub credential: &'a str,
}

/// What came of it.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// One request.
pub struct Ask {
    start: String,
    body: String,
}

impl Ask {
    pub fn get(path: impl AsRef<str>) -> Self {
        Self { start: format!("GET {} HTTP/1.1\r\n", path.as_ref()), body: String::new() }
    }

    /// With a key of its own, so that it could be sent again.
    pub fn post(path: impl AsRef<str>, key: impl AsRef<str>, body: &str) -> Self {
        let start = format!(
            "POST {} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Idempotency-Key: {}\r\n",
            path.as_ref(),
            body.len(),
            key.as_ref(),
        );
        Self { start, body: body.to_string() }
    }
}

/// Request number `n`; nothing when all is asked.
type Asks<'a> = &'a (dyn Fn(usize) -> Option<Ask> + Sync);

impl Load<'_> {
    /// Asks for number 0, 1 and so on until the time is up; the first fifth is not counted.
    pub fn run(&self, asks: Asks<'_>) -> Figures {
        let span = Duration::from_secs(self.seconds);
        self.ask_all(asks, span / 5, &AtomicBool::new(false))
    }

    /// The same until somebody says that it is over, and all of it counts.
    pub fn run_until(&self, asks: Asks<'_>, over: &AtomicBool) -> Figures {
        self.ask_all(asks, Duration::ZERO, over)
    }

    fn ask_all(&self, asks: Asks<'_>, warm_up: Duration, over: &AtomicBool) -> Figures {
        let begun = Instant::now();
        let counted = (begun + warm_up, begun + Duration::from_secs(self.seconds));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asking = (0..self.connections).map(|number| self.ask(number, asks, counted, over));
        let taken = runtime.block_on(futures_util::future::join_all(asking));
        let mut taken: Vec<Duration> = taken.into_iter().flatten().collect();
        if taken.is_empty() {
            return Figures::default();
        }
        taken.sort_unstable();
        let span = begun.elapsed().saturating_sub(warm_up).as_secs_f64();
        let at = |part: usize| taken[(taken.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
        let requests = f64::from(u32::try_from(taken.len()).unwrap());
        Figures { per_second: requests / span, p50_ms: at(50), p99_ms: at(99) }
    }

    async fn ask(
        &self,
        number: usize,
        asks: Asks<'_>,
        (from, until): (Instant, Instant),
        over: &AtomicBool,
    ) -> Vec<Duration> {
        let mut stream = TcpStream::connect(self.base).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (reading, mut writing) = stream.split();
        let mut reader = BufReader::with_capacity(64 * 1024, reading);
        let (mut taken, mut next, mut answer) = (Vec::new(), number, Vec::new());
        loop {
            let begun = Instant::now();
            if begun >= until || over.load(Ordering::Relaxed) {
                return taken;
            }
            let Some(Ask { start, body }) = asks(next) else { return taken };
            let request = format!(
                "{start}Host: {}\r\nAuthorization: Bearer {}\r\n\r\n{body}",
                self.base, self.credential,
            );
            writing.write_all(request.as_bytes()).await.unwrap();
            answer.resize(head(&mut reader).await, 0);
            reader.read_exact(&mut answer).await.unwrap();
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
    assert!(line.contains(" 200 "), "answered {line:?}");
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
