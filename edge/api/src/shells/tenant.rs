//! A tenant and its API keys.

#![allow(missing_docs, reason = "the macro durable_object makes methods without any")]

use super::base::{Base, command, respond, respond_json};
use super::protocol::{AddKey, CreateTenant, KeyRef};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Answer, clock, log};
use attune_objects::names::{self, Class};
use attune_objects::outbox::Outbox;
use attune_objects::store::transact;
use attune_objects::tenant::Tenant as Table;
use std::cell::OnceCell;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// See the module.
#[durable_object(fetch)]
pub struct Tenant {
    base: Base,
    open: OnceCell<Result<Open, Problem>>,
}

struct Open {
    table: Table,
    /// Only for its record of idempotency keys.
    records: Outbox,
}

impl DurableObject for Tenant {
    fn new(state: State, env: Env) -> Self {
        Self { base: Base::new(state, env), open: OnceCell::new() }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        respond(self.serve(&request).await)
    }
}

impl Tenant {
    async fn serve(&self, request: &Request) -> Result<Answer, Problem> {
        let fail = |e| self.base.problem(e);
        let path = request.path();
        // A made-up key can name any tenant: looking it up must not leave tables behind in an object that nobody made.
        if path != "/create" && !self.exists()? {
            return Err(Problem::new(ProblemCode::NotFound, "there is no such tenant"));
        }
        let open = self.open()?;
        let now = clock::now_ms();
        match path.as_str() {
            "/key" => {
                let key: KeyRef = command(request).await?;
                let record = open.table.lookup(&key.key_id).map_err(fail)?;
                record.map(|r| respond_json(&r)).ok_or_else(|| Problem::new(ProblemCode::NotFound, "no such key"))
            }
            "/create" => {
                let tenant = self.base.tenant()?;
                let new: CreateTenant = command(request).await?;
                Ok(respond_json(&open.table.create(&tenant, &new.name, now).map_err(fail)?))
            }
            "/keys" => Ok(respond_json(&open.table.list_keys().map_err(fail)?)),
            "/keys/add" => {
                let new: AddKey = command(request).await?;
                self.add(open, &new, now)
            }
            "/keys/revoke" => {
                let key: KeyRef = command(request).await?;
                let revoked = open.table.revoke_key(&key.key_id, now).map_err(fail)?;
                self.close_sockets(&key).await?;
                Ok(respond_json(&revoked))
            }
            _ => Err(Problem::new(ProblemCode::NotFound, "the object has no such command")),
        }
    }

    fn exists(&self) -> Result<bool, Problem> {
        if self.open.get().is_some() {
            return Ok(true);
        }
        let found = self.base.store.exec("SELECT 1 FROM sqlite_master WHERE name = 'api_key'", &[]);
        Ok(!found.map_err(|e| self.base.problem(e))?.is_empty())
    }

    fn open(&self) -> Result<&Open, Problem> {
        let make = || {
            let table = Table::open(self.base.store.clone())?;
            let records = Outbox::open(self.base.store.clone(), self.base.tenant_text())?;
            Ok(Open { table, records })
        };
        self.open.get_or_init(|| make().map_err(|e| self.base.problem(e))).as_ref().map_err(Problem::clone)
    }

    /// 201 for a new key; 200 with the same record for a repeat, which the Worker answers without the secret: nobody has it.
    fn add(&self, open: &Open, new: &AddKey, now: i64) -> Result<Answer, Problem> {
        let fail = |e| self.base.problem(e);
        // Old records go when new ones come: keys are made seldom.
        open.records.purge(now).map_err(fail)?;
        if let Some(first) = open.records.recall(&new.idempotency_key, &new.fingerprint, now).map_err(fail)? {
            return Ok(Answer::json_text(200, first));
        }
        let done = transact(&*self.base.store, || {
            let key = open.table.create_key(&new.record, now)?;
            let text = serde_json::to_string(&key).map_err(|_| attune_objects::Error::Stored("key"))?;
            open.records.remember(&new.idempotency_key, &new.fingerprint, &text, now)?;
            Ok(text)
        });
        if done.is_err() {
            open.records.reload().map_err(fail)?;
        }
        done.map(|text| Answer::json_text(201, text)).map_err(fail)
    }

    /// Has ControlRoom close the sockets of a revoked key. When it cannot be reached the revocation stands, and the operator is told
    /// to repeat it.
    async fn close_sockets(&self, key: &KeyRef) -> Result<(), Problem> {
        let tenant = self.base.tenant()?;
        let name = names::control_room(&tenant.cell(), &tenant);
        let called = match Stub::new(&self.base.env, Class::ControlRoom.binding(), &name) {
            Ok(stub) => stub.call("/revoked", key).await.map(|answer| answer.status),
            Err(e) => Err(e),
        };
        if matches!(called, Ok(200..300)) {
            return Ok(());
        }
        log::error("sockets.not_closed").with("key_id", key.key_id.clone()).write();
        let detail = "the key is revoked, but its live connections could not be closed: repeat the request";
        Err(Problem::new(ProblemCode::Unavailable, detail).retry_after(1))
    }
}
