//! Reads of DynamoDB: each names its query of `migrations/ACCESS.md`.

use crate::call::Call;
use attune_aws::dynamodb::{GetItem, Query};
use attune_aws::{Failure, HttpRequest, HttpResponse};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::{log, transport};
use attune_migrations::{Access, Operation};

/// A read that takes longer than this is given up.
const TIMEOUT_MS: u32 = 5_000;

/// A request of the operation that the query is listed with.
pub trait Read {
    /// The operation.
    const OPERATION: Operation;
    /// The unsigned request.
    ///
    /// # Errors
    /// Those of `attune-aws`.
    fn request(&self, endpoint: &str) -> attune_aws::Result<HttpRequest>;
}

impl Read for Query {
    const OPERATION: Operation = Operation::Query;
    fn request(&self, endpoint: &str) -> attune_aws::Result<HttpRequest> {
        self.request(endpoint)
    }
}

impl Read for GetItem {
    const OPERATION: Operation = Operation::GetItem;
    fn request(&self, endpoint: &str) -> attune_aws::Result<HttpRequest> {
        self.request(endpoint)
    }
}

/// Signs and sends reads, and gives the answers in their order.
///
/// # Errors
/// `unavailable`; `internal` when the query is listed with another operation.
pub async fn send<R: Read>(call: &Call<'_>, access: Access, reads: Vec<R>) -> Result<Vec<HttpResponse>, Problem> {
    if access.operation() != R::OPERATION {
        return Err(call.internal("access", access.name()));
    }
    let mut requests = Vec::with_capacity(reads.len());
    for read in reads {
        let signed = read.request(&call.settings.config.dynamodb_endpoint).and_then(|mut request| {
            call.settings.signer.sign("dynamodb", &mut request, call.now.unsigned_abs())?;
            Ok(request)
        });
        requests.push(signed.map_err(|e| call.internal(access.name(), e))?);
    }
    let answers = call.timing.aws(transport::send_all(requests, TIMEOUT_MS)).await;
    answers.into_iter().map(|answer| answer.map_err(|e| call.unreachable(access.name(), &e))).collect()
}

/// The problem of a read that the service refused. Its text may name resources, so it goes to the log only.
pub fn failed(call: &Call<'_>, access: Access, failure: &Failure) -> Problem {
    log::error("dynamodb.failed")
        .with("request_id", call.trace.request_id.clone())
        .with("access", access.name())
        .with("code", failure.code.clone())
        .with("status", failure.status)
        .write();
    Problem::new(ProblemCode::Unavailable, "the store cannot be read now").retry_after(2)
}
