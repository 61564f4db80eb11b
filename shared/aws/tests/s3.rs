//! Addresses of objects and presigned uploads.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_aws::Error;
use attune_aws::s3::*;
use attune_aws::sigv4::{Credentials, SigningKey};

const NOW: u64 = 1_800_000_000_000;
const ENDPOINT: &str = "https://s3.eu-west-1.amazonaws.com";

fn credentials() -> (Credentials, SigningKey) {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let key = SigningKey::derive(&credentials, NOW, "eu-west-1", "s3").unwrap();
    (credentials, key)
}

#[test]
fn addresses_of_both_styles() {
    let url = |endpoint, name, path_style| Bucket::new(endpoint, name, path_style).unwrap().url("a b/é+").unwrap();
    assert_eq!(url(ENDPOINT, "audio", false), "https://audio.s3.eu-west-1.amazonaws.com/a%20b/%C3%A9%2B");
    assert_eq!(url("http://127.0.0.1:4566/", "audio", true), "http://127.0.0.1:4566/audio/a%20b/%C3%A9%2B");
    assert_eq!(url(ENDPOINT, "a.b", false), "https://s3.eu-west-1.amazonaws.com/a.b/a%20b/%C3%A9%2B");
    for (endpoint, name, error) in [
        ("s3.amazonaws.com", "audio", Error::Url),
        ("https://host/path", "audio", Error::Url),
        ("https://u@host", "audio", Error::Url),
        ("https://", "audio", Error::Url),
        (ENDPOINT, "ab", Error::Bucket),
        (ENDPOINT, "Audio", Error::Bucket),
        (ENDPOINT, "-audio", Error::Bucket),
        (ENDPOINT, "au/dio", Error::Bucket),
    ] {
        assert_eq!(Bucket::new(endpoint, name, true), Err(error), "{endpoint} {name}");
    }
    let bucket = Bucket::new(ENDPOINT, "audio", true).unwrap();
    for key in ["", "a/../b", ".", &"k".repeat(1025)] {
        assert_eq!(bucket.url(key), Err(Error::ObjectKey), "{key}");
    }
}

#[test]
fn keys_of_sound() {
    let key = audio_key("tnt_eu1_1", "call_2", "seg_3", &[0xab; 32]).unwrap();
    assert_eq!(key, format!("tnt_eu1_1/call_2/seg_3/{}", "ab".repeat(32)));
    for (tenant, call) in [("", "c"), ("..", "c"), ("t/x", "c"), ("t", "c d")] {
        assert_eq!(audio_key(tenant, call, "s", &[0; 32]), Err(Error::ObjectKey));
    }
}

/// "Authenticating Requests: Using Query Parameters" of the S3 API Reference: the published example.
#[test]
fn presigned_get_of_the_reference() {
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let at_ms = 1_369_353_600_000;
    let key = SigningKey::derive(&credentials, at_ms, "us-east-1", "s3").unwrap();
    let bucket = Bucket::new("https://s3.amazonaws.com", "examplebucket", false).unwrap();
    let url = bucket.presign_get("test.txt", &credentials, &key, at_ms, 86_400).unwrap();
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert!(
        url.starts_with("https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&"),
        "{url}"
    );
    assert!(url.ends_with(&format!("X-Amz-Signature={signature}")), "{url}");
}

#[test]
fn an_upload_is_bound_to_its_content() {
    let (credentials, key) = credentials();
    let bucket = Bucket::new(ENDPOINT, "audio", false).unwrap();
    let upload =
        Upload { key: "t/c/s/x", content_length: 16_000, content_type: "audio/L16;rate=8000", sha256: &[1; 32] };
    let presign = |upload: &Upload<'_>| bucket.presign_put(upload, &credentials, &key, NOW, 900);
    let put = presign(&upload).unwrap();
    assert_eq!(put.expires_at_ms, NOW + 900_000);
    assert!(put.url.starts_with("https://audio.s3.eu-west-1.amazonaws.com/t/c/s/x?"));
    let names = "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256";
    assert!(put.url.contains(names), "{}", put.url);
    assert!(put.url.contains("X-Amz-Expires=900"));
    assert_eq!(
        put.headers,
        [
            ("content-length", "16000".to_owned()),
            ("content-type", "audio/L16;rate=8000".to_owned()),
            ("if-none-match", "*".to_owned()),
            ("x-amz-checksum-sha256", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=".to_owned()),
        ]
    );
    // Every bound property changes the signature.
    for other in [
        Upload { key: "t/c/s/y", ..upload },
        Upload { content_length: 16_001, ..upload },
        Upload { content_type: "audio/L16", ..upload },
        Upload { sha256: &[2; 32], ..upload },
    ] {
        let signature = |url: &str| url.rsplit_once("X-Amz-Signature=").unwrap().1.to_owned();
        assert_ne!(signature(&presign(&other).unwrap().url), signature(&put.url));
    }
    assert_eq!(presign(&Upload { content_type: "a\r\nb: c", ..upload }), Err(Error::Header("content-type")));
    assert_eq!(presign(&Upload { key: "", ..upload }), Err(Error::ObjectKey));
    let expiry = |seconds| bucket.presign_put(&upload, &credentials, &key, NOW, seconds).map(|_| ());
    assert_eq!((expiry(0), expiry(604_800), expiry(604_801)), (Err(Error::Expiry), Ok(()), Err(Error::Expiry)));
    let tomorrow = bucket.presign_put(&upload, &credentials, &key, NOW + 86_400_000, 900);
    assert_eq!(tomorrow, Err(Error::KeyScope));
}
