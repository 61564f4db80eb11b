//! The Worker under plain `workerd serve`: the same bundle, bindings and classes as `edge/api/wrangler.toml`.

use std::path::{Path, PathBuf};

use super::{Stack, script};
use crate::error::{IoContext, Result};
use crate::paths::make_dir;
use crate::process::Service;
use crate::workerd::{Script, Template, serve};
use crate::wrangler;

impl Stack {
    pub(super) fn workerd(&self, folder: PathBuf) -> Result<Service> {
        for part in ["objects", "bundle", "assets"] {
            make_dir(&folder.join(part))?;
        }
        let template = Template::read(&self.paths)?;
        let bundle = self.worker_bundle.clone().unwrap_or_else(|| self.paths.root.join("edge/api/build"));
        let main = script(&bundle)?;
        // copies: a build that replaces the bundle must not change what runs
        let wasm = bundle.join("index_bg.wasm");
        for from in [&main, &wasm] {
            let to = folder.join("bundle").join(file_name(from));
            std::fs::copy(from, &to).at(from)?;
        }
        copy_assets(&main, &folder.join("assets"))?;
        let texts = [("CONFIG", self.worker_config().to_string()), ("SECRETS", self.keys.worker_secrets().to_string())];
        let names = [file_name(&main), file_name(&wasm)];
        let text = Script {
            port: self.ports.worker,
            modules: names.iter().map(|name| (name.as_str(), format!("bundle/{name}"))).collect(),
            compatibility_date: template.compatibility_date()?,
            texts: &texts,
            objects: template.objects(),
            assets: Some("assets"),
            v8_flags: &[],
        }
        .configuration();
        let file = folder.join("workerd.capnp");
        std::fs::write(&file, text).at(&file)?;
        let command = serve(&self.tools.node_modules, &file);
        Ok(Service { command, folder, ..self.service("worker") })
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What the Worker asks for; the widget's folder is served beside it, which workerd by itself does not do.
///
/// # Errors
/// There are none, or they cannot be written.
pub fn copy_assets(main: &Path, to: &Path) -> Result<()> {
    let assets = wrangler::assets(main);
    for entry in std::fs::read_dir(&assets).at(&assets)? {
        let from = entry.at(&assets)?.path();
        if from.is_file() {
            std::fs::copy(&from, to.join(file_name(&from))).at(&from)?;
        }
    }
    Ok(())
}
