//! `CONFIG` and `SECRETS`: JSON texts, read strictly, once per isolate.

use crate::{Error, Result};
use attune_aws::s3::Bucket;
use attune_aws::sigv4::{Credentials, Signer};
use attune_domain::{Cell, Secret, json};
use attune_identity::access::AccessKeys;
use attune_identity::api_key::{Environment, Peppers};
use attune_identity::dpop::NonceKey;
use attune_identity::jose::HmacKey;
use attune_identity::limits::{Limits, STANDARD};
use attune_identity::refresh::RefreshKeys;
use attune_identity::sealed::MasterKeys;
use attune_identity::signature::PublicKeys;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The var `CONFIG`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `local`, `staging`, `production`. API keys of production are `live`, all others `test`.
    pub environment: String,
    /// The cell that this Worker serves.
    pub cell: Cell,
    /// The AWS region of the cell.
    pub region: String,
    /// Everything of a queue's URL before its short name.
    pub sqs_queue_url_prefix: String,
    /// Origin of DynamoDB.
    pub dynamodb_endpoint: String,
    /// Origin of S3.
    pub s3_endpoint: String,
    /// Bucket before the key (LocalStack) rather than before the host.
    pub s3_path_style: bool,
    /// Bucket of recorded audio.
    pub bucket_audio: String,
    /// Everything of a table's name before its short name.
    pub table_prefix: String,
    /// Shards of the class `Outbox` per tenant, 1 to 64; only grows within a generation.
    pub outbox_shards: u32,
    /// In the name of a shard, so that old ones drain when the count changes.
    pub outbox_generation: u32,
    /// Public keys that sign calls of functions: id to raw Ed25519 key, base64url without padding.
    pub internal_keys: BTreeMap<String, String>,
    /// Are the routes for measuring there? Never in production.
    #[serde(default)]
    pub bench: bool,
    /// A table of limits in place of the one that is built in (`attune_identity::limits::STANDARD` shows its form).
    #[serde(default)]
    pub limits: Option<serde_json::Value>,
}

/// The secret `SECRETS`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    aws_access_key_id: String,
    aws_secret_access_key: Secret<String>,
    peppers: BTreeMap<String, Secret<String>>,
    current_pepper: String,
    operator_key_sha256: String,
    /// Hexadecimal of at least 32 bytes by id: access and refresh tokens, nonces and the state of a sign-in are made with them.
    token_keys: BTreeMap<String, Secret<String>>,
    current_token_key: String,
    /// Hexadecimal of at least 32 bytes by id: secrets of tenants are sealed under keys made of them.
    master_keys: BTreeMap<String, Secret<String>>,
    current_master_key: String,
}

/// Everything that configuration makes, checked and ready.
#[derive(Debug)]
pub struct Settings {
    /// The public part.
    pub config: Config,
    /// `live` or `test`: which API keys are taken here.
    pub key_environment: Environment,
    /// Hashes API keys.
    pub peppers: Peppers,
    /// SHA-256 of the operator's key, lowercase hex.
    pub operator_key_sha256: String,
    /// Access tokens.
    pub access_keys: AccessKeys,
    /// Refresh tokens.
    pub refresh_keys: RefreshKeys,
    /// Nonces of DPoP proofs.
    pub nonce_key: NonceKey,
    /// Seal secrets of tenants.
    pub master_keys: MasterKeys,
    /// The table of limits.
    pub limits: Limits,
    /// Verify calls of functions.
    pub internal_keys: PublicKeys,
    /// Signs calls to AWS.
    pub signer: Signer,
    /// The bucket of recorded audio.
    pub audio: Bucket,
}

