//! A station's live connection.

use attune_domain::CallId;
use attune_e2e::world::{Tenant, World};
use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

/// A connection that listens to station 4 of one call.
pub struct Station {
    socket: WebSocket<TcpStream>,
    call: CallId,
}

impl Station {
    /// Connects and subscribes; `version` is in force there.
    pub fn connect(world: &World, tenant: &Tenant, call: &CallId, version: u64) -> Self {
        let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
        let stream = TcpStream::connect(&authority).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut request = format!("ws://{authority}/v1/stations/stream").into_client_request().unwrap();
        request.headers_mut().insert("authorization", format!("Bearer {}", tenant.key).parse().unwrap());
        let (socket, _) = tungstenite::client(request, stream).unwrap();
        let mut station = Self { socket, call: call.clone() };
        let subscription = json!([{"station": 4, "call_id": call, "version": version}]);
        station.say(&json!({"type": "subscribe", "schema_version": 1, "agent": "test", "stations": subscription}));
        // what comes back came after the subscription was taken
        station.ask();
        station
    }

    fn say(&mut self, frame: &Value) {
        self.socket.send(Message::text(frame.to_string())).unwrap();
    }

    fn ask(&mut self) {
        self.socket.send(Message::text("ping")).unwrap();
    }

    /// The next configuration; it is acknowledged.
    pub fn config(&mut self) -> Value {
        loop {
            let Message::Text(text) = self.socket.read().expect("a frame within 30 s") else { continue };
            let Ok(frame) = serde_json::from_str::<Value>(&text) else { continue };
            assert_eq!(frame["type"], "config", "{frame}");
            let ack = json!({"type": "ack", "station": 4, "call_id": self.call, "version": frame["config"]["version"], "applied": true});
            self.say(&ack);
            return frame["config"].clone();
        }
    }

    /// Nothing has come in vain: the connection lives, and no error frame waits.
    pub fn alive(&mut self) {
        self.ask();
        loop {
            match self.socket.read().expect("a frame within 30 s") {
                Message::Text(text) if text.as_str() == "pong" => return,
                Message::Text(text) => assert!(!text.contains("\"error\""), "{text}"),
                _ => {}
            }
        }
    }
}
