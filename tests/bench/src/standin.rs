//! Stand-ins for SQS, S3, Secrets Manager and (for functions without a Worker) ControlRoom, in one server of this process.
//!
//! They answer at once and count, so that what is measured is our own code. What they take is not checked: tests do that against
//! LocalStack. Queues are kept only when asked for.

use crate::error::{At, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What came in.
#[derive(Debug, Default, Clone)]
pub struct Counts {
    /// `SendMessageBatch` and `SendMessage`.
    pub sqs_sends: u64,
    /// The same as SQS bills them: one per 64 KB begun.
    pub sqs_send_chunks: u64,
    /// Entries in them.
    pub sqs_entries: u64,
    /// Objects put.
    pub s3_puts: u64,
    /// Bytes of them.
    pub s3_bytes: u64,
    /// Secrets read.
    pub secrets: u64,
    /// Calls to ControlRoom.
    pub control: u64,
    /// Calls to DynamoDB, and everything else.
    pub other: u64,
    /// Kept messages by queue: what was sent, in order.
    pub queues: BTreeMap<String, Vec<String>>,
}

#[derive(Default)]
struct Shared {
    counts: Mutex<Counts>,
    changed: Condvar,
    keep: AtomicBool,
    secret: Mutex<String>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The server. Its threads end with the process.
pub struct Standin {
    /// Its origin.
    pub url: String,
    shared: Arc<Shared>,
}

impl Standin {
    /// Listens on a free port. `secret` is what Secrets Manager holds.
    ///
    /// # Errors
    /// No port.
    pub fn start(secret: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").at("a port for the stand-ins")?;
        let url = format!("http://{}", listener.local_addr().at("the stand-ins' address")?);
        let shared = Arc::new(Shared::default());
        secret.clone_into(&mut shared.secret.lock().unwrap_or_else(PoisonError::into_inner));
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || while serve(&stream, &shared).is_some() {});
            }
        });
        Ok(Self { url, shared })
    }

    /// From here on messages are kept.
    pub fn keep(&self) {
        self.shared.keep.store(true, Ordering::Relaxed);
    }

    /// What came in so far, without the messages.
    pub fn counts(&self) -> Counts {
        self.shared.lock().without_queues()
    }

    /// Takes the kept messages of a queue.
    pub fn take(&self, queue: &str) -> Vec<String> {
        let mut counts = self.shared.lock();
        let named = counts.queues.iter_mut().filter(|(name, _)| name.ends_with(queue));
        named.flat_map(|(_, messages)| std::mem::take(messages)).collect()
    }

    /// Waits until as many entries have come; false when they do not.
    pub fn wait_for_entries(&self, entries: u64, within: Duration) -> bool {
        let started = Instant::now();
        let counts = self.shared.lock();
        let missing = |counts: &mut Counts| counts.sqs_entries < entries;
        let (counts, _) =
            self.shared.changed.wait_timeout_while(counts, within, missing).unwrap_or_else(PoisonError::into_inner);
        counts.sqs_entries >= entries && started.elapsed() <= within
    }
}

impl Counts {
    fn without_queues(&self) -> Self {
        let Self { sqs_sends, sqs_send_chunks, sqs_entries, s3_puts, s3_bytes, secrets, control, other, .. } = *self;
        let queues = BTreeMap::new();
        Self { sqs_sends, sqs_send_chunks, sqs_entries, s3_puts, s3_bytes, secrets, control, other, queues }
    }
}

struct Request {
    line: String,
    target: String,
    body: Vec<u8>,
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let (mut length, mut target, mut chunked) = (0, String::new(), false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        } else if name.eq_ignore_ascii_case("x-amz-target") {
            value.trim().clone_into(&mut target);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.trim().eq_ignore_ascii_case("chunked");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    while chunked {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim().split(';').next()?, 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).ok()?;
        body.extend_from_slice(&chunk[..size]);
        chunked = size > 0;
    }
    Some(Request { line, target, body })
}

