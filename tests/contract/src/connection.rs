//! A connection that stays open, for many requests one after the other.

use crate::http::{Request, Response, connect};
use std::io::{BufRead, BufReader, Error, Result, Write};
use std::net::TcpStream;

/// A connection to one server, opened when it is needed.
#[derive(Debug)]
pub struct Connection {
    authority: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// One to `authority` (`host:port`).
    pub fn new(authority: &str) -> Self {
        Self { authority: authority.to_owned(), stream: None }
    }

    /// Sends a request and reads its answer. A connection that the server has closed meanwhile is opened again.
    ///
    /// # Errors
    /// When a new connection fails too, or what comes back is not HTTP/1.1.
    pub fn send(&mut self, request: &Request) -> Result<Response> {
        if let Some(kept) = self.stream.take()
            && let Ok(answer) = self.exchange(kept, request)
        {
            return Ok(answer);
        }
        let new = BufReader::new(connect(&self.authority)?);
        self.exchange(new, request)
    }

    fn exchange(&mut self, mut stream: BufReader<TcpStream>, request: &Request) -> Result<Response> {
        let (head, body) = request.written(&self.authority, "");
        let mut bytes = head.into_bytes();
        bytes.extend(body);
        stream.get_mut().write_all(&bytes)?;
        let answer = read(&mut stream, request.method == "HEAD")?;
        let closes = answer.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !closes && !has_no_end(&answer) {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

/// Server-sent events come until one side goes: of such an answer the first piece is read, and the connection is given up.
fn has_no_end(answer: &Response) -> bool {
    answer.header("content-type").is_some_and(|media| media.starts_with("text/event-stream"))
}

fn read(stream: &mut impl BufRead, head_only: bool) -> Result<Response> {
    let broken = |what: &str| Error::other(format!("the answer has no {what}"));
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status: u16 = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(|| broken("status"))?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(broken("end of its head"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Response { status, headers, body: Vec::new() };
    if head_only || matches!(status, 101 | 204 | 304) {
        return Ok(answer);
    }
    if answer.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| broken("length of a chunk"))?;
            let mut chunk = vec![0; size + 2];
            stream.read_exact(&mut chunk)?;
            if size == 0 {
                return Ok(answer);
            }
            answer.body.extend(chunk.get(..size).unwrap_or_default());
            if has_no_end(&answer) {
                return Ok(answer);
            }
        }
    }
    let length = answer.header("content-length").and_then(|value| value.parse().ok());
    answer.body = vec![0; length.ok_or_else(|| broken("length"))?];
    stream.read_exact(&mut answer.body)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_without_an_end_the_first_piece_is_read() {
        let bytes: &[u8] =
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n3\r\n:ok\r\n";
        let answer = read(&mut &*bytes, false).unwrap();
        assert!(has_no_end(&answer));
        assert_eq!(answer.body, b":ok");
    }

    #[test]
    fn answers_of_one_connection_are_told_apart() {
        let bytes: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 204 N\r\n\r\nHTTP/1.1 404 N\r\n\
            transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc";
        let mut stream = bytes;
        let mut next = || read(&mut stream, false).map(|answer| (answer.status, answer.body));
        assert_eq!(next().unwrap(), (200, b"{}".to_vec()));
        assert_eq!(next().unwrap(), (204, Vec::new()));
        assert_eq!(next().unwrap(), (404, b"abcd".to_vec()));
        assert!(next().is_err(), "a cut answer is none");
        assert!(next().is_err(), "nothing more comes");
    }
}
