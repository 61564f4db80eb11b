//! Idempotent writes and reads of DynamoDB. Every call names its query of `migrations/ACCESS.md`.
//!
//! Marker and effect are one conditional write: [`Store::put_once`]. When the marker is there, DynamoDB answers with the item
//! in the same call, so a redelivery finds the stored decision without a read.

use crate::error::sdk_code;
use crate::item::Value;
use crate::{CallError, Item};
use attune_migrations::{Access, keys};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConsumedCapacity, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The tables of one environment.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    prefix: String,
    units: Arc<Units>,
}

/// Consumed capacity since the last look, in tenths of a unit, as DynamoDB reports it.
#[derive(Debug, Default)]
pub struct Units {
    write: AtomicU64,
    read: AtomicU64,
}

/// What a conditional write found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Put {
    /// It was written.
    Written,
    /// The condition did not hold; this item is there.
    Existed(Item),
}

/// Changes of one item that commute: [`Store::upsert`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upsert {
    /// Keys.
    pub pk: String,
    /// Keys.
    pub sk: String,
    /// Attributes to set.
    pub set: Vec<(String, Value)>,
    /// Attributes to set unless they are there; their stored values are answered.
    pub first: Vec<(String, Value)>,
    /// Apply only if this integer attribute is absent or smaller; it is set too.
    pub newer: Option<(String, i64)>,
}

