//! What a person sees and does about their own credentials. Each change of them is recorded in the tenant's audit trail.

pub mod begin_totp;
pub mod confirm_totp;
pub mod identities;
pub mod link_identity;
pub mod read;
pub mod recovery_codes;
pub mod remove_totp;
pub mod set_password;
pub mod unlink_identity;

use crate::auth::User;
use crate::call::Call;
use crate::shells::protocol::{SessionCommand, TenantCommand};
use attune_contracts::auth::RecoveryCodesV1;
use attune_contracts::people::PersonV1;
use attune_contracts::{Problem, SCHEMA_VERSION};
use attune_edge_kit::{Answer, random};
use attune_identity::recovery::Codes;

/// Has the caller's session change a credential; it records the change.
///
/// # Errors
/// What the session refuses.
async fn change(call: &Call<'_>, command: &SessionCommand) -> Result<(), Problem> {
    let user = call.caller.user()?;
    call.ask_session(&user.tenant, &user.user_id, command).await.map(drop)
}

/// New recovery codes: the answer that shows them, and their hashes.
fn recovery_codes(call: &Call<'_>) -> Result<(Answer, Vec<String>), Problem> {
    let user = call.caller.user()?;
    let made = Codes::generate(&user.user_id, &call.settings.peppers, &random::bytes());
    let (codes, kept) = made.map_err(|e| call.internal("recovery codes", e))?;
    let hashes = kept.hashes.iter().map(|hash| format!("{}:{hash}", kept.pepper_id)).collect();
    let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    let shown = RecoveryCodesV1 { schema_version: SCHEMA_VERSION, codes };
    Ok((Answer::json(201, &shown).with("cache-control", "no-store"), hashes))
}

/// The caller as a person.
///
/// # Errors
/// `unavailable`.
async fn person(call: &Call<'_>, user: &User) -> Result<PersonV1, Problem> {
    let answer = call.ask_tenant(&user.tenant, None, TenantCommand::Person(user.user_id.clone())).await?;
    call.read(&answer)
}
