//! Exact token buckets: of a tenant, or, in shards, of what belongs to no tenant.

#![allow(missing_docs, reason = "the macro durable_object makes methods without any")]

use super::base::{Base, command, respond, respond_json};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::clock;
use attune_objects::limiter::{Limiter as Table, Question};
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// See the module.
#[durable_object(alarm)]
pub struct Limiter {
    base: Base,
    table: Result<Table, Problem>,
}

impl DurableObject for Limiter {
    fn new(state: State, env: Env) -> Self {
        let base = Base::new(state, env);
        let table = Table::open(base.store.clone()).map_err(|e| base.problem(e));
        Self { base, table }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        respond(self.serve(&request).await)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        self.base.alarm.fired();
        if let Ok(table) = &self.table {
            let now = clock::now_ms();
            if let Err(e) = table.on_alarm(now) {
                self.base.fault("limiter.alarm", e);
            }
            self.arm(table, now);
        }
        Response::empty()
    }
}

impl Limiter {
    async fn serve(&self, request: &Request) -> Result<attune_edge_kit::Answer, Problem> {
        let table = self.table.as_ref().map_err(Problem::clone)?;
        if request.path() != "/ask" {
            return Err(Problem::new(ProblemCode::NotFound, "the object has no such command"));
        }
        let questions: Vec<Question> = command(request).await?;
        let now = clock::now_ms();
        let verdict = table.ask(&questions, now).map_err(|e| self.base.problem(e))?;
        self.arm(table, now);
        Ok(respond_json(&verdict))
    }

    fn arm(&self, table: &Table, now: i64) {
        match table.next_alarm(now) {
            Ok(at) => self.base.arm(at),
            Err(e) => drop(self.base.fault("limiter.alarm", e)),
        }
    }
}
