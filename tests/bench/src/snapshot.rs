//! Snapshots of 8 KB as a station posts them: as many metrics of the catalogue as make 8 KB.

use attune_contracts::message::SNAPSHOT_ACCEPTED_V1;
use attune_contracts::{fingerprint, message_id};
use attune_domain::{CallId, TenantId, metric::METRICS};
use serde_json::{Map, Value, json};

/// Size of a body, bytes.
pub const BYTES: usize = 8192;

/// A snapshot's figures.
#[derive(Debug, Clone)]
pub struct Snapshot {
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
    /// Values in force that are not defaults.
    pub values: Map<String, Value>,
    /// Active speech level, dBFS.
    pub level: f64,
}

impl Snapshot {
    /// A window that needs nothing.
    pub fn clean(call: CallId, station: u8, index: u32) -> Self {
        Self { call, leg: "a", station, index, version: 0, values: Map::new(), level: -21.0 }
    }

    /// The HTTP body, exactly [`BYTES`] long.
    pub fn body(&self) -> Value {
        let mut left_out = 0;
        loop {
            let body = self.body_with(left_out, 0);
            match BYTES.checked_sub(body.to_string().len()) {
                Some(missing) => return self.body_with(left_out, missing),
                None => left_out += 1,
            }
        }
    }

    /// Without the first metrics (`left_out`), which no score needs; spreads `filler` bytes over the methods, which may have 64 each.
    fn body_with(&self, left_out: usize, mut filler: usize) -> Value {
        let mut metrics = Map::new();
        for metric in METRICS.iter().skip(left_out) {
            let value = match metric.name {
                "audioQuality.speechLevel" => self.level,
                "audioQuality.snr" => 40.0,
                "audioQuality.clipping" => 0.0,
                "audioQuality.noise" => -63.0,
                "signal.hum" => -85.0,
                "signal.peak" => self.level + 15.0,
                "signal.rms" => self.level - 3.0,
                _ => 2.5_f64.clamp(metric.min, metric.max),
            };
            let extra = filler.min(48);
            filler -= extra;
            let method = format!("P.56-B{}", "-".repeat(extra));
            metrics.insert(
                metric.name.to_owned(),
                json!({"value": value, "unit": metric.unit, "source": "measured", "method": method, "window_ms": 2000, "n": 16000}),
            );
        }
        let start = u64::from(self.index) * 2000;
        json!({
            "schema_version": 1, "call_id": self.call, "channel": {"leg": self.leg}, "station": self.station,
            "segment": {"index": self.index, "start_ms": start, "end_ms": start + 2000},
            "captured_at": "2026-01-31T12:00:00.000Z", "metrics": metrics,
            "parameters": {"version": self.version, "values": self.values},
        })
    }

    /// The envelope that the edge makes of it.
    ///
    /// # Errors
    /// It is not JSON, which its types rule out.
    pub fn envelope(&self, tenant: &TenantId, accepted_at: i64) -> serde_json::Result<Value> {
        let body = self.body();
        let route = "/v1/stations/snapshot";
        let key = format!("{}/{}/{}/{}", self.call, self.leg, self.station, self.index);
        Ok(json!({
            "v": 1, "id": message_id(tenant.as_str(), route, &key), "tenant": tenant, "cell": "eu1",
            "kind": SNAPSHOT_ACCEPTED_V1, "accepted_at": accepted_at,
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "body": {"fingerprint": fingerprint(route, &body)?, "received_at": accepted_at, "snapshot": body},
        }))
    }
}

/// A body whose call can be changed in place, so that a load of distinct natural keys costs the generator nothing.
#[derive(Debug, Clone)]
pub struct Template {
    bytes: Vec<u8>,
    at: usize,
}

impl Template {
    /// Of a snapshot of this call.
    pub fn new(call: &CallId) -> Self {
        let text = Snapshot::clean(call.clone(), 4, 0).body().to_string();
        let at = text.find(call.as_str()).map_or(0, |at| at + call.as_str().len());
        Self { bytes: text.into_bytes(), at }
    }

    /// The body of call number `number`: the last ten digits of its ULID.
    pub fn number(&mut self, mut number: u64) -> &[u8] {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        for place in 1..=10 {
            self.bytes[self.at - place] = DIGITS[usize::try_from(number % 32).unwrap_or(0)];
            number /= 32;
        }
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_contracts::snapshot::SnapshotV1;

    #[test]
    fn a_body_is_8_kb_and_good() {
        let call = CallId::new(1_770_000_000_000, 7);
        let text = Snapshot::clean(call, 4, 3).body().to_string();
        assert_eq!(text.len(), BYTES);
        let read: SnapshotV1 = serde_json::from_str(&text).unwrap();
        assert_eq!(read.validate("tnt_eu1_x"), vec![]);
        assert!(read.metrics.len() > 60, "{}", read.metrics.len());
    }

    #[test]
    fn numbers_make_distinct_good_calls() {
        let mut template = Template::new(&CallId::new(1_770_000_000_000, 7));
        let call = |bytes: &[u8]| serde_json::from_slice::<SnapshotV1>(bytes).unwrap().call_id;
        let (one, two) = (call(template.number(1)), call(template.number(33)));
        assert_ne!(one, two);
        assert_eq!(one, call(template.number(1)));
    }
}
