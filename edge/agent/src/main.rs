//! The station agent: `attune-agent <configuration.json>`.
//!
//! One process serves one station or several. It measures each segment, uploads its PCM, posts a snapshot, hears of new
//! parameters over its live connection, applies them between two audio frames and acknowledges. While the control plane is
//! away it keeps the last known good configuration and buffers snapshots on disk.
//!
//! Events go to standard output, one JSON object a line; they carry ids and figures, never audio, keys or personal data.

mod api;
mod apply;
mod config;
mod error;
mod event;
mod live;
mod metrics;
mod source;
mod spool;
mod station;

use error::AgentError;
use std::process::ExitCode;
use tokio::sync::{mpsc, watch};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            event::failed(&e);
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), AgentError> {
    let path = std::env::args_os().nth(1).ok_or(AgentError::Usage)?;
    let config = config::Config::read(path.as_ref())?;
    // the only failure is a provider installed before, which is as good
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(AgentError::Runtime)?
        .block_on(serve(config))
}

async fn serve(config: config::Config) -> Result<(), AgentError> {
    let api = api::Api::new(&config)?;
    let spool = spool::Spool::open(&config.state_dir, config.spool_limit)?;
    let (stop_tx, stop) = watch::channel(false);
    let (ack_tx, ack_rx) = mpsc::unbounded_channel();
    let mut tasks = tokio::task::JoinSet::new();
    let mut lines = Vec::new();
    for line in &config.stations {
        let (tx, rx) = watch::channel(apply::Store::new(&config.state_dir, line).load());
        lines.push((line.clone(), tx));
        let station = station::Station::new(line, &config, rx, ack_tx.clone(), spool.sender())?;
        tasks.spawn(station.run(stop.clone()));
    }
    drop(ack_tx);
    tasks.spawn(live::run(config.clone(), lines, ack_rx, stop.clone()));
    tasks.spawn(spool::run(spool, api, stop));

    let ended = tokio::select! {
        () = terminated() => Ok(()),
        first = tasks.join_next() => first.unwrap_or(Ok(Ok(()))).unwrap_or_else(|e| Err(AgentError::Task(e))),
    };
    let _ = stop_tx.send(true);
    while let Some(task) = tasks.join_next().await {
        task.map_err(AgentError::Task)??;
    }
    ended
}

async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut term) => tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
