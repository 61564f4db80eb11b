//! The Worker's static assets: the OpenAPI document, the console's pages, and the widget in folders by version. On Cloudflare they are served beside the
//! Worker; `edge/widget/_headers` says with which headers.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use super::pages;
use crate::error::{Error, IoContext, Result};
use crate::paths::{Paths, make_dir, write_atomic};
use crate::process::run::Step;
use crate::tools::Tools;

/// Files by name.
pub type Files = BTreeMap<OsString, Vec<u8>>;

/// A version's files never change (RFC 8246).
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Writes all of them; what has not changed is not touched, since a Worker that runs watches the folder.
pub fn write(paths: &Paths, tools: &Tools, folder: &Path) -> Result<()> {
    let document = paths.root.join("shared/contracts/openapi.json");
    let text = std::fs::read_to_string(&document).at(&document)?;
    // without the spaces that are for readers of the file
    let document: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| Error::other(format!("openapi.json: {error}")))?;
    write_changed(&folder.join("openapi.json"), document.to_string().as_bytes())?;
    let versions = write_widget(paths, tools, &folder.join("widget"))?;
    let rules = paths.root.join("edge/widget/_headers");
    let rules = headers(std::fs::read_to_string(&rules).at(&rules)?, &versions);
    write_changed(&folder.join("_headers"), rules.as_bytes())?;
    pages::write(paths, tools, folder)
}

/// The rules for headers, with one for each version.
fn headers(mut rules: String, versions: &[String]) -> String {
    for version in versions {
        rules.push_str(&format!("\n/widget/{version}/*\n  ! Cache-Control\n  Cache-Control: {FOREVER}\n"));
    }
    rules
}

/// Version of the widget: that of its npm package.
pub fn widget_version(paths: &Paths) -> Result<String> {
    let file = paths.root.join("edge/widget/package.json");
    let text = std::fs::read_to_string(&file).at(&file)?;
    let package: serde_json::Value = serde_json::from_str(&text).map_err(|error| Error::other(error.to_string()))?;
    let version = package["version"].as_str().filter(|version| version.split('.').count() == 3);
    version.map(str::to_owned).ok_or_else(|| Error::other("edge/widget/package.json: no version x.y.z"))
}

/// The folders that follow the newest version.
fn followers(version: &str) -> [String; 2] {
    let major = version.split('.').next().unwrap_or_default();
    [format!("v{major}"), "latest".to_owned()]
}

/// Writes the folders of all versions, and of what follows the newest. The versions.
fn write_widget(paths: &Paths, tools: &Tools, folder: &Path) -> Result<Vec<String>> {
    let version = widget_version(paths)?;
    let built = build_widget(paths, &tools.node, &tools.node_modules)?;
    let mut folders: BTreeMap<String, Files> = BTreeMap::new();
    // A deploy replaces all assets. What was released stays, byte for byte: pages have pinned it.
    let releases = paths.root.join("edge/widget/releases");
    if releases.is_dir() {
        for entry in std::fs::read_dir(&releases).at(&releases)? {
            let entry = entry.at(&releases)?;
            let (name, files) = (entry.file_name().to_string_lossy().into_owned(), read(&entry.path())?);
            if name == version && files != built {
                return Err(Error::other(format!("widget {version} was released with other bytes: raise its version")));
            }
            folders.insert(name, files);
        }
    }
    folders.insert(version.clone(), built.clone());
    let versions = folders.keys().cloned().collect();
    folders.extend(followers(&version).map(|name| (name, built.clone())));
    make_dir(folder)?;
    for entry in std::fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        let wanted = path.file_name().and_then(|name| folders.get(name.to_string_lossy().as_ref()));
        match wanted {
            None => std::fs::remove_dir_all(&path).at(&path)?,
            Some(files) => {
                for name in read(&path)?.into_keys().filter(|name| !files.contains_key(name)) {
                    std::fs::remove_file(path.join(&name)).at(&path)?;
                }
            }
        }
    }
    for (name, files) in folders {
        for (file, bytes) in files {
            write_changed(&folder.join(&name).join(file), &bytes)?;
        }
    }
    Ok(versions)
}

/// Builds the widget into `.local/widget`: its script and the chunks that it loads.
pub fn build_widget(paths: &Paths, node: &Path, node_modules: &Path) -> Result<Files> {
    let out = paths.local.join("widget");
    if out.exists() {
        std::fs::remove_dir_all(&out).at(&out)?;
    }
    make_dir(&out)?;
    let script = paths.root.join("edge/widget/build.mjs");
    let command = [node, &script, node_modules, &out].map(|path| path.as_os_str().to_owned());
    let log = paths.local.join("logs/build-widget.log");
    write_atomic(&log, b"")?;
    let step = Step::new(&paths.root, command);
    let ended = step.log_to(&log, |_| ())?;
    step.expect_success(&ended, Some(log))?;
    read(&out)
}

/// The files of a folder.
pub fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).at(folder)? {
        let path = entry.at(folder)?.path();
        files.insert(path.file_name().unwrap_or_default().to_owned(), std::fs::read(&path).at(&path)?);
    }
    Ok(files)
}

fn write_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|found| found == bytes) { Ok(()) } else { write_atomic(path, bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_folders_follow_the_newest_version() {
        assert_eq!(followers("12.3.4"), ["v12", "latest"]);
    }

    #[test]
    fn only_versions_that_are_there_are_kept_for_ever() {
        let rules = headers("/widget/*\n  Cache-Control: no-cache\n".into(), &["1.0.0".into(), "1.1.0".into()]);
        assert_eq!(rules.matches("immutable").count(), 2);
        assert!(
            rules.ends_with(
                "\n/widget/1.1.0/*\n  ! Cache-Control\n  Cache-Control: public, max-age=31536000, immutable\n"
            )
        );
    }
}
