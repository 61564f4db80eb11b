//! The store over DynamoDB's JSON protocol. Sending (and on AWS signing) is the caller's: a closure that posts a body under a
//! target and hands back status and body.

use super::{Item, Store, Value};
use crate::{Access, keys};
use serde_json::{Map, Value as Json, json};

/// Why a step's call failed.
#[derive(Debug, thiserror::Error)]
pub enum JsonStoreError<E: std::error::Error + 'static> {
    /// The request did not get an answer.
    #[error("DynamoDB gave no answer")]
    Transport(#[source] E),
    /// DynamoDB refused.
    #[error("DynamoDB answered {status} {kind}")]
    Service {
        /// HTTP status.
        status: u16,
        /// Last part of `__type`, `ResourceNotFoundException`.
        kind: String,
    },
}

/// The table `identity` of one environment, through `send(target, body)`; target is `DynamoDB_20120810.GetItem` and the like.
pub struct JsonStore<F> {
    prefix: String,
    send: F,
}

impl<F> JsonStore<F> {
    /// `prefix` is that of the environment's tables, `attune-local-`.
    pub fn new(prefix: impl Into<String>, send: F) -> Self {
        Self { prefix: prefix.into(), send }
    }
}

impl<F, E> JsonStore<F>
where
    F: Fn(&str, &Json) -> Result<(u16, Json), E>,
    E: std::error::Error + 'static,
{
    /// The answer of a success, or the kind of refusal.
    fn call(&self, access: Access, mut body: Json) -> Result<Result<Json, (u16, String)>, JsonStoreError<E>> {
        body["TableName"] = access.table().full_name(&self.prefix).into();
        let target = format!("DynamoDB_20120810.{}", access.operation().name());
        let (status, answer) = (self.send)(&target, &body).map_err(JsonStoreError::Transport)?;
        if (200..300).contains(&status) {
            return Ok(Ok(answer));
        }
        let kind = answer["__type"].as_str().unwrap_or("without a type");
        Ok(Err((status, kind.rsplit('#').next().unwrap_or(kind).to_owned())))
    }
}

impl<F, E> Store for JsonStore<F>
where
    F: Fn(&str, &Json) -> Result<(u16, Json), E>,
    E: std::error::Error + 'static,
{
    type Error = JsonStoreError<E>;

    fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>, Self::Error> {
        let body = json!({ "Key": { keys::PK: { "S": pk }, keys::SK: { "S": sk } }, "ConsistentRead": true });
        match self.call(Access::StepsGetItem, body)? {
            Ok(answer) => Ok(answer["Item"].as_object().map(|raw| read(pk, sk, raw))),
            Err((status, kind)) => Err(JsonStoreError::Service { status, kind }),
        }
    }

    fn put_if_absent(&self, item: Item) -> Result<bool, Self::Error> {
        let body = json!({ "Item": write(item), "ConditionExpression": "attribute_not_exists(pk)" });
        match self.call(Access::StepsPutItem, body)? {
            Ok(_) => Ok(true),
            Err((_, kind)) if kind == "ConditionalCheckFailedException" => Ok(false),
            Err((status, kind)) => Err(JsonStoreError::Service { status, kind }),
        }
    }
}

fn write(item: Item) -> Json {
    let mut raw = Map::new();
    raw.insert(keys::PK.to_owned(), json!({ "S": item.pk }));
    raw.insert(keys::SK.to_owned(), json!({ "S": item.sk }));
    for (name, value) in item.values {
        let value = match value {
            Value::Text(text) => json!({ "S": text }),
            Value::Number(number) => json!({ "N": number.to_string() }),
        };
        raw.insert(name, value);
    }
    Json::Object(raw)
}

/// Strings and integers; steps write nothing else, and what others added is not theirs to read.
fn read(pk: &str, sk: &str, raw: &Map<String, Json>) -> Item {
    let value = |value: &Json| match (value["S"].as_str(), value["N"].as_str()) {
        (Some(text), _) => Some(Value::Text(text.to_owned())),
        (_, Some(number)) => number.parse().ok().map(Value::Number),
        _ => None,
    };
    let others = raw.iter().filter(|(name, _)| *name != keys::PK && *name != keys::SK);
    let values = others.filter_map(|(name, raw)| Some((name.clone(), value(raw)?))).collect();
    Item { pk: pk.to_owned(), sk: sk.to_owned(), values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::convert::Infallible;

    /// Keeps one item the way DynamoDB does, and refuses what DynamoDB refuses.
    fn service(kept: &RefCell<Option<Json>>) -> impl Fn(&str, &Json) -> Result<(u16, Json), Infallible> {
        move |target, body| {
            assert_eq!(body["TableName"], "attune-test-identity");
            Ok(match target {
                "DynamoDB_20120810.GetItem" => {
                    assert_eq!(body["ConsistentRead"], true);
                    let found = kept
                        .borrow()
                        .clone()
                        .filter(|item| item["pk"] == body["Key"]["pk"] && item["sk"] == body["Key"]["sk"]);
                    (200, found.map_or(json!({}), |item| json!({ "Item": item })))
                }
                "DynamoDB_20120810.PutItem" if body["ConditionExpression"] != "attribute_not_exists(pk)" => {
                    (400, json!({ "__type": "com.amazon.coral.validate#ValidationException" }))
                }
                "DynamoDB_20120810.PutItem" if kept.borrow().is_some() => {
                    (400, json!({ "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException" }))
                }
                "DynamoDB_20120810.PutItem" => {
                    *kept.borrow_mut() = Some(body["Item"].clone());
                    (200, json!({}))
                }
                other => panic!("{other}"),
            })
        }
    }

    #[test]
    fn items_are_written_once_and_come_back() {
        let kept = RefCell::new(None);
        let store = JsonStore::new("attune-test-", service(&kept));
        let item =
            || Item::new("META#eu1".into(), "EPOCH".into()).with_text("name", "x").with_number("applied_at_ms", -7);
        assert_eq!(store.get("META#eu1", "EPOCH").unwrap(), None);
        assert!(store.put_if_absent(item()).unwrap());
        assert!(!store.put_if_absent(item().with_text("name", "y")).unwrap());
        assert_eq!(store.get("META#eu1", "EPOCH").unwrap(), Some(item()));
        let pinned = json!({
            "pk": {"S": "META#eu1"}, "sk": {"S": "EPOCH"}, "v": {"N": "1"}, "cell_epoch": {"N": "1"},
            "name": {"S": "x"}, "applied_at_ms": {"N": "-7"},
        });
        assert_eq!(kept.borrow().as_ref(), Some(&pinned));
    }

    #[test]
    fn a_refusal_keeps_its_kind() {
        let refuse = |_: &str, _: &Json| Ok::<_, Infallible>((400, json!({ "__type": "x#ResourceNotFoundException" })));
        let error = JsonStore::new("attune-test-", refuse).get("a", "b").unwrap_err();
        assert_eq!(error.to_string(), "DynamoDB answered 400 ResourceNotFoundException");
    }
}
