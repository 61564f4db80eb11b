//! What must be in no log.

use attune_e2e::world::{MARKER, World};

pub const TESTS: &[crate::Test] = &[("no_log_holds_a_secret_or_what_people_wrote", canaries)];

fn canaries(world: &mut World) {
    // each tenant's name, each reason, each method of a metric and each Idempotency-Key of this run holds the marker
    world.tenant("canary");
    let keys = &world.stack.keys;
    let mut canaries = vec![MARKER.to_owned(), MARKER.to_lowercase()];
    canaries.extend([&keys.operator_key, &keys.pepper, &keys.signing_seed, &keys.smtp_password].map(Clone::clone));
    for key in world.keys.lock().unwrap().iter() {
        canaries.push(key.clone());
        // the secret half alone would do
        canaries.extend(key.rsplit('_').next().map(str::to_owned));
    }
    let logs = world.logs();
    assert!(logs.len() >= 5 && logs.values().all(|text| !text.is_empty()), "{:?} are there", logs.keys());
    let mut found = Vec::new();
    for (name, text) in &logs {
        for canary in canaries.iter().filter(|canary| text.contains(canary.as_str())) {
            let line = text.lines().find(|line| line.contains(canary.as_str())).unwrap_or_default();
            found.push(format!("{name}: {canary} in {line}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
