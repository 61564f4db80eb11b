//! Proofs that were used: each `jti` once while its proof could still be accepted (RFC 9449, section 11.1).

use super::{Answer, Proof, Refusal, Session};
use crate::{Result, Store};
use std::collections::{BTreeMap, BTreeSet};

/// A `jti` is kept for so much longer than its proof is accepted, ms: clocks of two machines differ.
pub const PROOF_MARGIN_MS: i64 = 5_000;
/// Most live proofs of one user; beyond, requests are refused rather than believed.
pub const MAX_PROOFS: usize = 4_096;
/// Most rows deleted when the object is opened.
const PURGE_STEP: i64 = 1_000;

/// The table `proof`, by `jti` and by time.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// `jti` → (kept until, slot).
    used: BTreeMap<String, (i64, i64)>,
    /// (kept until, slot, `jti`): the first one is the next to be free.
    by_time: BTreeSet<(i64, i64, String)>,
    last_slot: i64,
}

impl Proofs {
    pub(super) fn load(store: &dyn Store) -> Result<Self> {
        let mut proofs = Self::default();
        for mut row in store.exec("SELECT slot, jti, until FROM proof", &[])? {
            let slot = row.int(0)?;
            proofs.put(row.text(1)?, row.int(2)?, slot);
        }
        Ok(proofs)
    }

    fn put(&mut self, jti: String, until: i64, slot: i64) {
        self.last_slot = self.last_slot.max(slot);
        self.by_time.insert((until, slot, jti.clone()));
        // a dead entry of the same `jti` may still have its slot
        let entry = self.used.entry(jti).or_insert((until, slot));
        *entry = (*entry).max((until, slot));
    }

    /// A slot whose `jti` need not be known any more, or a new one; `None` when all are in use.
    fn free_slot(&self, now_ms: i64) -> Option<i64> {
        match self.by_time.first() {
            Some((until, slot, _)) if *until <= now_ms => Some(*slot),
            _ if self.by_time.len() < MAX_PROOFS => Some(self.last_slot + 1),
            _ => None,
        }
    }

    /// Puts a `jti` into a slot that [`Self::free_slot`] gave.
    fn take(&mut self, jti: String, until: i64, slot: i64) {
        if self.by_time.first().is_some_and(|(_, first, _)| *first == slot)
            && let Some((until, slot, old)) = self.by_time.pop_first()
            && self.used.get(&old) == Some(&(until, slot))
        {
            self.used.remove(&old);
        }
        self.put(jti, until, slot);
    }
}

impl Session {
    /// Uses up a proof: one row, nothing read.
    pub(super) fn use_proof(&self, proof: &Proof, now_ms: i64) -> Answer<()> {
        let kept_until = proof.until_ms.saturating_add(PROOF_MARGIN_MS);
        if kept_until <= now_ms {
            return Ok(Err(Refusal::ProofStale));
        }
        let slot = {
            let proofs = &self.memory.borrow().proofs;
            if proofs.used.get(&proof.jti).is_some_and(|(until, _)| *until > now_ms) {
                return Ok(Err(Refusal::ProofReused));
            }
            match proofs.free_slot(now_ms) {
                Some(slot) => slot,
                None => return Ok(Err(Refusal::TooManyProofs)),
            }
        };
        self.store.exec(
            "INSERT OR REPLACE INTO proof (slot, jti, until) VALUES (?1, ?2, ?3)",
            &[slot.into(), (&proof.jti).into(), kept_until.into()],
        )?;
        self.memory.borrow_mut().proofs.take(proof.jti.clone(), kept_until, slot);
        Ok(Ok(()))
    }

    pub(super) fn purge_proofs(&self, now_ms: i64) -> Result<()> {
        let sql = "DELETE FROM proof WHERE slot IN (SELECT slot FROM proof WHERE until <= ?1 LIMIT ?2)";
        self.store.exec(sql, &[now_ms.into(), PURGE_STEP.into()]).map(drop)
    }
}
