//! The SMTP server of local runs (`localstack/smtp.py`): it keeps each mail as a file, where people and tests read it.

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::paths::make_dir;
use crate::process::{Managed, Service, ports};

/// Who may send.
pub const USERNAME: &str = "attune";

/// How the server secures its connections; with a certificate and its key in one file of PEM.
#[derive(Debug, Clone, Copy)]
pub enum Security<'a> {
    /// Not at all: the function runs on the same machine.
    None,
    /// STARTTLS, and no mail without.
    StartTls(&'a Path),
    /// From the first byte.
    Implicit(&'a Path),
}

/// Starts the server with an empty folder of mails, and waits until it listens.
pub fn start(
    python: &Path,
    (host, port): (&str, u16),
    mails: &Path,
    password: &str,
    security: Security<'_>,
    service: Service,
) -> Result<Managed> {
    let _ = std::fs::remove_dir_all(mails);
    make_dir(mails)?;
    let script = service.folder.join("localstack/smtp.py");
    let mut command = vec![python.as_os_str().to_owned(), script.into_os_string()];
    command.extend(["--host".into(), host.into(), "--port".into(), port.to_string().into()]);
    command.extend(["--folder".into(), mails.as_os_str().to_owned()]);
    let (word, certificate) = match security {
        Security::None => ("none", None),
        Security::StartTls(certificate) => ("starttls", Some(certificate)),
        Security::Implicit(certificate) => ("implicit", Some(certificate)),
    };
    command.extend(["--security".into(), word.into()]);
    if let Some(certificate) = certificate {
        command.extend(["--certificate".into(), certificate.as_os_str().to_owned()]);
    }
    let mut environment = service.environment.clone();
    environment.push(("ATTUNE_SMTP_USERNAME".into(), USERNAME.into()));
    environment.push(("ATTUNE_SMTP_PASSWORD".into(), password.into()));
    let mut smtp = Service { command, environment, grace: Duration::from_secs(2), ..service }.start()?;
    smtp.wait_until(20, || ports::open(port))?;
    Ok(smtp)
}
