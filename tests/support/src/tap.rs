//! Reads HTTP/1.1 requests off bytes that pass by, and says which call to AWS each one is.

use serde_json::Value;

/// A call to AWS as it was seen on the wire.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Call {
    /// Access key id that it was signed with.
    pub caller: String,
    /// `dynamodb`, `sqs`, `s3`, `secretsmanager`, `kms`.
    pub service: String,
    /// Action as in an IAM policy, `dynamodb:PutItem`.
    pub action: String,
    /// Table, queue, bucket, secret or key (by its alias) by its full name.
    pub resource: String,
    /// Body, where it is JSON.
    pub body: Value,
    /// Object key, where it is S3.
    pub key: String,
    /// Status of the answer; none came, or it came too late: `None`.
    pub status: Option<u16>,
}

/// Most of a body that is kept; longer ones are passed over.
const BODY: usize = 2 << 20;

#[derive(Debug)]
enum State {
    Head,
    Body { left: usize },
    Chunks,
}

/// The parser of one connection.
#[derive(Debug)]
pub struct Tap {
    state: State,
    head: String,
    bytes: Vec<u8>,
}

impl Default for Tap {
    fn default() -> Self {
        Self { state: State::Head, head: String::new(), bytes: Vec::new() }
    }
}

impl Tap {
    /// Takes bytes; the calls that are whole now.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Vec<Call> {
        let mut calls = Vec::new();
        loop {
            match &mut self.state {
                State::Head => {
                    self.bytes.extend(bytes);
                    let Some(end) = find(&self.bytes, b"\r\n\r\n") else { return calls };
                    self.head = String::from_utf8_lossy(&self.bytes[..end]).into_owned();
                    let rest = self.bytes.split_off(end + 4);
                    self.bytes.clear();
                    self.state = match header(&self.head, "transfer-encoding") {
                        Some(_) => State::Chunks,
                        None => {
                            let length = header(&self.head, "content-length").and_then(|text| text.parse().ok());
                            State::Body { left: length.unwrap_or(0) }
                        }
                    };
                    calls.extend(self.feed(&rest));
                    return calls;
                }
                State::Body { left } => {
                    let (own, next) = bytes.split_at(bytes.len().min(*left));
                    *left -= own.len();
                    let whole = *left == 0;
                    if self.bytes.len() < BODY {
                        self.bytes.extend(own);
                    }
                    bytes = next;
                    if !whole {
                        return calls;
                    }
                }
                State::Chunks => {
                    self.bytes.extend(bytes);
                    bytes = &[];
                    if !self.bytes.ends_with(b"0\r\n\r\n") {
                        return calls;
                    }
                }
            }
            calls.push(call(&self.head, &self.bytes));
            self.state = State::Head;
            self.bytes.clear();
            if bytes.is_empty() {
                return calls;
            }
        }
    }
}

/// Status of an answer's first line.
pub fn status(bytes: &[u8]) -> Option<u16> {
    let line = bytes.get(..bytes.len().min(16))?;
    std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.split("\r\n").skip(1);
    lines.filter_map(|line| line.split_once(':')).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim())
}

fn call(head: &str, body: &[u8]) -> Call {
    let mut words = head.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let scope = header(head, "authorization")
        .and_then(|text| text.split_once("Credential=").map(|(_, rest)| rest.to_owned()))
        .or_else(|| target.split_once("X-Amz-Credential=").map(|(_, rest)| rest.replace("%2F", "/")))
        .unwrap_or_default();
    let scope: Vec<&str> = scope.split([',', '&', ' ']).next().unwrap_or_default().split('/').collect();
    let part = |index: usize| scope.get(index).copied().unwrap_or_default().to_owned();
    let mut call = Call { caller: part(0), service: part(3), ..Call::default() };
    if let Some(action) = header(head, "x-amz-target").and_then(|target| target.split_once('.')) {
        call.body = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| call.body[name].as_str().unwrap_or_default();
        let resource = [text("TableName"), text("QueueUrl"), text("SecretId"), text("KeyId")].concat();
        call.resource = resource.rsplit('/').next().unwrap_or_default().to_owned();
        // IAM knows no action of its own for the batch
        let action = if action.1 == "SendMessageBatch" { "SendMessage" } else { action.1 };
        call.action = format!("{}:{action}", call.service);
        return call;
    }
    let path = target.split('?').next().unwrap_or_default().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    call.resource = bucket.to_owned();
    call.key = key.to_owned();
    call.action = match (method, key.is_empty()) {
        ("PUT", false) => "s3:PutObject".to_owned(),
        ("GET" | "HEAD", false) => "s3:GetObject".to_owned(),
        ("GET" | "HEAD", true) => "s3:ListBucket".to_owned(),
        ("DELETE", false) => "s3:DeleteObject".to_owned(),
        (method, _) => format!("{}:{method}", call.service),
    };
    call
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DYNAMODB: &str = "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential=f-7/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: 19\r\n\r\n";

    #[test]
    fn calls_are_read_in_any_pieces() {
        let one = format!("{DYNAMODB}{{\"TableName\":\"abc\"}}").into_bytes();
        let two = [one.clone(), one].concat();
        for size in [1, 7, 50, two.len()] {
            let mut tap = Tap::default();
            let calls: Vec<Call> = two.chunks(size).flat_map(|piece| tap.feed(piece)).collect();
            assert_eq!(calls.len(), 2, "in pieces of {size}");
            let seen = (calls[1].caller.as_str(), calls[1].action.as_str(), calls[1].resource.as_str());
            assert_eq!(seen, ("f-7", "dynamodb:PutItem", "abc"));
            assert_eq!(calls[1].body, json!({"TableName": "abc"}));
        }
    }

    #[test]
    fn batches_and_presigned_uploads_have_the_names_of_policies() {
        let head =
            DYNAMODB.replace("DynamoDB_20120810.PutItem", "AmazonSQS.SendMessageBatch").replace("/dynamodb/", "/sqs/");
        let body = r#"{"QueueUrl":"http://h/0/attune-local-q"}"#;
        let head = head.replace("Length: 19", &format!("Length: {}", body.len()));
        let calls = Tap::default().feed(format!("{head}{body}").as_bytes());
        assert_eq!((calls[0].action.as_str(), calls[0].resource.as_str()), ("sqs:SendMessage", "attune-local-q"));
        let put = "PUT /bucket/a/b?X-Amz-Credential=k%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        let calls = Tap::default().feed(put.as_bytes());
        let seen =
            (calls[0].caller.as_str(), calls[0].action.as_str(), calls[0].resource.as_str(), calls[0].key.as_str());
        assert_eq!(seen, ("k", "s3:PutObject", "bucket", "a/b"));
    }

    #[test]
    fn a_status_is_read_off_the_first_bytes() {
        assert_eq!(status(b"HTTP/1.1 400 Bad Request\r\n"), Some(400));
        assert_eq!(status(b"HTTP/1.1 2"), None);
    }
}
