//! The SDK's HTTP client used directly, for calls that no SDK makes: one TLS stack in the binary.

use crate::CallError;
use crate::aws::CONNECT;
use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorSettings};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use std::sync::OnceLock;
use std::time::Duration;

/// Longest wait for an answer: ControlRoom wakes, judges, writes.
const ANSWER: Duration = Duration::from_secs(8);

/// A client that opens nothing until its first request.
#[derive(Debug, Default)]
pub(crate) struct Http(OnceLock<Connector>);

/// A request.
pub(crate) struct Request {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

fn connector() -> Connector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
    Connector::builder()
        .connector_settings(settings)
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build()
}

impl Http {
    /// One exchange: status and body.
    ///
    /// # Errors
    /// [`CallError::Edge`], without texts of the other side.
    pub async fn send(&self, request: Request) -> Result<(u16, Vec<u8>), CallError> {
        let failed = |what: &str| CallError::Edge(what.to_owned());
        let mut call = HttpRequest::new(SdkBody::from(request.body));
        call.set_method(request.method).map_err(|_| failed("method_not_built"))?;
        call.set_uri(request.url).map_err(|_| failed("address_not_built"))?;
        for (name, value) in request.headers {
            call.headers_mut().try_insert(name, value).map_err(|_| failed("header_not_built"))?;
        }
        let answer = self
            .0
            .get_or_init(connector)
            .call(call)
            .await
            .map_err(|error| failed(if error.is_timeout() { "timeout" } else { "unreachable" }))?;
        let status = answer.status().as_u16();
        let body = ByteStream::new(answer.into_body()).collect().await.map_err(|_| failed("answer_cut_off"))?;
        Ok((status, body.into_bytes().to_vec()))
    }
}
