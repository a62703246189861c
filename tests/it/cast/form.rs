//! Forms with files in them, as programs send them.

/// What stands between the parts.
const BOUNDARY: &str = "------------------------d74496d66958873e";

/// A form being filled in.
#[derive(Debug, Clone, Default)]
pub struct Form {
    body: Vec<u8>,
}

impl Form {
    /// With a file in the part `file`, of a type, under a name.
    pub fn of(kind: &str, name: &str, bytes: &[u8]) -> Self {
        Self::default().file("file", kind, name, bytes)
    }

    /// A field of text.
    pub fn field(self, name: &str, value: &str) -> Self {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"\r\n");
        self.part(&head, value.as_bytes())
    }

    /// A part that is a file.
    pub fn file(self, part: &str, kind: &str, name: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "Content-Disposition: form-data; name=\"{part}\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n"
        );
        self.part(&head, bytes)
    }

    /// A part with headers of its own.
    pub fn part(mut self, head: &str, bytes: &[u8]) -> Self {
        self.body.extend(format!("--{BOUNDARY}\r\n{head}\r\n").bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// The content type, and the body with its end.
    pub fn sent(&self) -> (String, Vec<u8>) {
        let end = format!("--{BOUNDARY}--\r\n");
        (format!("multipart/form-data; boundary={BOUNDARY}"), [&self.body, end.as_bytes()].concat())
    }

    /// The same form, with something else between its parts.
    pub fn bounded_by(&self, boundary: &str) -> (String, Vec<u8>) {
        let (kind, body) = self.sent();
        let kind = kind.replace(BOUNDARY, boundary);
        let body = String::from_utf8(body).expect("text").replace(BOUNDARY, boundary);
        (kind, body.into_bytes())
    }
}
