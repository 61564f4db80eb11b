//! The object that owns nothing but accepted work.

#![allow(missing_docs, reason = "the class has methods without any")]

use super::base::{Base, command_text, unreadable};
use super::drain::{self, Mounted};
use super::object::{Object, object};
use super::{operations, register};
use attune_contracts::Problem;
use attune_domain::json;
use attune_edge_kit::{Answer, Incoming, clock, wait};
use attune_objects::outbox::{Accept, Message, Outbox as Table};
use futures_channel::oneshot;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;

/// What stands before the envelope in a command `/accept`, in one line of JSON. The envelope follows as it is, so that nobody
/// parses it or escapes it again on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptHead {
    /// Queue, by its short name.
    pub to: String,
    /// Natural key.
    pub key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
    /// Message id.
    pub id: String,
    /// W3C trace context.
    pub traceparent: String,
}

impl AcceptHead {
    /// The head and its line feed, with room for an envelope of about `body` bytes behind it: the command.
    ///
    /// # Errors
    /// When the head is not JSON, which its type rules out.
    pub fn line(&self, body: usize) -> Result<Vec<u8>, serde_json::Error> {
        let mut command = Vec::with_capacity(body + 1_024);
        serde_json::to_writer(&mut command, self)?;
        command.push(b'\n');
        Ok(command)
    }
}

object!(Outbox, Inner);

struct Inner {
    base: Base,
    table: Result<Table, Problem>,
    /// What came since the last commit.
    group: RefCell<Vec<Waiting>>,
}

/// A command, and the request that waits for what comes of it.
type Waiting = (String, oneshot::Sender<Result<(), Problem>>);

/// How long a command waits for others to share its commit with, ms: as long as each of them brings another one, and no longer
/// than [`MOST_MS`]. A commit waits for the disk and holds up the whole object while it does, so the fuller it is, the better;
/// but nobody waits for what does not come.
const STEP_MS: u32 = 1;
/// See [`STEP_MS`].
const MOST_MS: u32 = 12;

impl Mounted for Inner {
    fn base(&self) -> &Base {
        &self.base
    }

    fn outbox(&self) -> Option<&Table> {
        self.table.as_ref().ok()
    }
}

impl Object for Inner {
    fn begin(base: Base) -> Rc<Self> {
        let table = Table::open(base.store.clone(), base.tenant_text()).map_err(|e| base.problem(e));
        let inner = Rc::new(Inner { base, table, group: RefCell::default() });
        drain::know_alarm(&inner);
        inner
    }

    async fn serve(self: &Rc<Self>, request: &Incoming) -> Result<Answer, Problem> {
        let table = self.table.as_ref().map_err(Problem::clone)?;
        match request.path() {
            "/accept" => self.accept(table, command_text(request).await?).await,
            // the baseline of a bench: a call that does nothing
            "/nothing" => {
                command_text(request).await?;
                Ok(Answer::empty(204))
            }
            path => operations::serve(self, table, path, request).await,
        }
    }

    async fn on_alarm(self: &Rc<Self>) {
        drain::on_alarm(&**self).await;
    }
}

impl Inner {
    /// Group commit: writes made without an await between them are one commit. The answer waits for it (output gate).
    async fn accept(self: &Rc<Self>, table: &Table, command: String) -> Result<Answer, Problem> {
        if !table.is_registered() {
            register::with_registry(&self.base, table).await?;
        }
        let (done, outcome) = oneshot::channel();
        let first = {
            let mut group = self.group.borrow_mut();
            group.push((command, done));
            group.len() == 1
        };
        if first {
            let own = Rc::clone(self);
            self.base.state.wait_until(async move {
                let mut seen = 0;
                for _ in 0..MOST_MS / STEP_MS {
                    wait::pause(STEP_MS).await;
                    let waiting = own.group.borrow().len();
                    if waiting == seen.max(1) {
                        break;
                    }
                    seen = waiting;
                }
                own.commit();
            });
        }
        outcome.await.unwrap_or_else(|_| Err(self.base.fault("outbox.group", "a commit was given up")))?;
        Ok(Answer::empty(204))
    }

    fn commit(self: &Rc<Self>) {
        let group = self.group.take();
        drain::flush(&**self);
        for (command, done) in group {
            // The request may be gone; its message is accepted all the same.
            let _ = done.send(self.store(&command));
        }
        drain::kick(self);
    }

    fn store(&self, command: &str) -> Result<(), Problem> {
        let table = self.table.as_ref().map_err(Problem::clone)?;
        let (head, envelope) = command.split_once('\n').ok_or_else(|| unreadable(&"no line feed"))?;
        let head: AcceptHead = json::from_str(head).map_err(|e| unreadable(&e))?;
        let accept = Accept {
            key: &head.key,
            fingerprint: &head.fingerprint,
            // The answer is made of the message id, which is made of the key.
            answer: "",
            message: Message { to: &head.to, id: &head.id, body: envelope, traceparent: Some(&head.traceparent) },
        };
        let accepted = table.accept(&accept, clock::now_ms()).map_err(|e| self.base.problem(e))?;
        self.base.arm(accepted.alarm_at);
        Ok(())
    }
}
