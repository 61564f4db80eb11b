"""The face of ``process.Environment`` towards LocalStack (its runtime executor interface)."""

import os
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from attune_hostmode.logs import log_file
from attune_hostmode.process import Environment, InitError, Settings


class ProcessRuntimeExecutor(RuntimeExecutor):
    """Runs the ``bootstrap`` of a zip package as a local process."""

    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self._environment: Environment | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        function = self.function_version
        code = Path(str(function.config.code.get_unzipped_code_location()))
        environment = {name: str(value) for name, value in env_vars.items()}
        environment["LAMBDA_TASK_ROOT"] = str(code)
        environment["PATH"] = os.environ.get("PATH", "/usr/bin:/bin")
        self._environment = Environment(
            Settings(
                code=code,
                environment=environment,
                timeout_s=function.config.timeout,
                memory_mb=function.config.memory_size,
                init_timeout_s=config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT,
                log=log_file(function.id.function_name),
            )
        )
        try:
            self._environment.start()
        except InitError as error:
            # LocalStack reports this class as the result of the invocation that needed the environment, as AWS does
            raise StatusErrorException(str(error), payload=error.payload) from error

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        assert self._environment is not None
        outcome = self._environment.invoke(
            request_id=payload["invoke-id"],
            payload=payload["payload"].encode(),
            function_arn=payload["invoked-function-arn"],
            trace_id=payload["trace-id"],
        )
        return InvocationResult(
            request_id=payload["invoke-id"],
            payload=outcome.answer.body,
            is_error=outcome.answer.is_error,
            logs=outcome.logs,
        )

    def stop(self) -> None:
        if self._environment is not None:
            self._environment.stop()

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        # only the helper inside LocalStack's own container calls back; the process has its own Runtime API
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        return self._environment.peek_logs() if self._environment else ""

    @classmethod
    def prepare_version(cls, function_version) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version) -> None:
        if function_version.config.code:
            function_version.config.code.destroy_cached()


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen by ``LAMBDA_RUNTIME_EXECUTOR=process``."""

    name = "process"

    def load(self, *_args, **_kwargs):
        return ProcessRuntimeExecutor
