//! A user's session, by examples.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_contracts::auth::NoticeV1;
use attune_domain::Millis;
use attune_objects::outbox::{BatchResult, Destination, Limits};
use attune_objects::session::{
    AHEAD_S, Check, FAMILY_IDLE_MS, FREE_TRIES, Granted, Judged, LOCK_MS, MAX_DEVICES, MAX_PROOFS, NewDevice,
    PROOF_MARGIN_MS, Proof, REPEAT_MS, Record, Refresh, Refusal, Session, SignIn, TICKET_MS,
};
use attune_objects::store::sqlite::SqliteStore;
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const USER: &str = "usr_01hzzzzzzzzzzzzzzzzzzzzzzz";
const NOW: i64 = 1_800_000_000_000;
/// The first incarnation of the object.
const FIRST: u64 = 77;
const ROOM: &str = "eu1/control_room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/0";

struct Bench {
    store: Rc<SqliteStore>,
    session: Session,
}

fn open() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    assert!(!Session::exists(&*store).unwrap());
    let session = Session::open(store.clone(), TENANT, USER, FIRST, NOW).unwrap();
    assert!(Session::exists(&*store).unwrap());
    Bench { store, session }
}

fn device(n: u32) -> NewDevice {
    NewDevice { device_id: format!("dev_{n}"), jkt: format!("jkt{n}"), name: "phone".into(), agent: "Firefox".into() }
}

fn proof(jti: &str, now: i64) -> Proof {
    Proof { jti: jti.to_owned(), until_ms: now + 60_000, issued_at_s: now / 1_000, incarnation: None }
}

/// The same, with a nonce that an incarnation has made.
fn of(incarnation: u64, jti: &str, now: i64) -> Proof {
    Proof { incarnation: Some(incarnation), ..proof(jti, now) }
}

fn check(n: u32, issued_at_s: i64, proof: Option<Proof>) -> Check {
    Check { device_id: format!("dev_{n}"), jkt: format!("jkt{n}"), tenant_epoch: 3, issued_at_s, proof }
}

impl Bench {
    fn sign_in(&self, n: u32, now: i64) -> Granted {
        let family_id = format!("fam{n}-{now}");
        let sign_in = SignIn { device: device(n), family_id, tenant_epoch: 3, proof: None };
        self.session.sign_in(&sign_in, now).unwrap().unwrap()
    }

    fn judge(&self, check: &Check, now: i64) -> Option<Refusal> {
        self.session.check(check, now).unwrap().err()
    }

    fn rotate(&self, of: &Granted, jkt: &str, now: i64) -> Result<Granted, Refusal> {
        let refresh =
            Refresh { family_id: of.family_id.clone(), counter: of.counter, jkt: jkt.to_owned(), proof: None };
        self.session.rotate(&refresh, now).unwrap()
    }

    /// The object begins anew, as another incarnation.
    fn again(&self, incarnation: u64, now: i64) -> Self {
        let session = Session::open(self.store.clone(), TENANT, USER, incarnation, now).unwrap();
        Self { session, store: self.store.clone() }
    }

    fn uses(&self, proof: Proof, now: i64) -> Option<Refusal> {
        self.judge(&check(1, NOW / 1_000, Some(proof)), now)
    }

    /// Whom a notice waits for.
    fn notices(&self) -> Vec<(String, NoticeV1)> {
        use attune_objects::Store;
        let rows = self.store.exec("SELECT dest, body FROM outbox ORDER BY seq", &[]).unwrap();
        rows.into_iter()
            .map(|mut row| (row.text(0).unwrap(), serde_json::from_str(&row.text(1).unwrap()).unwrap()))
            .collect()
    }
}

#[test]
fn a_check_passes_once_per_proof_and_writes_once_in_a_while() {
    let b = open();
    b.sign_in(1, NOW);
    let before = b.store.changes();
    for n in 0..AHEAD_S * 10 {
        let now = NOW + n * 100;
        assert_eq!(b.uses(proof(&n.to_string(), now), now), None);
    }
    assert_eq!(b.store.changes() - before, 1);
    let later = NOW + AHEAD_S * 1_000;
    assert_eq!(b.uses(proof("0", later), later), Some(Refusal::ProofReused));
    assert_eq!(b.uses(proof("0", NOW), NOW + 60_000 + PROOF_MARGIN_MS), Some(Refusal::ProofStale));
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), later), None);
    assert_eq!(b.store.changes() - before, 1, "a refusal writes nothing");
    assert_eq!(b.uses(proof("new", later), later), None);
    assert_eq!(b.store.changes() - before, 2);
    // what is over is another proof
    let over = NOW + 100_000;
    assert_eq!((b.uses(proof("0", over), over), b.uses(proof("0", over), over)), (None, Some(Refusal::ProofReused)));
}

