//! Refresh families: rotation, and what reuse means (RFC 9700, section 4.14.2).

use super::{Answer, Proof, Refusal, Session};
use crate::Result;
use serde::{Deserialize, Serialize};

/// The answer to a rotation is given once more to who lost it, for this long, ms.
pub const REPEAT_MS: i64 = 10_000;
/// A family that was not rotated for so long is over, ms.
pub const FAMILY_IDLE_MS: i64 = 30 * 86_400_000;
/// A family is over after this in any case, ms.
pub const FAMILY_MS: i64 = 180 * 86_400_000;

/// A refresh token that is genuine, and the proof it came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// Its family.
    pub family_id: String,
    /// Its counter.
    pub counter: u64,
    /// Thumbprint of the proof's key.
    pub jkt: String,
    /// The proof.
    pub proof: Option<Proof>,
}

/// What to make tokens of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The device.
    pub device_id: String,
    /// The family of the refresh token.
    pub family_id: String,
    /// The counter of the refresh token.
    pub counter: u64,
    /// `iat` of the access token must not be less, s since 1970: at most one second ahead of the clock.
    pub not_before_s: i64,
    /// The highest tenant epoch that is known here; the token's must not be less.
    pub tenant_epoch: u64,
    /// Was this the second answer to one rotation?
    pub repeated: bool,
}

struct Family {
    device_id: String,
    counter: u64,
    created_at: i64,
    rotated_at: i64,
    ended: bool,
}

impl Session {
    /// Begins a family for a live device, with counter 0.
    ///
    /// Refusals: `Erased`, `Suspended`, `DeviceUnknown`, `DeviceRevoked`.
    ///
    /// # Errors
    /// [`crate::Error::Store`], also when the id is not new.
    pub fn begin(&self, family_id: &str, device_id: &str, now_ms: i64) -> Answer<Granted> {
        self.command(|| {
            granted!(self.standing());
            self.begin_now(family_id, device_id, now_ms)
        })
    }

    pub(super) fn begin_now(&self, family_id: &str, device_id: &str, now_ms: i64) -> Answer<Granted> {
        granted!(self.live(device_id));
        self.store.exec(
            "INSERT INTO family (family_id, device_id, counter, created_at, rotated_at) VALUES (?1, ?2, 0, ?3, ?3)",
            &[family_id.into(), device_id.into(), now_ms.into()],
        )?;
        self.seen(device_id, now_ms)?;
        Ok(Ok(self.granted(family_id, device_id, 0, false)))
    }

    /// Rotates: the current counter gives the next one; the one before it, within 10 s and with the device's key, the same
    /// answer again. Anything else is reuse and kills the family.
    ///
    /// Refusals: `Erased`, `Suspended`, `FamilyUnknown`, `FamilyEnded`, `RefreshReused`, those of proofs. After
    /// `RefreshReused` start a drain of [`Session::outbox`].
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn rotate(&self, refresh: &Refresh, now_ms: i64) -> Answer<Granted> {
        self.command(|| {
            granted!(self.standing());
            if let Some(proof) = &refresh.proof {
                granted!(self.use_once(proof, now_ms)?);
            }
            self.rotate_now(refresh, now_ms)
        })
    }

    fn rotate_now(&self, refresh: &Refresh, now_ms: i64) -> Answer<Granted> {
        let Some(family) = self.family(&refresh.family_id)? else { return Ok(Err(Refusal::FamilyUnknown)) };
        let over = now_ms - family.rotated_at > FAMILY_IDLE_MS || now_ms - family.created_at > FAMILY_MS;
        if family.ended || over || self.live(&family.device_id).is_err() {
            return Ok(Err(Refusal::FamilyEnded));
        }
        let own_key = self.memory.borrow().devices.get(&family.device_id).is_some_and(|d| d.jkt == refresh.jkt);
        let id = &refresh.family_id;
        if own_key && refresh.counter == family.counter {
            let next = family.counter + 1;
            self.store.exec(
                "UPDATE family SET counter = ?2, rotated_at = ?3 WHERE family_id = ?1",
                &[id.into(), next.into(), now_ms.into()],
            )?;
            self.seen(&family.device_id, now_ms)?;
            return Ok(Ok(self.granted(id, &family.device_id, next, false)));
        }
        let just_now = now_ms - family.rotated_at <= REPEAT_MS;
        if own_key && refresh.counter.checked_add(1) == Some(family.counter) && just_now {
            return Ok(Ok(self.granted(id, &family.device_id, family.counter, true)));
        }
        // A counter that was never given out is genuine all the same, so something was lost here: not to be trusted either.
        self.end_family_now(id, &family.device_id, "reused", now_ms)?;
        Ok(Err(Refusal::RefreshReused { device_id: family.device_id }))
    }

