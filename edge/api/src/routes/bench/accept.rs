//! `POST /v1/bench/accept`: the baseline of the bench. The same as a snapshot's accept (key, parse, validation, envelope), but the
//! object call does nothing.

use crate::call::{Call, Outcome};
use crate::routes::stations::snapshot::{accepted, prepare};
use attune_objects::names::Class;

/// Handles the request.
///
/// # Errors
/// As the accept of a snapshot.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let ready = prepare(call)?;
    call.ask_bytes(Class::Outbox, &ready.object, "/nothing", b"").await?;
    Ok(accepted(&ready.id).into())
}
