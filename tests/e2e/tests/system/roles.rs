//! The AWS actions that were seen against each role's policy, both ways: nothing enforces IAM locally.

use attune_e2e::world::World;
use attune_migrations::role_grants;
use std::collections::{BTreeMap, BTreeSet};

pub const TESTS: &[crate::Test] = &[("each_role_allows_what_was_done_and_nothing_more", compare)];

const ROLES: [&str; 7] =
    ["edge", "ingest-snapshot", "optimize-run", "park-dead-letters", "record-change", "record-chat", "send-mail"];

fn compare(world: &mut World) {
    let mut seen: BTreeMap<&str, BTreeSet<(String, String)>> = BTreeMap::new();
    let grants = ROLES.map(|role| (role, role_grants(role).unwrap()));
    let grants: BTreeMap<&str, BTreeSet<(String, String)>> = grants.into();
    for call in world.calls() {
        let role = ROLES.into_iter().find(|role| call.caller.starts_with(role)).unwrap_or("edge");
        assert!(role != "edge" || call.caller == "test", "nobody else signs: {call:?}");
        let kind = match call.service.as_str() {
            "dynamodb" => "table",
            "sqs" => "queue",
            "s3" => "bucket",
            "secretsmanager" => "secret",
            other => panic!("a call to {other}: {call:?}"),
        };
        let prefix = world.stack.name("");
        let short = call.resource.strip_prefix(&prefix).unwrap_or(&call.resource);
        let resource = format!("{kind}:{short}");
        // a grant on a folder counts before one on the whole bucket
        let folder = call.key.split_once('/').map(|(folder, _)| format!("{resource}/{folder}"));
        let granted = |resource: &String| grants[role].contains(&(call.action.clone(), resource.clone()));
        let resource = folder.filter(granted).unwrap_or(resource);
        seen.entry(role).or_default().insert((call.action.clone(), resource));
    }
    // a run of a few tests says only what they did
    let whole = ROLES.iter().all(|role| seen.contains_key(role));
    let mut wrong = Vec::new();
    for role in ROLES {
        let (done, allowed) = (seen.remove(role).unwrap_or_default(), &grants[role]);
        wrong
            .extend(done.difference(allowed).map(|pair| format!("{role} did {pair:?}, which its role does not allow")));
        if whole {
            wrong.extend(allowed.difference(&done).map(|pair| format!("{role} may do {pair:?}, and never does")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
