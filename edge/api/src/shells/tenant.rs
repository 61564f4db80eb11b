//! A tenant: its people, keys, issuers, projects and audit trail.

#![allow(missing_docs, reason = "the macro durable_object makes methods without any")]

use super::base::{Base, command, respond, respond_json};
use super::drain::{self, Mounted};
use super::protocol::{Acted, KeyFound, KeyRef, TenantCommand, UserRef};
use super::{operations, register};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Answer, clock, log};
use attune_objects::control_room::Once;
use attune_objects::names::{self, Class};
use attune_objects::outbox::Outbox;
use attune_objects::tenant::{By, Done, Tenant as Table};
use serde::Serialize;
use std::cell::OnceCell;
use std::rc::Rc;
use worker::{DurableObject, Env, Request, Response, State, durable_object};

/// See the module.
#[durable_object(alarm)]
pub struct Tenant {
    inner: Rc<Inner>,
}

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
}

impl DurableObject for Tenant {
    fn new(state: State, env: Env) -> Self {
        let inner = Rc::new(Inner { base: Base::new(state, env), table: OnceCell::new() });
        // What waits in the outbox of an object that wakes has to be seen by its alarm.
        if matches!(inner.exists(), Ok(true)) {
            drop(inner.table());
        }
        drain::know_alarm(&inner);
        Self { inner }
    }

    async fn fetch(&self, request: Request) -> worker::Result<Response> {
        respond(self.inner.serve(&self.inner, &request).await)
    }

    async fn alarm(&self) -> worker::Result<Response> {
        drain::on_alarm(&self.inner).await;
        Response::empty()
    }
}

fn none(what: &'static str) -> Problem {
    Problem::new(ProblemCode::NotFound, what)
}

impl Inner {
    async fn serve(&self, own: &Rc<Self>, request: &Request) -> Result<Answer, Problem> {
        let fail = |e| self.base.problem(e);
        let path = request.path();
        let todo: Option<Acted<TenantCommand>> = if path == "/do" { Some(command(request).await?) } else { None };
        // A made-up key can name any tenant: looking it up must not leave tables behind in an object that nobody made.
        let makes = matches!(&todo, Some(Acted { command: TenantCommand::Create(_), .. }));
        if !makes && !self.exists()? {
            return Err(none("there is no such tenant"));
        }
        let table = self.table()?;
        match (path.as_str(), todo) {
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
            ("/do", Some(acted)) => {
                if !table.outbox().is_registered() {
                    register::with_registry(&self.base, table.outbox()).await?;
                }
                let answer = self.carry_out(table, acted).await;
                if table.outbox().oldest_age_ms(clock::now_ms()).is_some() {
                    self.base.arm(Some(clock::now_ms() + attune_objects::outbox::BACKSTOP_MS));
                    drain::kick(own);
                }
                answer
            }
            _ => operations::serve(own, table.outbox(), &path, request).await,
        }
    }

    fn exists(&self) -> Result<bool, Problem> {
        if self.table.get().is_some() {
            return Ok(true);
        }
        let found = self.base.store.exec("SELECT 1 FROM sqlite_master WHERE name = 'api_key'", &[]);
        Ok(!found.map_err(|e| self.base.problem(e))?.is_empty())
    }

    fn table(&self) -> Result<&Table, Problem> {
        let make = || Table::open(self.base.store.clone()).map_err(|e| self.base.problem(e));
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
            C::AddPerson(person) => done(table.add_person(&by, once, &person)),
            C::Person(id) => found(table.person(&id)),
            C::PersonOfIdentity(identity) => found(table.person_of_identity(&identity)),
            C::PersonOfEmail(email) => found(table.person_of_email(&email)),
            C::LinkIdentity(id, identity) => json(table.link_identity(&by, &id, &identity)),
            C::People(query) => json(table.people(&query)),
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
            C::AuditHead => json(table.audit_head()),
            C::NoteDevices(user, device) => json(table.note_devices(&by, &user, device.as_deref())),
            C::PersonVouchedFor(vouched) => found(table.person_vouched_for(&vouched, now)),
            C::Note(action) => json(table.note(&by, &action)),
            C::PutFaq(faq, entries) => table.put_faq(&by, &faq, entries).map(|()| Answer::json_text(200, faq.as_str())),
            C::Faq => table.faq().map(|faq| {
                faq.map_or_else(|| Answer::problem(none("there is no FAQ")), |faq| Answer::json_text(200, faq))
            }),
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
