//! The built Worker under plain `workerd serve`: no proxy between, Durable Objects with SQLite on disk.

use crate::error::{At, Error, Result};
use crate::rig::{CELL, ENVIRONMENT, REGION, Rig, pid_of, prefix, queue_url_prefix};
use crate::standin::Standin;
use attune_dev::http;
use attune_dev::paths::make_dir;
use attune_dev::process::{Managed, ports};
use attune_dev::stack::{SCOPES, script};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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
        for part in ["objects", "bundle"] {
            make_dir(&folder.join(part))?;
        }
        let port = ports::free(None)?;
        let config = config(rig, standin, dynamodb);
        let capnp = configuration(rig, &folder, entry, port, &config)?;
        let file = folder.join("workerd.capnp");
        std::fs::write(&file, capnp).at("workerd's configuration")?;
        let command =
            vec![program(rig)?.into_os_string(), "serve".into(), file.into_os_string(), "--experimental".into()];
        let mut process = rig.service(name, command).start()?;
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
    raise(&mut table);
    table
}

fn raise(value: &mut Value) {
    let Some(members) = value.as_object_mut() else { return };
    if members.contains_key("burst") {
        *value = json!({"burst": 1_000_000, "tokens": 1_000_000, "seconds": 60});
        return;
    }
    members.values_mut().for_each(raise);
}

/// The program.
///
/// # Errors
/// It is not installed.
pub fn program(rig: &Rig) -> Result<PathBuf> {
    let modules = attune_dev::tools::npm_packages(&rig.paths)?;
    Ok(modules.join(platform_package()).join("bin/workerd"))
}

/// The date of `wrangler.toml`, quoted.
///
/// # Errors
/// There is no such file.
pub fn compatibility_date(rig: &Rig) -> Result<String> {
    let template = std::fs::read_to_string(rig.paths.root.join("edge/api/wrangler.toml")).at("wrangler.toml")?;
    let date = template.lines().find_map(|line| line.strip_prefix("compatibility_date = "));
    date.map(str::to_owned).ok_or_else(|| Error::wrong("wrangler.toml has no compatibility_date"))
}

/// Name of the npm package with workerd for this machine.
fn platform_package() -> &'static str {
    if cfg!(target_arch = "aarch64") { "@cloudflare/workerd-linux-arm64" } else { "@cloudflare/workerd-linux-64" }
}

const CLASSES: [(&str, &str); 8] = [
    ("OUTBOX", "Outbox"),
    ("CONTROL_ROOM", "ControlRoom"),
    ("TENANT", "Tenant"),
    ("REGISTRY", "Registry"),
    ("SESSION", "Session"),
    ("ROOM", "Room"),
    ("LIMITER", "Limiter"),
    ("CHAT_ROOM", "ChatRoom"),
];

/// The configuration: the same bundle, bindings and classes as `wrangler.toml`.
fn configuration(rig: &Rig, folder: &Path, entry: Entry, port: u16, config: &Value) -> Result<String> {
    let date = compatibility_date(rig)?;
    let bundle = &rig.bundle;
    let main = script(bundle)?;
    let mut modules = Vec::new();
    let mut add = |name: &str, kind: &str, from: &Path| -> Result<()> {
        // a copy: a build that replaces the bundle must not change what is measured
        std::fs::copy(from, folder.join("bundle").join(name)).at(name)?;
        modules.push(format!("(name = {}, {kind} = embed {})", quoted(name)?, quoted(&format!("bundle/{name}"))?));
        Ok(())
    };
    if entry == Entry::Counting {
        let file = folder.join("counting.mjs");
        std::fs::write(&file, include_str!("counting.mjs")).at("counting.mjs")?;
        add("counting.mjs", "esModule", &file)?;
    }
    let name = main.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    add(&name, "esModule", &main)?;
    add("index_bg.wasm", "wasm", &bundle.join("index_bg.wasm"))?;
    let mut bindings = vec![
        format!("(name = \"CONFIG\", text = {})", quoted(&config.to_string())?),
        format!("(name = \"SECRETS\", text = {})", quoted(&rig.keys.worker_secrets().to_string())?),
    ];
    bindings.extend(CLASSES.map(|(name, class)| format!("(name = \"{name}\", durableObjectNamespace = \"{class}\")")));
    let namespaces = CLASSES
        .map(|(_, class)| format!("(className = \"{class}\", uniqueKey = \"attune-{class}\", enableSql = true)"));
    Ok(format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n\
           services = [\n\
             (name = \"main\", worker = .main),\n\
             (name = \"disk\", disk = (path = {objects}, writable = true)),\n\
             (name = \"out\", network = (allow = [\"local\", \"private\", \"public\"])),\n\
           ],\n\
           sockets = [(name = \"http\", address = \"127.0.0.1:{port}\", http = (), service = \"main\")],\n\
           v8Flags = [{flags}],\n\
         );\n\
         const main :Workerd.Worker = (\n\
           modules = [{modules}],\n\
           compatibilityDate = {date},\n\
           bindings = [{bindings}],\n\
           durableObjectNamespaces = [{namespaces}],\n\
           durableObjectStorage = (localDisk = \"disk\"),\n\
           globalOutbound = \"out\",\n\
         );\n",
        objects = quoted(&folder.join("objects").to_string_lossy())?,
        modules = modules.join(", "),
        flags = rig.v8_flags.iter().map(|flag| quoted(flag)).collect::<Result<Vec<_>>>()?.join(", "),
        bindings = bindings.join(", "),
        namespaces = namespaces.join(", "),
    ))
}

/// A text in Cap'n Proto's language: JSON's escapes of ASCII are the same.
///
/// # Errors
/// None; JSON of a text is always there.
pub fn quoted(text: &str) -> Result<String> {
    Ok(serde_json::to_string(text)?)
}
