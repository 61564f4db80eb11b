//! What issue 3 is for, told once from beginning to end through the public interface: "A tenant's owner signs in with the
//! company's OIDC issuer, invites people, gives roles, makes API keys and a publishable widget key."

use crate::sign_in::{AUDIENCE, Company, address, company, sign_in, user, with};
use crate::user::{User, as_user, proven, sign_up};
use crate::world::{World, good, refused};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::random_hex;
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("an_owner_comes_with_the_companys_issuer_and_sets_the_tenant_up", story),
    ("an_identity_is_linked_listed_and_taken_away", identities),
    ("an_invitation_is_not_accepted_with_a_bad_token", bad),
];

/// The token of an invitation that the operator makes.
fn owners_invitation(world: &World, company: &Company) -> String {
    let target = format!("/v1/admin/tenants/{}/invitations", company.tenant.id);
    let body = json!({"schema_version": 1, "email": address(), "role": "owner"});
    good(&world.post(world.operator(), &target, &body), 201)["token"].as_str().unwrap().to_owned()
}

fn accept(world: &World, device: &Device, token: &str, id_token: &str) -> Response {
    let body = json!({"schema_version": 1, "token": token, "name": "Olga", "id_token": id_token});
    proven(world, device, "POST", "/v1/invitations/accept", &body)
}

fn me(world: &World, user: &User) -> Value {
    good(&as_user(world, user, "GET", "/v1/me", None), 200)
}