#[test]
fn who_was_away_believes_later_proofs_and_asks_others_for_a_nonce_of_its_own() {
    let b = open();
    b.sign_in(1, NOW);
    assert_eq!(b.uses(proof("a", NOW), NOW), None);
    let b = b.again(2, NOW + 1);
    // used, or perhaps used: nobody knows any more
    let own = Some(Refusal::NonceNeeded { incarnation: Some(2) });
    assert_eq!((b.uses(proof("a", NOW), NOW + 1), b.uses(proof("b", NOW + 2), NOW + 2)), (own.clone(), own.clone()));
    let edge = NOW + AHEAD_S * 1_000;
    assert_eq!(b.uses(proof("c", edge), NOW + 3), own, "as far as the first one may have gone");
    // with the nonce, once; the refused ones were not used up
    assert_eq!(
        (b.uses(of(2, "b", NOW + 2), NOW + 4), b.uses(of(2, "b", NOW + 2), NOW + 5)),
        (None, Some(Refusal::ProofReused))
    );
    // beyond, without; and that raises the row for the next one
    let later = edge + 1_000;
    assert_eq!(
        (b.uses(proof("d", later), later), b.uses(proof("d", later), later)),
        (None, Some(Refusal::ProofReused))
    );
    let b = b.again(3, later + 1);
    assert_eq!(b.uses(proof("d", later), later + 1), Some(Refusal::NonceNeeded { incarnation: Some(3) }));
    // a nonce of before is good for nothing: neither within the row nor, with what the device has to mend, beyond it
    assert_eq!(b.uses(of(2, "b", NOW + 2), later + 2), Some(Refusal::NonceNeeded { incarnation: Some(3) }));
    let far = later + AHEAD_S * 1_000 + 1_000;
    assert_eq!(b.uses(of(2, "e", far), far), Some(Refusal::NonceNeeded { incarnation: None }));
    assert_eq!(b.uses(proof("e", far), far), None);
}

#[test]
fn a_clock_that_is_ahead_is_covered_before_it_is_believed() {
    let b = open();
    b.sign_in(1, NOW);
    assert_eq!(b.uses(proof("a", NOW), NOW), None);
    let before = b.store.changes();
    let ahead = NOW + AHEAD_S * 1_000 + 1_000;
    assert_eq!(b.uses(proof("b", ahead), NOW + 1), None);
    assert_eq!(b.store.changes() - before, 1);
    let needed = Some(Refusal::NonceNeeded { incarnation: Some(2) });
    assert_eq!(b.again(2, NOW + 2).uses(proof("b", ahead), NOW + 2), needed);
}

#[test]
fn what_cannot_be_written_is_not_believed() {
    let store = Rc::new(Faulty { inner: SqliteStore::memory().unwrap(), fails: std::cell::Cell::new("") });
    let session = Session::open(store.clone(), TENANT, USER, FIRST, NOW).unwrap();
    let sign_in = SignIn { device: device(1), family_id: "f".into(), tenant_epoch: 3, proof: None };
    session.sign_in(&sign_in, NOW).unwrap().unwrap();
    let used = |jti: &str, now: i64| session.check(&check(1, NOW / 1_000, Some(proof(jti, now))), now);
    assert!(used("a", NOW).unwrap().is_ok());
    // cut off: it goes on for its few seconds, and no longer, not even with proofs that its row covers
    store.fails.set("UPDATE session");
    assert!(used("b", NOW + 1).unwrap().is_ok());
    let over = NOW + AHEAD_S * 1_000;
    let slow = Proof { issued_at_s: NOW / 1_000, ..proof("c", over) };
    assert!(session.check(&check(1, NOW / 1_000, Some(slow)), over).is_err());
    assert!(used("d", over + 1_000).is_err());
    store.fails.set("");
    assert!(used("d", over + 1_000).unwrap().is_ok(), "what was not believed was not used up");
}

#[test]
fn two_incarnations_at_a_time_never_believe_the_same_proof() {
    let first = open();
    first.sign_in(1, NOW);
    assert_eq!(first.uses(proof("x", NOW), NOW), None);
    // the first one is cut off from here on: within its row it needs no write
    let second = first.again(2, NOW + 1);
    for s in 0..AHEAD_S {
        let now = NOW + s * 1_000 + 2;
        for (n, nonce) in [None, Some(FIRST), Some(2), Some(9)].into_iter().enumerate() {
            let shown = Proof { incarnation: nonce, ..proof(&format!("{s}-{n}"), now) };
            let by = [&first, &second].map(|session| session.uses(shown.clone(), now).is_none());
            assert_ne!(by, [true, true], "{shown:?}");
        }
    }
}

