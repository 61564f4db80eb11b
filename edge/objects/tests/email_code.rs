//! Codes by e-mail: for one device, once, for ten minutes, five tries; who has the address shows nowhere.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use attune_aws::sqs::EntryOutcome;
use attune_contracts::envelope::Envelope;
use attune_contracts::message::{MailText, SendMailV1};
use attune_contracts::people::PersonStatus;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{Cell, TenantId};
use attune_identity::api_key::Peppers;
use attune_identity::email_code::{LIFETIME_MS, TRIES};
use attune_objects::outbox::{BatchResult, Destination, Entry, Limits};
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::tenant::{
    By, CODE_PAUSE_MS, CODE_WINDOW_MS, CODES_PER_WINDOW, CodeRequest, CodeTry, NewPerson, PersonChange, Standing,
    Tenant,
};
use attune_objects::{Error, Store};
use std::cell::{Cell as Counter, RefCell};
use std::rc::Rc;

const NOW: i64 = 1_800_000_000_000;
const ADA: &str = "ada@example.org";
const PHONE: &str = "jkt-phone";
const USER: &str = "usr_01k5nq3e5v0000000000000009";

struct Bench {
    store: Rc<SqliteStore>,
    tenant: Tenant,
    id: TenantId,
    asked: Counter<u64>,
    mails: RefCell<Vec<Envelope<SendMailV1>>>,
}

fn peppers() -> Peppers {
    Peppers::new([("p1", "ab".repeat(32))], "p1").unwrap()
}

fn open() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let id = TenantId::new(&Cell::parse("eu1").unwrap(), NOW, 7);
    let tenant = Tenant::open(store.clone(), id.as_str()).unwrap();
    tenant.create(&id, "Acme", NOW).unwrap();
    Bench { store, tenant, id, asked: Counter::new(0), mails: RefCell::default() }
}

impl Bench {
    fn ask(&self, email: &str, jkt: &str, at: i64) -> Result<(), Error> {
        let n = self.asked.get() + 1;
        self.asked.set(n);
        let request = CodeRequest {
            email: email.into(),
            locale: "de".into(),
            jkt: jkt.into(),
            jti: format!("proof {n}"),
            traceparent: None,
        };
        self.tenant.ask_email_code(&request, &peppers(), (n * 12_345_678).to_le_bytes(), at)?;
        self.hand_over(at);
        Ok(())
    }

    fn attempt(&self, email: &str, jkt: &str, code: &str, at: i64) -> Option<Standing> {
        let typed = CodeTry { email: email.into(), code: code.into(), jkt: jkt.into(), user_id: USER.into() };
        self.tenant.try_email_code(&By { actor: "key_k", now_ms: at }, &typed, &peppers()).unwrap()
    }

    /// Takes what waits for the queue, as the driver does.
    fn hand_over(&self, at: i64) {
        let outbox = self.tenant.outbox();
        for batch in outbox.plan(Limits::default(), at).unwrap() {
            if batch.to == Destination::Queue("send-mail".into()) {
                assert_eq!(batch.group, self.id.as_str(), "the group of a queue's message is the tenant");
                for entry in &batch.entries {
                    let mail: Envelope<SendMailV1> = serde_json::from_str(&entry.body).unwrap();
                    assert_eq!(mail.id, entry.id);
                    self.mails.borrow_mut().push(mail);
                }
            }
            let sent = |e: &Entry| EntryOutcome::Sent { message_id: e.id.clone() };
            let result = BatchResult::Entries(batch.entries.iter().map(sent).collect());
            outbox.settle(&batch, &result, 1, at).unwrap();
        }
        outbox.flush().unwrap();
    }

    /// The mails since the last look.
    fn mails(&self) -> Vec<Envelope<SendMailV1>> {
        self.mails.take()
    }

