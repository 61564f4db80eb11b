//! HTTP/1.1 on threads, as little of it as the providers need: kept connections, lengths, chunks.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Bodies and lines longer than this end the connection.
const LONGEST: u64 = 16 << 20;

/// A request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `GET`, …
    pub method: String,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query's pairs, decoded, in their order.
    pub query: Vec<(String, String)>,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request for a path with a query, or for a whole URL.
    pub fn new(method: &str, target: &str) -> Self {
        let target = match target.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => target,
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: method.to_owned(), path: path.to_owned(), query: pairs(query), ..Self::default() }
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.to_owned());
        self
    }

    /// With an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("content-type", "application/json")
    }

    /// With a form.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.body = pairs.join("&").into_bytes();
        self.with("content-type", "application/x-www-form-urlencoded")
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same, whatever the case of the name.
    pub fn param_any_case(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The path's segments, decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|part| !part.is_empty()).map(|part| decode(part, false)).collect()
    }

    /// The fields of a form.
    pub fn fields(&self) -> BTreeMap<String, String> {
        pairs(&String::from_utf8_lossy(&self.body)).into_iter().collect()
    }

    /// The token of `Authorization: Bearer`.
    pub fn token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Headers, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// An answer of JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        let answer = Self { status, headers: Vec::new(), body: body.to_string().into_bytes() };
        answer.with("content-type", "application/json; charset=UTF-8")
    }

    /// An answer of text.
    pub fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), body: body.as_bytes().to_vec() }.with("content-type", "text/plain")
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Ends the server when dropped.
#[derive(Debug)]
pub(crate) struct Guard {
    pub address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

/// Serves a port of the loopback; 0 takes a free one. `None` from `answer` closes the connection without an answer.
pub(crate) fn listen(
    port: u16,
    answer: impl Fn(&Request) -> Option<Answer> + Clone + Send + 'static,
) -> io::Result<Guard> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let guard = Guard { address: listener.local_addr()?, stopped: Arc::default() };
    let stopped = Arc::clone(&guard.stopped);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            let (stopped, answer) = (Arc::clone(&stopped), answer.clone());
            std::thread::spawn(move || serve(&stream, &stopped, &answer));
        }
    });
    Ok(guard)
}

fn serve(stream: &TcpStream, stopped: &AtomicBool, answer: &impl Fn(&Request) -> Option<Answer>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let (first, headers, body) = message(&mut reader, false).ok()?;
        let mut words = first.split(' ');
        let mut request = Request::new(words.next()?, words.next()?);
        (request.headers, request.body) = (headers, body);
        if stopped.load(Ordering::Relaxed) {
            return None;
        }
        let Answer { status, headers, body } = answer(&request)?;
        let close = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        for (name, value) in &headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        // 204 has no length (RFC 9110, section 8.6)
        if status != 204 {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        head.push_str(if close { "connection: close\r\n\r\n" } else { "\r\n" });
        let mut whole = head.into_bytes();
        if request.method != "HEAD" && status != 204 && status != 304 {
            whole.extend_from_slice(&body);
        }
        writer.write_all(&whole).ok()?;
        if close {
            return None;
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        302 => "Found",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

type Message = (String, BTreeMap<String, String>, Vec<u8>);

/// First line, headers, body. An answer without a length goes on to the end of the connection.
fn message(reader: &mut impl BufRead, answer: bool) -> io::Result<Message> {
    let mut first = String::new();
    if reader.by_ref().take(LONGEST).read_line(&mut first)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if reader.by_ref().take(LONGEST).read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = Vec::new();
    let length = headers.get("content-length").map(|text| text.parse::<u64>());
    if headers.get("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        loop {
            let mut line = String::new();
            reader.by_ref().take(LONGEST).read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16);
            let size = size.map_err(|_| io::ErrorKind::InvalidData)?;
            if size > LONGEST {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut chunk = vec![0; usize::try_from(size + 2).unwrap_or_default()];
            reader.read_exact(&mut chunk)?;
            chunk.truncate(chunk.len() - 2);
            body.append(&mut chunk);
            if size == 0 {
                break;
            }
        }
    } else if let Some(length) = length {
        let length = length.map_err(|_| io::ErrorKind::InvalidData)?;
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        body = vec![0; usize::try_from(length).unwrap_or_default()];
        reader.read_exact(&mut body)?;
    } else if answer && !["204", "304"].iter().any(|status| first.contains(status)) {
        reader.by_ref().take(LONGEST).read_to_end(&mut body)?;
    }
    Ok((first, headers, body))
}

/// Sends a request to an `http` address and waits for its answer; one connection for each.
///
/// # Errors
/// Another scheme, no connection, no answer in time.
pub fn send(url: &str, request: &Request, within: Duration) -> io::Result<Answer> {
    let rest = url.strip_prefix("http://").ok_or_else(|| io::Error::other("only http is spoken here"))?;
    let (authority, target) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let named = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let address = named.to_socket_addrs()?.find(SocketAddr::is_ipv4).ok_or(io::ErrorKind::NotFound)?;
    let stream = TcpStream::connect_timeout(&address, within)?;
    stream.set_read_timeout(Some(within))?;
    stream.set_nodelay(true)?;
    let mut head = format!(
        "{} {target} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {}\r\n",
        request.method,
        request.body.len()
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut whole = head.into_bytes();
    whole.extend_from_slice(&request.body);
    (&stream).write_all(&whole)?;
    let (first, headers, body) = message(&mut BufReader::new(&stream), true)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or(io::ErrorKind::InvalidData)?;
    Ok(Answer { status, headers: headers.into_iter().collect(), body })
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let split = text.split('&').filter(|pair| !pair.is_empty());
    let split = split.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    split.map(|(name, value)| (decode(name, true), decode(value, true))).collect()
}

/// Percent-encodes a value.
pub(crate) fn encode(text: &str) -> String {
    crate::oidc::encode(text)
}

/// Undoes it; in queries and forms a plus is a space.
pub(crate) fn decode(text: &str, plus: bool) -> String {
    if plus { crate::oidc::decode(text) } else { crate::oidc::decode(&text.replace('+', "%2B")) }
}
