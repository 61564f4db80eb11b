"""The Lambda Runtime API (version 2018-06-01) for one function process.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. One server per process, so that nothing a dead process
left behind can reach its successor.
"""

import dataclasses
import json
import queue
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIX = "/2018-06-01/runtime/"
MAX_RESPONSE_BYTES = 6 * 1024 * 1024 + 100


@dataclasses.dataclass
class Event:
    """One invocation as the process sees it."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str = ""


@dataclasses.dataclass
class Answer:
    """What the process posted for one invocation."""

    request_id: str
    body: bytes
    is_error: bool


class RuntimeApi:
    """``idle`` is set while the process waits for the next event: after its initialisation and between invocations."""

    def __init__(self) -> None:
        self.idle = threading.Event()
        self.init_error: bytes | None = None
        self.answers: "queue.Queue[Answer]" = queue.Queue()
        self._events: "queue.Queue[Event | None]" = queue.Queue()
        self._current: str | None = None
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """``host:port``, the value of ``AWS_LAMBDA_RUNTIME_API``."""
        return f"127.0.0.1:{self._server.server_port}"

    def send(self, event: Event) -> None:
        """Hand the event to the waiting process; its answer comes through ``answers``."""
        with self._lock:
            self._current = event.request_id
        self.idle.clear()
        self._events.put(event)

    def close(self) -> None:
        """Release a process that still waits, and stop listening."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()

    def _next(self) -> Event | None:
        self.idle.set()
        return self._events.get()

    def _finish(self, request_id: str, body: bytes, is_error: bool) -> tuple[int, dict]:
        """Status and body for the process; an answer to anything but the current event changes nothing."""
        with self._lock:
            if request_id != self._current:
                return 400, {"errorType": "InvalidRequestID", "errorMessage": "not the current invocation"}
            self._current = None
        if len(body) > MAX_RESPONSE_BYTES:
            message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            failure = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
            self.answers.put(Answer(request_id, json.dumps(failure).encode(), True))
            return 413, {"errorType": "RequestEntityTooLarge", "errorMessage": message}
        self.answers.put(Answer(request_id, body, is_error))
        return 202, {"status": "OK"}


def _handler(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args) -> None:  # the default writes each request to LocalStack's log
            pass

        def _reply(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():  # trailers, up to the empty line
                pass
            return b"".join(parts)

        def do_GET(self) -> None:
            if self.path != PREFIX + "invocation/next":
                self._reply(404, b"{}", {})
                return
            event = api._next()
            if event is None:
                self.close_connection = True
                return
            self._reply(
                200,
                event.payload,
                {
                    "Lambda-Runtime-Aws-Request-Id": event.request_id,
                    "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
                    "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
                    "Lambda-Runtime-Trace-Id": event.trace_id,
                },
            )

        def do_POST(self) -> None:
            body = self._body()
            match self.path.removeprefix(PREFIX).split("/"):
                case ["init", "error"]:
                    api.init_error = body
                    status, answer = 202, {"status": "OK"}
                case ["invocation", request_id, ("response" | "error") as kind]:
                    status, answer = api._finish(request_id, body, kind == "error")
                case _:
                    status, answer = 404, {}
            self._reply(status, json.dumps(answer).encode(), {})

    return Handler
