//! The pages of the console, built into the Worker's static assets.

use std::path::Path;

use super::assets;
use crate::error::{IoContext, Result};
use crate::paths::{Paths, make_dir, write_atomic};
use crate::process::run::Step;
use crate::tools::Tools;

/// Builds the page on which a widget is changed: `console-preview.js`, `.htm` and `.css`.
pub fn write(paths: &Paths, tools: &Tools, folder: &Path) -> Result<()> {
    let sources = paths.root.join("edge/console/preview");
    make_dir(folder)?;
    for extension in ["htm", "css"] {
        let from = sources.join("preview").with_extension(extension);
        let text = std::fs::read(&from).at(&from)?;
        write_atomic(&folder.join("console-preview").with_extension(extension), &text)?;
    }
    let version = format!("--define:WIDGET_VERSION=\"{}\"", assets::widget_version(paths)?);
    let script = format!("--outfile={}", folder.join("console-preview.js").display());
    let command = [
        tools.node_modules.join("esbuild/bin/esbuild").to_string_lossy().into_owned(),
        sources.join("preview.ts").to_string_lossy().into_owned(),
        "--bundle".to_owned(),
        "--format=esm".to_owned(),
        "--target=es2022".to_owned(),
        "--minify".to_owned(),
        "--log-level=warning".to_owned(),
        version,
        script,
    ];
    let step = Step::new(&paths.root, command);
    let (ended, _) = step.output()?;
    step.expect_success(&ended, None)
}
