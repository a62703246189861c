//! Settings of files: where they are kept, and how large they may be.

use std::str::FromStr;

use clap::Args;

/// The most bytes of an attachment: 25 MiB.
const MAX_BYTES: u64 = 25 << 20;
/// What that can be set to at most: 1 GiB.
const MOST_BYTES: u64 = 1 << 30;
/// Hours after which an upload that belongs to nothing is removed.
const LOOSE_HOURS: u32 = 24;
/// Where buckets are that do not say where.
const REGION: &str = "us-east-1";

/// Where files are kept, and how large they may be.
#[derive(Clone, Args)]
pub struct Filing {
    /// Where attachments and logos are kept: s3://BUCKET/PREFIX; if unset, DATA_DIR/attachments, which all servers then have to share
    #[arg(long, env = "ATTACHMENTS_URL", requires_all = ["aws_access_key_id", "aws_secret_access_key"])]
    pub attachments_url: Option<BucketUrl>,
    /// The most bytes of one attachment
    #[arg(long, env = "ATTACHMENT_MAX_BYTES", default_value_t = MAX_BYTES, value_parser = bytes)]
    pub attachment_max_bytes: u64,
    /// Hours after which an upload that belongs to nothing is removed
    #[arg(long, env = "ATTACHMENT_LOOSE_HOURS", default_value_t = LOOSE_HOURS, value_parser = hours)]
    pub attachment_loose_hours: u32,
    /// The region of the bucket in ATTACHMENTS_URL
    #[arg(long, env = "AWS_REGION", default_value = REGION)]
    pub aws_region: String,
    // It is shown as help, in which an address stands as it is typed.
    #[allow(rustdoc::bare_urls)]
    /// The service that has the bucket, such as https://minio.example:9000; AWS in AWS_REGION if unset
    #[arg(long, env = "AWS_ENDPOINT_URL")]
    pub aws_endpoint_url: Option<Endpoint>,
    /// Who reads and writes the bucket; needed with ATTACHMENTS_URL
    #[arg(long, env = "AWS_ACCESS_KEY_ID")]
    pub aws_access_key_id: Option<String>,
    /// The secret of that key; needed with ATTACHMENTS_URL
    #[arg(long, env = "AWS_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub aws_secret_access_key: Option<String>,
}

impl Default for Filing {
    fn default() -> Self {
        Self {
            attachments_url: None,
            attachment_max_bytes: MAX_BYTES,
            attachment_loose_hours: LOOSE_HOURS,
            aws_region: REGION.into(),
            aws_endpoint_url: None,
            aws_access_key_id: None,
            aws_secret_access_key: None,
        }
    }
}

/// Never with the secret.
impl std::fmt::Debug for Filing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filing")
            .field("attachments_url", &self.attachments_url)
            .field("aws_endpoint_url", &self.aws_endpoint_url)
            .finish_non_exhaustive()
    }
}

/// A bucket, and what the names of ours in it begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    /// The bucket.
    pub bucket: String,
    /// The beginning, which ends with a slash unless it is empty.
    pub prefix: String,
}

impl FromStr for BucketUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let such_as =
            || "s3:// with a bucket and maybe a prefix, such as s3://files/entente".to_string();
        let rest = text.strip_prefix("s3://").ok_or_else(such_as)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |letter: u8| letter.is_ascii_alphanumeric() || b".-_".contains(&letter);
        let prefix = prefix.trim_matches('/');
        let folders = prefix.is_empty()
            || prefix
                .split('/')
                .all(|one| !matches!(one, "" | "." | "..") && one.bytes().all(plain));
        if bucket.len() < 3 || bucket.len() > 63 || !bucket.bytes().all(plain) || !folders {
            return Err(such_as());
        }
        let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        Ok(Self { bucket: bucket.to_string(), prefix })
    }
}

/// Where an S3-compatible service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(pub url::Url);

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = url::Url::parse(text).ok().filter(|url| {
            let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
            matches!(url.scheme(), "http" | "https") && url.has_host() && bare
        });
        url.map(Self).ok_or_else(|| {
            "a URL that begins with https:// or http:// and names a host, and nothing else"
                .to_string()
        })
    }
}

fn bytes(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_BYTES).contains(number));
    number.ok_or_else(|| format!("a whole number from 1 to {MOST_BYTES}"))
}

fn hours(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=8_760).contains(number));
    number.ok_or_else(|| "a whole number from 1 to 8760".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_by_a_url() {
        for (text, bucket, prefix) in [
            ("s3://files", "files", ""),
            ("s3://files/", "files", ""),
            ("s3://my.files/a/b-c/", "my.files", "a/b-c/"),
        ] {
            let read: BucketUrl = text.parse().unwrap();
            assert_eq!((read.bucket.as_str(), read.prefix.as_str()), (bucket, prefix), "{text}");
        }
        for bad in [
            "files",
            "s3://",
            "s3://a",
            "s3://files/../x",
            "s3://fi les",
            "s3://files/a//b",
            "https://files",
        ] {
            assert!(bad.parse::<BucketUrl>().is_err(), "{bad}");
        }
        for bad in ["minio", "ftp://x", "https://x/y", "https://u@x", "https://x?y"] {
            assert!(bad.parse::<Endpoint>().is_err(), "{bad}");
        }
        assert!("http://127.0.0.1:9000".parse::<Endpoint>().is_ok());
    }
}
