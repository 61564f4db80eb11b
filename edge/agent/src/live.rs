//! The live connection: configuration in, acknowledgements out, catch-up after each reconnect.

use crate::apply::{InForce, Store, check};
use crate::config::{Config, Line};
use crate::error::AgentError;
use crate::event;
use crate::spool::Backoff;
use attune_contracts::config::EffectiveConfigV1;
use attune_contracts::stream::{AgentFrame, ControlFrame, Subscription};
use attune_domain::{CallId, Station};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue};

/// A station has (or has not) put a version in force.
pub struct Ack {
    /// Station.
    pub station: Station,
    /// Call.
    pub call_id: CallId,
    /// Version.
    pub version: u64,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
}

type Lines = Vec<(Line, watch::Sender<Arc<InForce>>)>;

/// Keeps the connection until told to stop.
///
/// # Errors
/// Never; a lost connection is tried again.
pub async fn run(
    config: Config,
    lines: Lines,
    mut acks: mpsc::UnboundedReceiver<Ack>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), AgentError> {
    let mut pause = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));
    loop {
        let ended = tokio::select! {
            ended = connected(&config, &lines, &mut acks, &mut pause) => ended,
            _ = stop.changed() => return Ok(()),
        };
        event::emit("disconnected", json!({ "detail": ended.to_string() }));
        tokio::select! {
            () = tokio::time::sleep(pause.next(None)) => {}
            _ = stop.changed() => return Ok(()),
        }
    }
}

async fn connected(
    config: &Config,
    lines: &Lines,
    acks: &mut mpsc::UnboundedReceiver<Ack>,
    pause: &mut Backoff,
) -> tungstenite::Error {
    match talk(config, lines, acks, pause).await {
        Ok(()) => tungstenite::Error::ConnectionClosed,
        Err(e) => e,
    }
}

async fn talk(
    config: &Config,
    lines: &Lines,
    acks: &mut mpsc::UnboundedReceiver<Ack>,
    pause: &mut Backoff,
) -> Result<(), tungstenite::Error> {
    let url = config.edge_url.replacen("http", "ws", 1) + "/v1/stations/stream";
    let mut request = url.into_client_request()?;
    let bearer = HeaderValue::from_str(&format!("Bearer {}", config.api_key.expose()))
        .map_err(tungstenite::http::Error::from)?;
    request.headers_mut().insert("authorization", bearer);
    let (socket, _) = tokio_tungstenite::connect_async(request).await?;
    let (mut out, mut incoming) = socket.split();
    let stations = lines
        .iter()
        .map(|(line, tx)| Subscription {
            station: line.station,
            call_id: Some(line.call_id.clone()),
            version: tx.borrow().version,
        })
        .collect();
    let hello = AgentFrame::Subscribe {
        schema_version: attune_contracts::SCHEMA_VERSION,
        agent: config.name.clone(),
        stations,
    };
    out.send(text(&hello)).await?;
    event::emit("connected", json!({}));
    pause.reset();
    let mut beat = tokio::time::interval(Duration::from_secs(20));
    loop {
        tokio::select! {
            frame = incoming.next() => match frame {
                None => return Ok(()),
                Some(frame) => if let Message::Text(body) = frame? {
                    for ack in receive(config, lines, body.as_str()) {
                        out.send(text(&ack)).await?;
                    }
                },
            },
            Some(ack) = acks.recv() => out.send(text(&frame(ack))).await?,
            _ = beat.tick() => out.send(Message::text("ping")).await?,
        }
    }
}

fn text(frame: &AgentFrame) -> Message {
    Message::text(serde_json::to_string(frame).unwrap_or_default())
}

fn frame(ack: Ack) -> AgentFrame {
    AgentFrame::Ack {
        station: ack.station,
        call_id: Some(ack.call_id),
        version: ack.version,
        applied: ack.refused.is_none(),
        detail: ack.refused,
    }
}

/// Hands a configuration to its station; the acknowledgements that can be given at once.
fn receive(config: &Config, lines: &Lines, body: &str) -> Vec<AgentFrame> {
    let received = match serde_json::from_str(body) {
        Ok(ControlFrame::Config { config }) => config,
        Ok(ControlFrame::Error { detail }) => {
            event::emit("stream_error", json!({ "detail": detail }));
            return Vec::new();
        }
        // "pong", and frames of a later version
        Err(_) => return Vec::new(),
    };
    let concerned =
        |line: &Line| line.station == received.station && received.call_id.as_ref().is_none_or(|c| *c == line.call_id);
    lines
        .iter()
        .filter(|(line, _)| concerned(line))
        .filter_map(|(line, tx)| offer(config, line, tx, &received))
        .collect()
}

fn offer(
    config: &Config,
    line: &Line,
    tx: &watch::Sender<Arc<InForce>>,
    received: &EffectiveConfigV1,
) -> Option<AgentFrame> {
    let ack = |refused| {
        frame(Ack { station: line.station, call_id: line.call_id.clone(), version: received.version, refused })
    };
    if received.version <= tx.borrow().version {
        return Some(ack(None));
    }
    match check(received) {
        Err(detail) => {
            event::of_line("refused_config", line, json!({ "version": received.version, "detail": detail }));
            Some(ack(Some(detail)))
        }
        Ok(in_force) => {
            if let Err(e) = Store::new(&config.state_dir, line).save(received) {
                event::of_line("not_saved", line, json!({ "detail": e.to_string() }));
            }
            tx.send_replace(Arc::new(in_force));
            // the station acknowledges once it is in force
            None
        }
    }
}
