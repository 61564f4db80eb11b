//! `GET /v1/permissions`: all permissions that there are, what the built-in roles allow, and what the caller may do.

use crate::call::{Call, Outcome};
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::people::PermissionsV1;
use attune_edge_kit::Answer;
use attune_identity::permission::{BuiltIn, Permissions};

/// Handles the request.
///
/// # Errors
/// Those of the door.
pub fn handle(call: &Call<'_>) -> Outcome {
    let names = |set: Permissions| set.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
    let answer = PermissionsV1 {
        schema_version: SCHEMA_VERSION,
        permissions: names(Permissions::all()),
        roles: BuiltIn::ALL.into_iter().map(|role| (role.as_str().to_owned(), names(role.permissions()))).collect(),
        yours: names(call.caller.permissions()),
    };
    Ok(Answer::json(200, &answer).with("cache-control", "no-store").into())
}
