//! What the widget costs the page that embeds it, beside the widgets of two others, in the same browser and run: `js/widget/measure.mjs`
//! opens each page in turn.

use crate::error::{At, Error, Result};
use crate::measure::median;
use crate::report::{Bound, Report};
use attune_dev::paths::Paths;
use attune_dev::stack::build_widget;
use attune_dev::tools::{find_chromium, find_node, npm_packages, widget_peers};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const PART: &str = "widget";
/// Launcher, panel, chat, accessibility and two languages, bytes of gzip -9.
const SCRIPT: f64 = 10_000.0;
/// Everything that a call needs: the smaller of two complete widgets of others, bytes of gzip -9.
const VOICE: f64 = 184_000.0;
/// What a press on the microphone loads, beside the script.
const CALL: [&str; 2] = ["call.js", "voice.js"];
const PEERS: [&str; 2] = ["elevenlabs", "vapi"];
/// The page alone.
const NONE: &str = "none";
const OURS: &str = "attune";

/// Values by side and measure, a value per round.
type Values = BTreeMap<(String, String), Vec<f64>>;

/// Measures and reports.
///
/// # Errors
/// A tool is missing, the widget does not build, or a page does not load it.
pub fn run(paths: &Paths, rounds: usize, report: &mut Report) -> Result<()> {
    let Some(chromium) = find_chromium() else {
        report.skip(PART, "there is no Chromium");
        return Ok(());
    };
    let (node, tools) = (find_node(paths)?, npm_packages(paths)?);
    let built = build_widget(paths, &node, &tools)?;
    let folder = paths.local.join("widget");
    let script = gzip(&folder.join("widget.js"))?;
    report.require(PART, "widget.js, gzip -9", script, "bytes", Bound::AtMost(SCRIPT));
    let mut voice = script;
    for name in CALL {
        if built.contains_key(std::ffi::OsStr::new(name)) {
            voice += gzip(&folder.join(name))?;
        } else {
            report.skip(format!("voice path: {name}"), "the build has no such file");
        }
    }
    report.require(PART, "a whole call with widget.js, gzip -9", voice, "bytes", Bound::AtMost(VOICE));
    let peers = widget_peers(paths)?.join("node_modules");
    let mut command = Command::new(node);
    command.arg(paths.root.join("tests/bench/js/widget/measure.mjs")).args([&tools, &peers, &folder, &chromium]);
    tell(&measured(command.arg(rounds.to_string()))?, report)
}

/// Runs the measurement; ends it when this ends.
fn measured(command: &mut Command) -> Result<Values> {
    let mut child = command.stdout(Stdio::piped()).spawn().at("node")?;
    let lines = child.stdout.take().map(BufReader::new).ok_or_else(|| Error::wrong("node has no output"))?;
    let mut values = Values::new();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(&line.at("node's output")?)?;
        let (side, measures) = match line["side"].as_str() {
            Some(side) => (side, &line),
            None => ("lighthouse", &line["lighthouse"]),
        };
        for (name, value) in measures.as_object().into_iter().flatten() {
            if let Some(value) = value.as_f64() {
                values.entry((side.to_owned(), name.clone())).or_default().push(value);
            }
        }
    }
    let ended = child.wait().at("node")?;
    if ended.success() { Ok(values) } else { Err(Error::wrong(format!("measure.mjs: {ended}"))) }
}

fn tell(values: &Values, report: &mut Report) -> Result<()> {
    let all = |side: &str, name: &str| {
        let found = values.get(&(side.to_owned(), name.to_owned()));
        found.ok_or_else(|| Error::wrong(format!("nothing was measured: {side}, {name}")))
    };
    let of = |side: &str, name: &str| all(side, name).map(|values| median(values));
    let how = "median of rounds, the main thread's own time in Chromium at 4x CPU slow-down";
    let evaluation = of(OURS, "evaluation_ms")?;
    report.require_how(PART, "evaluation of the script", (evaluation, "ms"), Bound::AtMost(5.0), how);
    report.tell(PART, "all runs of the script until the page is quiet", of(OURS, "script_ms")?, "ms");
    let worst = |name: &str| Ok::<f64, Error>(all(OURS, name)?.iter().copied().fold(0.0, f64::max));
    report.require(PART, "layout shift, worst round", worst("shift")?, "CLS", Bound::AtMost(0.0));
    report.require(PART, "long tasks, worst round", worst("long_tasks")?, "tasks", Bound::AtMost(0.0));
    report.require(PART, "requests before opening", worst("requests")?, "requests", Bound::AtMost(1.0));
    // what the page alone takes is no widget's
    let more = |side: &str| Ok::<f64, Error>((of(side, "main_thread_ms")? - of(NONE, "main_thread_ms")?).max(0.0));
    let ours = more(OURS)?;
    report.tell(PART, "main thread until the page is quiet, above the page alone", ours, "ms");
    for peer in PEERS {
        let bytes = of(peer, "bytes")?;
        report.require(PART, format!("script, beside {peer}"), of(OURS, "bytes")?, "bytes", Bound::Below(bytes));
        let theirs = of(peer, "evaluation_ms")?;
        report.require(PART, format!("evaluation, beside {peer}"), evaluation, "ms", Bound::Below(theirs));
        report.require(PART, format!("main thread, beside {peer}"), ours, "ms", Bound::Below(more(peer)?));
        for (name, unit) in [("script_ms", "ms"), ("requests", "requests"), ("shift", "CLS"), ("long_tasks", "tasks")] {
            report.tell(
                PART,
                format!("{peer}: {}", name.trim_end_matches("_ms").replace('_', " ")),
                of(peer, name)?,
                unit,
            );
        }
    }
    for name in ["performance", "accessibility"] {
        let score = of("lighthouse", name)?;
        report.require(PART, format!("Lighthouse {name} of a page with it"), score, "points", Bound::AtLeast(98.0));
    }
    Ok(())
}

/// Size after gzip -9.
fn gzip(path: &Path) -> Result<f64> {
    let out = Command::new("gzip").args(["-9", "-c"]).arg(path).output().at("gzip")?;
    #[expect(clippy::cast_precision_loss, reason = "less than a megabyte")]
    let size = out.stdout.len() as f64;
    if out.status.success() { Ok(size) } else { Err(Error::wrong(format!("gzip {}", path.display()))) }
}
