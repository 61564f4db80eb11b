//! `POST /v1/me/recovery-codes`: ten codes for who has lost the authenticator, shown once; earlier ones are good no more.

use super::change;
use crate::call::{Call, Outcome};
use crate::shells::protocol::SessionCommand;
use attune_contracts::SCHEMA_VERSION;
use attune_contracts::auth::RecoveryCodesV1;
use attune_edge_kit::{Answer, random};
use attune_identity::recovery::Codes;

/// Handles the request.
///
/// # Errors
/// `conflict` without a second factor.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let user = call.caller.user()?;
    let made = Codes::generate(&user.user_id, &call.settings.peppers, &random::bytes());
    let (codes, kept) = made.map_err(|e| call.internal("recovery codes", e))?;
    let hashes = kept.hashes.iter().map(|hash| format!("{}:{hash}", kept.pepper_id)).collect();
    change(call, &SessionCommand::SetRecoveryCodes(hashes), "person.recovery_codes").await?;
    let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    let answer = RecoveryCodesV1 { schema_version: SCHEMA_VERSION, codes };
    Ok(Answer::json(201, &answer).with("cache-control", "no-store").into())
}
