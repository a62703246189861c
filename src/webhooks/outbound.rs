//! Sends a webhook to its target, and to nothing else: no private address, no redirect, no proxy, no
//! answer that never ends.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, Response};
use url::{Host, Url};

use super::address::is_public;
use super::model::{Attempt, Delivery, Endpoint, Failure};
use super::rules::{self, Came, Unfit};
use super::sign;
use crate::access::seal::Seal;
use crate::error::{Error, Result};
use crate::kernel::time::{Clock, Instant};

/// The most bytes of an answer that are read.
const MOST_READ: usize = 64 * 1024;
/// The most bytes of an answer's body that are kept.
const MOST_KEPT: usize = 1_024;
/// The most bytes of a head that are kept.
const MOST_HEAD: usize = 4 * 1_024;
/// How long the rest of an answer may take once its head is there, which says all that counts.
const BODY_PATIENCE: Duration = Duration::from_secs(1);
/// The tests of endpoints that a server sends at the same time.
const MOST_TESTS: usize = 8;

/// How webhooks are sent.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether targets may lie in private networks and do without TLS.
    pub private: bool,
    /// How long an endpoint may take to answer.
    pub patience: Duration,
}

/// Sends webhooks; one for a server.
#[derive(Clone)]
pub struct Outbound(Arc<Parts>);

struct Parts {
    manner: Manner,
    names: Names,
    client: Client,
    seal: Seal,
    clock: Clock,
    tests: tokio::sync::Semaphore,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The header `webhook-id`: the same however often it is sent.
    pub id: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// What it means.
    pub came: Came,
    /// How long it took.
    pub duration_ms: i64,
    /// What was sent, without the body.
    pub request_head: String,
    /// What came back, without the body.
    pub response_head: Option<String>,
    /// The beginning of the body.
    pub response_body: Option<String>,
}

impl Outbound {
    /// What seals with a key derived from the server's, and sends in a manner.
    pub fn new(server_key: &[u8; 32], manner: Manner, clock: Clock) -> Result<Self> {
        Self::with_names(server_key, (manner, clock), Names::of_system(manner.private))
    }

    fn with_names(
        server_key: &[u8; 32],
        (manner, clock): (Manner, Clock),
        names: Names,
    ) -> Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .dns_resolver(Arc::new(names.clone()))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .user_agent(concat!("Entente-Webhooks/", env!("CARGO_PKG_VERSION")))
            // Sooner than the whole: who cannot be connected to is told apart from who is slow.
            .connect_timeout(manner.patience / 3 * 2)
            .timeout(manner.patience.saturating_add(BODY_PATIENCE))
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .build()
            .map_err(Error::internal)?;
        let seal = Seal::new(server_key, "webhooks")?;
        let tests = tokio::sync::Semaphore::new(MOST_TESTS);
        Ok(Self(Arc::new(Parts { manner, names, client, seal, clock, tests })))
    }

    /// Seals and opens the secrets of endpoints.
    pub fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// Whether a URL may be sent to, as far as can be known now. A name that is not known and one that
    /// means a private address are refused alike.
    pub async fn admit(&self, url: &str) -> Result<(), Unfit> {
        let url = rules::target(url, self.0.manner.private)?;
        if self.0.manner.private {
            return Ok(());
        }
        let Some(Host::Domain(name)) = url.host() else { return Ok(()) };
        let asked = self.0.names.public(name.to_string());
        let found = tokio::time::timeout(self.0.manner.patience, asked).await;
        if matches!(found, Ok(Ok(_))) { Ok(()) } else { Err(Unfit::Refused) }
    }

    /// Sends for somebody who waits; `Overloaded` if too many do.
    pub async fn try_out(&self, endpoint: &Endpoint, parcel: &Parcel) -> Result<Sent> {
        let _place = self.0.tests.try_acquire().map_err(|_| Error::Overloaded)?;
        self.send(endpoint, parcel).await
    }

    /// Sends. Whatever the other side does is no error, but what came of it.
    pub async fn send(&self, endpoint: &Endpoint, parcel: &Parcel) -> Result<Sent> {
        let at = self.0.clock.now();
        let headers = self.headers(endpoint, parcel, at)?;
        let began = std::time::Instant::now();
        let mut sent = Sent {
            came: Came::failed(at, Failure::Unreachable),
            duration_ms: 0,
            request_head: request_head(&endpoint.url, &headers),
            response_head: None,
            response_body: None,
        };
        // Here already: the resolver is not asked about addresses that are spelt out.
        let Ok(url) = rules::target(&endpoint.url, self.0.manner.private) else {
            return Ok(sent);
        };
        let request = self.0.client.post(url).headers(headers).body(parcel.body.clone()).send();
        match tokio::time::timeout(self.0.manner.patience, request).await {
            Err(_) => sent.came = Came::failed(at, Failure::Timeout),
            Ok(Err(error)) => sent.came = Came::failed(at, failure_of(&error)),
            Ok(Ok(response)) => read(response, &mut sent).await,
        }
        sent.duration_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        Ok(sent)
    }

    fn headers(&self, endpoint: &Endpoint, parcel: &Parcel, at: Instant) -> Result<HeaderMap> {
        let open = |sealed: &[u8]| self.0.seal.open(endpoint.id.uuid(), sealed);
        let secrets: Vec<Vec<u8>> =
            rules::secrets(endpoint, at).into_iter().map(open).collect::<Result<_>>()?;
        let seconds = at.micros().div_euclid(1_000_000);
        let signatures = sign::signatures(&secrets, &parcel.id, seconds, &parcel.body);
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/json".to_string()),
            ("webhook-id", parcel.id.clone()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signatures),
        ] {
            headers.insert(HeaderName::from_static(name), value.parse().map_err(Error::internal)?);
        }
        Ok(headers)
    }
}

