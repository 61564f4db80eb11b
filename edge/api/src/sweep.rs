//! The sweeper: every object with an outbox is visited every ten minutes, a bounded number per run. It wakes objects whose alarm was
//! lost, and its reports are what `/readyz` reads.

use crate::registries::{ask, ask_all};
use crate::shells::operations::Swept;
use crate::shells::protocol::Part;
use attune_edge_kit::object::Stub;
use attune_edge_kit::transport::MAX_CONNECTIONS;
use attune_edge_kit::{Error, Settings, clock, log};
use attune_objects::names::{self, ObjectName};
use attune_objects::registry::{Aggregate, Due, Visited};
use futures_util::future::join_all;
use worker::Env;

/// Objects per shard and run: with sixteen shards and a run a minute, 5,000 objects every ten minutes. More of them need more
/// runs, which Registry's rotation allows at any time. A run may make 1,000 calls (a limit of the platform).
const PER_SHARD: u32 = 24;

/// One run.
pub async fn run(env: &Env) {
    let settings = match Settings::of(env) {
        Ok(settings) => settings,
        Err(reason) => return log::error("misconfigured").with("reason", reason.to_string()).write(),
    };
    let cell = &settings.config.cell;
    let due: Result<Vec<Due>, _> = ask_all(env, cell, "/due", &Part { id: None, limit: PER_SHARD }).await;
    let due: Vec<(String, i64)> = match due {
        Ok(shards) => shards.into_iter().flat_map(|due| due.names.into_iter().map(move |n| (n, due.ticket))).collect(),
        Err(e) => return log::error("sweep.failed").with("reason", e.to_string()).write(),
    };
    let mut lost = 0_u32;
    for some in due.chunks(MAX_CONNECTIONS) {
        let visits = join_all(some.iter().map(|(name, ticket)| visit(env, cell, name, *ticket))).await;
        for outcome in visits {
            if let Err(e) = outcome {
                lost += 1;
                log::error("sweep.visit").with("reason", e.to_string()).write();
            }
        }
    }
    let sums: Result<Vec<Aggregate>, _> = ask_all(env, cell, "/aggregate", &()).await;
    let sum = sums.unwrap_or_default().into_iter().fold(Aggregate::default(), Aggregate::plus);
    log::info("sweep")
        .with("visited", due.len())
        .with("lost", lost)
        .with("objects", sum.objects)
        .with("overdue", sum.overdue)
        .with("outbox_depth", sum.depth)
        .with("outbox_rejected", sum.rejected)
        .with("outbox_oldest_age_ms", sum.oldest_at.map_or(0, |at| (clock::now_ms() - at).max(0)))
        .write();
}

async fn visit(env: &Env, cell: &attune_domain::Cell, name: &str, ticket: i64) -> Result<(), Error> {
    let class = match ObjectName::parse(name).map(|name| name.class) {
        Some(class) if class.has_outbox() => class,
        _ => return Err(Error::Value("name of an object")),
    };
    let answer = Stub::new(env, class.binding(), name).call("/sweep", &()).await?;
    if answer.status != 200 {
        return Err(Error::Runtime { at: "sweep", message: format!("status {}", answer.status) });
    }
    let Swept { stats, over } = answer.read()?;
    let registry = names::registry_of(cell, name);
    ask(env, &registry, "/visited", &Visited { name: name.to_owned(), stats, over: over.then_some(ticket) }).await
}
