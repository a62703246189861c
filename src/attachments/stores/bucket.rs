//! Files in a bucket of an S3-compatible service. Each request is signed as a URL (SigV4), and sent by
//! the client that sends webhooks; a file goes as one request, from the disk.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, RANGE};
use reqwest::{Client, Response, StatusCode};
use rusty_s3::{Bucket as Remote, Credentials, S3Action, UrlStyle};

use super::{Kept, Pieces};
use crate::attachments::settings::{BucketUrl, Filing};
use crate::error::{Error, Result};
use crate::kernel::time::Clock;

/// How long a signature counts.
const SIGNED_FOR: Duration = Duration::from_secs(300);
/// How long a service may take until it is connected to.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long it may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// How long it may take to be sent a file.
const SENDING: Duration = Duration::from_secs(300);

/// A bucket, and who reads and writes it.
pub struct Bucket {
    client: Client,
    remote: Remote,
    credentials: Credentials,
    prefix: String,
    clock: Clock,
}

/// Never with the secret.
impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl Bucket {
    /// The one of a URL, at the service that the settings name.
    pub(super) fn open(url: &BucketUrl, filing: &Filing, clock: Clock) -> Result<Self> {
        let region = &filing.aws_region;
        // Services of one's own have one name for all buckets; AWS has one for each.
        let (endpoint, style) = match &filing.aws_endpoint_url {
            Some(endpoint) => (endpoint.0.clone(), UrlStyle::Path),
            None => {
                let usual = format!("https://s3.{region}.amazonaws.com");
                (usual.parse().map_err(Error::internal)?, UrlStyle::VirtualHost)
            }
        };
        let remote = Remote::new(endpoint, style, url.bucket.clone(), region.clone());
        let key = filing.aws_access_key_id.clone().unwrap_or_default();
        let secret = filing.aws_secret_access_key.clone().unwrap_or_default();
        let client = Client::builder()
            .tls_backend_preconfigured(tls()?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECTING)
            .read_timeout(SILENCE)
            .build()
            .map_err(Error::internal)?;
        Ok(Self {
            client,
            remote: remote.map_err(Error::internal)?,
            credentials: Credentials::new(key, secret),
            prefix: url.prefix.clone(),
            clock,
        })
    }

    pub(super) async fn keep(&self, file: &Kept<'_>) -> Result<()> {
        let (place, now) = (self.place(file.place), self.clock.now().timestamp());
        let url = self.remote.put_object(Some(&self.credentials), &place);
        let url = url.sign_with_time(SIGNED_FOR, &now);
        let bytes = tokio::fs::File::open(file.path).await.map_err(Error::internal)?;
        let request = self.client.put(url).body(bytes).timeout(SENDING);
        let request = request
            .header(CONTENT_LENGTH, file.size)
            .header(CONTENT_TYPE, "application/octet-stream");
        match answered(request.send().await)? {
            response if response.status().is_success() => Ok(()),
            response => Err(refused("PUT", response.status())),
        }
    }

    pub(super) async fn read(&self, place: &str, from: u64, length: u64) -> Result<Pieces> {
        let (place, now) = (self.place(place), self.clock.now().timestamp());
        let url = self.remote.get_object(Some(&self.credentials), &place);
        let url = url.sign_with_time(SIGNED_FOR, &now);
        let last = from.saturating_add(length).saturating_sub(1);
        let request = self.client.get(url).header(RANGE, format!("bytes={from}-{last}"));
        let response = answered(request.send().await)?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {}
            StatusCode::OK if from == 0 && response.content_length() == Some(length) => {}
            StatusCode::NOT_FOUND => {
                return Err(Error::internal(anyhow::anyhow!("the bucket has no {place}")));
            }
            status => return Err(refused("GET", status)),
        }
        Ok(Box::pin(response.bytes_stream().map(|bytes| bytes.map_err(unreachable))))
    }

    pub(super) async fn remove(&self, place: &str) -> Result<()> {
        let (place, now) = (self.place(place), self.clock.now().timestamp());
        let url = self.remote.delete_object(Some(&self.credentials), &place);
        let url = url.sign_with_time(SIGNED_FOR, &now);
        match answered(self.client.delete(url).timeout(SILENCE).send().await)?.status() {
            StatusCode::NOT_FOUND => Ok(()),
            status if status.is_success() => Ok(()),
            status => Err(refused("DELETE", status)),
        }
    }

    fn place(&self, place: &str) -> String {
        format!("{}{place}", self.prefix)
    }
}

fn answered(came: std::result::Result<Response, reqwest::Error>) -> Result<Response> {
    came.map_err(unreachable)
}

/// The service is not there, or away: to try again may well help. Its URL is signed, and stays out of
/// the log.
fn unreachable(cause: reqwest::Error) -> Error {
    let cause = anyhow::Error::from(cause.without_url());
    log::error!("the store of files is not to be reached: {cause:#}");
    Error::Overloaded
}

fn refused(method: &str, status: StatusCode) -> Error {
    log::error!("the store of files answered {method} with {status}");
    Error::Overloaded
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
