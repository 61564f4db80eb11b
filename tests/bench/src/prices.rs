//! List prices, US dollars, without free tiers, discounts, taxes and support, written down on 2026-11-21.
//!
//! Compared with copies of the vendors' pages: AWS Lambda, Amazon DynamoDB in us-east-1, Cloudflare Durable Objects (pages "Pricing").
//! Not compared, so to be checked before anybody relies on a total: Amazon SQS, S3, CloudWatch Logs, DynamoDB in eu-west-1, Cloudflare
//! Workers' requests and CPU.

/// Prices of one region.
#[derive(Debug, Clone, Copy)]
pub struct Prices {
    /// AWS region.
    pub region: &'static str,
    /// Amazon SQS, standard queues, per million requests of 64 KB.
    pub sqs_million: f64,
    /// Amazon S3 Standard, PUT, per thousand.
    pub s3_put_thousand: f64,
    /// Amazon DynamoDB on demand, standard table class, per million write request units.
    pub dynamodb_write_million: f64,
    /// The same, per million read request units.
    pub dynamodb_read_million: f64,
    /// AWS Lambda, per million requests.
    pub lambda_million: f64,
    /// AWS Lambda, arm64, per GB-second.
    pub lambda_gb_second: f64,
    /// Amazon CloudWatch Logs, standard class, ingestion per GB.
    pub logs_gb: f64,
}

/// The regions of the first two cells. The dearer one is what the requirement is held against.
pub const REGIONS: [Prices; 2] = [
    Prices {
        region: "eu-west-1",
        sqs_million: 0.40,
        s3_put_thousand: 0.005,
        dynamodb_write_million: 0.7068,
        dynamodb_read_million: 0.1415,
        lambda_million: 0.20,
        lambda_gb_second: 0.000_013_333_4,
        logs_gb: 0.57,
    },
    Prices {
        region: "us-east-1",
        sqs_million: 0.40,
        s3_put_thousand: 0.005,
        dynamodb_write_million: 0.625,
        dynamodb_read_million: 0.125,
        lambda_million: 0.20,
        lambda_gb_second: 0.000_013_333_4,
        logs_gb: 0.50,
    },
];

/// Cloudflare Workers, per million requests.
pub const WORKER_MILLION: f64 = 0.30;
/// Cloudflare Workers, per million CPU milliseconds.
pub const WORKER_CPU_MILLION_MS: f64 = 0.02;
/// Durable Objects, per million requests (calls and alarms).
pub const OBJECT_MILLION: f64 = 0.15;
/// Durable Objects, per million GB-seconds of active time; an object counts as 128 MB.
pub const OBJECT_MILLION_GB_SECONDS: f64 = 12.50;
/// Durable Objects, SQLite, per million rows read.
pub const ROWS_READ_MILLION: f64 = 0.001;
/// Durable Objects, SQLite, per million rows written; setting an alarm counts as one.
pub const ROWS_WRITTEN_MILLION: f64 = 1.00;
