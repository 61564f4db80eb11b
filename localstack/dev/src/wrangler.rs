//! wrangler configurations made from the template `edge/api/wrangler.toml`.
//!
//! The template is ours and plain: keys before the first table, one table per heading. So it is edited as lines.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::{Error, Result};

/// The template without `[build]` and without vars of its own, `main` at `script`, and the var `CONFIG`.
///
/// `script` is an absolute path, and so is that of the assets: wrangler resolves paths from the folder of the configuration.
pub fn configuration(template: &str, script: &Path, config: &Value) -> Result<String> {
    configuration_with(template, script, config, &[])
}

/// As [`configuration`], with more top-level lines; each replaces a line of the same key.
pub fn configuration_with(template: &str, script: &Path, config: &Value, top: &[(&str, String)]) -> Result<String> {
    let mut lines = Vec::new();
    let mut top: Vec<(&str, String)> = top.to_vec();
    top.push(("main", quoted(&script.to_string_lossy())?));
    for (key, value) in &top {
        lines.push(format!("{key} = {value}"));
    }
    let mut table = String::new();
    for line in template.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with('[') && !trimmed.starts_with("[\"") && trimmed.ends_with(']') {
            table = trimmed.trim_matches(['[', ']']).trim().to_owned();
        }
        let generated = table == "build" || table == "vars" || table.starts_with("build.") || table.starts_with("env.");
        let replaced = table.is_empty()
            && trimmed.split_once('=').is_some_and(|(key, _)| top.iter().any(|(name, _)| *name == key.trim()));
        if table == "assets" && trimmed.starts_with("directory") {
            lines.push(format!("directory = {}", quoted(&assets(script).to_string_lossy())?));
            continue;
        }
        if !generated && !replaced && !trimmed.is_empty() && !trimmed.starts_with('#') {
            lines.push(line.to_owned());
        }
    }
    lines.push("[vars]".into());
    lines.push(format!("CONFIG = {}", quoted(&config.to_string())?));
    Ok(lines.join("\n") + "\n")
}

/// The folder of the static assets: beside the script.
pub fn assets(script: &Path) -> PathBuf {
    script.with_file_name("assets")
}

/// A TOML basic string: JSON's escapes are a subset of its own.
fn quoted(text: &str) -> Result<String> {
    serde_json::to_string(text).map_err(|error| Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEMPLATE: &str = r#"
name = "attune-edge"
main = "build/index.js"
compatibility_date = "2026-11-01"

[build]
command = "worker-build"

[vars]
CONFIG = "{}"

[assets]
binding = "ASSETS"
directory = "build/assets"

[[durable_objects.bindings]]
name = "OUTBOX"
class_name = "Outbox"
"#;

    #[test]
    fn drops_the_build_and_replaces_main_and_vars() {
        let text =
            configuration(TEMPLATE, Path::new("/x/build/index.js"), &json!({"cell": "eu1", "quote": "a\"b"})).unwrap();
        assert_eq!(
            text,
            "main = \"/x/build/index.js\"\nname = \"attune-edge\"\ncompatibility_date = \"2026-11-01\"\n\
             [assets]\nbinding = \"ASSETS\"\ndirectory = \"/x/build/assets\"\n[[durable_objects.bindings]]\nname = \"OUTBOX\"\nclass_name = \"Outbox\"\n[vars]\n\
             CONFIG = \"{\\\"cell\\\":\\\"eu1\\\",\\\"quote\\\":\\\"a\\\\\\\"b\\\"}\"\n"
        );
    }

    #[test]
    fn top_level_lines_replace_those_of_the_template() {
        let text =
            configuration_with(TEMPLATE, Path::new("/m.js"), &json!({}), &[("name", "\"other\"".into())]).unwrap();
        assert!(text.starts_with("name = \"other\"\nmain = \"/m.js\"\n"));
        assert!(!text.contains("attune-edge"));
    }
}