#[test]
fn what_is_good_once_is_a_row_and_known_to_every_incarnation() {
    let b = open();
    let granted = b.sign_in(1, NOW);
    let refresh = Refresh {
        family_id: granted.family_id,
        counter: granted.counter,
        jkt: "jkt1".into(),
        proof: Some(proof("r", NOW)),
    };
    b.session.rotate(&refresh, NOW).unwrap().unwrap();
    let b = b.again(2, NOW + 1);
    assert_eq!(b.session.rotate(&refresh, NOW + 2).unwrap(), Err(Refusal::ProofReused));
    assert_eq!(b.uses(of(2, "r", NOW), NOW + 3), Some(Refusal::ProofReused));
    // and what a check has used up is not good for it
    assert_eq!(b.uses(of(2, "s", NOW), NOW + 4), None);
    let refresh = Refresh { counter: refresh.counter + 1, proof: Some(proof("s", NOW)), ..refresh };
    assert_eq!(b.session.rotate(&refresh, NOW + 5).unwrap(), Err(Refusal::ProofReused));
    use attune_objects::Store;
    let rows = |b: &Bench| b.store.exec("SELECT count(*) FROM proof", &[]).unwrap().first().unwrap().int(0).unwrap();
    let later = NOW + 100_000;
    b.session.rotate(&Refresh { proof: Some(proof("t", later)), ..refresh }, later).unwrap().unwrap();
    assert_eq!(rows(&b), 1, "the row of the first one is over");
}

/// A database in which one statement fails while it is told to.
struct Faulty {
    inner: SqliteStore,
    fails: std::cell::Cell<&'static str>,
}

