//! Tenant, keys, issuers, and the trail that all of it leaves.

use crate::user::{as_user, sign_up};
use crate::world::{World, good, refused};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::random_hex;
use attune_identity::audit::{ExpectedHead, Head, verify};
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_tenant_is_read_and_changed", tenant),
    ("keys_are_made_bound_paged_and_revoked", keys),
    ("an_issuer_keeps_its_secret", issuers),
    ("the_trail_is_searched_and_verifies", trail),
];

fn tenant(world: &World) {
    let tenant = world.tenant("settings");
    let owner = sign_up(world, &tenant, "owner");
    let patch = |mut fields: Value| {
        fields["schema_version"] = json!(1);
        as_user(world, &owner, "PATCH", "/v1/tenant", Some(&fields))
    };
    let changed = good(&patch(json!({"name": "New", "settings": {"a.b": 1, "c": "x"}})), 200);
    assert_eq!((&changed["name"], &changed["settings"]), (&json!("New"), &json!({"a.b": 1, "c": "x"})));
    let changed = good(&patch(json!({"settings": {"c": null}})), 200);
    assert_eq!(changed["settings"], json!({"a.b": 1}), "null takes a setting away");
    assert_eq!(good(&as_user(world, &owner, "GET", "/v1/tenant", None), 200), changed);
    refused(&patch(json!({"name": ""})), 400, "invalid_body", Some("/name"));
    refused(&patch(json!({"settings": {"a b": 1}})), 400, "invalid_body", Some("/settings"));
    let target = format!("/v1/admin/tenants/{}/plan", tenant.id);
    let plan = |body: Value| world.send(&Request::new("PUT", &target).bearer(world.operator()).json(&body));
    let set = good(&plan(json!({"schema_version": 1, "plan": "scale", "region": "eu"})), 200);
    assert_eq!((&set["plan"], &set["region"]), (&json!("scale"), &json!("eu")));
    refused(&plan(json!({"schema_version": 1, "plan": "No Plan"})), 400, "invalid_body", Some("/plan"));
    let nowhere = "/v1/admin/tenants/tnt_eu1_01k5nq3e5v0000000000000001/plan";
    let request = Request::new("PUT", nowhere).bearer(world.operator());
    refused(&world.send(&request.json(&json!({"schema_version": 1, "plan": "free"}))), 404, "not_found", None);
}

