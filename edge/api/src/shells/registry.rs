//! Which objects there are, for the sweeper and `/readyz`.

#![allow(missing_docs, reason = "the class has methods without any")]

use super::base::{Base, command, respond_json};
use super::object::{Object, object};
use super::protocol::{Part, Register};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{Answer, Incoming, clock};
use attune_objects::registry::{Registry as Table, Visited};
use std::rc::Rc;

object!(Registry, Inner);

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
        let now = clock::now_ms();
        let fail = |e| self.base.problem(e);
        match request.path() {
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
