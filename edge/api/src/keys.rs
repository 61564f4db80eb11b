//! Records of API keys: from the `Tenant` object, remembered in the isolate for 3 seconds at most (decision 6).

use crate::auth::KeySource;
use crate::shells::protocol::KeyRef;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::object::Stub;
use attune_edge_kit::trace::Trace;
use attune_edge_kit::{Settings, log};
use attune_identity::api_key::{ApiKey, ApiKeyRecord};
use attune_objects::names::{self, Class};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::Env;

/// How long a record is believed, ms. A revoked key works no longer than this.
const BELIEVED_MS: i64 = 3_000;
/// Most records remembered; then all are forgotten, which costs a look-up each and nothing else.
const MOST: usize = 4_096;

#[derive(Debug, Default)]
struct Memory(HashMap<String, (i64, Rc<ApiKeyRecord>)>);

impl Memory {
    fn get(&self, key_id: &str, now: i64) -> Option<Rc<ApiKeyRecord>> {
        self.0.get(key_id).filter(|(until, _)| now < *until).map(|(_, record)| Rc::clone(record))
    }

    /// Only found records are remembered: a key made a moment ago works at once.
    fn put(&mut self, record: &Rc<ApiKeyRecord>, now: i64) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(record.key_id.clone(), (now + BELIEVED_MS, Rc::clone(record)));
    }
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Forgets a key in this isolate, so that a revocation made here is in force here at once.
pub fn forget(key_id: &str) {
    MEMORY.with_borrow_mut(|memory| drop(memory.0.remove(key_id)));
}

/// The records of all tenants of the cell.
#[derive(Debug)]
pub struct TenantKeys<'a> {
    /// Bindings.
    pub env: &'a Env,
    /// Configuration.
    pub settings: &'a Settings,
    /// The clock, ms since 1970.
    pub now: i64,
    /// For the log.
    pub trace: &'a Trace,
}

impl KeySource for TenantKeys<'_> {
    async fn find(&self, key: &ApiKey) -> Result<Option<Rc<ApiKeyRecord>>, Problem> {
        if let Some(record) = MEMORY.with_borrow(|memory| memory.get(key.key_id(), self.now)) {
            return Ok(Some(record));
        }
        let found = self.ask(key).await.map_err(|reason| {
            log::error("keys.unreachable")
                .with("request_id", self.trace.request_id.clone())
                .with("reason", reason)
                .write();
            Problem::new(ProblemCode::Unavailable, "the key cannot be checked now").retry_after(1)
        })?;
        let found = found.map(Rc::new);
        if let Some(record) = &found {
            MEMORY.with_borrow_mut(|memory| memory.put(record, self.now));
        }
        Ok(found)
    }
}

impl TenantKeys<'_> {
    async fn ask(&self, key: &ApiKey) -> Result<Option<ApiKeyRecord>, String> {
        let cell = &self.settings.config.cell;
        let tenant = TenantId::from_ulid(cell, key.tenant_ulid()).map_err(|e| e.to_string())?;
        let stub = Stub::new(self.env, Class::Tenant.binding(), &names::tenant(cell, &tenant));
        let command = KeyRef { key_id: key.key_id().to_owned() };
        let answer = stub.map_err(|e| e.to_string())?.call("/key", &command).await.map_err(|e| e.to_string())?;
        match answer.status {
            200 => answer.read().map(Some).map_err(|e| e.to_string()),
            404 => Ok(None),
            status => Err(format!("the object answered {status}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Rc<ApiKeyRecord> {
        let text = r#"{"key_id":"k","pepper_id":"p","hash":"h","scopes":[],"created_at":1,"name":"n"}"#;
        Rc::new(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_record_is_believed_for_three_seconds_and_no_longer() {
        let mut memory = Memory::default();
        memory.put(&record(), 10_000);
        assert!(memory.get("k", 12_999).is_some());
        assert!(memory.get("k", 13_000).is_none());
        assert!(memory.get("other", 10_000).is_none());
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = Memory::default();
        for n in 0..=MOST {
            let mut one = (*record()).clone();
            one.key_id = n.to_string();
            memory.put(&Rc::new(one), 0);
        }
        assert!(memory.0.len() <= MOST);
    }
}