impl Settings {
    /// Reads both texts.
    ///
    /// # Errors
    /// [`Error::Shape`] with the position of the fault, [`Error::Value`] with the name of the field.
    pub fn parse(config: &str, secrets: &str) -> Result<Self> {
        let config: Config = read("CONFIG", config)?;
        let secrets: Secrets = read("SECRETS", secrets)?;
        let refuse = |bad: bool, name: &'static str| if bad { Err(Error::Value(name)) } else { Ok(()) };
        let origin = |text: &str| {
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['/', '?', '#', '@', ' ']))
        };
        let production = config.environment == "production";
        refuse(config.environment.is_empty(), "environment")?;
        refuse(config.region.is_empty(), "region")?;
        refuse(!config.sqs_queue_url_prefix.contains("://"), "sqs_queue_url_prefix")?;
        refuse(!origin(&config.dynamodb_endpoint), "dynamodb_endpoint")?;
        refuse(!(1..=64).contains(&config.outbox_shards), "outbox_shards")?;
        refuse(config.outbox_generation == 0, "outbox_generation")?;
        refuse(config.internal_keys.is_empty(), "internal_keys")?;
        refuse(!config.bucket_audio.ends_with("audio"), "bucket_audio")?;
        refuse(config.bench && production, "bench")?;
        refuse(secrets.aws_access_key_id.is_empty(), "aws_access_key_id")?;
        refuse(secrets.aws_secret_access_key.expose().is_empty(), "aws_secret_access_key")?;
        let hash = &secrets.operator_key_sha256;
        let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        refuse(!is_hash, "operator_key_sha256")?;
        let peppers = secrets.peppers.iter().map(|(id, pepper)| (id.clone(), pepper.expose().as_str()));
        let peppers = Peppers::new(peppers, &secrets.current_pepper).map_err(|_| Error::Value("peppers"))?;
        let TokenKeys { access_keys, refresh_keys, nonce_key } =
            token_keys(&secrets.token_keys, &secrets.current_token_key).ok_or(Error::Value("token_keys"))?;
        let master_keys = secrets.master_keys.iter().map(|(id, key)| (id.clone(), key.expose().as_str()));
        let master_keys =
            MasterKeys::new(master_keys, &secrets.current_master_key).map_err(|_| Error::Value("master_keys"))?;
        let internal_keys =
            PublicKeys::from_base64url(config.internal_keys.iter()).map_err(|_| Error::Value("internal_keys"))?;
        let audio = Bucket::new(&config.s3_endpoint, &config.bucket_audio, config.s3_path_style)
            .map_err(|_| Error::Value("s3_endpoint or bucket_audio"))?;
        let limits = config.limits.as_ref().map_or_else(|| STANDARD.to_owned(), serde_json::Value::to_string);
        let limits = Limits::parse(&limits).map_err(|_| Error::Value("limits"))?;
        let credentials = Credentials::new(secrets.aws_access_key_id, secrets.aws_secret_access_key.expose().as_str());
        Ok(Self {
            key_environment: if production { Environment::Live } else { Environment::Test },
            peppers,
            operator_key_sha256: secrets.operator_key_sha256,
            access_keys,
            refresh_keys,
            nonce_key,
            master_keys,
            limits,
            internal_keys,
            signer: Signer::new(credentials, config.region.clone()),
            audio,
            config,
        })
    }

    /// The settings of this isolate, read at the first call. The reason of a fault is kept as well.
    ///
    /// # Errors
    /// What [`Settings::parse`] or the bindings said, as text for the log.
    pub fn of(env: &worker::Env) -> core::result::Result<Rc<Self>, Rc<str>> {
        thread_local! {
            static SETTINGS: OnceCell<core::result::Result<Rc<Settings>, Rc<str>>> = const { OnceCell::new() };
        }
        SETTINGS
            .with(|cell| cell.get_or_init(|| Self::load(env).map(Rc::new).map_err(|e| e.to_string().into())).clone())
    }

    fn load(env: &worker::Env) -> Result<Self> {
        let text = |name: &'static str| env.var(name).map(|v| v.to_string()).map_err(|_| Error::Missing(name));
        Self::parse(&text("CONFIG")?, &text("SECRETS")?)
    }

    /// URL of a queue by its short name.
    pub fn queue_url(&self, queue: &str) -> String {
        format!("{}{queue}", self.config.sqs_queue_url_prefix)
    }

    /// Name of a bucket by its short name: all buckets of an environment share what stands before `audio`.
    pub fn bucket(&self, bucket: &str) -> String {
        let prefix = self.config.bucket_audio.strip_suffix("audio").unwrap_or_default();
        format!("{prefix}{bucket}")
    }

    /// Name of a table by its short name.
    pub fn table(&self, table: &str) -> String {
        format!("{}{table}", self.config.table_prefix)
    }
}

struct TokenKeys {
    access_keys: AccessKeys,
    refresh_keys: RefreshKeys,
    nonce_key: NonceKey,
}

/// The keys of each purpose, derived. The current one makes tokens, all of them read tokens.
fn token_keys(keys: &BTreeMap<String, Secret<String>>, current: &str) -> Option<TokenKeys> {
    let roots: Vec<(&String, HmacKey)> =
        keys.iter().map(|(id, key)| Some((id, HmacKey::from_hex(key.expose())?))).collect::<Option<_>>()?;
    let of = |purpose: &str| roots.iter().map(|(id, root)| ((*id).clone(), root.derive(purpose))).collect::<Vec<_>>();
    let access_keys = AccessKeys::new(of("attune access token"), current).ok()?;
    let mut refresh = of("attune refresh token");
    let at = refresh.iter().position(|(id, _)| id == current)?;
    let (_, own) = refresh.swap_remove(at);
    let refresh_keys = RefreshKeys::new(&own, refresh.into_iter().map(|(_, key)| key)).ok()?;
    let root = roots.iter().find(|(id, _)| *id == current).map(|(_, root)| root)?;
    let nonce_key = NonceKey::new(root.derive("attune dpop nonce").as_bytes()).ok()?;
    Some(TokenKeys { access_keys, refresh_keys, nonce_key })
}

