//! What a route gets.

use crate::asked::REFUSED;
use crate::auth::{Caller, User, refused};
use crate::headers;
use crate::shells::protocol::{Acted, OnceKey, SessionCommand, TenantCommand};
use crate::timing::Timing;
use attune_contracts::{FieldError, Problem, ProblemCode, fingerprint, parse_body};
use attune_domain::{DomainError, TenantId};
use attune_edge_kit::object::{ObjectAnswer, Stub};
use attune_edge_kit::trace::Trace;
use attune_edge_kit::{Answer, Error, Incoming, Settings, log};
use attune_objects::names::{self, Class};
use attune_objects::session::Refusal;
use attune_objects::tenant::By;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use worker::worker_sys::web_sys;
use worker::{Context, Env};

/// A request that has passed the door.
#[derive(Debug)]
pub struct Call<'a> {
    /// The request.
    pub incoming: &'a Incoming,
    /// Bindings.
    pub env: &'a Env,
    /// For work after the answer.
    pub ctx: &'a Context,
    /// Configuration.
    pub settings: &'a Rc<Settings>,
    /// Request id and trace.
    pub trace: &'a Trace,
    /// Where the time goes.
    pub timing: &'a Timing,
    /// The clock when it arrived, ms since 1970.
    pub now: i64,
    /// Parameters of the path.
    pub params: [&'a str; 2],
    /// The part of the address after `?`.
    pub query: &'a str,
    /// Who is calling.
    pub caller: Caller,
    /// The body; empty where the endpoint takes none.
    pub body: Vec<u8>,
}

/// What a route gives.
#[derive(Debug)]
pub enum Reply {
    /// An answer as a value.
    Answer(Answer),
    /// A response of an object, whole: a WebSocket upgrade.
    Raw(web_sys::Response),
    /// An answer with the body of a response, as it comes.
    Stream(Answer, web_sys::Response),
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(answer)
    }
}

/// Result of a route.
pub type Outcome = Result<Reply, Problem>;

