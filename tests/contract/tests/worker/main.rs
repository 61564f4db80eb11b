//! Every public route of a running Worker, with good and bad requests; every answer is checked against the OpenAPI document.
//!
//! One system runs for all tests of this binary. They run at once, so each makes calls and configuration of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a helper of a test fails like the test itself")]

mod admin;
mod bodies;
mod bounds;
mod browser;
mod changes;
mod chat;
mod chat_attachments;
mod chat_streams;
mod config;
mod devices;
mod door;
mod email;
mod hygiene;
mod keys;
mod limits;
mod passwords;
mod runs;
mod service;
mod sign_in;
mod stations;
mod story;
mod stream;
mod user;
mod voice;
mod widget;
mod widgets;
mod world;
// the tenant's administration
mod people;
mod trail;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use world::World;

/// A test by its name.
type Test = (&'static str, fn(&World));

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let world: Arc<OnceLock<Result<World, String>>> = Arc::default();
    let areas = [
        ("admin", admin::TESTS),
        ("bodies", bodies::TESTS),
        ("bounds", bounds::TESTS),
        ("browser", browser::TESTS),
        ("changes", changes::TESTS),
        ("config", config::TESTS),
        ("devices", devices::TESTS),
        ("door", door::TESTS),
        ("email", email::TESTS),
        ("hygiene", hygiene::TESTS),
        ("keys", keys::TESTS),
        ("passwords", passwords::TESTS),
        ("limits", limits::TESTS),
        ("runs", runs::TESTS),
        ("service", service::TESTS),
        ("sign_in", sign_in::TESTS),
        ("stations", stations::TESTS),
        ("story", story::TESTS),
        ("stream", stream::TESTS),
        ("voice", voice::TESTS),
        ("chat", chat::TESTS),
        ("chat_streams", chat_streams::TESTS),
        ("chat_attachments", chat_attachments::TESTS),
        ("widget", widget::TESTS),
        ("widgets", widgets::TESTS),
        // the tenant's administration
        ("people", people::TESTS),
        ("trail", trail::TESTS),
    ];
    let trials = areas.iter().flat_map(|(area, tests)| tests.iter().map(move |test| (area, test))).map(
        |(area, (name, test))| {
            let world = Arc::clone(&world);
            Trial::test(format!("{area}::{name}"), move || {
                // the first test starts the system, the others wait for it: a run that only lists starts nothing
                test(world.get_or_init(World::start).as_ref()?);
                Ok(())
            })
        },
    );
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // ends the system's processes
    drop(world);
    conclusion.exit_code()
}
