//! What the door asks of objects. Records of API keys and the standing of users come from the `Tenant` object and are remembered in
//! the isolate for 3 seconds at most; the `Session` object is asked each time (decision 6).

use crate::auth::{Caller, Outside};
use crate::limit::Limiting;
use crate::shells::protocol::{KeyFound, KeyRef, SessionCommand, UserRef};
use crate::timing::Timing;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::object::{ObjectAnswer, Stub};
use attune_edge_kit::trace::Trace;
use attune_edge_kit::{Settings, crypto, log};
use attune_identity::api_key::{ApiKey, ApiKeyRecord};
use attune_identity::jose::SignatureCheck;
use attune_objects::names::{self, Class};
use attune_objects::session::{Check, Refusal, Ticket};
use attune_objects::tenant::Standing;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use worker::Env;

/// How long a record is believed, ms. A revoked key works no longer than this.
const BELIEVED_MS: i64 = 3_000;
/// Most records remembered; then all are forgotten, which costs a look-up each and nothing else.
const MOST: usize = 4_096;

/// Values by name, each believed for a while.
#[derive(Debug)]
pub(crate) struct Memory<T>(HashMap<String, (i64, Rc<T>)>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T> Memory<T> {
    pub(crate) fn get(&self, name: &str, now: i64) -> Option<Rc<T>> {
        self.0.get(name).filter(|(until, _)| now < *until).map(|(_, value)| Rc::clone(value))
    }

    /// Only what was found is remembered: what was made a moment ago works at once.
    pub(crate) fn put(&mut self, name: &str, value: &Rc<T>, now: i64) {
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(name.to_owned(), (now + BELIEVED_MS, Rc::clone(value)));
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

thread_local! {
    static KEYS: RefCell<Memory<ApiKeyRecord>> = RefCell::default();
    static STANDINGS: RefCell<Memory<Standing>> = RefCell::default();
    /// Plans of the tenants whose keys are remembered.
    static PLANS: RefCell<HashMap<String, Rc<str>>> = RefCell::default();
}

/// The plan of a tenant one of whose keys was let in a moment ago.
pub fn plan(tenant: &str) -> Option<Rc<str>> {
    PLANS.with_borrow(|plans| plans.get(tenant).map(Rc::clone))
}

fn put_plan(tenant: &TenantId, plan: &str) {
    PLANS.with_borrow_mut(|plans| {
        if plans.len() >= MOST {
            // With the keys, so that each is asked for again and brings its plan.
            plans.clear();
            KEYS.with_borrow_mut(|memory| memory.0.clear());
        }
        plans.insert(tenant.as_str().to_owned(), plan.into());
    });
}

/// Forgets a key in this isolate, so that a revocation made here is in force here at once.
pub fn forget(key_id: &str) {
    KEYS.with_borrow_mut(|memory| drop(memory.0.remove(key_id)));
}

/// Forgets how a user stands, for the same reason.
pub fn forget_user(user_id: &str) {
    STANDINGS.with_borrow_mut(|memory| drop(memory.0.remove(user_id)));
}

/// Forgets how all users stand: after a change of a role, a plan or an epoch, which many share.
pub fn forget_users() {
    STANDINGS.with_borrow_mut(|memory| memory.0.clear());
}

/// The objects of the cell.
#[derive(Debug)]
pub struct Objects<'a> {
    /// Bindings.
    pub env: &'a Env,
    /// Configuration.
    pub settings: &'a Settings,
    /// The clock, ms since 1970.
    pub now: i64,
    /// For the log.
    pub trace: &'a Trace,
    /// Where the time goes.
    pub timing: &'a Timing,
    /// The limits of this request.
    pub limiting: &'a Limiting<'a>,
}

impl Outside for Objects<'_> {
    async fn key(&self, key: &ApiKey) -> Result<Option<Rc<ApiKeyRecord>>, Problem> {
        if let Some(record) = KEYS.with_borrow(|memory| memory.get(key.key_id(), self.now)) {
            return Ok(Some(record));
        }
        let tenant = TenantId::from_ulid(&self.settings.config.cell, key.tenant_ulid());
        let tenant = tenant.map_err(|e| self.unreachable("key", &e))?;
        let command = KeyRef { key_id: key.key_id().to_owned() };
        let found: Option<KeyFound> = self.of_tenant(&tenant, "/key", &command).await?;
        if let Some(found) = &found {
            put_plan(&tenant, &found.plan);
        }
        let found = found.map(|found| Rc::new(found.record));
        if let Some(record) = &found {
            KEYS.with_borrow_mut(|memory| memory.put(&record.key_id, record, self.now));
        }
        Ok(found)
    }

    async fn standing(&self, tenant: &TenantId, user_id: &str) -> Result<Option<Rc<Standing>>, Problem> {
        if let Some(standing) = STANDINGS.with_borrow(|memory| memory.get(user_id, self.now)) {
            return Ok(Some(standing));
        }
        let command = UserRef { user_id: user_id.to_owned() };
        let found: Option<Rc<Standing>> = self.of_tenant(tenant, "/standing", &command).await?.map(Rc::new);
        if let Some(standing) = &found {
            STANDINGS.with_borrow_mut(|memory| memory.put(user_id, standing, self.now));
        }
        Ok(found)
    }

    async fn signature(&self, check: &SignatureCheck<'_>) -> Result<bool, Problem> {
        self.timing.crypto(crypto::verify(check)).await.map_err(|e| self.unreachable("crypto", &e))
    }

    async fn ticket(&self, tenant: &TenantId, user_id: &str, ticket: &str) -> Result<Result<Ticket, Refusal>, Problem> {
        let command = SessionCommand::RedeemTicket(ticket.to_owned());
        let ask = async |stub: Stub<'_>| stub.call("/do", &command).await;
        self.of_session(tenant, user_id, ask, Refusal::TicketUnknown, |answer| answer.read()).await
    }

    async fn session(&self, tenant: &TenantId, user_id: &str, check: &Check) -> Result<Result<(), Refusal>, Problem> {
        // An object that nobody made has no devices.
        let ask = async |stub: Stub<'_>| stub.call_short("/check", check).await;
        self.of_session(tenant, user_id, ask, Refusal::DeviceUnknown, |_| Ok(())).await
    }

    async fn limit(&self, caller: &Caller) -> Result<(), Problem> {
        self.limiting.caller(caller).await
    }
}

/// Status by which an object says that its body is a refusal.
pub const REFUSED: u16 = 403;

impl Objects<'_> {
    /// Asks a user's session; `absent` stands for an object that nobody made.
    async fn of_session<A>(
        &self,
        tenant: &TenantId,
        user_id: &str,
        ask: impl AsyncFnOnce(Stub<'_>) -> attune_edge_kit::Result<ObjectAnswer>,
        absent: Refusal,
        read: impl FnOnce(&ObjectAnswer) -> attune_edge_kit::Result<A>,
    ) -> Result<Result<A, Refusal>, Problem> {
        let name = names::session(&self.settings.config.cell, tenant, user_id);
        let fail = |e: attune_edge_kit::Error| self.unreachable("session", &e);
        let stub = Stub::new(self.env, Class::Session.binding(), &name);
        let answer = self.timing.object(ask(stub)).await.map_err(fail)?;
        match answer.status {
            200 | 204 => read(&answer).map(Ok).map_err(fail),
            REFUSED => answer.read().map(Err).map_err(fail),
            404 => Ok(Err(absent)),
            status => Err(self.unreachable("session", &status)),
        }
    }

    async fn of_tenant<Q: Serialize, A: DeserializeOwned>(
        &self,
        tenant: &TenantId,
        path: &str,
        command: &Q,
    ) -> Result<Option<A>, Problem> {
        let name = names::tenant(&self.settings.config.cell, tenant);
        let fail = |e: attune_edge_kit::Error| self.unreachable("tenant", &e);
        let stub = Stub::new(self.env, Class::Tenant.binding(), &name);
        let answer = self.timing.object(stub.call_short(path, command)).await.map_err(fail)?;
        match answer.status {
            200 => answer.read().map(Some).map_err(fail),
            404 => Ok(None),
            status => Err(self.unreachable("tenant", &status)),
        }
    }

    fn unreachable(&self, what: &'static str, reason: &dyn std::fmt::Display) -> Problem {
        log::error("door.unreachable")
            .with("request_id", self.trace.request_id.clone())
            .with("what", what)
            .with("reason", reason.to_string())
            .write();
        Problem::new(ProblemCode::Unavailable, "the credentials cannot be checked now").retry_after(1)
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
        memory.put("k", &record(), 10_000);
        assert!(memory.get("k", 12_999).is_some());
        assert!(memory.get("k", 13_000).is_none());
        assert!(memory.get("other", 10_000).is_none());
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut memory = Memory::default();
        for n in 0..=MOST {
            memory.put(&n.to_string(), &record(), 0);
        }
        assert!(memory.0.len() <= MOST);
    }
}
