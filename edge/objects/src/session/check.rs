//! The one hop of each request.

use super::{Answer, Refusal, Session};
use crate::Result;
use serde::{Deserialize, Serialize};

/// A proof whose signature and claims were judged at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Its `jti`.
    pub jti: String,
    /// Until when the door would accept it, ms since 1970.
    pub until_ms: i64,
    /// Its `iat`, s since 1970.
    #[serde(default)]
    pub issued_at_s: i64,
    /// The incarnation in its nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incarnation: Option<u64>,
}

impl Proof {
    /// What is good once and is no proof of a checked request: a code.
    pub const fn once(id: String, until_ms: i64) -> Self {
        Self { jti: id, until_ms, issued_at_s: 0, incarnation: None }
    }
}

/// An access token and its proof, judged at the door as far as it can be judged there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// `did` of the token.
    pub device_id: String,
    /// Thumbprint of the proof's key (equal to `cnf.jkt` of the token).
    pub jkt: String,
    /// `epoch` of the token.
    pub tenant_epoch: u64,
    /// `iat` of the token, s since 1970.
    pub issued_at_s: i64,
    /// The proof; `None` only where the route takes none (a redeemed ticket).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// A request that may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// When the device was enrolled, ms since 1970.
    pub enrolled_at: i64,
}

impl Session {
    /// Is the device live, is the token of this time, and is the proof new? Writes one row at most, and seldom.
    ///
    /// Refusals: `Erased`, `Suspended`, `DeviceUnknown`, `DeviceRevoked`, `WrongKey`, `EpochOld`, `SignedOut`, `ProofStale`,
    /// `ProofReused`, `NonceNeeded`, `TooManyProofs`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn check(&self, check: &Check, now_ms: i64) -> Answer<Checked> {
        granted!(self.standing());
        let enrolled_at = {
            let memory = self.memory.borrow();
            let Some(device) = memory.devices.get(&check.device_id) else { return Ok(Err(Refusal::DeviceUnknown)) };
            if device.revoked_at.is_some() {
                return Ok(Err(Refusal::DeviceRevoked));
            }
            if device.jkt != check.jkt {
                return Ok(Err(Refusal::WrongKey));
            }
            if check.tenant_epoch < memory.facts.tenant_epoch {
                return Ok(Err(Refusal::EpochOld));
            }
            if check.issued_at_s < device.valid_from_s.max(memory.facts.valid_from_s) {
                return Ok(Err(Refusal::SignedOut));
            }
            device.created_at
        };
        if let Some(proof) = &check.proof {
            granted!(self.use_proof(proof, now_ms)?);
        }
        Ok(Ok(Checked { enrolled_at }))
    }

    /// Learns of the tenant's epoch: tokens of lower ones are refused from now on. Lower numbers change nothing.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn raise_tenant_epoch(&self, epoch: u64) -> Result<()> {
        if epoch <= self.memory.borrow().facts.tenant_epoch {
            return Ok(());
        }
        self.store.exec("UPDATE session SET tenant_epoch = ?1", &[epoch.into()])?;
        self.memory.borrow_mut().facts.tenant_epoch = epoch;
        Ok(())
    }
}