impl Came {
    fn failed(at: Instant, failure: Failure) -> Self {
        Self { at, status: None, failure: Some(failure), retry_after: None }
    }
}

impl Sent {
    /// As it is kept.
    pub fn attempt(self, delivery: &Delivery) -> Attempt {
        Attempt {
            delivery_id: delivery.id,
            number: delivery.attempts.saturating_add(1),
            at: self.came.at,
            duration_ms: self.duration_ms,
            status: self.came.status.map(i32::from),
            error: self.came.failure,
            request_head: self.request_head,
            response_head: self.response_head,
            response_body: self.response_body,
        }
    }
}

/// TLS by the one crypto provider, with the roots of the browsers.
fn tls() -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn failure_of(error: &reqwest::Error) -> Failure {
    if error.is_connect() {
        Failure::Unreachable
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Closed
    }
}

/// Reads an answer: its status says whether it went well, the rest is for people.
async fn read(mut response: Response, sent: &mut Sent) {
    let (status, at) = (response.status(), sent.came.at);
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    sent.came = Came {
        at,
        status: Some(status.as_u16()),
        failure: (!status.is_success()).then_some(Failure::Refused),
        retry_after: asked.and_then(|asked| rules::retry_after(asked, at)),
    };
    let first = format!("{:?} {status}\n", response.version());
    sent.response_head = Some(head(first, response.headers()));
    let mut kept = Vec::new();
    let rest = async {
        let mut many = 0_usize;
        while let Ok(Some(part)) = response.chunk().await {
            let room = MOST_KEPT.saturating_sub(kept.len()).min(part.len());
            kept.extend_from_slice(part.get(..room).unwrap_or_default());
            many = many.saturating_add(part.len());
            if many >= MOST_READ {
                break;
            }
        }
    };
    // Whether the body ends in time or not, the status has been told.
    let _ = tokio::time::timeout(BODY_PATIENCE, rest).await;
    sent.response_body = Some(text(&kept, MOST_KEPT));
}

fn request_head(url: &str, headers: &HeaderMap) -> String {
    let Ok(url) = Url::parse(url) else { return String::new() };
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    head(format!("POST {}{query} HTTP/1.1\nhost: {host}{port}\n", url.path()), headers)
}

fn head(mut text: String, headers: &HeaderMap) -> String {
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        text.push_str(&format!("{name}: {value}\n"));
    }
    self::text(text.trim_end().as_bytes(), MOST_HEAD)
}

