//! A system for very many requests: a Worker under plain workerd whose limits are out of reach, and no functions.

use attune_dev::stack::{Functions, Options, Runtime};
use serde_json::{Value, json};

/// The options of such a stack.
pub fn options(id: &str) -> Options {
    let mut limits: Value = serde_json::from_str(attune_identity::limits::STANDARD).unwrap_or_default();
    raise(&mut limits, 1);
    let worker_config = json!({"limits": limits});
    Options { functions: Functions::None, runtime: Runtime::Workerd, worker_config, ..Options::new(id) }
}

/// Gives every bucket in a table of limits, or in a part of one, a rate that no machine reaches; from empty it fills in `seconds`.
pub fn raise(value: &mut Value, seconds: u32) {
    let Some(members) = value.as_object_mut() else { return };
    if members.contains_key("burst") {
        *value = json!({"burst": 1_000_000, "tokens": 1_000_000, "seconds": seconds});
    } else {
        members.values_mut().for_each(|part| raise(part, seconds));
    }
}
