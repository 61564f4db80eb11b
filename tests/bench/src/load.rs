//! A closed loop of requests on connections that stay open: one thread per connection, plain HTTP/1.1.

use crate::error::{At, Error, Result};
use crate::snapshot::Template;
use attune_domain::CallId;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Connections of every load.
pub const CONNECTIONS: usize = 32;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Target {
    /// Port on this machine.
    pub port: u16,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path.
    pub path: String,
    /// Header lines, each with its line end.
    pub headers: String,
    /// How single requests go on after [`Target::headers`], one of them for each: header lines, the empty line, a body. Proofs are
    /// good once.
    pub tails: Vec<String>,
    /// Posts snapshots, each of a call of its own.
    pub snapshots: bool,
    /// The status that counts; any other ends the measurement.
    pub status: u16,
}

impl Target {
    /// A GET that answers `status`.
    pub fn get(port: u16, path: &str, headers: &str, status: u16) -> Self {
        let headers = headers.to_owned();
        Self { port, method: "GET", path: path.to_owned(), headers, tails: Vec::new(), snapshots: false, status }
    }

    /// A POST of snapshots that answers 202.
    pub fn post(port: u16, path: &str, key: &str) -> Self {
        let headers = if key.is_empty() { String::new() } else { format!("authorization: Bearer {key}\r\n") };
        let path = path.to_owned();
        Self { port, method: "POST", path, headers, tails: Vec::new(), snapshots: true, status: 202 }
    }
}

impl Target {
    /// What all requests begin with.
    fn head(&self) -> String {
        format!("{} {} HTTP/1.1\r\nhost: 127.0.0.1\r\n{}", self.method, self.path, self.headers)
    }
}

/// One answer, whole.
#[derive(Debug)]
pub struct Answered {
    /// Status.
    pub status: u16,
    /// Names of its fields, in lowercase.
    pub fields: BTreeSet<String>,
    /// Body.
    pub body: Vec<u8>,
}

/// Sends the first request of a target, as the load does.
///
/// # Errors
/// The connection broke.
pub fn one(target: &Target) -> Result<Answered> {
    let stream = TcpStream::connect(("127.0.0.1", target.port)).at("connect")?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).at("connect")?;
    let tail = target.tails.first().map_or("\r\n", String::as_str);
    (&stream).write_all(format!("{}{tail}", target.head()).as_bytes()).at("send")?;
    let mut fields = BTreeSet::new();
    let mut note = |name: &str| {
        fields.insert(name.to_ascii_lowercase());
    };
    let (status, body) = answer_noting(&mut BufReader::new(&stream), &mut note)?;
    Ok(Answered { status, fields, body })
}

/// What came of a load.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Answers.
    pub answers: u64,
    /// From the first request to the last answer.
    pub took: Duration,
    /// Time of each answer, ms.
    pub times_ms: Vec<f64>,
}

impl Outcome {
    /// Answers per second.
    pub fn throughput(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let answers = self.answers as f64;
        answers / self.took.as_secs_f64()
    }
}

/// Numbers of calls, so that no two snapshots of a run have one natural key.
#[derive(Debug, Default)]
pub struct Numbers(AtomicU64);

impl Numbers {
    /// Numbers from here on.
    pub fn starting_at(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }
}

/// Sends `requests` over [`CONNECTIONS`] connections.
///
/// # Errors
/// A connection broke, or an answer had another status.
pub fn run(target: &Target, requests: u64, numbers: &Numbers) -> Result<Outcome> {
    let left = AtomicU64::new(requests);
    let times = Mutex::new(Vec::new());
    let started = Instant::now();
    let results: Vec<Result<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..CONNECTIONS).map(|_| scope.spawn(|| connection(target, &left, &times, numbers))).collect();
        let crashed = || Err(Error::wrong("a connection's thread crashed"));
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| crashed())).collect()
    });
    let took = started.elapsed();
    let answers = results.into_iter().sum::<Result<u64>>()?;
    let times_ms = times.into_inner().unwrap_or_default();
    Ok(Outcome { answers, took, times_ms })
}

