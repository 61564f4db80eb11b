//! People, invitations, roles, issuers and projects of a tenant, and the audit trail of it all.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_contracts::auth::NoticeV1;
use attune_contracts::canonical::sha256_hex;
use attune_contracts::people::{AuditRowV1, PersonStatus, PutRoleV1, UpdateTenantV1};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{Cell, Millis, TenantId};
use attune_identity::api_key::{ApiKey, ApiKeyRecord, Environment, Network, Peppers, Scope};
use attune_identity::audit::{Head, Why, verify};
use attune_objects::control_room::Once;
use attune_objects::outbox::{Destination, Limits};
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::tenant::{
    Acceptance, AuditQuery, By, INVITATION_MS, Identity, InvitationQuery, NewInvitation, NewIssuer, NewPerson,
    NewProject, PeopleQuery, PersonChange, Tenant, audit_line,
};
use attune_objects::{Error, Store};
use serde_json::json;
use std::rc::Rc;

const NOW: i64 = 1_800_000_000_000;
const OWNER: &str = "usr_owner";

struct Bench {
    store: Rc<SqliteStore>,
    tenant: Tenant,
    id: TenantId,
}

fn by(actor: &str, now_ms: i64) -> By<'_> {
    By { actor, now_ms }
}

fn person(user: &str, role: &str) -> NewPerson {
    NewPerson {
        user_id: user.into(),
        email: format!("{user}@Example.org"),
        name: "Name".into(),
        role: role.into(),
        identity: None,
    }
}

fn open() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let id = TenantId::new(&Cell::parse("eu1").unwrap(), NOW, 7);
    Tenant::open(store.clone(), id.as_str()).unwrap().create(&id, "Acme", NOW).unwrap();
    let tenant = Tenant::open(store.clone(), id.as_str()).unwrap();
    tenant.add_person(&By::operator(NOW), None, &person(OWNER, "owner")).unwrap();
    Bench { store, tenant, id }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> (ProblemCode, String) {
    let problem = Problem::from(result.unwrap_err());
    (problem.code, problem.errors.first().map(|e| e.code.clone()).unwrap_or_default())
}

fn refused(code: ProblemCode, why: &str) -> (ProblemCode, String) {
    (code, why.to_owned())
}

impl Bench {
    fn trail(&self) -> Vec<AuditRowV1> {
        self.tenant.export_audit(0, 1_000).unwrap()
    }

    fn actions(&self) -> Vec<String> {
        self.trail().into_iter().map(|row| row.action).collect()
    }

    fn add(&self, user: &str, role: &str) {
        self.tenant.add_person(&by(OWNER, NOW), None, &person(user, role)).unwrap();
    }

    fn change(&self, user: &str, change: PersonChange) -> Result<attune_contracts::people::PersonV1, Error> {
        self.tenant.change_person(&by(OWNER, NOW), user, &change)
    }

    fn page(&self, query: PeopleQuery) -> (Vec<String>, Option<String>) {
        let page = self.tenant.people(&query).unwrap();
        (page.people.into_iter().map(|p| p.user_id).collect(), page.next_cursor)
    }
}

fn role(role: &str) -> PersonChange {
    PersonChange { role: Some(role.into()), ..PersonChange::default() }
}

fn status(status: PersonStatus) -> PersonChange {
    PersonChange { status: Some(status), ..PersonChange::default() }
}

fn invitation(n: u32) -> NewInvitation {
    NewInvitation {
        invitation_id: format!("inv_{n}"),
        token_hash: format!("hash{n}"),
        email: format!("guest{n}@example.org"),
        role: "member".into(),
    }
}

fn accept(n: u32, user: &str) -> Acceptance {
    Acceptance {
        token_hash: format!("hash{n}"),
        user_id: user.into(),
        email: Some(format!("Guest{n}@example.org")),
        name: "Guest".into(),
        identity: None,
    }
}

#[test]
fn every_change_leaves_its_row_and_a_refused_one_leaves_none() {
    let b = open();
    assert_eq!(b.actions(), ["tenant.create", "person.add"]);
    b.tenant.create(&b.id, "Acme", NOW + 5).unwrap();
    assert_eq!(b.trail().len(), 2, "a repeat is no change");
    let before = b.tenant.audit_head().unwrap();
    assert_eq!(code(b.change(OWNER, role("member"))), refused(ProblemCode::VersionConflict, "last_owner"));
    assert_eq!(code(b.change(OWNER, status(PersonStatus::Suspended))).1, "last_owner");
    assert_eq!(code(b.tenant.remove_person(&by(OWNER, NOW), OWNER)).1, "last_owner");
    assert_eq!(code(b.change("usr_none", role("member"))).0, ProblemCode::NotFound);
    assert_eq!(code(b.change(OWNER, role("king"))), refused(ProblemCode::InvalidBody, "unknown"));
    assert_eq!(b.tenant.audit_head().unwrap(), before);
    b.add("usr_2", "owner");
    b.change(OWNER, role("member")).unwrap();
    b.change(OWNER, role("member")).unwrap();
    let trail = b.trail();
    assert_eq!(trail.len(), 4, "what changes nothing leaves no row");
    assert_eq!((trail[3].actor.as_str(), trail[3].target.as_str()), (OWNER, OWNER));
    assert_eq!(json!(trail[3].detail), json!({"role": ["owner", "member"]}));
}

