//! Queues, tables, buckets and secrets, from the one list of resources. Every step can be repeated.

use serde_json::{Map, Value, json};

use super::api::Api;
use crate::error::{Error, Result};
use crate::resources::{Bucket, Key, Resources, Table};

/// Prefix of all names: `attune-<environment>-`.
pub fn prefix(environment: &str) -> String {
    format!("attune-{environment}-")
}

/// Creates everything but functions. LocalStack loads each service at its first call: so they are called side by side.
pub fn all(api: &Api, resources: &Resources, environment: &str, signing_secret: (&str, &str)) -> Result<()> {
    let prefix = prefix(environment);
    let prefix = prefix.as_str();
    std::thread::scope(|scope| {
        let queues = scope.spawn(|| resources.queues.keys().try_for_each(|name| create_queue(api, resources, prefix, name)));
        let buckets = scope.spawn(|| {
            let mut buckets = resources.buckets.iter();
            buckets.try_for_each(|(name, bucket)| create_bucket(api, &format!("{prefix}{name}"), bucket))
        });
        let secret = scope.spawn(|| put_secret(api, signing_secret.0, signing_secret.1));
        // what the first deployment needs
        let functions = scope.spawn(|| api.lambda("GET", "/2015-03-31/functions", &Value::Null).map(|_| ()));
        let tables = resources.tables.iter().try_for_each(|table| create_table(api, prefix, table));
        for thread in [queues, buckets, secret, functions] {
            thread.join().map_err(|_| Error::other("creating resources crashed"))??;
        }
        tables
    })
}

fn create_queue(api: &Api, resources: &Resources, prefix: &str, name: &str) -> Result<()> {
    let queue = &resources.queues[name];
    let dead = format!("{prefix}{name}-dlq");
    api.sqs(
        "CreateQueue",
        &json!({"QueueName": dead, "Attributes": {
            "MessageRetentionPeriod": queue.dlq_retention_s.to_string(),
            "VisibilityTimeout": resources.dead_letters.local_visibility().to_string(),
        }}),
    )?;
    let redrive = json!({"deadLetterTargetArn": api.queue_arn(&dead), "maxReceiveCount": queue.max_receive_count});
    api.sqs(
        "CreateQueue",
        &json!({"QueueName": format!("{prefix}{name}"), "Attributes": {
            "MessageRetentionPeriod": queue.retention_s.to_string(),
            "VisibilityTimeout": queue.mapping.local_visibility().to_string(),
            "RedrivePolicy": redrive.to_string(),
        }}),
    )?;
    Ok(())
}

fn key_schema(partition: &Key, sort: Option<&Key>) -> Value {
    let mut schema = vec![json!({"AttributeName": partition.name, "KeyType": "HASH"})];
    schema.extend(sort.map(|key| json!({"AttributeName": key.name, "KeyType": "RANGE"})));
    Value::Array(schema)
}

/// The body of `CreateTable` for a definition.
pub fn table_request(prefix: &str, table: &Table) -> Value {
    let mut attributes = Map::new();
    let keys = std::iter::once(&table.partition_key).chain(&table.sort_key);
    let index_keys =
        table.indexes.iter().flat_map(|index| std::iter::once(&index.partition_key).chain(&index.sort_key));
    for key in keys.chain(index_keys) {
        attributes.insert(key.name.clone(), Value::String(key.kind.clone()));
    }
    let attributes: Vec<Value> =
        attributes.into_iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect();
    let mut request = json!({
        "TableName": format!("{prefix}{}", table.name),
        "AttributeDefinitions": attributes,
        "KeySchema": key_schema(&table.partition_key, table.sort_key.as_ref()),
        "BillingMode": "PAY_PER_REQUEST",
    });
    if !table.indexes.is_empty() {
        let indexes: Vec<Value> = table
            .indexes
            .iter()
            .map(|index| {
                let mut projection = json!({"ProjectionType": index.projection});
                if !index.include.is_empty() {
                    projection["NonKeyAttributes"] = json!(index.include);
                }
                json!({
                    "IndexName": index.name,
                    "KeySchema": key_schema(&index.partition_key, index.sort_key.as_ref()),
                    "Projection": projection,
                })
            })
            .collect();
        request["GlobalSecondaryIndexes"] = Value::Array(indexes);
    }
    request
}

fn create_table(api: &Api, prefix: &str, table: &Table) -> Result<()> {
    match api.dynamodb("CreateTable", &table_request(prefix, table)) {
        Ok(_) => {}
        Err(Error::Refused { body, .. }) if body.contains("ResourceInUseException") => return Ok(()),
        Err(error) => return Err(error),
    }
    if let Some(attribute) = &table.ttl_attribute {
        let specification = json!({"AttributeName": attribute, "Enabled": true});
        let name = format!("{prefix}{}", table.name);
        api.dynamodb("UpdateTimeToLive", &json!({"TableName": name, "TimeToLiveSpecification": specification}))?;
    }
    Ok(())
}

fn create_bucket(api: &Api, name: &str, bucket: &Bucket) -> Result<()> {
    let place = format!(
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{}\
         </LocationConstraint></CreateBucketConfiguration>",
        api.region
    );
    let body = if api.region == "us-east-1" { String::new() } else { place };
    let created = api.s3("PUT", &format!("/{name}"), body.as_bytes())?;
    if !created.ok() && !created.text().contains("BucketAlreadyOwnedByYou") {
        created.success(&format!("CreateBucket {name}"))?;
    }
    let block = "<PublicAccessBlockConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><BlockPublicAcls>true\
                 </BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
                 <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    api.s3("PUT", &format!("/{name}?publicAccessBlock"), block.as_bytes())?.success("PutPublicAccessBlock")?;
    if let Some(days) = bucket.expire_days {
        let rule = format!(
            "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule><ID>expire</ID><Filter>\
             <Prefix></Prefix></Filter><Status>Enabled</Status><Expiration><Days>{days}</Days></Expiration></Rule>\
             </LifecycleConfiguration>"
        );
        api.s3("PUT", &format!("/{name}?lifecycle"), rule.as_bytes())?.success("PutBucketLifecycle")?;
    }
    Ok(())
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
        let table: Table = from_value(json!({
            "name": "calls",
            "partition_key": {"name": "pk", "type": "S"},
            "sort_key": {"name": "sk", "type": "S"},
            "indexes": [{"name": "by_day", "partition_key": {"name": "day", "type": "S"},
                         "sort_key": {"name": "sk", "type": "S"}, "projection": "INCLUDE", "include": ["score"]}],
        }))
        .unwrap();
        let request = table_request("attune-local-", &table);
        assert_eq!(request["TableName"], "attune-local-calls");
        assert_eq!(
            request["AttributeDefinitions"],
            json!([
                {"AttributeName": "day", "AttributeType": "S"},
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ])
        );
        let index = &request["GlobalSecondaryIndexes"][0];
        assert_eq!(index["Projection"], json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["score"]}));
        assert_eq!(index["KeySchema"][1], json!({"AttributeName": "sk", "KeyType": "RANGE"}));
    }
}
