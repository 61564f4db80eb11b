//! Records for the tenant's audit trail of what is changed here: a person's credentials and devices.
//!
//! The trail is the `Tenant` object's, the change is this object's, and no transaction spans two objects. So the record is a
//! message of the outbox, in the transaction of the change (decision 6: a 2xx implies its record): it is durable with it, goes
//! until the `Tenant` object has taken it, and is taken once, by its id.

use super::{Answer, Session};
use crate::names;
use crate::outbox::Message;
use crate::{Error, Result};
use attune_contracts::auth::NoticeV1;
use attune_contracts::message_id;
use attune_domain::{Millis, TenantId};

/// What is to be recorded.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// A new ULID: whoever takes the record a second time knows it by this.
    pub id: &'a str,
    /// `usr_…` or `key_…`.
    pub actor: &'a str,
    /// Such as `device.revoke`.
    pub action: &'a str,
    /// What it is done to.
    pub target: &'a str,
}

impl Session {
    /// Runs a change and posts its record, as one transaction. What is refused leaves no record.
    ///
    /// Refusals: those of the change.
    ///
    /// # Errors
    /// [`Error::Store`], and those of the change.
    pub fn recorded<T>(&self, record: &Record<'_>, now_ms: i64, mut change: impl FnMut() -> Answer<T>) -> Answer<T> {
        self.command(|| {
            let value = granted!(change()?);
            self.post(record, now_ms)?;
            Ok(Ok(value))
        })
    }

    fn post(&self, record: &Record<'_>, now_ms: i64) -> Result<()> {
        let tenant = TenantId::parse(&self.tenant).map_err(|_| Error::Stored("tenant id"))?;
        let notice = NoticeV1::Recorded {
            record_id: record.id.to_owned(),
            user_id: self.user_id.clone(),
            actor: record.actor.to_owned(),
            action: record.action.to_owned(),
            target: record.target.to_owned(),
            at: Millis(now_ms),
        };
        let body = serde_json::to_string(&notice).map_err(|_| Error::Stored("notice"))?;
        let to = format!("object:{}", names::tenant(&tenant.cell(), &tenant));
        let id = message_id(&self.user_id, "audit.recorded", record.id);
        self.outbox.post(&Message { to: &to, id: &id, body: &body, traceparent: None }, now_ms)
    }
}
