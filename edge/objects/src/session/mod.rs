//! Session: what belongs to one user and is asked on every request (decision 6). One object per user: devices, refresh
//! families, proofs that were used, one-time tickets, open sockets, password and second factor.
//!
//! **One hop.** [`Session::check`] judges from memory, and writes one row every few seconds of use (see `proof.rs`).
//!
//! **Revocation is a fact first.** The device is dead in the transaction that revokes it; the objects that hold its sockets are
//! told through the outbox, until each has confirmed.
//!
//! **What is changed is recorded.** The tenant's audit trail hears of changed credentials and revoked devices by a message that is
//! written with the change ([`Session::recorded`]).
//!
//! Signatures, hashes and codes are judged elsewhere: here are texts and numbers. A [`Refusal`] is an answer, not an error: what
//! had to be written with it (a killed family, a wrong try) stays written.

mod check;
mod device;
mod erase;
mod family;
mod password;
mod proof;
mod record;
mod schema;
mod socket;
mod ticket;
mod totp;
mod tries;

pub use check::{Check, Checked, Proof};
pub use device::{MAX_DEVICES, NewDevice, REVOKED_MS, SignIn};
pub use family::{FAMILY_IDLE_MS, FAMILY_MS, Granted, REPEAT_MS, Refresh};
pub use password::Judged;
pub use proof::{AHEAD_S, MAX_PROOFS, PROOF_MARGIN_MS};
pub use record::Record;
pub use schema::SCHEMA;
pub use socket::MAX_SOCKETS;
pub use ticket::{MAX_TICKETS, TICKET_MS, Ticket};
pub use tries::{FREE_TRIES, LOCK_MAX_MS, LOCK_MS, lock_ms};

use crate::outbox::Outbox;
use crate::schema::migrate;
use crate::store::transact;
use crate::{Error, Result, SharedStore, Store};
use attune_contracts::auth::DeviceV1;
use proof::Proofs;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The user was erased.
    #[error("the user was erased")]
    Erased,
    /// The user is suspended or was removed.
    #[error("the user is suspended")]
    Suspended,
    /// No device of that id.
    #[error("the device is unknown")]
    DeviceUnknown,
    /// The device was revoked.
    #[error("the device was revoked")]
    DeviceRevoked,
    /// The key is not that of the device.
    #[error("the proof is of another key than the device's")]
    WrongKey,
    /// The tenant has ended all tokens of that epoch.
    #[error("the tenant has ended all tokens of that time")]
    EpochOld,
    /// Device or user signed out after the token was made.
    #[error("the device has signed out")]
    SignedOut,
    /// The proof's `jti` was used before.
    #[error("the proof was used before")]
    ProofReused,
    /// The proof's time is over.
    #[error("the proof is too old")]
    ProofStale,
    /// The proof may have been used when the object's memory was another: it has to come again with a nonce of now.
    #[error("a new nonce is needed")]
    NonceNeeded {
        /// The incarnation that the nonce has to be of; `None`: of none.
        incarnation: Option<u64>,
    },
    /// More live proofs than are remembered.
    #[error("too many requests of one user")]
    TooManyProofs,
    /// No family of that id.
    #[error("the refresh token is unknown")]
    FamilyUnknown,
    /// The family has ended, by logging out, by time, or with its device.
    #[error("the refresh token's family has ended")]
    FamilyEnded,
    /// A refresh token was used a second time, or by another key: the family is dead from now on.
    #[error("the refresh token was used before")]
    RefreshReused {
        /// The device whose family it was.
        device_id: String,
    },
    /// No ticket of that text.
    #[error("the ticket is unknown")]
    TicketUnknown,
    /// The ticket was redeemed before.
    #[error("the ticket was used before")]
    TicketUsed,
    /// The ticket is older than 30 s.
    #[error("the ticket has expired")]
    TicketExpired,
    /// More live tickets than a user needs.
    #[error("too many tickets")]
    TooManyTickets,
    /// More live devices than a user may have.
    #[error("too many devices")]
    TooManyDevices,
    /// More sockets than a user may have.
    #[error("too many live connections")]
    TooManySockets,
    /// The name is not 1 to 100 characters.
    #[error("a name has 1 to 100 characters and no control characters")]
    NameInvalid,
    /// Too many wrong tries.
    #[error("too many wrong tries")]
    Locked {
        /// When the next try is looked at, ms since 1970.
        until: i64,
    },
    /// Password, code or recovery code is wrong.
    #[error("the credential is wrong")]
    WrongSecret,
    /// The user has no such credential.
    #[error("the user has no such credential")]
    NotSet,
    /// The code's step was used before.
    #[error("the code was used before")]
    CodeReplayed,
    /// The password is right, and the user has a second factor.
    #[error("a second factor is needed")]
    SecondFactorNeeded,
    /// The code has expired.
    #[error("the code has expired")]
    CodeExpired,
}

/// What a command says: an error of the storage, a refusal, or the value.
pub type Answer<T> = Result<core::result::Result<T, Refusal>>;