    /// Asks, and reads the code in the mail.
    fn code(&self, email: &str, jkt: &str, at: i64) -> String {
        self.ask(email, jkt, at).unwrap();
        let mail = self.mails().pop().unwrap().body;
        assert_eq!((mail.to.as_str(), mail.locale.as_str(), mail.useless_from), (ADA, "de", at + LIFETIME_MS));
        let MailText::SignInCode { code, minutes, tenant_name } = mail.text;
        assert_eq!((minutes, tenant_name.as_str()), (10, "Acme"));
        code
    }

    fn add(&self, role: &str) {
        self.add_as(USER, ADA, role);
    }

    fn add_as(&self, user_id: &str, email: &str, role: &str) {
        let (user_id, email, name) = (user_id.to_owned(), email.to_owned(), "Ada".to_owned());
        let person = NewPerson { user_id, email, name, role: role.into(), identity: None };
        self.tenant.add_person(&By::operator(NOW), None, &person).unwrap();
    }

    fn rows(&self) -> i64 {
        self.store.exec("SELECT count(*) FROM email_code", &[]).unwrap().first().unwrap().int(0).unwrap()
    }
}

fn wait(result: Result<(), Error>) -> u32 {
    let problem = Problem::from(result.unwrap_err());
    assert_eq!(problem.code, ProblemCode::RateLimited);
    problem.retry_after_s.unwrap()
}

/// Another code than the right one.
fn wrong(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}

#[test]
fn a_code_adds_a_visitor_once_and_is_good_once() {
    let b = open();
    let code = b.code(" ADA@example.org", PHONE, NOW);
    let standing = b.attempt("Ada@Example.org ", PHONE, &format!(" {code} "), NOW + 1).unwrap();
    assert_eq!((standing.user_id.as_str(), standing.role.as_str()), (USER, "end_user"));
    assert_eq!(b.tenant.person(USER).unwrap().unwrap().name, "ada");
    let trail = b.tenant.export_audit(0, 100).unwrap();
    let last = trail.last().unwrap();
    assert_eq!((last.action.as_str(), last.actor.as_str(), last.target.as_str()), ("person.add", "key_k", USER));
    assert!(!serde_json::to_string(&trail).unwrap().contains("ada"), "ids only");
    assert_eq!(b.attempt(ADA, PHONE, &code, NOW + 2), None, "used");
    // the next time it is the same person
    let code = b.code(ADA, PHONE, NOW + CODE_PAUSE_MS);
    assert_eq!(b.attempt(ADA, PHONE, &code, NOW + CODE_PAUSE_MS).unwrap().user_id, USER);
    assert_eq!(b.tenant.export_audit(0, 100).unwrap().len(), trail.len());
}

#[test]
fn five_tries_and_ten_minutes() {
    let b = open();
    let code = b.code(ADA, PHONE, NOW);
    for _ in 1..TRIES {
        assert_eq!(b.attempt(ADA, PHONE, &wrong(&code), NOW), None);
    }
    for bad in ["", "1234567", "not a code"] {
        assert_eq!(b.attempt(ADA, PHONE, bad, NOW), None, "what is no code costs no try");
    }
    assert_eq!(b.attempt(ADA, PHONE, &code, NOW + LIFETIME_MS), None, "too late");
    assert!(b.attempt(ADA, PHONE, &code, NOW + LIFETIME_MS - 1).is_some());
    let later = NOW + CODE_PAUSE_MS;
    let code = b.code(ADA, PHONE, later);
    for _ in 0..TRIES {
        assert_eq!(b.attempt(ADA, PHONE, &wrong(&code), later), None);
    }
    assert_eq!(b.attempt(ADA, PHONE, &code, later), None, "five tries are over");
}

