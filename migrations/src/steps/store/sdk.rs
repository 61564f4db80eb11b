//! The store over DynamoDB.

use super::{Item, Store, Value};
use crate::{Access, keys};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::{BTreeMap, HashMap};

/// The table `identity` of one environment.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    prefix: String,
}

impl DynamoStore {
    /// `prefix` is that of the environment's tables, `attune-local-`.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    fn table(&self, access: Access) -> String {
        access.table().full_name(&self.prefix)
    }
}

impl Store for DynamoStore {
    type Error = aws_sdk_dynamodb::Error;

    async fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>, Self::Error> {
        let answer = self
            .client
            .get_item()
            .table_name(self.table(Access::StepsGetItem))
            .key(keys::PK, AttributeValue::S(pk.to_owned()))
            .key(keys::SK, AttributeValue::S(sk.to_owned()))
            .consistent_read(true)
            .send()
            .await?;
        Ok(answer.item.map(|values| Item { pk: pk.to_owned(), sk: sk.to_owned(), values: plain(values) }))
    }

    async fn put_if_absent(&self, item: Item) -> Result<bool, Self::Error> {
        let mut call = self
            .client
            .put_item()
            .table_name(self.table(Access::StepsPutItem))
            .item(keys::PK, AttributeValue::S(item.pk))
            .item(keys::SK, AttributeValue::S(item.sk))
            .condition_expression("attribute_not_exists(pk)");
        for (name, value) in item.values {
            let value = match value {
                Value::Text(text) => AttributeValue::S(text),
                Value::Number(number) => AttributeValue::N(number.to_string()),
            };
            call = call.item(name, value);
        }
        match call.send().await.map_err(aws_sdk_dynamodb::Error::from) {
            Ok(_) => Ok(true),
            Err(aws_sdk_dynamodb::Error::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Strings and integers; steps write nothing else, and what others added is not theirs to read.
fn plain(values: HashMap<String, AttributeValue>) -> BTreeMap<String, Value> {
    let value = |value: AttributeValue| match value {
        AttributeValue::S(text) => Some(Value::Text(text)),
        AttributeValue::N(number) => number.parse().ok().map(Value::Number),
        _ => None,
    };
    values.into_iter().filter_map(|(name, raw)| Some((name, value(raw)?))).collect()
}
