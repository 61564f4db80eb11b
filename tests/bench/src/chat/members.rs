//! Members of a room on one side: many sockets, read in turn by one thread, so that the client needs one core.

use crate::error::{At, Error, Result};
use attune_domain::id::ulid_text;
use serde::Deserialize;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A member confirms what it has so often.
const CONFIRM: Duration = Duration::from_secs(1);
/// Nothing takes longer than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A frame of the room, of which the load reads this.
#[derive(Deserialize)]
struct Frame<'a> {
    t: &'a str,
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    head: u64,
    #[serde(default)]
    text: Option<&'a str>,
}

/// One connection.
pub struct Member {
    socket: WebSocket<TcpStream>,
    seen: u64,
    confirmed: u64,
    confirms_at: Instant,
    /// Number of the room's last event when it came.
    head: Option<u64>,
}

/// What one round saw.
#[derive(Debug, Default)]
pub struct Round {
    /// Messages delivered, of all members.
    pub delivered: u64,
    /// From the first one said to the last one delivered.
    pub took: Duration,
    /// From saying to delivery, ms, each.
    pub latencies_ms: Vec<f64>,
}

impl Member {
    /// Connects and says hello; all that it lacks is on its way then.
    ///
    /// # Errors
    /// The room refuses.
    pub fn connect(port: u16, path: &str, protocols: &str, after: u64) -> Result<Self> {
        let authority = format!("127.0.0.1:{port}");
        let stream = TcpStream::connect(&authority).at("connect")?;
        stream.set_nodelay(true).at("connect")?;
        let mut request = format!("ws://{authority}{path}").into_client_request().map_err(wrong)?;
        if !protocols.is_empty() {
            request.headers_mut().insert("sec-websocket-protocol", protocols.parse().map_err(wrong)?);
        }
        let (mut socket, _) = tungstenite::client(request, stream).map_err(wrong)?;
        socket.send(Message::text(format!(r#"{{"t":"hello","v":1,"after":{after}}}"#))).map_err(wrong)?;
        socket.get_ref().set_nonblocking(true).at("connect")?;
        Ok(Self { socket, seen: after, confirmed: after, confirms_at: Instant::now() + CONFIRM, head: None })
    }

    /// Takes what has come. Gives the messages' texts to `heard`; 0: nothing has come.
    fn read(&mut self, heard: &mut impl FnMut(&str)) -> Result<usize> {
        let mut count = 0;
        loop {
            let message = match self.socket.read() {
                Ok(message) => message,
                Err(tungstenite::Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => return Ok(count),
                Err(e) => return Err(wrong(e)),
            };
            let Message::Text(text) = message else { return Err(wrong(format!("{message:?}"))) };
            count += 1;
            if text.as_str() == "pong" {
                heard("pong");
                continue;
            }
            for frame in serde_json::from_str::<Vec<Frame<'_>>>(&text)? {
                match frame.t {
                    "welcome" => {
                        self.head = Some(frame.head);
                        self.seen = self.seen.max(frame.head.saturating_sub(1_000));
                    }
                    "event" => {
                        if frame.seq != self.seen + 1 {
                            return Err(wrong(format!("event {} after {}", frame.seq, self.seen)));
                        }
                        self.seen = frame.seq;
                        frame.text.into_iter().for_each(&mut *heard);
                    }
                    "error" => return Err(wrong(format!("{text}"))),
                    _ => {}
                }
            }
        }
    }

    fn confirm(&mut self, now: Instant) -> Result<()> {
        if self.seen >= self.confirmed + 200 || (now >= self.confirms_at && self.seen > self.confirmed) {
            self.confirmed = self.seen;
            self.confirms_at = now + CONFIRM;
            self.say(format!(r#"{{"t":"have","seq":{}}}"#, self.seen))?;
        }
        Ok(())
    }

    fn say(&mut self, text: String) -> Result<()> {
        match self.socket.send(Message::text(text)) {
            // it lies in the socket's buffer and goes with the next
            Err(tungstenite::Error::Io(e)) if e.kind() == ErrorKind::WouldBlock => Ok(()),
            sent => sent.map_err(wrong),
        }
    }

    /// Waits for all events that there were when it came. How many came.
    ///
    /// # Errors
    /// They do not come.
    pub fn resumed(&mut self, after: u64) -> Result<u64> {
        let until = Instant::now() + PATIENCE;
        while self.head.is_none_or(|head| self.seen < head) {
            self.read(&mut |_| {})?;
            late(until)?;
        }
        Ok(self.seen - after)
    }

    /// Asks for a sign of life and waits for it.
    ///
    /// # Errors
    /// None comes.
    pub fn ping(&mut self) -> Result<()> {
        self.say("ping".to_owned())?;
        let (until, mut answered) = (Instant::now() + PATIENCE, false);
        while !answered {
            self.read(&mut |text| answered |= text == "pong")?;
            late(until)?;
        }
        Ok(())
    }

    /// Number of the last event that it has.
    pub const fn seen(&self) -> u64 {
        self.seen
    }
}

/// Some members say `rate` messages per second for a time; all of them hear them.
///
/// # Errors
/// A line breaks, an event is missing, or not all arrive.
pub fn round(members: &mut [Member], (senders, rate): (usize, u32), time: Duration, made: &mut u128) -> Result<Round> {
    let (mut outcome, start) = (Round::default(), Instant::now());
    let pause = Duration::from_secs(1) / rate;
    let wanted = u64::from(rate) * time.as_secs();
    let everything = wanted * members.len() as u64;
    let mut said = 0_u32;
    while outcome.delivered < everything {
        let now = Instant::now();
        if u64::from(said) < wanted && now >= start + pause * said {
            *made += 1;
            let (id, at) = (ulid_text(0, *made), start.elapsed().as_nanos());
            let sender = said as usize * 7 % senders;
            members[sender].say(format!(r#"{{"t":"send","id":"{id}","text":"{at}"}}"#))?;
            said += 1;
        }
        for member in &mut *members {
            member.read(&mut |text| {
                let Ok(at) = text.parse::<u64>() else { return };
                let waited = start.elapsed().saturating_sub(Duration::from_nanos(at));
                outcome.latencies_ms.push(waited.as_secs_f64() * 1e3);
                outcome.delivered += 1;
            })?;
            member.confirm(now)?;
        }
        late(start + time + PATIENCE)?;
    }
    outcome.took = start.elapsed();
    Ok(outcome)
}

fn late(until: Instant) -> Result<()> {
    if Instant::now() < until { Ok(()) } else { Err(Error::wrong("it takes too long")) }
}

fn wrong(reason: impl std::fmt::Display) -> Error {
    Error::wrong(format!("a member of the chat: {reason}"))
}
