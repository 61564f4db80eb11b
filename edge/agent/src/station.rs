//! One station: frames through the chain, segments into snapshots, parameters between two frames.

use crate::apply::InForce;
use crate::config::{Config, Line};
use crate::error::AgentError;
use crate::event;
use crate::live::Ack;
use crate::metrics;
use crate::source::{FRAME_MS, Source};
use crate::spool::{Parcel, Sender};
use attune_audio::rtp::{Packet, RtpReceiver};
use attune_audio::{Chain, measure};
use attune_contracts::snapshot::{Channel, Parameters, Segment, SnapshotV1};
use attune_domain::Millis;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// A running station.
pub struct Station {
    line: Line,
    source: Source,
    chain: Chain,
    rtp: RtpReceiver,
    packet: Packet,
    configured: watch::Receiver<Arc<InForce>>,
    in_force: Arc<InForce>,
    /// What a time to live returns to, and when.
    expiry: Option<(Instant, Arc<InForce>)>,
    acks: mpsc::UnboundedSender<Ack>,
    spool: Sender,
    pcm: Vec<i16>,
    segment_len: usize,
    position: Position,
    started: Instant,
}

/// Where the leg stands; kept on disk, so that a restarted agent does not use a segment's number twice.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
struct Counter {
    next_index: u32,
    elapsed_ms: u64,
}

struct Position {
    counter: Counter,
    path: PathBuf,
}

impl Position {
    fn load(config: &Config, line: &Line) -> Self {
        let path =
            config.state_dir.join(format!("position-{}-{}-{}.json", line.call_id, line.leg.as_str(), line.station));
        let counter = std::fs::read(&path).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
        Self { counter, path }
    }

    /// Moves on and keeps the new position before the segment's number is used.
    fn advance(&mut self, ms: u64) -> Result<Segment, AgentError> {
        let Counter { next_index, elapsed_ms } = self.counter;
        self.counter = Counter { next_index: next_index + 1, elapsed_ms: elapsed_ms + ms };
        let text = serde_json::to_vec(&self.counter).unwrap_or_default();
        let new = self.path.with_extension("new");
        std::fs::write(&new, text)
            .and_then(|()| std::fs::rename(&new, &self.path))
            .map_err(|source| AgentError::State { path: self.path.clone(), source })?;
        Ok(Segment { index: next_index, start_ms: elapsed_ms, end_ms: elapsed_ms + ms })
    }
}

impl Station {
    /// Opens the line and builds the chain with the last known good configuration.
    ///
    /// # Errors
    /// When a recording cannot be read or the sample rate is not one of the chain's.
    pub fn new(
        line: &Line,
        config: &Config,
        configured: watch::Receiver<Arc<InForce>>,
        acks: mpsc::UnboundedSender<Ack>,
        spool: Sender,
    ) -> Result<Self, AgentError> {
        let source = Source::open(&line.wav)?;
        let in_force = configured.borrow().clone();
        let chain = Chain::new(source.rate(), &in_force.chain())?;
        let segment_len = (u64::from(source.rate()) * u64::from(config.segment_ms) / 1000) as usize;
        Ok(Self {
            rtp: RtpReceiver::new(source.rate()),
            packet: Packet { sequence: 0, timestamp: 0, arrival_us: 0 },
            position: Position::load(config, line),
            line: line.clone(),
            chain,
            configured,
            in_force,
            expiry: None,
            acks,
            spool,
            pcm: Vec::with_capacity(segment_len),
            segment_len,
            started: Instant::now(),
            source,
        })
    }

    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the state folder cannot be written or the chain refuses parameters that were checked.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) -> Result<(), AgentError> {
        let mut ticks = tokio::time::interval(Duration::from_millis(FRAME_MS.into()));
        let mut input = vec![0f32; self.source.frame_len()];
        let mut output = vec![0i16; self.source.frame_len()];
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.changed() => return Ok(()),
            }
            self.between_frames()?;
            self.source.next_frame(&mut input);
            self.chain.process(&input, &mut output);
            self.pcm.extend_from_slice(&output);
            self.observe_packet();
            if self.pcm.len() >= self.segment_len {
                self.finish_segment()?;
            }
        }
    }

    /// Each frame is one packet of the line.
    fn observe_packet(&mut self) {
        self.packet.arrival_us = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.rtp.observe(self.packet);
        self.packet.sequence = self.packet.sequence.wrapping_add(1);
        self.packet.timestamp = self.packet.timestamp.wrapping_add(self.source.frame_len() as u32);
    }

    fn between_frames(&mut self) -> Result<(), AgentError> {
        if self.configured.has_changed().unwrap_or(false) {
            let next = self.configured.borrow_and_update().clone();
            let before = std::mem::replace(&mut self.in_force, next);
            self.expiry = self.in_force.ttl_s.map(|s| (Instant::now() + Duration::from_secs(s.into()), before));
            self.apply("applied")?;
            let ack = Ack {
                station: self.line.station,
                call_id: self.line.call_id.clone(),
                version: self.in_force.version,
                refused: None,
            };
            // the live connection may be gone; the next subscription names the version in force
            let _ = self.acks.send(ack);
        } else if self.expiry.as_ref().is_some_and(|(due, _)| Instant::now() >= *due)
            && let Some((_, before)) = self.expiry.take()
        {
            // the control plane takes it back as well; this holds while it is away
            self.in_force =
                Arc::new(InForce { version: self.in_force.version, ttl_s: None, values: before.values.clone() });
            self.apply("expired")?;
        }
        Ok(())
    }

    /// A segment is measured under one version only: the part before the change is dropped.
    fn apply(&mut self, what: &str) -> Result<(), AgentError> {
        self.chain.set_params(&self.in_force.chain())?;
        self.pcm.clear();
        let _ = self.chain.take_adc_stats();
        event::of_line(
            what,
            &self.line,
            json!({ "version": self.in_force.version, "values": self.in_force.changed() }),
        );
        Ok(())
    }

    fn finish_segment(&mut self) -> Result<(), AgentError> {
        let rate = self.source.rate();
        let window_ms = (self.pcm.len() as u64 * 1000 / u64::from(rate)) as u32;
        let measures = measure(&self.pcm, rate)?.with_adc(self.chain.take_adc_stats());
        let metrics = metrics::of_segment(&measures, &self.rtp.take_report(), window_ms);
        let snapshot = SnapshotV1 {
            schema_version: attune_contracts::SCHEMA_VERSION,
            call_id: self.line.call_id.clone(),
            channel: Channel { leg: self.line.leg },
            station: self.line.station,
            segment: self.position.advance(window_ms.into())?,
            captured_at: Millis(event::now_ms()),
            metrics,
            parameters: Parameters { version: self.in_force.version, values: self.in_force.changed() },
            audio: None,
            constraints: std::collections::BTreeMap::new(),
            targets: std::collections::BTreeMap::new(),
        };
        let pcm = std::mem::replace(&mut self.pcm, Vec::with_capacity(self.segment_len));
        let pcm = self.line.upload.then(|| pcm.iter().flat_map(|s| s.to_le_bytes()).collect());
        self.spool.put(Parcel { snapshot, sample_rate_hz: rate }, pcm)
    }
}
