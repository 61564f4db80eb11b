//! Messages of tests.

use attune_contracts::canonical::sha256_hex;
use attune_contracts::message::{
    CHAT_SAID_V1, CONFIG_CHANGED_V1, OPTIMIZER_RUN_V1, SEND_MAIL_V1, SNAPSHOT_ACCEPTED_V1,
};
use attune_contracts::{fingerprint, message_id};
use attune_domain::{CallId, Cell, ChangeId, RunId, TenantId};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(0))
}

/// A number that no other call in this process got.
pub fn unique() -> u128 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    (u128::from(std::process::id()) << 64) | u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A tenant of its own.
pub fn tenant() -> TenantId {
    TenantId::new(&Cell::parse("eu1").expect("a cell"), now_ms(), unique())
}

/// A call of its own.
pub fn call() -> CallId {
    CallId::new(now_ms(), unique())
}

/// A snapshot's figures.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Tenant.
    pub tenant: TenantId,
    /// Call.
    pub call: CallId,
    /// `a` or `b`.
    pub leg: &'static str,
    /// Station.
    pub station: u8,
    /// Segment index.
    pub index: u32,
    /// Configuration version in force.
    pub version: u64,
    /// Active speech level, dBFS; `None`: nobody spoke.
    pub level: Option<f64>,
    /// When it was accepted, ms since 1970.
    pub accepted_at: i64,
}

impl Snapshot {
    /// A clean window of station 4.
    pub fn clean(tenant: &TenantId, call: &CallId, index: u32) -> Self {
        Self {
            tenant: tenant.clone(),
            call: call.clone(),
            leg: "a",
            station: 4,
            index,
            version: 0,
            level: Some(-21.0),
            accepted_at: now_ms(),
        }
    }

    /// The same, far too quiet.
    pub fn quiet(tenant: &TenantId, call: &CallId, index: u32) -> Self {
        Self { level: Some(-42.0), ..Self::clean(tenant, call, index) }
    }

    /// The HTTP body.
    pub fn body(&self) -> Value {
        let metric = |value: f64, unit: &str| json!({"value": value, "unit": unit, "source": "measured", "method": "t", "window_ms": 2000, "n": 16000});
        let mut metrics = json!({
            "audioQuality.snr": metric(40.0, "dB"), "audioQuality.clipping": metric(0.0, "%"),
            "audioQuality.noise": metric(-63.0, "dBFS"), "signal.hum": metric(-85.0, "dBFS"),
            "signal.peak": metric(-6.0, "dBFS"), "signal.rms": metric(-24.0, "dBFS"),
        });
        if let Some(level) = self.level {
            metrics["audioQuality.speechLevel"] = metric(level, "dBFS");
        }
        let start = u64::from(self.index) * 2000;
        json!({
            "schema_version": 1, "call_id": self.call, "channel": {"leg": self.leg}, "station": self.station,
            "segment": {"index": self.index, "start_ms": start, "end_ms": start + 2000},
            "captured_at": "2026-01-31T12:00:00.000Z", "metrics": metrics,
            "parameters": {"version": self.version, "values": {}},
        })
    }

    /// The message's id.
    pub fn id(&self) -> String {
        let key = format!("{}/{}/{}/{}", self.call, self.leg, self.station, self.index);
        message_id(self.tenant.as_str(), "/v1/stations/snapshot", &key)
    }

    /// The envelope.
    pub fn envelope(&self) -> Value {
        let body = self.body();
        let print = fingerprint("/v1/stations/snapshot", &body).expect("a fingerprint");
        json!({
            "v": 1, "id": self.id(), "tenant": self.tenant, "cell": "eu1", "kind": SNAPSHOT_ACCEPTED_V1,
            "accepted_at": self.accepted_at, "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "body": {"fingerprint": print, "received_at": self.accepted_at, "snapshot": body},
        })
    }
}

/// A run asked for by hand.
pub fn run(tenant: &TenantId, call: &CallId, run: &RunId) -> Value {
    json!({
        "v": 1, "id": message_id(tenant.as_str(), "optimize-run", run.as_str()), "tenant": tenant, "cell": "eu1",
        "kind": OPTIMIZER_RUN_V1, "accepted_at": now_ms(),
        "body": {"fingerprint": "f", "run_id": run, "call_id": call, "leg": "a", "station": 4, "trigger": "requested"},
    })
}

/// A change of tenant scope at station 4.
pub fn change(tenant: &TenantId, version: u64, values: &Value) -> Value {
    let id = ChangeId::new(now_ms(), u128::from(version));
    json!({
        "v": 1, "id": message_id(tenant.as_str(), "record-change", &version.to_string()), "tenant": tenant, "cell": "eu1",
        "kind": CONFIG_CHANGED_V1, "accepted_at": now_ms(),
        "body": {
            "change_id": id, "version": version, "parent": version - 1, "station": 4, "scope": "tenant", "values": values,
            "content_hash": "0".repeat(64), "reason": "test", "origin": {"kind": "manual", "key_id": "k"},
            "at": "2026-01-31T12:00:00.000Z",
        },
    })
}

/// What was said in a chat room of a tenant that keeps it for 30 days.
pub fn said(tenant: &TenantId, room: &str, events: Value) -> Value {
    json!({
        "v": 1, "id": message_id(tenant.as_str(), CHAT_SAID_V1, &unique().to_string()), "tenant": tenant, "cell": "eu1",
        "kind": CHAT_SAID_V1, "accepted_at": now_ms(),
        "body": {"room_id": room, "retention_days": 30, "events": events},
    })
}

/// A mail with a sign-in code that is good for ten minutes more.
pub fn mail(tenant: &TenantId, to: &str, code: &str) -> Value {
    json!({
        "v": 1, "id": message_id(tenant.as_str(), SEND_MAIL_V1, &format!("{to} {code}")), "tenant": tenant, "cell": "eu1",
        "kind": SEND_MAIL_V1, "accepted_at": now_ms(),
        "body": {
            "to": to, "locale": "de-CH", "useless_from": now_ms() + 600_000,
            "text": {"template": "sign_in_code", "values": {"code": code, "minutes": 10, "tenant_name": "Zürcher & Söhne"}},
        },
    })
}

/// A message of over 1 MiB: what the bucket `raw` is to hold, and what the queue carries in its place.
#[derive(Debug, Clone)]
pub struct Spilled {
    /// Key of the object.
    pub key: String,
    /// The envelope, larger than a queue takes.
    pub content: String,
    /// The envelope around the pointer.
    pub pointer: String,
}

/// Makes an envelope too large for a queue.
pub fn spilled(envelope: &Value) -> Spilled {
    let text = |name: &str| envelope[name].as_str().unwrap_or_default();
    let key = format!("outbox/{}/{}.json", text("tenant"), text("id"));
    let (mut large, mut pointer) = (envelope.clone(), envelope.clone());
    large["later"] = "x".repeat(1 << 20).into();
    let content = large.to_string();
    let sha256 = sha256_hex(content.as_bytes());
    pointer["body"] = json!({"spilled": {"bucket": "raw", "key": key, "sha256": sha256, "bytes": content.len()}});
    Spilled { key, content, pointer: pointer.to_string() }
}
