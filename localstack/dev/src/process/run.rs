//! Commands that run to their end: builds, installers, test suites.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::{signals, spawner};
use crate::error::{Error, IoContext, Result};

/// A command with its surroundings.
#[derive(Debug, Clone)]
pub struct Step {
    /// Program and arguments.
    pub command: Vec<OsString>,
    /// Added to the environment.
    pub environment: Vec<(String, String)>,
    /// Removed from the environment.
    pub without: Vec<String>,
    /// Working folder.
    pub folder: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code 0.
    pub success: bool,
    /// Exit status in words.
    pub status: String,
    /// Wall-clock time.
    pub took: Duration,
}

impl Step {
    /// A command in a folder.
    pub fn new<S: Into<OsString>>(folder: impl Into<PathBuf>, command: impl IntoIterator<Item = S>) -> Self {
        let command = command.into_iter().map(Into::into).collect();
        Self { command, environment: Vec::new(), without: Vec::new(), folder: folder.into() }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// The command as a user would type it.
    pub fn shown(&self) -> String {
        self.command.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    fn command(&self) -> Result<Command> {
        let program = super::managed::program()?;
        let mut command = Command::new(&program);
        command.env(super::managed::PROGRAM, program);
        command.args(["supervise", "--parent", &std::process::id().to_string(), "--"]).args(&self.command);
        command.current_dir(&self.folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        for name in &self.without {
            command.env_remove(name);
        }
        // a group of its own: an interrupt ends all of it, by us, in order
        command.stdin(Stdio::null()).process_group(0);
        Ok(command)
    }

    fn start(&self, command: Command) -> Result<Running> {
        let source = |source| Error::Start { program: self.command[0].to_string_lossy().into_owned(), source };
        let child = spawner::spawn(command).map_err(source)?;
        Ok(Running { child, started: Instant::now() })
    }

    /// Runs with the output on the terminal.
    pub fn show(&self) -> Result<Ended> {
        self.start(self.command()?)?.finish(None, |_| ())
    }

    /// Runs with the output in a file; `tick` is called a few times a second with the time since the start.
    pub fn log_to(&self, log: &PathBuf, tick: impl FnMut(Duration)) -> Result<Ended> {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).at(log)?;
        let mut command = self.command()?;
        command.stderr(file.try_clone().at(log)?).stdout(file);
        self.start(command)?.finish(None, tick)
    }

    /// Runs and gives the standard output; standard error goes to the terminal.
    pub fn output(&self) -> Result<(Ended, String)> {
        let mut command = self.command()?;
        command.stdout(Stdio::piped());
        let mut text = String::new();
        let ended = self.start(command)?.finish(Some(&mut |line| text.push_str(line)), |_| ())?;
        Ok((ended, text))
    }

    /// Runs and hands each line of standard output and standard error to `line` while it runs.
    pub fn lines(&self, line: &mut dyn FnMut(&str)) -> Result<Ended> {
        // both streams into one pipe, so that lines keep their order
        let (reader, writer) = std::io::pipe().at("pipe")?;
        let mut command = self.command()?;
        command.stderr(writer.try_clone().at("pipe")?).stdout(writer);
        self.start(command)?.finish_reading(Some(Box::new(reader)), Some(line), |_| ())
    }

    /// Fails unless the command succeeds.
    pub fn expect_success(&self, ended: &Ended, log: Option<PathBuf>) -> Result<()> {
        if ended.success {
            return Ok(());
        }
        Err(Error::Failed { program: self.shown(), status: ended.status.clone(), log })
    }
}

struct Running {
    child: Child,
    started: Instant,
}

type LineSink<'a> = Option<&'a mut dyn FnMut(&str)>;

impl Running {
    fn finish(mut self, sink: LineSink<'_>, tick: impl FnMut(Duration)) -> Result<Ended> {
        let stdout = self.child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
        self.finish_reading(stdout, sink, tick)
    }

    fn finish_reading(
        mut self,
        reader: Option<Box<dyn Read + Send>>,
        mut sink: LineSink<'_>,
        mut tick: impl FnMut(Duration),
    ) -> Result<Ended> {
        let lines = reader.map(read_lines);
        loop {
            if let (Some(lines), Some(sink)) = (&lines, sink.as_mut()) {
                for line in lines.try_iter() {
                    sink(&line);
                }
            }
            if let Some(status) = self.child.try_wait().at("child process")? {
                if let (Some(lines), Some(sink)) = (&lines, sink.as_mut()) {
                    // what it started may hold the pipe open for ever: take what comes soon
                    while let Ok(line) = lines.recv_timeout(Duration::from_millis(200)) {
                        sink(&line);
                    }
                }
                let took = self.started.elapsed();
                return Ok(Ended { success: status.success(), status: status.to_string(), took });
            }
            signals::check()?; // dropping self ends the group
            tick(self.started.elapsed());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn read_lines(reader: Box<dyn Read + Send>) -> std::sync::mpsc::Receiver<String> {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut raw = Vec::new();
        while reader.read_until(b'\n', &mut raw).is_ok_and(|count| count > 0) {
            if send.send(String::from_utf8_lossy(&raw).into_owned()).is_err() {
                return;
            }
            raw.clear();
        }
    });
    receive
}

impl Drop for Running {
    fn drop(&mut self) {
        let supervisor = self.child.id() as i32;
        let end = Instant::now() + Duration::from_secs(15);
        signals::send(supervisor, Signal::SIGTERM);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
