//! Queues, tables, buckets and secrets, from the one list of resources. Every step can be repeated.

use serde_json::{Map, Value, json};

use std::time::{SystemTime, UNIX_EPOCH};

use attune_migrations::steps::store::json::JsonStore;
use attune_migrations::steps::{self, Context};
use attune_migrations::tables::{Attribute, TableDefinition};

use super::api::Api;
use crate::error::{Error, Result};
use crate::resources::Local;
use attune_migrations::resources::Bucket;

/// Prefix of all names: `attune-<environment>-`.
pub fn prefix(environment: &str) -> String {
    format!("attune-{environment}-")
}

/// Creates everything but functions. LocalStack loads each service at its first call: so they are called side by side.
pub fn all(api: &Api, resources: &Local, environment: &str, secrets: &[(&str, String)]) -> Result<()> {
    let prefix = prefix(environment);
    let prefix = prefix.as_str();
    std::thread::scope(|scope| {
        let queues =
            scope.spawn(|| resources.all.queues.keys().try_for_each(|name| create_queue(api, resources, prefix, name)));
        let buckets = scope.spawn(|| {
            let mut buckets = resources.all.buckets.iter();
            buckets.try_for_each(|(name, bucket)| create_bucket(api, &format!("{prefix}{name}"), bucket))
        });
        let secret = scope
            .spawn(|| secrets.iter().try_for_each(|(name, value)| put_secret(api, &format!("{prefix}{name}"), value)));
        // what the first deployment needs
        let functions = scope.spawn(|| api.lambda("GET", "/2015-03-31/functions", &Value::Null).map(|_| ()));
        let tables = resources.tables.iter().try_for_each(|table| create_table(api, prefix, table));
        for thread in [queues, buckets, secret, functions] {
            thread.join().map_err(|_| Error::other("creating resources crashed"))??;
        }
        tables
    })
}

fn create_queue(api: &Api, resources: &Local, prefix: &str, name: &str) -> Result<()> {
    let (queue, mapping) = (&resources.all.queues[name], resources.of_queue(name)?);
    let dead = format!("{prefix}{name}-dlq");
    api.sqs(
        "CreateQueue",
        &json!({"QueueName": dead, "Attributes": {
            "MessageRetentionPeriod": queue.dlq_retention_s.to_string(),
            "VisibilityTimeout": resources.of_dead_letters().visibility_timeout_s.to_string(),
        }}),
    )?;
    let redrive = json!({"deadLetterTargetArn": api.queue_arn(&dead), "maxReceiveCount": queue.max_receive_count});
    api.sqs(
        "CreateQueue",
        &json!({"QueueName": format!("{prefix}{name}"), "Attributes": {
            "MessageRetentionPeriod": queue.retention_s.to_string(),
            "VisibilityTimeout": mapping.visibility_timeout_s.to_string(),
            "RedrivePolicy": redrive.to_string(),
        }}),
    )?;
    Ok(())
}

fn key_schema(partition: &Attribute, sort: &Attribute) -> Value {
    json!([{"AttributeName": partition.name, "KeyType": "HASH"}, {"AttributeName": sort.name, "KeyType": "RANGE"}])
}

/// The body of `CreateTable` for a definition.
pub fn table_request(prefix: &str, table: &TableDefinition) -> Value {
    let index_keys = table.indexes.iter().flat_map(|index| [&index.partition_key, &index.sort_key]);
    let keys = [&table.partition_key, &table.sort_key].into_iter().chain(index_keys);
    // a key of the table may also be one of an index, and is declared once
    let attributes: Map<String, Value> = keys.map(|key| (key.name.clone(), key.kind.code().into())).collect();
    let attributes: Vec<Value> =
        attributes.into_iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect();
    let mut request = json!({
        "TableName": format!("{prefix}{}", table.name),
        "AttributeDefinitions": attributes,
        "KeySchema": key_schema(&table.partition_key, &table.sort_key),
        "BillingMode": "PAY_PER_REQUEST",
    });
    if !table.indexes.is_empty() {
        let index = |index: &attune_migrations::tables::Index| {
            json!({
                "IndexName": index.name,
                "KeySchema": key_schema(&index.partition_key, &index.sort_key),
                "Projection": {"ProjectionType": "ALL"},
            })
        };
        request["GlobalSecondaryIndexes"] = table.indexes.iter().map(index).collect();
    }
    request
}

