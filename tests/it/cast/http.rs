//! Callers: they send requests over HTTP, and say which status they expect.

use std::io::{BufRead, BufReader};

use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};

use super::{described, journal};

/// What goes on for as long as somebody listens: of its answers only the beginning is read.
const ENDLESS: &str = "/v1/notifications/events";

/// Somebody who calls the server.
#[derive(Clone)]
pub struct Caller {
    /// The caller's company, where known.
    pub company: Option<String>,
    /// The address to sign in with, where known.
    pub email: Option<String>,
    base: String,
    credential: Option<String>,
    /// Whether the server is one that the document describes.
    described: bool,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
    /// The same, as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if there is none.
    pub fn json(&self) -> Value {
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Caller {
    /// Somebody with a credential, or none.
    pub fn new(base: &str, credential: Option<&str>) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(std::time::Duration::from_secs(60)))
            .build()
            .new_agent();
        let credential = credential.map(ToString::to_string);
        Self {
            company: None,
            email: None,
            base: base.to_string(),
            credential,
            described: true,
            agent,
        }
    }

    /// The same server, with a credential.
    pub fn with(&self, credential: &str) -> Self {
        Self { credential: Some(credential.to_string()), ..self.clone() }
    }

    /// The same at a server that the document does not describe.
    pub fn undescribed(&self) -> Self {
        Self { described: false, ..self.clone() }
    }

    /// The caller's company.
    pub fn company_id(&self) -> &str {
        self.company.as_deref().expect("the caller's company is known")
    }

    /// The caller's credential.
    pub fn credential(&self) -> &str {
        self.credential.as_deref().expect("the caller has a credential")
    }

    /// Sends anything.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_to_send(method, path, headers, body).expect("an answer")
    }

    /// The same, where the server may go away in between.
    pub fn try_to_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, ureq::Error> {
        let method: Method = method.parse().expect("a method");
        let mut request =
            Request::builder().method(method.clone()).uri(format!("{}{path}", self.base));
        if let Some(credential) = &self.credential {
            request = request.header("Authorization", format!("Bearer {credential}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_vec()).expect("a request");
        // The client would refuse to send a body with GET or DELETE; a hostile one would not.
        let request =
            self.agent.configure_request(request).allow_non_standard_methods(true).build();
        let mut response = self.agent.run(request)?;
        let bytes = match path.starts_with(ENDLESS) && method == Method::GET {
            true => first_event(&mut response)?,
            false => response.body_mut().with_config().limit(1 << 30).read_to_vec()?,
        };
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: unpacked(response.headers(), bytes.clone()),
            bytes,
        };
        if self.described {
            described::hold(method.as_str(), path, &answer);
            journal::note(method.as_str(), path, &answer);
        }
        Ok(answer)
    }

    /// GET of what is sent bit by bit, expecting 200; read it line by line.
    pub fn listen(&self, path: &str) -> impl BufRead + use<> {
        self.listen_with(path, &[])
    }

    /// The same, with headers.
    pub fn listen_with(&self, path: &str, headers: &[(&str, &str)]) -> impl BufRead + use<> {
        let mut request =
            Request::builder().method(Method::GET).uri(format!("{}{path}", self.base));
        if let Some(credential) = &self.credential {
            request = request.header("Authorization", format!("Bearer {credential}"));
        }
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        let request = request.header("Accept-Encoding", "gzip");
        let response = self.agent.run(request.body(()).expect("a request")).expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "GET {path}");
        BufReader::new(response.into_body().into_reader())
    }

    /// Sends JSON with headers, and expects a status.
    #[expect(clippy::too_many_arguments, reason = "a request is that many things")]
    pub fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
        status: u16,
    ) -> Answer {
        let mut all = vec![("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        let answer = self.send(method, path, &all, body.to_string().as_bytes());
        assert_eq!(answer.status, status, "{method} {path} {body} answered {}", answer.text);
        answer
    }

    /// GET, expecting a status.
    pub fn get(&self, path: &str, status: u16) -> Value {
        let answer = self.send("GET", path, &[], b"");
        assert_eq!(answer.status, status, "GET {path} answered {}", answer.text);
        answer.json()
    }

    /// POST of JSON, expecting a status.
    pub fn post(&self, path: &str, body: Value, status: u16) -> Value {
        self.call("POST", path, &[], &body, status).json()
    }

    /// PUT of JSON, expecting a status.
    pub fn put(&self, path: &str, body: Value, status: u16) -> Value {
        self.call("PUT", path, &[], &body, status).json()
    }

    /// PATCH of JSON, expecting a status.
    pub fn patch(&self, path: &str, body: Value, status: u16) -> Value {
        self.call("PATCH", path, &[], &body, status).json()
    }

    /// DELETE, expecting a status.
    pub fn delete(&self, path: &str, status: u16) -> Value {
        let answer = self.send("DELETE", path, &[], b"");
        assert_eq!(answer.status, status, "DELETE {path} answered {}", answer.text);
        answer.json()
    }

    /// Every entry of a list, page by page; the cursor to begin with stands last in the path.
    pub fn all(&self, path: &str) -> Vec<Value> {
        let mut entries = Vec::new();
        let mut next = path.to_string();
        let path = path.split("cursor=").next().unwrap_or_default().trim_end_matches(['?', '&']);
        loop {
            let page = self.get(&next, 200);
            entries.extend(page["data"].as_array().expect("a page").iter().cloned());
            let Some(cursor) = page["next_cursor"].as_str() else { return entries };
            let joint = if path.contains('?') { '&' } else { '?' };
            next = format!("{path}{joint}cursor={cursor}");
        }
    }
}

/// The first event of a stream, or the whole of what is none.
fn first_event(response: &mut ureq::http::Response<ureq::Body>) -> Result<Vec<u8>, ureq::Error> {
    if response.status().as_u16() != 200 {
        return response.body_mut().read_to_vec();
    }
    let (mut reader, mut text) = (BufReader::new(response.body_mut().as_reader()), String::new());
    while !text.ends_with("\n\n") && reader.read_line(&mut text)? > 0 {}
    Ok(text.into_bytes())
}

/// The text of a body, which is packed if its headers say so.
fn unpacked(headers: &HeaderMap, bytes: Vec<u8>) -> String {
    let packed = headers.get("content-encoding").is_some_and(|coding| coding == "gzip");
    if packed && !bytes.is_empty() {
        let unpacking = flate2::read::GzDecoder::new(bytes.as_slice());
        return std::io::read_to_string(unpacking).expect("a packed body of text");
    }
    let image = headers.get("content-type").is_some_and(|kind| kind == "image/png");
    // Whatever somebody uploaded is marked like this.
    let policy = headers.get("content-security-policy").and_then(|policy| policy.to_str().ok());
    if image || policy.is_some_and(|policy| policy.starts_with("sandbox")) {
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    String::from_utf8(bytes).expect("a body of text")
}

/// The codes of a problem's faults, with where they are: `/name missing_field`.
pub fn faults(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let mut faults: Vec<String> = errors
        .iter()
        .map(|error| {
            let place = ["pointer", "parameter", "header"].iter().find_map(|at| error[at].as_str());
            format!("{} {}", place.unwrap_or_default(), error["code"].as_str().unwrap_or_default())
        })
        .collect();
    faults.sort();
    faults
}
