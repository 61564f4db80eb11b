//! The calendar providers of the tests as a program, for local runs: `provider-server --google-port 4310 --microsoft-port 4311`.
//!
//! Options, each with a value: `--google-port`, `--microsoft-port` (0: a free port; one that is not named is not started),
//! `--account` (an address; `dev@attune.test` if there is none; may be repeated), `--zone` (an IANA name that has a Windows name,
//! `Europe/Berlin`), `--client-id` (`attune-local`), `--client-secret` (`attune-local-secret`). What it serves is told on standard
//! output, one line of JSON. It ends when its standard input does, with `--detached` only when it is killed.

use attune_test_support::google::Google;
use attune_test_support::microsoft::Microsoft;
use std::io::{Read, Write};
use std::process::ExitCode;

struct Options {
    google: Option<u16>,
    microsoft: Option<u16>,
    accounts: Vec<String>,
    zone: String,
    client: String,
    secret: String,
    /// Stays when standard input ends.
    detached: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        google: None,
        microsoft: None,
        accounts: Vec::new(),
        zone: "Europe/Berlin".to_owned(),
        client: "attune-local".to_owned(),
        secret: "attune-local-secret".to_owned(),
        detached: false,
    };
    while let Some(name) = arguments.next() {
        if name == "--detached" {
            options.detached = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} has no value"))?;
        let port = |value: &str| value.parse().map(Some).map_err(|_| format!("{value} is not a port"));
        match name.as_str() {
            "--google-port" => options.google = port(&value)?,
            "--microsoft-port" => options.microsoft = port(&value)?,
            "--account" => options.accounts.push(value),
            "--zone" => options.zone = value,
            "--client-id" => options.client = value,
            "--client-secret" => options.secret = value,
            other => return Err(format!("{other} is not known")),
        }
    }
    if options.accounts.is_empty() {
        options.accounts.push("dev@attune.test".to_owned());
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let google = options.google.map(Google::start_on).transpose().map_err(failed)?;
    let microsoft = options.microsoft.map(Microsoft::start_on).transpose().map_err(failed)?;
    for account in &options.accounts {
        if let Some(google) = &google {
            google.account(account, &options.zone);
            google.client(&options.client, Some(&options.secret));
        }
        if let Some(microsoft) = &microsoft {
            microsoft.account(account, &options.zone);
            microsoft.client(&options.client, Some(&options.secret));
        }
    }
    let told = serde_json::json!({
        "google": google.as_ref().map(Google::url), "microsoft": microsoft.as_ref().map(Microsoft::url),
        "client_id": options.client, "accounts": options.accounts,
    });
    println!("{told}");
    std::io::stdout().flush().map_err(failed)?;
    if options.detached {
        loop {
            std::thread::park();
        }
    }
    std::io::stdin().read_to_end(&mut Vec::new()).map(drop).map_err(failed)
}

fn main() -> ExitCode {
    match options(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("provider-server: {error}");
            ExitCode::from(2)
        }
    }
}
