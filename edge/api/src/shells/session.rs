//! Devices and credentials of one user.

#![allow(missing_docs, reason = "the class has methods without any")]

use super::base::{Base, command, respond_json};
use super::credentials::{self, Decoy};
use super::drain::{self, Mounted};
use super::object::{Object, object};
use super::protocol::SessionCommand;
use super::{operations, register};
use crate::asked::REFUSED;
use attune_contracts::auth::NoticeV1;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::id::ulid_text;
use attune_edge_kit::{Answer, Incoming, clock, random};
use attune_objects::names::ObjectName;
use attune_objects::outbox::Outbox;
use attune_objects::session::{Check, Record, Refusal, Session as Table};
use serde::Serialize;
use std::cell::OnceCell;
use std::rc::Rc;

object!(Session, Inner);

struct Inner {
    base: Base,
    table: OnceCell<Result<Table, Problem>>,
    /// Tries of a password where there is nobody.
    decoy: Decoy,
}

impl Mounted for Inner {
    fn base(&self) -> &Base {
        &self.base
    }

    fn outbox(&self) -> Option<&Outbox> {
        self.table.get().and_then(|table| table.as_ref().ok()).map(Table::outbox)
    }

    fn on_wake(&self, now_ms: i64) {
        if let Some(Ok(table)) = self.table.get()
            && let Err(e) = table.on_alarm(now_ms)
        {
            self.base.fault("session.alarm", e);
        }
    }

    fn is_over(&self, now_ms: i64) -> attune_objects::Result<bool> {
        self.table.get().and_then(|table| table.as_ref().ok()).map_or(Ok(false), |table| table.is_over(now_ms))
    }
}

impl Object for Inner {
    fn begin(base: Base) -> Rc<Self> {
        let inner = Rc::new(Inner { base, table: OnceCell::new(), decoy: Decoy::default() });
        if matches!(inner.exists(), Ok(true)) {
            drop(inner.table());
        }
        drain::know_alarm(&inner);
        inner
    }

    async fn serve(self: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem> {
        let path = request.path();
        // Only signing in makes the object: a made-up user id leaves no tables behind.
        let todo: Option<SessionCommand> = if path == "/do" { Some(command(request).await?) } else { None };
        let makes =
            matches!(todo, Some(SessionCommand::SignIn(_) | SessionCommand::SignInOnce(..))) || path == "/notice";
        if !makes && !self.exists()? {
            if let Some(SessionCommand::PasswordSignIn(todo)) = &todo {
                return Ok(refuse(&self.decoy.refuse(&todo.password, clock::now_ms())));
            }
            return Err(Problem::new(ProblemCode::NotFound, "there is no such session"));
        }
        let table = self.table()?;
        if matches!(path, "/do" | "/notice") && !table.outbox().is_registered() {
            register::with_registry(&self.base, table.outbox()).await?;
        }
        match (path, todo) {
            ("/check", _) => {
                let check: Check = command(request).await?;
                self.verdict(table.check(&check, clock::now_ms()), |_| Answer::empty(204))
            }
            ("/notice", _) => {
                let notice: NoticeV1 = command(request).await?;
                self.take(table, &notice)
            }
            ("/do", Some(todo)) => {
                let answer = self.carry_out(table, todo);
                self.tell(table);
                answer
            }
            _ => operations::serve(self, table.outbox(), path, request).await,
        }
    }

    async fn on_alarm(self: &Rc<Self>) {
        drain::on_alarm(&**self).await;
    }
}

impl Inner {
    fn exists(&self) -> Result<bool, Problem> {
        if self.table.get().is_some() {
            return Ok(true);
        }
        Table::exists(&*self.base.store).map_err(|e| self.base.problem(e))
    }

    fn table(&self) -> Result<&Table, Problem> {
        let make = || {
            let user_id = ObjectName::parse(&self.base.name).map_or("", |name| name.shard);
            Table::open(self.base.store.clone(), self.base.tenant_text(), user_id, random::u64(), clock::now_ms())
                .map_err(|e| self.base.problem(e))
        };
        self.table.get_or_init(make).as_ref().map_err(Problem::clone)
    }

    /// Sends on what revocation has to tell, at once and until it has arrived.
    fn tell(self: &Rc<Self>, table: &Table) {
        if table.outbox().oldest_age_ms(clock::now_ms()).is_some() {
            self.base.arm(Some(clock::now_ms() + attune_objects::outbox::BACKSTOP_MS));
            drain::kick(self);
        }
    }