#[test]
fn the_trail_is_a_chain_that_shows_each_edit() {
    let b = open();
    for n in 0..20 {
        b.add(&format!("usr_{n:02}"), "member");
    }
    let export =
        |rows: &[AuditRowV1]| -> String { rows.iter().map(|row| audit_line(row).unwrap() + "\n").collect::<String>() };
    let trail = b.trail();
    let head = b.tenant.audit_head().unwrap();
    let kept = Head { seq: head.seq, hash: head.hash };
    let good = verify(export(&trail).as_bytes(), Head::default(), Some((&kept).into())).unwrap();
    assert_eq!((good.rows, &good.last), (22, &kept));
    let mut edited = trail.clone();
    edited[5].target = "usr_other".into();
    assert_eq!(verify(export(&edited).as_bytes(), Head::default(), None).unwrap_err().why, Why::WrongHash);
    let cut = verify(export(&trail[..20]).as_bytes(), Head::default(), Some((&kept).into()));
    assert_eq!(cut.unwrap_err().why, Why::Truncated);
    // the second row, written out: its hash is that of the text, computed here again
    let detail = &trail[1].detail;
    let text = format!(
        r#"{{"action":"person.add","actor":"operator","at":"2027-01-15T08:00:00.000Z","detail":{},"prev":"{}","seq":2,"target":"usr_owner"}}"#,
        serde_json::to_string(detail).unwrap(),
        trail[0].hash,
    );
    assert_eq!(sha256_hex(text.as_bytes()), trail[1].hash);
    assert!(!export(&trail).contains("xample.org"), "no personal data");
}

#[test]
fn what_a_session_records_is_taken_once() {
    let b = open();
    let notice = |id: &str, at: i64| NoticeV1::Recorded {
        record_id: id.into(),
        user_id: OWNER.into(),
        actor: "key_k".into(),
        action: "device.revoke".into(),
        target: "dev_1".into(),
        at: Millis(at),
    };
    // in another order than they were done, the first of them three times, and once more when the object was away
    for (id, at) in [("r2", NOW - 5), ("r1", NOW - 9), ("r2", NOW - 5), ("r2", NOW - 5)] {
        b.tenant.take_record(&notice(id, at), NOW + 7).unwrap();
    }
    let tenant = Tenant::open(b.store.clone(), b.id.as_str()).unwrap();
    tenant.take_record(&notice("r1", NOW - 9), NOW + 8).unwrap();
    let rows = &b.trail()[2..];
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].actor.as_str(), rows[0].action.as_str()), ("key_k", "device.revoke"));
    assert_eq!((rows[0].target.as_str(), rows[0].at.0), ("dev_1", NOW + 7));
    assert_eq!(json!(rows[0].detail), json!({"user_id": OWNER, "done_at": Millis(NOW - 5)}));
    let lines: String = b.trail().iter().map(|row| audit_line(row).unwrap() + "\n").collect();
    assert_eq!(verify(lines.as_bytes(), Head::default(), None).unwrap().rows, 4);
    let empty = Tenant::open(Rc::new(SqliteStore::memory().unwrap()), b.id.as_str()).unwrap();
    assert_eq!(code(empty.take_record(&notice("r1", NOW), NOW)).0, ProblemCode::NotFound);
}

