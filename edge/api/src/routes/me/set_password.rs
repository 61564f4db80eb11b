//! `PUT /v1/me/password`: sets the password; whoever has one gives it. All other devices are signed out by a change.

use super::change;
use crate::call::{Call, Outcome};
use crate::shells::protocol::{NewPassword, SessionCommand, Typed};
use attune_contracts::auth::SetPasswordV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `invalid_credentials` for a wrong old one, `too_many_tries`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: SetPasswordV1 = call.parse()?;
    let device_id = call.caller.user()?.device_id.clone();
    let new = NewPassword { old: body.old.map(Typed), new: Typed(body.new), device_id };
    change(call, &SessionCommand::SetPassword(new)).await?;
    Ok(Answer::empty(204).into())
}
