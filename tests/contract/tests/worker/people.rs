//! A tenant's administration: who may do what to whom.

use crate::user::{User, as_user, prove, proven, sign_up};
use crate::world::{Tenant, World, good, id, refused};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::random_hex;
use attune_identity::api_key::Scope;
use attune_identity::permission::BuiltIn;
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_role_may_what_it_may_and_no_more", matrix),
    ("the_last_owner_stays", last_owner),
    ("two_owners_at_once_do_not_remove_each_other", owners_at_once),
    ("nobody_gives_more_than_they_have", no_more),
    ("an_invitation_is_accepted_once_or_taken_back", invitations),
    ("nobody_writes_fields_that_are_not_theirs", mass_assignment),
    ("ids_of_another_tenant_are_not_found", foreign),
    ("people_are_filtered_and_paged", listed),
    ("a_suspended_person_is_out_and_a_removed_one_is_forgotten", standing),
    ("a_custom_role_allows_what_it_says", roles),
    ("devices_of_others_are_listed_and_revoked", devices),
    ("ending_sessions_kills_access_tokens_and_no_device", sessions),
];

/// The routes of the administration with the permission of each. What is named is not there: who may, gets as far as that.
fn routes() -> Vec<(&'static str, String, Option<Value>, Scope)> {
    let (user, device, invitation, role) = (id("usr"), id("dev"), id("inv"), id("rol"));
    let none = json!({});
    vec![
        ("GET", "/v1/tenant".to_owned(), None, Scope::TenantRead),
        ("PATCH", "/v1/tenant".to_owned(), Some(none.clone()), Scope::TenantWrite),
        ("GET", "/v1/people".to_owned(), None, Scope::UsersRead),
        ("GET", format!("/v1/people/{user}"), None, Scope::UsersRead),
        ("PATCH", format!("/v1/people/{user}"), Some(none.clone()), Scope::UsersWrite),
        ("DELETE", format!("/v1/people/{user}"), None, Scope::UsersWrite),
        ("GET", format!("/v1/people/{user}/devices"), None, Scope::DevicesRead),
        ("DELETE", format!("/v1/people/{user}/devices"), None, Scope::DevicesWrite),
        ("DELETE", format!("/v1/people/{user}/devices/{device}"), None, Scope::DevicesWrite),
        ("GET", "/v1/invitations".to_owned(), None, Scope::InvitationsRead),
        ("POST", "/v1/invitations".to_owned(), Some(none.clone()), Scope::InvitationsWrite),
        ("GET", format!("/v1/invitations/{invitation}"), None, Scope::InvitationsRead),
        ("DELETE", format!("/v1/invitations/{invitation}"), None, Scope::InvitationsWrite),
        ("GET", "/v1/roles".to_owned(), None, Scope::RolesRead),
        ("POST", "/v1/roles".to_owned(), Some(none.clone()), Scope::RolesWrite),
        ("GET", format!("/v1/roles/{role}"), None, Scope::RolesRead),
        ("PUT", format!("/v1/roles/{role}"), Some(none.clone()), Scope::RolesWrite),
        ("DELETE", format!("/v1/roles/{role}"), None, Scope::RolesWrite),
        ("GET", "/v1/keys".to_owned(), None, Scope::KeysRead),
        ("POST", "/v1/keys".to_owned(), Some(none.clone()), Scope::KeysWrite),
        ("DELETE", "/v1/keys/nothing".to_owned(), None, Scope::KeysWrite),
        ("GET", "/v1/issuers".to_owned(), None, Scope::IssuersRead),
        ("PUT", "/v1/issuers".to_owned(), Some(none), Scope::IssuersWrite),
        ("DELETE", "/v1/issuers?issuer=https://nowhere.example".to_owned(), None, Scope::IssuersWrite),
        ("GET", "/v1/audit".to_owned(), None, Scope::AuditRead),
        ("GET", "/v1/audit/export".to_owned(), None, Scope::AuditExport),
    ]
}

