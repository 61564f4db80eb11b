//! The Worker under plain `workerd serve`: the same bundle, bindings and classes as `edge/api/wrangler.toml`, in Cap'n Proto's words.

use std::path::{Path, PathBuf};

use super::{Stack, script};
use crate::error::{Error, IoContext, Result};
use crate::paths::make_dir;
use crate::process::Service;
use crate::wrangler;

impl Stack {
    pub(super) fn workerd(&self, folder: PathBuf) -> Result<Service> {
        for part in ["objects", "bundle", "assets"] {
            make_dir(&folder.join(part))?;
        }
        let template = self.paths.root.join("edge/api/wrangler.toml");
        let template = std::fs::read_to_string(&template).at(&template)?;
        let bundle = self.worker_bundle.clone().unwrap_or_else(|| self.paths.root.join("edge/api/build"));
        let main = script(&bundle)?;
        // copies: a build that replaces the bundle must not change what runs
        let wasm = bundle.join("index_bg.wasm");
        for from in [&main, &wasm] {
            let to = folder.join("bundle").join(from.file_name().unwrap_or_default());
            std::fs::copy(from, &to).at(from)?;
        }
        // what the Worker asks for; the widget's folder is served beside it, which workerd by itself does not do
        let assets = wrangler::assets(&main);
        for entry in std::fs::read_dir(&assets).at(&assets)? {
            let from = entry.at(&assets)?.path();
            if from.is_file() {
                std::fs::copy(&from, folder.join("assets").join(file_name(&from))).at(&from)?;
            }
        }
        let texts = [("CONFIG", self.worker_config().to_string()), ("SECRETS", self.keys.worker_secrets().to_string())];
        let text = configuration(&template, self.ports.worker, &file_name(&main), &texts)?;
        let file = folder.join("workerd.capnp");
        std::fs::write(&file, text).at(&file)?;
        let program = self.tools.node_modules.join(platform_package()).join("bin/workerd");
        let mut command = vec![program.into_os_string(), "serve".into(), file.into_os_string()];
        // Durable Objects on disk are experimental in workerd by itself
        command.push("--experimental".into());
        Ok(Service { command, folder, ..self.service("worker") })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Name of the npm package with workerd for this machine.
fn platform_package() -> &'static str {
    if cfg!(target_arch = "aarch64") { "@cloudflare/workerd-linux-arm64" } else { "@cloudflare/workerd-linux-64" }
}

/// The values of a key in the template, quoted as they stand there.
fn values<'a>(template: &'a str, key: &str) -> Vec<&'a str> {
    template.lines().filter_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('=')).map(str::trim).collect()
}

fn configuration(template: &str, port: u16, main: &str, texts: &[(&str, String)]) -> Result<String> {
    let (names, classes) = (values(template, "name"), values(template, "class_name"));
    // the first name is the script's own, the others are those of bindings
    let objects: Vec<_> = names.into_iter().skip(1).zip(classes).collect();
    let dates = values(template, "compatibility_date");
    let date = dates.first().ok_or_else(|| Error::other("wrangler.toml has no compatibility_date"))?;
    let mut bindings = Vec::new();
    for (name, text) in texts {
        bindings.push(format!("(name = \"{name}\", text = {})", quoted(text)?));
    }
    bindings.push("(name = \"ASSETS\", service = \"assets\")".to_owned());
    bindings.extend(objects.iter().map(|(name, class)| format!("(name = {name}, durableObjectNamespace = {class})")));
    let namespaces: Vec<_> = objects
        .iter()
        .map(|(_, class)| format!("(className = {class}, uniqueKey = {class}, enableSql = true)"))
        .collect();
    let embedded = quoted(&format!("bundle/{main}"))?;
    let main = quoted(main)?;
    Ok(format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n\
           services = [\n\
             (name = \"main\", worker = .main),\n\
             (name = \"disk\", disk = (path = \"objects\", writable = true)),\n\
             (name = \"assets\", disk = \"assets\"),\n\
             (name = \"out\", network = (allow = [\"local\", \"private\", \"public\"])),\n\
           ],\n\
           sockets = [(name = \"http\", address = \"127.0.0.1:{port}\", http = (), service = \"main\")],\n\
         );\n\
         const main :Workerd.Worker = (\n\
           modules = [(name = {main}, esModule = embed {embedded}),\n\
             (name = \"index_bg.wasm\", wasm = embed \"bundle/index_bg.wasm\")],\n\
           compatibilityDate = {date},\n\
           bindings = [{bindings}],\n\
           durableObjectNamespaces = [{namespaces}],\n\
           durableObjectStorage = (localDisk = \"disk\"),\n\
           globalOutbound = \"out\",\n\
         );\n",
        bindings = bindings.join(", "),
        namespaces = namespaces.join(", "),
    ))
}

/// A text in Cap'n Proto's language: JSON's escapes of ASCII are the same.
fn quoted(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|error| Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_and_classes_come_from_the_template() {
        let template = "name = \"attune-api\"\ncompatibility_date = \"2026-09-01\"\n\n[[durable_objects.bindings]]\n\
                        name = \"OUTBOX\"\nclass_name = \"Outbox\"\n\n[[durable_objects.bindings]]\n\
                        name = \"TENANT\"\nclass_name = \"Tenant\"\n";
        let text = configuration(template, 8787, "index.js", &[("CONFIG", "{\"a\":1}".into())]).unwrap();
        for part in [
            "compatibilityDate = \"2026-09-01\"",
            "(name = \"CONFIG\", text = \"{\\\"a\\\":1}\"), (name = \"ASSETS\", service = \"assets\")",
            "(name = \"OUTBOX\", durableObjectNamespace = \"Outbox\")",
            "(className = \"Tenant\", uniqueKey = \"Tenant\", enableSql = true)",
            "address = \"127.0.0.1:8787\"",
            "embed \"bundle/index.js\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
