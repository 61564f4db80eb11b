//! Live connections of station agents. Sockets sleep with the object; what is remembered of one lies in its attachment.

use super::{Inner, context};
use crate::routes::stations::stream::{DEVICE_ID, EXPIRES_AT, KEY_ID};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::stream::{AgentFrame, CLOSE_UNAUTHENTICATED, ControlFrame, Subscription};
use attune_domain::{CallId, Station, json};
use attune_edge_kit::socket;
use attune_objects::control_room::{ControlRoom as Room, Push};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;
use worker::{Request, Response, WebSocket, WebSocketIncomingMessage};

/// What is remembered of a socket. Names are short because the platform bounds the size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    /// When its key expires, ms since 1970.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    /// When it was opened by a device, ms since 1970.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    opened_at: Option<i64>,
    /// Station and call of each subscription.
    #[serde(rename = "s", default)]
    subscriptions: Vec<(Station, Option<CallId>)>,
}

impl Inner {
    /// Accepts a socket of a key that the door has judged.
    pub(super) fn open_socket(&self, request: &Request) -> worker::Result<Response> {
        let header = |name| request.headers().get(name).ok().flatten();
        let expires_at = header(EXPIRES_AT).and_then(|text| text.parse().ok());
        let key_id = header(KEY_ID).unwrap_or_default();
        let device_id = header(DEVICE_ID);
        let protocol = header("sec-websocket-protocol");
        let opened_at = device_id.as_ref().map(|_| self.now());
        let remember = Remembered { expires_at, opened_at, subscriptions: Vec::new() };
        let tags: Vec<&str> = std::iter::once(key_id.as_str()).chain(device_id.as_deref()).collect();
        let accepted = socket::accept(&self.base.state, &tags, protocol.as_deref(), &remember);
        accepted.map(Into::into).map_err(|e| worker::Error::RustError(e.to_string()))
    }

    /// Takes a frame of an agent.
    pub(super) async fn take_frame(&self, own: &Rc<Self>, ws: &WebSocket, message: &WebSocketIncomingMessage) {
        let Some(remembered) = self.live(ws) else { return };
        let refuse = |detail: String| socket::send(ws, &ControlFrame::Error { detail });
        let text = match message {
            WebSocketIncomingMessage::String(text) => text,
            WebSocketIncomingMessage::Binary(_) => return refuse("frames are JSON text".to_owned()),
        };
        let Ok(room) = &self.room else { return refuse("the room cannot be opened now".to_owned()) };
        match json::from_str(text) {
            Err(e) => refuse(e.to_string()),
            Ok(AgentFrame::Subscribe { schema_version, .. }) if schema_version != SCHEMA_VERSION => {
                refuse(format!("schema_version {schema_version} is unknown: expected {SCHEMA_VERSION}"));
            }
            Ok(AgentFrame::Subscribe { stations, .. }) => {
                self.subscribe(own, room, ws, remembered, &stations).await.unwrap_or_else(refuse);
            }
            Ok(AgentFrame::Ack { station, call_id, version, applied, detail }) => {
                let ctx = context(self.now(), None);
                let noted = room.ack(&ctx, station, call_id.as_ref(), version, applied, detail.as_deref());
                self.finish(own, noted).unwrap_or_else(|problem| refuse(problem.detail));
            }
        }
    }

    async fn subscribe(
        &self,
        own: &Rc<Self>,
        room: &Room,
        ws: &WebSocket,
        mut remembered: Remembered,
        stations: &[Subscription],
    ) -> Result<(), String> {
        self.get_ready(room).await.map_err(|problem| problem.detail)?;
        // Remembered before the state is read: a change in between is then pushed rather than missed.
        remembered.subscriptions = stations.iter().map(|s| (s.station, s.call_id.clone())).collect();
        socket::set_attachment(ws, &remembered).map_err(|e| e.to_string())?;
        let outcome = room.subscribe(&context(self.now(), None), stations);
        for frame in self.finish(own, outcome).map_err(|problem| problem.detail)? {
            socket::send(ws, &frame);
        }
        Ok(())
    }

    /// Sends new configuration to those whom it concerns: one frame per station and call, made once.
    pub(super) fn push(&self, pushes: &[Push]) {
        let Ok(room) = &self.room else { return };
        let mut frames: BTreeMap<(Station, Option<CallId>), Option<ControlFrame>> = BTreeMap::new();
        for ws in self.base.state.get_websockets() {
            let Some(remembered) = self.live(&ws) else { continue };
            for (station, call_id) in remembered.subscriptions {
                if !pushes.iter().any(|push| push.matches(station, call_id.as_ref())) {
                    continue;
                }
                let frame = frames.entry((station, call_id)).or_insert_with_key(|(station, call_id)| {
                    room.frame(*station, call_id.as_ref(), self.now()).map_err(|e| self.base.problem(e)).ok()
                });
                if let Some(frame) = frame {
                    socket::send(&ws, frame);
                }
            }
        }
    }

    /// Closes the sockets of a device that it opened before its access ended.
    pub(super) fn close_sockets_of_device(&self, device_id: &str, ended_at: i64) {
        for ws in self.base.state.get_websockets_with_tag(device_id) {
            let opened_at = socket::attachment::<Remembered>(&ws).and_then(|remembered| remembered.opened_at);
            if opened_at.is_none_or(|at| at <= ended_at) {
                drop(ws.close(Some(CLOSE_UNAUTHENTICATED), Some("the device's access has ended")));
            }
        }
    }

    /// What is remembered of a socket; one whose key has expired is closed.
    fn live(&self, ws: &WebSocket) -> Option<Remembered> {
        let remembered: Remembered = socket::attachment(ws)?;
        if remembered.expires_at.is_some_and(|at| self.now() >= at) {
            drop(ws.close(Some(CLOSE_UNAUTHENTICATED), Some("the key has expired")));
            return None;
        }
        Some(remembered)
    }
}