#[track_caller]
fn judged(answer: &Response, may: bool, what: &str, scope: Scope) {
    if may {
        assert!(![401, 403].contains(&answer.status) && answer.status < 500, "{what}: {:?}", answer.json());
    } else {
        assert_eq!((answer.status, answer.code()), (403, "forbidden".to_owned()), "{what}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(scope.as_str()), "{what} names {scope}");
    }
}

fn matrix(world: &World) {
    let tenant = world.tenant("matrix");
    for role in BuiltIn::ALL {
        let user = sign_up(world, &tenant, role.as_str());
        for (method, target, body, scope) in routes() {
            let answer = as_user(world, &user, method, &target, body.as_ref());
            judged(&answer, role.permissions().contains(scope), &format!("{role:?} {method} {target}"), scope);
        }
        let own = good(&as_user(world, &user, "GET", "/v1/permissions", None), 200);
        assert_eq!(own["yours"], json!(role.permissions()), "{role:?}");
        assert_eq!(own["roles"][role.as_str()], own["yours"]);
    }
    // a key acts with its scopes
    for (method, target, body, scope) in routes() {
        let others: Vec<&str> = Scope::ALL.iter().filter(|s| **s != scope).map(|s| s.as_str()).collect();
        for (scopes, may) in [(vec![scope.as_str()], true), (others, false)] {
            let key = key_of(world, &tenant, &scopes);
            let mut request = Request::new(method, &target).bearer(&key);
            if method == "POST" {
                request = request.header("idempotency-key", &random_hex(16).unwrap());
            }
            let request = if let Some(body) = &body { request.json(body) } else { request };
            judged(&world.send(&request), may, &format!("key {method} {target}"), scope);
        }
    }
}

fn key_of(world: &World, tenant: &Tenant, scopes: &[&str]) -> String {
    let target = format!("/v1/admin/tenants/{}/keys", tenant.id);
    let name = random_hex(8).unwrap();
    let body = json!({"schema_version": 1, "name": name, "scopes": scopes});
    good(&world.post(world.operator(), &target, &body), 201)["key"].as_str().unwrap().to_owned()
}

fn change(world: &World, by: &User, user_id: &str, mut fields: Value) -> Response {
    fields["schema_version"] = json!(1);
    as_user(world, by, "PATCH", &format!("/v1/people/{user_id}"), Some(&fields))
}

fn last_owner(world: &World) {
    let tenant = world.tenant("owner");
    let owner = sign_up(world, &tenant, "owner");
    let own = format!("/v1/people/{}", owner.user_id);
    for fields in [json!({"role": "admin"}), json!({"status": "suspended"})] {
        refused(&change(world, &owner, &owner.user_id, fields), 409, "version_conflict", None);
    }
    refused(&as_user(world, &owner, "DELETE", &own, None), 409, "version_conflict", None);
    let other = sign_up(world, &tenant, "owner");
    let changed = good(&change(world, &owner, &owner.user_id, json!({"role": "admin"})), 200);
    assert_eq!(changed["role"], "admin");
    // what was taken away is gone at once, and the new last owner stays
    refused(&change(world, &owner, &owner.user_id, json!({"role": "owner"})), 403, "forbidden", None);
    refused(
        &as_user(world, &other, "DELETE", &format!("/v1/people/{}", other.user_id), None),
        409,
        "version_conflict",
        None,
    );
}

/// Two owners demote each other at once, again and again: both are let in, one of them stays owner.
fn owners_at_once(world: &World) {
    let tenant = world.tenant("owners at once");
    let (mut one, mut two) = (sign_up(world, &tenant, "owner"), sign_up(world, &tenant, "owner"));
    for round in 0..8 {
        let demote = |of: &User| {
            let request = Request::new("PATCH", &format!("/v1/people/{}", of.user_id));
            request.json(&json!({"schema_version": 1, "role": "admin"}))
        };
        let send =
            |(device, access, request): &(&Device, String, Request)| prove(world, device, Some(access), request).status;
        let asked = [
            (&one.device, one.access.borrow().clone(), demote(&two)),
            (&two.device, two.access.borrow().clone(), demote(&one)),
        ];
        let (first, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| send(&asked[1]));
            (send(&asked[0]), second.join().unwrap())
        });
        assert!(matches!((first, second), (200, 403) | (403, 200)), "round {round}: {first} {second}");
        if second == 200 {
            std::mem::swap(&mut one, &mut two);
        }
        good(&change(world, &one, &two.user_id, json!({"role": "owner"})), 200);
        // its own isolate may remember for 3 s what it was
        world.until("the role", || {
            let me = good(&as_user(world, &two, "GET", "/v1/me", None), 200);
            (me["person"]["role"] == "owner").then_some(())
        });
    }
}