/// Serves one connection until its other side closes it.
fn serve(stream: &TcpStream, shared: &Shared) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::with_capacity(128 * 1024, stream);
    let mut writer = stream;
    while let Some(request) = read(&mut reader) {
        let (status, body) = answer(&request, shared);
        let text = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        writer.write_all(text.as_bytes()).ok()?;
    }
    None
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendBatch<'a> {
    #[serde(borrow)]
    queue_url: &'a str,
    entries: Vec<SendEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEntry {
    id: String,
    message_body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Send<'a> {
    #[serde(borrow)]
    queue_url: &'a str,
    message_body: String,
}

fn answer(request: &Request, shared: &Shared) -> (&'static str, String) {
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    let ok = "200 OK";
    match request.target.as_str() {
        "AmazonSQS.SendMessageBatch" => match serde_json::from_slice::<SendBatch<'_>>(&request.body) {
            Ok(batch) => (ok, sent(batch, shared)),
            Err(error) => {
                ("400 Bad Request", json!({"__type": "InvalidMessage", "message": error.to_string()}).to_string())
            }
        },
        "AmazonSQS.SendMessage" => match serde_json::from_slice::<Send<'_>>(&request.body) {
            Ok(send) => {
                let entries = vec![SendEntry { id: "0".to_owned(), message_body: send.message_body }];
                sent(SendBatch { queue_url: send.queue_url, entries }, shared);
                (ok, json!({"MessageId": "m", "MD5OfMessageBody": "0"}).to_string())
            }
            Err(error) => {
                ("400 Bad Request", json!({"__type": "InvalidMessage", "message": error.to_string()}).to_string())
            }
        },
        "secretsmanager.GetSecretValue" => {
            shared.lock().secrets += 1;
            let secret = shared.secret.lock().unwrap_or_else(PoisonError::into_inner).clone();
            (ok, json!({"Name": "signing-key", "SecretString": secret}).to_string())
        }
        "" if path.starts_with("/internal/") => {
            shared.lock().control += 1;
            (ok, control(path, &request.body).to_string())
        }
        "" if request.line.starts_with("PUT ") => {
            let mut counts = shared.lock();
            counts.s3_puts += 1;
            counts.s3_bytes += request.body.len() as u64;
            (ok, String::new())
        }
        _ => {
            shared.lock().other += 1;
            (ok, "{}".to_owned())
        }
    }
}

fn sent(batch: SendBatch<'_>, shared: &Shared) -> String {
    let successful: Vec<Value> = batch
        .entries
        .iter()
        .map(|entry| json!({"Id": entry.id, "MessageId": entry.id, "MD5OfMessageBody": "0"}))
        .collect();
    // SQS bills what the messages hold, not the request around them.
    let billed: usize = batch.entries.iter().map(|entry| entry.message_body.len()).sum();
    let mut counts = shared.lock();
    counts.sqs_sends += 1;
    counts.sqs_send_chunks += billed.div_ceil(64 * 1024).max(1) as u64;
    counts.sqs_entries += batch.entries.len() as u64;
    if shared.keep.load(Ordering::Relaxed) {
        let queue = batch.queue_url.rsplit('/').next().unwrap_or_default().to_owned();
        counts.queues.entry(queue).or_default().extend(batch.entries.into_iter().map(|entry| entry.message_body));
    }
    drop(counts);
    shared.changed.notify_all();
    json!({"Successful": successful, "Failed": []}).to_string()
}

/// ControlRoom as functions see it: nothing configured, every proposal with changes applied.
fn control(path: &str, body: &[u8]) -> Value {
    if path.ends_with("/config") {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_millis());
        let now = u64::try_from(now).unwrap_or(0);
        return json!({"version": 0, "global": {}, "tenant": {}, "call": {}, "last_changed": {}, "frozen": false, "pending": null, "now": now});
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let changes = body["values"].as_object().is_some_and(|values| !values.is_empty());
    let status = if changes { "applied" } else { "no_change" };
    json!({"status": status, "version": changes.then_some(1), "rolled_back": false, "detail": ""})
}
