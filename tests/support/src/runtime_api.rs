//! A host of the Lambda Runtime API: runs a real function program as Lambda does and hands it events.
//!
//! A plain server on threads: `GET …/invocation/next` waits for an event, `POST …/{id}/response` and `…/{id}/error` answer it.
//! It gives what benches ask for: time from spawn to the first poll, peak memory, CPU time.

use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Why an invocation has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function reported an error (its text), such as at start.
    #[error("the function failed: {0}")]
    Failed(String),
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(String, Value, u64)>,
    answers: HashMap<String, Result<Value, InvokeError>>,
    first_poll: Option<Instant>,
    init_error: Option<String>,
    next: u64,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host. Its threads end with the process.
pub struct RuntimeApi {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl RuntimeApi {
    /// Listens on a free port.
    ///
    /// # Errors
    /// No port.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || {
                    let _ = serve(&stream, &shared);
                });
            }
        });
        Ok(Self { address, shared })
    }

    /// Starts a program under this host with an environment of its own. Its output is inherited, or kept in a file.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn spawn(
        &self,
        program: &Path,
        environment: &[(String, String)],
        output: Option<std::fs::File>,
    ) -> std::io::Result<Running> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", self.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "local")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .stdin(Stdio::null());
        if let Some(file) = output {
            command.stdout(file.try_clone()?).stderr(file);
        }
        let started = Instant::now();
        Ok(Running { child: command.spawn()?, started })
    }

    /// Waits until the program asks for its first event: time since `running` was spawned. `None`: not in time.
    pub fn first_poll(&self, running: &Running, within: Duration) -> Option<Duration> {
        let state = self.shared.lock();
        let wait = self.shared.changed.wait_timeout_while(state, within, |state| state.first_poll.is_none());
        let (state, _) = wait.unwrap_or_else(PoisonError::into_inner);
        Some(state.first_poll?.duration_since(running.started))
    }

    /// Hands an event over; the id of the request.
    pub fn hand_over(&self, event: Value, within: Duration) -> String {
        let deadline = SystemTime::now() + within;
        let deadline = deadline.duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(0));
        let mut state = self.shared.lock();
        state.next += 1;
        let id = format!("request-{}", state.next);
        state.waiting.push_back((id.clone(), event, deadline));
        self.shared.changed.notify_all();
        id
    }

    /// Hands an event over and waits for the answer. The function is told to be done `within` this time.
    ///
    /// # Errors
    /// [`InvokeError`].
    pub fn invoke(&self, event: Value, within: Duration) -> Result<Value, InvokeError> {
        let id = self.hand_over(event, within);
        let state = self.shared.lock();
        let unanswered = |state: &mut State| !state.answers.contains_key(&id) && state.init_error.is_none();
        let wait = self.shared.changed.wait_timeout_while(state, within, unanswered);
        let (mut state, _) = wait.unwrap_or_else(PoisonError::into_inner);
        match (state.answers.remove(&id), &state.init_error) {
            (Some(answer), _) => answer,
            (None, Some(error)) => Err(InvokeError::Failed(error.clone())),
            (None, None) => Err(InvokeError::TimedOut),
        }
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    while let Some((line, body)) = request(&mut reader)? {
        let path = line.split(' ').nth(1).unwrap_or_default();
        if path.ends_with("/invocation/next") {
            let (id, event, deadline) = next(shared);
            let body = event.to_string();
            write!(
                writer,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: {id}\r\n\
                 lambda-runtime-deadline-ms: {deadline}\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:eu-west-1:000000000000:function:local\r\n\
                 lambda-runtime-trace-id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )?;
        } else {
            answered(shared, path, &body);
            write!(writer, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        }
        writer.flush()?;
    }
    Ok(())
}

/// Request line and body; `None` when the other side is gone.
fn request(reader: &mut impl BufRead) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    while chunked {
        let mut size = String::new();
        reader.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim().split(';').next().unwrap_or("0"), 16).unwrap_or(0);
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk)?;
        body.extend_from_slice(&chunk[..size]);
        chunked = size > 0;
    }
    Ok(Some((line, body)))
}

fn next(shared: &Shared) -> (String, Value, u64) {
    let mut state = shared.lock();
    if state.first_poll.is_none() {
        state.first_poll = Some(Instant::now());
        shared.changed.notify_all();
    }
    loop {
        match state.waiting.pop_front() {
            Some(event) => return event,
            None => state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        }
    }
}

fn answered(shared: &Shared, path: &str, body: &[u8]) {
    let mut state = shared.lock();
    let text = || String::from_utf8_lossy(body).into_owned();
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [.., id, "response"] => {
            let value = serde_json::from_slice(body).unwrap_or_else(|_| json!({"unreadable": text()}));
            state.answers.insert((*id).to_owned(), Ok(value));
        }
        [.., "init", "error"] => state.init_error = Some(text()),
        [.., id, "error"] => {
            state.answers.insert((*id).to_owned(), Err(InvokeError::Failed(text())));
        }
        _ => {}
    }
    shared.changed.notify_all();
}

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    started: Instant,
}

impl Running {
    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Most memory that it has held so far, KiB (`VmHWM`).
    pub fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
    }

    /// CPU time so far, in ticks of 10 ms, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Kills it without warning, as a crash.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end, which a start that fails brings about.
    ///
    /// # Errors
    /// As [`Child::wait`].
    pub fn wait(&mut self) -> std::io::Result<std::process::ExitStatus> {
        self.child.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A record of an SQS event.
pub fn sqs_record(sqs_id: &str, queue: &str, body: &str, attributes: &[(&str, &str)]) -> Value {
    let attribute = |value: &str| json!({"stringValue": value, "dataType": "String", "stringListValues": [], "binaryListValues": []});
    let attributes: serde_json::Map<String, Value> =
        attributes.iter().map(|(name, value)| ((*name).to_owned(), attribute(value))).collect();
    json!({
        "messageId": sqs_id, "receiptHandle": "r", "body": body, "md5OfBody": "",
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1770000000000"},
        "messageAttributes": attributes, "eventSource": "aws:sqs", "awsRegion": "eu-west-1",
        "eventSourceARN": format!("arn:aws:sqs:eu-west-1:000000000000:{queue}"),
    })
}

/// An SQS event.
pub fn sqs_event(records: Vec<Value>) -> Value {
    json!({"Records": records})
}

/// Ids of the records that an answer reports as failed.
pub fn failures(answer: &Value) -> Vec<String> {
    let list = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|failure| failure["itemIdentifier"].as_str().map(str::to_owned)).collect()
}
