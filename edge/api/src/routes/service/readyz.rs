//! `GET /readyz`: can work be accepted and handed on? Configuration is checked before any route; here the Registry says how the
//! hand-off was doing at the sweeper's last visits. Remembered for ten seconds, so that a prober costs nothing.

use crate::call::{Call, Outcome};
use crate::registries::ask_all;
use attune_contracts::{FieldError, Problem, ProblemCode, SCHEMA_VERSION};
use attune_edge_kit::{Answer, log};
use attune_objects::outbox::MAX_OLDEST_MS;
use attune_objects::registry::Aggregate;
use serde_json::{Value, json};
use std::cell::Cell;

/// How long an aggregate is believed, ms.
const BELIEVED_MS: i64 = 10_000;

thread_local! {
    static LAST: Cell<Option<(i64, Aggregate)>> = const { Cell::new(None) };
}

/// Handles the request.
///
/// # Errors
/// `unavailable` with one entry per part that does not answer.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let known = LAST.get().filter(|(at, _)| call.now - at < BELIEVED_MS).map(|(_, aggregate)| aggregate);
    let aggregate = match known {
        Some(aggregate) => Some(aggregate),
        None => fresh(call).await,
    };
    judge(aggregate, call.now).map(Into::into)
}

async fn fresh(call: &Call<'_>) -> Option<Aggregate> {
    let shards: Result<Vec<Aggregate>, _> = ask_all(call.env, &call.settings.config.cell, "/aggregate", &()).await;
    match shards {
        Ok(shards) => {
            let sum = shards.into_iter().fold(Aggregate::default(), Aggregate::plus);
            LAST.set(Some((call.now, sum)));
            Some(sum)
        }
        Err(e) => {
            log::error("readyz.registry").with("reason", e.to_string()).write();
            None
        }
    }
}

fn judge(aggregate: Option<Aggregate>, now: i64) -> Result<Answer, Problem> {
    let mut checks = vec![json!({"name": "configuration", "ok": true})];
    let mut errors = Vec::new();
    let mut check = |name: &str, fault: Option<String>, detail: Option<String>| {
        checks.push(json!({"name": name, "ok": fault.is_none()}));
        if let (Some(last), Some(detail)) = (checks.last_mut(), fault.clone().or(detail)) {
            last["detail"] = Value::from(detail);
        }
        errors.extend(fault.map(|f| FieldError::new("", name, f)));
    };
    match aggregate {
        None => check("registry", Some("cannot be reached".to_owned()), None),
        Some(sum) => {
            check("registry", None, Some(format!("{} objects, {} not visited in time", sum.objects, sum.overdue)));
            let age = sum.oldest_at.map_or(0, |at| (now - at).max(0));
            // Old reports prove nothing: where the sweeper has not come by, the age of its last report only grows.
            let stuck = age > MAX_OLDEST_MS && sum.overdue == 0;
            let words = format!("{} messages wait, {} were refused", sum.depth, sum.rejected);
            check("hand_off", stuck.then(|| format!("{words}, the oldest for {age} ms")), Some(words));
        }
    }
    if errors.is_empty() {
        let ready = json!({"schema_version": SCHEMA_VERSION, "status": "ready", "checks": checks});
        return Ok(Answer::json(200, &ready).with("cache-control", "no-store"));
    }
    Err(Problem::new(ProblemCode::Unavailable, "not ready").with_errors(errors).retry_after(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_cell_is_ready() {
        let answer = judge(Some(Aggregate::default()), 1).unwrap();
        assert_eq!(answer.status, 200);
        assert!(answer.body.unwrap().contains("\"status\":\"ready\""));
    }

    #[test]
    fn a_blocked_hand_off_or_a_silent_registry_is_not() {
        let stuck = Aggregate { oldest_at: Some(0), depth: 3, ..Aggregate::default() };
        assert_eq!(judge(Some(stuck), MAX_OLDEST_MS + 1).unwrap_err().errors[0].code, "hand_off");
        assert!(judge(Some(stuck), MAX_OLDEST_MS).is_ok());
        assert_eq!(judge(None, 1).unwrap_err().errors[0].code, "registry");
    }
}
