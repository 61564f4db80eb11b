//! Devices: enrolled with a key, named, revoked.

use super::{Answer, Device, Granted, Proof, Refusal, Session, next_second};
use crate::Result;
use attune_contracts::auth::DeviceV1;
use serde::{Deserialize, Serialize};

/// Most live devices of a user. The one unseen for longest makes room if its families are over by time.
pub const MAX_DEVICES: usize = 50;
/// A revoked device is listed for so long, ms.
pub const REVOKED_MS: i64 = 90 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// A device that signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDevice {
    /// `dev_<ulid>`, new; not used when a live device has the key already.
    pub device_id: String,
    /// Thumbprint of its key.
    pub jkt: String,
    /// The owner's name for it.
    pub name: String,
    /// Family of the user agent.
    pub agent: String,
}

/// A sign-in whose credential was judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// The device.
    pub device: NewDevice,
    /// New id of the refresh family.
    pub family_id: String,
    /// The tenant's epoch.
    pub tenant_epoch: u64,
    /// The proof of the request.
    pub proof: Option<Proof>,
}

impl Session {
    /// Signs a device in: enrols it unless a live one has its key, and begins a refresh family. One transaction.
    ///
    /// Refusals: `Erased`, `Suspended`, `NameInvalid`, `TooManyDevices`, and those of proofs.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn sign_in(&self, sign_in: &SignIn, now_ms: i64) -> Answer<Granted> {
        self.command(|| self.sign_in_now(sign_in, now_ms))
    }

    /// The same by a credential that is good once: its id is used up with it.
    ///
    /// Refusals: those of [`Session::sign_in`], and `CodeReplayed`, `CodeExpired`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn sign_in_once(&self, sign_in: &SignIn, once: &Proof, now_ms: i64) -> Answer<Granted> {
        self.command(|| {
            granted!(self.standing());
            match self.use_once(once, now_ms)? {
                Ok(()) => self.sign_in_now(sign_in, now_ms),
                Err(Refusal::ProofReused) => Ok(Err(Refusal::CodeReplayed)),
                Err(Refusal::ProofStale) => Ok(Err(Refusal::CodeExpired)),
                Err(other) => Ok(Err(other)),
            }
        })
    }

    fn sign_in_now(&self, sign_in: &SignIn, now_ms: i64) -> Answer<Granted> {
        granted!(self.standing());
        if let Some(proof) = &sign_in.proof {
            granted!(self.use_once(proof, now_ms)?);
        }
        self.raise_tenant_epoch(sign_in.tenant_epoch)?;
        let device = granted!(self.enrol_now(&sign_in.device, now_ms)?);
        self.begin_now(&sign_in.family_id, &device.device_id, now_ms)
    }

    /// Signs out all devices but one, as after a change of the password. Gives the objects whose sockets are to be closed.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn end_others(&self, keep: &str, now_ms: i64) -> Result<Vec<String>> {
        self.command(|| {
            let others: Vec<String> = {
                let memory = self.memory.borrow();
                let live = memory.devices.iter().filter(|(id, d)| d.revoked_at.is_none() && id.as_str() != keep);
                live.map(|(id, _)| id.clone()).collect()
            };
            let mut told = Vec::new();
            for device in &others {
                told.extend(self.sign_out_now(device, "password_changed", now_ms)?);
            }
            Ok(told)
        })
    }

    /// Enrols a device. A live device of the same key is given back as it is.
    ///
    /// Refusals: `Erased`, `Suspended`, `NameInvalid`, `TooManyDevices`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn enrol(&self, device: &NewDevice, now_ms: i64) -> Answer<DeviceV1> {
        self.command(|| {
            granted!(self.standing());
            self.enrol_now(device, now_ms)
        })
    }

    fn enrol_now(&self, new: &NewDevice, now_ms: i64) -> Answer<DeviceV1> {
        granted!(check_name(&new.name));
        let (known, live) = {
            let memory = self.memory.borrow();
            let mut live = memory.devices.iter().filter(|(_, d)| d.revoked_at.is_none());
            let known = live.clone().find(|(_, d)| d.jkt == new.jkt).map(|(id, d)| d.public(id));
            let unseen = live.clone().min_by_key(|(_, d)| d.seen_at).map(|(id, d)| (id.clone(), d.seen_at));
            (known, (live.by_ref().count() >= MAX_DEVICES).then_some(unseen).flatten())
        };
        if let Some(known) = known {
            return Ok(Ok(known));
        }
        if let Some((oldest, seen_at)) = live {
            if now_ms - seen_at <= super::FAMILY_IDLE_MS {
                return Ok(Err(Refusal::TooManyDevices));
            }
            granted!(self.revoke_now(&oldest, now_ms)?);
        }
        // an id that was used, and so one that was revoked, is not used again
        if self.memory.borrow().devices.contains_key(&new.device_id) {
            return Ok(Err(Refusal::DeviceRevoked));
        }
        let seen_at = now_ms.div_euclid(HOUR_MS) * HOUR_MS;
        self.store.exec(
            "INSERT INTO device (device_id, jkt, name, agent, created_at, seen_at, valid_from_s) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
            &[
                (&new.device_id).into(),
                (&new.jkt).into(),
                (&new.name).into(),
                (&new.agent).into(),
                now_ms.into(),
                seen_at.into(),
            ],
        )?;
        let device = Device {
            jkt: new.jkt.clone(),
            name: new.name.clone(),
            agent: new.agent.clone(),
            created_at: now_ms,
            seen_at,
            valid_from_s: 0,
            revoked_at: None,
        };
        let public = device.public(&new.device_id);
        self.memory.borrow_mut().devices.insert(new.device_id.clone(), device);
        Ok(Ok(public))
    }

    /// All devices, the newest first; revoked ones for [`REVOKED_MS`].
    pub fn devices(&self) -> Vec<DeviceV1> {
        let memory = self.memory.borrow();
        let mut devices: Vec<DeviceV1> = memory.devices.iter().map(|(id, device)| device.public(id)).collect();
        devices.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.device_id.cmp(&a.device_id)));
        devices
    }

    /// Renames a live device.
    ///
    /// Refusals: `DeviceUnknown`, `DeviceRevoked`, `NameInvalid`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn name_device(&self, device_id: &str, name: &str) -> Answer<DeviceV1> {
        granted!(check_name(name));
        granted!(self.live(device_id));
        self.store.exec("UPDATE device SET name = ?2 WHERE device_id = ?1", &[device_id.into(), name.into()])?;
        let mut memory = self.memory.borrow_mut();
        let Some(device) = memory.devices.get_mut(device_id) else { return Ok(Err(Refusal::DeviceUnknown)) };
        name.clone_into(&mut device.name);
        Ok(Ok(device.public(device_id)))
    }

    /// Revokes a device, from now on and for good: its families and tickets die, and the objects with its sockets are told.
    /// Gives those objects; start a drain of [`Session::outbox`]. Again is harmless.
    ///
    /// Refusals: `DeviceUnknown`.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn revoke(&self, device_id: &str, now_ms: i64) -> Answer<Vec<String>> {
        self.command(|| self.revoke_now(device_id, now_ms))
    }

    /// Signs the user out everywhere: all families end and all tokens made so far are dead. Devices stay enrolled, except for
    /// those that are to be revoked as well. `keep`: this device stays signed in (it has to refresh). Gives the objects that are
    /// told to close sockets.
    ///
    /// # Errors
    /// [`crate::Error::Store`].
    pub fn end_all(&self, keep: Option<&str>, revoke: bool, now_ms: i64) -> Result<Vec<String>> {
        self.command(|| self.end_all_now(keep, revoke, now_ms))
    }

    pub(super) fn end_all_now(&self, keep: Option<&str>, revoke: bool, now_ms: i64) -> Result<Vec<String>> {
        let devices: Vec<String> = {
            let memory = self.memory.borrow();
            let live = memory.devices.iter().filter(|(_, d)| d.revoked_at.is_none());
            live.map(|(id, _)| id.clone()).filter(|id| keep != Some(id.as_str())).collect()
        };
        let mut told = Vec::new();
        for device in &devices {
            if revoke {
                told.extend(self.revoke_now(device, now_ms)?.unwrap_or_default());
            } else {
                told.extend(self.sign_out_now(device, "signed_out", now_ms)?);
            }
        }
        let from = next_second(now_ms);
        self.store.exec("UPDATE session SET valid_from_s = max(valid_from_s, ?1)", &[from.into()])?;
        let mut memory = self.memory.borrow_mut();
        memory.facts.valid_from_s = memory.facts.valid_from_s.max(from);
        Ok(told)
    }

    fn revoke_now(&self, device_id: &str, now_ms: i64) -> Answer<Vec<String>> {
        let revoked = self.memory.borrow().devices.get(device_id).map(|d| d.revoked_at);
        match revoked {
            None => return Ok(Err(Refusal::DeviceUnknown)),
            Some(Some(_)) => return Ok(Ok(Vec::new())),
            Some(None) => {}
        }
        self.store
            .exec("UPDATE device SET revoked_at = ?2 WHERE device_id = ?1", &[device_id.into(), now_ms.into()])?;
        if let Some(device) = self.memory.borrow_mut().devices.get_mut(device_id) {
            device.revoked_at = Some(now_ms);
        }
        self.end_families_of(device_id, "revoked", now_ms)?;
        self.store.exec("DELETE FROM ticket WHERE device_id = ?1", &[device_id.into()])?;
        self.tell_sockets(device_id, true, now_ms).map(Ok)
    }

    /// Ends all access of a device that stays enrolled: families, tokens made so far, tickets, sockets.
    pub(super) fn sign_out_now(&self, device_id: &str, why: &str, now_ms: i64) -> Result<Vec<String>> {
        let from = next_second(now_ms);
        self.store.exec(
            "UPDATE device SET valid_from_s = max(valid_from_s, ?2) WHERE device_id = ?1",
            &[device_id.into(), from.into()],
        )?;
        if let Some(device) = self.memory.borrow_mut().devices.get_mut(device_id) {
            device.valid_from_s = device.valid_from_s.max(from);
        }
        self.end_families_of(device_id, why, now_ms)?;
        self.store.exec("DELETE FROM ticket WHERE device_id = ?1", &[device_id.into()])?;
        self.tell_sockets(device_id, false, now_ms)
    }

    /// Is there a live device of that id, or, without one, any at all?
    pub fn has_live(&self, device_id: Option<&str>) -> bool {
        let memory = self.memory.borrow();
        memory.devices.iter().any(|(id, d)| d.revoked_at.is_none() && device_id.is_none_or(|wanted| wanted == id))
    }

    /// A device of that id that was not revoked.
    pub(super) fn live(&self, device_id: &str) -> core::result::Result<(), Refusal> {
        match self.memory.borrow().devices.get(device_id) {
            None => Err(Refusal::DeviceUnknown),
            Some(Device { revoked_at: Some(_), .. }) => Err(Refusal::DeviceRevoked),
            Some(_) => Ok(()),
        }
    }

    /// Notes the hour in which a device was seen; writes only when it is another one.
    pub(super) fn seen(&self, device_id: &str, now_ms: i64) -> Result<()> {
        let hour = now_ms.div_euclid(HOUR_MS) * HOUR_MS;
        if self.memory.borrow().devices.get(device_id).is_none_or(|d| d.seen_at >= hour) {
            return Ok(());
        }
        self.store.exec("UPDATE device SET seen_at = ?2 WHERE device_id = ?1", &[device_id.into(), hour.into()])?;
        if let Some(device) = self.memory.borrow_mut().devices.get_mut(device_id) {
            device.seen_at = hour;
        }
        Ok(())
    }
}

fn check_name(name: &str) -> core::result::Result<(), Refusal> {
    let good = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if good { Ok(()) } else { Err(Refusal::NameInvalid) }
}
