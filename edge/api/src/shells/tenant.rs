//! A tenant: its people, keys, issuers, projects, widgets and audit trail.

#![allow(missing_docs, reason = "the class has methods without any")]

use super::base::{Base, command, respond_json};
use super::drain::{self, Mounted};
use super::object::{Object, object};
use super::protocol::{Acted, KeyFound, KeyRef, TenantCommand, UserRef};
use super::{operations, register};
use attune_contracts::auth::NoticeV1;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Answer, Incoming, clock, log, random, zone};
use attune_objects::control_room::Once;
use attune_objects::names::{self, Class};
use attune_objects::outbox::Outbox;
use attune_objects::tenant::{By, Done, Tenant as Table};
use serde::Serialize;
use std::cell::OnceCell;
use std::rc::Rc;

object!(Tenant, Inner);

struct Inner {
    base: Base,
    table: OnceCell<Result<Table, Problem>>,
}

impl Mounted for Inner {
    fn base(&self) -> &Base {
        &self.base
    }

    fn outbox(&self) -> Option<&Outbox> {
        self.table.get().and_then(|table| table.as_ref().ok()).map(Table::outbox)
    }

    fn on_wake(&self, now_ms: i64) {
        let Some(Ok(table)) = self.table.get() else { return };
        if let Err(e) = table.forget_codes(now_ms) {
            self.base.fault("tenant.codes", e);
        }
        if let Err(e) = table.keep_head(now_ms) {
            self.base.fault("tenant.head", e);
        }
    }
}

impl Object for Inner {
    fn begin(base: Base) -> Rc<Self> {
        let inner = Rc::new(Inner { base, table: OnceCell::new() });
        // What waits in the outbox of an object that wakes has to be seen by its alarm.
        if matches!(inner.exists(), Ok(true)) {
            drop(inner.table());
        }
        drain::know_alarm(&inner);
        inner
    }

    async fn serve(self: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem> {
        let fail = |e| self.base.problem(e);
        let path = request.path();
        let todo: Option<Acted<TenantCommand>> = if path == "/do" { Some(command(request).await?) } else { None };
        // A made-up key can name any tenant: looking it up must not leave tables behind in an object that nobody made.
        let makes = matches!(&todo, Some(Acted { command: TenantCommand::Create(_), .. }));
        if !makes && !self.exists()? {
            return Err(none("there is no such tenant"));
        }
        let table = self.table()?;
        match (path, todo) {
            ("/key", _) => {
                let key: KeyRef = command(request).await?;
                let record = table.lookup(&key.key_id).map_err(fail)?.ok_or_else(|| none("no such key"))?;
                // the day of its last use: one write a day
                table.key_used(&key.key_id, clock::now_ms()).map_err(fail)?;
                let plan = table.plan().map_err(fail)?;
                Ok(respond_json(&KeyFound { record, plan }))
            }
            ("/standing", _) => {
                let user: UserRef = command(request).await?;
                let standing = table.standing(&user.user_id).map_err(fail)?.ok_or_else(|| none("no such user"))?;
                Ok(respond_json(&standing))
            }
            ("/notice", _) => {
                let notice: NoticeV1 = command(request).await?;
                table.take_record(&notice, clock::now_ms()).map_err(fail)?;
                Ok(Answer::empty(204))
            }
            ("/do", Some(acted)) => {
                if !table.outbox().is_registered() {
                    register::with_registry(&self.base, table.outbox()).await?;
                }
                let answer = self.carry_out(table, acted).await;
                if table.outbox().oldest_age_ms(clock::now_ms()).is_some() {
                    self.base.arm(Some(clock::now_ms() + attune_objects::outbox::BACKSTOP_MS));
                    drain::kick(self);
                }
                answer
            }
            _ => operations::serve(self, table.outbox(), path, request).await,
        }
    }

    async fn on_alarm(self: &Rc<Self>) {
        drain::on_alarm(&**self).await;
    }
}

fn none(what: &'static str) -> Problem {
    Problem::new(ProblemCode::NotFound, what)
}

impl Inner {
    fn exists(&self) -> Result<bool, Problem> {
        if self.table.get().is_some() {
            return Ok(true);
        }
        let found = self.base.store.exec("SELECT 1 FROM sqlite_master WHERE name = 'api_key'", &[]);
        Ok(!found.map_err(|e| self.base.problem(e))?.is_empty())
    }

    fn table(&self) -> Result<&Table, Problem> {
        let make = || Table::open(self.base.store.clone(), self.base.tenant_text()).map_err(|e| self.base.problem(e));
        self.table.get_or_init(make).as_ref().map_err(Problem::clone)
    }