fn story(world: &World) {
    // The operator makes the tenant, names the company's issuer, and sends its owner an invitation.
    let company = company(world, "story");
    let (tenant, provider) = (&company.tenant, &company.provider);
    let invitation = owners_invitation(world, &company);
    // The owner follows it on a laptop, signed in at the company's issuer.
    let laptop = Device::new();
    let accepted = accept(world, &laptop, &invitation, &provider.token(AUDIENCE, "olga"));
    assert_eq!(accepted.status, 201, "{:?}", accepted.json());
    let tokens = accepted.json();
    // From then on the issuer's word is enough, on any device.
    let phone = Device::new();
    let answer = sign_in(world, tenant, &phone, &provider.token(AUDIENCE, "olga"));
    let owner = user(phone, &answer);
    assert_eq!(tokens["user_id"], owner.user_id.as_str());
    assert_ne!(tokens["device_id"], owner.device_id.as_str());
    assert_eq!(me(world, &owner)["person"]["role"], "owner");
    // She invites a colleague, who comes with the company's issuer too.
    let email = address();
    let body = json!({"schema_version": 1, "email": email, "role": "member"});
    let invited = good(&as_user(world, &owner, "POST", "/v1/invitations", Some(&body)), 201);
    assert!(invited["token"].as_str().is_some_and(|token| token.starts_with("ati_")), "{invited}");
    let verified = json!({"email": email, "email_verified": true, "name": "Karl"});
    let token = provider.key(0).token(&with(&provider.claims(AUDIENCE, "karl"), &verified));
    let device = Device::new();
    let answer = sign_in(world, tenant, &device, &token);
    let colleague = user(device, &answer);
    refused(&as_user(world, &colleague, "GET", "/v1/keys", None), 403, "forbidden", None);
    // She gives a role of her own making.
    let body = json!({"schema_version": 1, "name": "Key keeper", "permissions": ["keys:read", "users:read"]});
    let role = good(&as_user(world, &owner, "POST", "/v1/roles", Some(&body)), 201);
    let body = json!({"schema_version": 1, "role": role["role_id"]});
    let target = format!("/v1/people/{}", colleague.user_id);
    good(&as_user(world, &owner, "PATCH", &target, Some(&body)), 200);
    world.until("the new role", || (as_user(world, &colleague, "GET", "/v1/keys", None).status == 200).then_some(()));
    // She makes a key for a server, and one that stands in the page with the widget.
    let make = |mut body: Value| {
        body["schema_version"] = json!(1);
        good(&as_user(world, &owner, "POST", "/v1/keys", Some(&body)), 201)["key"].as_str().unwrap().to_owned()
    };
    let server = make(json!({"name": "server", "scopes": ["tenant:read"]}));
    assert_eq!(good(&world.get(&server, "/v1/tenant"), 200)["tenant_id"], tenant.id.as_str());
    let widget =
        json!({"name": "widget", "kind": "publishable", "scopes": ["voice:join"], "origins": ["https://shop.example"]});
    let widget = make(widget);
    let page =
        |origin: &str| world.send(&Request::new("GET", "/v1/permissions").bearer(&widget).header("origin", origin));
    assert_eq!(good(&page("https://shop.example"), 200)["yours"], json!(["voice:join"]));
    refused(&page("https://elsewhere.example"), 403, "origin_refused", None);
    // All of it is in the trail, under her id, and no address is.
    let query = format!("/v1/audit?limit=100&actor={}", owner.user_id);
    let trail = good(&as_user(world, &owner, "GET", &query, None), 200);
    let mut actions: Vec<&str> =
        trail["rows"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    actions.reverse();
    let told = ["invitation.accept", "invitation.create", "role.create", "person.change", "key.create", "key.create"];
    assert_eq!(actions, told);
    assert!(!trail.to_string().contains('@') && !trail.to_string().contains("olga"), "{trail}");
}

fn identities(world: &World) {
    let company = company(world, "identities");
    let (tenant, provider) = (&company.tenant, &company.provider);
    // Who joined by the secret of an invitation alone is nobody's at the issuer.
    let [ada, eve] = ["manager", "member"].map(|role| sign_up(world, tenant, role));
    let by_issuer = || sign_in(world, tenant, &Device::new(), &provider.token(AUDIENCE, "ada"));
    refused(&by_issuer(), 401, "invalid_credentials", None);
    let link = |who: &User, token: &str| {
        let body = json!({"schema_version": 1, "token": token});
        as_user(world, who, "POST", "/v1/me/identities", Some(&body))
    };
    let list = |who: &User| good(&as_user(world, who, "GET", "/v1/me/identities", None), 200)["identities"].clone();
    assert_eq!(list(&ada), json!([]));
    let linked = good(&link(&ada, &provider.token(AUDIENCE, "ada")), 201);
    assert_eq!((&linked["issuer"], &linked["subject"]), (&json!(provider.url()), &json!("ada")));
    assert_eq!(good(&link(&ada, &provider.token(AUDIENCE, "ada")), 201), linked, "again is harmless");
    assert_eq!(list(&ada), json!([linked]));
    let phone = Device::new();
    let answer = sign_in(world, tenant, &phone, &provider.token(AUDIENCE, "ada"));
    assert_eq!(user(phone, &answer).user_id, ada.user_id);
    // It is hers alone, and nobody else's to take away.
    refused(&link(&eve, &provider.token(AUDIENCE, "ada")), 409, "version_conflict", None);
    let target = format!("/v1/me/identities/{}", linked["identity_id"].as_str().unwrap());
    refused(&as_user(world, &eve, "DELETE", &target, None), 404, "not_found", None);
    for token in ["x", &provider.token("somebody", "ada"), &crate::sign_in::other_issuers_token()] {
        refused(&link(&ada, token), 401, "invalid_token", None);
    }
    assert_eq!(as_user(world, &ada, "DELETE", &target, None).status, 204);
    refused(&as_user(world, &ada, "DELETE", &target, None), 404, "not_found", None);
    assert_eq!(list(&ada), json!([]));
    refused(&by_issuer(), 401, "invalid_credentials", None);
    // Free again: the next one may have it.
    good(&link(&eve, &provider.token(AUDIENCE, "ada")), 201);
    let query = format!("/v1/audit?actor={}&action=person.", ada.user_id);
    let rows = good(&as_user(world, &ada, "GET", &query, None), 200)["rows"].clone();
    let actions: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["person.unlink", "person.link"]);
}

/// A token that is not good leaves the invitation as it is, and so does an identity that somebody has.
fn bad(world: &World) {
    let company = company(world, "accept with a token");
    let provider = &company.provider;
    let (first, second) = (owners_invitation(world, &company), owners_invitation(world, &company));
    let device = Device::new();
    for token in ["x", &provider.token("somebody", "u"), &crate::sign_in::other_issuers_token()] {
        refused(&accept(world, &device, &first, token), 401, "invalid_token", None);
    }
    assert_eq!(accept(world, &device, &first, &provider.token(AUDIENCE, "u")).status, 201);
    let other = Device::new();
    refused(&accept(world, &other, &second, &provider.token(AUDIENCE, "u")), 409, "version_conflict", None);
    assert_eq!(accept(world, &other, &second, &provider.token(AUDIENCE, "v")).status, 201);
    let unknown = format!("{}{}", &second[..second.len() - 64], random_hex(32).unwrap());
    refused(&accept(world, &other, &unknown, &provider.token(AUDIENCE, "w")), 404, "not_found", None);
}
