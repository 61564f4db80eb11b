//! Passwords and second factors, judged in the user's own object: the work of Argon2id is done here, one at a time (decision 6).

use super::base::Base;
use super::protocol::{Credentials, NewPassword, PasswordTry, Typed};
use super::session::recorded;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::random;
use attune_identity::{password, recovery, totp};
use attune_objects::session::{Answer, Granted, Judged, Refusal, Session as Table, lock_ms};
use std::cell::Cell;

/// A value or a refusal, or a fault of ours.
type Told<T> = Result<Result<T, Refusal>, Problem>;

/// Name of the field under which the secret of a user's second factor is sealed.
pub fn totp_field(user_id: &str) -> String {
    format!("totp:{user_id}")
}

/// Signs a device in by password and, where there is one, second factor.
pub fn password_sign_in(base: &Base, table: &Table, todo: &PasswordTry, now_ms: i64) -> Told<Granted> {
    let fail = |e| base.problem(e);
    if let Err(refusal) = try_password(base, table, &todo.password, now_ms)? {
        return Ok(Err(refusal));
    }
    if table.has_totp().map_err(fail)? {
        let Some(code) = &todo.code else { return Ok(Err(Refusal::SecondFactorNeeded)) };
        if let Err(refusal) = second_factor(base, table, code, now_ms)? {
            return Ok(Err(refusal));
        }
    }
    table.sign_in(&todo.sign_in, now_ms).map_err(fail)
}

fn try_password(base: &Base, table: &Table, typed: &Typed, now_ms: i64) -> Told<()> {
    // What can be no password is none of anybody's: no work, whoever is asked for.
    let Ok(typed) = password::Password::parse(&typed.0) else { return Ok(Err(Refusal::WrongSecret)) };
    table.try_password(|stored| judge(base, &typed, stored), now_ms).map_err(|e| base.problem(e))
}

fn judge(base: &Base, typed: &password::Password, stored: Option<&str>) -> Judged {
    let Some(stored) = stored else {
        drop(password::verify_absent(typed));
        return Judged::Wrong;
    };
    match password::verify(typed, stored) {
        Ok(password::Verdict { matches: true, rehash }) => {
            Judged::Right { renewed: rehash.then(|| password::hash(typed, random::bytes()).ok()).flatten() }
        }
        Ok(_) => Judged::Wrong,
        Err(e) => {
            base.fault("password", e);
            Judged::Wrong
        }
    }
}

/// Six digits are a code of the authenticator, all else is a recovery code.
fn second_factor(base: &Base, table: &Table, code: &Typed, now_ms: i64) -> Told<()> {
    let fail = |e| base.problem(e);
    if code.0.len() == 6 && code.0.bytes().all(|b| b.is_ascii_digit()) {
        return totp(base, table, false, code, now_ms);
    }
    let settings = base.settings()?;
    let pepper = table.recovery_pepper().map_err(fail)?;
    let hash = pepper.map(|id| recovery::hash_of(table.user_id(), &code.0, &settings.peppers, &id).map(|h| (id, h)));
    match hash.transpose() {
        Ok(Some((pepper, hash))) => {
            let left = table.try_recovery_code(&format!("{pepper}:{hash}"), now_ms).map_err(fail)?;
            Ok(left.map(drop))
        }
        Err(recovery::Error::PepperMissing) => Err(base.fault("recovery codes", recovery::Error::PepperMissing)),
        _ => table.wrong_second_factor(now_ms).map_err(fail),
    }
}

/// Tries a code of the authenticator; the first right one confirms a new secret.
fn totp(base: &Base, table: &Table, confirm: bool, code: &Typed, now_ms: i64) -> Told<()> {
    let (settings, tenant) = (base.settings()?, base.tenant()?);
    let field = totp_field(table.user_id());
    let judge = |sealed: &str| {
        let opened = settings.master_keys.open(tenant.as_str(), &field, sealed);
        let opened = opened.inspect_err(|e| drop(base.fault("totp", e))).ok()?;
        let secret = totp::Secret::new(opened.expose().as_slice().try_into().ok()?);
        secret.verify(&code.0, now_ms.unsigned_abs() / 1_000, None).ok()
    };
    table.try_totp(confirm, judge, now_ms).map_err(|e| base.problem(e))
}