fn connection(target: &Target, left: &AtomicU64, times: &Mutex<Vec<f64>>, numbers: &Numbers) -> Result<u64> {
    let stream = TcpStream::connect(("127.0.0.1", target.port)).at("connect")?;
    stream.set_nodelay(true).at("connect")?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).at("connect")?;
    let mut reader = BufReader::new(&stream);
    let mut writer = &stream;
    let mut template = Template::new(&CallId::new(1_770_000_000_000, 1));
    let length = if target.snapshots { crate::snapshot::BYTES } else { 0 };
    let mut head = target.head();
    if target.snapshots {
        head.push_str(&format!("content-type: application/json\r\ncontent-length: {length}\r\n"));
    }
    let mut own = Vec::new();
    let mut request = Vec::with_capacity(head.len() + length + 1_024);
    while let Ok(number) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)) {
        request.clear();
        request.extend_from_slice(head.as_bytes());
        let tail = usize::try_from(number).ok().and_then(|n| target.tails.get(n.checked_sub(1)?));
        request.extend_from_slice(tail.map_or(b"\r\n".as_slice(), |tail| tail.as_bytes()));
        if target.snapshots {
            request.extend_from_slice(template.number(numbers.0.fetch_add(1, Ordering::Relaxed)));
        }
        let started = Instant::now();
        writer.write_all(&request).at("send")?;
        let (status, body) = answer(&mut reader)?;
        own.push(started.elapsed().as_secs_f64() * 1e3);
        if status != target.status {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(Error::wrong(format!("{} {} answered {status}: {body}", target.method, target.path)));
        }
    }
    let count = own.len() as u64;
    if let Ok(mut times) = times.lock() {
        times.extend(own);
    }
    Ok(count)
}

/// Posts bodies over so many connections; each must be answered 202.
///
/// # Errors
/// A connection broke, or an answer had another status.
pub fn post_all(port: u16, path: &str, key: &str, bodies: &[Vec<u8>], connections: usize) -> Result<()> {
    let next = AtomicU64::new(0);
    let one = || -> Result<()> {
        let stream = TcpStream::connect(("127.0.0.1", port)).at("connect")?;
        stream.set_nodelay(true).at("connect")?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).at("connect")?;
        let mut reader = BufReader::new(&stream);
        let mut writer = &stream;
        loop {
            let at = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
            let Some(body) = bodies.get(at) else { return Ok(()) };
            let mut request = format!(
                "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            )
            .into_bytes();
            request.extend_from_slice(body);
            writer.write_all(&request).at("send")?;
            let (status, answer) = answer(&mut reader)?;
            if status != 202 {
                return Err(Error::wrong(format!(
                    "POST {path} answered {status}: {}",
                    String::from_utf8_lossy(&answer)
                )));
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections.min(bodies.len())).map(|_| scope.spawn(one)).collect();
        let crashed = || Err(Error::wrong("a connection's thread crashed"));
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| crashed()))
    })
}

/// Status and body of the next answer.
fn answer(reader: &mut BufReader<&TcpStream>) -> Result<(u16, Vec<u8>)> {
    answer_noting(reader, &mut |_| {})
}

/// The same, and `note` sees the names of its fields.
fn answer_noting(reader: &mut BufReader<&TcpStream>, note: &mut dyn FnMut(&str)) -> Result<(u16, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line).at("receive")?;
    let status: u16 = line.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        reader.read_line(&mut line).at("receive")?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        note(name);
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap_or(0);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.trim().eq_ignore_ascii_case("chunked");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).at("receive")?;
    while chunked {
        line.clear();
        reader.read_line(&mut line).at("receive")?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(|_| Error::wrong("a broken chunk"))?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).at("receive")?;
        body.extend_from_slice(&chunk[..size]);
        chunked = size > 0;
    }
    Ok((status, body))
}
