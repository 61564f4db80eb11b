//! What waits for the queues.

pub mod depth;
pub mod rejected;
pub mod retry;
pub mod stats;

use crate::call::Call;
use crate::registries::ask_all;
use crate::shells::protocol::Part;
use attune_contracts::Problem;
use attune_domain::TenantId;
use attune_edge_kit::transport::MAX_CONNECTIONS;
use attune_objects::names::{Class, ObjectName};
use attune_objects::outbox::Stats;
use attune_objects::registry::Visited;
use futures_util::future::join_all;

/// The registered objects of a tenant, or of all of them, with what they reported last.
async fn objects(call: &Call<'_>, tenant: Option<&TenantId>) -> Result<Vec<Visited>, Problem> {
    let question = Part { id: tenant.map(|t| t.as_str().to_owned()), limit: 0 };
    let shards: Result<Vec<Vec<Visited>>, _> =
        ask_all(call.env, &call.settings.config.cell, "/of-tenant", &question).await;
    Ok(shards.map_err(|e| call.unreachable("registry", &e))?.into_iter().flatten().collect())
}

/// Asks objects for their state now, a few at a time.
async fn live(call: &Call<'_>, objects: Vec<Visited>) -> Result<Vec<Visited>, Problem> {
    let mut now = Vec::with_capacity(objects.len());
    for some in objects.chunks(MAX_CONNECTIONS) {
        let round = some.iter().map(|object| async move {
            let class = ObjectName::parse(&object.name).map_or(Class::Outbox, |name| name.class);
            let answer = call.ask(class, &object.name, "/stats", &()).await?;
            let stats: Stats = call.read(&answer)?;
            Ok::<_, Problem>(Visited { name: object.name.clone(), stats, over: None })
        });
        for answer in join_all(round).await {
            now.push(answer?);
        }
    }
    Ok(now)
}

/// The sum over objects.
fn sum(objects: &[Visited]) -> Stats {
    objects.iter().fold(Stats::default(), |a, o| Stats {
        depth: a.depth + o.stats.depth,
        oldest_at: [a.oldest_at, o.stats.oldest_at].into_iter().flatten().min(),
        rejected: a.rejected + o.stats.rejected,
        bytes: a.bytes + o.stats.bytes,
    })
}
