//! Settings of how letters leave.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

/// How long a mail server may take over one letter: 30 s.
const SMTP_SECONDS: u64 = 30;

/// How letters leave.
#[derive(Debug, Clone, Args)]
pub struct Mailing {
    /// The mail server: smtp://USER:PASSWORD@HOST:587?tls=required, or smtps://USER:PASSWORD@HOST. If unset, letters are written to DATA_DIR/outbox
    #[arg(long, env = "SMTP_URL", hide_env_values = true, requires = "mail_from")]
    pub smtp_url: Option<SmtpUrl>,
    /// Certificates in PEM of which the mail server's may be signed by one, beside those that everybody trusts
    #[arg(long, env = "SMTP_CA_FILE", value_name = "FILE")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Seconds in which the mail server has to take a letter
    #[arg(long, env = "SMTP_SECONDS", default_value_t = SMTP_SECONDS, value_parser = seconds)]
    pub smtp_seconds: u64,
    /// Whom letters are from, such as Entente <no-reply@example.com>; needed with SMTP_URL
    #[arg(long, env = "MAIL_FROM", value_parser = mailbox)]
    pub mail_from: Option<Mailbox>,
}

impl Default for Mailing {
    fn default() -> Self {
        Self { smtp_url: None, smtp_ca_file: None, smtp_seconds: SMTP_SECONDS, mail_from: None }
    }
}

/// Where the mail server is, and with which credentials it is to be greeted.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl(pub url::Url);

/// Never shown.
impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}

impl FromStr for SmtpUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let such_as = || {
            "a URL that begins with smtp:// or smtps:// and names a host; of parameters there is \
             tls=required or tls=opportunistic, for smtp://"
                .to_string()
        };
        let url = url::Url::parse(text).map_err(|_| such_as())?;
        let known = url.query_pairs().all(|(name, _)| name == "tls");
        let readable = AsyncSmtpTransport::<Tokio1Executor>::from_url(text).is_ok();
        (known && readable).then_some(Self(url)).ok_or_else(such_as)
    }
}

fn mailbox(text: &str) -> Result<Mailbox, String> {
    let plain = !text.chars().any(char::is_control);
    let mailbox = text.parse().ok().filter(|_| plain);
    mailbox.ok_or_else(|| "an address, such as Entente <no-reply@example.com>".to_string())
}

fn seconds(text: &str) -> Result<u64, String> {
    let seconds = text.parse().ok().filter(|seconds| (1..=600).contains(seconds));
    seconds.ok_or_else(|| "a whole number from 1 to 600".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_has_a_scheme_and_a_host_and_keeps_its_password() {
        for good in [
            "smtp://mail.example",
            "smtp://ada:hunter2@mail.example:2525?tls=required",
            "smtp://mail.example?tls=opportunistic",
            "smtps://ada%40mail.example:hunter2@mail.example",
            "smtps://[::1]:465",
        ] {
            let url: SmtpUrl = good.parse().unwrap();
            assert!(!format!("{url:?}").contains("hunter2"));
        }
        for bad in [
            "mail.example",
            "smtp://",
            "http://mail.example",
            "smtp://mail.example?tls=maybe",
            "smtp://mail.example?tsl=required",
            "smtp://mail.example:99999",
        ] {
            assert!(bad.parse::<SmtpUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_sender_is_one_address_on_one_line() {
        assert!(mailbox("Entente <no-reply@example.com>").is_ok());
        assert!(mailbox("no-reply@example.com").is_ok());
        for bad in ["", "nobody", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example"] {
            assert!(mailbox(bad).is_err(), "{bad}");
        }
    }
}
