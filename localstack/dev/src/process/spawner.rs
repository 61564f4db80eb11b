//! One thread that lives as long as the program and starts all children.
//!
//! Linux sends the parent-death signal when the *thread* that forked the child ends. A test harness runs each test on a
//! thread of its own: a stack started there would die with the first test.

use std::process::{Child, Command};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};

type Request = (Command, Sender<std::io::Result<Child>>);

/// Starts the command from the long-lived thread.
pub fn spawn(command: Command) -> std::io::Result<Child> {
    static SPAWNER: OnceLock<Sender<Request>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (send, receive) = channel::<Request>();
        std::thread::spawn(move || {
            for (mut command, answer) in receive {
                // the asker may have gone: then the child ends with its dropped pipes or at `down`
                let _ = answer.send(command.spawn());
            }
        });
        send
    });
    let (answer, result) = channel();
    let gone = || std::io::Error::other("the spawning thread ended");
    spawner.send((command, answer)).map_err(|_| gone())?;
    result.recv().map_err(|_| gone())?
}
