"""One execution environment: a ``bootstrap`` process, replaced when it dies, one invocation at a time.

Knows nothing of LocalStack, so its tests run without it.
"""

import dataclasses
import json
import os
import queue
import signal
import subprocess
import time
from pathlib import Path

from attune_hostmode.logs import FunctionLog
from attune_hostmode.runtime_api import Answer, Event, RuntimeApi
from attune_hostmode.spawner import spawn

STOP_GRACE_S = 0.3
# only a program that prints without end waits so long; a busy machine needs more than a moment
OUTPUT_GRACE_S = 2.0


class InitError(Exception):
    """The process did not come to its first poll. ``payload`` is the error as an invocation reports it."""

    def __init__(self, payload: bytes) -> None:
        super().__init__(payload.decode(errors="replace"))
        self.payload = payload


@dataclasses.dataclass
class Settings:
    """How to run one version of a function."""

    code: Path
    environment: dict[str, str]
    timeout_s: float
    memory_mb: int = 128
    init_timeout_s: float = 10.0  # AWS gives an init 10 s
    log: Path | None = None


@dataclasses.dataclass
class Outcome:
    """One invocation's end: the answer and all that the process printed during it."""

    answer: Answer
    logs: str


def failure(kind: str, message: str) -> bytes:
    """The body of an error that the platform reports, not the function."""
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


class _Process:
    """A started bootstrap with its Runtime API and its output."""

    def __init__(self, settings: Settings) -> None:
        self.api = RuntimeApi()
        bootstrap = settings.code / "bootstrap"
        try:
            bootstrap.chmod(0o755)
            self.child = spawn(
                [str(bootstrap)],
                cwd=str(settings.code),
                env={**settings.environment, "AWS_LAMBDA_RUNTIME_API": self.api.address},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        except OSError as error:
            self.api.close()
            raise InitError(failure("Runtime.InvalidEntrypoint", f"bootstrap: {error}")) from error
        self.log = FunctionLog(self.child.stdout, settings.log)

    def alive(self) -> bool:
        return self.child.poll() is None

    def exit_text(self) -> str:
        code = self.child.returncode
        return f"signal: {signal.Signals(-code).name}" if code is not None and code < 0 else f"exit status {code}"

    def peak_memory_mb(self) -> int | None:
        try:
            for line in Path(f"/proc/{self.child.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return -(-int(line.split()[1]) // 1024)
        except OSError:
            pass
        return None

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def stop(self, grace_s: float) -> None:
        """End the process and everything it started."""
        if grace_s > 0 and self.alive():
            self._signal(signal.SIGTERM)
            try:
                self.child.wait(grace_s)
            except subprocess.TimeoutExpired:
                pass
        self._signal(signal.SIGKILL)  # also what it left behind in its group
        self.child.wait()
        self.log.join(OUTPUT_GRACE_S)
        self.api.close()


class Environment:
    """Start, invoke any number of times, stop. Not for concurrent invocations, as in AWS."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: _Process | None = None
        self._init_ms: float | None = None

    def start(self) -> None:
        """Start the process and wait for its first poll; raises ``InitError``."""
        started = time.monotonic()
        process = _Process(self.settings)
        end = started + self.settings.init_timeout_s
        while not process.api.idle.wait(0.005):
            error = process.api.init_error
            if error is None and not process.alive():
                process.log.join(OUTPUT_GRACE_S)
                detail = process.log.peek()[-1000:]
                error = failure("Runtime.ExitError", f"Runtime exited during init: {process.exit_text()}. {detail}")
            if error is None and time.monotonic() > end:
                error = failure("Sandbox.Timedout", f"Init timed out after {self.settings.init_timeout_s:.2f} seconds")
            if error is not None:
                process.stop(0)
                raise InitError(error)
        self._process = process
        self._init_ms = (time.monotonic() - started) * 1000

    def invoke(self, request_id: str, payload: bytes, function_arn: str, trace_id: str = "") -> Outcome:
        """Run one event. A crash or a time-out ends the process; the next event starts another."""
        if self._process is None or not self._process.alive():
            self._discard()
            try:
                self.start()
            except InitError as error:
                return Outcome(Answer(request_id, error.payload, True), f"INIT failed: {error}\n")
        process = self._process
        assert process is not None
        timeout = self.settings.timeout_s
        process.log.add(f"START RequestId: {request_id} Version: $LATEST\n")
        begun = time.monotonic()
        deadline_ms = int((time.time() + timeout) * 1000)
        process.api.send(Event(request_id, payload, deadline_ms, function_arn, trace_id))
        answer, dead = self._wait(process, request_id, begun + timeout)
        duration_ms = (time.monotonic() - begun) * 1000
        memory = process.peak_memory_mb()
        if dead:
            self._discard()
        else:
            self._let_output_arrive(process)
        process.log.add(f"END RequestId: {request_id}\n")
        process.log.add(self._report(request_id, duration_ms, memory))
        return Outcome(answer, process.log.take())

    def _wait(self, process: _Process, request_id: str, end: float) -> tuple[Answer, bool]:
        while True:
            try:
                return process.api.answers.get(timeout=max(0.001, min(0.05, end - time.monotonic()))), False
            except queue.Empty:
                pass
            if not process.alive():
                # it may have answered and then exited
                try:
                    return process.api.answers.get_nowait(), True
                except queue.Empty:
                    text = f"RequestId: {request_id} Error: Runtime exited with error: {process.exit_text()}"
                    return Answer(request_id, failure("Runtime.ExitError", text), True), True
            if time.monotonic() >= end:
                text = f"RequestId: {request_id} Error: Task timed out after {self.settings.timeout_s:.2f} seconds"
                return Answer(request_id, failure("Sandbox.Timedout", text), True), True

    @staticmethod
    def _let_output_arrive(process: _Process) -> None:
        """The next poll comes after the last line was printed: wait for both, so that lines go to their invocation."""
        end = time.monotonic() + OUTPUT_GRACE_S
        process.api.idle.wait(OUTPUT_GRACE_S)
        while not process.log.drained() and time.monotonic() < end:
            time.sleep(0.001)

    def _report(self, request_id: str, duration_ms: float, memory: int | None) -> str:
        init, self._init_ms = self._init_ms, None
        fields = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration_ms:.2f} ms",
            f"Memory Size: {self.settings.memory_mb} MB",
        ]
        if memory is not None:
            fields.append(f"Max Memory Used: {memory} MB")
        if init is not None:
            fields.append(f"Init Duration: {init:.2f} ms")
        return "\t".join(fields) + "\n"

    def peek_logs(self) -> str:
        """What was printed since the last invocation ended."""
        return self._process.log.peek() if self._process else ""

    def _discard(self) -> None:
        if self._process is not None:
            self._process.stop(0)
            self._process = None

    def stop(self) -> None:
        """End the process; can be called again."""
        if self._process is not None:
            self._process.stop(STOP_GRACE_S)
            self._process = None
