//! The built Worker under plain `workerd serve`: no proxy between, Durable Objects with SQLite on disk.

use crate::error::{At, Error, Result};
use crate::rig::{CELL, ENVIRONMENT, REGION, Rig, pid_of, prefix, queue_url_prefix};
use crate::standin::Standin;
use attune_contract_tests::unlimited;
use attune_dev::http;
use attune_dev::paths::make_dir;
use attune_dev::process::{Managed, Service, ports};
use attune_dev::stack::{SCOPES, copy_assets, script};
use attune_dev::tools;
use attune_dev::workerd::{Script, Template, serve};
use serde_json::{Value, json};
use std::path::Path;

/// What stands around the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Plain,
    /// A module that counts what is billed; see `counting.mjs`.
    Counting,
}

/// A running Worker.
pub struct Worker {
    /// Its origin.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// The process.
    pub pid: u32,
    process: Managed,
    operator_key: String,
}

/// A tenant with a key of all scopes.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub id: String,
    /// The key.
    pub key: String,
}

impl Worker {
    /// Starts one on an empty folder.
    ///
    /// # Errors
    /// There is no bundle or no workerd, or it does not become healthy.
    pub fn start(rig: &Rig, name: &str, entry: Entry, standin: &Standin, dynamodb: &str) -> Result<Self> {
        let folder = rig.folder.join(name);
        for part in ["objects", "bundle", "assets"] {
            make_dir(&folder.join(part))?;
        }
        let port = ports::free(None)?;
        let config = config(rig, standin, dynamodb);
        let capnp = configuration(rig, &folder, entry, port, &config)?;
        let file = folder.join("workerd.capnp");
        std::fs::write(&file, capnp).at("workerd's configuration")?;
        let command = serve(&tools::npm_packages(&rig.paths)?, &file);
        let mut process = Service { folder, ..rig.service(name, command) }.start()?;
        let url = format!("http://127.0.0.1:{port}");
        let health = format!("{url}/healthz");
        process.wait_until(30, || http::answers(&health))?;
        let pid = pid_of(&process, "workerd")?;
        Ok(Self { url, port, pid, process, operator_key: rig.keys.operator_key.clone() })
    }

    /// Makes a tenant with a key of all scopes, through the admin routes.
    ///
    /// # Errors
    /// The Worker refuses.
    pub fn tenant(&self, name: &str) -> Result<Tenant> {
        let made = self.admin("/v1/admin/tenants", &json!({"schema_version": 1, "name": name}))?;
        let id = text(&made, "tenant_id")?;
        let body = json!({"schema_version": 1, "name": name, "scopes": SCOPES});
        let made = self.admin(&format!("/v1/admin/tenants/{id}/keys"), &body)?;
        Ok(Tenant { id, key: text(&made, "key")? })
    }

    /// Calls a route of the operator.
    ///
    /// # Errors
    /// The Worker refuses.
    pub fn admin(&self, path: &str, body: &Value) -> Result<Value> {
        let authorization = format!("Bearer {}", self.operator_key);
        let token = attune_dev::keys::random_hex(16)?;
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", token.as_str()),
        ];
        let url = format!("{}{path}", self.url);
        Ok(http::send("POST", &url, &headers, body.to_string().as_bytes(), 20)?.success(path)?.json())
    }

    /// Fails when workerd has ended.
    ///
    /// # Errors
    /// It has.
    pub fn check(&mut self) -> Result<()> {
        Ok(self.process.check()?)
    }
}

fn text(value: &Value, name: &str) -> Result<String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| Error::wrong(format!("the answer has no {name}")))
}

fn config(rig: &Rig, standin: &Standin, dynamodb: &str) -> Value {
    json!({
        "environment": ENVIRONMENT, "cell": CELL, "region": REGION,
        "sqs_queue_url_prefix": queue_url_prefix(standin), "dynamodb_endpoint": dynamodb, "s3_endpoint": standin.url,
        "s3_path_style": true, "bucket_audio": format!("{}audio", prefix()), "table_prefix": prefix(),
        // as a cell begins (`cargo dev deploy`): the number only grows
        "outbox_shards": 1, "outbox_generation": 1,
        "internal_keys": {&rig.keys.signing_kid: &rig.keys.signing_public}, "bench": true,
        "limits": no_limits(),
    })
}

/// The table of limits with rates that no machine reaches: every bucket is judged as always, and none refuses. They fill in a
/// minute, like most of the built-in ones, so that leases last as long as theirs.
fn no_limits() -> Value {
    let mut table: Value = serde_json::from_str(attune_identity::limits::STANDARD).unwrap_or_default();
    unlimited::raise(&mut table, 60);
    table
}

/// The same bundle, bindings and classes as `wrangler.toml`.
fn configuration(rig: &Rig, folder: &Path, entry: Entry, port: u16, config: &Value) -> Result<String> {
    let template = Template::read(&rig.paths)?;
    let main = script(&rig.bundle)?;
    let name = main.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut modules = Vec::new();
    if entry == Entry::Counting {
        std::fs::write(folder.join("bundle/counting.mjs"), include_str!("counting.mjs")).at("counting.mjs")?;
        modules.push("counting.mjs");
    }
    // copies: a build that replaces the bundle must not change what is measured
    for (name, from) in [(name.as_str(), main.as_path()), ("index_bg.wasm", &rig.bundle.join("index_bg.wasm"))] {
        std::fs::copy(from, folder.join("bundle").join(name)).at(name)?;
        modules.push(name);
    }
    copy_assets(&main, &folder.join("assets"))?;
    let texts = [("CONFIG", config.to_string()), ("SECRETS", rig.keys.worker_secrets().to_string())];
    let script = Script {
        port,
        modules: modules.into_iter().map(|name| (name, format!("bundle/{name}"))).collect(),
        compatibility_date: template.compatibility_date()?,
        texts: &texts,
        objects: template.objects(),
        assets: Some("assets"),
        v8_flags: &rig.v8_flags,
    };
    Ok(script.configuration())
}
