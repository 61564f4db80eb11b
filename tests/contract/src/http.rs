//! A small HTTP/1.1 client that sends what it is told, right or wrong: also bodies without a length, headers that no library lets through,
//! and methods that do not exist. One connection per request.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request in the making.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query, sent as they are.
    pub target: String,
    /// Headers, sent as they are; `host` and `connection` come by themselves.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Send the body in pieces and without a length.
    pub chunked: bool,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status.
    pub status: u16,
    /// Headers, names in lowercase.
    pub headers: Vec<(String, String)>,
    /// Body, whole.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    /// One more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// `Authorization: Bearer …`
    #[must_use]
    pub fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// A JSON body with its type.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    /// A body with its type.
    #[must_use]
    pub fn bytes(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", media_type)
    }

    /// The head with more lines of its own, and the body as it goes over the wire.
    pub(crate) fn written(&self, authority: &str, more: &str) -> (String, Vec<u8>) {
        let mut head = format!("{} {} HTTP/1.1\r\nhost: {authority}\r\n{more}", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut bytes = Vec::new();
        match &self.body {
            None => {}
            Some(body) if self.chunked => {
                head.push_str("transfer-encoding: chunked\r\n");
                for piece in body.chunks(60_000) {
                    bytes.extend(format!("{:x}\r\n", piece.len()).bytes().chain(piece.iter().copied()).chain(*b"\r\n"));
                }
                bytes.extend(b"0\r\n\r\n");
            }
            Some(body) => {
                head.push_str(&format!("content-length: {}\r\n", body.len()));
                bytes.extend(body);
            }
        }
        head.push_str("\r\n");
        (head, bytes)
    }

    /// Sends it to `authority` (`host:port`).
    ///
    /// # Errors
    /// When the connection fails, or what comes back is not HTTP/1.1.
    pub fn send(&self, authority: &str) -> std::io::Result<Response> {
        let mut stream = connect(authority)?;
        let (head, bytes) = self.written(authority, "connection: close\r\n");
        stream.write_all(head.as_bytes())?;
        // A server may answer and hang up before it has read a body that is too large: its answer counts, and has to be read while
        // the body is still being written, as the end of the connection takes away what was not read.
        let mut answer = Vec::new();
        let mut writer = stream.try_clone()?;
        let (written, read) = std::thread::scope(|scope| {
            let written = scope.spawn(|| writer.write_all(&bytes));
            let read = stream.read_to_end(&mut answer);
            (written.join().unwrap_or(Ok(())), read)
        });
        let parsed = parse(&answer, self.method == "HEAD");
        parsed.ok_or_else(|| {
            let reason = written.and(read.map(drop)).map_or_else(|e| e.to_string(), |()| "no whole answer".to_owned());
            let seen = String::from_utf8_lossy(&answer).into_owned();
            std::io::Error::other(format!("{} {}: {reason}: {seen:?}", self.method, self.target))
        })
    }
}

/// A connection that gives up at last.
pub(crate) fn connect(authority: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(authority)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(40)))?;
    stream.set_write_timeout(Some(Duration::from_secs(20)))?;
    Ok(stream)
}

impl Response {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The `code` of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The pointers of a problem's errors.
    pub fn pointers(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().filter_map(|e| e["pointer"].as_str().map(str::to_owned)).collect()
    }
}

fn parse(bytes: &[u8], head_only: bool) -> Option<Response> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let rest = bytes.get(end + 4..)?;
    let mut lines = head.split("\r\n");
    let status: u16 = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    if status == 100 {
        return parse(rest, head_only);
    }
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned())))
        .collect::<Option<_>>()?;
    let of = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let body = if head_only || status == 304 || status == 204 {
        rest.to_vec()
    } else if of("transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        unchunk(rest)?
    } else {
        match of("content-length") {
            Some(length) => rest.get(..length.parse().ok()?)?.to_vec(),
            None => rest.to_vec(),
        }
    };
    Some(Response { status, headers, body })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_in_every_framing() {
        let plain = parse(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b: c\r\n\r\n{}", false).unwrap();
        assert_eq!((plain.status, plain.body.as_slice(), plain.header("x-a")), (200, &b"{}"[..], Some("b: c")));
        let pieces = b"HTTP/1.1 404 N\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n";
        assert_eq!(parse(pieces, false).unwrap().body, b"abcd");
        assert!(parse(&pieces[..pieces.len() - 6], false).is_none(), "a cut answer is none");
        let early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 N\r\netag: \"a\"\r\n\r\n";
        assert_eq!(parse(early, false).unwrap().status, 304);
        assert!(parse(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", true).unwrap().body.is_empty());
    }
}