    /// Logs out: the family ends. When it was the device's last, the device's tokens and sockets end with it. Gives the
    /// objects that are told to close sockets. Again is harmless.
    ///
    /// Refusals: `FamilyUnknown`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn logout(&self, family_id: &str, now_ms: i64) -> Answer<Vec<String>> {
        self.command(|| {
            let Some(family) = self.family(family_id)? else { return Ok(Err(Refusal::FamilyUnknown)) };
            if family.ended {
                return Ok(Ok(Vec::new()));
            }
            let others = "SELECT 1 FROM family WHERE device_id = ?1 AND family_id <> ?2 AND ended_at IS NULL";
            if self.store.exec(others, &[(&family.device_id).into(), family_id.into()])?.is_empty() {
                return self.sign_out_now(&family.device_id, "logout", now_ms).map(Ok);
            }
            self.store.exec(
                "UPDATE family SET ended_at = ?2, why = 'logout' WHERE family_id = ?1",
                &[family_id.into(), now_ms.into()],
            )?;
            Ok(Ok(Vec::new()))
        })
    }

    /// Kills a family, and with it all access tokens of its device: nobody can tell which of them came from it.
    fn end_family_now(&self, family_id: &str, device_id: &str, why: &str, now_ms: i64) -> Result<()> {
        self.store.exec(
            "UPDATE family SET ended_at = ?2, why = ?3 WHERE family_id = ?1",
            &[family_id.into(), now_ms.into(), why.into()],
        )?;
        let from = super::next_second(now_ms);
        self.store.exec(
            "UPDATE device SET valid_from_s = max(valid_from_s, ?2) WHERE device_id = ?1",
            &[device_id.into(), from.into()],
        )?;
        if let Some(device) = self.memory.borrow_mut().devices.get_mut(device_id) {
            device.valid_from_s = device.valid_from_s.max(from);
        }
        self.tell_sockets(device_id, false, now_ms).map(drop)
    }

    pub(super) fn end_families_of(&self, device_id: &str, why: &str, now_ms: i64) -> Result<()> {
        self.store
            .exec(
                "UPDATE family SET ended_at = ?2, why = ?3 WHERE device_id = ?1 AND ended_at IS NULL",
                &[device_id.into(), now_ms.into(), why.into()],
            )
            .map(drop)
    }

    fn family(&self, family_id: &str) -> Result<Option<Family>> {
        let sql = "SELECT device_id, counter, created_at, rotated_at, ended_at FROM family WHERE family_id = ?1";
        let Some(mut row) = self.store.exec(sql, &[family_id.into()])?.first() else { return Ok(None) };
        Ok(Some(Family {
            device_id: row.text(0)?,
            counter: row.uint(1)?,
            created_at: row.int(2)?,
            rotated_at: row.int(3)?,
            ended: row.maybe_int(4)?.is_some(),
        }))
    }

    fn granted(&self, family_id: &str, device_id: &str, counter: u64, repeated: bool) -> Granted {
        let memory = self.memory.borrow();
        let device = memory.devices.get(device_id).map_or(0, |d| d.valid_from_s);
        Granted {
            device_id: device_id.to_owned(),
            family_id: family_id.to_owned(),
            counter,
            not_before_s: memory.facts.valid_from_s.max(device),
            tenant_epoch: memory.facts.tenant_epoch,
            repeated,
        }
    }
}
