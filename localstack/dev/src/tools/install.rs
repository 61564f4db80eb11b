//! Installing into the shared cache: whole or not at all, one clone at a time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::console::{self, Heartbeat};
use crate::error::{Error, IoContext, Result};
use crate::paths::{Paths, make_dir};
use crate::process::run::Step;
use crate::process::signals;

/// File that says that a folder is whole.
pub const COMPLETE: &str = ".complete";

/// One tool to install.
pub struct Install<'a> {
    /// Folder in the cache, `<tool>-<version>`.
    pub folder: &'a str,
    /// What it is for, and how long it usually takes, in words.
    pub why: &'a str,
    /// File in the folder that must be there at the end.
    pub proof: &'a str,
}

impl Install<'_> {
    /// The folder, after `build` has filled it if it was not there. `build` gets a temporary folder, later renamed, and a log.
    pub fn ensure(
        &self,
        paths: &Paths,
        adopt: impl Fn(&Path) -> bool,
        build: impl FnOnce(&Path, &Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let folder = paths.cache.join(self.folder);
        if folder.join(COMPLETE).is_file() && folder.join(self.proof).exists() {
            return Ok(folder);
        }
        make_dir(&paths.cache)?;
        let lock_path = paths.cache.join(format!("{}.lock", self.folder));
        let _lock = lock(&lock_path, self.folder)?;
        if folder.join(COMPLETE).is_file() && folder.join(self.proof).exists() {
            return Ok(folder);
        }
        let mark = |folder: &Path| std::fs::write(folder.join(COMPLETE), b"").at(folder);
        // a folder made by hand, or by a program that was ended before it wrote the mark
        if folder.join(self.proof).exists() && adopt(&folder) {
            mark(&folder)?;
            return Ok(folder);
        }
        let temporary = paths.cache.join(format!("{}.part", self.folder));
        for old in [&temporary, &folder] {
            if old.exists() {
                std::fs::remove_dir_all(old).at(old)?;
            }
        }
        make_dir(&temporary)?;
        console::doing(&format!("install {}: {}", self.folder, self.why));
        let started = Instant::now();
        let log = paths.cache.join(format!("{}.log", self.folder));
        let _ = std::fs::remove_file(&log);
        build(&temporary, &log)?;
        if !temporary.join(self.proof).exists() {
            return Err(Error::Missing {
                what: format!("{} in {}", self.proof, self.folder),
                how: format!("the installation left it out; see {}", log.display()),
            });
        }
        std::fs::rename(&temporary, &folder).at(&folder)?;
        mark(&folder)?;
        console::done(&format!("installed {}", self.folder), started.elapsed());
        Ok(folder)
    }
}

/// Waits for its turn, saying so.
fn lock(path: &Path, what: &str) -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path).at(path)?;
    let mut heartbeat = Heartbeat::new(format!("{what} is being installed by another clone"), Duration::from_secs(15));
    let started = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(source)) => return Err(Error::Io { path: path.to_owned(), source }),
        }
        signals::check()?;
        heartbeat.tick(started.elapsed(), String::new);
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Runs an installer with its output in the log and a line every 15 seconds.
pub fn run(step: &Step, what: &str, log: &Path) -> Result<()> {
    let log = log.to_owned();
    let mut heartbeat = Heartbeat::new(what, Duration::from_secs(15));
    let ended = step.log_to(&log, |elapsed| heartbeat.tick(elapsed, || last_line(&log)))?;
    step.expect_success(&ended, Some(log.clone()))
}

fn last_line(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().take(90).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn paths(name: &str) -> Paths {
        let root = std::env::temp_dir().join(format!("attune-install-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        Paths { local: root.join("local"), cache: root.join("cache"), target: root.join("target"), root }
    }

    const TOOL: Install<'static> = Install { folder: "tool-1.0", why: "a test", proof: "bin/tool" };

    fn build(folder: &Path) -> Result<()> {
        make_dir(&folder.join("bin"))?;
        std::fs::write(folder.join("bin/tool"), b"x").at(folder)
    }

    #[test]
    fn two_clones_at_once_install_once() {
        let paths = paths("race");
        let count = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    TOOL.ensure(
                        &paths,
                        |_| false,
                        |folder, _| {
                            count.fetch_add(1, Ordering::SeqCst);
                            build(folder)
                        },
                    )
                    .unwrap();
                });
            }
        });
        assert_eq!(count.load(Ordering::SeqCst), 1);
        std::fs::remove_dir_all(&paths.root).unwrap();
    }

    #[test]
    fn a_failed_installation_leaves_no_folder_and_is_tried_again() {
        let paths = paths("retry");
        let first = TOOL.ensure(
            &paths,
            |_| true,
            |folder, _| {
                build(folder)?;
                Err(Error::other("power cut"))
            },
        );
        assert!(first.is_err());
        assert!(!paths.cache.join("tool-1.0").exists());
        assert!(TOOL.ensure(&paths, |_| true, |folder, _| build(folder)).unwrap().join("bin/tool").exists());
        std::fs::remove_dir_all(&paths.root).unwrap();
    }

    #[test]
    fn a_folder_without_the_mark_is_adopted_only_when_it_answers() {
        let paths = paths("adopt");
        build(&paths.cache.join("tool-1.0")).unwrap();
        let built = AtomicUsize::new(0);
        let again = |adopt: bool| {
            TOOL.ensure(
                &paths,
                |_| adopt,
                |folder, _| {
                    built.fetch_add(1, Ordering::SeqCst);
                    build(folder)
                },
            )
            .unwrap();
        };
        again(true);
        assert_eq!(built.load(Ordering::SeqCst), 0);
        std::fs::remove_file(paths.cache.join("tool-1.0").join(COMPLETE)).unwrap();
        again(false);
        assert_eq!(built.load(Ordering::SeqCst), 1);
        std::fs::remove_dir_all(&paths.root).unwrap();
    }
}
