//! Any interleaving of administrative commands, repeats and crashes: a tenant keeps an owner, an address belongs to one person,
//! an invitation is accepted once, and the trail holds what succeeded and nothing else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_contracts::people::{PersonStatus, PutRoleV1};
use attune_domain::{Cell, TenantId};
use attune_identity::audit::{Head, verify};
use attune_objects::control_room::Once;
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::tenant::{
    Acceptance, By, NewInvitation, NewIssuer, NewPerson, NewProject, PeopleQuery, PersonChange, Tenant, audit_line,
};
use attune_objects::{Error, Store};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::rc::Rc;

const START: i64 = 1_800_000_000_000;
const ROLES: [&str; 4] = ["owner", "admin", "member", "rol_1"];

#[derive(Debug, Clone)]
enum Step {
    Add {
        user: u8,
        email: u8,
        role: usize,
        key: Option<u8>,
    },
    /// By the operator, or by a person who may have no right to it.
    Change {
        by: Option<u8>,
        user: u8,
        role: Option<usize>,
        suspend: Option<bool>,
        manager: Option<u8>,
    },
    Remove {
        by: Option<u8>,
        user: u8,
    },
    Invite {
        n: u8,
        email: u8,
        role: usize,
        key: Option<u8>,
    },
    Accept {
        n: u8,
        user: u8,
    },
    RevokeInvitation {
        n: u8,
    },
    PutRole {
        n: u8,
        name: u8,
    },
    DeleteRole {
        n: u8,
    },
    Issuer {
        n: u8,
        delete: bool,
    },
    Project {
        n: u8,
        delete: bool,
    },
    Epoch,
    Read,
    Wait {
        ms: i64,
    },
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let key = || proptest::option::weighted(0.3, 0..4_u8);
    let who = || proptest::option::of(0..6_u8);
    prop_oneof![
        5 => (0..6_u8, 0..6_u8, 0..4_usize, key()).prop_map(|(user, email, role, key)| Step::Add { user, email, role, key }),
        5 => (who(), 0..6_u8, proptest::option::of(0..4_usize), proptest::option::of(any::<bool>()), proptest::option::of(0..6_u8))
            .prop_map(|(by, user, role, suspend, manager)| Step::Change { by, user, role, suspend, manager }),
        2 => (who(), 0..6_u8).prop_map(|(by, user)| Step::Remove { by, user }),
        3 => (0..6_u8, 0..6_u8, 0..4_usize, key()).prop_map(|(n, email, role, key)| Step::Invite { n, email, role, key }),
        4 => (0..6_u8, 6..12_u8).prop_map(|(n, user)| Step::Accept { n, user }),
        1 => (0..6_u8).prop_map(|n| Step::RevokeInvitation { n }),
        2 => (0..2_u8, 0..2_u8).prop_map(|(n, name)| Step::PutRole { n, name }),
        1 => (0..2_u8).prop_map(|n| Step::DeleteRole { n }),
        1 => (0..2_u8, any::<bool>()).prop_map(|(n, delete)| Step::Issuer { n, delete }),
        1 => (0..2_u8, any::<bool>()).prop_map(|(n, delete)| Step::Project { n, delete }),
        1 => Just(Step::Epoch),
        1 => Just(Step::Read),
        2 => (-5_000..200_000_000_i64).prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Crash),
    ]
}

fn id() -> TenantId {
    TenantId::new(&Cell::parse("eu1").unwrap(), START, 7)
}

fn actor(by: Option<u8>) -> String {
    by.map_or_else(|| By::OPERATOR.to_owned(), |user| format!("usr_{user}"))
}

struct World {
    store: Rc<SqliteStore>,
    tenant: Tenant,
    now: i64,
    had_owner: bool,
}

impl World {
    fn new() -> Self {
        let store = Rc::new(SqliteStore::memory().unwrap());
        let tenant = Tenant::open(store.clone(), id().as_str()).unwrap();
        tenant.create(&id(), "Acme", START).unwrap();
        Self { store, tenant, now: START, had_owner: false }
    }

    fn count(&self, sql: &str) -> i64 {
        self.store.exec(&format!("SELECT count(*) FROM {sql}"), &[]).unwrap().first().unwrap().int(0).unwrap()
    }

