//! What a room has let go of: it is recorded, looked for in table `chat`, and read from there when a member asks for it.

use super::Inner;
use crate::shells::drain;
use crate::shells::protocol::{Acted, TenantCommand};
use attune_aws::dynamodb::{AttributeValue, Item, Query, parse_query};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::{clock, log, transport};
use attune_migrations::{Access, keys};
use attune_objects::chat::{ChatRoom as Table, Stored};
use attune_objects::names::{self, Class};
use attune_objects::tenant::CHAT_RETENTION;
use serde_json::Value;
use std::rc::Rc;

/// A read that takes longer than this is given up, ms.
const TIMEOUT_MS: u32 = 5_000;
/// Ranges that are looked for in one visit of the alarm.
const LOOKS: u32 = 10;
/// What a tenant has that has not set `chat_retention_days`.
const DEFAULT_DAYS: u32 = 365;

/// Records what is new, lets go what is recorded, forgets what is too old.
pub async fn keep(own: &Rc<Inner>) {
    let Some(Ok(table)) = own.table.get() else { return };
    if let Err(problem) = keep_all(own, table).await {
        own.base.fault("chat.record", problem.detail);
    }
    let now = clock::now_ms();
    own.base.arm(table.next_alarm(now).unwrap_or(Some(now + 60_000)));
}

async fn keep_all(own: &Rc<Inner>, table: &Table) -> Result<(), Problem> {
    let fail = |e| own.base.problem(e);
    table.keep_for(days(own).await?).map_err(fail)?;
    table.record(clock::now_ms()).map_err(fail)?;
    if table.outbox().oldest_age_ms(clock::now_ms()).is_some() {
        drain::run(&**own).await;
    }
    for _ in 0..LOOKS {
        let Some(range) = table.surplus().map_err(fail)? else { break };
        let stored = own.stored(table, range).await?;
        table.put_away(&stored).map_err(fail)?;
        if table.surplus().map_err(fail)?.is_some_and(|(first, _)| first == range.0) {
            // not there yet: the alarm looks again
            break;
        }
    }
    table.forget(clock::now_ms()).map_err(fail)?;
    // what goes with it
    if table.outbox().oldest_age_ms(clock::now_ms()).is_some() {
        drain::run(&**own).await;
    }
    Ok(())
}

/// How many days the tenant keeps what was said, by its object.
async fn days(own: &Inner) -> Result<u32, Problem> {
    let tenant = own.base.tenant()?;
    let name = names::tenant(&tenant.cell(), &tenant);
    let asked = Acted { actor: "system".to_owned(), once: None, command: TenantCommand::Details };
    let unreachable = |e: attune_edge_kit::Error| own.base.fault("chat.retention", e);
    let answer =
        Stub::new(&own.base.env, Class::Tenant.binding(), &name).call("/do", &asked).await.map_err(unreachable)?;
    // what is no answer says nothing of settings: a shorter time than the tenant's would take texts away for good
    if answer.status != 200 {
        return Err(own.base.fault("chat.retention", answer.status));
    }
    let details: Value = answer.read().map_err(unreachable)?;
    let days = details.get("settings").and_then(|settings| settings.get(CHAT_RETENTION)).and_then(Value::as_u64);
    Ok(days.and_then(|days| u32::try_from(days).ok()).unwrap_or(DEFAULT_DAYS))
}

impl Inner {
    /// The page before a number, some of whose texts lie in the table.
    pub(super) async fn old_page(
        &self,
        table: &Table,
        (before, limit): (u64, u32),
        range: (u64, u64),
    ) -> Result<Vec<String>, Problem> {
        let stored = self.stored(table, range).await?;
        table.paged(before, limit, &stored).map(|out| out.own).map_err(|e| self.base.problem(e))
    }

    /// Events of the room as the table has them, from and to.
    async fn stored(&self, table: &Table, (first, last): (u64, u64)) -> Result<Vec<Stored>, Problem> {
        let (access, settings) = (Access::EdgeQueryChat, self.base.settings()?);
        let gone = || Problem::new(ProblemCode::NotFound, "there is no such room");
        let room = table.get().map_err(|e| self.base.problem(e))?.ok_or_else(gone)?.room_id;
        // the tenant is the object's own, never a caller's word
        let pk = keys::chat_pk(self.base.tenant_text(), room);
        let mut query = Query::prefix(settings.table(access.table().name()), pk, keys::chat_event_sk(first));
        "pk = :pk AND sk BETWEEN :sk AND :to".clone_into(&mut query.key_condition_expression);
        query.expression_attribute_values.insert(":to".to_owned(), AttributeValue::s(keys::chat_event_sk(last)));
        let mut found = Vec::new();
        loop {
            let request = query.request(&settings.config.dynamodb_endpoint).and_then(|mut request| {
                settings.signer.sign("dynamodb", &mut request, clock::now_ms().unsigned_abs())?;
                Ok(request)
            });
            let request = request.map_err(|e| self.base.fault(access.name(), e))?;
            let answer = transport::send(request, TIMEOUT_MS).await.map_err(|e| self.unread(&e))?;
            let page = parse_query(&answer).map_err(|failure| self.unread(&failure.code))?;
            found.extend(page.items.iter().filter_map(stored_of));
            if page.last_evaluated_key.is_none() {
                return Ok(found);
            }
            query.exclusive_start_key = page.last_evaluated_key;
        }
    }

    fn unread(&self, reason: &dyn std::fmt::Display) -> Problem {
        let line = log::warn("history.unread").with("class", self.base.class_text());
        line.with("reason", reason.to_string()).write();
        Problem::new(ProblemCode::Unavailable, "the store cannot be read now").retry_after(2)
    }
}

fn stored_of(item: &Item) -> Option<Stored> {
    let number = |name: &str| item.get(name).and_then(AttributeValue::as_u64);
    let event = item.get("event").and_then(AttributeValue::as_s)?.to_owned();
    Some(Stored { seq: number("seq")?, rev: number("rev")?, event })
}
