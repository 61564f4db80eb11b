//! `POST /v1/auth/password`: an address, its password and, where there is a second factor, a code. The answer and the work are the
//! same for an address that nobody has.

use super::{granted, invalid_credentials, new_sign_in, tenant_in_body, tokens_answer};
use crate::call::{Call, Outcome};
use crate::shells::protocol::{PasswordTry, SessionCommand, TenantCommand, Typed};
use attune_contracts::auth::PasswordSignInV1;
use attune_contracts::canonical::sha256_hex;
use attune_contracts::people::{PersonStatus, PersonV1, TenantDetailV1};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_domain::id::ulid_text;

/// Handles the request.
///
/// # Errors
/// `invalid_credentials`, `second_factor_required`, `too_many_tries`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: PasswordSignInV1 = call.parse()?;
    let tenant = tenant_in_body(call, &body.tenant_id)?;
    let found = find(call, &tenant, &body.email).await?;
    let (user_id, epoch) = found.unwrap_or_else(|| (nobody(&tenant, &body.email), 0));
    let todo = PasswordTry {
        password: Typed(body.password),
        code: body.code.map(Typed),
        sign_in: new_sign_in(call, epoch, body.device_name.as_deref())?,
    };
    let tokens = granted(call, &tenant, &user_id, &SessionCommand::PasswordSignIn(todo)).await;
    // That somebody is suspended would tell who exists.
    let tokens = tokens.map_err(|problem| match problem.code {
        ProblemCode::UserSuspended | ProblemCode::SessionEnded => invalid_credentials(),
        _ => problem,
    })?;
    Ok(tokens_answer(200, &tokens).into())
}

/// The person and the tenant's epoch. Both are asked for whoever it is: one hop more would tell who may sign in.
async fn find(call: &Call<'_>, tenant: &TenantId, email: &str) -> Result<Option<(String, u64)>, Problem> {
    let detail = known(call.ask_tenant(tenant, None, TenantCommand::Details).await)?;
    let person = known(call.ask_tenant(tenant, None, TenantCommand::PersonOfEmail(email.to_owned())).await)?;
    let (Some(detail), Some(person)) = (detail, person) else { return Ok(None) };
    let (detail, person): (TenantDetailV1, PersonV1) = (call.read(&detail)?, call.read(&person)?);
    Ok((person.status == PersonStatus::Active).then_some((person.user_id, detail.epoch)))
}

fn known<T>(answer: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match answer {
        Err(problem) if problem.code == ProblemCode::NotFound => Ok(None),
        answer => answer.map(Some),
    }
}

/// The object that does the work where there is nobody: one per address, under an id of 1970, which no user has.
fn nobody(tenant: &TenantId, email: &str) -> String {
    let hash = sha256_hex(format!("{tenant}|{}", email.trim().to_lowercase()).as_bytes());
    let bits = u128::from_str_radix(hash.get(..32).unwrap_or_default(), 16).unwrap_or_default();
    format!("usr_{}", ulid_text(0, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_always_the_same_and_never_somebody() {
        let tenant = TenantId::parse("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz").unwrap();
        let id = nobody(&tenant, "a@example.org");
        assert_eq!(id, nobody(&tenant, " A@Example.org"));
        assert_ne!(id, nobody(&tenant, "b@example.org"));
        assert!(id.starts_with("usr_0000000000") && attune_domain::UserId::parse(&id).is_ok(), "{id}");
    }
}