#[test]
fn the_trail_is_searched_and_paged_and_time_does_not_run_back() {
    let b = open();
    b.tenant.add_person(&by("usr_a", NOW - 50), None, &person("usr_1", "member")).unwrap();
    b.tenant.put_issuer(&by("usr_a", NOW + 10), &issuer()).unwrap();
    b.tenant.delete_issuer(&by("usr_b", NOW + 20), &issuer().issuer).unwrap();
    assert_eq!(b.trail()[2].at.0, NOW, "a clock that lags does not reorder the trail");
    let ask = |query: AuditQuery| -> Vec<String> {
        b.tenant.audit(&AuditQuery { limit: 100, ..query }).unwrap().rows.into_iter().map(|r| r.action).collect()
    };
    let any = AuditQuery::default;
    assert_eq!(ask(AuditQuery { actor: Some("usr_a".into()), ..any() }), ["issuer.create", "person.add"]);
    assert_eq!(ask(AuditQuery { action: Some("issuer.".into()), ..any() }), ["issuer.delete", "issuer.create"]);
    assert_eq!(ask(AuditQuery { action: Some("issuer.create".into()), ..any() }), ["issuer.create"]);
    assert_eq!(ask(AuditQuery { action: Some("issue.".into()), ..any() }), Vec::<String>::new());
    assert_eq!(ask(AuditQuery { target: Some("usr_1".into()), ..any() }), ["person.add"]);
    assert_eq!(ask(AuditQuery { from: Some(NOW + 10), until: Some(NOW + 20), ..any() }), ["issuer.create"]);
    let first = b.tenant.audit(&AuditQuery { limit: 3, ..any() }).unwrap();
    assert_eq!(first.rows.iter().map(|r| r.seq).collect::<Vec<_>>(), [5, 4, 3]);
    let second = b.tenant.audit(&AuditQuery { limit: 3, cursor: first.next_cursor, ..any() }).unwrap();
    assert_eq!(second.rows.iter().map(|r| r.seq).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(second.next_cursor, None);
    for bad in [AuditQuery { limit: 0, ..any() }, AuditQuery { limit: 101, ..any() }] {
        assert_eq!(code(b.tenant.audit(&bad)).0, ProblemCode::InvalidParameter);
    }
    let bad = AuditQuery { limit: 1, cursor: Some("x".into()), ..any() };
    assert_eq!(code(b.tenant.audit(&bad)).0, ProblemCode::InvalidParameter);
    let part = b.tenant.export_audit(2, 2).unwrap();
    assert_eq!(part.iter().map(|r| r.seq).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn people_are_listed_by_filter_and_page() {
    let b = open();
    for (user, role) in [("usr_1", "member"), ("usr_2", "admin"), ("usr_3", "member"), ("usr_4", "member")] {
        b.add(user, role);
    }
    let any = || PeopleQuery { limit: 10, ..PeopleQuery::default() };
    let member = || PeopleQuery { role: Some("member".into()), ..any() };
    assert_eq!(b.page(member()).0, ["usr_1", "usr_3", "usr_4"]);
    let (first, cursor) = b.page(PeopleQuery { limit: 2, ..member() });
    assert_eq!(first, ["usr_1", "usr_3"]);
    assert_eq!(b.page(PeopleQuery { limit: 2, cursor, ..member() }), (vec!["usr_4".to_owned()], None));
    b.change("usr_3", status(PersonStatus::Suspended)).unwrap();
    b.tenant.remove_person(&by(OWNER, NOW), "usr_4").unwrap();
    assert_eq!(b.page(member()).0, ["usr_1", "usr_3"], "removed ones only when asked for");
    assert_eq!(b.page(PeopleQuery { status: Some(PersonStatus::Removed), ..any() }).0, ["usr_4"]);
    assert_eq!(b.page(PeopleQuery { status: Some(PersonStatus::Suspended), ..any() }).0, ["usr_3"]);
    assert_eq!(b.page(PeopleQuery { email: Some("USR_2@example.ORG ".into()), ..any() }).0, ["usr_2"]);
    let cursor = Some("' OR 1".into());
    assert_eq!(code(b.tenant.people(&PeopleQuery { cursor, ..any() })).0, ProblemCode::InvalidParameter);
}

#[test]
fn managers_exist_and_form_no_circle() {
    let b = open();
    for user in ["usr_1", "usr_2", "usr_3"] {
        b.add(user, "member");
    }
    let manager = |of: &str| PersonChange { manager: Some(of.into()), ..PersonChange::default() };
    b.change("usr_1", manager("usr_2")).unwrap();
    b.change("usr_2", manager("usr_3")).unwrap();
    assert_eq!(code(b.change("usr_3", manager("usr_1"))).0, ProblemCode::InvalidBody);
    assert_eq!(code(b.change("usr_3", manager("usr_3"))).0, ProblemCode::InvalidBody);
    assert_eq!(code(b.change("usr_3", manager("usr_9"))).0, ProblemCode::InvalidBody);
    let under = PeopleQuery { manager: Some("usr_2".into()), limit: 5, ..PeopleQuery::default() };
    assert_eq!(b.page(under).0, ["usr_1"]);
    b.tenant.remove_person(&by(OWNER, NOW), "usr_2").unwrap();
    assert_eq!(b.tenant.person("usr_1").unwrap().unwrap().manager, None);
    assert_eq!(b.change("usr_1", manager("")).unwrap().manager, None);
}

#[test]
fn a_removed_person_leaves_an_id_and_nothing_else() {
    let b = open();
    let identity = Identity { issuer: "https://i.example".into(), subject: "s1".into() };
    let mut new = person("usr_1", "member");
    new.identity = Some(identity.clone());
    let once = Once { route: "/v1/people", key: "k", fingerprint: "f" };
    b.tenant.add_person(&by(OWNER, NOW), Some(&once), &new).unwrap();
    assert_eq!(b.tenant.person_of_identity(&identity).unwrap().unwrap().user_id, "usr_1");
    b.tenant.remove_person(&by(OWNER, NOW), "usr_1").unwrap();
    b.tenant.remove_person(&by(OWNER, NOW), "usr_1").unwrap();
    assert_eq!(b.tenant.person_of_identity(&identity).unwrap(), None);
    assert_eq!(b.tenant.person_of_email("usr_1@example.org").unwrap(), None);
    let rows = b.store.exec("SELECT name || email FROM person WHERE user_id = 'usr_1'", &[]).unwrap();
    assert_eq!(rows.first().unwrap().text(0).unwrap(), "");
    assert!(b.store.exec("SELECT 1 FROM idempotency", &[]).unwrap().is_empty(), "nor in a kept answer");
    assert_eq!(code(b.change("usr_1", role("admin"))).0, ProblemCode::NotFound);
    // the address and the identity are free again, the id is not
    let mut other = person("usr_2", "member");
    (other.email, other.identity) = (new.email.clone(), Some(identity));
    b.tenant.add_person(&by(OWNER, NOW), None, &other).unwrap();
    let reborn = NewPerson { email: "x@y.z".into(), identity: None, ..new };
    assert_eq!(code(b.tenant.add_person(&by(OWNER, NOW), None, &reborn)).1, "taken");
}

#[test]
fn addresses_and_identities_are_of_one_person() {
    let b = open();
    let mut twin = person("usr_1", "member");
    twin.email = format!("{}@EXAMPLE.org", OWNER.to_uppercase());
    assert_eq!(code(b.tenant.add_person(&by(OWNER, NOW), None, &twin)), refused(ProblemCode::VersionConflict, "taken"));
    for bad in ["", "a", "a@b", "@b.c", "a b@c.d", "a@b.c\n", &format!("{}@b.c", "x".repeat(65))] {
        let bad = NewPerson { email: bad.into(), ..person("usr_1", "member") };
        assert_eq!(code(b.tenant.add_person(&by(OWNER, NOW), None, &bad)).0, ProblemCode::InvalidBody, "{}", bad.email);
    }
    b.add("usr_1", "member");
    let identity = Identity { issuer: "https://i.example".into(), subject: "s1".into() };
    b.tenant.link_identity(&by(OWNER, NOW), "usr_1", &identity).unwrap();
    b.tenant.link_identity(&by(OWNER, NOW), "usr_1", &identity).unwrap();
    assert_eq!(code(b.tenant.link_identity(&by(OWNER, NOW), OWNER, &identity)).1, "taken");
    assert_eq!(b.actions().iter().filter(|a| *a == "person.link").count(), 1);
}

#[test]
fn who_may_is_judged_by_what_holds_at_the_change() {
    let b = open();
    for (user, role) in [("usr_o", "owner"), ("usr_a", "admin"), ("usr_m", "manager"), ("usr_x", "member")] {
        b.add(user, role);
    }
    let change = |who: &str, of: &str, change: PersonChange| b.tenant.change_person(&by(who, NOW), of, &change);
    let before = b.tenant.audit_head().unwrap();
    for (who, of, to) in [
        ("usr_m", "usr_x", role("admin")),
        ("usr_m", "usr_m", role("admin")),
        ("usr_m", "usr_a", PersonChange { name: Some("Mine".into()), ..PersonChange::default() }),
        ("usr_a", "usr_x", role("owner")),
        ("usr_a", OWNER, status(PersonStatus::Suspended)),
        ("usr_none", "usr_x", role("agent")),
    ] {
        assert_eq!(code(change(who, of, to.clone())).0, ProblemCode::Forbidden, "{who} {of} {to:?}");
    }
    assert_eq!(code(b.tenant.remove_person(&by("usr_m", NOW), "usr_a")).0, ProblemCode::Forbidden);
    assert_eq!(code(b.tenant.may_change_person(&by("usr_m", NOW), "usr_a")).0, ProblemCode::Forbidden);
    let admin = NewInvitation { role: "admin".into(), ..invitation(1) };
    assert_eq!(code(b.tenant.invite(&by("usr_m", NOW), None, &admin)).0, ProblemCode::Forbidden);
    assert_eq!(b.tenant.audit_head().unwrap(), before);
    b.tenant.invite(&by("usr_a", NOW), None, &admin).unwrap();
    assert_eq!(code(b.tenant.revoke_invitation(&by("usr_m", NOW), "inv_1")).0, ProblemCode::Forbidden);
    // two owners remove each other at once: both were let in, and one of them stays
    b.tenant.remove_person(&by(OWNER, NOW), "usr_o").unwrap();
    assert_eq!(code(b.tenant.remove_person(&by("usr_o", NOW), OWNER)).0, ProblemCode::Forbidden);
    // whose role went a moment ago acts by it no more
    change(OWNER, "usr_a", role("member")).unwrap();
    assert_eq!(code(change("usr_a", "usr_m", role("member"))).0, ProblemCode::Forbidden);
    change(OWNER, "usr_m", status(PersonStatus::Suspended)).unwrap();
    assert_eq!(code(change("usr_m", "usr_x", role("agent"))).0, ProblemCode::Forbidden);
}

#[test]
fn a_change_of_status_is_told_to_the_session() {
    let b = open();
    b.add("usr_1", "member");
    b.change("usr_1", status(PersonStatus::Suspended)).unwrap();
    b.change("usr_1", status(PersonStatus::Suspended)).unwrap();
    b.change("usr_1", status(PersonStatus::Active)).unwrap();
    b.tenant.remove_person(&by(OWNER, NOW), "usr_1").unwrap();
    let batches = b.tenant.outbox().plan(Limits::default(), NOW).unwrap();
    assert_eq!(batches[0].to, Destination::Object(format!("eu1/session/{}/usr_1", b.id)));
    let told: Vec<(u64, bool, bool)> = batches[0]
        .entries
        .iter()
        .map(|entry| match serde_json::from_str(&entry.body).unwrap() {
            NoticeV1::UserStanding { seq, active, erase, .. } => (seq, active, erase),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [(4, false, false), (5, true, false), (6, false, true)]);
}

#[test]
fn an_invitation_is_accepted_once_by_its_address_in_its_week() {
    let b = open();
    let invite = |n: u32, now: i64| b.tenant.invite(&by(OWNER, now), None, &invitation(n)).unwrap().answer;
    assert_eq!(invite(1, NOW).expires_at.0, NOW + INVITATION_MS);
    let other = Acceptance { email: Some("other@example.org".into()), ..accept(1, "usr_g1") };
    assert_eq!(code(b.tenant.accept_invitation(&other, NOW)).0, ProblemCode::Forbidden);
    assert_eq!(code(b.tenant.accept_invitation(&accept(9, "usr_g1"), NOW)).0, ProblemCode::NotFound);
    let late = b.tenant.accept_invitation(&accept(1, "usr_g1"), NOW + INVITATION_MS);
    assert_eq!(code(late), refused(ProblemCode::VersionConflict, "expired"));
    let joined = b.tenant.accept_invitation(&accept(1, "usr_g1"), NOW + INVITATION_MS - 1).unwrap();
    assert_eq!((joined.role.as_str(), joined.email.as_str()), ("member", "guest1@example.org"));
    assert_eq!(b.tenant.accept_invitation(&accept(1, "usr_g1"), NOW + 5).unwrap(), joined, "a repeat");
    assert_eq!(code(b.tenant.accept_invitation(&accept(1, "usr_g2"), NOW + 5)).1, "accepted");
    assert_eq!(code(b.tenant.revoke_invitation(&by(OWNER, NOW), "inv_1")).1, "accepted");
    let last = b.trail().pop().unwrap();
    assert_eq!((last.action.as_str(), last.actor.as_str()), ("invitation.accept", "usr_g1"));
    invite(2, NOW);
    b.tenant.revoke_invitation(&by(OWNER, NOW), "inv_2").unwrap();
    b.tenant.revoke_invitation(&by(OWNER, NOW), "inv_2").unwrap();
    assert_eq!(code(b.tenant.accept_invitation(&accept(2, "usr_g2"), NOW)).1, "revoked");
    let again = NewInvitation { email: "GUEST1@example.org".into(), ..invitation(3) };
    assert_eq!(code(b.tenant.invite(&by(OWNER, NOW), None, &again)).1, "taken");
}

#[test]
fn the_newest_invitation_of_an_address_counts() {
    let b = open();
    b.tenant.invite(&by(OWNER, NOW), None, &invitation(1)).unwrap();
    let second = NewInvitation { email: invitation(1).email, ..invitation(2) };
    b.tenant.invite(&by(OWNER, NOW + 1), None, &second).unwrap();
    assert_eq!(code(b.tenant.accept_invitation(&accept(1, "usr_g"), NOW + 2)).1, "revoked");
    let open = InvitationQuery { open: true, limit: 10, ..InvitationQuery::default() };
    let listed = b.tenant.invitations(&open, NOW + 2).unwrap();
    assert_eq!(listed.invitations.len(), 1);
    let all = InvitationQuery { limit: 1, ..InvitationQuery::default() };
    let first = b.tenant.invitations(&all, NOW).unwrap();
    let next = b.tenant.invitations(&InvitationQuery { cursor: first.next_cursor, ..all }, NOW).unwrap();
    assert_eq!((next.invitations[0].invitation_id.as_str(), &next.next_cursor), ("inv_1", &None));
    assert!(!serde_json::to_string(&next).unwrap().contains("hash1"));
    let by_secret = Acceptance { email: None, ..accept(2, "usr_g") };
    b.tenant.accept_invitation(&by_secret, NOW + 3).unwrap();
}

#[test]
fn custom_roles_are_in_use_or_go() {
    let b = open();
    let body = |name: &str, permissions: &[&str]| PutRoleV1 {
        schema_version: 1,
        name: name.into(),
        permissions: permissions.iter().map(|p| (*p).to_owned()).collect(),
    };
    let put = |id: &str, body: &PutRoleV1| {
        let once = Once { route: "/v1/roles", key: id, fingerprint: &body.name };
        b.tenant.put_role(&by(OWNER, NOW), Some(&once), id, body).map(|done| done.answer)
    };
    assert_eq!(
        code(b.tenant.put_role(&by(OWNER, NOW), None, "rol_1", &body("x", &["rooms:read"]))).0,
        ProblemCode::NotFound
    );
    let made = put("rol_1", &body("Night shift", &["rooms:write", "rooms:read", "rooms:read"])).unwrap();
    assert_eq!(made.permissions, ["rooms:read", "rooms:write"]);
    assert_eq!(code(put("rol_2", &body("Night shift", &["rooms:read"]))).1, "taken");
    assert_eq!(code(put("rol_2", &body("owner", &["rooms:read"]))).1, "taken");
    for bad in [&[][..], &["rooms"], &["Rooms:read"], &["rooms:"], &["a:b:c"], &[":read"]] {
        assert_eq!(code(put("rol_2", &body("x", bad))).0, ProblemCode::InvalidBody, "{bad:?}");
    }
    b.add("usr_1", "rol_1");
    assert_eq!(code(b.tenant.add_person(&by(OWNER, NOW), None, &person("usr_2", "rol_9"))).1, "unknown");
    let standing = b.tenant.standing("usr_1").unwrap().unwrap();
    assert_eq!(standing.permissions, Some(vec!["rooms:read".to_owned(), "rooms:write".to_owned()]));
    assert_eq!(b.tenant.standing(OWNER).unwrap().unwrap().permissions, None);
    assert_eq!(b.tenant.standing("usr_9").unwrap(), None);
    assert_eq!(code(b.tenant.delete_role(&by(OWNER, NOW), "rol_1")).1, "in_use");
    b.tenant.remove_person(&by(OWNER, NOW), "usr_1").unwrap();
    b.tenant.invite(&by(OWNER, NOW), None, &NewInvitation { role: "rol_1".into(), ..invitation(1) }).unwrap();
    assert_eq!(code(b.tenant.delete_role(&by(OWNER, NOW), "rol_1")).1, "in_use");
    b.tenant.delete_role(&by(OWNER, NOW + INVITATION_MS), "rol_1").unwrap();
    assert_eq!(code(b.tenant.delete_role(&by(OWNER, NOW), "rol_1")).0, ProblemCode::NotFound);
    assert!(b.tenant.roles().unwrap().roles.is_empty());
    // the devices of who was removed can still be ended
    b.tenant.may_change_person(&by(OWNER, NOW), "usr_1").unwrap();
    let late = b.tenant.accept_invitation(&accept(1, "usr_3"), NOW + 1);
    assert_eq!(code(late).1, "unknown", "an invitation to a role that is gone");
}

#[test]
fn repeats_change_nothing_and_other_bodies_are_refused() {
    let b = open();
    let once = Once { route: "/v1/invitations", key: "k1", fingerprint: "f1" };
    let first = b.tenant.invite(&by(OWNER, NOW), Some(&once), &invitation(1)).unwrap();
    assert!(!first.repeat);
    let rows = b.trail().len();
    let again = b.tenant.invite(&by(OWNER, NOW + 5), Some(&once), &invitation(2)).unwrap();
    assert!(again.repeat);
    assert_eq!(again.answer, first.answer);
    assert_eq!(b.trail().len(), rows);
    let other = Once { fingerprint: "f2", ..once };
    let refused = b.tenant.invite(&by(OWNER, NOW), Some(&other), &invitation(3));
    assert_eq!(code(refused).0, ProblemCode::IdempotencyMismatch);
    let later = by(OWNER, NOW + 3 * 86_400_000);
    assert!(!b.tenant.invite(&later, Some(&other), &invitation(4)).unwrap().repeat, "forgotten after two days");
}

fn issuer() -> NewIssuer {
    NewIssuer {
        issuer: "https://accounts.example".into(),
        audiences: vec!["app".into()],
        client_id: Some("app".into()),
        sealed_secret: Some("sealed-1".into()),
    }
}

#[test]
fn issuers_keep_their_secret_and_tell_who_read_it() {
    let b = open();
    let put = |new: &NewIssuer| b.tenant.put_issuer(&by(OWNER, NOW), new);
    assert!(put(&issuer()).unwrap().has_secret);
    put(&NewIssuer { audiences: vec!["a".into(), "b".into()], sealed_secret: None, ..issuer() }).unwrap();
    let kept = b.tenant.issuer("https://accounts.example").unwrap().unwrap();
    assert_eq!((kept.audiences.len(), kept.sealed_secret.as_deref()), (2, Some("sealed-1")));
    let rows = b.trail().len();
    assert_eq!(b.tenant.reveal_issuer_secret(&by("usr_x", NOW), &kept.issuer).unwrap(), "sealed-1");
    let last = b.trail().pop().unwrap();
    assert_eq!((b.trail().len(), last.action.as_str(), last.actor.as_str()), (rows + 1, "issuer.secret_read", "usr_x"));
    for bad in ["http://accounts.example", "", "https://a b", &format!("https://{}", "x".repeat(255))] {
        assert_eq!(code(put(&NewIssuer { issuer: bad.into(), ..issuer() })).0, ProblemCode::InvalidBody, "{bad}");
    }
    assert_eq!(code(put(&NewIssuer { audiences: vec![], ..issuer() })).0, ProblemCode::InvalidBody);
    let listed = serde_json::to_string(&b.tenant.issuers().unwrap()).unwrap();
    assert!(!listed.contains("sealed") && !format!("{kept:?}").contains("sealed-1"));
    assert!(!serde_json::to_string(&b.trail()).unwrap().contains("sealed-1"));
    b.tenant.delete_issuer(&by(OWNER, NOW), &kept.issuer).unwrap();
    assert_eq!(code(b.tenant.delete_issuer(&by(OWNER, NOW), &kept.issuer)).0, ProblemCode::NotFound);
    assert_eq!(code(b.tenant.reveal_issuer_secret(&by(OWNER, NOW), &kept.issuer)).0, ProblemCode::NotFound);
}

#[test]
fn projects_overlap_while_keys_are_rotated() {
    let b = open();
    let new = |key: &str, from: Option<i64>, until: Option<i64>| NewProject {
        api_key: key.into(),
        sealed_secret: Some(format!("sealed-{key}")),
        url: "wss://x.livekit.cloud".into(),
        region: Some("eu".into()),
        live_from: from,
        live_until: until,
    };
    let put = |new: &NewProject| b.tenant.put_project(&by(OWNER, NOW), new);
    let live = |now: i64| -> Vec<String> {
        b.tenant.live_projects(now).unwrap().into_iter().map(|project| project.api_key).collect()
    };
    put(&new("old", None, None)).unwrap();
    put(&new("new", Some(NOW + 100), None)).unwrap();
    put(&NewProject { sealed_secret: None, ..new("old", None, Some(NOW + 200)) }).unwrap();
    assert_eq!(live(NOW), ["old"]);
    assert_eq!(live(NOW + 100), ["new", "old"]);
    assert_eq!(live(NOW + 200), ["new"]);
    assert_eq!(b.tenant.project("old").unwrap().unwrap().sealed_secret, "sealed-old");
    let bad = NewProject { sealed_secret: None, ..new("third", None, None) };
    assert_eq!(code(put(&bad)), refused(ProblemCode::InvalidBody, "missing"));
    assert_eq!(code(put(&new("third", Some(9), Some(9)))).1, "out_of_range");
    assert_eq!(code(put(&NewProject { url: "ftp://x".into(), ..new("third", None, None) })).1, "invalid");
    assert_eq!(b.tenant.reveal_project_secret(&by("usr_x", NOW), "old").unwrap(), "sealed-old");
    assert_eq!(b.trail().pop().unwrap().action, "project.secret_read");
    b.tenant.delete_project(&by(OWNER, NOW), "old").unwrap();
    assert_eq!(b.tenant.projects().unwrap().projects.len(), 1);
}

#[test]
fn settings_plan_and_epoch_are_kept_and_recorded() {
    let b = open();
    let update = |name: Option<&str>, settings: serde_json::Value| UpdateTenantV1 {
        schema_version: 1,
        name: name.map(str::to_owned),
        settings: serde_json::from_value(settings).unwrap(),
    };
    b.tenant.update(&by(OWNER, NOW), &update(None, json!({"a": 1, "b": [true]}))).unwrap();
    let after = b.tenant.update(&by(OWNER, NOW), &update(Some("New"), json!({"a": null, "c": "x"}))).unwrap();
    assert_eq!(
        (after.name.as_str(), serde_json::to_value(&after.settings).unwrap()),
        ("New", json!({"b": [true], "c": "x"}))
    );
    assert_eq!(json!(b.trail().pop().unwrap().detail), json!({"changed": ["a", "c", "name"]}));
    let large = update(None, json!({"x": "y".repeat(17_000)}));
    assert_eq!(code(b.tenant.update(&by(OWNER, NOW), &large)).1, "out_of_range");
    assert_eq!(code(b.tenant.update(&by(OWNER, NOW), &update(None, json!({"a b": 1})))).0, ProblemCode::InvalidBody);
    for (days, good) in
        [(json!(1), true), (json!(3_650), true), (json!(0), false), (json!(3_651), false), (json!("9"), false)]
    {
        let done = b.tenant.update(&by(OWNER, NOW), &update(None, json!({"chat_retention_days": days})));
        assert_eq!(done.is_ok(), good, "{days}");
    }
    let planned = b.tenant.set_plan(&By::operator(NOW), "scale", Some("eu")).unwrap();
    assert_eq!((planned.plan.as_str(), planned.region.as_deref()), ("scale", Some("eu")));
    assert_eq!(code(b.tenant.set_plan(&By::operator(NOW), "Not a word", None)).0, ProblemCode::InvalidBody);
    assert_eq!((b.tenant.epoch().unwrap(), b.tenant.raise_epoch(&by(OWNER, NOW)).unwrap()), (0, 1));
    assert_eq!(b.tenant.standing(OWNER).unwrap().unwrap().epoch, 1);
    let empty = Tenant::open(Rc::new(SqliteStore::memory().unwrap()), b.id.as_str()).unwrap();
    assert_eq!(code(empty.raise_epoch(&by(OWNER, NOW))).0, ProblemCode::NotFound);
    assert_eq!(code(empty.add_person(&by(OWNER, NOW), None, &person("usr_1", "owner"))).0, ProblemCode::NotFound);
}

#[test]
fn keys_are_recorded_paged_and_used_once_a_day() {
    let b = open();
    let peppers = Peppers::new([("p1", "ab".repeat(32))], "p1").unwrap();
    let record = |salt: u8, name: &str| {
        let entropy: Vec<u8> = (0..64_u8).map(|n| n.wrapping_mul(31).wrapping_add(salt) % 100).collect();
        let key = ApiKey::generate(Environment::Test, "eu1", b.id.ulid(), &entropy).unwrap();
        let scopes = [Scope::ConfigRead].into_iter().collect();
        let at = NOW.unsigned_abs() + u64::from(salt);
        ApiKeyRecord::new(&key, &peppers, name, scopes, at, None).unwrap()
    };
    let once = Once { route: "/v1/keys", key: "k", fingerprint: "f" };
    let first = b.tenant.add_key(&by(OWNER, NOW), Some(&once), &record(1, "a")).unwrap();
    assert_eq!((first.repeat, first.answer.kind.as_str()), (false, "secret"));
    assert!(b.tenant.add_key(&by(OWNER, NOW), Some(&once), &record(2, "b")).unwrap().repeat);
    for salt in 3..6 {
        b.tenant.add_key(&by(OWNER, NOW), None, &record(salt, &format!("n{salt}"))).unwrap();
    }
    let page = b.tenant.keys(None, 3).unwrap();
    assert_eq!(page.keys.iter().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["n5", "n4", "n3"]);
    let page = b.tenant.keys(page.next_cursor.as_deref(), 3).unwrap();
    assert_eq!((page.keys[0].name.as_str(), page.next_cursor), ("a", None));
    let id = first.answer.key_id.as_str();
    let rows = b.trail().len();
    assert!(b.tenant.key_used(id, NOW).unwrap());
    assert!(!b.tenant.key_used(id, NOW + 1).unwrap());
    assert!(b.tenant.key_used(id, NOW + 86_400_000).unwrap());
    assert!(!b.tenant.key_used(id, NOW).unwrap(), "never back");
    let ended = b.tenant.end_key(&by(OWNER, NOW + 9), id).unwrap();
    assert_eq!((ended.revoked_at.unwrap().0, ended.last_used_on.as_deref()), (NOW + 9, Some("2027-01-16")));
    assert_eq!(b.tenant.end_key(&by(OWNER, NOW + 99), id).unwrap(), ended);
    assert_eq!(b.trail().len(), rows + 1);
    let last = b.trail().pop().unwrap();
    assert_eq!((last.action.as_str(), last.target), ("key.revoke", format!("key_{id}")));
    assert!(!serde_json::to_string(&b.trail()).unwrap().contains(&record(1, "a").hash));
}

#[test]
fn a_key_makes_keys_within_its_own_bounds() {
    let b = open();
    let peppers = Peppers::new([("p1", "ab".repeat(32))], "p1").unwrap();
    let record = |salt: u8, scopes: &[Scope], networks: &[&str]| {
        let entropy: Vec<u8> = (0..64_u8).map(|n| n.wrapping_mul(31).wrapping_add(salt) % 100).collect();
        let key = ApiKey::generate(Environment::Test, "eu1", b.id.ulid(), &entropy).unwrap();
        let scopes = scopes.iter().copied().collect();
        let networks = networks.iter().map(|text| Network::parse(text).unwrap()).collect();
        let record = ApiKeyRecord::new(&key, &peppers, &format!("k{salt}"), scopes, NOW.unsigned_abs(), None).unwrap();
        record.restrict(Vec::new(), networks).unwrap()
    };
    let maker = record(1, &[Scope::KeysWrite], &["192.0.2.0/24"]);
    let actor = format!("key_{}", maker.key_id);
    let make = |record: &ApiKeyRecord| b.tenant.add_key(&by(&actor, NOW), None, record);
    assert_eq!(code(make(&record(2, &[Scope::KeysWrite], &["192.0.2.9"]))).0, ProblemCode::Forbidden, "no such key");
    b.tenant.add_key(&by(OWNER, NOW), None, &maker).unwrap();
    assert_eq!(code(make(&record(3, &[Scope::KeysWrite], &[]))).0, ProblemCode::Forbidden);
    assert_eq!(code(make(&record(4, &[Scope::KeysRead], &["192.0.2.9"]))).0, ProblemCode::Forbidden);
    make(&record(5, &[Scope::KeysWrite], &["192.0.2.9"])).unwrap();
    b.tenant.end_key(&by(OWNER, NOW), &maker.key_id).unwrap();
    assert_eq!(code(make(&record(6, &[Scope::KeysWrite], &["192.0.2.9"]))).0, ProblemCode::Forbidden, "revoked");
}

#[test]
fn an_object_of_the_first_shape_is_read_on() {
    use attune_objects::schema::{Schema, migrate};
    use attune_objects::tenant::SCHEMA;
    let store = Rc::new(SqliteStore::memory().unwrap());
    migrate(&*store, &[Schema { steps: &SCHEMA.steps[..1], ..SCHEMA }]).unwrap();
    let id = TenantId::new(&Cell::parse("eu1").unwrap(), NOW, 7);
    let record = r#"{"key_id":"k","pepper_id":"p","hash":"h","scopes":["config:read"],"created_at":5,"name":"old"}"#;
    let sql = "INSERT INTO api_key (key_id, name, created_at, record) VALUES ('k', 'old', 5, ?1)";
    store.exec(sql, &[record.into()]).unwrap();
    let sql = "INSERT INTO tenant (tenant_id, name, created_at) VALUES (?1, 'Acme', 5)";
    store.exec(sql, &[id.as_str().into()]).unwrap();
    let tenant = Tenant::open(store, id.as_str()).unwrap();
    let details = tenant.details().unwrap().unwrap();
    assert_eq!((details.plan.as_str(), details.epoch, details.settings.len()), ("free", 0, 0));
    assert_eq!(tenant.lookup("k").unwrap().unwrap().name, "old");
    assert_eq!(tenant.keys(None, 10).unwrap().keys[0].kind, "secret");
    tenant.end_key(&by(OWNER, NOW), "k").unwrap();
    assert_eq!(tenant.audit_head().unwrap().seq, 1);
}

#[test]
fn the_head_of_the_trail_is_put_away_once_in_an_hour_in_which_it_moved() {
    let b = open();
    let (hour, at) = (3_600_000, NOW);
    let posted = || -> Vec<(String, String)> {
        let rows = b.store.exec("SELECT id, body FROM outbox WHERE dest = 'bucket:audit' ORDER BY seq", &[]).unwrap();
        rows.into_iter().map(|mut row| (row.text(0).unwrap(), row.text(1).unwrap())).collect()
    };
    let first = b.tenant.keep_head(at + 5).unwrap();
    assert_eq!(first, b.tenant.audit_head().unwrap());
    b.add("usr_1", "member");
    b.tenant.keep_head(at + hour - 1).unwrap();
    assert_eq!(posted(), [(format!("{}/2027-01-15/08.json", b.id), serde_json::to_string(&first).unwrap())]);
    let second = b.tenant.keep_head(at + hour).unwrap();
    assert_ne!(first, second);
    b.tenant.keep_head(at + 9 * hour).unwrap();
    assert_eq!(posted().len(), 2, "it has not moved since");
    assert_eq!(posted()[1], (format!("{}/2027-01-15/09.json", b.id), serde_json::to_string(&second).unwrap()));
    let batches = b.tenant.outbox().plan(Limits::default(), at + hour).unwrap();
    assert_eq!(batches[0].to, Destination::Bucket("audit".into()));
    let empty = Tenant::open(Rc::new(SqliteStore::memory().unwrap()), b.id.as_str()).unwrap();
    assert_eq!(empty.keep_head(at).unwrap().seq, 0);
    assert!(empty.outbox().plan(Limits::default(), at).unwrap().is_empty());
}
