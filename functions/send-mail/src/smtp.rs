//! The way to the server: one connection per mail, opened when there is one to send. An environment that Lambda has frozen would find
//! a kept connection dead.

use crate::config::{Security, Server};
use attune_functions_kit::CallError;
use attune_functions_kit::secret::Secrets;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use serde::Deserialize;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Longest wait for the server, per command. A batch has 30 s.
const ANSWER: Duration = Duration::from_secs(8);
/// RFC 4954, section 6: our credentials are at fault, which no mail may be given up for.
const CREDENTIALS: [u16; 4] = [530, 534, 535, 538];

/// Why a mail was not taken. No text of the server: it may quote the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It may be taken later.
    Later(String),
    /// Never: a permanent answer (RFC 5321, section 4.2.1), by its code.
    Refused(u16),
}

/// A server.
#[derive(Debug)]
pub struct Smtp {
    server: Server,
    secrets: Secrets,
    secret_id: String,
    transport: OnceCell<AsyncSmtpTransport<Tokio1Executor>>,
}

#[derive(Deserialize)]
struct Login {
    username: String,
    password: String,
}

impl Smtp {
    /// Opens no connection and reads no secret yet.
    pub fn new(server: Server, secrets: Secrets, secret_id: String) -> Self {
        Self { server, secrets, secret_id, transport: OnceCell::new() }
    }

    /// Has the server take a mail.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn send(&self, mail: &Message) -> Result<(), Failure> {
        let transport = self.transport.get_or_try_init(|| self.transport()).await;
        let transport = transport.map_err(|error| Failure::Later(error.to_string()))?;
        let taken = transport.send_raw(mail.envelope(), &mail.formatted()).await;
        taken.map(drop).map_err(|error| failure(&error))
    }

    async fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, CallError> {
        let text = self.secrets.text(&self.secret_id).await?;
        let login: Login =
            serde_json::from_str(text.expose()).map_err(|_| CallError::Secret("unusable_login".to_owned()))?;
        let tls = match self.server.security {
            Security::Implicit => Tls::Wrapper(self.tls()?),
            Security::StartTls => Tls::Required(self.tls()?),
            Security::None => Tls::None,
        };
        Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.server.host)
            .port(self.server.port)
            .tls(tls)
            .credentials(Credentials::new(login.username, login.password))
            .timeout(Some(ANSWER))
            .build())
    }

    fn tls(&self) -> Result<TlsParameters, CallError> {
        // the system's root certificates, or those of SSL_CERT_FILE
        TlsParameters::new_rustls(self.server.host.clone())
            .map_err(|_| CallError::Mail("no_root_certificates".to_owned()))
    }
}

fn failure(error: &Error) -> Failure {
    let code = error.status().map(u16::from);
    match code {
        Some(code) if error.is_permanent() && !CREDENTIALS.contains(&code) => Failure::Refused(code),
        Some(code) => Failure::Later(format!("status {code}")),
        None if error.is_timeout() => Failure::Later("timeout".to_owned()),
        None if error.is_tls() => Failure::Later("tls".to_owned()),
        None if error.is_response() => Failure::Later("unreadable_answer".to_owned()),
        // STARTTLS or a way to sign in
        None if error.is_client() => Failure::Later("not_offered".to_owned()),
        None => Failure::Later("unreachable".to_owned()),
    }
}