/// The session object of one user.
pub struct Session {
    store: SharedStore,
    outbox: Outbox,
    tenant: String,
    user_id: String,
    memory: RefCell<Memory>,
}

/// What the tables say, kept at hand.
#[derive(Debug, Default)]
struct Memory {
    facts: Facts,
    devices: BTreeMap<String, Device>,
    proofs: Proofs,
}

/// The one row of `session`.
#[derive(Debug, Clone, Copy, Default)]
struct Facts {
    /// Tokens of a lower tenant epoch are dead.
    tenant_epoch: u64,
    /// Tokens made before are dead, s since 1970.
    valid_from_s: i64,
    suspended: bool,
    standing_seq: u64,
    erased: bool,
}

/// A device as it is stored.
#[derive(Debug, Clone)]
struct Device {
    jkt: String,
    name: String,
    agent: String,
    created_at: i64,
    seen_at: i64,
    valid_from_s: i64,
    revoked_at: Option<i64>,
}

impl Device {
    fn public(&self, id: &str) -> DeviceV1 {
        let millis = attune_domain::Millis;
        DeviceV1 {
            schema_version: attune_contracts::SCHEMA_VERSION,
            device_id: id.to_owned(),
            name: self.name.clone(),
            agent: self.agent.clone(),
            created_at: millis(self.created_at),
            seen_at: millis(self.seen_at),
            revoked_at: self.revoked_at.map(millis),
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("user_id", &self.user_id).finish_non_exhaustive()
    }
}

impl Session {
    /// Has anyone made this object? A made-up user id must not leave tables behind.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn exists(store: &dyn Store) -> Result<bool> {
        Ok(!store.exec("SELECT 1 FROM sqlite_master WHERE name = 'session'", &[])?.is_empty())
    }

    /// Opens the object of a user of `tenant`. Forgets proofs whose time is over, a bounded number. `incarnation`: a random number,
    /// new each time.
    ///
    /// # Errors
    /// [`Error::Newer`], [`Error::Store`].
    pub fn open(store: SharedStore, tenant: &str, user_id: &str, incarnation: u64, now_ms: i64) -> Result<Self> {
        migrate(&*store, &[SCHEMA])?;
        let outbox = Outbox::open(store.clone(), tenant)?;
        let row = store.exec("SELECT proofs_to FROM session", &[])?.first().ok_or(Error::Stored("session"))?;
        let memory = Memory { proofs: Proofs::new(incarnation, row.int(0)?), ..Memory::default() };
        let (tenant, user_id) = (tenant.to_owned(), user_id.to_owned());
        let session = Self { store, outbox, tenant, user_id, memory: RefCell::new(memory) };
        session.purge_proofs(now_ms)?;
        session.reload()?;
        Ok(session)
    }

    /// The object's outbox: to drain it, for its statistics, for the registry. The object must register before its first
    /// socket is opened: from then on there may be something to tell.
    pub const fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Whose session it is.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    fn reload(&self) -> Result<()> {
        let sql = "SELECT tenant_epoch, valid_from_s, suspended, standing_seq, erased_at FROM session";
        let row = self.store.exec(sql, &[])?.first().ok_or(Error::Stored("session"))?;
        let facts = Facts {
            tenant_epoch: row.uint(0)?,
            valid_from_s: row.int(1)?,
            suspended: row.int(2)? != 0,
            standing_seq: row.uint(3)?,
            erased: row.maybe_int(4)?.is_some(),
        };
        let mut devices = BTreeMap::new();
        let sql = "SELECT device_id, jkt, name, agent, created_at, seen_at, valid_from_s, revoked_at FROM device";
        for mut row in self.store.exec(sql, &[])? {
            let device = Device {
                jkt: row.text(1)?,
                name: row.text(2)?,
                agent: row.text(3)?,
                created_at: row.int(4)?,
                seen_at: row.int(5)?,
                valid_from_s: row.int(6)?,
                revoked_at: row.maybe_int(7)?,
            };
            devices.insert(row.text(0)?, device);
        }
        let mut memory = self.memory.borrow_mut();
        (memory.facts, memory.devices) = (facts, devices);
        memory.proofs.reload(&*self.store)
    }

    /// Runs a command as one transaction; what memory took over from a lost one is read again.
    fn command<T>(&self, body: impl FnMut() -> Result<T>) -> Result<T> {
        let done = transact(&*self.store, body);
        if done.is_err() {
            self.reload()?;
            self.outbox.reload()?;
        }
        done
    }

    /// May the user do anything?
    fn standing(&self) -> core::result::Result<(), Refusal> {
        let facts = self.memory.borrow().facts;
        match facts {
            Facts { erased: true, .. } => Err(Refusal::Erased),
            Facts { suspended: true, .. } => Err(Refusal::Suspended),
            _ => Ok(()),
        }
    }
}

/// The first whole second in which tokens made from now on lie, so that none made before counts: the next one.
const fn next_second(now_ms: i64) -> i64 {
    now_ms.div_euclid(1_000) + 1
}