impl attune_objects::Store for Faulty {
    fn exec(&self, sql: &str, params: &[attune_objects::Value<'_>]) -> attune_objects::Result<attune_objects::Rows> {
        let fails = self.fails.get();
        if !fails.is_empty() && sql.starts_with(fails) {
            return Err(attune_objects::Error::Store("on purpose".into()));
        }
        self.inner.exec(sql, params)
    }

    fn script(&self, sql: &str) -> attune_objects::Result<()> {
        self.inner.script(sql)
    }

    fn transaction(&self, body: &mut dyn FnMut() -> attune_objects::Result<()>) -> attune_objects::Result<()> {
        self.inner.transaction(body)
    }

    fn size_bytes(&self) -> u64 {
        self.inner.size_bytes()
    }
}

#[test]
fn a_command_that_fails_half_way_has_changed_nothing_here_either() {
    let store = Rc::new(Faulty { inner: SqliteStore::memory().unwrap(), fails: std::cell::Cell::new("") });
    let session = Session::open(store.clone(), TENANT, USER, FIRST, NOW).unwrap();
    let sign_in = |n: u32| SignIn {
        device: device(n),
        family_id: format!("fam{n}"),
        tenant_epoch: 3,
        proof: Some(proof(&format!("s{n}"), NOW)),
    };
    session.sign_in(&sign_in(1), NOW).unwrap().unwrap();
    session.socket_opened("dev_1", ROOM, NOW).unwrap().unwrap();
    store.fails.set("DELETE FROM socket");
    assert!(session.revoke("dev_1", NOW).is_err());
    store.fails.set("INSERT INTO family");
    assert!(session.sign_in(&sign_in(2), NOW).is_err());
    store.fails.set("UPDATE session");
    assert!(session.end_all(None, true, NOW).is_err());
    store.fails.set("");
    assert!(session.check(&check(1, NOW / 1_000, None), NOW).unwrap().is_ok(), "the device lives");
    assert_eq!(session.devices().len(), 1);
    assert!(session.outbox().plan(Limits::default(), NOW).unwrap().is_empty(), "nobody is told");
    session.sign_in(&sign_in(2), NOW).unwrap().unwrap();
    assert_eq!(session.revoke("dev_1", NOW).unwrap().unwrap(), [ROOM]);
    assert_eq!(session.outbox().plan(Limits::default(), NOW).unwrap().len(), 1);
}

#[test]
fn a_change_and_its_record_are_one_transaction() {
    let store = Rc::new(Faulty { inner: SqliteStore::memory().unwrap(), fails: std::cell::Cell::new("") });
    let session = Session::open(store.clone(), TENANT, USER, FIRST, NOW).unwrap();
    let record = Record { id: "r1", actor: USER, action: "person.password", target: USER };
    let change = || session.recorded(&record, NOW, || session.set_password("h", NOW));
    let posted = || session.outbox().plan(Limits::default(), NOW).unwrap();
    store.fails.set("INSERT INTO outbox");
    assert!(change().is_err());
    assert_eq!(session.password_set_at().unwrap(), None, "what cannot be recorded is not done");
    store.fails.set("INSERT OR REPLACE INTO password");
    assert!(change().is_err());
    store.fails.set("");
    assert!(posted().is_empty(), "what is not done is not recorded");
    let refused = session.recorded(&record, NOW, || session.revoke("dev_9", NOW)).unwrap();
    assert_eq!((refused, posted().len()), (Err(Refusal::DeviceUnknown), 0), "nor is what is refused");
    change().unwrap().unwrap();
    assert_eq!(session.password_set_at().unwrap(), Some(NOW));
    let batch = posted().remove(0);
    assert_eq!(batch.to, Destination::Object(format!("eu1/tenant/{TENANT}/0")));
    let told: NoticeV1 = serde_json::from_str(&batch.entries[0].body).unwrap();
    let recorded = NoticeV1::Recorded {
        record_id: "r1".into(),
        user_id: USER.into(),
        actor: USER.into(),
        action: "person.password".into(),
        target: USER.into(),
        at: Millis(NOW),
    };
    assert_eq!((batch.entries.len(), told), (1, recorded));
}

#[test]
fn too_many_live_proofs_are_refused_not_forgotten() {
    let b = open();
    b.sign_in(1, NOW);
    for n in 0..MAX_PROOFS {
        assert_eq!(b.judge(&check(1, NOW / 1_000, Some(proof(&n.to_string(), NOW))), NOW), None);
    }
    assert_eq!(b.judge(&check(1, NOW / 1_000, Some(proof("more", NOW))), NOW), Some(Refusal::TooManyProofs));
    assert_eq!(b.judge(&check(1, NOW / 1_000, Some(proof("0", NOW))), NOW), Some(Refusal::ProofReused));
    let later = NOW + 70_000;
    assert_eq!(b.judge(&check(1, later / 1_000, Some(proof("more", later))), later), None);
}

#[test]
fn each_fault_of_a_token_has_its_refusal() {
    let b = open();
    b.sign_in(1, NOW);
    let now_s = NOW / 1_000;
    assert_eq!(b.judge(&check(2, now_s, None), NOW), Some(Refusal::DeviceUnknown));
    let other_key = Check { jkt: "jkt9".into(), ..check(1, now_s, Some(proof("a", NOW))) };
    assert_eq!(b.judge(&other_key, NOW), Some(Refusal::WrongKey));
    let old = Check { tenant_epoch: 2, ..check(1, now_s, None) };
    assert_eq!(b.judge(&old, NOW), Some(Refusal::EpochOld));
    b.session.raise_tenant_epoch(4).unwrap();
    b.session.raise_tenant_epoch(2).unwrap();
    assert_eq!(b.judge(&check(1, now_s, None), NOW), Some(Refusal::EpochOld));
    // the refused proof was not used up
    let good = Check { tenant_epoch: 4, ..check(1, now_s, Some(proof("a", NOW))) };
    assert_eq!(b.judge(&good, NOW), None);
    b.session.revoke("dev_1", NOW).unwrap().unwrap();
    assert_eq!(b.judge(&good, NOW), Some(Refusal::DeviceRevoked));
    assert_eq!(b.again(2, NOW).judge(&good, NOW), Some(Refusal::DeviceRevoked));
}

#[test]
fn rotation_goes_forward_and_a_lost_answer_is_given_again() {
    let b = open();
    let first = b.sign_in(1, NOW);
    assert_eq!((first.counter, first.tenant_epoch, first.repeated), (0, 3, false));
    let second = b.rotate(&first, "jkt1", NOW + 1).unwrap();
    assert_eq!(second.counter, 1);
    let again = b.rotate(&first, "jkt1", NOW + 1 + REPEAT_MS).unwrap();
    assert_eq!((again.counter, again.repeated), (1, true));
    let b = b.again(2, NOW + 2);
    assert_eq!(b.rotate(&second, "jkt1", NOW + 20_000).unwrap().counter, 2);
}

#[test]
fn reuse_kills_the_family_whoever_comes_second() {
    for (counter, jkt, late) in
        [(0, "jkt1", REPEAT_MS + 1), (0, "jkt9", 1), (1, "jkt9", 1), (2, "jkt1", 1), (u64::MAX, "jkt1", 1)]
    {
        let b = open();
        let first = b.sign_in(1, NOW);
        let second = b.rotate(&first, "jkt1", NOW).unwrap();
        b.session.socket_opened("dev_1", ROOM, NOW).unwrap().unwrap();
        let stolen = Granted { counter, ..first.clone() };
        let refused = b.rotate(&stolen, jkt, NOW + late);
        assert_eq!(refused, Err(Refusal::RefreshReused { device_id: "dev_1".into() }), "{counter} {jkt}");
        assert_eq!(b.rotate(&second, "jkt1", NOW + late), Err(Refusal::FamilyEnded));
        assert_eq!(
            b.judge(&check(1, NOW / 1_000, None), NOW + late),
            Some(Refusal::SignedOut),
            "its access tokens too"
        );
        assert_eq!(b.notices().len(), 1, "and its sockets");
        let b = b.again(2, NOW + late);
        assert_eq!(b.rotate(&second, "jkt1", NOW + late), Err(Refusal::FamilyEnded));
        // signing in again works, with tokens that are newer than the cut
        let fresh = b.sign_in(1, NOW + late + 1);
        assert_eq!(b.judge(&check(1, fresh.not_before_s, None), NOW + late + 1), None);
    }
}

#[test]
fn families_end_by_time_by_logout_and_with_their_device() {
    let b = open();
    let first = b.sign_in(1, NOW);
    assert_eq!(b.rotate(&first, "jkt1", NOW + FAMILY_IDLE_MS + 1), Err(Refusal::FamilyEnded));
    let unknown = Granted { family_id: "none".into(), ..first.clone() };
    assert_eq!(b.rotate(&unknown, "jkt1", NOW), Err(Refusal::FamilyUnknown));
    let second = b.sign_in(1, NOW + 5);
    assert_eq!(second.device_id, first.device_id, "the key is enrolled already");
    b.session.socket_opened("dev_1", ROOM, NOW + 6).unwrap().unwrap();
    assert_eq!(b.session.logout(&first.family_id, NOW + 10).unwrap().unwrap(), Vec::<String>::new());
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 11), None, "the other family lives");
    assert_eq!(b.session.logout(&second.family_id, NOW + 12).unwrap().unwrap(), [ROOM]);
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 13), Some(Refusal::SignedOut));
    assert_eq!(b.session.logout(&second.family_id, NOW + 14).unwrap().unwrap(), Vec::<String>::new());
    let third = b.sign_in(1, NOW + 20);
    b.session.revoke("dev_1", NOW + 21).unwrap().unwrap();
    assert_eq!(b.rotate(&third, "jkt1", NOW + 22), Err(Refusal::FamilyEnded));
}

