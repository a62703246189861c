//! Receives webhooks, and remembers when which came.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use entente::kernel::id::EventId;

#[derive(Default)]
struct State {
    arrivals: Vec<(EventId, Instant)>,
    connections: usize,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// A system that receives.
pub struct Receiver {
    address: SocketAddr,
    state: Shared,
}

impl Receiver {
    /// One that takes everything at once.
    pub fn that_answers() -> Self {
        Self::with(true)
    }

    /// One that takes connections and never answers.
    pub fn that_hangs() -> Self {
        Self::with(false)
    }

    fn with(answers: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Shared::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                shared.0.lock().unwrap().connections += 1;
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &state, answers));
            }
        });
        Self { address, state }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn connections(&self) -> usize {
        self.state.0.lock().unwrap().connections
    }

    /// What has come and when.
    pub fn arrivals(&self) -> Vec<(EventId, Instant)> {
        self.state.0.lock().unwrap().arrivals.clone()
    }

    /// Waits until so many have come.
    pub fn wait_for(&self, many: usize) {
        let (mut last, mut before) = (Instant::now(), 0);
        let mut state = self.state.0.lock().unwrap();
        while state.arrivals.len() < many {
            if state.arrivals.len() > before {
                (last, before) = (Instant::now(), state.arrivals.len());
            }
            assert!(last.elapsed() < Duration::from_secs(120), "{before} of {many}, and no more");
            state = self.state.1.wait_timeout(state, Duration::from_secs(1)).unwrap().0;
        }
    }
}

fn serve(mut stream: &TcpStream, state: &Shared, answers: bool) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(id) = read(&mut reader) {
        if !answers {
            continue;
        }
        state.0.lock().unwrap().arrivals.push((id, Instant::now()));
        state.1.notify_all();
        if stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").is_err() {
            return;
        }
    }
}

/// One message; gives its id.
fn read(reader: &mut impl BufRead) -> Option<EventId> {
    let (mut id, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => id = value.trim().parse().ok(),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    id
}