/// As text that both engines keep: PostgreSQL has no NUL.
fn text(bytes: &[u8], most: usize) -> String {
    let bytes = bytes.get(..most).unwrap_or(bytes);
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

/// Makes addresses of a name.
type Lookup = Arc<dyn Fn(String) -> Looking + Send + Sync>;
type Looking = Pin<Box<dyn Future<Output = std::io::Result<Vec<SocketAddr>>> + Send>>;

/// Gives of each name the addresses that may be connected to. It is asked at every connection, so that
/// a name which means another address by then is of no use.
#[derive(Clone)]
struct Names {
    lookup: Lookup,
    private: bool,
}

impl Names {
    fn of_system(private: bool) -> Self {
        let lookup: Lookup = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.collect())
            })
        });
        Self { lookup, private }
    }

    async fn public(&self, name: String) -> std::io::Result<Vec<SocketAddr>> {
        let mut found = (self.lookup)(name).await?;
        found.retain(|address| self.private || is_public(address.ip()));
        if found.is_empty() {
            let none = "no address that may be connected to";
            return Err(std::io::Error::new(std::io::ErrorKind::NotFound, none));
        }
        Ok(found)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, name) = (self.clone(), name.as_str().to_string());
        Box::pin(async move {
            let found = names.public(name).await?;
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

impl FromRequest for Outbound {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("nothing that sends was mounted"));
        std::future::ready(request.app_data::<Self>().cloned().ok_or_else(missing))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::kernel::document::Document;
    use crate::kernel::id::{CompanyId, UserId, WebhookEndpointId};

    /// Names that mean another address each time somebody asks; the last one then stays.
    fn changing(addresses: &'static [&'static str]) -> (Names, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let times = Arc::clone(&asked);
        let lookup: Lookup = Arc::new(move |_| {
            let turn = times.fetch_add(1, Ordering::Relaxed).min(addresses.len() - 1);
            let found = addresses[turn].split(' ').map(|one| one.parse().unwrap()).collect();
            Box::pin(std::future::ready(Ok(found)))
        });
        (Names { lookup, private: false }, asked)
    }

    fn outbound(names: Names) -> Outbound {
        let manner = Manner { private: false, patience: Duration::from_secs(5) };
        Outbound::with_names(&[7; 32], (manner, Clock::System), names).unwrap()
    }

    fn endpoint(outbound: &Outbound, url: String) -> Endpoint {
        let (id, now) = (WebhookEndpointId::new(), Instant::from_micros(0));
        Endpoint {
            id,
            company_id: CompanyId::new(),
            url,
            event_types: Document(Vec::new()),
            description: String::new(),
            enabled: true,
            disabled_reason: None,
            secret: outbound.seal().close(id.uuid(), &[1; 32]).unwrap(),
            previous_secret: None,
            previous_until: None,
            created_by: UserId::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    #[tokio::test]
    async fn a_name_that_means_another_address_at_connect_is_of_no_use() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (names, asked) = changing(&["1.1.1.1:0", "127.0.0.1:0 [::1]:0 10.0.0.1:0"]);
        let outbound = outbound(names);
        let url = format!("https://rebound.example:{port}/");
        assert_eq!(outbound.admit(&url).await, Ok(()), "public when it was saved");
        let parcel = Parcel { id: "evn_1".into(), body: b"{}".to_vec() };
        let sent = outbound.send(&endpoint(&outbound, url), &parcel).await.unwrap();
        assert_eq!(sent.came.failure, Some(Failure::Unreachable));
        assert_eq!(asked.load(Ordering::Relaxed), 2, "it was asked again at connect");
        let none = listener.accept().unwrap_err();
        assert_eq!(none.kind(), std::io::ErrorKind::WouldBlock, "it was connected to");
    }

    #[tokio::test]
    async fn of_several_addresses_only_public_ones_are_taken() {
        let (names, _) =
            changing(&["10.0.0.1:0 1.1.1.1:0 [fe80::1]:0 [2606:4700::1]:0", "127.0.0.1:0"]);
        let public = names.public("mixed.example".into()).await.unwrap();
        let public: Vec<String> = public.iter().map(|one| one.ip().to_string()).collect();
        assert_eq!(public, ["1.1.1.1", "2606:4700::1"]);
        assert!(names.public("private.example".into()).await.is_err());
    }

    #[test]
    fn what_is_kept_is_bounded_text() {
        assert_eq!(text(b"a\0b", 10), "a\u{fffd}b");
        assert_eq!(text(&[b'x'; 20], 10), "x".repeat(10));
        assert_eq!(text("né".as_bytes(), 2), "n\u{fffd}");
    }
}
