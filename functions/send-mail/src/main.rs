//! Sends mail by SMTP.

use attune_functions_kit::runtime;
use send_mail::{MailConfig, SendMail};
use std::process::ExitCode;

fn main() -> ExitCode {
    runtime::start(|kit, variables| Ok(SendMail::new(kit, MailConfig::read(variables, &kit.config)?)))
}