fn no_more(world: &World) {
    let tenant = world.tenant("no more");
    let [owner, admin, manager, member] = ["owner", "admin", "manager", "member"].map(|r| sign_up(world, &tenant, r));
    for (by, of, fields) in [
        (&manager, &member, json!({"role": "admin"})),
        (&manager, &manager, json!({"role": "admin"})),
        (&manager, &admin, json!({"name": "Mine"})),
        (&admin, &member, json!({"role": "owner"})),
        (&admin, &member, json!({"role": "owner", "status": "suspended"})),
        (&admin, &owner, json!({"role": "member"})),
        (&admin, &owner, json!({"status": "suspended"})),
    ] {
        refused(&change(world, by, &of.user_id, fields), 403, "forbidden", None);
    }
    refused(&as_user(world, &admin, "DELETE", &format!("/v1/people/{}", owner.user_id), None), 403, "forbidden", None);
    refused(
        &as_user(world, &manager, "DELETE", &format!("/v1/people/{}/devices", owner.user_id), None),
        403,
        "forbidden",
        None,
    );
    good(&change(world, &manager, &member.user_id, json!({"role": "manager"})), 200);
    let invite = |by: &User, role: &str| {
        let body =
            json!({"schema_version": 1, "email": format!("{}@example.com", random_hex(8).unwrap()), "role": role});
        as_user(world, by, "POST", "/v1/invitations", Some(&body))
    };
    refused(&invite(&admin, "owner"), 403, "forbidden", None);
    refused(&invite(&manager, "admin"), 403, "forbidden", None);
    refused(&invite(&manager, "king"), 400, "invalid_body", Some("/role"));
    let made = good(&invite(&owner, "owner"), 201);
    let target = format!("/v1/invitations/{}", made["invitation_id"].as_str().unwrap());
    refused(&as_user(world, &manager, "DELETE", &target, None), 403, "forbidden", None);
    // keys and roles: what the maker lacks is named
    let role = json!({"schema_version": 1, "name": "Mighty", "permissions": ["tenant:write"]});
    let answer = as_user(world, &admin, "POST", "/v1/roles", Some(&role));
    refused(&answer, 403, "forbidden", None);
    assert!(answer.json()["detail"].as_str().unwrap().contains("tenant:write"));
    let key = key_of(world, &tenant, &["keys:write", "voice:join", "users:write"]);
    let make = |scopes: &[&str]| {
        world.post(&key, "/v1/keys", &json!({"schema_version": 1, "name": random_hex(4).unwrap(), "scopes": scopes}))
    };
    refused(&make(&["voice:join", "config:write"]), 403, "forbidden", None);
    good(&make(&["voice:join"]), 201);
    // a key of all scopes is no owner
    let all: Vec<&str> = Scope::ALL.iter().map(|s| s.as_str()).collect();
    let request = Request::new("PATCH", &format!("/v1/people/{}", member.user_id));
    let request = request.bearer(&key_of(world, &tenant, &all)).json(&json!({"schema_version": 1, "role": "owner"}));
    refused(&world.send(&request), 403, "forbidden", None);
}

