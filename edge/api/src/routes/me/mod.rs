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
use attune_contracts::Problem;
use attune_contracts::people::PersonV1;

/// Has the caller's session change a credential, and the change recorded.
///
/// # Errors
/// What the session refuses. When only the record fails, the change stands and the answer is 503: to be repeated.
async fn change(call: &Call<'_>, command: &SessionCommand, action: &str) -> Result<(), Problem> {
    let user = call.caller.user()?;
    call.ask_session(&user.tenant, &user.user_id, command).await?;
    call.ask_tenant(&user.tenant, None, TenantCommand::Note(action.to_owned())).await.map(drop)
}

/// The caller as a person.
///
/// # Errors
/// `unavailable`.
async fn person(call: &Call<'_>, user: &User) -> Result<PersonV1, Problem> {
    let answer = call.ask_tenant(&user.tenant, None, TenantCommand::Person(user.user_id.clone())).await?;
    call.read(&answer)
}
