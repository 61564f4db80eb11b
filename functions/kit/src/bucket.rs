//! Objects in S3.

use crate::CallError;
use crate::error::sdk_code;
use crate::spilled::Objects;
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_s3::primitives::ByteStream;

/// What lies under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// Its content.
    Bytes(Vec<u8>),
    /// It is longer than was asked for.
    TooLong,
    /// Nothing. Only who may list a bucket is told so; others are refused, as if they might not read it.
    Missing,
}

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

impl Objects for Bucket {
    /// # Errors
    /// [`CallError::Bucket`].
    async fn get(&self, key: &str, at_most: usize) -> Result<Object, CallError> {
        let answer = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return Ok(Object::Missing);
            }
            Err(error) => return Err(CallError::Bucket(sdk_code(&error))),
        };
        // Asked before the content is taken in.
        if answer.content_length().and_then(|length| usize::try_from(length).ok()).is_none_or(|length| length > at_most)
        {
            return Ok(Object::TooLong);
        }
        let bytes = answer.body.collect().await.map_err(|_| CallError::Bucket("answer_cut_off".to_owned()))?;
        Ok(Object::Bytes(bytes.into_bytes().to_vec()))
    }
}
