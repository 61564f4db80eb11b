//! Tenant: a tenant's record, people, roles, API keys, sign-in issuers, voice projects, widgets, and the audit trail of it all.
//!
//! Every change is one transaction with its audit row (decision 6): a 2xx of an administrative action implies its record, and
//! what failed left none. Whoever has to hear of a change in another object is told through the outbox.
//!
//! That a caller may use a route is judged at the door. Here is what only this object can know: that nobody changes whom they may
//! not or gives more than they have, that a tenant keeps an owner, that a role exists, that an invitation is accepted once. Secrets come and go as sealed or hashed texts.
//!
//! The object is the source; the projection of tenants and keys into DynamoDB is not written yet, nothing reads it.

mod audit;
mod authority;
mod email_code;
mod head;
mod hours;
mod identity;
mod invitation;
mod issuer;
mod keys;
pub(crate) mod page;
mod people;
mod project;
mod report;
mod role;
mod schema;
mod settings;
mod vouched;
mod widget;

pub use audit::{AuditQuery, MAX_EXPORT, audit_line};
pub use email_code::{CODE_PAUSE_MS, CODE_WINDOW_MS, CODES_PER_WINDOW, CodeRequest, CodeTry};
pub use hours::is_interval;
pub use identity::{Identity, MAX_IDENTITIES};
pub use invitation::{Acceptance, INVITATION_MS, InvitationQuery, MAX_INVITATIONS, NewInvitation};
pub use issuer::{IssuerRecord, MAX_ISSUERS, NewIssuer, issuer_id};
pub use keys::{LIVE_KEYS_PER_NAME, MAX_KEYS};
pub use page::MAX_PAGE;
pub use people::{MAX_MANAGERS, NewPerson, PeopleQuery, PersonChange, Standing};
pub use project::{MAX_PROJECTS, NewProject, ProjectRecord};
pub use report::MAX_REPORTS;
pub use role::{BUILT_IN_ROLES, MAX_PERMISSIONS, MAX_ROLES};
pub use schema::SCHEMA;
pub use settings::{CHAT_RETENTION, MAX_SETTINGS};
pub use vouched::Vouched;
pub use widget::{MAX_WIDGETS, NewWidget, WidgetChange};

use crate::control_room::Once;
use crate::names;
use crate::outbox::{Message, Outbox};
use crate::schema::migrate;
use crate::store::transact;
use crate::{Error, Result, SharedStore};
use attune_contracts::auth::NoticeV1;
use attune_contracts::tenant::TenantV1;
use attune_contracts::{FieldError, Problem, ProblemCode, SCHEMA_VERSION, message_id};
use attune_domain::{Millis, TenantId, json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// Who does something, and when.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// `usr_…`, `key_…` or `operator`: an id, never a name.
    pub actor: &'a str,
    /// The clock, ms since 1970.
    pub now_ms: i64,
}

impl By<'_> {
    /// The name of the operator.
    pub const OPERATOR: &'static str = "operator";

    /// The operator.
    pub const fn operator(now_ms: i64) -> Self {
        Self { actor: Self::OPERATOR, now_ms }
    }
}

/// What a change gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done<A> {
    /// The answer.
    pub answer: A,
    /// Is it the first answer to a repeated command? Then nothing was changed.
    pub repeat: bool,
}

/// The object of one tenant.
pub struct Tenant {
    store: SharedStore,
    outbox: Outbox,
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tenant")
    }
}

