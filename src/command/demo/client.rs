//! A small client of the API, as a partner system would have one.

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::http::Request;

/// Calls the API with one credential.
#[derive(Clone)]
pub struct Client {
    base: String,
    credential: Option<String>,
    agent: ureq::Agent,
}

impl Client {
    /// A client without a credential.
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        Self { base: base.to_string(), credential: None, agent: config.new_agent() }
    }

    /// The same client with a credential.
    pub fn with(&self, credential: &str) -> Self {
        Self { credential: Some(credential.to_string()), ..self.clone() }
    }

    /// The credential.
    pub fn credential(&self) -> &str {
        self.credential.as_deref().unwrap_or_default()
    }

    /// POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send("POST", path, "application/json", body.to_string().into_bytes())
    }

    /// POST of anything.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Value> {
        let uri = format!("{}{path}", self.base);
        let mut request = Request::builder().method(method).uri(&uri).header("Content-Type", kind);
        if let Some(credential) = &self.credential {
            request = request.header("Authorization", format!("Bearer {credential}"));
        }
        let mut response = self.agent.run(request.body(body)?)?;
        let text = response.body_mut().read_to_string()?;
        if !response.status().is_success() {
            bail!("{method} {path} was answered {}: {text}", response.status());
        }
        serde_json::from_str(&text).with_context(|| format!("{method} {path}"))
    }

    /// GET.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send("GET", path, "application/json", Vec::new())
    }
}

/// A text field of an answer.
pub fn text<'a>(answer: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    let field = answer.pointer(pointer).and_then(Value::as_str);
    field.with_context(|| format!("the answer has no {pointer}: {answer}"))
}
