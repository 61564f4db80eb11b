//! What every object has: its state, its name, its database, its alarm.

use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::alarm::Alarm;
use attune_edge_kit::event::Given;
use attune_edge_kit::object::{own_name, short_command};
use attune_edge_kit::sql::Database;
use attune_edge_kit::{Answer, Incoming, Settings, log};
use attune_objects::SharedStore;
use attune_objects::names::{Class, ObjectName};
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::worker_sys::web_sys;
use worker::{Env, State};

/// The frame of an object.
pub struct Base {
    /// The runtime's handle.
    pub state: State,
    /// Bindings.
    pub env: Env,
    /// The name by which it is addressed.
    pub name: String,
    /// Its database.
    pub store: SharedStore,
    /// Its alarm.
    pub alarm: Alarm,
    /// Is a drain under way? One at a time; it picks up what comes meanwhile.
    pub draining: Cell<bool>,
    /// Will acknowledged rows be taken out soon?
    pub flushing: Cell<bool>,
}

impl std::fmt::Debug for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Base").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Base {
    /// The frame of the object that the runtime is making.
    pub fn new(state: State, env: Env) -> Self {
        let store: SharedStore = Rc::new(Database::new(&state));
        let name = own_name(&state).unwrap_or_default();
        Self {
            state,
            env,
            name,
            store,
            alarm: Alarm::default(),
            draining: Cell::new(false),
            flushing: Cell::new(false),
        }
    }

    /// The tenant part of the name: a tenant's id, or `global`.
    pub fn tenant_text(&self) -> &str {
        ObjectName::parse(&self.name).map_or("", |name| name.tenant)
    }

    /// The class in the name.
    pub fn class(&self) -> Option<Class> {
        ObjectName::parse(&self.name).map(|name| name.class)
    }

    /// The tenant it belongs to.
    ///
    /// # Errors
    /// `internal` when it was addressed by a name of another form, which is a fault of ours.
    pub fn tenant(&self) -> Result<TenantId, Problem> {
        TenantId::parse(self.tenant_text()).map_err(|_| self.fault("the object has no tenant", &self.name))
    }

    /// The settings.
    ///
    /// # Errors
    /// `misconfigured`.
    pub fn settings(&self) -> Result<Rc<Settings>, Problem> {
        Settings::of(&self.env)
            .map_err(|_| Problem::new(ProblemCode::Misconfigured, "the configuration cannot be used").retry_after(30))
    }

    /// Arms the alarm unless it is set earlier.
    pub fn arm(&self, at_ms: Option<i64>) {
        if let Some(at_ms) = at_ms
            && let Err(e) = self.alarm.arm(&self.state, at_ms)
        {
            log::error("alarm.failed").with("class", self.class_text()).with("reason", e.to_string()).write();
        }
    }

    /// The class as a word of logs and metrics.
    pub fn class_text(&self) -> &'static str {
        self.class().map_or("none", Class::as_str)
    }

    /// A fault of ours: the reason goes to the log.
    pub fn fault(&self, what: &'static str, reason: impl std::fmt::Display) -> Problem {
        log::error("object.fault")
            .with("class", self.class_text())
            .with("what", what)
            .with("reason", reason.to_string())
            .write();
        Problem::new(ProblemCode::Internal, "something failed on our side")
    }

    /// An error of the logic as a problem. Causes inside go to the log.
    pub fn problem(&self, error: attune_objects::Error) -> Problem {
        match error {
            attune_objects::Error::Refused(problem) => *problem,
            other => {
                log::error("object.failed").with("class", self.class_text()).with("reason", other.to_string()).write();
                Problem::from(other)
            }
        }
    }
}

/// The largest command: a body of 1 MiB in its envelope.
const MAX_COMMAND: usize = 2_200_000;

/// Reads a command as text.
///
/// # Errors
/// `internal`: the Worker sent what it never sends.
pub async fn command_text(request: &Incoming) -> Result<String, Problem> {
    let bytes = request.body(MAX_COMMAND).await.map_err(|e| unreadable(&e))?;
    String::from_utf8(bytes).map_err(|e| unreadable(&e))
}

/// Reads a command.
///
/// # Errors
/// As [`command_text`].
pub async fn command<T: DeserializeOwned>(request: &Incoming) -> Result<T, Problem> {
    let text = match short_command(request.url()) {
        Some(text) => text,
        None => command_text(request).await?,
    };
    serde_json::from_str(&text).map_err(|e| unreadable(&e))
}

/// The problem of a command that cannot be read.
pub fn unreadable(reason: &dyn std::fmt::Display) -> Problem {
    log::error("command.unreadable").with("reason", reason.to_string()).write();
    Problem::new(ProblemCode::Internal, "a command to an object could not be read")
}

/// A value as an object's answer.
pub fn respond_json<T: serde::Serialize>(value: &T) -> Answer {
    Answer::json(200, value)
}

/// Makes the runtime's response of an object's answer.
///
/// # Errors
/// Only when the runtime refuses to make a response.
pub fn respond(answer: Result<Answer, Problem>) -> attune_edge_kit::Result<web_sys::Response> {
    // who asks is ours: no header says more than the status
    let answer = Answer { headers: Vec::new(), ..answer.unwrap_or_else(Answer::problem) };
    answer.into_response(None)
}

/// The same, as an event gives it.
///
/// # Errors
/// As [`respond`].
pub fn given(answer: Result<Answer, Problem>) -> Given {
    respond(answer).map(JsValue::from).map_err(|e| JsValue::from_str(&e.to_string()))
}
