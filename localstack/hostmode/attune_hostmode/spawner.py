"""Start child processes from one thread that lives as long as this process.

Linux delivers a child's parent-death signal when the *thread* that forked it ends, not when the process does. LocalStack
starts functions from short-lived worker threads, so those must never fork a function themselves.
"""

import os
import queue
import subprocess
import threading
from concurrent.futures import Future

_requests: "queue.Queue[tuple[list[str], dict, Future]]" = queue.Queue()
_start_lock = threading.Lock()
_thread: threading.Thread | None = None


def _serve() -> None:
    while True:
        command, options, answer = _requests.get()
        try:
            answer.set_result(subprocess.Popen(command, **options))
        except BaseException as error:  # handed to the caller, who asked for the process
            answer.set_exception(error)


def spawn(command: list[str], **options) -> subprocess.Popen:
    """``subprocess.Popen`` in a process group of its own, ending when this process ends.

    ``ATTUNE_EXEC_SHIM`` names the program that asks the kernel for the parent-death signal and then becomes the command;
    without it the child is only reached through its process group.
    """
    global _thread
    with _start_lock:
        if _thread is None:
            _thread = threading.Thread(target=_serve, name="function-spawner", daemon=True)
            _thread.start()
    if shim := os.environ.get("ATTUNE_EXEC_SHIM"):
        command = [shim, "exec-with-parent", "--parent", str(os.getpid()), "--", *command]
    answer: Future = Future()
    _requests.put((command, {**options, "process_group": 0}, answer))
    return answer.result()