impl Call<'_> {
    /// The body as a value of its known schema version.
    ///
    /// # Errors
    /// Those of [`parse_body`].
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        parse_body(&self.body)
    }

    /// The header `Idempotency-Key`, which every accept without a natural key needs.
    ///
    /// # Errors
    /// `idempotency_key_required`, `invalid_parameter`.
    pub fn idempotency_key(&self) -> Result<String, Problem> {
        headers::idempotency_key(self.incoming)
    }

    /// Calls an object with JSON.
    ///
    /// # Errors
    /// The object's own problem; `unavailable` when it cannot be reached.
    pub async fn ask<T: Serialize>(
        &self,
        class: Class,
        name: &str,
        path: &str,
        body: &T,
    ) -> Result<ObjectAnswer, Problem> {
        let command = serde_json::to_vec(body).map_err(|e| self.internal("command", e))?;
        self.ask_bytes(class, name, path, &command).await
    }

    /// Calls an object with bytes.
    ///
    /// # Errors
    /// As [`Call::ask`].
    pub async fn ask_bytes(
        &self,
        class: Class,
        name: &str,
        path: &str,
        command: &[u8],
    ) -> Result<ObjectAnswer, Problem> {
        let answer = self.timing.object(Stub::new(self.env, class.binding(), name).call_bytes(path, command)).await;
        self.answered(class, answer)
    }

    /// Calls an object with a short command of ids and numbers ([`Stub::call_short`]).
    ///
    /// # Errors
    /// As [`Call::ask`].
    pub async fn ask_short<T: Serialize>(
        &self,
        class: Class,
        name: &str,
        path: &str,
        command: &T,
    ) -> Result<ObjectAnswer, Problem> {
        let answer = self.timing.object(Stub::new(self.env, class.binding(), name).call_short(path, command)).await;
        self.answered(class, answer)
    }

    fn answered(&self, class: Class, answer: Result<ObjectAnswer, Error>) -> Result<ObjectAnswer, Problem> {
        let answer = answer.map_err(|e| self.unreachable(class.as_str(), &e))?;
        if answer.status < 400 {
            return Ok(answer);
        }
        Err(answer.read().unwrap_or_else(|e| self.internal("answer of an object", e)))
    }

    /// Calls the tenant's ControlRoom.
    ///
    /// # Errors
    /// As [`Call::ask`].
    pub async fn ask_room<T: Serialize>(
        &self,
        tenant: &TenantId,
        path: &str,
        body: &T,
    ) -> Result<ObjectAnswer, Problem> {
        self.ask(Class::ControlRoom, &names::control_room(&tenant.cell(), tenant), path, body).await
    }

    /// The caller as the audit trail names it.
    pub fn actor(&self) -> String {
        match &self.caller {
            Caller::Tenant { key_id, .. } => format!("key_{key_id}"),
            Caller::User(user) => user.user_id.clone(),
            Caller::Operator => By::OPERATOR.to_owned(),
            _ => "system".to_owned(),
        }
    }

    /// Has the tenant's object do something, on behalf of the caller. 404 is the object's own `not_found`.
    ///
    /// # Errors
    /// As [`Call::ask`].
    pub async fn ask_tenant(
        &self,
        tenant: &TenantId,
        once: Option<OnceKey>,
        command: TenantCommand,
    ) -> Result<ObjectAnswer, Problem> {
        let acted = Acted { actor: self.actor(), once, command };
        self.ask(Class::Tenant, &names::tenant(&self.settings.config.cell, tenant), "/do", &acted).await
    }

    /// Has a user's session do something.
    ///
    /// # Errors
    /// What the session refuses; `session_ended` when nobody ever signed in there; `unavailable`.
    pub async fn ask_session(
        &self,
        tenant: &TenantId,
        user_id: &str,
        command: &SessionCommand,
    ) -> Result<ObjectAnswer, Problem> {
        let answer = self.ask_refusable(tenant, user_id, command).await?;
        answer.map_err(|refusal| refused(&refusal, self.now))
    }

    /// The same for a device of the caller: one that is not there is `not_found`.
    ///
    /// # Errors
    /// As [`Call::ask_session`], and `not_found`.
    pub async fn ask_own_device(&self, user: &User, command: &SessionCommand) -> Result<ObjectAnswer, Problem> {
        let answer = self.ask_refusable(&user.tenant, &user.user_id, command).await?;
        answer.map_err(|refusal| match refusal {
            Refusal::DeviceUnknown => Problem::new(ProblemCode::NotFound, "there is no such device"),
            refusal => refused(&refusal, self.now),
        })
    }

    async fn ask_refusable(
        &self,
        tenant: &TenantId,
        user_id: &str,
        command: &SessionCommand,
    ) -> Result<Result<ObjectAnswer, Refusal>, Problem> {
        let unreachable = |e: Error| self.unreachable(Class::Session.as_str(), &e);
        let name = names::session(&self.settings.config.cell, tenant, user_id);
        let stub = Stub::new(self.env, Class::Session.binding(), &name);
        let answer = self.timing.object(stub.call("/do", command)).await.map_err(unreachable)?;
        match answer.status {
            REFUSED => self.read(&answer).map(Err),
            404 => Err(Problem::new(ProblemCode::SessionEnded, "there is no such session")),
            status if status < 400 => Ok(Ok(answer)),
            _ => Err(answer.read().unwrap_or_else(|e| self.internal("answer of an object", e))),
        }
    }

    /// The record of a command that its route wants done once.
    ///
    /// # Errors
    /// Those of [`Call::idempotency_key`].
    pub fn once<B: Serialize>(&self, route: &str, body: &B) -> Result<OnceKey, Problem> {
        let key = self.idempotency_key()?;
        let fingerprint = fingerprint(route, body).map_err(|e| self.internal("fingerprint", e))?;
        Ok(OnceKey { route: route.to_owned(), key, fingerprint })
    }

    /// Reads an object's answer.
    ///
    /// # Errors
    /// `internal`: the object said what it never says.
    pub fn read<T: DeserializeOwned>(&self, answer: &ObjectAnswer) -> Result<T, Problem> {
        answer.read().map_err(|e| self.internal("answer of an object", e))
    }

    /// The problem of an object or service that cannot be reached; the reason goes to the log.
    pub fn unreachable(&self, what: &'static str, fault: &Error) -> Problem {
        log::error("call.failed")
            .with("request_id", self.trace.request_id.clone())
            .with("what", what)
            .with("reason", fault.to_string())
            .write();
        Problem::new(ProblemCode::Unavailable, "a part that this needs cannot be reached").retry_after(1)
    }

    /// The problem of an answer of ours that we cannot read.
    pub fn internal(&self, what: &'static str, reason: impl std::fmt::Display) -> Problem {
        log::error("internal")
            .with("request_id", self.trace.request_id.clone())
            .with("what", what)
            .with("reason", reason.to_string())
            .write();
        Problem::new(ProblemCode::Internal, "something failed on our side")
    }
}

/// `invalid_body` with the offending fields, if there are any.
///
/// # Errors
/// When `errors` is not empty.
pub fn refuse_fields(errors: Vec<FieldError>) -> Result<(), Problem> {
    if errors.is_empty() {
        Ok(())
    } else {
        let detail = format!("{} field(s) of the body are wrong", errors.len());
        Err(Problem::new(ProblemCode::InvalidBody, detail).with_errors(errors))
    }
}

/// An id in a path: what cannot be an id is not there, as far as anyone may know.
///
/// # Errors
/// `not_found`.
pub fn path_id<T>(text: &str, parse: impl FnOnce(&str) -> Result<T, DomainError>) -> Result<T, Problem> {
    parse(text).map_err(|_| Problem::new(ProblemCode::NotFound, "there is nothing of this id"))
}
