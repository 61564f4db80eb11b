//! `DELETE /v1/me/identities/{identity}`: the identity signs nobody in any more. Devices that it has signed in stay.

use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let command = TenantCommand::UnlinkIdentity(user.user_id.clone(), call.params[0].to_owned());
    call.ask_tenant(&user.tenant, None, command).await?;
    Ok(Answer::empty(204).into())
}
