//! Which objects there are, for the sweeper and `/readyz`.

#![allow(missing_docs, reason = "the macro durable_object makes methods without any")]

use super::base::{Base, command, respond, respond_json};
use super::protocol::{Part, Register};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Answer, clock};
use attune_objects::registry::{Registry as Table, Visited};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// One shard of the Registry.
#[durable_object(fetch)]
pub struct Registry {
    base: Base,
    table: Result<Table, Problem>,
}

impl DurableObject for Registry {
    fn new(state: State, env: Env) -> Self {
        let base = Base::new(state, env);
        let table = Table::open(base.store.clone()).map_err(|e| base.problem(e));
        Self { base, table }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        respond(self.serve(&request).await)
    }
}

impl Registry {
    async fn serve(&self, request: &Request) -> Result<Answer, Problem> {
        let table = self.table.as_ref().map_err(Problem::clone)?;
        let now = clock::now_ms();
        let fail = |e| self.base.problem(e);
        match request.path().as_str() {
            "/register" => {
                let entry: Register = command(request).await?;
                table.register(&entry.name, now).map_err(fail)?;
                Ok(respond_json(&()))
            }
            "/due" => {
                let part: Part = command(request).await?;
                Ok(respond_json(&table.due(part.limit, now).map_err(fail)?))
            }
            "/visited" => {
                let visit: Visited = command(request).await?;
                table.visited(&visit, now).map_err(fail)?;
                Ok(respond_json(&()))
            }
            "/aggregate" => Ok(respond_json(&table.aggregate(now).map_err(fail)?)),
            "/of-tenant" => {
                let part: Part = command(request).await?;
                // The operator may ask for all: `%` matches every tenant in the statement.
                Ok(respond_json(&table.of_tenant(part.id.as_deref().unwrap_or("%")).map_err(fail)?))
            }
            _ => Err(Problem::new(ProblemCode::NotFound, "the object has no such command")),
        }
    }
}
