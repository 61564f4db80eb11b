//! Proofs that were used: each `jti` once while its proof could still be accepted (RFC 9449, section 11.1).
//!
//! **Checks cost no write each.** The `jti`s of checked requests are kept in memory only, and the row `session.proofs_to` says how
//! late an `iat` this object has accepted at most; it is raised some seconds ahead, before a proof beyond it is accepted. So of an
//! object that has begun anew, and remembers nothing, a proof is new if its `iat` is later than the row was then, or if its nonce
//! was made by this very incarnation: a random number that nobody could know before. Any other may have been used, and is asked to
//! come again with such a nonce (`use_dpop_nonce`, section 9). No clocks are compared.
//!
//! **Two at a time.** An incarnation that was cut off and does not know of the next one accepts nothing beyond its row and its
//! next few seconds, because it cannot write; what is within its row the next one asks a nonce of its own for, and a nonce of
//! another incarnation is never taken. So no proof is accepted by both.
//!
//! What is good once and changes something (signing in, refreshing, codes) is a row, written in the transaction of the change.

use super::{Answer, Proof, Refusal, Session};
use crate::{Result, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A `jti` is kept for so much longer than its proof is accepted, ms: clocks of two machines differ.
pub const PROOF_MARGIN_MS: i64 = 5_000;
/// Most live proofs of one user; beyond, requests are refused rather than believed.
pub const MAX_PROOFS: usize = 4_096;
/// So far ahead of an accepted `iat` the row is written, and so long it serves, s.
pub const AHEAD_S: i64 = 5;
/// Most rows deleted at a time.
const PURGE_STEP: i64 = 1_000;

/// `jti`s, and until when each is kept.
#[derive(Debug, Default)]
struct Used {
    until: BTreeMap<Rc<str>, i64>,
    by_time: BTreeSet<(i64, Rc<str>)>,
}

impl Used {
    fn forget(&mut self, now_ms: i64) {
        while let Some((until, _)) = self.by_time.first()
            && *until <= now_ms
            && let Some((_, jti)) = self.by_time.pop_first()
        {
            self.until.remove(&jti);
        }
    }

    fn put(&mut self, jti: &str, until: i64) {
        let jti: Rc<str> = jti.into();
        if let Some(old) = self.until.insert(Rc::clone(&jti), until) {
            self.by_time.remove(&(old, Rc::clone(&jti)));
        }
        self.by_time.insert((until, jti));
    }
}

/// What is known of proofs.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// Of checks: in memory only.
    checked: Used,
    /// The table `proof`.
    stored: Used,
    /// The random number of this incarnation.
    incarnation: u64,
    /// No incarnation before this one has accepted an `iat` later than this.
    before_s: i64,
    /// What the row says.
    to_s: i64,
    /// When the row is to be written again, ms since 1970, though it would cover more.
    renew_at: i64,
}

impl Proofs {
    /// Those of an object that has just begun. `to_s`: what the row says.
    pub(super) fn new(incarnation: u64, to_s: i64) -> Self {
        Self { incarnation, before_s: to_s, to_s, renew_at: i64::MIN, ..Self::default() }
    }

    /// Reads the table again; what is in memory only stays.
    pub(super) fn reload(&mut self, store: &dyn Store) -> Result<()> {
        self.stored = Used::default();
        for mut row in store.exec("SELECT jti, until FROM proof", &[])? {
            self.stored.put(&row.text(0)?, row.int(1)?);
        }
        Ok(())
    }

    /// Is there room for a proof that was not used? Gives until when it is to be kept.
    fn judge(&mut self, proof: &Proof, now_ms: i64) -> core::result::Result<i64, Refusal> {
        let kept_until = proof.until_ms.saturating_add(PROOF_MARGIN_MS);
        if kept_until <= now_ms {
            return Err(Refusal::ProofStale);
        }
        self.checked.forget(now_ms);
        self.stored.forget(now_ms);
        let jti = proof.jti.as_str();
        if self.checked.until.contains_key(jti) || self.stored.until.contains_key(jti) {
            return Err(Refusal::ProofReused);
        }
        let live = self.checked.until.len() + self.stored.until.len();
        if live < MAX_PROOFS { Ok(kept_until) } else { Err(Refusal::TooManyProofs) }
    }

    /// Could no incarnation before this one have accepted the proof, nor one that is cut off?
    fn is_ours(&self, proof: &Proof) -> core::result::Result<(), Refusal> {
        let late = proof.issued_at_s > self.before_s;
        match proof.incarnation {
            Some(incarnation) if incarnation == self.incarnation => Ok(()),
            None if late => Ok(()),
            _ => Err(Refusal::NonceNeeded { incarnation: (!late).then_some(self.incarnation) }),
        }
    }
}

impl Session {
    /// Uses up the proof of a checked request: in memory, with a write every few seconds.
    pub(super) fn use_proof(&self, proof: &Proof, now_ms: i64) -> Answer<()> {
        let proofs = &mut self.memory.borrow_mut().proofs;
        let kept_until = granted!(proofs.judge(proof, now_ms));
        granted!(proofs.is_ours(proof));
        if proof.issued_at_s > proofs.to_s || now_ms >= proofs.renew_at {
            let to_s = proofs.to_s.max(proof.issued_at_s.saturating_add(AHEAD_S));
            self.store.exec("UPDATE session SET proofs_to = ?1", &[to_s.into()])?;
            proofs.to_s = to_s;
            proofs.renew_at = now_ms.saturating_add(AHEAD_S * 1_000);
        }
        proofs.checked.put(&proof.jti, kept_until);
        Ok(Ok(()))
    }

    /// Uses up a proof, or what else is good once, together with the change that it is for: a row.
    pub(super) fn use_once(&self, proof: &Proof, now_ms: i64) -> Answer<()> {
        let proofs = &mut self.memory.borrow_mut().proofs;
        let kept_until = granted!(proofs.judge(proof, now_ms));
        self.purge_proofs(now_ms)?;
        let sql = "INSERT INTO proof (jti, until) VALUES (?1, ?2)";
        self.store.exec(sql, &[(&proof.jti).into(), kept_until.into()])?;
        proofs.stored.put(&proof.jti, kept_until);
        Ok(Ok(()))
    }

    pub(super) fn purge_proofs(&self, now_ms: i64) -> Result<()> {
        let sql = "DELETE FROM proof WHERE slot IN (SELECT slot FROM proof WHERE until <= ?1 LIMIT ?2)";
        self.store.exec(sql, &[now_ms.into(), PURGE_STEP.into()]).map(drop)
    }
}
