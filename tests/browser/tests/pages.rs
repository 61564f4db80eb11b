//! Every check of a page, as a test of its name. Without a browser they are ignored, each by its name.

use attune_browser_tests::Runner;
use attune_dev::error::Error;
use attune_dev::paths::Paths;
use attune_dev::stack::{Functions, Options, Stack};
use attune_dev::tools::find_chromium;
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

/// The runner, and the system that its browser talks to from the first check on.
struct Browser {
    runner: Runner,
    chromium: PathBuf,
    system: Option<Result<Stack, String>>,
}

impl Browser {
    fn run(&mut self, name: &str) -> Result<(), Failed> {
        let Self { runner, chromium, system } = self;
        let begin = || {
            // of the cloud only what the Worker hands its messages to
            let options = Options { functions: Functions::None, ..Options::new("browser") };
            let stack = Stack::start(options).map_err(|e| e.to_string())?;
            runner.open(chromium, &stack.url(), &stack.keys.operator_key).map_err(|e| e.to_string())?;
            Ok(stack)
        };
        let stack = match system.get_or_insert_with(begin) {
            Ok(stack) => stack,
            Err(reason) => return Err(reason.clone().into()),
        };
        let mut serve = |ask: &str| match ask {
            "restart" => stack.kill_workerd().and_then(|()| stack.restart_worker()),
            other => Err(Error::other(format!("a check asks for {other}"))),
        };
        Ok(runner.run(name, &mut serve)?)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let started = Paths::find().and_then(|paths| Runner::start(&paths));
    let runner = match started {
        Ok(runner) => runner,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let chromium = find_chromium();
    let names = runner.names.clone();
    let missing = chromium.is_none();
    let browser = Browser { runner, chromium: chromium.unwrap_or_default(), system: None };
    let browser = Arc::new(Mutex::new(browser));
    let trials = names.into_iter().map(|name| {
        let browser = Arc::clone(&browser);
        let shown = name.clone();
        let run = move || browser.lock().unwrap_or_else(PoisonError::into_inner).run(&name);
        Trial::test(shown, run).with_ignored_flag(missing)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // closes the browser, then ends the system
    drop(browser);
    conclusion.exit_code()
}
