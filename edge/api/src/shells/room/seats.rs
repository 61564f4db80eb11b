//! The `Session` of each user with a seat knows of this object, so that the end of a device's access reaches it (`/notice`).

use super::Inner;
use crate::asked::REFUSED;
use crate::auth::refused;
use crate::shells::protocol::SessionCommand;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::object::{ObjectAnswer, Stub};
use attune_edge_kit::{clock, log};
use attune_objects::names::{self, Class};
use attune_objects::room::Room as Table;
use attune_objects::session::Refusal;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Devices whose session was told, with their users.
#[derive(Debug, Default)]
pub struct Seats {
    told: RefCell<BTreeMap<String, String>>,
    /// Counts notices, so that a device that ends while it is being recorded is seen.
    notices: Cell<u64>,
}

impl Seats {
    /// Takes over what the table knows.
    pub fn remember(&self, devices: Vec<(String, String)>) {
        self.told.borrow_mut().extend(devices);
    }
}

/// Tells the session of a device that it is about to have a seat here: one round trip per seat, none for a seat that is there.
/// Devices without a session (those of API keys) are nobody's to end.
///
/// # Errors
/// What the session refuses; `unavailable`.
pub async fn record(own: &Rc<Inner>, device_id: &str, user_id: &str) -> Result<(), Problem> {
    if !user_id.starts_with("usr_") || own.seats.told.borrow().contains_key(device_id) {
        return Ok(());
    }
    let before = own.seats.notices.get();
    let command = SessionCommand::SocketOpened(device_id.to_owned(), own.base.name.clone());
    let answer = ask(own, user_id, &command).await?;
    match answer.status {
        200..300 => {}
        REFUSED => {
            let refusal: Refusal = answer.read().map_err(|e| own.base.fault("session", e))?;
            return Err(refused(&refusal, clock::now_ms()));
        }
        404 => return Err(Problem::new(ProblemCode::SessionEnded, "there is no such session")),
        status => return Err(own.base.fault("session", status)),
    }
    if own.seats.notices.get() != before {
        return Err(Problem::new(ProblemCode::Unavailable, "a device has just ended, ask again").retry_after(1));
    }
    own.seats.told.borrow_mut().insert(device_id.to_owned(), user_id.to_owned());
    Ok(())
}

/// The session has told us and forgotten us. A seat that was taken since (the device has signed in again) is recorded anew.
///
/// # Errors
/// `unavailable`: then the notice comes again.
pub async fn ended(own: &Rc<Inner>, table: &Table, device_id: &str) -> Result<(), Problem> {
    own.seats.notices.set(own.seats.notices.get() + 1);
    let Some(user_id) = own.seats.told.borrow_mut().remove(device_id) else { return Ok(()) };
    let devices = table.devices().map_err(|e| own.base.problem(e))?;
    if !devices.iter().any(|(known, _)| known == device_id) {
        return Ok(());
    }
    match record(own, device_id, &user_id).await {
        Err(problem) if problem.status < 500 => {
            let now = clock::now_ms();
            table.device_ended(device_id, now, false, now).map_err(|e| own.base.problem(e))
        }
        other => other,
    }
}

/// Tells sessions of seats that are no more, beside whatever the object is doing. One that is lost costs a row there, no more.
pub fn release(own: &Rc<Inner>) {
    let Some(Ok(table)) = own.table.get() else { return };
    if own.seats.told.borrow().is_empty() {
        return;
    }
    let Ok(devices) = table.devices() else { return };
    let gone = |device: &String| !devices.iter().any(|(known, _)| known == device);
    let mut told = own.seats.told.borrow_mut();
    let (gone, left) = std::mem::take(&mut *told).into_iter().partition(|(device, _)| gone(device));
    *told = left;
    let gone: BTreeMap<String, String> = gone;
    // before this millisecond: what is recorded from now on stays
    let at = clock::now_ms() - 1;
    for (device_id, user_id) in gone.into_iter().filter(|(_, user)| user.starts_with("usr_")) {
        let own = Rc::clone(own);
        let state = Rc::clone(&own);
        state.base.state.wait_until(async move {
            let command = SessionCommand::SocketClosed(device_id, own.base.name.clone(), at);
            if let Err(problem) = ask(&own, &user_id, &command).await {
                log::warn("seat.not_released").with("reason", problem.detail).write();
            }
        });
    }
}

async fn ask(own: &Inner, user_id: &str, command: &SessionCommand) -> Result<ObjectAnswer, Problem> {
    let tenant: TenantId = own.base.tenant()?;
    let name = names::session(&tenant.cell(), &tenant, user_id);
    let unreachable = |e: attune_edge_kit::Error| {
        log::error("session.unreachable").with("reason", e.to_string()).write();
        Problem::new(ProblemCode::Unavailable, "a part that this needs cannot be reached").retry_after(1)
    };
    let stub = Stub::new(&own.base.env, Class::Session.binding(), &name);
    stub.call("/do", command).await.map_err(unreachable)
}
