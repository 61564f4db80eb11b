//! Permissions, roles, and who may give what to whom.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::permission::{
    BuiltIn, CustomRole, Error, Permission as P, Permissions, RoleRef, Standing, may_change, may_define, may_grant,
};
use proptest::prelude::*;

const ROLE: &str = "rol_01hzy3v5q8r2m4k6n7p9s1t3w5";

fn standing(role: BuiltIn) -> Standing {
    role.into()
}

/// Names are in records, tokens and clients: none may change or go.
#[test]
fn the_list_is_golden() {
    let names: Vec<_> = P::ALL.iter().map(|one| one.as_str()).collect();
    assert_eq!(names.join("\n"), include_str!("golden/permissions.txt").trim_end());
    for one in P::ALL {
        assert_eq!(one.as_str().parse(), Ok(one));
        assert_eq!(serde_json::to_value(one).unwrap(), one.as_str());
        assert_eq!(serde_json::from_value::<P>(one.as_str().into()).unwrap(), one);
        let (noun, verb) = one.as_str().split_once(':').unwrap();
        assert!([noun, verb].iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase()) && !word.is_empty()));
    }
    for bad in ["", "users", "users:", "USERS:READ", " users:read", "users:read,users:write", "*"] {
        assert_eq!(bad.parse::<P>(), Err(Error::UnknownPermission), "{bad:?}");
    }
}

#[test]
fn the_roles_are_golden() {
    let text: String = BuiltIn::ALL
        .iter()
        .map(|role| {
            let names: Vec<_> = role.permissions().iter().map(P::as_str).collect();
            format!("{}: {}\n", role.as_str(), names.join(" "))
        })
        .collect();
    assert_eq!(text, include_str!("golden/roles.txt"));
}

#[test]
fn higher_roles_can_give_lower_ones() {
    use BuiltIn::{Admin, Agent, EndUser, Manager, Member, Owner};
    for (high, low) in
        [(Owner, Admin), (Admin, Manager), (Manager, Member), (Manager, Agent), (Agent, EndUser), (Member, EndUser)]
    {
        assert!(low.permissions().is_subset(high.permissions()), "{high:?} {low:?}");
        assert_ne!(low.permissions(), high.permissions());
    }
    assert!(!EndUser.permissions().is_empty());
}

