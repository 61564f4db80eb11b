//! Who comes with the word of an issuer: a person who is linked already, or one who was invited under the address that the issuer
//! has verified.

use super::{Acceptance, Identity, Tenant};
use crate::Result;
use attune_contracts::people::{PersonStatus, PersonV1};
use serde::{Deserialize, Serialize};

/// What an issuer says of somebody who signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// Who the person is there.
    pub identity: Identity,
    /// The address, where the issuer says that it has verified it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_email: Option<String>,
    /// Name for a person who is new.
    pub name: String,
    /// `usr_<ulid>` for a person who is new.
    pub user_id: String,
}

impl std::fmt::Debug for Vouched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vouched").finish_non_exhaustive()
    }
}

impl Tenant {
    /// The person behind an identity. Who is not linked yet and has an open invitation accepts it by this. Nobody is linked by
    /// address alone: whoever gets an issuer to verify an address would get the person's account.
    ///
    /// # Errors
    /// `invalid_body` and `conflict`, as of [`Tenant::accept_invitation`].
    pub fn person_vouched_for(&self, vouched: &Vouched, now_ms: i64) -> Result<Option<PersonV1>> {
        if let Some(person) = self.person_of_identity(&vouched.identity)? {
            return Ok((person.status != PersonStatus::Removed).then_some(person));
        }
        let Some(email) = &vouched.verified_email else { return Ok(None) };
        let found = self.store.exec(
            "SELECT token_hash FROM invitation WHERE email = ?1 AND accepted_at IS NULL AND revoked_at IS NULL \
             AND expires_at > ?2 ORDER BY created_at DESC LIMIT 1",
            &[(&super::people::normal(email)).into(), now_ms.into()],
        )?;
        let Some(mut row) = found.first() else { return Ok(None) };
        let acceptance = Acceptance {
            token_hash: row.text(0)?,
            user_id: vouched.user_id.clone(),
            email: Some(email.clone()),
            name: vouched.name.clone(),
            identity: Some(vouched.identity.clone()),
        };
        self.accept_invitation(&acceptance, now_ms).map(Some)
    }
}
