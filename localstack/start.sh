#!/bin/sh
# Starts LocalStack for Attune, on the host or in its container; both read this one list of settings.
#
#   host       `cargo dev up` sets ATTUNE_LOCALSTACK_PYTHON (LocalStack's own Python environment), ..._STATE, ..._PORT
#   container  compose.yaml runs this script in the image, with none of them set
set -eu

export SERVICES="${SERVICES:-s3,sqs,dynamodb,dynamodbstreams,lambda,events,scheduler,secretsmanager,ssm,sts,iam,cloudwatch,logs,ses,kms,sns}"
# queue addresses are http://<host>/<account>/<name>
export SQS_ENDPOINT_STRATEGY=off
# presigned uploads must carry the signature that AWS would accept
export S3_SKIP_SIGNATURE_VALIDATION=0
export DISABLE_EVENTS=1
export SKIP_SSL_CERT_DOWNLOAD=1
# the pollers wait in long polls; these are the pauses between them
export LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC="${LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC:-0.01}"
export LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC="${LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC:-0.05}"

if [ -z "${ATTUNE_LOCALSTACK_PYTHON:-}" ]; then
    # In the container: functions run in containers of their own, DynamoDB is LocalStack's own; polls are short there.
    export LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC=0.02
    export LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC=0.25
    exec docker-entrypoint.sh "$@"
fi

here=$(cd "$(dirname "$0")" && pwd)
export GATEWAY_LISTEN="127.0.0.1:${ATTUNE_LOCALSTACK_PORT}"
export LOCALSTACK_HOST="127.0.0.1:${ATTUNE_LOCALSTACK_PORT}"
export OVERRIDE_IN_DOCKER=0
export FILESYSTEM_ROOT="${ATTUNE_LOCALSTACK_STATE}"
export PROVIDER_OVERRIDE_DYNAMODB=v2
export PROVIDER_OVERRIDE_DYNAMODBSTREAMS=v2
export DYNAMODB_IN_MEMORY=1
export ATTUNE_DYNAMODB_EXTERNAL=1
export LAMBDA_RUNTIME_EXECUTOR=process
export PYTHONPATH="${here}/hostmode"
export PYTHONDONTWRITEBYTECODE=1
export PYTHONUNBUFFERED=1
exec "${ATTUNE_LOCALSTACK_PYTHON}" -m localstack.runtime.main
