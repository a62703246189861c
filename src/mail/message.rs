//! A letter as it goes over the line.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::model::Mail;

/// How long a line may be over the line, without its end: 998 (RFC 5322).
const LONGEST_LINE: usize = 998;

/// Writes a letter out. Fails if it cannot be one, whoever carries it.
///
/// It is the same text at each attempt, but for the borders of its parts.
pub fn written(mail: &Mail, from: &Mailbox, host: &str) -> Result<Message, String> {
    let address: Address = mail.address.parse().map_err(|cause| format!("the address: {cause}"))?;
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    let mut builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address))
        .subject(mail.subject.clone())
        .message_id(Some(format!("<{}@{host}>", mail.id)))
        .date(date(mail))
        .raw_header(header("Auto-Submitted", "auto-generated".into()));
    if let Some(link) = &mail.unsubscribe {
        let one_click = "List-Unsubscribe=One-Click".to_string();
        builder = builder
            .raw_header(header("List-Unsubscribe", format!("<{link}>")))
            .raw_header(header("List-Unsubscribe-Post", one_click));
    }
    builder.multipart(parts).map_err(|cause| cause.to_string())
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).body(body(text))
}

/// Links stay whole where they can, for those who read what goes over the line; anything that is not
/// plain is encoded.
fn body(text: &str) -> Body {
    let text = text.replace("\r\n", "\n");
    let plain = text.is_ascii() && !text.contains(['\0', '\r']);
    if !plain || text.lines().any(|line| line.len() > LONGEST_LINE) {
        return Body::new(text);
    }
    let lines: String = text.lines().map(|line| format!("{line}\r\n")).collect();
    Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit)
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// When it was posted, however late it leaves.
fn date(mail: &Mail) -> SystemTime {
    let micros = u64::try_from(mail.created_at.micros()).unwrap_or(0);
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::super::model::Status;
    use super::*;
    use crate::kernel::id::MailId;

    fn mail(address: &str) -> Mail {
        let at = "2026-03-10T12:00:00Z".parse().unwrap();
        Mail {
            id: MailId::new(),
            address: address.into(),
            user_id: None,
            subject: "Grüße".into(),
            text: "Hello Ada,\n.\nsee https://acme.example/?a=1\n".into(),
            html: "<p>Hello Ada,</p>".into(),
            unsubscribe: None,
            status: Status::Waiting,
            attempts: 1,
            next_at: at,
            worker_id: None,
            lease_until: None,
            last_error: None,
            created_at: at,
            done_at: None,
        }
    }

    fn text(mail: &Mail) -> Result<String, String> {
        let from = "Entente <no-reply@example.com>".parse().unwrap();
        let message = written(mail, &from, "entente.example")?;
        Ok(String::from_utf8(message.formatted()).unwrap())
    }

    #[test]
    fn a_letter_says_what_it_is() {
        let mail = mail("ada@acme.example");
        let text = text(&mail).unwrap();
        for line in [
            "From: Entente <no-reply@example.com>\r\n".to_string(),
            "To: ada@acme.example\r\n".into(),
            "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n".into(),
            format!("Message-ID: <{}@entente.example>\r\n", mail.id),
            "Date: Tue, 10 Mar 2026 12:00:00 +0000\r\n".into(),
            "Auto-Submitted: auto-generated\r\n".into(),
            "Content-Type: multipart/alternative;".into(),
        ] {
            assert!(text.contains(&line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("List-Unsubscribe"), "{text}");
    }

    #[test]
    fn what_is_not_essential_says_how_to_be_rid_of_it() {
        let long = format!("https://acme.example/no?t={}", "x".repeat(200));
        let mail = Mail { unsubscribe: Some(long.clone()), ..mail("ada@acme.example") };
        let text = text(&mail).unwrap().replace("\r\n ", " ");
        assert!(text.contains(&format!("List-Unsubscribe: <{long}>\r\n")), "{text}");
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{text}");
    }

    #[test]
    fn long_links_stay_whole_and_what_is_not_plain_is_encoded() {
        let long = format!("https://acme.example/?t={}", "x".repeat(900));
        let plain = Mail { text: format!("see\r\n{long}\nbye"), ..mail("ada@acme.example") };
        let text_of = |mail: &Mail| text(mail).unwrap();
        let sent = text_of(&plain);
        assert!(sent.contains(&format!("see\r\n{long}\r\nbye")), "{sent}");
        assert!(sent.lines().all(|line| line.len() <= 998), "{sent}");
        for other in ["Grüße".to_string(), "x".repeat(2_000)] {
            let sent = text_of(&Mail { text: other, ..mail("ada@acme.example") });
            let encoded = ["quoted-printable", "base64"];
            let encoded = encoded.map(|word| format!("Content-Transfer-Encoding: {word}"));
            assert!(encoded.iter().any(|line| sent.contains(line)), "{sent}");
            assert!(sent.is_ascii() && sent.lines().all(|line| line.len() <= 998), "{sent}");
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        for address in ["", "ada", "ada@", "a@b.example\r\nBcc: c@d.example", "a@b, c@d"] {
            assert!(text(&mail(address)).unwrap_err().starts_with("the address: "), "{address}");
        }
    }
}
