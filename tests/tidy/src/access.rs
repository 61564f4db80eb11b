//! Every call to DynamoDB carries an [`Access`], every `Access` is used by its sender, and nobody else's.

use crate::File;
use attune_migrations::{Access, Principal};

/// Operations of the SDK's client that read or write items.
const SDK_CALLS: &[&str] = &[
    ".put_item()",
    ".get_item()",
    ".update_item()",
    ".delete_item()",
    ".query()",
    ".scan()",
    ".batch_get_item()",
    ".batch_write_item()",
    ".transact_write_items()",
    ".transact_get_items()",
    ".execute_statement()",
];

/// The same on the wire. Operations on tables (`CreateTable`, `ListTables`) are no queries.
const WIRE_CALLS: &[&str] = &[
    "PutItem",
    "GetItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactWriteItems",
    "TransactGetItems",
    "ExecuteStatement",
];

/// Where the operations of the wire protocol may be named: the codec of the edge and the store of the data steps.
const CODECS: &[&str] = &["shared/aws/", "migrations/"];

/// Code that looks at tables from outside, as tests do: the demo counts effects without asking the product.
const OBSERVERS: &[&str] = &["localstack/dev/src/commands/demo/"];

fn production(files: &[File]) -> impl Iterator<Item = &File> {
    let code = files.iter().filter(|file| {
        file.extension() == "rs" && file.is_under(&["functions/", "edge/", "localstack/", "migrations/", "shared/"])
    });
    code.filter(|file| !file.path.contains("/tests/") && !file.is_under(OBSERVERS))
}

/// The part of a source file before its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

fn mentions(text: &str, access: Access) -> bool {
    let name = format!("Access::{access:?}");
    let end = |at: usize| text[at + name.len()..].chars().next();
    // `Access::StepsGetItem` must not count for a variant whose name is its beginning.
    text.match_indices(&name).any(|(at, _)| !end(at).is_some_and(|next| next.is_alphanumeric() || next == '_'))
}

/// The folder in which a query's sender lives.
fn home(principal: Principal) -> String {
    match principal {
        Principal::Function(name) => format!("functions/{name}/"),
        Principal::Edge(_) => "edge/".to_owned(),
        Principal::Operator(_) => "localstack/".to_owned(),
    }
}

/// Calls that carry no [`Access`], listed queries that their sender does not send, and queries of somebody else.
pub fn violations(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in production(files) {
        let text = without_tests(&file.text);
        let by_hand = |operation: &str| {
            [format!("\"{operation}\""), format!(".{operation}\"")].iter().any(|name| text.contains(name))
        };
        if WIRE_CALLS.iter().any(|operation| by_hand(operation)) && !file.is_under(CODECS) && !text.contains("Access") {
            found.push(format!("{} names an operation on items itself; take an Access", file.path));
        }
        let calls = text.contains("aws_sdk_dynamodb") && SDK_CALLS.iter().any(|call| text.contains(call));
        if calls && !(file.is_under(&["functions/kit/"]) && text.contains("Access")) {
            found.push(format!("{} calls DynamoDB past the kit's adapter, without an Access", file.path));
        }
    }
    for access in Access::ALL {
        let home = home(access.principal());
        let senders: Vec<_> = production(files)
            .filter(|file| {
                file.is_under(&["functions/", "edge/", "localstack/"]) && mentions(without_tests(&file.text), access)
            })
            .collect();
        // The data steps send their two queries themselves.
        let own =
            production(files).any(|file| file.is_under(&["migrations/src/steps/"]) && mentions(&file.text, access));
        if !own && !senders.iter().any(|file| file.path.starts_with(&home)) {
            found.push(format!("{} is listed, and nothing under {home} sends it", access.name()));
        }
        let foreign = senders.iter().filter(|file| !file.path.starts_with(&home));
        found
            .extend(foreign.map(|file| {
                format!("{} sends {}, which is {}'s", file.path, access.name(), access.principal().text())
            }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree in which every sender sends its queries.
    fn good() -> Vec<File> {
        let file = |access: Access| {
            File::new(format!("{}src/a{access:?}.rs", home(access.principal())), format!("Access::{access:?},"))
        };
        Access::ALL.into_iter().map(file).collect()
    }

    fn with(path: &str, text: &str) -> Vec<String> {
        let mut files = good();
        files.push(File::new(path, text));
        violations(&files)
    }

    #[test]
    fn a_tree_that_sends_what_is_listed_passes() {
        assert_eq!(violations(&good()), Vec::<String>::new());
        assert!(
            with("functions/kit/src/dynamo.rs", "use aws_sdk_dynamodb::Client; fn get(a: Access) { c.get_item() }")
                .is_empty()
        );
        assert!(with("functions/job/tests/t.rs", "use aws_sdk_dynamodb::Client; c.scan()").is_empty());
    }

    #[test]
    fn each_violation_is_seen() {
        let mut less = good();
        less.remove(0);
        assert_eq!(violations(&less).len(), 1, "listed, not sent");
        assert_eq!(with("functions/record-change/src/x.rs", "Access::IngestPutSnapshot").len(), 1, "somebody else's");
        assert_eq!(
            with("functions/job/src/x.rs", "use aws_sdk_dynamodb::Client; c.put_item()").len(),
            1,
            "past the kit"
        );
        assert_eq!(
            with("functions/kit/src/x.rs", "use aws_sdk_dynamodb::Client; c.scan()").len(),
            1,
            "kit without Access"
        );
        assert_eq!(with("edge/api/src/x.rs", "\"DynamoDB_20120810.Scan\"").len(), 1, "by hand");
        assert_eq!(with("localstack/dev/src/x.rs", "post(\"PutItem\", body)").len(), 1, "by hand, its name alone");
        assert_eq!(with("localstack/dev/src/x.rs", "post(\"ListTables\", body)").len(), 0, "no items");
        assert_eq!(with("localstack/dev/src/commands/demo/x.rs", "post(\"Scan\", body)").len(), 0, "an observer");
    }

    #[test]
    fn a_mention_in_tests_does_not_count() {
        let mut files = good();
        files[0].text = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{ {} }}", files[0].text);
        assert_eq!(violations(&files).len(), 1);
    }
}