fn invitations(world: &World) {
    let tenant = world.tenant("invitations");
    let admin = sign_up(world, &tenant, "admin");
    let email = format!("{}@example.com", random_hex(8).unwrap());
    let body = json!({"schema_version": 1, "email": email, "role": "member"});
    let made = good(&as_user(world, &admin, "POST", "/v1/invitations", Some(&body)), 201);
    let target = format!("/v1/invitations/{}", made["invitation_id"].as_str().unwrap());
    let read = good(&as_user(world, &admin, "GET", &target, None), 200);
    assert!(read.get("token").is_none() && read["email"] == json!(email), "{read}");
    let accept = |made: &Value| {
        let body = json!({"schema_version": 1, "token": made["token"], "name": "A person"});
        proven(world, &Device::new(), "POST", "/v1/invitations/accept", &body)
    };
    let tokens = good(&accept(&made), 201);
    refused(&accept(&made), 409, "version_conflict", None);
    refused(&as_user(world, &admin, "DELETE", &target, None), 409, "version_conflict", None);
    refused(&as_user(world, &admin, "POST", "/v1/invitations", Some(&body)), 409, "version_conflict", Some("/email"));
    assert_eq!(good(&as_user(world, &admin, "GET", &target, None), 200)["accepted_by"], tokens["user_id"]);
    // another one, taken back, is worth nothing
    let body = json!({"schema_version": 1, "email": format!("x{email}"), "role": "member"});
    let taken = good(&as_user(world, &admin, "POST", "/v1/invitations", Some(&body)), 201);
    let open = |query: &str| good(&as_user(world, &admin, "GET", &format!("/v1/invitations{query}"), None), 200);
    assert_eq!(open("?open=true")["invitations"].as_array().unwrap().len(), 1);
    let target = format!("/v1/invitations/{}", taken["invitation_id"].as_str().unwrap());
    let revoked = good(&as_user(world, &admin, "DELETE", &target, None), 200);
    assert_eq!(good(&as_user(world, &admin, "DELETE", &target, None), 200), revoked, "again is harmless");
    refused(&accept(&taken), 409, "version_conflict", None);
    assert_eq!(open("?open=true")["invitations"].as_array().unwrap().len(), 0);
    let first = open("?limit=1");
    assert_eq!(first["invitations"][0]["invitation_id"], taken["invitation_id"], "the newest first");
    let next = open(&format!("?limit=1&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!(next["invitations"][0]["invitation_id"], made["invitation_id"]);
    refused(&as_user(world, &admin, "GET", "/v1/invitations?open=yes", None), 400, "invalid_parameter", Some("?open"));
    // a repeat has no token to show
    let key = key_of(world, &tenant, &["invitations:write", "voice:join", "chat:connect"]);
    let body = json!({"schema_version": 1, "email": format!("y{email}"), "role": "end_user"});
    let request = world.request(&key, "/v1/invitations", &body);
    let first = good(&world.send(&request), 201);
    let again = good(&world.send(&request), 201);
    assert_eq!(first["invitation_id"], again["invitation_id"]);
    assert!(first["token"].is_string() && again.get("token").is_none());
}

fn mass_assignment(world: &World) {
    let tenant = world.tenant("mass");
    let owner = sign_up(world, &tenant, "owner");
    let person = format!("/v1/people/{}", owner.user_id);
    let good_bodies = [
        ("PATCH", "/v1/tenant", json!({"schema_version": 1})),
        ("PATCH", person.as_str(), json!({"schema_version": 1})),
        ("POST", "/v1/invitations", json!({"schema_version": 1, "email": "a@example.com", "role": "member"})),
        ("POST", "/v1/roles", json!({"schema_version": 1, "name": "R", "permissions": ["audit:read"]})),
        ("POST", "/v1/keys", json!({"schema_version": 1, "name": "K", "scopes": ["audit:read"]})),
        ("PUT", "/v1/issuers", json!({"schema_version": 1, "issuer": "https://a.example", "audiences": ["a"]})),
    ];
    let fields = [
        "tenant",
        "tenant_id",
        "plan",
        "epoch",
        "user_id",
        "key_id",
        "role_id",
        "owner",
        "sealed_secret",
        "created_at",
    ];
    for (method, target, body) in good_bodies {
        for field in fields {
            let mut body = body.clone();
            body[field] = json!("x");
            let answer = as_user(world, &owner, method, target, Some(&body));
            refused(&answer, 400, "invalid_body", Some(&format!("/{field}")));
        }
    }
    let tenant = good(&as_user(world, &owner, "GET", "/v1/tenant", None), 200);
    assert_eq!((&tenant["plan"], &tenant["epoch"]), (&json!("enterprise"), &json!(0)));
}

fn foreign(world: &World) {
    let [mine, theirs] = ["mine", "theirs"].map(|name| world.tenant(name));
    let (own, other) = (sign_up(world, &mine, "owner"), sign_up(world, &theirs, "owner"));
    let post = |target: &str, body: Value| good(&as_user(world, &other, "POST", target, Some(&body)), 201);
    let invited = post("/v1/invitations", json!({"schema_version": 1, "email": "f@example.com", "role": "member"}));
    let role = post("/v1/roles", json!({"schema_version": 1, "name": "Theirs", "permissions": ["audit:read"]}));
    let key = post("/v1/keys", json!({"schema_version": 1, "name": "theirs", "scopes": ["audit:read"]}));
    let issuer = json!({"schema_version": 1, "issuer": "https://idp.example", "audiences": ["a"]});
    good(&as_user(world, &other, "PUT", "/v1/issuers", Some(&issuer)), 200);
    let text = |value: &Value, name: &str| value[name].as_str().unwrap().to_owned();
    let (user, device, role) = (other.user_id.clone(), other.device_id.clone(), text(&role, "role_id"));
    let (invitation, key) = (text(&invited, "invitation_id"), text(&key, "key_id"));
    let person = json!({"schema_version": 1, "name": "Mine"});
    let new_role = json!({"schema_version": 1, "name": "Mine", "permissions": ["audit:read"]});
    for (method, target, body) in [
        ("GET", format!("/v1/people/{user}"), None),
        ("PATCH", format!("/v1/people/{user}"), Some(&person)),
        ("DELETE", format!("/v1/people/{user}"), None),
        ("GET", format!("/v1/people/{user}/devices"), None),
        ("DELETE", format!("/v1/people/{user}/devices"), None),
        ("DELETE", format!("/v1/people/{user}/devices/{device}"), None),
        ("DELETE", format!("/v1/people/{}/devices/{device}", own.user_id), None),
        ("GET", format!("/v1/invitations/{invitation}"), None),
        ("DELETE", format!("/v1/invitations/{invitation}"), None),
        ("GET", format!("/v1/roles/{role}"), None),
        ("PUT", format!("/v1/roles/{role}"), Some(&new_role)),
        ("DELETE", format!("/v1/roles/{role}"), None),
        ("DELETE", format!("/v1/keys/{key}"), None),
        ("DELETE", "/v1/issuers?issuer=https://idp.example".to_owned(), None),
        ("GET", format!("/v1/people?manager={user}"), None),
        ("GET", format!("/v1/people?role={role}"), None),
    ] {
        refused(&as_user(world, &own, method, &target, body), 404, "not_found", None);
    }
    // in bodies they are what nobody knows
    refused(&change(world, &own, &own.user_id, json!({"manager": user})), 400, "invalid_body", Some("/manager"));
    refused(&change(world, &own, &own.user_id, json!({"role": role})), 400, "invalid_body", Some("/role"));
    let body = json!({"schema_version": 1, "email": "g@example.com", "role": role});
    refused(&as_user(world, &own, "POST", "/v1/invitations", Some(&body)), 400, "invalid_body", Some("/role"));
    // and as a cursor or a filter of a search they say nothing
    for query in ["people?cursor=", "audit?actor=", "audit?target="] {
        let page = good(&as_user(world, &own, "GET", &format!("/v1/{query}{user}"), None), 200);
        assert!(!page.to_string().contains(&theirs.id) && !page.to_string().contains(&user), "{page}");
    }
    // all of it is still there
    assert_eq!(as_user(world, &other, "GET", &format!("/v1/roles/{role}"), None).status, 200);
    let issuers = good(&as_user(world, &other, "GET", "/v1/issuers", None), 200);
    assert_eq!(issuers["issuers"].as_array().unwrap().len(), 1);
}

fn listed(world: &World) {
    let tenant = world.tenant("list");
    let owner = sign_up(world, &tenant, "owner");
    let members = [(); 3].map(|()| sign_up(world, &tenant, "member"));
    let list = |query: &str| as_user(world, &owner, "GET", &format!("/v1/people{query}"), None);
    let ids = |query: &str| -> Vec<String> {
        let people = good(&list(query), 200)["people"].clone();
        people.as_array().unwrap().iter().map(|p| p["user_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("").len(), 4);
    assert_eq!(ids("?role=owner"), [owner.user_id.as_str()]);
    good(
        &change(world, &owner, &members[1].user_id, json!({"manager": members[0].user_id, "status": "suspended"})),
        200,
    );
    assert_eq!(ids(&format!("?manager={}", members[0].user_id)), [members[1].user_id.as_str()]);
    assert_eq!(ids("?status=suspended&role=member"), [members[1].user_id.as_str()]);
    let email = good(&list("?role=owner"), 200)["people"][0]["email"].as_str().unwrap().to_uppercase();
    assert_eq!(ids(&format!("?email={email}")), [owner.user_id.as_str()]);
    let mut seen = Vec::new();
    let mut next = Some(String::new());
    while let Some(cursor) = next {
        let page = good(&list(&format!("?limit=3{cursor}")), 200);
        seen.extend(page["people"].as_array().unwrap().iter().map(|p| p["user_id"].as_str().unwrap().to_owned()));
        next = page["next_cursor"].as_str().map(|c| format!("&cursor={c}"));
    }
    assert_eq!(seen, ids(""), "the pages are the list");
    for (query, pointer) in [
        ("?limit=0", "?limit"),
        ("?limit=101", "?limit"),
        ("?status=gone", "?status"),
        ("?role=king", "?role"),
        ("?manager=x", "?manager"),
        ("?cursor=%27", "?cursor"),
        ("?tenant=x", "?tenant"),
        ("?role=owner&role=member", "?role"),
    ] {
        refused(&list(query), 400, "invalid_parameter", Some(pointer));
    }
}

fn standing(world: &World) {
    let tenant = world.tenant("standing");
    let (owner, member) = (sign_up(world, &tenant, "owner"), sign_up(world, &tenant, "member"));
    let asks = || as_user(world, &member, "GET", "/v1/tenant", None);
    assert_eq!(asks().status, 200);
    good(&change(world, &owner, &member.user_id, json!({"status": "suspended"})), 200);
    let out = asks();
    assert!([401, 403].contains(&out.status), "{}", out.status);
    good(&change(world, &owner, &member.user_id, json!({"status": "active"})), 200);
    let target = format!("/v1/people/{}", member.user_id);
    for _ in 0..2 {
        assert_eq!(as_user(world, &owner, "DELETE", &target, None).status, 204, "again is harmless");
    }
    assert_eq!(asks().status, 401);
    let left = good(&as_user(world, &owner, "GET", &target, None), 200);
    assert_eq!((&left["status"], &left["email"], &left["name"]), (&json!("removed"), &json!(""), &json!("")));
    refused(&change(world, &owner, &member.user_id, json!({"name": "Back"})), 404, "not_found", None);
    refused(&change(world, &owner, &owner.user_id, json!({"status": "removed"})), 400, "invalid_body", Some("/status"));
}

fn roles(world: &World) {
    let tenant = world.tenant("roles");
    let (owner, person) = (sign_up(world, &tenant, "owner"), sign_up(world, &tenant, "end_user"));
    let body =
        |name: &str, permissions: &[&str]| json!({"schema_version": 1, "name": name, "permissions": permissions});
    let post = |body: Value| as_user(world, &owner, "POST", "/v1/roles", Some(&body));
    let role = good(&post(body("Auditor", &["audit:read"])), 201);
    let role_id = role["role_id"].as_str().unwrap();
    let target = format!("/v1/roles/{role_id}");
    refused(&post(body("Auditor", &["audit:read"])), 409, "version_conflict", Some("/name"));
    refused(&post(body("Owner", &["audit:read"])), 400, "invalid_body", Some("/name"));
    refused(&post(body("Empty", &[])), 400, "invalid_body", Some("/permissions"));
    refused(&post(body("Odd", &["audit:read", "audit:burn"])), 400, "invalid_body", Some("/permissions/1"));
    assert_eq!(as_user(world, &person, "GET", "/v1/audit", None).status, 403);
    good(&change(world, &owner, &person.user_id, json!({"role": role_id})), 200);
    assert_eq!(as_user(world, &person, "GET", "/v1/audit", None).status, 200, "in force at once");
    assert_eq!(as_user(world, &person, "GET", "/v1/people", None).status, 403);
    refused(&as_user(world, &owner, "DELETE", &target, None), 409, "version_conflict", None);
    let written = good(&as_user(world, &owner, "PUT", &target, Some(&body("Reader", &["users:read"]))), 200);
    assert_eq!(written["permissions"], json!(["users:read"]));
    assert_eq!(good(&as_user(world, &owner, "GET", &target, None), 200), written);
    assert_eq!(as_user(world, &person, "GET", "/v1/audit", None).status, 403, "and gone at once");
    assert_eq!(as_user(world, &person, "GET", "/v1/people", None).status, 200);
    good(&change(world, &owner, &person.user_id, json!({"role": "end_user"})), 200);
    assert_eq!(as_user(world, &owner, "DELETE", &target, None).status, 204);
    refused(&as_user(world, &owner, "GET", &target, None), 404, "not_found", None);
    refused(&as_user(world, &owner, "PUT", &target, Some(&body("New", &["users:read"]))), 404, "not_found", None);
    assert_eq!(good(&as_user(world, &owner, "GET", "/v1/roles", None), 200)["roles"], json!([]));
}

fn devices(world: &World) {
    let tenant = world.tenant("devices of others");
    let (manager, member) = (sign_up(world, &tenant, "manager"), sign_up(world, &tenant, "member"));
    let all = format!("/v1/people/{}/devices", member.user_id);
    let listed = good(&as_user(world, &manager, "GET", &all, None), 200);
    assert_eq!(listed["devices"][0]["device_id"], json!(member.device_id));
    let one = format!("{all}/{}", member.device_id);
    for _ in 0..2 {
        assert_eq!(as_user(world, &manager, "DELETE", &one, None).status, 204, "again is harmless");
    }
    refused(&as_user(world, &member, "GET", "/v1/tenant", None), 401, "device_revoked", None);
    refused(&as_user(world, &manager, "DELETE", &format!("{all}/{}", id("dev")), None), 404, "not_found", None);
    let second = sign_up(world, &tenant, "member");
    let all = format!("/v1/people/{}/devices", second.user_id);
    assert_eq!(as_user(world, &manager, "DELETE", &all, None).status, 204);
    refused(&as_user(world, &second, "GET", "/v1/tenant", None), 401, "device_revoked", None);
    assert_eq!(as_user(world, &manager, "DELETE", &all, None).status, 204, "again is harmless");
    // and a device of one's own; the records come from three sessions, in an order of their own
    let third = sign_up(world, &tenant, "member");
    let own = format!("/v1/devices/{}", third.device_id);
    assert_eq!(as_user(world, &third, "DELETE", &own, None).status, 204);
    let seen = world.until("the records", || {
        let rows = good(&as_user(world, &manager, "GET", "/v1/audit?action=device.", None), 200)["rows"].clone();
        let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
        let rows = rows.as_array().unwrap().iter();
        let mut seen: Vec<_> = rows.map(|r| (text(r, "action"), text(r, "target"), text(r, "actor"))).collect();
        seen.sort();
        (seen.len() >= 3).then_some(seen)
    });
    let expected =
        |action: &str, target: &str, actor: &User| (action.to_owned(), target.to_owned(), actor.user_id.clone());
    let mut all = [
        expected("device.revoke", &member.device_id, &manager),
        expected("device.revoke", &third.device_id, &third),
        expected("device.revoke_all", &second.user_id, &manager),
    ];
    all.sort();
    assert_eq!(seen, all, "once each");
}

fn sessions(world: &World) {
    let tenant = world.tenant("sessions");
    let (owner, member) = (sign_up(world, &tenant, "owner"), sign_up(world, &tenant, "member"));
    let after = good(&as_user(world, &owner, "POST", "/v1/tenant/end-sessions", None), 200);
    assert_eq!(after["epoch"], json!(1));
    for user in [&owner, &member] {
        let ended = as_user(world, user, "GET", "/v1/tenant", None);
        refused(&ended, 401, "session_ended", None);
    }
    let body = json!({"schema_version": 1, "refresh_token": *member.refresh.borrow()});
    let answer = proven(world, &member.device, "POST", "/v1/auth/refresh", &body);
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    member.take(&answer.json());
    assert_eq!(as_user(world, &member, "GET", "/v1/tenant", None).status, 200, "the device stays");
}