#[test]
fn a_refresh_uses_its_proof_up_and_a_replayed_one_harms_nobody() {
    let b = open();
    let first = b.sign_in(1, NOW);
    let refresh = |counter: u64, jti: &str| Refresh {
        family_id: first.family_id.clone(),
        counter,
        jkt: "jkt1".into(),
        proof: Some(proof(jti, NOW)),
    };
    assert!(b.session.rotate(&refresh(0, "a"), NOW).unwrap().is_ok());
    assert_eq!(b.session.rotate(&refresh(0, "a"), NOW + 20_000).unwrap(), Err(Refusal::ProofReused));
    assert!(b.session.rotate(&refresh(1, "b"), NOW + 20_000).unwrap().is_ok(), "the family lives");
}

#[test]
fn revocation_tells_every_object_until_it_has_confirmed() {
    let b = open();
    b.sign_in(1, NOW);
    b.sign_in(2, NOW);
    b.session.socket_opened("dev_1", ROOM, NOW).unwrap().unwrap();
    b.session.socket_opened("dev_1", "eu1/room/t/rm_1", NOW).unwrap().unwrap();
    b.session.socket_opened("dev_2", ROOM, NOW).unwrap().unwrap();
    let told = b.session.revoke("dev_1", NOW + 1).unwrap().unwrap();
    assert_eq!(told, [ROOM, "eu1/room/t/rm_1"]);
    assert_eq!(b.session.revoke("dev_1", NOW + 2).unwrap().unwrap(), Vec::<String>::new());
    assert_eq!(b.session.revoke("dev_3", NOW + 2).unwrap(), Err(Refusal::DeviceUnknown));
    assert_eq!(b.session.socket_opened("dev_1", ROOM, NOW + 3).unwrap(), Err(Refusal::DeviceRevoked));
    // the process dies before anything was sent
    let b = b.again(2, NOW + 4);
    let outbox = b.session.outbox();
    let batches = outbox.plan(Limits::default(), NOW + 4).unwrap();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0].to, Destination::Object(ROOM.to_owned()));
    let notice: NoticeV1 = serde_json::from_str(&batches[0].entries[0].body).unwrap();
    let NoticeV1::DeviceEnded { user_id, device_id, revoked, .. } = notice else { panic!("{notice:?}") };
    assert_eq!((user_id.as_str(), device_id.as_str(), revoked), (USER, "dev_1", true));
    for batch in &batches {
        outbox.settle(batch, &BatchResult::Failed { retry_after_s: None }, 1, NOW + 5).unwrap();
    }
    let at = outbox.next_alarm(NOW + 5).unwrap();
    assert!(at < NOW + 1_000, "tried again soon");
    assert_eq!(outbox.plan(Limits::default(), at).unwrap().len(), 2);
    assert_eq!(b.session.sockets("dev_2").unwrap(), [ROOM]);
}

