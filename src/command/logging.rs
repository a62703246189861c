//! Log lines: for people, or one JSON object each.

use std::io::Write;

use env_logger::{Builder, Env};
use log::kv::{Key, Value, VisitSource};
use serde_json::{Map, json};

use crate::config::LogFormat;
use crate::kernel::time::Clock;

/// What an operator wants to see.
pub const OF_A_SERVER: &str = "info,actix_server=warn";
/// What belongs between the lines that a command prints for people.
pub const OF_A_SHOW: &str = "warn";

/// Starts logging. What is logged is `RUST_LOG`'s, or without it `usual`.
pub fn start(format: LogFormat, usual: &str) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(usual));
    if format == LogFormat::Json {
        builder.format(|out, record| {
            let mut fields = Fields(Map::new());
            let at = Clock::System.now().to_string();
            fields.0.insert("at".into(), json!(at));
            fields.0.insert("level".into(), json!(record.level().as_str()));
            fields.0.insert("target".into(), json!(record.target()));
            fields.0.insert("message".into(), json!(record.args().to_string()));
            // A field that cannot be read is left out; the line is written all the same.
            let _ = record.key_values().visit(&mut fields);
            writeln!(out, "{}", serde_json::Value::Object(fields.0))
        });
    }
    // A second start, in tests, keeps the first logger.
    let _ = builder.try_init();
}

struct Fields(Map<String, serde_json::Value>);

impl<'kvs> VisitSource<'kvs> for Fields {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
        let typed = serde_json::to_value(&value).unwrap_or_else(|_| json!(value.to_string()));
        self.0.insert(key.as_str().to_string(), typed);
        Ok(())
    }
}
