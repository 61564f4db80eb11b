//! The sixteen shards of the Registry, asked together.

use attune_domain::Cell;
use attune_edge_kit::object::Stub;
use attune_edge_kit::transport::MAX_CONNECTIONS;
use attune_edge_kit::{Error, Result};
use attune_objects::names::{self, Class, REGISTRY_SHARDS};
use futures_util::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::Env;

/// Asks every shard the same, a few at a time, and gives the answers in the order of the shards.
///
/// # Errors
/// Those of the first shard that fails.
pub async fn ask_all<Q: Serialize, A: DeserializeOwned>(
    env: &Env,
    cell: &Cell,
    path: &str,
    question: &Q,
) -> Result<Vec<A>> {
    let shards: Vec<u32> = (0..REGISTRY_SHARDS).collect();
    let mut answers = Vec::with_capacity(shards.len());
    for some in shards.chunks(MAX_CONNECTIONS) {
        let names: Vec<String> = some.iter().map(|shard| names::registry(cell, *shard)).collect();
        let round = names.iter().map(|name| ask(env, name, path, question));
        for answer in join_all(round).await {
            answers.push(answer?);
        }
    }
    Ok(answers)
}

/// Asks one shard.
///
/// # Errors
/// [`Error::Runtime`] when it cannot be reached, refuses, or says what it never says.
pub async fn ask<Q: Serialize, A: DeserializeOwned>(env: &Env, name: &str, path: &str, question: &Q) -> Result<A> {
    let answer = Stub::new(env, Class::Registry.binding(), name).call(path, question).await?;
    match answer.status {
        200 => answer.read(),
        status => Err(Error::Runtime { at: "registry", message: format!("status {status}") }),
    }
}
