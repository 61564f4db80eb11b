//! `cargo dev package`: what is deployed. Function zips for arm64, the Worker's bundle and the widget, with their sizes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use attune_dev::console::{self, note, title};
use attune_dev::error::{IoContext, Result};
use attune_dev::paths::{Paths, make_dir, write_atomic};
use attune_dev::process::run::Step;
use attune_dev::resources::Local;
use attune_dev::stack;
use attune_dev::tools::{self, Tools};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha384};

/// Folder of the packages.
pub fn folder(paths: &Paths) -> PathBuf {
    paths.local.join("package")
}

/// Runs the command.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    title("functions for arm64");
    let zips = functions(paths)?;
    title("Worker");
    let tools = Tools::install(paths)?;
    let bundle = stack::build_worker(paths, &tools)?;
    let out = folder(paths).join("worker");
    make_dir(&out)?;
    let mut packed = 0;
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(&bundle).at(&bundle)? {
        let path = entry.at(&bundle)?.path();
        let ships = path.extension().is_some_and(|kind| kind == "js" || kind == "wasm" || kind == "mjs");
        if let (true, Some(name)) = (ships, path.file_name()) {
            std::fs::copy(&path, out.join(name)).at(&path)?;
            let gzip = gzip_size(paths, &path)?;
            packed += gzip;
            sizes.push((name.to_string_lossy().into_owned(), size(&path)?, gzip));
        }
    }
    copy_assets(&bundle.join("assets"), &out.join("assets"))?;
    title(&format!("packages in {}", folder(paths).display()));
    for zip in zips {
        let name = zip.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        note(&format!("{name:<28} {:>9} bytes", size(&zip)?));
    }
    for (name, plain, gzip) in sizes {
        note(&format!("worker/{name:<21} {plain:>9} bytes, {gzip} gzip"));
    }
    note(&format!("Worker in all: {packed} bytes gzip"));
    widget(paths, &out.join("assets/widget"))?;
    Ok(ExitCode::SUCCESS)
}

/// The widget's files, and how a page pins them (Subresource Integrity, section 3).
fn widget(paths: &Paths, folder: &Path) -> Result<()> {
    let version = stack::widget_version(paths)?;
    let folder = folder.join(&version);
    title(&format!("widget {version}"));
    let mut pinned = String::new();
    for (name, bytes) in stack::files(&folder)? {
        let name = name.to_string_lossy();
        let integrity = format!("sha384-{}", STANDARD.encode(Sha384::digest(&bytes)));
        let gzip = gzip_size(paths, &folder.join(&*name))?;
        note(&format!("{name:<14} {:>8} bytes, {gzip:>7} gzip  {integrity}", bytes.len()));
        if name == "widget.js" {
            pinned = integrity;
        }
    }
    let tag = format!("<script async src=\"https://YOUR-API/widget/{version}/widget.js\" integrity=\"{pinned}\"");
    note(&format!("{tag} crossorigin data-key=\"pk_…\"></script>"));
    npm_package(paths, &folder)
}

/// The folder that `npm publish` takes.
fn npm_package(paths: &Paths, built: &Path) -> Result<()> {
    let (from, out) = (paths.root.join("edge/widget"), self::folder(paths).join("widget"));
    for name in ["package.json", "index.d.mts", "README.md"] {
        write_atomic(&out.join(name), &std::fs::read(from.join(name)).at(&from)?)?;
    }
    let license = paths.root.join("LICENSE");
    write_atomic(&out.join("LICENSE"), &std::fs::read(&license).at(&license)?)?;
    for (name, bytes) in stack::files(built)? {
        write_atomic(&out.join("dist").join(name), &bytes)?;
    }
    note(&format!("npm package in {}", out.display()));
    Ok(())
}

/// Static assets are served beside the script: they are no part of its size.
fn copy_assets(from: &Path, to: &Path) -> Result<()> {
    make_dir(to)?;
    for entry in std::fs::read_dir(from).at(from)? {
        let path = entry.at(from)?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy_assets(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).at(&path)?;
        }
    }
    Ok(())
}

fn size(path: &Path) -> Result<u64> {
    Ok(path.metadata().at(path)?.len())
}

fn gzip_size(paths: &Paths, path: &Path) -> Result<u64> {
    let script = format!("gzip -9 -c '{}' | wc -c", path.display());
    let (_, text) = Step::new(&paths.root, ["sh", "-c", &script]).output()?;
    Ok(text.trim().parse().unwrap_or(0))
}

fn function_names() -> Result<Vec<String>> {
    Ok(Local::load(None)?.all.functions.into_keys().collect())
}

/// Builds the functions for this machine with the profile that is deployed, for measurements.
pub fn dist(paths: &Paths) -> Result<PathBuf> {
    let mut command = ["cargo", "build", "--locked", "--quiet", "--profile", "dist"].map(str::to_owned).to_vec();
    for name in function_names()? {
        command.extend(["-p".to_owned(), name]);
    }
    let step = Step::new(&paths.root, command);
    let ended = step.show()?;
    step.expect_success(&ended, None)?;
    console::done("functions, profile dist", ended.took);
    Ok(paths.target.join("dist"))
}

/// Builds the zips, `<function>.zip` with only `bootstrap` in it.
fn functions(paths: &Paths) -> Result<Vec<PathBuf>> {
    let tool = tools::CARGO_LAMBDA.install(paths)?;
    let out = folder(paths);
    make_dir(&out)?;
    let names = function_names()?;
    // the host's architecture builds into the same folder by default
    let build = paths.local.join("lambda-arm64");
    let mut command = vec![tool.join("bin/cargo-lambda").to_string_lossy().into_owned()];
    command.extend(["lambda", "build", "--arm64", "--profile", "dist", "--output-format", "zip"].map(str::to_owned));
    command.extend(["--lambda-dir".to_owned(), build.to_string_lossy().into_owned()]);
    for name in &names {
        command.extend(["--package".to_owned(), name.clone()]);
    }
    let step = Step::new(&paths.root, command).env("PATH", zig_path(&tool));
    let ended = step.show()?;
    step.expect_success(&ended, None)?;
    let mut zips = Vec::new();
    for name in names {
        let (from, to) = (build.join(&name).join("bootstrap.zip"), out.join(format!("{name}.zip")));
        std::fs::copy(&from, &to).at(&from)?;
        zips.push(to);
    }
    Ok(zips)
}

/// cargo-lambda looks for zig on the path, or as a module of the Python there.
fn zig_path(tool: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = tool.join("bin");
    format!("{}:{path}", bin.display())
}
