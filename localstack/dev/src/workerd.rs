//! Scripts under plain `workerd serve`: the configuration in Cap'n Proto's words, and the program.

use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::paths::Paths;

/// A script with what it is given. Files are named from the configuration's folder, in which a folder `objects` must be.
#[derive(Debug, Default)]
pub struct Script<'a> {
    /// It listens on this port of 127.0.0.1.
    pub port: u16,
    /// Modules, the entry first: each by its name and its file.
    pub modules: Vec<(&'a str, String)>,
    /// Day of the runtime's behaviour.
    pub compatibility_date: &'a str,
    /// Texts, by the names of their bindings.
    pub texts: &'a [(&'a str, String)],
    /// Classes of Durable Objects, by the names of their bindings.
    pub objects: Vec<(&'a str, &'a str)>,
    /// Folder of the static assets behind the binding `ASSETS`.
    pub assets: Option<&'a str>,
    /// Flags for V8.
    pub v8_flags: &'a [String],
}

impl Script<'_> {
    /// The configuration's text.
    pub fn configuration(&self) -> String {
        let modules = self.modules.iter().map(|(name, file)| {
            let kind = if name.ends_with(".wasm") { "wasm" } else { "esModule" };
            format!("(name = {}, {kind} = embed {})", quoted(name), quoted(file))
        });
        let texts = self.texts.iter().map(|(name, text)| format!("(name = {}, text = {})", quoted(name), quoted(text)));
        let objects = self
            .objects
            .iter()
            .map(|(name, class)| format!("(name = {}, durableObjectNamespace = {})", quoted(name), quoted(class)));
        let assets = self.assets.map(|_| "(name = \"ASSETS\", service = \"assets\")".to_owned());
        let namespaces = self
            .objects
            .iter()
            .map(|(_, class)| format!("(className = {0}, uniqueKey = {0}, enableSql = true)", quoted(class)));
        let folder = self.assets.map_or_else(String::new, |folder| {
            format!("             (name = \"assets\", disk = {}),\n", quoted(folder))
        });
        format!(
            "using Workerd = import \"/workerd/workerd.capnp\";\n\
             const config :Workerd.Config = (\n\
               services = [\n\
                 (name = \"main\", worker = .main),\n\
                 (name = \"disk\", disk = (path = \"objects\", writable = true)),\n\
             {folder}\
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
            port = self.port,
            flags = joined(self.v8_flags.iter().map(|flag| quoted(flag))),
            modules = joined(modules),
            date = quoted(self.compatibility_date),
            bindings = joined(texts.chain(assets).chain(objects)),
            namespaces = joined(namespaces),
        )
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// A text in Cap'n Proto's language: JSON's escapes of ASCII are the same.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The command that serves a configuration; Durable Objects on disk are experimental in workerd by itself.
pub fn serve(node_modules: &Path, configuration: &Path) -> Vec<std::ffi::OsString> {
    vec![program(node_modules).into(), "serve".into(), configuration.into(), "--experimental".into()]
}

fn program(node_modules: &Path) -> PathBuf {
    let package =
        if cfg!(target_arch = "aarch64") { "@cloudflare/workerd-linux-arm64" } else { "@cloudflare/workerd-linux-64" };
    node_modules.join(package).join("bin/workerd")
}

/// What `edge/api/wrangler.toml` says of our own Worker, as far as plain workerd is to do the same.
#[derive(Debug)]
pub struct Template(String);

impl Template {
    /// Reads the file.
    ///
    /// # Errors
    /// There is none.
    pub fn read(paths: &Paths) -> Result<Self> {
        let file = paths.root.join("edge/api/wrangler.toml");
        std::fs::read_to_string(&file).at(&file).map(Self)
    }

    /// The date of compatibility.
    ///
    /// # Errors
    /// It has none.
    pub fn compatibility_date(&self) -> Result<&str> {
        let dates = self.values("compatibility_date");
        dates.first().copied().ok_or_else(|| Error::other("wrangler.toml has no compatibility_date"))
    }

    /// Bindings of Durable Objects with their classes.
    pub fn objects(&self) -> Vec<(&str, &str)> {
        // the first name is the script's own, the others are those of bindings
        self.values("name").into_iter().skip(1).zip(self.values("class_name")).collect()
    }

    fn values(&self, key: &str) -> Vec<&str> {
        let values = self.0.lines().filter_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='));
        values.map(|value| value.trim().trim_matches('"')).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_and_classes_come_from_the_template() {
        let template = Template(
            "name = \"attune-api\"\ncompatibility_date = \"2026-09-01\"\n\n[[durable_objects.bindings]]\n\
             name = \"OUTBOX\"\nclass_name = \"Outbox\"\n\n[[durable_objects.bindings]]\n\
             name = \"TENANT\"\nclass_name = \"Tenant\"\n"
                .to_owned(),
        );
        let text = Script {
            port: 8787,
            modules: vec![("index.js", "bundle/index.js".to_owned()), ("index_bg.wasm", "bundle/a.wasm".to_owned())],
            compatibility_date: template.compatibility_date().unwrap(),
            texts: &[("CONFIG", "{\"a\":1}".to_owned())],
            objects: template.objects(),
            assets: Some("assets"),
            v8_flags: &["--x".to_owned()],
        }
        .configuration();
        for part in [
            "compatibilityDate = \"2026-09-01\"",
            "(name = \"index.js\", esModule = embed \"bundle/index.js\"), (name = \"index_bg.wasm\", wasm = embed \"bundle/a.wasm\")",
            "(name = \"CONFIG\", text = \"{\\\"a\\\":1}\"), (name = \"ASSETS\", service = \"assets\")",
            "(name = \"assets\", disk = \"assets\")",
            "(name = \"OUTBOX\", durableObjectNamespace = \"Outbox\")",
            "(className = \"Tenant\", uniqueKey = \"Tenant\", enableSql = true)",
            "address = \"127.0.0.1:8787\"",
            "v8Flags = [\"--x\"]",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let bare = Script { objects: vec![("A", "B")], ..Script::default() }.configuration();
        assert!(!bare.contains("assets") && !bare.contains("ASSETS"), "{bare}");
    }
}