    fn take(self: &Rc<Self>, table: &Table, notice: &NoticeV1) -> Result<Answer, Problem> {
        let now = clock::now_ms();
        if let NoticeV1::UserStanding { seq, active, erase, .. } = notice {
            let told = if *erase { table.erase(now) } else { table.take_standing(*seq, *active, now) };
            told.map_err(|e| self.base.problem(e))?;
            self.tell(table);
        }
        Ok(Answer::empty(204))
    }

    fn carry_out(&self, table: &Table, todo: SessionCommand) -> Result<Answer, Problem> {
        use SessionCommand as C;
        let now = clock::now_ms();
        match todo {
            C::SignIn(sign_in) => self.verdict(table.sign_in(&sign_in, now), json),
            C::Rotate(refresh) => self.verdict(table.rotate(&refresh, now), json),
            C::Logout(family) => self.verdict(table.logout(&family, now), json),
            C::Devices => Ok(respond_json(&table.devices())),
            C::NameDevice(id, name) => self.verdict(table.name_device(&id, &name), json),
            C::Revoke(id, actor) => {
                let revoke = || table.revoke(&id, now);
                let record = table.has_live(Some(&id)).then_some(("device.revoke", id.as_str()));
                self.verdict(recorded(table, &actor, record, now, revoke), json)
            }
            C::RevokeAll(actor) => {
                let revoke = || table.end_all(None, true, now).map(Ok);
                let record = table.has_live(None).then_some(("device.revoke_all", table.user_id()));
                self.verdict(recorded(table, &actor, record, now, revoke), json)
            }
            C::MakeTicket(ticket, device, purpose) => {
                self.verdict(table.make_ticket(&ticket, &device, &purpose, now), json)
            }
            C::RedeemTicket(ticket) => self.verdict(table.redeem_ticket(&ticket, now), json),
            C::SocketOpened(device, object) => self.verdict(table.socket_opened(&device, &object, now), json),
            C::SocketClosed(device, object, at) => {
                self.verdict(table.socket_closed(&device, &object, at).map(Ok), json)
            }
            C::SignInOnce(sign_in, once) => self.verdict(table.sign_in_once(&sign_in, &once, now), json),
            C::PasswordSignIn(todo) => judged(&credentials::password_sign_in(&self.base, table, &todo, now)?),
            C::SetPassword(new) => judged(&credentials::set_password(&self.base, table, &new, now)?),
            C::Credentials => Ok(respond_json(&credentials::held(&self.base, table)?)),
            C::BeginTotp(sealed) => judged(&credentials::begin_totp(&self.base, table, &sealed)?),
            C::ConfirmTotp(code, codes) => judged(&credentials::confirm_totp(&self.base, table, &code, &codes, now)?),
            C::RemoveTotp(code) => judged(&credentials::remove_totp(&self.base, table, &code, now)?),
            C::SetRecoveryCodes(code, codes) => {
                judged(&credentials::set_recovery_codes(&self.base, table, &code, &codes, now)?)
            }
        }
    }

    /// A value by `write`, a refusal by its status.
    fn verdict<T>(
        &self,
        answer: attune_objects::session::Answer<T>,
        write: impl FnOnce(&T) -> Answer,
    ) -> Result<Answer, Problem> {
        match answer.map_err(|e| self.base.problem(e))? {
            Ok(value) => Ok(write(&value)),
            Err(refusal) => Ok(refuse(&refusal)),
        }
    }
}

/// Runs a change, with its record where it changes anything: action and target.
pub fn recorded<T>(
    table: &Table,
    actor: &str,
    record: Option<(&str, &str)>,
    now_ms: i64,
    mut change: impl FnMut() -> attune_objects::session::Answer<T>,
) -> attune_objects::session::Answer<T> {
    let Some((action, target)) = record else { return change() };
    let id = ulid_text(now_ms, random::u128());
    table.recorded(&Record { id: &id, actor, action, target }, now_ms, change)
}

fn json<T: Serialize>(value: &T) -> Answer {
    respond_json(value)
}

fn judged<T: Serialize>(answer: &Result<T, Refusal>) -> Result<Answer, Problem> {
    Ok(match answer {
        Ok(value) => json(value),
        Err(refusal) => refuse(refusal),
    })
}

fn refuse(refusal: &Refusal) -> Answer {
    Answer::json(REFUSED, refusal)
}