    async fn carry_out(&self, table: &Table, acted: Acted<TenantCommand>) -> Result<Answer, Problem> {
        use TenantCommand as C;
        let now = clock::now_ms();
        let by = By { actor: &acted.actor, now_ms: now };
        let once = acted.once.as_ref();
        let once = once.map(|o| Once { route: &o.route, key: &o.key, fingerprint: &o.fingerprint });
        let once = once.as_ref();
        let fail = |e| self.base.problem(e);
        let ended = if let C::EndKey(key_id) = &acted.command { Some(KeyRef { key_id: key_id.clone() }) } else { None };
        let answer = match acted.command {
            C::Create(name) => json(table.create(&self.base.tenant()?, &name, now)),
            C::Details => found(table.details()),
            C::Update(update) => json(table.update(&by, &update)),
            C::SetPlan(plan, region) => json(table.set_plan(&by, &plan, region.as_deref())),
            C::RaiseEpoch => json(table.raise_epoch(&by)),
            C::Person(id) => found(table.person(&id)),
            C::PersonOfEmail(email) => found(table.person_of_email(&email)),
            C::Identities(id) => json(table.identities(&id)),
            C::UnlinkIdentity(id, identity) => json(table.unlink_identity(&by, &id, &identity)),
            C::LinkIdentity(id, identity) => json(table.link_identity(&by, &id, &identity)),
            C::People(query) => json(table.people(&query)),
            C::MayChangePerson(id) => json(table.may_change_person(&by, &id)),
            C::ChangePerson(id, change) => json(table.change_person(&by, &id, &change)),
            C::RemovePerson(id) => json(table.remove_person(&by, &id)),
            C::Invite(new) => done(table.invite(&by, once, &new)),
            C::AcceptInvitation(acceptance) => json(table.accept_invitation(&acceptance, now)),
            C::Invitation(id) => found(table.invitation(&id)),
            C::Invitations(query) => json(table.invitations(&query, now)),
            C::RevokeInvitation(id) => json(table.revoke_invitation(&by, &id)),
            C::PutRole(id, role) => done(table.put_role(&by, once, &id, &role)),
            C::Role(id) => found(table.role(&id)),
            C::Roles => json(table.roles()),
            C::DeleteRole(id) => json(table.delete_role(&by, &id)),
            C::AddKey(record) => done(table.add_key(&by, once, &record)),
            C::AllKeys => json(table.list_keys()),
            C::Keys(cursor, limit) => json(table.keys(cursor.as_deref(), limit)),
            C::EndKey(id) => json(table.end_key(&by, &id)),
            C::PutIssuer(new) => json(table.put_issuer(&by, &new)),
            C::Issuer(issuer) => found(table.issuer(&issuer)),
            C::Issuers => json(table.issuers()),
            C::DeleteIssuer(issuer) => json(table.delete_issuer(&by, &issuer)),
            C::PutProject(new) => json(table.put_project(&by, &new)),
            C::Projects => json(table.projects()),
            C::LiveProjects => json(table.live_projects(now)),
            C::DeleteProject(key) => json(table.delete_project(&by, &key)),
            C::Audit(query) => json(table.audit(&query)),
            C::ExportAudit(after, limit) => json(table.export_audit(after, limit)),
            C::AuditHead => json(table.keep_head(now)),
            C::PersonVouchedFor(vouched) => found(table.person_vouched_for(&vouched, now)),
            C::AskEmailCode(request) => {
                let settings = self.base.settings()?;
                json(table.ask_email_code(&request, &settings.peppers, random::bytes(), now))
            }
            C::TryEmailCode(typed) => {
                let settings = self.base.settings()?;
                found(table.try_email_code(&by, &typed, &settings.peppers))
            }
            C::CreateWidget(new) => done(table.create_widget(&by, once, &new)),
            C::Widget(id) => found(table.widget(&id)),
            C::Widgets => json(table.widgets()),
            C::ChangeWidget(change) => json(table.change_widget(&by, &change)),
            C::DeleteWidget(id, version) => json(table.delete_widget(&by, &id, version)),
            C::WidgetView(key_id, locale) => found(table.widget_view(&key_id, locale.as_deref(), now, &zone::offset)),
            C::Faq(key_id) => table.faq(&key_id).map(|faq| {
                faq.map_or_else(|| Answer::problem(none("there is no FAQ")), |faq| Answer::json_text(200, faq))
            }),
            C::AddReport(key_id, report) => json(table.add_report(&key_id, &report, now)),
            C::Reports(id) => json(table.reports(&id)),
        };
        let answer = answer.map_err(fail)?;
        if let Some(key) = ended {
            self.close_sockets(&key).await?;
        }
        Ok(answer)
    }

    /// Has ControlRoom close the sockets of a revoked key. When it cannot be reached the revocation stands, and the operator is told
    /// to repeat it.
    async fn close_sockets(&self, key: &KeyRef) -> Result<(), Problem> {
        let tenant = self.base.tenant()?;
        let name = names::control_room(&tenant.cell(), &tenant);
        let called = Stub::new(&self.base.env, Class::ControlRoom.binding(), &name).call("/revoked", key).await;
        if called.is_ok_and(|answer| (200..300).contains(&answer.status)) {
            return Ok(());
        }
        log::error("sockets.not_closed").with("key_id", key.key_id.clone()).write();
        let detail = "the key is revoked, but its live connections could not be closed: repeat the request";
        Err(Problem::new(ProblemCode::Unavailable, detail).retry_after(1))
    }
}

type Made = attune_objects::Result<Answer>;

fn json<A: Serialize>(answer: attune_objects::Result<A>) -> Made {
    answer.map(|answer| respond_json(&answer))
}

/// 404 where there is nothing.
fn found<A: Serialize>(answer: attune_objects::Result<Option<A>>) -> Made {
    Ok(match answer? {
        Some(answer) => respond_json(&answer),
        None => Answer::problem(none("there is no such thing")),
    })
}

/// 201 for what was made, 200 with the same for a repeat.
fn done<A: Serialize>(done: attune_objects::Result<Done<A>>) -> Made {
    done.map(|done| Answer::json(if done.repeat { 200 } else { 201 }, &done.answer))
}
