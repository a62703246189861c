//! Somebody else's store of files: a small server that speaks as much of S3 as Entente asks of one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What was asked of it.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// What stands behind it.
    pub query: String,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Asked {
    /// A header.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

#[derive(Default)]
struct State {
    kept: BTreeMap<String, Vec<u8>>,
    asked: Vec<Asked>,
    broken: bool,
}

/// A store with buckets.
pub struct BucketServer {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl BucketServer {
    /// An empty one.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { address, state }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it keeps, by path.
    pub fn kept(&self) -> BTreeMap<String, Vec<u8>> {
        self.state.lock().unwrap().kept.clone()
    }

    /// What was asked of it so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// From now on it fails, or no longer.
    pub fn fail(&self, broken: bool) {
        self.state.lock().unwrap().broken = broken;
    }
}

fn serve(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    while let Some((asked, body)) = read(&mut reader) {
        let (status, head, bytes) = answered(&mut state.lock().unwrap(), &asked, body);
        state.lock().unwrap().asked.push(asked);
        let length = bytes.len();
        let head = format!("HTTP/1.1 {status} So\r\n{head}Content-Length: {length}\r\n\r\n");
        let mut stream = stream;
        if stream.write_all(&[head.as_bytes(), &bytes].concat()).is_err() {
            return;
        }
    }
}

/// Status, lines of the head and body.
fn answered(state: &mut State, asked: &Asked, body: Vec<u8>) -> (u16, String, Vec<u8>) {
    let nothing = |status| (status, String::new(), Vec::new());
    if state.broken {
        return nothing(503);
    }
    // Signed as a URL is (SigV4).
    let signed = ["X-Amz-Algorithm=AWS4-HMAC-SHA256&", "X-Amz-Signature=", "X-Amz-Date="];
    if !signed.iter().all(|part| asked.query.contains(part)) {
        return nothing(403);
    }
    match asked.method.as_str() {
        "PUT" => {
            if asked.header("content-length").is_empty() {
                return nothing(411);
            }
            state.kept.insert(asked.path.clone(), body);
            nothing(200)
        }
        "GET" => match (state.kept.get(&asked.path), asked.header("range")) {
            (None, _) => nothing(404),
            (Some(bytes), "") => (200, String::new(), bytes.clone()),
            (Some(bytes), range) => {
                let (first, last) = range["bytes=".len()..].split_once('-').expect("a range");
                let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
                let piece: &[u8] = &bytes[first..=last];
                let told = format!("Content-Range: bytes {first}-{last}/{}\r\n", bytes.len());
                (206, told, piece.to_vec())
            }
        },
        "DELETE" => {
            state.kept.remove(&asked.path);
            nothing(204)
        }
        _ => nothing(405),
    }
}

fn read(reader: &mut impl BufRead) -> Option<(Asked, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.split(' ').map(ToString::to_string);
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (path, query) = (path.to_string(), query.to_string());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((Asked { method, path, query, headers }, body))
}
