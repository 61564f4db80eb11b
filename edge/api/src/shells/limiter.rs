//! Exact token buckets: of a tenant, or, in shards, of what belongs to no tenant.

#![allow(missing_docs, reason = "the class has methods without any")]

use super::base::{Base, command, respond_json};
use super::object::{Object, object};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Answer, Incoming, clock};
use attune_objects::limiter::{Limiter as Table, Question, SWEEP_MS};
use std::rc::Rc;

object!(Limiter, Inner);

struct Inner {
    base: Base,
    table: Result<Table, Problem>,
}

impl Object for Inner {
    fn begin(base: Base) -> Rc<Self> {
        let table = Table::open(base.store.clone()).map_err(|e| base.problem(e));
        Rc::new(Self { base, table })
    }

    async fn serve(self: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem> {
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

    async fn on_alarm(self: &Rc<Self>) {
        self.base.alarm.fired();
        if let Ok(table) = &self.table {
            let now = clock::now_ms();
            if let Err(e) = table.on_alarm(now) {
                self.base.fault("limiter.alarm", e);
            }
            self.arm(table, now);
        }
    }
}

impl Inner {
    fn arm(&self, table: &Table, now: i64) {
        // it never wakes earlier than this
        if self.base.alarm.is_set_by(now + SWEEP_MS) {
            return;
        }
        match table.next_alarm(now) {
            Ok(at) => self.base.arm(at),
            Err(e) => drop(self.base.fault("limiter.alarm", e)),
        }
    }
}
