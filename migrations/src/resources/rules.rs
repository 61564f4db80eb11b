//! Limits of the platform and agreements between entries that the shape alone does not say.

use super::{Permissions, Resources};
use crate::tables::Table;

const DAYS_14: u32 = 14 * 24 * 3600;
/// A function's attempt at one call may take 5 s: a message must not come again while that is under way.
const LOCAL_VISIBILITY_S: u32 = 6;
const SHORT_VISIBILITY: &str = "local visibility time-out is under 6 s";

/// One sentence per broken rule.
pub(super) fn problems(resources: &Resources) -> Vec<String> {
    let mut found = Vec::new();
    if resources.version != 1 {
        found.push(format!("version {} is unknown", resources.version));
    }
    queues(resources, &mut found);
    dead_letters(resources, &mut found);
    functions(resources, &mut found);
    spilled(resources, &mut found);
    permissions("edge_user", &resources.edge_user.permissions, resources, &mut found);
    for (name, bucket) in &resources.buckets {
        if bucket.expire_days == 0 {
            found.push(format!("bucket {name} keeps nothing"));
        }
        if bucket.lock_days.is_some_and(|days| days == 0 || days >= bucket.expire_days) {
            found.push(format!("bucket {name} is locked for no time, or for longer than it keeps anything"));
        }
    }
    found
}

fn queues(resources: &Resources, found: &mut Vec<String>) {
    for (name, queue) in &resources.queues {
        let Some(function) = resources.functions.get(&queue.function) else {
            found.push(format!("queue {name}: no function {}", queue.function));
            continue;
        };
        let mut rule = |holds: bool, says: &str| {
            if !holds {
                found.push(format!("queue {name}: {says}"));
            }
        };
        // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: six times the time-out of the function.
        rule(
            queue.visibility_timeout_s >= 6 * function.timeout_s,
            "visibility time-out is under 6 × the function's time-out",
        );
        rule(queue.retention_s <= DAYS_14 && queue.dlq_retention_s <= DAYS_14, "SQS retains 14 days at most");
        rule(
            queue.dlq_retention_s > queue.retention_s,
            "a dead letter keeps its first enqueue time, so its queue retains longer",
        );
        rule(queue.max_receive_count >= 5, "throttles consume the receive count: at least 5");
        rule((1..=10).contains(&queue.batch_size), "batch size is 1 to 10");
        rule(queue.batch_window_s <= 300, "the batch window is 300 s at most");
        rule((2..=1000).contains(&queue.maximum_concurrency), "maximum concurrency is 2 to 1000");
        rule((2..=1000).contains(&queue.local.maximum_concurrency), "local maximum concurrency is 2 to 1000");
        rule(queue.local.visibility_timeout_s >= LOCAL_VISIBILITY_S, SHORT_VISIBILITY);
        rule(
            function.reserved_concurrency >= queue.maximum_concurrency,
            "the function reserves less than the mapping's maximum concurrency, which throttles it",
        );
    }
}

fn dead_letters(resources: &Resources, found: &mut Vec<String>) {
    let letters = &resources.dead_letters;
    let Some(function) = resources.functions.get(&letters.function) else {
        found.push(format!("dead_letters: no function {}", letters.function));
        return;
    };
    let mut rule = |holds: bool, says: &str| {
        if !holds {
            found.push(format!("dead_letters: {says}"));
        }
    };
    rule(
        letters.visibility_timeout_s >= 6 * function.timeout_s,
        "visibility time-out is under 6 × the function's time-out",
    );
    rule((1..=10).contains(&letters.batch_size), "batch size is 1 to 10");
    rule((2..=1000).contains(&letters.maximum_concurrency), "maximum concurrency is 2 to 1000");
    rule(letters.local.visibility_timeout_s >= LOCAL_VISIBILITY_S, SHORT_VISIBILITY);
    // One mapping per dead-letter queue, all to one function.
    let mappings = u32::try_from(resources.queues.len()).unwrap_or(u32::MAX);
    rule(
        function.reserved_concurrency >= letters.maximum_concurrency.saturating_mul(mappings),
        "the function reserves less than its mappings' maximum concurrency",
    );
}

fn functions(resources: &Resources, found: &mut Vec<String>) {
    for (name, function) in &resources.functions {
        let fed =
            resources.queues.values().any(|queue| &queue.function == name) || &resources.dead_letters.function == name;
        if !fed {
            found.push(format!("function {name}: no queue feeds it"));
        }
        if !(128..=10_240).contains(&function.memory_mb) {
            found.push(format!("function {name}: memory is 128 to 10240 MB"));
        }
        if !(1..=900).contains(&function.timeout_s) {
            found.push(format!("function {name}: time-out is 1 to 900 s"));
        }
        permissions(name, &function.permissions, resources, found);
    }
}

/// What the edge cannot send for its size lies in a folder that it writes and that its readers read.
fn spilled(resources: &Resources, found: &mut Vec<String>) {
    const FOLDER: &str = "bucket:raw/outbox";
    let has = |permissions: &Permissions, action: &str| {
        permissions.get(FOLDER).is_some_and(|actions| actions.iter().any(|a| a == action))
    };
    let edge = &resources.edge_user.permissions;
    let fed = |queue: &str| edge.contains_key(&format!("queue:{queue}"));
    for (name, queue) in resources.queues.iter().filter(|(name, _)| fed(name)) {
        let reads = resources.functions.get(&queue.function).is_none_or(|f| has(&f.permissions, "s3:GetObject"));
        if !reads || !has(edge, "s3:PutObject") {
            found.push(format!("queue {name}: the edge writes and {} reads {FOLDER}", queue.function));
        }
    }
}

