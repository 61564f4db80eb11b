//! Objects of our buckets. Addresses are presigned, also for the Worker's own calls: an upload is bound to its content by its hash.

use attune_aws::HttpRequest;
use attune_aws::s3::{Bucket, Upload};
use attune_edge_kit::{Settings, clock, digest, log, transport};

/// A call that takes longer than this is given up, ms.
const TIMEOUT_MS: u32 = 20_000;
/// An address is good for so long, s.
const EXPIRES_S: u32 = 300;

/// Puts an object into a bucket, by the short name of the bucket and the key. A repeat finds it there, which is as good.
pub async fn put(settings: &Settings, (bucket, key): (&str, &str), content_type: &str, content: &[u8]) -> bool {
    done("put", bucket, upload(settings, (bucket, key), content_type, content).await, &[200, 412]).await
}

/// Takes an object away. What is not there is as good.
pub async fn delete(settings: &Settings, bucket: &str, key: &str) -> bool {
    done("delete", bucket, plain(settings, "DELETE", bucket, key).map_err(|e| e.to_string()), &[204, 404]).await
}

/// A request without headers and body of its own.
///
/// # Errors
/// Those of signing.
pub fn plain(settings: &Settings, method: &'static str, bucket: &str, key: &str) -> attune_aws::Result<HttpRequest> {
    let (now, signer) = (clock::now_ms().unsigned_abs(), &settings.signer);
    let (credentials, signing) = (signer.credentials(), signer.key("s3", now)?);
    let url = of(settings, bucket)?.presign_plain(method, key, credentials, &signing, now, EXPIRES_S)?;
    Ok(HttpRequest { method, url, headers: Vec::new(), body: Vec::new() })
}

fn of(settings: &Settings, bucket: &str) -> attune_aws::Result<Bucket> {
    let config = &settings.config;
    Bucket::new(&config.s3_endpoint, &settings.bucket(bucket), config.s3_path_style)
}

async fn upload(
    settings: &Settings,
    (bucket, key): (&str, &str),
    content_type: &str,
    content: &[u8],
) -> Result<HttpRequest, String> {
    let sha256 = digest::sha256(content).await.map_err(|e| e.to_string())?;
    let (now, signer) = (clock::now_ms().unsigned_abs(), &settings.signer);
    let upload = Upload { key, content_length: content.len() as u64, content_type, sha256: &sha256 };
    let signed = of(settings, bucket)
        .and_then(|bucket| bucket.presign_put(&upload, signer.credentials(), &signer.key("s3", now)?, now, EXPIRES_S));
    let put = signed.map_err(|e| e.to_string())?;
    // The runtime writes content-length from the body.
    let headers = put.headers.into_iter().filter(|(name, _)| *name != "content-length");
    Ok(HttpRequest {
        method: "PUT",
        url: put.url,
        headers: headers.map(|(name, value)| (name.into(), value)).collect(),
        body: content.to_vec(),
    })
}

/// Sends it; true for one of these answers.
async fn done(what: &'static str, bucket: &str, request: Result<HttpRequest, String>, good: &[u16]) -> bool {
    let failed = |line: log::Line| line.with("what", what).with("bucket", bucket.to_owned());
    let request = match request {
        Ok(request) => request,
        Err(reason) => {
            failed(log::error("bucket.request")).with("reason", reason).write();
            return false;
        }
    };
    match transport::send(request, TIMEOUT_MS).await {
        Ok(answer) if good.contains(&answer.status) => true,
        Ok(answer) => {
            failed(log::warn("bucket.failed")).with("status", answer.status).write();
            false
        }
        Err(e) => {
            failed(log::warn("bucket.unreachable")).with("reason", e.to_string()).write();
            false
        }
    }
}
