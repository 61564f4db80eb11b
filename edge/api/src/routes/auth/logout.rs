//! `POST /v1/auth/logout`: ends the family of a refresh token, and with its last family the device's tokens and sockets.

use super::refresh_token;
use crate::call::{Call, Outcome};
use crate::shells::protocol::SessionCommand;
use attune_contracts::auth::RefreshV1;
use attune_edge_kit::Answer;

/// Handles the request; again is harmless.
///
/// # Errors
/// `session_ended` for a token that is none of ours.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: RefreshV1 = call.parse()?;
    let (token, tenant, user_id) = refresh_token(call, &body.refresh_token)?;
    call.ask_session(&tenant, &user_id, &SessionCommand::Logout(token.family)).await?;
    Ok(Answer::empty(204).into())
}
