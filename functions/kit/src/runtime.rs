//! Starts a function under the Lambda Runtime API.

use crate::batch::{self, Function};
use crate::bucket::Bucket;
use crate::config::{Environment, Variables};
use crate::queue::Queues;
use crate::telemetry::{self, Invocation};
use crate::{Aws, Config, ConfigError, Kit, StartError, clock};
use attune_contracts::envelope::SPILL_BUCKET;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{LambdaEvent, service_fn};
use std::process::ExitCode;

/// Runs a function until Lambda ends it: `main` of every function is this one call. `make` reads what the function needs beyond
/// the kit; what is missing is logged by name and ends the start (an init error on Lambda).
pub fn start<F, M>(make: M) -> ExitCode
where
    F: Function + 'static,
    M: FnOnce(&Kit, &Environment) -> Result<F, ConfigError>,
{
    match serve(make) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            telemetry::event("error", F::NAME, "start failed", &error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn serve<F, M>(make: M) -> Result<(), StartError>
where
    F: Function + 'static,
    M: FnOnce(&Kit, &Environment) -> Result<F, ConfigError>,
{
    let config = Config::read(&Environment)?;
    // lambda_runtime panics without these; a named error is kinder.
    Environment.need("AWS_LAMBDA_RUNTIME_API")?;
    // One thread: a function works on one batch at a time and waits for the network most of it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let kit = Kit { aws: Aws::new(&config), config };
        let function = make(&kit, &Environment)?;
        let queues = Queues::new(kit.aws.sqs.clone(), kit.config.queue_url_prefix.clone());
        let spilled = Bucket::new(kit.aws.s3.clone(), &kit.config.bucket_prefix, SPILL_BUCKET);
        let (function, queues, spilled) = (&function, &queues, &spilled);
        lambda_runtime::Runtime::new(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
            let (event, context) = event.into_parts();
            let invocation = Invocation {
                request_id: context.request_id,
                started_ms: clock::now_ms(),
                deadline_ms: i64::try_from(context.deadline).unwrap_or(i64::MAX),
                xray: context.xray_trace_id,
            };
            let answer = batch::run(function, queues, spilled, event, &invocation).await;
            Ok::<SqsBatchResponse, lambda_runtime::Error>(answer)
        }))
        .run()
        .await
        .map_err(|error| StartError::Runtime(error.to_string()))
    })
}
