//! Objects in S3.

use crate::CallError;
use crate::error::sdk_code;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;

/// A bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// `prefix` is that of the environment's buckets, `name` the short name.
    pub fn new(client: Client, prefix: &str, name: &str) -> Self {
        Self { client, name: format!("{prefix}{name}") }
    }

    /// Puts an object; an object under the same key is replaced, so keys are functions of the content's ids.
    ///
    /// # Errors
    /// [`CallError::Bucket`].
    pub async fn put(&self, key: &str, content_type: &str, bytes: Vec<u8>) -> Result<(), CallError> {
        self.client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| CallError::Bucket(sdk_code(&error)))
    }
}
