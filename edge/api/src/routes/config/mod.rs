//! Configuration of stations.

pub mod changes;
pub mod freeze;
pub mod read;
pub mod rollback;
pub mod update;

use crate::auth::Caller;
use crate::call::{Call, Outcome};
use crate::shells::protocol::{Command, Keyed};
use attune_contracts::{FieldError, Problem, ProblemCode, fingerprint};
use attune_domain::Scope;
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};
use serde::Serialize;

/// Key id of the operator in the history.
const OPERATOR: &str = "operator";

/// Has ControlRoom carry out a change that a key asks for, once per Idempotency-Key. A tenant's key reaches its own room, the
/// operator's key the room of the global layer.
///
/// # Errors
/// Those of ControlRoom; `forbidden` for the layer of someone else; `idempotency_key_required`.
async fn change<B: Serialize>(call: &Call<'_>, scope: Option<Scope>, route: &str, path: &str, request: B) -> Outcome {
    check_scope(&call.caller, scope)?;
    let idempotency_key = call.idempotency_key()?;
    let cell = &call.settings.config.cell;
    let (room, key_id) = match &call.caller {
        Caller::Tenant { tenant, key_id, .. } => (names::control_room(cell, tenant), key_id.clone()),
        _ => (names::global_control_room(cell), OPERATOR.to_owned()),
    };
    let fingerprint = fingerprint(route, &request).map_err(|e| call.internal("fingerprint", e))?;
    let body = Keyed { key_id, idempotency_key, fingerprint, request };
    let command = Command { traceparent: Some(call.trace.traceparent.clone()), body };
    let answer = call.ask(Class::ControlRoom, &room, path, &command).await;
    // Whatever the answer says: one that was lost on its way may have changed something.
    read::forget();
    let answer = answer?;
    Ok(Answer::json_text(answer.status, answer.body).with("cache-control", "no-store").into())
}

fn check_scope(caller: &Caller, scope: Option<Scope>) -> Result<(), Problem> {
    let operator = *caller == Caller::Operator;
    let detail = match scope {
        Some(Scope::Global) if !operator => "the global layer needs the operator's key",
        Some(Scope::Tenant | Scope::Call) if operator => "the operator's key changes the global layer only",
        _ => return Ok(()),
    };
    let errors = vec![FieldError::new("/scope", "forbidden", detail)];
    Err(Problem::new(ProblemCode::Forbidden, detail).with_errors(errors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_domain::{Cell, TenantId};
    use attune_identity::api_key::KeyKind;

    #[test]
    fn each_key_reaches_its_own_layers_only() {
        let tenant = TenantId::new(&Cell::parse("eu1").unwrap(), 1, 1);
        let key = Caller::Tenant {
            tenant,
            key_id: String::new(),
            kind: KeyKind::Secret,
            scopes: Default::default(),
            expires_at: None,
        };
        assert!(check_scope(&key, Some(Scope::Tenant)).is_ok() && check_scope(&key, None).is_ok());
        assert_eq!(check_scope(&key, Some(Scope::Global)).unwrap_err().code, ProblemCode::Forbidden);
        assert!(check_scope(&Caller::Operator, Some(Scope::Global)).is_ok());
        assert_eq!(check_scope(&Caller::Operator, Some(Scope::Call)).unwrap_err().code, ProblemCode::Forbidden);
    }
}