fn keys(world: &World) {
    let tenant = world.tenant("own keys");
    let owner = sign_up(world, &tenant, "owner");
    let make = |mut fields: Value| {
        fields["schema_version"] = json!(1);
        fields["name"] = json!(random_hex(4).unwrap());
        as_user(world, &owner, "POST", "/v1/keys", Some(&fields))
    };
    let secret = good(&make(json!({"scopes": ["tenant:read"]})), 201);
    let text = |key: &Value| key["key"].as_str().unwrap().to_owned();
    assert_eq!(secret["kind"], "secret");
    good(&world.get(&text(&secret), "/v1/tenant"), 200);
    let widget =
        good(&make(json!({"kind": "publishable", "scopes": ["voice:join"], "origins": ["https://a.example"]})), 201);
    assert!(text(&widget).starts_with("pk_test_eu1_"), "{widget}");
    // good from its origin alone
    let from = |origin: Option<&str>| -> Response {
        let request = Request::new("GET", "/v1/permissions").bearer(&text(&widget));
        world.send(&origin.map_or(request.clone(), |origin| request.header("origin", origin)))
    };
    assert_eq!(good(&from(Some("https://a.example")), 200)["yours"], json!(["voice:join"]));
    for origin in [None, Some("https://b.example"), Some("https://a.example.evil"), Some("null")] {
        refused(&from(origin), 403, "origin_refused", None);
    }
    let bound = good(&make(json!({"scopes": ["tenant:read"], "networks": ["192.0.2.0/24"]})), 201);
    refused(&world.get(&text(&bound), "/v1/tenant"), 403, "origin_refused", None);
    for (fields, pointer) in [
        (json!({"kind": "publishable", "scopes": ["voice:join"]}), "/origins"),
        (json!({"kind": "publishable", "scopes": ["tenant:read"], "origins": ["https://a.example"]}), "/scopes"),
        (json!({"scopes": ["tenant:read"], "origins": ["https://a.example"]}), "/origins"),
        (json!({"kind": "public", "scopes": ["voice:join"]}), "/kind"),
        (json!({"scopes": []}), "/scopes"),
        (json!({"scopes": ["tenant:burn"]}), "/scopes/0"),
        (json!({"kind": "publishable", "scopes": ["voice:join"], "origins": ["https://a.example/"]}), "/origins/0"),
        (json!({"scopes": ["tenant:read"], "networks": ["192.0.2.1/24"]}), "/networks/0"),
        (json!({"scopes": ["tenant:read"], "expires_at": "2001-01-01T00:00:00Z"}), "/expires_at"),
    ] {
        refused(&make(fields), 400, "invalid_body", Some(pointer));
    }
    let list = |query: &str| good(&as_user(world, &owner, "GET", &format!("/v1/keys{query}"), None), 200);
    let all = list("");
    assert!(!all.to_string().contains("\"key\":"), "no secrets");
    let used = all["keys"].as_array().unwrap().iter().find(|k| k["key_id"] == secret["key_id"]).unwrap();
    assert!(used["last_used_on"].as_str().is_some_and(|day| day.len() == 10), "{used}");
    let first = list("?limit=1");
    let next = list(&format!("?limit=1&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!([&first["keys"][0], &next["keys"][0]], [&all["keys"][0], &all["keys"][1]]);
    let target = format!("/v1/keys/{}", secret["key_id"].as_str().unwrap());
    let revoked = good(&as_user(world, &owner, "DELETE", &target, None), 200);
    assert!(revoked["revoked_at"].is_string() && revoked.get("key").is_none(), "{revoked}");
    assert_eq!(good(&as_user(world, &owner, "DELETE", &target, None), 200), revoked, "again is harmless");
    refused(&world.get(&text(&secret), "/v1/tenant"), 401, "key_revoked", None);
    // a key that expires makes none that outlives it
    let mother = good(&make(json!({"scopes": ["keys:write"], "expires_at": "2999-01-01T00:00:00Z"})), 201);
    let child = |expires_at: Value| {
        let body = json!({"schema_version": 1, "name": "child", "scopes": ["keys:write"], "expires_at": expires_at});
        world.post(&text(&mother), "/v1/keys", &body)
    };
    refused(&child(json!(null)), 403, "forbidden", None);
    refused(&child(json!("2999-01-02T00:00:00Z")), 403, "forbidden", None);
    good(&child(json!("2998-01-01T00:00:00Z")), 201);
    // and one that is bound to networks none that is good elsewhere
    let mother = good(&make(json!({"scopes": ["keys:write", "voice:join"], "networks": ["192.0.2.0/24"]})), 201);
    let child = |mut fields: Value| {
        fields["schema_version"] = json!(1);
        fields["name"] = json!(random_hex(4).unwrap());
        let request = world.request(&text(&mother), "/v1/keys", &fields);
        world.send(&request.header("cf-connecting-ip", "192.0.2.7"))
    };
    for fields in [
        json!({"scopes": ["keys:write"]}),
        json!({"scopes": ["keys:write"], "networks": []}),
        json!({"scopes": ["keys:write"], "networks": ["192.0.2.0/23"]}),
        json!({"scopes": ["keys:write"], "networks": ["192.0.2.8/29", "2001:db8::/32"]}),
        json!({"kind": "publishable", "scopes": ["voice:join"], "origins": ["https://a.example"]}),
        json!({"scopes": ["keys:read"], "networks": ["192.0.2.8/29"]}),
    ] {
        refused(&child(fields), 403, "forbidden", None);
    }
    let bound = good(&child(json!({"scopes": ["keys:write"], "networks": ["192.0.2.8/29", "192.0.2.128/25"]})), 201);
    refused(&world.post(&text(&bound), "/v1/keys", &json!({"schema_version": 1})), 403, "origin_refused", None);
}

fn issuers(world: &World) {
    let tenant = world.tenant("issuers");
    let owner = sign_up(world, &tenant, "owner");
    let put = |mut fields: Value| {
        fields["schema_version"] = json!(1);
        as_user(world, &owner, "PUT", "/v1/issuers", Some(&fields))
    };
    let secret = "client-secret-of-the-test";
    let one =
        json!({"issuer": "https://idp.example/t", "audiences": ["app"], "client_id": "app", "client_secret": secret});
    let made = good(&put(one), 200);
    assert_eq!(made["has_secret"], json!(true));
    let again = good(&put(json!({"issuer": "https://idp.example/t", "audiences": ["app", "b"]})), 200);
    assert_eq!((&again["has_secret"], &again["audiences"]), (&json!(true), &json!(["app", "b"])), "the secret stays");
    let list = good(&as_user(world, &owner, "GET", "/v1/issuers", None), 200);
    assert_eq!(list["issuers"], json!([again]));
    assert!(!list.to_string().contains(secret));
    for issuer in ["http://idp.example", "https://10.0.0.1", "https://x.internal", "https://a@b.example", "", "x"] {
        refused(&put(json!({"issuer": issuer, "audiences": ["a"]})), 400, "invalid_body", Some("/issuer"));
    }
    refused(&put(json!({"issuer": "https://b.example", "audiences": []})), 400, "invalid_body", Some("/audiences"));
    let target = format!("/v1/admin/tenants/{}/issuers", tenant.id);
    let body = json!({"schema_version": 1, "issuer": "https://other.example", "audiences": ["app"]});
    good(&world.send(&Request::new("PUT", &target).bearer(world.operator()).json(&body)), 200);
    let delete = |query: &str| as_user(world, &owner, "DELETE", &format!("/v1/issuers{query}"), None);
    refused(&delete(""), 400, "invalid_parameter", Some("?issuer"));
    assert_eq!(delete("?issuer=https%3A%2F%2Fother.example").status, 204);
    refused(&delete("?issuer=https%3A%2F%2Fother.example"), 404, "not_found", None);
    let trail = good(&as_user(world, &owner, "GET", "/v1/audit?action=issuer.", None), 200);
    assert_eq!(trail["rows"].as_array().unwrap().len(), 4);
    assert!(!trail.to_string().contains(secret));
}

fn trail(world: &World) {
    let tenant = world.tenant("trail");
    let owner = sign_up(world, &tenant, "owner");
    let key = json!({"schema_version": 1, "name": "k", "scopes": ["audit:read"]});
    let key = good(&as_user(world, &owner, "POST", "/v1/keys", Some(&key)), 201);
    let key_id = format!("key_{}", key["key_id"].as_str().unwrap());
    let renamed = json!({"schema_version": 1, "name": "Somebody Else"});
    good(&as_user(world, &owner, "PATCH", &format!("/v1/people/{}", owner.user_id), Some(&renamed)), 200);
    let search = |query: &str| as_user(world, &owner, "GET", &format!("/v1/audit{query}"), None);
    let actions = |query: &str| -> Vec<String> {
        let rows = good(&search(query), 200)["rows"].clone();
        rows.as_array().unwrap().iter().map(|r| r["action"].as_str().unwrap().to_owned()).collect()
    };
    let all = actions("");
    assert_eq!(all[..2], ["person.change", "key.create"], "the newest first: {all:?}");
    assert!(all.ends_with(&["tenant.create".to_owned()]), "{all:?}");
    assert_eq!(actions(&format!("?target={key_id}")), ["key.create"]);
    assert_eq!(actions(&format!("?actor={}&action=person.", owner.user_id)), ["person.change"]);
    assert_eq!(actions("?action=person.change"), ["person.change"]);
    assert!(actions("?until=2001-01-01T00:00:00Z").is_empty() && actions("?from=2999-01-01T00:00:00Z").is_empty());
    assert_eq!(actions("?from=2001-01-01T00:00:00%2B02:00&until=2999-01-01T00:00:00Z"), all);
    let first = good(&search("?limit=2"), 200);
    let next = format!("?limit=100&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(actions(&next), all[2..]);
    for (query, pointer) in
        [("?from=yesterday", "?from"), ("?cursor=x", "?cursor"), ("?limit=101", "?limit"), ("?who=x", "?who")]
    {
        refused(&search(query), 400, "invalid_parameter", Some(pointer));
    }
    // personal data stays out
    let export = as_user(world, &owner, "GET", "/v1/audit/export", None);
    assert_eq!((export.status, export.header("content-type")), (200, Some("application/jsonl")));
    let text = String::from_utf8(export.body.clone()).unwrap();
    assert!(!text.contains("Somebody") && !text.contains('@'), "{text}");
    // whole, and in parts
    let head = |answer: &Response| -> ExpectedHead {
        format!("{}:{}", answer.header("audit-seq").unwrap(), answer.header("audit-hash").unwrap()).parse().unwrap()
    };
    let verified = verify(&export.body, Head::default(), Some(head(&export))).unwrap();
    assert_eq!(verified.rows, u64::try_from(all.len()).unwrap());
    let mut parts: Vec<u8> = Vec::new();
    let mut target = "/v1/audit/export?limit=2".to_owned();
    loop {
        let part = as_user(world, &owner, "GET", &target, None);
        assert_eq!(part.status, 200);
        parts.extend(&part.body);
        let Some(link) = part.header("link") else { break };
        target = link.split_once('>').unwrap().0.trim_start_matches('<').to_owned();
    }
    assert_eq!(parts, export.body, "the parts are the whole");
    // an edited export does not verify, and neither does one with its end cut off
    let edited = text.replacen("key.create", "key.revoke", 1);
    assert!(verify(edited.as_bytes(), Head::default(), Some(head(&export))).is_err());
    let cut = text.trim_end().rsplit_once('\n').unwrap().0;
    assert!(verify(cut.as_bytes(), Head::default(), Some(head(&export))).is_err());
    let beyond = as_user(world, &owner, "GET", "/v1/audit/export?after=1000000", None);
    assert!(beyond.status == 200 && beyond.body.is_empty() && beyond.header("link").is_none());
    for bad in ["?after=-1", "?after=x", "?limit=0", "?limit=10001"] {
        let answer = as_user(world, &owner, "GET", &format!("/v1/audit/export{bad}"), None);
        refused(&answer, 400, "invalid_parameter", None);
    }
}