impl Store {
    /// `prefix` is that of the environment's tables.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into(), units: Arc::default() }
    }

    /// Takes the write and read units consumed since the last call.
    pub fn take_units(&self) -> (f64, f64) {
        let take = |counter: &AtomicU64| {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
            let tenths = counter.swap(0, Ordering::Relaxed) as f64;
            tenths / 10.0
        };
        (take(&self.units.write), take(&self.units.read))
    }

    fn table(&self, access: Access) -> String {
        access.table().full_name(&self.prefix)
    }

    /// Writes the item unless one is there under its key.
    ///
    /// # Errors
    /// [`CallError::Store`].
    pub async fn put_once(&self, access: Access, item: Item) -> Result<Put, CallError> {
        self.put(access, item, Condition::Absent).await
    }

    /// Writes the item if none is there, or if the one there has a smaller integer in `attribute`.
    ///
    /// # Errors
    /// [`CallError::Store`].
    pub async fn put_newer(&self, access: Access, item: Item, attribute: &str) -> Result<Put, CallError> {
        let value = item.get_number(attribute).unwrap_or_default();
        self.put(access, item, Condition::Newer(attribute, value)).await
    }

    /// Writes the item over one that lacks `attribute`: a decision that gets its result, once.
    ///
    /// # Errors
    /// [`CallError::Store`].
    pub async fn put_settled(&self, access: Access, item: Item, attribute: &str) -> Result<Put, CallError> {
        self.put(access, item, Condition::Lacks(attribute)).await
    }

    async fn put(&self, access: Access, item: Item, condition: Condition<'_>) -> Result<Put, CallError> {
        let size = item.size();
        let call = self
            .client
            .put_item()
            .table_name(self.table(access))
            .set_item(Some(item.into_attributes()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let call = match condition {
            Condition::Absent => call.condition_expression("attribute_not_exists(pk)"),
            Condition::Newer(name, value) => call
                .condition_expression("attribute_not_exists(pk) OR #n < :n")
                .expression_attribute_names("#n", name)
                .expression_attribute_values(":n", AttributeValue::N(value.to_string())),
            Condition::Lacks(name) => call
                .condition_expression("attribute_exists(pk) AND attribute_not_exists(#n)")
                .expression_attribute_names("#n", name),
        };
        match call.send().await {
            Ok(answer) => {
                self.count_write(answer.consumed_capacity());
                Ok(Put::Written)
            }
            Err(SdkError::ServiceError(inner)) if inner.err().is_conditional_check_failed_exception() => {
                let PutItemError::ConditionalCheckFailedException(failed) = inner.into_err() else {
                    return Ok(Put::Existed(Item::default()));
                };
                let item = failed.item.map(Item::from).unwrap_or_default();
                self.count_refused(size.max(item.size()));
                Ok(Put::Existed(item))
            }
            Err(error) => Err(CallError::Store { query: access.name(), code: sdk_code(&error) }),
        }
    }

    /// Applies changes that commute, and answers with the attributes of `first` as they are afterwards. When the condition
    /// of `newer` does not hold nothing is changed, and the answer is `None`.
    ///
    /// # Errors
    /// [`CallError::Store`].
    pub async fn upsert(&self, access: Access, upsert: Upsert) -> Result<Option<Item>, CallError> {
        let mut call = self
            .client
            .update_item()
            .table_name(self.table(access))
            .key(keys::PK, AttributeValue::S(upsert.pk))
            .key(keys::SK, AttributeValue::S(upsert.sk))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut set = Vec::new();
        let shape = [("v", crate::item::SHAPE), ("cell_epoch", crate::item::CELL_EPOCH)];
        let shape = shape.into_iter().map(|(name, value)| (name.to_owned(), Value::N(value)));
        let newer = upsert.newer.iter().map(|(name, value)| (name.clone(), Value::N(*value)));
        for (at, (name, value)) in shape.chain(newer).chain(upsert.set).enumerate() {
            set.push(format!("#s{at} = :s{at}"));
            call = call.expression_attribute_names(format!("#s{at}"), name);
            call = call.expression_attribute_values(format!(":s{at}"), value.into());
        }
        let answered = !upsert.first.is_empty();
        for (at, (name, value)) in upsert.first.into_iter().enumerate() {
            set.push(format!("#f{at} = if_not_exists(#f{at}, :f{at})"));
            call = call.expression_attribute_names(format!("#f{at}"), name);
            call = call.expression_attribute_values(format!(":f{at}"), value.into());
        }
        if upsert.newer.is_some() {
            // #s2 is the attribute of `newer`, behind the two of the shape.
            call = call.condition_expression("attribute_not_exists(#s2) OR #s2 < :s2");
        }
        if answered {
            call = call.return_values(ReturnValue::UpdatedNew);
        }
        match call.update_expression(format!("SET {}", set.join(", "))).send().await {
            Ok(answer) => {
                self.count_write(answer.consumed_capacity());
                Ok(Some(answer.attributes.map(Item::from).unwrap_or_default()))
            }
            Err(SdkError::ServiceError(inner))
                if matches!(inner.err(), UpdateItemError::ConditionalCheckFailedException(_)) =>
            {
                self.count_refused(1);
                Ok(None)
            }
            Err(error) => Err(CallError::Store { query: access.name(), code: sdk_code(&error) }),
        }
    }

    /// The items of a partition whose sort key begins with `prefix`, last first, strongly consistent.
    ///
    /// # Errors
    /// [`CallError::Store`].
    pub async fn newest(&self, access: Access, pk: String, prefix: String, limit: i32) -> Result<Vec<Item>, CallError> {
        let answer = self
            .client
            .query()
            .table_name(self.table(access))
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":sk", AttributeValue::S(prefix))
            .scan_index_forward(false)
            .consistent_read(true)
            .limit(limit)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| CallError::Store { query: access.name(), code: sdk_code(&error) })?;
        add(&self.units.read, answer.consumed_capacity());
        Ok(answer.items.unwrap_or_default().into_iter().map(Item::from).collect())
    }

    /// A refused write costs as much as one that was made, and DynamoDB does not report it: one unit per KB begun.
    fn count_refused(&self, bytes: usize) {
        let tenths = u64::try_from(bytes.div_ceil(1024).max(1) * 10).unwrap_or(10);
        self.units.write.fetch_add(tenths, Ordering::Relaxed);
    }

    fn count_write(&self, capacity: Option<&ConsumedCapacity>) {
        add(&self.units.write, capacity);
    }
}

enum Condition<'a> {
    Absent,
    Newer(&'a str, i64),
    Lacks(&'a str),
}

fn add(counter: &AtomicU64, capacity: Option<&ConsumedCapacity>) {
    let units = capacity.and_then(ConsumedCapacity::capacity_units).unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count, never negative")]
    let tenths = (units * 10.0).round().max(0.0) as u64;
    counter.fetch_add(tenths, Ordering::Relaxed);
}
