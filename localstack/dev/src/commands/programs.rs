//! `cargo dev bench`: a program of another crate, with everything that it needs set up.

use std::process::ExitCode;

use attune_dev::console::title;
use attune_dev::error::Result;
use attune_dev::paths::Paths;
use attune_dev::process::managed::{PROGRAM, program};
use attune_dev::process::run::Step;
use attune_dev::stack;
use attune_dev::tools::Tools;

/// Runs the benchmarks.
pub fn bench(paths: &Paths, arguments: &[String]) -> Result<ExitCode> {
    title("set up");
    let tools = Tools::install(paths)?;
    super::test::build(paths, &tools)?;
    // the smallest builds of the functions take minutes, and only these parts look at them
    if !arguments.iter().any(|a| a == "--only") || arguments.iter().any(|a| a == "functions" || a == "cost") {
        super::package::dist(paths)?;
    }
    run(paths, &["--release", "-p", "attune-bench"], &tools, arguments)
}

fn run(paths: &Paths, cargo: &[&str], tools: &Tools, arguments: &[String]) -> Result<ExitCode> {
    let mut command = vec!["cargo".to_owned(), "run".into(), "--quiet".into(), "--locked".into()];
    command.extend(cargo.iter().map(|argument| (*argument).to_owned()));
    command.push("--".into());
    command.extend(arguments.iter().cloned());
    let step = Step::new(&paths.root, command)
        .env(PROGRAM, program()?.to_string_lossy())
        .env(stack::BUILT, "1")
        .env("ATTUNE_NODE", tools.node.to_string_lossy())
        .env("ATTUNE_NODE_MODULES", tools.node_modules.to_string_lossy());
    let ended = step.show()?;
    Ok(if ended.success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