#[test]
fn another_device_gets_nowhere_and_takes_nothing_away() {
    let b = open();
    let code = b.code(ADA, PHONE, NOW);
    for _ in 0..2 * TRIES {
        assert_eq!(b.attempt(ADA, "jkt-thief", &code, NOW), None);
    }
    let thief = b.code(ADA, "jkt-thief", NOW + CODE_PAUSE_MS);
    assert_eq!(b.attempt(ADA, "jkt-thief", &code, NOW + CODE_PAUSE_MS), None);
    assert_eq!(b.attempt("eve@example.org", PHONE, &code, NOW), None);
    assert!(b.attempt(ADA, PHONE, &code, NOW + CODE_PAUSE_MS).is_some(), "its own code is as it was");
    assert_eq!(b.attempt(ADA, PHONE, &thief, NOW + CODE_PAUSE_MS), None);
    // nor does whoever can write rows: the device is in the hash
    let b = open();
    let code = b.code(ADA, PHONE, NOW);
    b.store.exec("UPDATE email_code SET jkt = 'jkt-thief'", &[]).unwrap();
    assert_eq!(b.attempt(ADA, "jkt-thief", &code, NOW), None);
}

#[test]
fn a_new_code_takes_the_place_of_the_device_s_last() {
    let b = open();
    let first = b.code(ADA, PHONE, NOW);
    let second = b.code(ADA, PHONE, NOW + CODE_PAUSE_MS);
    assert_eq!(b.attempt(ADA, PHONE, &first, NOW + CODE_PAUSE_MS), None);
    assert!(b.attempt(ADA, PHONE, &second, NOW + CODE_PAUSE_MS).is_some());
}

#[test]
fn an_address_has_limits_whoever_asks_and_whoever_has_it() {
    for role in [None, Some("end_user"), Some("owner")] {
        let b = open();
        if let Some(role) = role {
            b.add(role);
        }
        b.ask(ADA, PHONE, NOW).unwrap();
        assert_eq!(wait(b.ask(ADA, "jkt-other", NOW + 1)), 30);
        assert_eq!(wait(b.ask(ADA, PHONE, NOW + CODE_PAUSE_MS - 1)), 1);
        b.ask("eve@example.org", PHONE, NOW + 1).unwrap();
        for n in 1..CODES_PER_WINDOW {
            b.ask(ADA, PHONE, NOW + n * CODE_PAUSE_MS).unwrap();
        }
        let full = NOW + CODES_PER_WINDOW * CODE_PAUSE_MS;
        assert_eq!(wait(b.ask(ADA, PHONE, full)), u32::try_from((CODE_WINDOW_MS - 150_000) / 1_000).unwrap());
        b.ask(ADA, PHONE, NOW + CODE_WINDOW_MS).unwrap();
    }
}

#[test]
fn staff_and_suspended_people_get_no_mail_and_no_door() {
    for role in ["owner", "member"] {
        let b = open();
        b.add(role);
        b.ask(ADA, PHONE, NOW).unwrap();
        assert_eq!(b.mails().len(), 0, "{role}");
    }
    // suspended, or made staff, between the mail and the code
    let suspended = PersonChange { status: Some(PersonStatus::Suspended), ..PersonChange::default() };
    let promoted = PersonChange { role: Some("member".into()), ..PersonChange::default() };
    for change in [suspended, promoted] {
        let b = open();
        b.add("end_user");
        let code = b.code(ADA, PHONE, NOW);
        b.tenant.change_person(&By::operator(NOW), USER, &change).unwrap();
        assert_eq!(b.attempt(ADA, PHONE, &code, NOW), None);
        b.ask(ADA, PHONE, NOW + CODE_PAUSE_MS).unwrap();
        assert_eq!(b.mails().len(), 0);
    }
    // who was removed comes back as somebody new
    let b = open();
    b.add("end_user");
    b.tenant.remove_person(&By::operator(NOW), USER).unwrap();
    let code = b.code(ADA, PHONE, NOW);
    let typed =
        CodeTry { email: ADA.into(), code, jkt: PHONE.into(), user_id: "usr_01k5nq3e5v000000000000000a".into() };
    let standing = b.tenant.try_email_code(&By { actor: "key_k", now_ms: NOW }, &typed, &peppers()).unwrap().unwrap();
    assert_eq!(standing.user_id, "usr_01k5nq3e5v000000000000000a");
}