    /// Runs a command; gives whether it succeeded, and whether it was a repeat.
    fn run(&self, step: &Step) -> Result<bool, Error> {
        let by = By::operator(self.now);
        let t = &self.tenant;
        let with = |key: &Option<u8>,
                    route: &'static str,
                    fingerprint: &str,
                    f: &dyn Fn(Option<&Once<'_>>) -> Result<bool, Error>| {
            let key = key.map(|key| format!("k{key}"));
            match &key {
                Some(key) => f(Some(&Once { route, key, fingerprint })),
                None => f(None),
            }
        };
        let email = |n: &u8| format!("p{n}@example.org");
        match step {
            Step::Add { user, email: address, role, key } => {
                let person = NewPerson {
                    user_id: format!("usr_{user}"),
                    email: email(address),
                    name: "Name".into(),
                    role: ROLES[*role].into(),
                    identity: None,
                };
                let print = format!("{user}{address}{role}");
                with(key, "/people", &print, &|once| t.add_person(&by, once, &person).map(|done| done.repeat))
            }
            Step::Change { by, user, role, suspend, manager } => {
                let actor = actor(*by);
                let status = suspend.map(|s| if s { PersonStatus::Suspended } else { PersonStatus::Active });
                let change = PersonChange {
                    name: None,
                    role: role.map(|role| ROLES[role].to_owned()),
                    manager: manager.map(|n| format!("usr_{n}")),
                    status,
                };
                t.change_person(&By { actor: &actor, now_ms: self.now }, &format!("usr_{user}"), &change).map(|_| false)
            }
            Step::Remove { by, user } => {
                let actor = actor(*by);
                t.remove_person(&By { actor: &actor, now_ms: self.now }, &format!("usr_{user}")).map(|()| false)
            }
            Step::Invite { n, email: address, role, key } => {
                let id = self.count("invitation");
                let new = NewInvitation {
                    invitation_id: format!("inv_{id}"),
                    token_hash: format!("h{n}-{id}"),
                    email: email(address),
                    role: ROLES[*role].into(),
                };
                let print = format!("{address}{role}");
                with(key, "/invitations", &print, &|once| t.invite(&by, once, &new).map(|done| done.repeat))
            }
            Step::Accept { n, user } => {
                let accept = Acceptance {
                    token_hash: format!("h{n}-{n}"),
                    user_id: format!("usr_{user}"),
                    email: None,
                    name: "Guest".into(),
                    identity: None,
                };
                t.accept_invitation(&accept, self.now).map(|_| false)
            }
            Step::RevokeInvitation { n } => t.revoke_invitation(&by, &format!("inv_{n}")).map(|_| false),
            Step::PutRole { n, name } => {
                let role = PutRoleV1 {
                    schema_version: 1,
                    name: format!("role {name}"),
                    permissions: vec!["rooms:read".into()],
                };
                let (id, key) = (format!("rol_{n}"), format!("{}", self.count("audit")));
                let made = t.role(&id)?.is_some();
                let once = Once { route: "/roles", key: &key, fingerprint: "" };
                t.put_role(&by, (!made).then_some(&once), &id, &role).map(|done| done.repeat)
            }
            Step::DeleteRole { n } => t.delete_role(&by, &format!("rol_{n}")).map(|()| false),
            Step::Issuer { n, delete } => {
                let issuer = format!("https://i{n}.example");
                if *delete {
                    return t.delete_issuer(&by, &issuer).map(|()| false);
                }
                let new = NewIssuer { issuer, audiences: vec!["a".into()], client_id: None, sealed_secret: None };
                t.put_issuer(&by, &new).map(|_| false)
            }
            Step::Project { n, delete } => {
                let api_key = format!("API{n}");
                if *delete {
                    return t.delete_project(&by, &api_key).map(|()| false);
                }
                let new = NewProject {
                    api_key,
                    sealed_secret: Some("s".into()),
                    url: "wss://x".into(),
                    region: None,
                    live_from: None,
                    live_until: None,
                };
                t.put_project(&by, &new).map(|_| false)
            }
            Step::Epoch => t.raise_epoch(&by).map(|_| false),
            Step::Read => t.reveal_project_secret(&by, "API0").map(|_| false),
            Step::Wait { .. } | Step::Crash => Ok(true),
        }
    }

