//! `cargo dev up`: the whole system, until Ctrl-C.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use attune_dev::console::{self, note, title};
use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::{Paths, make_dir};
use attune_dev::process::managed::program;
use attune_dev::process::{procfs, signals};
use attune_dev::stack::{Functions, Options, Stack, Worker};
use attune_dev::state::State;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Come back to the prompt once everything is up; `cargo dev down` ends it
    #[arg(long)]
    detach: bool,
    /// Only the local cloud: queues, tables and buckets, without functions and Worker
    #[arg(long)]
    cloud_only: bool,
}

const ID: &str = "up";

/// Runs the command.
pub fn run(paths: &Paths, args: &Args) -> Result<ExitCode> {
    if State::read(paths)?.is_some_and(|state| state.alive()) {
        return Err(Error::other("it is up already: `cargo dev down` ends it"));
    }
    if args.detach {
        return detach(paths, args);
    }
    title("Attune on this machine");
    let options = Options {
        ports: attune_dev::stack::WantedPorts::usual(),
        functions: if args.cloud_only { Functions::None } else { Functions::Build },
        worker: if args.cloud_only { Worker::None } else { Worker::Build },
        ..Options::new(ID)
    };
    let mut stack = Stack::start(options)?;
    let tenant = if args.cloud_only { None } else { Some(stack.create_tenant("demo")?) };
    let state = State::of(&stack, !args.cloud_only, tenant);
    state.write(paths)?;
    show(&state);
    let ended = wait(&mut stack);
    let _ = std::fs::remove_file(paths.state());
    stack.stop();
    match ended {
        Err(Error::Interrupted) => Ok(ExitCode::SUCCESS),
        other => other.map(|()| ExitCode::SUCCESS),
    }
}

fn show(state: &State) {
    title("up");
    let line = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            note(&format!("{name:<18} {value}"));
        }
    };
    line("API", &state.api_url);
    line("AWS (LocalStack)", &Some(state.aws_endpoint.clone()));
    line("DynamoDB", &Some(state.dynamodb_endpoint.clone()));
    line("tenant", &state.tenant);
    line("API key", &state.api_key);
    line("operator key", &Some(state.operator_key.clone()));
    line("logs", &Some(state.logs.clone()));
    line("mail", &Some(state.mail.clone()));
    note("Ctrl-C or `cargo dev down` ends it");
}

fn wait(stack: &mut Stack) -> Result<()> {
    loop {
        signals::check()?;
        stack.check()?;
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Starts `up` in a session of its own and waits until it has written its state.
fn detach(paths: &Paths, args: &Args) -> Result<ExitCode> {
    let folder = paths.local.join("logs");
    make_dir(&folder)?;
    let path = folder.join("up.log");
    let log = std::fs::File::create(&path).at(&path)?;
    let mut command = Command::new(program()?);
    command.arg("up").args(args.cloud_only.then_some("--cloud-only"));
    command.stdin(Stdio::null()).stdout(log.try_clone().at(&path)?).stderr(log).process_group(0);
    let mut child = command.spawn().map_err(|source| Error::Start { program: "cargo dev up".into(), source })?;
    let pid = child.id() as i32;
    let started = Instant::now();
    let mut heartbeat = console::Heartbeat::new("starting", Duration::from_secs(10));
    loop {
        if let Some(state) = State::read(paths)?.filter(|state| state.pid == pid) {
            show(&state);
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(status) = child.try_wait().at(&path)? {
            let status = status.to_string();
            return Err(Error::Failed { program: "cargo dev up".into(), status, log: Some(path) });
        }
        if signals::interrupted() {
            signals::send(pid, nix::sys::signal::Signal::SIGTERM);
            while procfs::stat(pid).is_some_and(|stat| stat.state != 'Z') {
                std::thread::sleep(Duration::from_millis(50));
            }
            return Err(Error::Interrupted);
        }
        heartbeat.tick(started.elapsed(), String::new);
        std::thread::sleep(Duration::from_millis(100));
    }
}