#[test]
fn a_socket_that_closed_before_it_was_opened_again_stays_noted() {
    let b = open();
    b.sign_in(1, NOW);
    b.session.socket_opened("dev_1", ROOM, NOW + 10).unwrap().unwrap();
    b.session.socket_closed("dev_1", ROOM, NOW + 5).unwrap();
    assert_eq!(b.session.sockets("dev_1").unwrap(), [ROOM]);
    b.session.socket_closed("dev_1", ROOM, NOW + 10).unwrap();
    assert!(b.session.sockets("dev_1").unwrap().is_empty());
}

#[test]
fn a_ticket_is_redeemed_once_within_its_time_by_a_live_device() {
    let b = open();
    b.sign_in(1, NOW);
    let make = |text: &str, now: i64| b.session.make_ticket(text, "dev_1", "stream", now).unwrap();
    assert_eq!(make("t1", NOW), Ok(NOW + TICKET_MS));
    let redeem = |text: &str, now: i64| b.session.redeem_ticket(text, now).unwrap();
    assert_eq!(redeem("t0", NOW).unwrap_err(), Refusal::TicketUnknown);
    assert_eq!(redeem("t1", NOW + TICKET_MS).unwrap_err(), Refusal::TicketExpired);
    let ticket = redeem("t1", NOW + TICKET_MS - 1).unwrap();
    assert_eq!((ticket.device_id.as_str(), ticket.purpose.as_str()), ("dev_1", "stream"));
    assert_eq!(redeem("t1", NOW + 2).unwrap_err(), Refusal::TicketUsed);
    assert_eq!(b.session.make_ticket("t2", "dev_9", "stream", NOW).unwrap(), Err(Refusal::DeviceUnknown));
    make("t3", NOW).unwrap();
    b.session.revoke("dev_1", NOW).unwrap().unwrap();
    assert_eq!(redeem("t3", NOW).unwrap_err(), Refusal::TicketUnknown);
    use attune_objects::Store;
    let kept = b.store.exec("SELECT hash FROM ticket WHERE hash LIKE 't%'", &[]).unwrap();
    assert!(kept.is_empty(), "only hashes");
}

#[test]
fn tickets_and_devices_are_bounded() {
    let b = open();
    b.sign_in(1, NOW);
    for n in 0..64 {
        assert!(b.session.make_ticket(&format!("x{n}"), "dev_1", "s", NOW).unwrap().is_ok());
    }
    assert_eq!(b.session.make_ticket("y", "dev_1", "s", NOW).unwrap(), Err(Refusal::TooManyTickets));
    assert!(b.session.make_ticket("y", "dev_1", "s", NOW + 100_000).unwrap().is_ok());
    for n in 2..=u32::try_from(MAX_DEVICES).unwrap() {
        b.session.enrol(&device(n), NOW + i64::from(n)).unwrap().unwrap();
    }
    assert_eq!(b.session.enrol(&device(99), NOW + 100).unwrap(), Err(Refusal::TooManyDevices));
    b.session.enrol(&device(99), NOW + FAMILY_IDLE_MS + 3_600_001).unwrap().unwrap();
    let live = b.session.devices().iter().filter(|d| d.revoked_at.is_none()).count();
    assert_eq!(live, MAX_DEVICES);
}

#[test]
fn devices_are_listed_named_and_seen_by_the_hour() {
    let b = open();
    let first = b.sign_in(1, NOW);
    b.sign_in(2, NOW + 5);
    assert_eq!(b.session.devices().iter().map(|d| d.device_id.as_str()).collect::<Vec<_>>(), ["dev_2", "dev_1"]);
    let named = b.session.name_device("dev_1", "Büro").unwrap().unwrap();
    assert_eq!(named.name, "Büro");
    for bad in ["", "a\nb", &"x".repeat(101)] {
        assert_eq!(b.session.name_device("dev_1", bad).unwrap().unwrap_err(), Refusal::NameInvalid);
    }
    assert_eq!(b.session.name_device("dev_9", "x").unwrap().unwrap_err(), Refusal::DeviceUnknown);
    b.rotate(&first, "jkt1", NOW + 2 * 3_600_000).unwrap();
    let seen = b.session.devices()[1].seen_at.0;
    assert_eq!((seen % 3_600_000, seen / 3_600_000), (0, (NOW + 2 * 3_600_000) / 3_600_000));
    b.session.revoke("dev_2", NOW).unwrap().unwrap();
    assert_eq!(b.session.name_device("dev_2", "x").unwrap().unwrap_err(), Refusal::DeviceRevoked);
    let b = b.again(2, NOW);
    assert_eq!(b.session.devices()[1].name, "Büro");
    let reuse = NewDevice { jkt: "new".into(), ..device(2) };
    assert_eq!(b.session.enrol(&reuse, NOW).unwrap().unwrap_err(), Refusal::DeviceRevoked);
}

