//! The one list of resources (`infra/resources.json`, `migrations/tables/*.json`) as a local run sees it.

use attune_migrations::{Resources, Table, TableDefinition};

use crate::error::{Error, Result};

/// All resources, with what differs on a developer's machine.
#[derive(Debug, Clone)]
pub struct Local {
    /// The list that Terraform reads too.
    pub all: Resources,
    /// The tables.
    pub tables: Vec<TableDefinition>,
    visibility_timeout_s: Option<u32>,
}

/// How a function is fed from a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mapping<'a> {
    /// The function.
    pub function: &'a str,
    /// Seconds that a received message stays hidden.
    pub visibility_timeout_s: u32,
    /// Messages per invocation.
    pub batch_size: u32,
    /// Seconds to wait for a full batch.
    pub batch_window_s: u32,
    /// Invocations at once.
    pub maximum_concurrency: u32,
}

impl Local {
    /// The lists of this clone. `visibility_timeout_s` replaces that of every queue.
    pub fn load(visibility_timeout_s: Option<u32>) -> Result<Self> {
        let broken = |error: attune_migrations::DefinitionError| Error::other(error.to_string());
        let tables = Table::ALL.into_iter().map(Table::definition).collect::<Result<_, _>>().map_err(broken)?;
        Ok(Self { all: Resources::load().map_err(broken)?, tables, visibility_timeout_s })
    }

    /// How a queue's function is fed.
    pub fn of_queue(&self, name: &str) -> Result<Mapping<'_>> {
        let queue = self.all.queues.get(name).ok_or_else(|| Error::other(format!("no queue {name}")))?;
        Ok(Mapping {
            function: &queue.function,
            visibility_timeout_s: self.visibility_timeout_s.unwrap_or(queue.local.visibility_timeout_s),
            batch_size: queue.batch_size,
            batch_window_s: queue.local.batch_window_s,
            maximum_concurrency: queue.local.maximum_concurrency,
        })
    }

    /// How every dead-letter queue is consumed.
    pub fn of_dead_letters(&self) -> Mapping<'_> {
        let dead = &self.all.dead_letters;
        Mapping {
            function: &dead.function,
            visibility_timeout_s: self.visibility_timeout_s.unwrap_or(dead.local.visibility_timeout_s),
            batch_size: dead.batch_size,
            batch_window_s: dead.local.batch_window_s,
            maximum_concurrency: dead.local.maximum_concurrency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_run_takes_the_local_values() {
        let local = Local::load(None).unwrap();
        let queue = &local.all.queues["ingest-snapshot"];
        let mapping = local.of_queue("ingest-snapshot").unwrap();
        assert_eq!(mapping.maximum_concurrency, queue.local.maximum_concurrency);
        assert_eq!(mapping.visibility_timeout_s, queue.local.visibility_timeout_s);
        assert_eq!(local.of_dead_letters().visibility_timeout_s, local.all.dead_letters.local.visibility_timeout_s);
        let quick = Local::load(Some(1)).unwrap();
        assert_eq!(quick.of_queue("ingest-snapshot").unwrap().visibility_timeout_s, 1);
        assert_eq!(quick.of_dead_letters().visibility_timeout_s, 1);
        assert!(local.of_queue("no-such-queue").is_err());
    }
}