#[test]
fn a_proof_makes_one_code_for_whatever_address() {
    let b = open();
    let request = |email: &str| CodeRequest {
        email: email.into(),
        locale: "en".into(),
        jkt: PHONE.into(),
        jti: "j".into(),
        traceparent: None,
    };
    b.tenant.ask_email_code(&request(ADA), &peppers(), [1; 8], NOW).unwrap();
    let again = b.tenant.ask_email_code(&request("eve@example.org"), &peppers(), [2; 8], NOW);
    assert_eq!(Problem::from(again.unwrap_err()).code, ProblemCode::InvalidDpopProof);
    b.hand_over(NOW);
    assert_eq!((b.mails().len(), b.rows()), (1, 1));
}

#[test]
fn nothing_of_address_or_code_is_kept_and_nothing_for_long() {
    let b = open();
    let code = b.code(ADA, PHONE, NOW);
    let rows = b.store.exec("SELECT * FROM email_code", &[]).unwrap();
    let text = format!("{rows:?}");
    assert!(!text.contains("example") && !text.contains(&code), "{text}");
    b.tenant.forget_codes(NOW + CODE_WINDOW_MS - 1).unwrap();
    assert_eq!(b.rows(), 1);
    b.tenant.forget_codes(NOW + CODE_WINDOW_MS).unwrap();
    assert_eq!(b.rows(), 0);
    // a new one takes the old along
    b.ask(ADA, PHONE, NOW + CODE_WINDOW_MS).unwrap();
    b.ask("eve@example.org", PHONE, NOW + 2 * CODE_WINDOW_MS).unwrap();
    assert_eq!(b.rows(), 1);
}

#[test]
fn without_tenant_address_or_pepper_nothing_is_made() {
    let b = open();
    let long = format!("{}@example.org", "a".repeat(65));
    let bad =
        ["", "ada", "ada@example", "a b@example.org", &long, "ada@example.org, eve@example.org", "<ada@example.org>"];
    let none = [
        "\"ada\"@example.org",
        "ada.@example.org",
        "ada@-example.org",
        "ada@example..org",
        "adä@example.org",
        "ada@[192.0.2.1]",
    ];
    for bad in bad.into_iter().chain(none) {
        let problem = Problem::from(b.ask(bad, PHONE, NOW).unwrap_err());
        assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (ProblemCode::InvalidBody, "/email"), "{bad}");
    }
    let code = b.code(ADA, PHONE, NOW);
    let gone = Peppers::new([("p2", "cd".repeat(32))], "p2").unwrap();
    let typed = CodeTry { email: ADA.into(), code, jkt: PHONE.into(), user_id: USER.into() };
    let by = By { actor: "key_k", now_ms: NOW };
    assert_eq!(b.tenant.try_email_code(&by, &typed, &gone).unwrap(), None, "codes end with their pepper");
    // a way out that is blocked is blocked for all alike
    b.add_as("usr_01k5nq3e5v000000000000000b", "owner@example.org", "owner");
    let late = NOW + 20 * 60_000;
    let request = |email: &str, jti: &str| CodeRequest {
        email: email.into(),
        locale: "en".into(),
        jkt: PHONE.into(),
        jti: jti.into(),
        traceparent: None,
    };
    b.tenant.ask_email_code(&request("bob@example.org", "b"), &peppers(), [1; 8], NOW).unwrap();
    for (email, jti) in [("owner@example.org", "c"), ("new@example.org", "d")] {
        let full = b.tenant.ask_email_code(&request(email, jti), &peppers(), [1; 8], late);
        assert_eq!(Problem::from(full.unwrap_err()).code, ProblemCode::Overloaded, "{email}");
    }
    let nobody = Tenant::open(Rc::new(SqliteStore::memory().unwrap()), b.id.as_str()).unwrap();
    let refused = nobody.ask_email_code(&request(ADA, "e"), &peppers(), [1; 8], NOW);
    assert_eq!(Problem::from(refused.unwrap_err()).code, ProblemCode::NotFound);
}
