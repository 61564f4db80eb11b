//! `cargo dev dlq`: what could not be processed, and another try.

use std::process::ExitCode;

use attune_dev::cloud::{Api, create};
use attune_dev::console::{note, title};
use attune_dev::dead_letters::DeadLetters;
use attune_dev::error::Result;
use attune_dev::http;
use attune_dev::paths::Paths;
use attune_dev::resources::Local;
use attune_dev::stack::ENVIRONMENT;
use attune_dev::state::State;
use serde_json::Value;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// All parked letters, letters not parked yet, and rows that SQS refused. Example: cargo dev dlq list
    List,
    /// One parked letter with its reason. Example: cargo dev dlq show 5b0c…
    Show {
        /// Key, or a part of it that only one has (such as the message id)
        letter: String,
    },
    /// Send parked letters to their queues again, with the same ids. Example: cargo dev dlq redrive --all
    Redrive {
        /// Keys, or parts that only one has
        #[arg(required_unless_present = "all")]
        letters: Vec<String>,
        /// All of them
        #[arg(long)]
        all: bool,
    },
}

/// Runs the command against the system that `cargo dev up` started.
pub fn run(paths: &Paths, action: &Action) -> Result<ExitCode> {
    let state = State::running(paths)?;
    let api = Api {
        endpoint: state.aws_endpoint.clone(),
        dynamodb: state.dynamodb_endpoint.clone(),
        region: state.region.clone(),
    };
    let letters = DeadLetters::new(&api, create::prefix(ENVIRONMENT));
    match action {
        Action::List => list(&state, &letters)?,
        Action::Show { letter } => {
            let letter = letters.show(&letters.find(letter)?)?;
            println!("{}", serde_json::to_string_pretty(&letter).unwrap_or_default());
        }
        Action::Redrive { letters: wanted, all } => {
            let keys = if *all {
                letters.keys()?
            } else {
                wanted.iter().map(|part| letters.find(part)).collect::<Result<Vec<_>>>()?
            };
            for key in &keys {
                let letter = letters.redrive(key)?;
                note(&format!("{key} → {}", letter.queue));
            }
            note(&format!("{} sent again", keys.len()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(state: &State, letters: &DeadLetters<'_>) -> Result<()> {
    title("parked");
    let keys = letters.keys()?;
    for key in &keys {
        let letter = letters.show(key)?;
        let text = |name: &str| letter[name].as_str().unwrap_or("-").to_owned();
        note(&format!("{key}  {}  {}  {}", text("queue"), text("reason"), text("detail")));
    }
    note(&format!("{} parked", keys.len()));
    title("in dead-letter queues");
    for queue in Local::load(None)?.all.queues.keys() {
        note(&format!("{queue:<24} {}", letters.waiting(queue)?));
    }
    let Some(url) = &state.api_url else { return Ok(()) };
    title("refused by SQS, kept in the outbox");
    let authorization = format!("Bearer {}", state.operator_key);
    let url = format!("{url}/internal/v1/outbox/rejected");
    let answer = http::send("GET", &url, &[("authorization", &authorization)], &[], 20)?.success("rejected rows")?;
    match answer.json() {
        Value::Null => note("none"),
        rows => println!("{}", serde_json::to_string_pretty(&rows).unwrap_or_default()),
    }
    Ok(())
}
