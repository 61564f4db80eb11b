//! What has to be done at the media server: removing and revoking, deleting, and asking who is there. The first try is made at
//! once, beside the answer; what fails waits and is tried again by the alarm.

use super::Inner;
use crate::projects::{Asker, Project, server_address};
use attune_aws::{HttpRequest, HttpResponse};
use attune_contracts::voice::SeatState;
use attune_edge_kit::{clock, log, random, transport};
use attune_identity::livekit::{Call, TwirpError, parse_participants};
use attune_objects::room::{Errand, Room as Table};
use futures_util::future::join_all;
use std::rc::Rc;

/// A call that takes longer is given up, ms. Shorter than the time after which an errand is handed out again.
const TIMEOUT_MS: u32 = 8_000;
/// More of an answer is not taken in, bytes: a list of all participants of the largest room is far smaller.
const MAX_ANSWER: usize = 1 << 20;
/// So often the media server is asked who is there while somebody is, ms: a webhook may have been lost.
const RECONCILE_MS: i64 = 300_000;
/// After so many tries it is given up: some hours, when all tokens have long expired.
const MOST_TRIES: i64 = 300;

/// Starts the errands beside whatever the object is doing.
pub fn kick(own: &Rc<Inner>) {
    if !own.running.get() {
        let own = Rc::clone(own);
        let state = Rc::clone(&own);
        state.base.state.wait_until(async move { run(&own).await });
    }
}

/// Runs the errands that are due, and arms the alarm for those that are left.
pub async fn run(own: &Rc<Inner>) {
    if own.running.replace(true) {
        return;
    }
    if let Some(Ok(table)) = own.table.get() {
        while let Some(due) = due(own, table) {
            let done = join_all(due.iter().map(|errand| carry_out(own, table, errand))).await;
            for (errand, done) in due.iter().zip(done) {
                let given_up = errand.attempts >= MOST_TRIES;
                let noted = if done || given_up {
                    table.errand_done(errand)
                } else {
                    table.errand_failed(errand, random::u64(), clock::now_ms())
                };
                if let Err(e) = noted {
                    own.base.fault("room.errand", e);
                }
            }
        }
        let now = clock::now_ms();
        if let Ok(next) = table.next_alarm(now) {
            own.base.arm(next.map(|at| at.max(now + 100)));
        }
    }
    own.running.set(false);
}

fn due(own: &Inner, table: &Table) -> Option<Vec<Errand>> {
    let found = table.errands(clock::now_ms()).map_err(|e| own.base.fault("room.errands", e)).ok()?;
    (!found.is_empty()).then_some(found)
}

/// Does one. True: it is done, or there is nothing left to do.
async fn carry_out(own: &Inner, table: &Table, errand: &Errand) -> bool {
    let Ok(Some(room)) = table.get() else { return false };
    let call = match &errand.identity {
        Some(identity) => Call::remove_participant(&room.room_id, identity, u64::try_from(errand.revoke_token_ts).ok()),
        None => Call::delete_room(&room.room_id),
    };
    let answer = ask(own, &room.project, &call).await;
    match answer {
        Some(HttpResponse { status: 200..300, .. }) => true,
        Some(answer) => {
            let error = TwirpError::parse(answer.status, &answer.body);
            if error == TwirpError::NotFound {
                return true;
            }
            log::warn("errand.failed").with("status", answer.status).with("attempts", errand.attempts).write();
            false
        }
        None => false,
    }
}

/// Calls the server API of the room's project. `None` when it cannot be reached; the reason is in the log.
async fn ask(own: &Inner, project: &str, call: &Call) -> Option<HttpResponse> {
    let (settings, tenant) = (own.base.settings().ok()?, own.base.tenant().ok()?);
    let asker = Asker { env: &own.base.env, settings: &settings, tenant: &tenant, now: clock::now_ms() };
    let unreachable = |reason: String| log::warn("media_server.unreachable").with("reason", reason).write();
    let project: Rc<Project> = match asker.of_room(project).await {
        Ok(Some(project)) => project,
        Ok(None) => {
            unreachable("the project of the room is gone".to_owned());
            return None;
        }
        Err(_) => return None,
    };
    let Some(address) = server_address(&project.url, settings.config.environment == "local") else {
        unreachable("the address of the project may not be called".to_owned());
        return None;
    };
    let token = call.token(&project.key, clock::now_ms().unsigned_abs() / 1_000).ok()?;
    let request = HttpRequest {
        method: "POST",
        url: format!("{address}{}", call.path),
        headers: vec![
            ("content-type".into(), "application/json".to_owned()),
            ("authorization".into(), format!("Bearer {token}")),
        ],
        body: call.body.clone().into_bytes(),
    };
    transport::send_limited(request, TIMEOUT_MS, MAX_ANSWER).await.map_err(|e| unreachable(e.to_string())).ok()
}

/// When the media server is to be asked who is there; `None` while nobody is.
pub fn asks_at(own: &Inner, table: &Table, now_ms: i64) -> Option<i64> {
    let there = table.participants(now_ms).ok()?;
    let joined = there.participants.iter().any(|p| p.state == SeatState::Joined);
    joined.then(|| own.reconciled_at.get() + RECONCILE_MS)
}

/// Asks the media server who is there, when it is time: who is not has left, and the webhook was lost.
pub async fn reconcile(own: &Rc<Inner>) {
    let Some(Ok(table)) = own.table.get() else { return };
    let asked_at = clock::now_ms();
    if asks_at(own, table, asked_at).is_none_or(|at| at > asked_at) {
        return;
    }
    own.reconciled_at.set(asked_at);
    let Ok(Some(room)) = table.get() else { return };
    let Some(answer) = ask(own, &room.project, &Call::list_participants(&room.room_id)).await else { return };
    let present = match answer.status {
        200 => match parse_participants(&answer.body) {
            Ok(all) => all.into_iter().filter(|p| !p.disconnected).map(|p| p.sid).collect(),
            Err(_) => return,
        },
        status if TwirpError::parse(status, &answer.body) == TwirpError::NotFound => Vec::new(),
        _ => return,
    };
    if let Err(e) = table.reconcile(&present, asked_at, clock::now_ms()) {
        own.base.fault("room.reconcile", e);
    }
}
