//! The load of the cost: calls with all stations and both legs, in virtual time, and the pollers of a queue.

use crate::snapshot::Snapshot;
use attune_domain::{CallId, Station};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Calls at the same time.
pub const CALLS: u32 = 12;
/// Segments of a call, [`SEGMENT_MS`] each: three minutes.
pub const SEGMENTS: u32 = 18;
/// Length of a segment, ms.
pub const SEGMENT_MS: u64 = 10_000;
/// Of so many stations one has a bad line, until it is mended.
pub const ONE_BAD_IN: u64 = 4;
/// Pollers of an event-source mapping that has not scaled up (AWS Lambda's guide: five batches at a time).
pub const POLLERS: usize = 5;

/// Numbers that are the same in every run.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `below` (xorshift*, which is even enough for a load).
    pub fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below.max(1)
    }
}

/// A snapshot to be posted.
#[derive(Debug)]
pub struct Event {
    /// When, virtual ms.
    pub at: u64,
    call: usize,
    leg: &'static str,
    station: u8,
    index: u32,
}

/// What stations have in force.
type InForce = BTreeMap<(String, u8), (u64, Map<String, Value>)>;

/// All calls of a run.
#[derive(Debug)]
pub struct Traffic {
    calls: Vec<CallId>,
    bad: Vec<Vec<bool>>,
    in_force: InForce,
}

impl Traffic {
    /// Calls, and what they post, in order of time.
    pub fn new(now_ms: i64, random: &mut Random) -> (Self, Vec<Event>) {
        let calls: Vec<CallId> = (0..CALLS).map(|n| CallId::new(now_ms, u128::from(n) + 1)).collect();
        let bad = calls.iter().map(|_| Station::ALL.iter().map(|_| random.below(ONE_BAD_IN) == 0).collect()).collect();
        let mut events = Vec::new();
        for (call, _) in calls.iter().enumerate() {
            let start = random.below(SEGMENT_MS);
            for index in 0..SEGMENTS {
                for leg in ["a", "b"] {
                    for station in Station::ALL {
                        // stations end a segment together, but measure and post within a second
                        let at = start + u64::from(index + 1) * SEGMENT_MS + random.below(1_000);
                        events.push(Event { at, call, leg, station: station.number(), index });
                    }
                }
            }
        }
        events.sort_by_key(|event| event.at);
        (Self { calls, bad, in_force: InForce::new() }, events)
    }

    /// The body of an event, under what is in force at its station by now.
    pub fn body(&self, event: &Event) -> Vec<u8> {
        let call = self.calls[event.call].clone();
        let place = Station::ALL.iter().position(|s| s.number() == event.station).unwrap_or_default();
        let mut snapshot = Snapshot::clean(call.clone(), event.station, event.index);
        snapshot.leg = event.leg;
        if self.bad[event.call][place] {
            snapshot.level = -38.0;
        }
        if let Some((version, values)) = self.in_force.get(&(call.to_string(), event.station)) {
            snapshot.version = *version;
            snapshot.values.clone_from(values);
            // the change works
            snapshot.level = -21.0;
        }
        snapshot.body().to_string().into_bytes()
    }

    /// Stations apply a change (the message `config.changed.v1` says the same as the push on their live connection).
    pub fn apply(&mut self, message: &str) -> serde_json::Result<()> {
        let message: Value = serde_json::from_str(message)?;
        let change = &message["body"];
        let (Some(call), Some(station)) = (change["call_id"].as_str(), change["station"].as_u64()) else {
            return Ok(());
        };
        let station = u8::try_from(station).unwrap_or_default();
        let (version, values) = self.in_force.entry((call.to_owned(), station)).or_default();
        *version = change["version"].as_u64().unwrap_or_default();
        for (name, value) in change["values"].as_object().into_iter().flatten() {
            match &value["new"] {
                Value::Null => values.remove(name),
                new => values.insert(name.clone(), new.clone()),
            };
        }
        Ok(())
    }
}

/// The pollers of one queue: each collects until its batch is full or its window ends.
#[derive(Debug)]
pub struct Pollers {
    batches: Vec<(u64, Vec<String>)>,
    size: usize,
    window_ms: u64,
}

impl Pollers {
    /// Of a mapping with this batch size and window.
    pub fn new(size: usize, window_ms: u64) -> Self {
        Self { batches: vec![(0, Vec::new()); POLLERS], size, window_ms }
    }

    /// A message arrives; a batch that it fills. SQS spreads messages over its servers, so any poller may get it.
    pub fn arrive(&mut self, at: u64, message: String, random: &mut Random) -> Option<Vec<String>> {
        let poller = usize::try_from(random.below(POLLERS as u64)).unwrap_or_default();
        let (since, batch) = &mut self.batches[poller];
        if batch.is_empty() {
            *since = at;
        }
        batch.push(message);
        (batch.len() >= self.size).then(|| std::mem::take(batch))
    }

    /// Batches whose window has ended by now.
    pub fn ended(&mut self, now: u64) -> Vec<Vec<String>> {
        let window = self.window_ms;
        let over = |(since, batch): &&mut (u64, Vec<String>)| !batch.is_empty() && *since + window <= now;
        self.batches.iter_mut().filter(over).map(|(_, batch)| std::mem::take(batch)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_station_of_both_legs_posts_every_segment_in_order_of_time() {
        let (traffic, events) = Traffic::new(1_770_000_000_000, &mut Random::new(7));
        assert_eq!(events.len() as u32, CALLS * SEGMENTS * 14);
        assert!(events.is_sorted_by_key(|event| event.at));
        let keys: std::collections::BTreeSet<_> =
            events.iter().map(|e| (traffic.calls[e.call].to_string(), e.leg, e.station, e.index)).collect();
        assert_eq!(keys.len(), events.len());
    }

    #[test]
    fn a_batch_goes_when_it_is_full_or_its_window_ends() {
        let (mut pollers, mut random) = (Pollers::new(2, 1_000), Random::new(7));
        let mut full = 0;
        for n in 0..100 {
            full += pollers.arrive(n, n.to_string(), &mut random).map_or(0, |batch| batch.len());
        }
        let rest: usize = pollers.ended(2_000).iter().map(Vec::len).sum();
        assert_eq!(full + rest, 100);
        pollers.arrive(5_000, "late".to_owned(), &mut random);
        assert!(pollers.ended(5_999).is_empty());
        assert_eq!(pollers.ended(6_000).len(), 1);
    }
}