impl Tenant {
    /// Opens the object of a tenant.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore, tenant: &str) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        let outbox = Outbox::open(store.clone(), tenant)?;
        Ok(Self { store, outbox })
    }

    /// The object's outbox: to drain it, for its statistics, for the registry.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Makes the tenant, on behalf of the operator. Again with the same name: the first record.
    ///
    /// # Errors
    /// `invalid_body` for a name that is not 1 to 100 characters, `idempotency_mismatch` when the id has another name.
    pub fn create(&self, tenant_id: &TenantId, name: &str, now_ms: i64) -> Result<TenantV1> {
        check_name(name)?;
        self.apply(|| {
            let made = self.store.exec(
                "INSERT INTO tenant (tenant_id, name, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING RETURNING 1",
                &[tenant_id.as_str().into(), name.into(), now_ms.into()],
            )?;
            if !made.is_empty() {
                self.record(&By::operator(now_ms), "tenant.create", tenant_id.as_str(), json!({}))?;
            }
            let tenant = self.get()?.ok_or(Error::Stored("tenant"))?;
            if tenant.name != name || tenant.tenant_id != *tenant_id {
                return Err(Error::refused(ProblemCode::IdempotencyMismatch, "the tenant exists under another name"));
            }
            Ok(tenant)
        })
    }

    /// The tenant's record; `None` before it was made.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn get(&self) -> Result<Option<TenantV1>> {
        let found = self.store.exec("SELECT tenant_id, name, created_at FROM tenant", &[])?;
        found
            .first()
            .map(|mut row| {
                let tenant_id = TenantId::parse(&row.text(0)?).map_err(|_| Error::Stored("tenant id"))?;
                let (name, created_at) = (row.text(1)?, Millis(row.int(2)?));
                Ok(TenantV1 { schema_version: SCHEMA_VERSION, tenant_id, name, created_at })
            })
            .transpose()
    }

    /// Runs a change as one transaction.
    fn apply<T>(&self, body: impl FnMut() -> Result<T>) -> Result<T> {
        let done = transact(&*self.store, body);
        if done.is_err() {
            self.outbox.reload()?;
        }
        done
    }

    /// Runs a change as one transaction, once per key where the route needs `Idempotency-Key`.
    fn change<A: Serialize + DeserializeOwned>(
        &self,
        by: &By<'_>,
        once: Option<&Once<'_>>,
        mut body: impl FnMut() -> Result<A>,
    ) -> Result<Done<A>> {
        let Some(once) = once else { return Ok(Done { answer: self.apply(body)?, repeat: false }) };
        let key = format!("{} {}", once.route, once.key);
        // old records go when new ones come: changes are seldom
        self.outbox.purge(by.now_ms)?;
        self.apply(|| {
            if let Some(first) = self.outbox.recall(&key, once.fingerprint, by.now_ms)? {
                let answer = json::from_str(&first).map_err(|_| Error::Stored("answer"))?;
                return Ok(Done { answer, repeat: true });
            }
            let answer = body()?;
            let text = serde_json::to_string(&answer).map_err(|_| Error::Stored("answer"))?;
            self.outbox.remember(&key, once.fingerprint, &text, by.now_ms)?;
            Ok(Done { answer, repeat: false })
        })
    }

    /// Tells the session of a user how the user stands, from the row `seq` of the trail on. Part of the change's transaction.
    fn tell_session(&self, user_id: &str, seq: u64, active: bool, erase: bool, now_ms: i64) -> Result<()> {
        let tenant = self.get()?.ok_or(Error::Stored("tenant"))?.tenant_id;
        let to = format!("object:{}", names::session(&tenant.cell(), &tenant, user_id));
        let notice = NoticeV1::UserStanding { user_id: user_id.to_owned(), seq, active, erase };
        let body = serde_json::to_string(&notice).map_err(|_| Error::Stored("notice"))?;
        let id = message_id(tenant.as_str(), "user.standing", &format!("{user_id} {seq}"));
        self.outbox.post(&Message { to: &to, id: &id, body: &body, traceparent: None }, now_ms)
    }
}

fn check_name(name: &str) -> Result<()> {
    if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(invalid("/name", "invalid", "1 to 100 characters, no control characters"))
}

fn invalid(pointer: &str, code: &str, detail: &str) -> Error {
    Problem::new(ProblemCode::InvalidBody, "a field of the body is wrong")
        .with_errors(vec![FieldError::new(pointer, code, detail)])
        .into()
}

/// The state does not allow it; `code` says why, for programs.
fn conflict(pointer: &str, code: &str, detail: &str) -> Error {
    Problem::new(ProblemCode::VersionConflict, detail).with_errors(vec![FieldError::new(pointer, code, detail)]).into()
}

fn not_found(detail: &str) -> Error {
    Error::refused(ProblemCode::NotFound, detail)
}

fn list(texts: &[String]) -> Result<String> {
    serde_json::to_string(texts).map_err(|_| Error::Stored("list"))
}

fn read_list(text: &str) -> Result<Vec<String>> {
    json::from_str(text).map_err(|_| Error::Stored("list"))
}