fn permissions(owner: &str, permissions: &Permissions, resources: &Resources, found: &mut Vec<String>) {
    for (resource, actions) in permissions {
        let (kind, short) = resource.split_once(':').unwrap_or((resource, ""));
        let (known, service) = match kind {
            // The dead-letter queue of `x` is `x-dlq`: a function hands poison to its own, with the reason.
            "queue" => (resources.queues.contains_key(short.strip_suffix("-dlq").unwrap_or(short)), "sqs:"),
            "table" => (Table::ALL.iter().any(|table| table.name() == short), "dynamodb:"),
            // `raw` is the whole bucket, `raw/outbox` one folder of it.
            "bucket" => match short.split_once('/') {
                Some((bucket, folder)) => (resources.buckets.contains_key(bucket) && is_folder(folder), "s3:"),
                None => (resources.buckets.contains_key(short), "s3:"),
            },
            "secret" => (resources.secrets.contains_key(short), "secretsmanager:"),
            _ => (false, ""),
        };
        if !known {
            found.push(format!("{owner}: permission on unknown resource {resource}"));
        }
        if actions.is_empty() {
            found.push(format!("{owner}: {resource} lists no action"));
        }
        for action in actions {
            // Least privilege: whole names only.
            if !action.starts_with(service) || action.contains('*') {
                found.push(format!("{owner}: {action} is not a plain {service} action for {resource}"));
            }
        }
    }
}

fn is_folder(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Resources {
        Resources::load().unwrap()
    }

    fn broken(change: impl FnOnce(&mut Resources)) -> Vec<String> {
        let mut resources = good();
        change(&mut resources);
        problems(&resources)
    }

    #[test]
    fn each_rule_can_fail() {
        assert!(problems(&good()).is_empty());
        let queue = |change: fn(&mut super::super::Queue)| broken(|r| r.queues.values_mut().for_each(change)).len();
        assert_eq!(queue(|q| q.visibility_timeout_s = 179), 5);
        assert_eq!(queue(|q| q.retention_s = DAYS_14 + 1), 10, "too long, and longer than its dead letters");
        assert_eq!(queue(|q| q.dlq_retention_s = q.retention_s), 5);
        assert_eq!(queue(|q| q.max_receive_count = 4), 5);
        assert_eq!(queue(|q| q.batch_size = 11), 5);
        assert_eq!(queue(|q| q.batch_window_s = 301), 5);
        assert_eq!(queue(|q| q.maximum_concurrency = 1), 5);
        assert_eq!(queue(|q| q.maximum_concurrency = 1000), 5, "more than is reserved");
        assert_eq!(queue(|q| q.local.maximum_concurrency = 1), 5);
        assert_eq!(queue(|q| q.local.visibility_timeout_s = 5), 5);
        assert_eq!(broken(|r| r.dead_letters.local.visibility_timeout_s = 5).len(), 1);
        assert_eq!(queue(|q| q.function = "nobody".into()), 10, "five queues without function, five functions unfed");
        assert_eq!(broken(|r| r.version = 2).len(), 1);
        assert_eq!(broken(|r| r.dead_letters.visibility_timeout_s = 1).len(), 1);
        assert_eq!(
            broken(|r| r.dead_letters.maximum_concurrency = 3).len(),
            1,
            "five queues need fifteen, ten are reserved"
        );
        assert_eq!(broken(|r| r.dead_letters.function = "nobody".into()).len(), 2);
        assert_eq!(broken(|r| r.buckets.values_mut().for_each(|b| b.expire_days = 0)).len(), 6, "one is locked");
        assert_eq!(broken(|r| r.buckets.values_mut().for_each(|b| b.lock_days = Some(0))).len(), 5);
    }

    #[test]
    fn who_may_feed_a_queue_may_spill_and_its_reader_may_read_that() {
        let folder = "bucket:raw/outbox";
        assert_eq!(broken(|r| drop(r.edge_user.permissions.remove(folder))).len(), 5, "five queues");
        let take = |r: &mut Resources| drop(r.functions.get_mut("record-change").unwrap().permissions.remove(folder));
        assert_eq!(broken(take).len(), 1);
    }

    #[test]
    fn permissions_are_plain_actions_on_known_resources() {
        let grant = |resource: &str, actions: &[&str]| {
            let actions = actions.iter().map(|&a| a.to_owned()).collect();
            broken(|r| {
                r.edge_user.permissions.insert(resource.to_owned(), actions);
            })
            .len()
        };
        assert_eq!(grant("table:identity", &["dynamodb:GetItem"]), 0);
        assert_eq!(grant("table:identity", &["dynamodb:*"]), 1);
        assert_eq!(grant("table:identity", &["s3:GetObject"]), 1);
        assert_eq!(grant("table:identity", &[]), 1);
        assert_eq!(grant("table:nothing", &["dynamodb:GetItem"]), 1);
        assert_eq!(grant("bucket:audio/drafts", &["s3:GetObject"]), 0);
        for wrong in ["bucket:nothing/drafts", "bucket:audio/", "bucket:audio/*", "bucket:audio/a/b"] {
            assert_eq!(grant(wrong, &["s3:GetObject"]), 1, "{wrong}");
        }
        assert_eq!(grant("nothing", &["dynamodb:GetItem"]), 1);
    }
}
