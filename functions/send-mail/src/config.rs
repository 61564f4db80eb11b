//! Which server, and in whose name.

use attune_functions_kit::config::Variables;
use attune_functions_kit::{Config, ConfigError};
use lettre::message::Mailbox;

/// What the function needs beyond the kit.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server.
    pub server: Server,
    /// Sender of all mails.
    pub from: Mailbox,
    /// Id of the secret with `username` and `password`.
    pub secret_id: String,
}

/// An SMTP server for submission (RFC 6409).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name, which its certificate has to bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub security: Security,
}

/// How a connection is secured. Never "if the server offers it": whoever is between could take the offer away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314, section 3.3): `smtps://`.
    Implicit,
    /// STARTTLS, and nothing without it: `smtp://`.
    StartTls,
    /// None: `smtp://…?tls=none`, on a developer's machine only.
    None,
}

impl MailConfig {
    /// Reads and checks the variables.
    ///
    /// # Errors
    /// The first variable that is missing or wrong.
    pub fn read(variables: &impl Variables, kit: &Config) -> Result<Self, ConfigError> {
        let server = Server::parse(&variables.need("ATTUNE_SMTP_URL")?, kit.environment == "local");
        let from = variables.need("ATTUNE_MAIL_FROM")?.parse();
        Ok(Self {
            server: server.ok_or(ConfigError::Invalid("ATTUNE_SMTP_URL", "smtps://host:port or smtp://host:port"))?,
            from: from.map_err(|_| ConfigError::Invalid("ATTUNE_MAIL_FROM", "an address, with a name or without"))?,
            secret_id: variables.need("ATTUNE_SMTP_SECRET_ID")?,
        })
    }
}

impl Server {
    /// Reads an address of the form `smtps://host[:port]` or `smtp://host[:port]`. Credentials have no place in it.
    fn parse(text: &str, local: bool) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let (rest, plain) = match rest.strip_suffix("?tls=none") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let security = match (scheme, plain) {
            ("smtps", false) => Security::Implicit,
            ("smtp", false) => Security::StartTls,
            ("smtp", true) if local => Security::None,
            _ => return None,
        };
        let standard = if security == Security::Implicit { 465 } else { 587 };
        let (host, port) = match rest.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (rest, standard),
        };
        let good = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
        good.then(|| Self { host: host.to_owned(), port, security })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: &str, port: u16, security: Security) -> Option<Server> {
        Some(Server { host: host.to_owned(), port, security })
    }

    #[test]
    fn an_address_says_how_it_is_secured() {
        let read = |text| Server::parse(text, false);
        assert_eq!(read("smtps://smtp.example.org"), server("smtp.example.org", 465, Security::Implicit));
        assert_eq!(read("smtps://smtp.example.org:10465"), server("smtp.example.org", 10_465, Security::Implicit));
        assert_eq!(read("smtp://smtp.example.org"), server("smtp.example.org", 587, Security::StartTls));
        assert_eq!(Server::parse("smtp://127.0.0.1:1025?tls=none", true), server("127.0.0.1", 1_025, Security::None));
    }

    #[test]
    fn nothing_goes_unsecured_but_on_a_developers_machine() {
        for bad in [
            "smtp://smtp.example.org?tls=none",
            "smtp://smtp.example.org?tls=opportunistic",
            "http://smtp.example.org",
            "smtps://user:secret@smtp.example.org",
            "smtps://smtp.example.org:port",
            "smtps://smtp.example.org:70000",
            "smtps://smtp.example.org/path",
            "smtps://",
            "smtp.example.org",
        ] {
            assert_eq!(Server::parse(bad, false), None, "{bad}");
        }
        assert_eq!(Server::parse("smtps://127.0.0.1?tls=none", true), None);
    }
}
