//! LocalStack on the host: `localstack/start.sh` with the Python of its own environment.

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::http;
use crate::paths::{Paths, make_dir};
use crate::process::managed::program;
use crate::process::{Managed, Service};

/// Starts LocalStack and waits until it serves.
pub fn start(
    paths: &Paths,
    python: &Path,
    state: &Path,
    ports: (u16, u16),
    function_logs: &Path,
    service: Service,
) -> Result<Managed> {
    let (port, dynamodb_port) = ports;
    let temporary = state.join("tmp");
    make_dir(&temporary)?;
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut environment = service.environment.clone();
    environment.extend(
        [
            ("ATTUNE_LOCALSTACK_PYTHON", text(python)),
            ("ATTUNE_LOCALSTACK_STATE", text(state)),
            ("ATTUNE_LOCALSTACK_PORT", port.to_string()),
            ("DYNAMODB_LOCAL_PORT", dynamodb_port.to_string()),
            ("ATTUNE_EXEC_SHIM", text(&program()?)),
            ("ATTUNE_FUNCTION_LOGS", text(function_logs)),
            ("TMPDIR", text(&temporary)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    let command = vec!["sh".into(), paths.root.join("localstack/start.sh").into_os_string()];
    // LocalStack takes five seconds to end in order, and nothing of it outlives the run: so it is not waited for
    let mut localstack = Service { command, environment, grace: Duration::from_millis(100), ..service }.start()?;
    let url = format!("http://127.0.0.1:{port}/_localstack/health");
    localstack.wait_until(120, || http::answers(&url))?;
    Ok(localstack)
}

/// Starts LocalStack in a container (`localstack/compose.yaml`) and waits until it serves; the first time, the engine fetches
/// its image.
pub fn start_container(paths: &Paths, id: &str, port: u16, service: Service) -> Result<Managed> {
    let file = paths.root.join("localstack/compose.yaml");
    let mut command = vec!["docker".into(), "compose".into(), "--file".into(), file.into_os_string()];
    command.extend(["--project-name".into(), format!("attune-{id}").into(), "up".into()]);
    command.extend(["--abort-on-container-exit".into(), "--no-color".into()]);
    let mut environment = service.environment.clone();
    environment.push(("ATTUNE_LOCALSTACK_PORT".into(), port.to_string()));
    // compose stops its containers when it is asked to end
    let mut localstack = Service { command, environment, grace: Duration::from_secs(30), ..service }.start()?;
    let url = format!("http://127.0.0.1:{port}/_localstack/health");
    localstack.wait_until(900, || http::answers(&url))?;
    Ok(localstack)
}
