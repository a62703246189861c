//! Somebody else's system that webhooks are sent to: a small HTTP server, which behaves as a story
//! wants it to.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The longest that anything here is waited for.
const DEADLINE: Duration = Duration::from_secs(60);

/// What came in.
#[derive(Debug, Clone)]
pub struct Message {
    /// The path.
    pub path: String,
    /// Headers, their names in lower case.
    pub headers: HashMap<String, String>,
    /// The body as it came.
    pub raw: Vec<u8>,
}

impl Message {
    /// The body.
    pub fn body(&self) -> Value {
        serde_json::from_slice(&self.raw).expect("a body of JSON")
    }

    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The header `webhook-id`.
    pub fn id(&self) -> String {
        self.header("webhook-id").to_string()
    }
}

/// What it does with a message.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Answers with a status.
    Answer(u16),
    /// The same, with further lines of the head, and a body.
    Head(u16, String, String),
    /// Never answers, and never hangs up.
    Hang,
    /// Hangs up without an answer.
    Close,
    /// Sends a head, and then a body without an end.
    Endless,
    /// Waits until it is told to go on, and then answers.
    Wait(u16),
}

type Choice = Box<dyn Fn(&Message) -> Manner + Send>;

struct State {
    seen: Vec<Message>,
    choice: Choice,
    connections: usize,
    over: bool,
    waiting: bool,
}

/// A system that receives.
pub struct Receiver {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Receiver {
    /// One that takes everything.
    pub fn new() -> Self {
        Self::with(|_| Manner::Answer(200))
    }

    /// One that does with each message what a function says.
    pub fn with(choice: impl Fn(&Message) -> Manner + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let choice: Choice = Box::new(choice);
        let state = State { seen: Vec::new(), choice, connections: 0, over: false, waiting: true };
        let state = Arc::new((Mutex::new(state), Condvar::new()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                {
                    let mut state = state.0.lock().unwrap();
                    if state.over {
                        return;
                    }
                    state.connections += 1;
                }
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { address, state }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// From now on it does this.
    pub fn behave(&self, manner: Manner) {
        self.state.0.lock().unwrap().choice = Box::new(move |_| manner.clone());
    }

    /// Lets those that wait go on.
    pub fn go_on(&self) {
        self.state.0.lock().unwrap().waiting = false;
        self.state.1.notify_all();
    }

    /// What has come in so far.
    pub fn seen(&self) -> Vec<Message> {
        self.state.0.lock().unwrap().seen.clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.state.0.lock().unwrap().connections
    }

    /// What has come in, once it fits.
    pub fn until(&self, what: &str, fits: impl Fn(&[Message]) -> bool) -> Vec<Message> {
        let began = Instant::now();
        let mut state = self.state.0.lock().unwrap();
        while !fits(&state.seen) {
            let left = DEADLINE.saturating_sub(began.elapsed());
            assert!(!left.is_zero(), "not {what} within {DEADLINE:?}: {:#?}", state.seen);
            state = self.state.1.wait_timeout(state, left).unwrap().0;
        }
        state.seen.clone()
    }

    /// What has come in, once it is so many.
    pub fn after(&self, many: usize) -> Vec<Message> {
        self.until(&format!("{many} messages"), |seen| seen.len() >= many)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.state.0.lock().unwrap().over = true;
        self.state.1.notify_all();
        // The thread that listens looks up once more, and ends.
        let _ = TcpStream::connect(self.address);
    }
}

/// One connection, message by message.
fn serve(stream: &TcpStream, state: &(Mutex<State>, Condvar)) {
    let mut reader = BufReader::new(stream);
    while let Some(message) = read(&mut reader) {
        let manner = {
            let mut state = state.0.lock().unwrap();
            let manner = (state.choice)(&message);
            state.seen.push(message);
            manner
        };
        state.1.notify_all();
        let went_on = match manner {
            Manner::Answer(status) => answer(stream, status, "", ""),
            Manner::Head(status, head, body) => answer(stream, status, &head, &body),
            Manner::Hang => {
                wait(state, |state| !state.over);
                return;
            }
            Manner::Wait(status) => {
                wait(state, |state| state.waiting && !state.over);
                answer(stream, status, "", "")
            }
            Manner::Close => return,
            Manner::Endless => return without_end(stream),
        };
        if !went_on {
            return;
        }
    }
}

fn wait(state: &(Mutex<State>, Condvar), so_long: impl Fn(&State) -> bool) {
    let mut held = state.0.lock().unwrap();
    while so_long(&held) {
        held = state.1.wait(held).unwrap();
    }
}

fn read(reader: &mut impl BufRead) -> Option<Message> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_string();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut raw = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut raw).ok()?;
    Some(Message { path, headers, raw })
}

/// Gives whether the answer went out.
fn answer(mut stream: &TcpStream, status: u16, head: &str, body: &str) -> bool {
    let length = body.len();
    let text = format!("HTTP/1.1 {status} So\r\n{head}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).is_ok()
}

fn without_end(mut stream: &TcpStream) {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    let mut went = stream.write_all(head.as_bytes());
    while went.is_ok() {
        went = stream.write_all(chunk.as_bytes());
    }
}
