//! Where letters leave: a mail server, or a folder for who has none.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, Error as SmtpError};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::message;
use super::model::{Mail, Outcome};
use super::settings::Mailing;
use crate::error::{Error, Result};

/// How many letters one server hands on at the same time.
pub const AT_ONCE: u32 = 4;
/// Whom letters are from that never leave the machine.
const FROM_HERE: &str = "Entente <entente@localhost>";
/// Answers of mail servers about whoever sends and how, or about themselves: nothing is wrong with the
/// letter, and once somebody has mended what is, it will be taken.
const ABOUT_US: &[u16] = &[500, 502, 503, 504, 521, 530, 534, 535, 538];

/// Hands letters on.
pub struct Office {
    way: Way,
    from: Mailbox,
    host: String,
    patience: Duration,
}

enum Way {
    Server(Box<Server>),
    Folder(PathBuf),
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server, and connections to it that are used again.
struct Server {
    builder: AsyncSmtpTransportBuilder,
    present: Mutex<Transport>,
}

impl Server {
    fn new(builder: AsyncSmtpTransportBuilder) -> Self {
        Self { present: Mutex::new(builder.clone().build()), builder }
    }

    fn present(&self) -> Transport {
        self.present.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets all connections. One on which an answer is still to come must not be used again: what
    /// comes would be taken for the answer to something else.
    fn begin_anew(&self) {
        let fresh = self.builder.clone().build();
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

impl Office {
    /// Opens it. Has to be done where the server runs, which keeps its connections.
    pub fn open(settings: &Mailing, data_dir: &Path, public_url: &str) -> Result<Self> {
        let host = url::Url::parse(public_url).ok();
        let host = host.as_ref().and_then(url::Url::host);
        let from = settings.mail_from.clone().map_or_else(|| FROM_HERE.parse(), Ok);
        let office = Self {
            way: way(settings, data_dir, host.as_ref())?,
            from: from.map_err(Error::internal)?,
            host: host.map_or_else(|| "localhost".to_string(), |host| host.to_string()),
            patience: Duration::from_secs(settings.smtp_seconds),
        };
        match &office.way {
            Way::Server(_) => log::info!("letters leave by the mail server of SMTP_URL"),
            Way::Folder(folder) => {
                let folder = folder.display();
                log::info!("no SMTP_URL is set: letters are written to {folder}");
            }
        }
        Ok(office)
    }

    /// Hands one letter on, and says what became of that.
    pub async fn hand_on(&self, mail: &Mail) -> Outcome {
        let message = match message::written(mail, &self.from, &self.host) {
            Ok(message) => message,
            Err(cause) => return Outcome::Refused(cause),
        };
        match &self.way {
            Way::Server(server) => self.send(server, message).await,
            Way::Folder(folder) => put_down(folder, mail, message.formatted()).await,
        }
    }

    async fn send(&self, server: &Server, message: Message) -> Outcome {
        let transport = server.present();
        match tokio::time::timeout(self.patience, transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Sent,
            Ok(Err(cause)) if is_for_good(&cause) => Outcome::Refused(told(&cause)),
            Ok(Err(cause)) => Outcome::PutOff(told(&cause)),
            Err(_) => {
                server.begin_anew();
                Outcome::PutOff("the mail server did not take it in time".into())
            }
        }
    }
}

/// Whether the answer is about this letter, and will be the same next time.
fn is_for_good(cause: &SmtpError) -> bool {
    let about_us = |code| ABOUT_US.contains(&u16::from(code));
    cause.is_permanent() && !cause.status().is_some_and(about_us)
}

/// An error and all it comes from.
fn told(cause: &SmtpError) -> String {
    let mut told = cause.to_string();
    let mut deeper = std::error::Error::source(cause);
    while let Some(cause) = deeper {
        let cause_told = cause.to_string();
        if !told.contains(&cause_told) {
            told = format!("{told}: {cause_told}");
        }
        deeper = cause.source();
    }
    told
}

fn way(settings: &Mailing, data_dir: &Path, host: Option<&url::Host<&str>>) -> Result<Way> {
    let Some(given) = &settings.smtp_url else {
        return Ok(Way::Folder(data_dir.join("outbox")));
    };
    let url = &given.0;
    let mut builder = Transport::from_url(url.as_str())
        .map_err(|_| Error::internal(anyhow::anyhow!("SMTP_URL cannot be used")))?;
    if let Some(file) = &settings.smtp_ca_file {
        builder = trusting(builder, url, file)?;
    }
    // A name in the URL's path is the one to say.
    if let (Some(url::Host::Domain(name)), "" | "/") = (host, url.path()) {
        builder = builder.hello_name(ClientId::Domain((*name).to_string()));
    }
    if url.password().is_some() && url.scheme() == "smtp" && url.query().is_none() {
        log::warn!("the password of SMTP_URL is sent in the open: add ?tls=required");
    }
    let connections = PoolConfig::new().max_size(AT_ONCE);
    let patience = Duration::from_secs(settings.smtp_seconds);
    let builder = builder.timeout(Some(patience)).pool_config(connections);
    Ok(Way::Server(Box::new(Server::new(builder))))
}

/// The same, where the mail server's certificate may be signed by one in a file.
fn trusting(
    builder: AsyncSmtpTransportBuilder,
    url: &url::Url,
    file: &Path,
) -> Result<AsyncSmtpTransportBuilder> {
    let failed = |cause: &dyn std::fmt::Display| {
        Error::internal(anyhow::anyhow!("SMTP_CA_FILE: {}: {cause}", file.display()))
    };
    let pem = std::fs::read(file).map_err(|cause| failed(&cause))?;
    if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Err(failed(&"no certificate in PEM is in it"));
    }
    let certificates = Certificate::from_pem(&pem).map_err(|cause| failed(&cause))?;
    let host = url.host_str().unwrap_or_default().to_string();
    let trust = TlsParameters::builder(host).add_root_certificate(certificates);
    let trust = trust.build().map_err(|cause| failed(&cause))?;
    let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value);
    Ok(match (url.scheme(), tls.as_deref()) {
        ("smtps", _) => builder.tls(Tls::Wrapper(trust)),
        (_, Some("required")) => builder.tls(Tls::Required(trust)),
        (_, Some(_)) => builder.tls(Tls::Opportunistic(trust)),
        (_, None) => builder,
    })
}

/// Writes a letter into the folder: under a name of its own until it is there as a whole.
async fn put_down(folder: &Path, mail: &Mail, bytes: Vec<u8>) -> Outcome {
    let (from, to) =
        (folder.join(format!(".{}.part", mail.id)), folder.join(format!("{}.eml", mail.id)));
    let place = to.display().to_string();
    let written = tokio::task::spawn_blocking(move || put(&from, &to, &bytes)).await;
    match written.map_err(|cause| cause.to_string()) {
        Ok(Ok(())) => {
            log::info!(mail:% = mail.id; "a letter was written to {place}");
            Outcome::Sent
        }
        Ok(Err(cause)) => Outcome::PutOff(format!("{place}: {cause}")),
        Err(cause) => Outcome::PutOff(cause),
    }
}

/// Letters hold secrets: only their owner reads them.
fn put(from: &Path, to: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // What a killed server has left of it.
    if from.exists() {
        std::fs::remove_file(from)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(from)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(from, to)?;
    // The name has to be there for good, too, before the letter counts as sent.
    to.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}