#[test]
fn a_set_is_written_as_names_and_skips_what_it_does_not_know() {
    let set: Permissions = serde_json::from_str(r#"["users:read","later:thing","runs:read","users:read"]"#).unwrap();
    assert_eq!(set, [P::UsersRead, P::RunsRead].into_iter().collect());
    assert_eq!(serde_json::to_string(&set).unwrap(), r#"["runs:read","users:read"]"#);
    assert_eq!(
        serde_json::from_str::<Permissions>(&serde_json::to_string(&Permissions::all()).unwrap()).unwrap(),
        Permissions::all()
    );
    for bad in ["7", "\"users:read\"", "[1]", "null"] {
        assert!(serde_json::from_str::<Permissions>(bad).is_err(), "{bad}");
    }
    assert_eq!(format!("{set:?}"), r#"{"runs:read", "users:read"}"#);
}

#[test]
fn role_references() {
    for role in BuiltIn::ALL {
        assert_eq!(role.as_str().parse(), Ok(RoleRef::BuiltIn(role)));
    }
    assert_eq!(ROLE.parse(), Ok(RoleRef::Custom(ROLE.to_owned())));
    assert_eq!(serde_json::to_string(&ROLE.parse::<RoleRef>().unwrap()).unwrap(), format!("\"{ROLE}\""));
    for bad in
        ["", "Owner", "root", "rol_", "rol_01HZY3V5Q8R2M4K6N7P9S1T3W5", "rol_81hzy3v5q8r2m4k6n7p9s1t3w5", "owner "]
    {
        assert_eq!(bad.parse::<RoleRef>(), Err(Error::UnknownRole), "{bad:?}");
    }
}

#[test]
fn names_of_custom_roles() {
    let some = Permissions::of(&[P::UsersRead]);
    for good in ["a", "Night shift", "Früh", &"é".repeat(40)] {
        assert!(CustomRole::new(ROLE, good, some).is_ok(), "{good}");
    }
    for bad in ["", " a", "a ", "a\nb", "owner", "Owner", "END_USER", "end user", "end-user", &"a".repeat(41)] {
        assert_eq!(CustomRole::new(ROLE, bad, some), Err(Error::RoleName), "{bad:?}");
    }
    assert_eq!(CustomRole::new(ROLE, "a", Permissions::NONE), Err(Error::EmptyRole));
    assert_eq!(CustomRole::new("owner", "a", some), Err(Error::UnknownRole));
    assert_eq!(CustomRole::new("rol_x", "a", some), Err(Error::UnknownRole));
}

#[test]
fn nobody_grants_more_than_he_has() {
    let manager = standing(BuiltIn::Manager);
    assert_eq!(may_grant(manager, BuiltIn::Member.permissions()), Ok(()));
    assert_eq!(may_grant(manager, Permissions::of(&[P::UsersRead, P::KeysWrite])), Err(Error::Exceeds(P::KeysWrite)));
    // a role that already holds more may not be touched either, not even to make it smaller
    let (big, small) = (Permissions::of(&[P::TenantWrite, P::UsersRead]), Permissions::of(&[P::UsersRead]));
    assert_eq!(may_define(manager, Some(big), Some(small)), Err(Error::Outranked(P::TenantWrite)));
    assert_eq!(may_define(manager, Some(big), None), Err(Error::Outranked(P::TenantWrite)));
    assert_eq!(may_define(manager, None, Some(big)), Err(Error::Exceeds(P::TenantWrite)));
    assert_eq!(may_define(standing(BuiltIn::Owner), Some(big), None), Ok(()));
}

#[test]
fn owners() {
    let [owner, admin, member] = [BuiltIn::Owner, BuiltIn::Admin, BuiltIn::Member].map(standing);
    // everything, but no owner: a key with all permissions
    let almighty = Standing::from(Permissions::all());
    for (actor, before, after, owners, expected) in [
        (owner, Some(member), Some(owner), 1, Ok(())),
        (owner, Some(owner), Some(member), 2, Ok(())),
        (owner, Some(owner), Some(member), 1, Err(Error::LastOwner)),
        (owner, Some(owner), None, 1, Err(Error::LastOwner)),
        (owner, Some(owner), Some(owner), 1, Ok(())),
        (owner, None, Some(owner), 1, Ok(())),
        (admin, Some(member), Some(owner), 1, Err(Error::OwnerOnly)),
        (admin, Some(owner), Some(member), 2, Err(Error::OwnerOnly)),
        (admin, Some(owner), None, 2, Err(Error::OwnerOnly)),
        (almighty, Some(owner), None, 2, Err(Error::OwnerOnly)),
        (almighty, None, Some(owner), 2, Err(Error::OwnerOnly)),
        (almighty, Some(member), Some(almighty), 1, Ok(())),
        (admin, Some(member), Some(admin), 1, Ok(())),
        (admin, Some(admin), None, 1, Ok(())),
        (admin, Some(almighty), None, 1, Err(Error::Outranked(P::TenantWrite))),
        (member, Some(member), Some(admin), 1, Err(Error::Exceeds(P::UsersWrite))),
        (member, Some(admin), Some(member), 1, Err(Error::Outranked(P::UsersWrite))),
    ] {
        let found = may_change(actor, before, after, owners);
        // which permission is named first follows the list, and is not the matter here
        let same = match (&found, &expected) {
            (Err(Error::Exceeds(_)), Err(Error::Exceeds(_))) | (Err(Error::Outranked(_)), Err(Error::Outranked(_))) => {
                true
            }
            (found, expected) => found == expected,
        };
        assert!(same, "{actor:?} {before:?} {after:?} {owners}: {found:?}");
    }
}

fn any_set() -> impl Strategy<Value = Permissions> {
    prop::sample::subsequence(P::ALL.to_vec(), 0..=P::ALL.len()).prop_map(|some| some.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sets_behave_as_sets(a in any_set(), b in any_set()) {
        let (left, right): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
        prop_assert_eq!(a.len(), left.len());
        prop_assert_eq!(a.is_subset(b), left.iter().all(|one| right.contains(one)));
        prop_assert_eq!(a.and(b).or(a.without(b)), a);
        prop_assert_eq!(a.first_beyond(b).is_none(), a.is_subset(b));
        prop_assert!(P::ALL.iter().all(|one| a.or(b).contains(*one) == (left.contains(one) || right.contains(one))));
        prop_assert_eq!(serde_json::from_str::<Permissions>(&serde_json::to_string(&a).unwrap()).unwrap(), a);
    }

    /// Whatever a chain of people without an owner does, nobody ends with more than one of them had at the start.
    #[test]
    fn power_never_grows(start in prop::collection::vec(any_set(), 2..5), steps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any_set()), 0..40)) {
        let ceiling = start.iter().fold(Permissions::NONE, |sum, one| sum.or(*one));
        let mut people = start;
        for (actor, target, wanted) in steps {
            let (actor, target) = (actor.index(people.len()), target.index(people.len()));
            let [actor_now, before, after] = [people[actor], people[target], wanted].map(Standing::from);
            if may_change(actor_now, Some(before), Some(after), 1).is_ok() {
                people[target] = wanted;
            }
            prop_assert!(people.iter().all(|one| one.is_subset(ceiling)));
        }
    }
}