#[test]
fn wrong_passwords_lock_for_longer_and_longer() {
    let b = open();
    let right = |hash: Option<&str>| {
        if hash == Some("h") { Judged::Right { renewed: Some("h2".into()) } } else { Judged::Wrong }
    };
    let tried = |now: i64| b.session.try_password(|_| Judged::Wrong, now).unwrap().unwrap_err();
    assert_eq!(tried(NOW), Refusal::WrongSecret, "without a password");
    b.session.set_password("h", NOW).unwrap().unwrap();
    for _ in 0..FREE_TRIES {
        assert_eq!(tried(NOW), Refusal::WrongSecret);
    }
    assert_eq!(tried(NOW), Refusal::Locked { until: NOW + LOCK_MS });
    let locked = b.session.try_password(right, NOW + LOCK_MS - 1).unwrap();
    assert_eq!(locked, Err(Refusal::Locked { until: NOW + LOCK_MS }), "the right one as well");
    let b = b.again(2, NOW);
    assert_eq!(b.session.try_password(|_| Judged::Wrong, NOW + LOCK_MS).unwrap(), Err(Refusal::WrongSecret));
    let until = NOW + LOCK_MS + 2 * LOCK_MS;
    assert_eq!(b.session.try_password(right, until - 1).unwrap(), Err(Refusal::Locked { until }));
    assert_eq!(b.session.try_password(right, until).unwrap(), Ok(()));
    assert_eq!(b.session.try_password(right, until).unwrap(), Err(Refusal::WrongSecret), "the renewed record counts");
    assert_eq!(b.session.password_set_at().unwrap(), Some(NOW));
    b.session.remove_password().unwrap();
    assert_eq!(b.session.password_set_at().unwrap(), None);
}

#[test]
fn a_code_of_the_authenticator_is_good_once() {
    let b = open();
    let at = |step: u64| move |sealed: &str| (sealed == "s").then_some(step);
    assert_eq!(b.session.try_totp(true, at(1), NOW).unwrap(), Err(Refusal::NotSet));
    b.session.begin_totp("s").unwrap().unwrap();
    assert_eq!(b.session.try_totp(false, at(1), NOW).unwrap(), Err(Refusal::NotSet), "not confirmed");
    assert!(!b.session.has_totp().unwrap());
    assert_eq!(b.session.try_totp(true, |_| None, NOW).unwrap(), Err(Refusal::WrongSecret));
    assert_eq!(b.session.try_totp(true, at(5), NOW).unwrap(), Ok(()));
    assert!(b.session.has_totp().unwrap());
    assert_eq!(b.session.try_totp(false, at(5), NOW).unwrap(), Err(Refusal::CodeReplayed));
    assert_eq!(b.session.try_totp(false, at(4), NOW).unwrap(), Err(Refusal::CodeReplayed));
    assert_eq!(b.session.try_totp(false, at(6), NOW).unwrap(), Ok(()));
    assert!(b.session.begin_totp("other").unwrap().is_err(), "a stolen session cannot put another secret in its place");
    for _ in 0..FREE_TRIES {
        assert_eq!(b.session.try_totp(false, |_| None, NOW).unwrap(), Err(Refusal::WrongSecret));
    }
    assert_eq!(b.session.try_totp(false, at(7), NOW).unwrap(), Err(Refusal::Locked { until: NOW + LOCK_MS }));
}

#[test]
fn recovery_codes_are_good_once_each() {
    let b = open();
    b.session.set_recovery_codes(&["a".into(), "b".into()]).unwrap();
    assert_eq!(b.session.try_recovery_code("a", NOW).unwrap(), Ok(1));
    assert_eq!(b.session.try_recovery_code("a", NOW).unwrap(), Err(Refusal::CodeReplayed));
    assert_eq!(b.session.try_recovery_code("z", NOW).unwrap(), Err(Refusal::WrongSecret));
    b.session.set_recovery_codes(&["c".into()]).unwrap();
    assert_eq!(b.session.try_recovery_code("b", NOW).unwrap(), Err(Refusal::WrongSecret));
    assert_eq!(b.session.recovery_codes_left().unwrap(), 1);
    b.session.remove_totp().unwrap();
    assert_eq!(b.session.recovery_codes_left().unwrap(), 0);
}

#[test]
fn signing_out_everywhere_can_spare_one_device() {
    let b = open();
    let mine = b.sign_in(1, NOW);
    let other = b.sign_in(2, NOW);
    b.session.socket_opened("dev_2", ROOM, NOW).unwrap().unwrap();
    assert_eq!(b.session.end_all(Some("dev_1"), false, NOW + 1).unwrap(), [ROOM]);
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 2), Some(Refusal::SignedOut));
    let next = b.rotate(&mine, "jkt1", NOW + 2).unwrap();
    assert_eq!(b.judge(&check(1, next.not_before_s, None), NOW + 2), None);
    assert!(next.not_before_s <= (NOW + 2) / 1_000 + 1);
    assert_eq!(b.rotate(&other, "jkt2", NOW + 2), Err(Refusal::FamilyEnded));
    b.session.end_all(None, true, NOW + 3).unwrap();
    assert!(b.session.devices().iter().all(|d| d.revoked_at.is_some()));
}

