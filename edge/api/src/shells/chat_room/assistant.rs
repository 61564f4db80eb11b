//! The assistant at work: one answer after the other, in pieces, beside whatever the object is doing. What dies half-way is begun anew by
//! the alarm.

use super::Inner;
use crate::shells::protocol::{Acted, TenantCommand};
use attune_chat::Responder;
use attune_chat::faq::Faq;
use attune_chat::frame::{ASSISTANT, Down};
use attune_contracts::Problem;
use attune_contracts::chat::FaqV1;
use attune_edge_kit::object::Stub;
use attune_edge_kit::{clock, wait};
use attune_objects::chat::ChatRoom as Table;
use attune_objects::names::{self, Class};
use std::rc::Rc;

/// Between two pieces, ms.
const PIECE_MS: u32 = 40;
/// A FAQ is believed for so long, ms.
const BELIEVED_MS: i64 = 10_000;

/// Starts the assistant where a message waits for it.
pub fn kick(own: &Rc<Inner>) {
    let now = clock::now_ms();
    let Some(Ok(table)) = own.table.get() else { return };
    match table.next_alarm(now) {
        Ok(None) => return,
        Ok(at) => own.base.arm(at),
        Err(e) => drop(own.base.problem(e)),
    }
    if !own.answering.get() {
        let own = Rc::clone(own);
        let state = Rc::clone(&own);
        state.base.state.wait_until(async move { answer(&own).await });
    }
}

/// Answers all that waits.
pub async fn answer(own: &Rc<Inner>) {
    let Some(Ok(table)) = own.table.get() else { return };
    if own.answering.replace(true) {
        return;
    }
    if let Err(problem) = answer_all(own, table).await {
        own.base.fault("chat.answer", problem.detail);
    }
    own.answering.set(false);
    let now = clock::now_ms();
    own.base.arm(table.next_alarm(now).unwrap_or(Some(now + 60_000)));
}

async fn answer_all(own: &Rc<Inner>, table: &Table) -> Result<(), Problem> {
    let fail = |e| own.base.problem(e);
    while let Some(question) = table.question().map_err(fail)? {
        own.broadcast(own, vec![Down::Typing { from: ASSISTANT.to_owned() }.text()]);
        let reply = faq(own, table).await?.answer(&question.text, question.locale.as_deref());
        for (n, piece) in (0..).zip(&reply.pieces) {
            // staff may have taken over meanwhile
            if table.question().map_err(fail)?.as_ref() != Some(&question) {
                break;
            }
            own.broadcast(own, vec![Down::Delta { answer: question.answer.clone(), n, text: piece.clone() }.text()]);
            wait::pause(PIECE_MS).await;
        }
        if let Some(out) = table.answered(&question, &reply, clock::now_ms()).map_err(fail)? {
            own.broadcast(own, out.all);
        }
        if table.outbox().oldest_age_ms(clock::now_ms()).is_some() {
            crate::shells::drain::kick(own);
        }
    }
    Ok(())
}

/// The FAQ of the room's widget, from the tenant's object.
async fn faq(own: &Rc<Inner>, table: &Table) -> Result<Rc<Faq>, Problem> {
    let now = clock::now_ms();
    if let Some((_, faq)) = own.faq.borrow().as_ref().filter(|(at, _)| now - at < BELIEVED_MS) {
        return Ok(Rc::clone(faq));
    }
    let key_id = table.get().map_err(|e| own.base.problem(e))?.map(|room| room.widget).unwrap_or_default();
    let tenant = own.base.tenant()?;
    let name = names::tenant(&tenant.cell(), &tenant);
    let unreachable = |e: attune_edge_kit::Error| own.base.fault("chat.faq", e);
    let stub = Stub::new(&own.base.env, Class::Tenant.binding(), &name);
    let asked = Acted { actor: "system".to_owned(), once: None, command: TenantCommand::Faq(key_id) };
    let answer = stub.call("/do", &asked).await.map_err(unreachable)?;
    let faq = match answer.status {
        200 => answer.read().map_err(unreachable)?,
        404 => FaqV1::default(),
        status => return Err(own.base.fault("chat.faq", status)),
    };
    let faq = Rc::new(Faq::new(faq));
    own.faq.replace(Some((now, Rc::clone(&faq))));
    Ok(faq)
}