/// Sets the password, by the one so far where there is one. All other devices are signed out then.
pub fn set_password(base: &Base, table: &Table, new: &NewPassword, now_ms: i64) -> Told<()> {
    let fail = |e| base.problem(e);
    // judged at the door, which knows the names that are no passwords
    let typed = password::Password::parse(&new.new.0).map_err(|e| base.fault("password", e))?;
    let held = table.password_set_at().map_err(fail)?.is_some();
    if held {
        let Some(old) = &new.old else { return Ok(Err(Refusal::WrongSecret)) };
        if let Err(refusal) = try_password(base, table, old, now_ms)? {
            return Ok(Err(refusal));
        }
    }
    let hash = password::hash(&typed, random::bytes()).map_err(|e| base.fault("password", e))?;
    own(base, table, "person.password", now_ms, || {
        if let Err(refusal) = table.set_password(&hash, now_ms)? {
            return Ok(Err(refusal));
        }
        if held {
            table.end_others(&new.device_id, now_ms)?;
        }
        Ok(Ok(()))
    })
}

/// Changes the user's own credentials, with the record of it.
fn own<T>(base: &Base, table: &Table, action: &str, now_ms: i64, change: impl FnMut() -> Answer<T>) -> Told<T> {
    let user = table.user_id();
    recorded(table, user, Some((action, user)), now_ms, change).map_err(|e| base.problem(e))
}

/// Which credentials there are.
pub fn held(base: &Base, table: &Table) -> Result<Credentials, Problem> {
    let read = || {
        Ok(Credentials {
            has_password: table.password_set_at()?.is_some(),
            has_totp: table.has_totp()?,
            recovery_codes_left: table.recovery_codes_left()?,
        })
    };
    read().map_err(|e| base.problem(e))
}

/// Begins a second factor.
pub fn begin_totp(base: &Base, table: &Table, sealed: &str) -> Told<()> {
    if table.has_totp().map_err(|e| base.problem(e))? {
        let detail = "there is a second factor already: take it away before you make another";
        return Err(Problem::new(ProblemCode::Conflict, detail));
    }
    table.begin_totp(sealed).map_err(|e| base.problem(e))
}

/// Confirms a second factor by its first code, and keeps its recovery codes.
pub fn confirm_totp(base: &Base, table: &Table, code: &Typed, hashes: &[String], now_ms: i64) -> Told<()> {
    own(base, table, "person.totp", now_ms, || {
        if let Err(refusal) = totp(base, table, true, code, now_ms)? {
            return Ok(Err(refusal));
        }
        table.set_recovery_codes(hashes).map(Ok)
    })
}

/// Takes the second factor away, by a code of it: who has found an unlocked device has none.
pub fn remove_totp(base: &Base, table: &Table, code: &Typed, now_ms: i64) -> Told<()> {
    if let Err(refusal) = second_factor(base, table, code, now_ms)? {
        return Ok(Err(refusal));
    }
    own(base, table, "person.totp_remove", now_ms, || table.remove_totp().map(Ok))
}

/// Replaces the recovery codes, by a code of the second factor: with new ones it could be taken away.
pub fn set_recovery_codes(base: &Base, table: &Table, code: &Typed, hashes: &[String], now_ms: i64) -> Told<()> {
    if !table.has_totp().map_err(|e| base.problem(e))? {
        return Err(Problem::new(ProblemCode::Conflict, "there is no second factor to recover"));
    }
    if let Err(refusal) = second_factor(base, table, code, now_ms)? {
        return Ok(Err(refusal));
    }
    own(base, table, "person.recovery_codes", now_ms, || table.set_recovery_codes(hashes).map(Ok))
}

/// Where there is nobody, answers and work are those of a wrong password, lock-out included. Nothing is stored for made-up
/// addresses: the count is gone when the object is evicted, some seconds after the last try.
#[derive(Debug, Default)]
pub struct Decoy {
    wrong: Cell<u64>,
    locked_until: Cell<i64>,
}

impl Decoy {
    /// The refusal of a try.
    pub fn refuse(&self, typed: &Typed, now_ms: i64) -> Refusal {
        if self.locked_until.get() > now_ms {
            return Refusal::Locked { until: self.locked_until.get() };
        }
        if let Ok(typed) = password::Password::parse(&typed.0) {
            drop(password::verify_absent(&typed));
            self.wrong.set(self.wrong.get() + 1);
            self.locked_until.set(now_ms + lock_ms(self.wrong.get()));
        }
        Refusal::WrongSecret
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_objects::session::{FREE_TRIES, LOCK_MS};

    #[test]
    fn nobody_is_locked_out_like_somebody() {
        let (decoy, typed) = (Decoy::default(), Typed("correct horse".to_owned()));
        for _ in 0..FREE_TRIES {
            assert_eq!(decoy.refuse(&typed, 1_000), Refusal::WrongSecret);
        }
        assert_eq!(decoy.refuse(&typed, 1_000), Refusal::Locked { until: 1_000 + LOCK_MS });
        assert_eq!(decoy.refuse(&typed, 1_000 + LOCK_MS), Refusal::WrongSecret);
    }

    #[test]
    fn what_is_typed_is_not_printed() {
        assert!(!format!("{:?}", Typed("hunter2".to_owned())).contains("hunter2"));
    }
}