#[test]
fn standing_follows_the_newest_notice_in_any_order() {
    let b = open();
    b.sign_in(1, NOW);
    b.session.socket_opened("dev_1", ROOM, NOW).unwrap().unwrap();
    assert_eq!(b.session.take_standing(7, false, NOW + 1).unwrap(), [ROOM]);
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 2), Some(Refusal::Suspended));
    b.session.take_standing(6, true, NOW + 3).unwrap();
    let b = b.again(2, NOW + 4);
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 4), Some(Refusal::Suspended));
    b.session.take_standing(8, true, NOW + 5).unwrap();
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 6), Some(Refusal::SignedOut));
    b.session.take_standing(7, false, NOW + 7).unwrap();
    let back = b.sign_in(1, NOW + 8);
    assert_eq!(b.judge(&check(1, back.not_before_s, None), NOW + 9), None);
}

#[test]
fn erasing_leaves_nothing_but_the_fact() {
    let b = open();
    let granted = b.sign_in(1, NOW);
    b.session.socket_opened("dev_1", ROOM, NOW).unwrap().unwrap();
    b.session.set_password("hash-of-password", NOW).unwrap().unwrap();
    b.session.begin_totp("sealed").unwrap().unwrap();
    assert_eq!(b.session.erase(NOW + 1).unwrap(), [ROOM]);
    assert_eq!(b.session.erase(NOW + 2).unwrap(), Vec::<String>::new());
    assert_eq!(b.judge(&check(1, NOW / 1_000, None), NOW + 2), Some(Refusal::Erased));
    assert_eq!(b.rotate(&granted, "jkt1", NOW + 2), Err(Refusal::Erased));
    assert_eq!(b.session.enrol(&device(2), NOW).unwrap().unwrap_err(), Refusal::Erased);
    assert_eq!(b.session.set_password("x", NOW).unwrap(), Err(Refusal::Erased));
    assert!(b.session.devices().is_empty());
    assert_eq!(b.session.password_set_at().unwrap(), None);
    assert_eq!(b.notices().len(), 1);
}

#[test]
fn the_alarm_forgets_what_is_over() {
    let b = open();
    b.sign_in(1, NOW);
    b.sign_in(2, NOW);
    b.session.revoke("dev_2", NOW).unwrap().unwrap();
    for n in 0..20 {
        b.judge(&check(1, NOW / 1_000, Some(proof(&n.to_string(), NOW))), NOW);
    }
    b.session.on_alarm(NOW + 100 * 86_400_000).unwrap();
    assert_eq!(b.session.devices().len(), 1);
    use attune_objects::Store;
    for table in ["proof", "family", "ticket"] {
        let left = b.store.exec(&format!("SELECT 1 FROM {table}"), &[]).unwrap();
        assert!(left.is_empty(), "{table}");
    }
}

#[test]
fn refusals_are_pinned_as_they_cross_between_objects() {
    let text = |refusal: &Refusal| serde_json::to_string(refusal).unwrap();
    assert_eq!(text(&Refusal::ProofReused), r#"{"refused":"proof_reused"}"#);
    assert_eq!(text(&Refusal::Locked { until: 5 }), r#"{"refused":"locked","until":5}"#);
    let reused = Refusal::RefreshReused { device_id: "d".into() };
    assert_eq!(text(&reused), r#"{"refused":"refresh_reused","device_id":"d"}"#);
    assert_eq!(serde_json::from_str::<Refusal>(&text(&reused)).unwrap(), reused);
}

#[test]
fn a_session_is_over_when_nobody_can_come_back_by_it() {
    let b = open();
    assert!(b.session.is_over(NOW).unwrap(), "nobody ever signed in");
    b.sign_in(1, NOW);
    assert!(!b.session.is_over(NOW).unwrap());
    assert!(!b.session.is_over(NOW + FAMILY_IDLE_MS - 3_600_000).unwrap());
    let late = NOW + FAMILY_IDLE_MS + 1;
    assert!(b.session.is_over(late).unwrap(), "the refresh tokens are over by time");
    b.session.socket_opened("dev_1", ROOM, NOW).unwrap().unwrap();
    assert!(!b.session.is_over(late).unwrap(), "somebody has to be told when it is revoked");
    b.session.erase(NOW).unwrap();
    assert!(b.session.is_over(NOW).unwrap());
    // it registers once more before it is used
    b.session.outbox().mark_registered().unwrap();
    b.session.outbox().mark_unregistered().unwrap();
    assert!(!b.session.outbox().is_registered());
    assert!(!b.again(FIRST + 1, NOW).session.outbox().is_registered());
}
