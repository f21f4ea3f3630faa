//! Files at a service that speaks S3.

use std::{sync::Arc, time::Duration};

use object_store::{RetryConfig, aws::AmazonS3Builder, prefix::PrefixStore};
use secrecy::{ExposeSecret, SecretString};

use super::{FileStore, FileStoreError, http::Connector};

/// How often a request that may be repeated is: a seller waits for the answer.
const RETRIES: usize = 2;
/// No retry begins later than this after the first try.
const RETRY_WITHIN: Duration = Duration::from_secs(20);

/// A bucket, and how it is reached.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub(super) name: String,
    /// What the names of the files begin with there; a slash follows. May be empty.
    pub(super) prefix: String,
    pub(super) region: String,
    /// The service's address, without a slash at the end; Amazon's if none.
    pub(super) endpoint: Option<String>,
    pub(super) access_key: String,
    pub(super) secret_key: SecretString,
}

impl FileStore {
    /// Files in a bucket. Nothing is asked of the service yet.
    ///
    /// # Errors
    ///
    /// When its settings cannot be part of a request.
    pub fn bucket(bucket: &Bucket) -> Result<Self, FileStoreError> {
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_WITHIN, ..RetryConfig::default() };
        let is_encrypted = !bucket.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.name)
            .with_region(&bucket.region)
            .with_access_key_id(&bucket.access_key)
            .with_secret_access_key(bucket.secret_key.expose_secret())
            .with_retry(retry)
            .with_http_connector(Connector { is_encrypted })
            .with_allow_http(!is_encrypted);
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        Ok(Self(Arc::new(PrefixStore::new(builder.build()?, bucket.prefix.as_str()))))
    }
}