    /// What the rules say, by the order of roles: each of them holds all that the ones behind it do.
    fn may(&self, step: &Step) -> bool {
        let (Step::Change { by: Some(by), user, .. } | Step::Remove { by: Some(by), user }) = step else { return true };
        let rank = |user: &u8| {
            let person = self.tenant.person(&format!("usr_{user}")).unwrap()?;
            let rank = ROLES.iter().position(|role| *role == person.role).unwrap();
            Some((if person.status == PersonStatus::Active { rank } else { usize::MAX }, rank))
        };
        let (Some((actor, _)), Some((_, target))) = (rank(by), rank(user)) else { return false };
        let wanted = if let Step::Change { role: Some(role), .. } = step { *role } else { target };
        actor <= target && actor <= wanted
    }

    fn state(&self) -> String {
        let mut text = String::new();
        for table in ["person", "invitation", "custom_role", "issuer", "livekit_project", "tenant"] {
            for row in self.store.exec(&format!("SELECT * FROM {table}"), &[]).unwrap() {
                text.push_str(&format!("{table} {row:?}\n"));
            }
        }
        text
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Wait { ms } => self.now += ms,
            Step::Crash => self.tenant = Tenant::open(self.store.clone(), id().as_str()).unwrap(),
            _ => {}
        }
        let (rows, posted, before) = (self.count("audit"), self.count("outbox"), self.state());
        let may = self.may(step);
        let done = self.run(step);
        assert!(may || done.is_err(), "{step:?} by somebody who may not");
        let changed = self.state() != before;
        let added = self.count("audit") - rows;
        match done {
            // an invitation may revoke an earlier one of the same address: that is a row of its own
            Ok(false) => {
                let recorded = changed
                    || matches!(step, Step::Read | Step::Issuer { .. } | Step::Project { .. } | Step::PutRole { .. });
                assert_eq!(added > 0, recorded, "{step:?}");
                assert!(added <= if matches!(step, Step::Invite { .. }) { 2 } else { 1 }, "{step:?}");
            }
            _ => assert_eq!((added, changed, self.count("outbox")), (0, false, posted), "{step:?} {done:?}"),
        }
        if let Err(error) = done {
            assert!(matches!(error, Error::Refused(_)), "{step:?} {error:?}");
        }
        self.check();
    }

    fn check(&mut self) {
        let owners = self.count("person WHERE role = 'owner' AND status = 'active'");
        self.had_owner |= owners > 0;
        assert_eq!(owners > 0, self.had_owner, "a tenant that had an owner has one");
        let twice = "(SELECT accepted_by FROM invitation WHERE accepted_by IS NOT NULL GROUP BY accepted_by HAVING count(*) > 1)";
        assert_eq!(self.count(twice), 0);
        assert_eq!(self.count("person WHERE status = 'removed' AND email || name <> ''"), 0);
        // a role that people have exists
        let lost =
            "person WHERE status <> 'removed' AND role LIKE 'rol_%' AND role NOT IN (SELECT role_id FROM custom_role)";
        assert_eq!(self.count(lost), 0);
    }

    fn finish(&self) {
        let rows = self.tenant.export_audit(0, 1_000).unwrap();
        let lines: String = rows.iter().map(|row| audit_line(row).unwrap() + "\n").collect();
        let head = self.tenant.audit_head().unwrap();
        let kept = Head { seq: head.seq, hash: head.hash };
        assert_eq!(verify(lines.as_bytes(), Head::default(), Some((&kept).into())).unwrap().last, kept);
        assert!(rows.windows(2).all(|pair| pair[0].at <= pair[1].at));
        assert!(!lines.contains("example.org") && !lines.contains("Guest"));
        // pages are the whole list, in its order, each once
        let mut query = PeopleQuery { limit: 2, ..PeopleQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = self.tenant.people(&query).unwrap();
            seen.extend(page.people.into_iter().map(|person| person.user_id));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        let once: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(once.into_iter().collect::<Vec<_>>(), seen.iter().collect::<Vec<_>>());
        assert_eq!(i64::try_from(seen.len()).unwrap(), self.count("person WHERE status <> 'removed'"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("ATTUNE_FULL").is_some_and(|full| full == "1") { 1_280 } else { 128 }, ..ProptestConfig::default() })]
    #[test]
    fn the_trail_holds_what_succeeded_and_nothing_else(steps in proptest::collection::vec(step(), 1..100)) {
        let mut world = World::new();
        for step in &steps {
            world.apply(step);
        }
        world.finish();
    }
}