fn create_table(api: &Api, prefix: &str, table: &TableDefinition) -> Result<()> {
    match api.dynamodb("CreateTable", &table_request(prefix, table)) {
        Ok(_) => {}
        Err(Error::Refused { body, .. }) if body.contains("ResourceInUseException") => return Ok(()),
        Err(error) => return Err(error),
    }
    let specification = json!({"AttributeName": table.ttl_attribute, "Enabled": true});
    let name = format!("{prefix}{}", table.name);
    api.dynamodb("UpdateTimeToLive", &json!({"TableName": name, "TimeToLiveSpecification": specification}))?;
    Ok(())
}

fn create_bucket(api: &Api, name: &str, bucket: &Bucket) -> Result<()> {
    let Bucket { expire_days, lock_days } = bucket;
    let place = format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{}\
         </LocationConstraint></CreateBucketConfiguration>",
        api.region
    );
    let body = if api.region == "us-east-1" { String::new() } else { place };
    let lock = if lock_days.is_some() { "true" } else { "false" };
    let created =
        api.s3_with("PUT", &format!("/{name}"), &[("x-amz-bucket-object-lock-enabled", lock)], body.as_bytes())?;
    if !created.ok() && !created.text().contains("BucketAlreadyOwnedByYou") {
        created.success(&format!("CreateBucket {name}"))?;
    }
    let block = "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><BlockPublicAcls>true\
                 </BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
                 <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    api.s3("PUT", &format!("/{name}?publicAccessBlock"), block.as_bytes())?.success("PutPublicAccessBlock")?;
    let rule = format!(
        "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>expire</ID><Filter>\
         <Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>{expire_days}</Days></Expiration></Rule>\
         </LifecycleConfiguration>"
    );
    api.s3("PUT", &format!("/{name}?lifecycle"), rule.as_bytes())?.success("PutBucketLifecycle")?;
    if let Some(days) = lock_days {
        let lock = format!(
            "<ObjectLockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ObjectLockEnabled>Enabled\
             </ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>{days}</Days></DefaultRetention></Rule>\
             </ObjectLockConfiguration>"
        );
        api.s3("PUT", &format!("/{name}?object-lock"), lock.as_bytes())?.success("PutObjectLockConfiguration")?;
    }
    Ok(())
}

/// Applies the data steps that the tables do not have yet.
pub fn data_steps(api: &Api, environment: &str, cell: &str) -> Result<()> {
    let store = JsonStore::new(prefix(environment), |target: &str, body: &Value| {
        let answer = api.dynamodb_call(target, body)?;
        Ok::<_, Error>((answer.status, answer.json()))
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis());
    let context = Context { cell, now_ms: i64::try_from(now).unwrap_or(i64::MAX) };
    steps::run(&store, context).map(|_| ()).map_err(|error| Error::other(format!("data steps: {error}")))
}

/// Stores a secret, or replaces it.
pub fn put_secret(api: &Api, name: &str, value: &str) -> Result<()> {
    match api.secrets("CreateSecret", &json!({"Name": name, "SecretString": value, "ClientRequestToken": token()?})) {
        Err(Error::Refused { body, .. }) if body.contains("ResourceExistsException") => {
            let again = json!({"SecretId": name, "SecretString": value, "ClientRequestToken": token()?});
            api.secrets("PutSecretValue", &again).map(|_| ())
        }
        result => result.map(|_| ()),
    }
}

/// Secrets Manager wants a token of 32 to 64 characters from callers that are no SDK.
fn token() -> Result<String> {
    crate::keys::random_hex(20)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::from_value;

    #[test]
    fn a_table_with_an_index_names_every_key_attribute_once() {
        let table: TableDefinition = from_value(json!({
            "version": 1,
            "name": "calls",
            "description": "a test",
            "partition_key": {"name": "pk", "type": "S"},
            "sort_key": {"name": "sk", "type": "S"},
            "ttl_attribute": "expires_at",
            "billing_mode": "PAY_PER_REQUEST",
            "point_in_time_recovery": true,
            "deletion_protection": true,
            "encryption": "aws-managed",
            "indexes": [{"name": "by_day", "partition_key": {"name": "day", "type": "N"},
                         "sort_key": {"name": "sk", "type": "S"}}],
        }))
        .unwrap();
        let request = table_request("attune-local-", &table);
        assert_eq!(request["TableName"], "attune-local-calls");
        assert_eq!(
            request["AttributeDefinitions"],
            json!([
                {"AttributeName": "day", "AttributeType": "N"},
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ])
        );
        let index = &request["GlobalSecondaryIndexes"][0];
        assert_eq!(index["KeySchema"][0], json!({"AttributeName": "day", "KeyType": "HASH"}));
        assert_eq!(index["KeySchema"][1], json!({"AttributeName": "sk", "KeyType": "RANGE"}));
    }
}
