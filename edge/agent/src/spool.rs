//! Snapshots on their way: written to disk first, sent in order, deleted once the edge has accepted them.

use crate::api::Api;
use crate::error::AgentError;
use crate::event;
use attune_contracts::snapshot::SnapshotV1;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// A snapshot that waits, with what its upload needs. Its PCM lies beside it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Parcel {
    /// The snapshot, without its audio reference.
    pub snapshot: SnapshotV1,
    /// Sample rate of the PCM beside it.
    pub sample_rate_hz: u32,
}

/// The folder.
pub struct Spool {
    sender: Sender,
    limit: usize,
}

/// Puts parcels into the folder.
#[derive(Clone)]
pub struct Sender {
    dir: PathBuf,
    next: Arc<AtomicU64>,
    arrived: Arc<Notify>,
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> AgentError + '_ {
    move |source| AgentError::State { path: path.to_owned(), source }
}

impl Spool {
    /// Opens the folder; what an earlier run left there is sent first.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn open(state_dir: &Path, limit: usize) -> Result<Self, AgentError> {
        let dir = state_dir.join("spool");
        std::fs::create_dir_all(&dir).map_err(at(&dir))?;
        let sender = Sender { dir, next: Arc::default(), arrived: Arc::default() };
        let last = sender.waiting()?.last().and_then(|p| p.file_stem()?.to_str()?.parse::<u64>().ok());
        sender.next.store(last.map_or(0, |n| n + 1), Ordering::Relaxed);
        Ok(Self { sender, limit: limit.max(1) })
    }

    /// A handle for a station.
    pub fn sender(&self) -> Sender {
        self.sender.clone()
    }

    /// The oldest parcels beyond the limit go, with an event each: a full disk must not stop the audio.
    fn trim(&self, waiting: &[PathBuf]) {
        for path in waiting.iter().take(waiting.len().saturating_sub(self.limit)) {
            event::emit(
                "dropped",
                json!({ "parcel": path.file_stem().and_then(|s| s.to_str()), "reason": "spool_limit" }),
            );
            self.sender.remove(path);
        }
    }
}

impl Sender {
    /// Writes a parcel; the snapshot's file appears last and in one step, so a crash leaves no half parcel.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn put(&self, parcel: Parcel, pcm: Option<Vec<u8>>) -> Result<(), AgentError> {
        let path = self.dir.join(format!("{:020}.json", self.next.fetch_add(1, Ordering::Relaxed)));
        if let Some(pcm) = pcm {
            let beside = path.with_extension("pcm");
            std::fs::write(&beside, pcm).map_err(at(&beside))?;
        }
        let new = path.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(&parcel).unwrap_or_default()).map_err(at(&new))?;
        std::fs::rename(&new, &path).map_err(at(&path))?;
        self.arrived.notify_one();
        Ok(())
    }

    fn waiting(&self) -> Result<Vec<PathBuf>, AgentError> {
        let entries = std::fs::read_dir(&self.dir).map_err(at(&self.dir))?;
        let mut paths: Vec<_> = entries
            .filter_map(|e| Some(e.ok()?.path()))
            .filter(|p| p.extension().is_some_and(|x| x == "json"))
            .collect();
        paths.sort();
        Ok(paths)
    }

    fn remove(&self, path: &Path) {
        let _ = std::fs::remove_file(path);
        let _ = std::fs::remove_file(path.with_extension("pcm"));
    }
}

/// Sends parcels in order until told to stop; then tries once more what is there.
///
/// # Errors
/// When the folder cannot be read.
pub async fn run(spool: Spool, api: Api, mut stop: watch::Receiver<bool>) -> Result<(), AgentError> {
    let mut pause = Backoff::new(Duration::from_millis(200), Duration::from_secs(15));
    loop {
        let waiting = spool.sender.waiting()?;
        spool.trim(&waiting);
        match waiting.first() {
            None if *stop.borrow() => return Ok(()),
            None => tokio::select! {
                () = spool.sender.arrived.notified() => {}
                _ = stop.changed() => {}
            },
            Some(path) => match deliver(&api, path).await {
                Ok(()) => {
                    spool.sender.remove(path);
                    pause.reset();
                }
                Err(AgentError::Refused { status, detail }) => {
                    event::emit("refused", json!({ "status": status, "detail": detail }));
                    let _ = std::fs::rename(path, path.with_extension("refused"));
                }
                Err(_) if *stop.borrow() => return Ok(()),
                Err(e) => {
                    let after = if let AgentError::Later { after_s: Some(s), .. } = e {
                        Some(Duration::from_secs(s))
                    } else {
                        None
                    };
                    event::emit("offline", json!({ "waiting": waiting.len(), "detail": e.to_string() }));
                    tokio::select! {
                        () = tokio::time::sleep(pause.next(after)) => {}
                        _ = stop.changed() => {}
                    }
                }
            },
        }
    }
}

/// Uploads the PCM if there is one, then posts the snapshot. Both may be repeated: the object's key is its checksum, the snapshot
/// has its natural key.
async fn deliver(api: &Api, path: &Path) -> Result<(), AgentError> {
    let bytes = std::fs::read(path).map_err(at(path))?;
    let parcel: Parcel = serde_json::from_slice(&bytes)
        .map_err(|e| AgentError::Refused { status: 0, detail: format!("damaged parcel: {e}") })?;
    let mut snapshot = parcel.snapshot;
    if let Ok(pcm) = std::fs::read(path.with_extension("pcm")) {
        snapshot.audio = Some(api.upload(&snapshot, parcel.sample_rate_hz, pcm).await?);
    }
    let sent_at = event::now_ms();
    let id = api.post_snapshot(&snapshot).await?;
    event::emit(
        "accepted",
        json!({
            "station": snapshot.station.number(), "call_id": snapshot.call_id, "leg": snapshot.channel.leg, "segment": snapshot.segment.index,
            "version": snapshot.parameters.version, "id": id, "sent_at_ms": sent_at,
        }),
    );
    Ok(())
}

/// Exponential back-off with full jitter.
pub struct Backoff {
    first: Duration,
    most: Duration,
    current: Duration,
}

impl Backoff {
    /// From `first` to `most`.
    pub const fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, current: first }
    }

    /// The next pause; never shorter than the server asked for.
    pub fn next(&mut self, server: Option<Duration>) -> Duration {
        let mut byte = [0u8; 1];
        let share = if getrandom::fill(&mut byte).is_ok() { u32::from(byte[0]) } else { 128 };
        let pause = self.current / 2 + self.current * share / 512;
        self.current = (self.current * 2).min(self.most);
        pause.max(server.unwrap_or_default())
    }

    /// After a success.
    pub const fn reset(&mut self) {
        self.current = self.first;
    }
}
