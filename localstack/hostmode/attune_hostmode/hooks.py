"""What runs when LocalStack starts. It must know the internals that it changes: written for LocalStack 4.14.0."""

import os

from localstack.runtime import hooks

from attune_hostmode.dynamodb import use_external_engine
from attune_hostmode.pollers import poll_as_lambda_does


@hooks.on_infra_start()
def on_start() -> None:
    """Give queue mappings their concurrency, and point DynamoDB at the engine beside us when there is one."""
    poll_as_lambda_does()
    if os.environ.get("ATTUNE_DYNAMODB_EXTERNAL") == "1":
        use_external_engine()
