//! The head of an audit trail is put away, hourly, where nobody takes it back.

use attune_dev::http;
use attune_e2e::wait::until;
use attune_e2e::world::World;
use attune_identity::audit::{ExpectedHead, Head, verify};

pub const TESTS: &[crate::Test] = &[("a_trails_head_is_put_away_and_locked", kept)];

fn kept(world: &mut World) {
    let tenant = world.tenant("heads");
    let key = world.stack.create_key(tenant.id.as_str(), "auditor", &["audit:export"]).unwrap();
    let export = || {
        let url = format!("{}/v1/audit/export", world.stack.url());
        let authorization = format!("Bearer {key}");
        let answer = http::send("GET", &url, &[("authorization", &authorization)], &[], 20).unwrap();
        answer.success("the export").unwrap().text()
    };
    let rows = export();
    let bucket = world.stack.name("audit");
    let (listed, api) = (format!("/{bucket}?list-type=2&prefix={}/", tenant.id), &world.stack.api);
    let keys = || -> Vec<String> {
        let page = api.s3("GET", &listed, &[]).unwrap().success("ListObjectsV2").unwrap().text();
        let parts = page.split("<Key>").skip(1).filter_map(|part| part.split("</Key>").next());
        parts.map(str::to_owned).collect()
    };
    let found = until("the head in its bucket", 30, || match keys().as_slice() {
        [one] => Ok(one.clone()),
        other => Err(format!("there are {other:?}")),
    });
    let object = api.s3("GET", &format!("/{bucket}/{found}"), &[]).unwrap().success("GetObject").unwrap();
    let head: ExpectedHead =
        format!("{}:{}", object.json()["seq"], object.json()["hash"].as_str().unwrap()).parse().unwrap();
    let verified = verify(rows.as_bytes(), Head::default(), Some(head.clone())).unwrap();
    assert!(verified.rows >= 2, "the tenant and its keys");
    // what was written anew does not have it
    let one_less: String = rows.split_inclusive('\n').take(1).collect();
    assert!(verify(one_less.as_bytes(), Head::default(), Some(head)).is_err());
    // once in an hour
    assert_eq!(export(), rows);
    assert_eq!(keys(), std::slice::from_ref(&found));
    let versions = api.s3("GET", &format!("/{bucket}?versions&prefix={found}"), &[]).unwrap().text();
    let version = versions.split("<VersionId>").nth(1).and_then(|rest| rest.split("</VersionId>").next()).unwrap();
    let gone = api.s3("DELETE", &format!("/{bucket}/{found}?versionId={version}"), &[]).unwrap();
    assert_eq!(gone.status, 403, "nobody deletes it: {}", gone.text());
}