fn read<T: DeserializeOwned>(name: &'static str, text: &str) -> Result<T> {
    // serde's message may quote a value, and values of SECRETS are secret: only the position is told.
    json::from_str(text).map_err(|e| Error::Shape { name, line: e.line(), column: e.column(), category: e.classify() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn config() -> Value {
        json!({
            "environment": "local", "cell": "eu1", "region": "eu-west-1",
            "sqs_queue_url_prefix": "http://127.0.0.1:4566/000000000000/attune-local-",
            "dynamodb_endpoint": "http://127.0.0.1:4567", "s3_endpoint": "http://127.0.0.1:4566",
            "s3_path_style": true, "bucket_audio": "attune-local-audio", "table_prefix": "attune-local-",
            "outbox_shards": 4, "outbox_generation": 1,
            // the public key of RFC 8032, section 7.1, test 1
            "internal_keys": {"k1": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        })
    }

    fn secrets() -> Value {
        json!({
            "aws_access_key_id": "test", "aws_secret_access_key": "hunter2-aws", "current_pepper": "p1",
            "peppers": {"p1": "ab".repeat(32)}, "operator_key_sha256": "0".repeat(64),
            "token_keys": {"t1": "cd".repeat(32)}, "current_token_key": "t1",
            "master_keys": {"m1": "ef".repeat(32)}, "current_master_key": "m1"
        })
    }

    fn parse(config: &Value, secrets: &Value) -> Result<Settings> {
        Settings::parse(&config.to_string(), &secrets.to_string())
    }

    #[test]
    fn the_documented_shape_is_read() {
        let settings = parse(&config(), &secrets()).unwrap();
        assert_eq!(settings.key_environment, Environment::Test);
        assert_eq!(settings.queue_url("x"), "http://127.0.0.1:4566/000000000000/attune-local-x");
        assert_eq!(settings.table("calls"), "attune-local-calls");
        assert!(!settings.config.bench);
        assert_eq!(settings.limits.plans().collect::<Vec<_>>(), ["enterprise", "free", "team"]);
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter2") && !shown.contains(&"ab".repeat(32)), "{shown}");
    }

    #[test]
    fn every_field_is_needed_and_no_other_is_taken() {
        for (name, _) in config().as_object().unwrap() {
            let mut less = config();
            less.as_object_mut().unwrap().remove(name);
            assert!(parse(&less, &secrets()).is_err(), "{name}");
        }
        for (name, _) in secrets().as_object().unwrap() {
            let mut less = secrets();
            less.as_object_mut().unwrap().remove(name);
            assert!(parse(&config(), &less).is_err(), "{name}");
        }
        let mut more = secrets();
        more["extra"] = json!("hunter2-extra");
        let error = parse(&config(), &more).unwrap_err().to_string();
        assert!(error.contains("SECRETS") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn values_that_cannot_work_are_refused_by_name() {
        for (field, bad) in [
            ("outbox_shards", json!(0)),
            ("outbox_shards", json!(65)),
            ("outbox_generation", json!(0)),
            ("dynamodb_endpoint", json!("127.0.0.1:4567")),
            ("dynamodb_endpoint", json!("http://x/y")),
            ("internal_keys", json!({})),
            ("internal_keys", json!({"k": "AAAA"})),
            ("bucket_audio", json!("UPPER")),
            ("limits", json!({"address": {}, "plans": {}})),
        ] {
            let mut wrong = config();
            wrong[field] = bad;
            let error = parse(&wrong, &secrets()).unwrap_err().to_string();
            assert!(error.contains(field), "{field}: {error}");
        }
        let mut wrong = secrets();
        wrong["current_pepper"] = json!("p2");
        assert!(parse(&config(), &wrong).unwrap_err().to_string().contains("peppers"));
        for (field, bad) in [("current_token_key", json!("t2")), ("token_keys", json!({"t1": "cd"}))] {
            let mut wrong = secrets();
            wrong[field] = bad;
            assert!(parse(&config(), &wrong).unwrap_err().to_string().contains("token_keys"), "{field}");
        }
        let mut production = config();
        production["environment"] = json!("production");
        production["bench"] = json!(true);
        assert!(parse(&production, &secrets()).unwrap_err().to_string().contains("bench"));
    }
}
