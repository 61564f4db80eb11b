"""What a function process prints, kept per invocation and appended to one file per function."""

import collections
import fcntl
import os
import struct
import termios
import threading
from pathlib import Path
from typing import BinaryIO

MAX_LINES = 5000  # per invocation; the file has all


class FunctionLog:
    """Reads the output of one process. ``take`` gives what one invocation printed."""

    def __init__(self, pipe: BinaryIO, file: Path | None) -> None:
        self._pipe = pipe
        self._file = file
        self._lines: collections.deque[str] = collections.deque(maxlen=MAX_LINES)
        self._lock = threading.Lock()
        self._busy = threading.Event()
        self._thread = threading.Thread(target=self._pump, name="function-log", daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        for raw in self._pipe:
            self._busy.set()
            self.add(raw.decode(errors="replace"))
            self._busy.clear()
        self._pipe.close()

    def add(self, line: str) -> None:
        """Record one line, ending in a newline, as printed now."""
        with self._lock:
            self._lines.append(line)
            if self._file is not None:
                with self._file.open("a", encoding="utf-8") as out:
                    out.write(line)

    def drained(self) -> bool:
        """Whether all the process has printed so far is recorded."""
        try:
            waiting = struct.unpack("i", fcntl.ioctl(self._pipe.fileno(), termios.FIONREAD, b"\0" * 4))[0]
        except (OSError, ValueError):  # closed: the process ended and the pump read to the end
            return not self._thread.is_alive()
        return waiting == 0 and not self._busy.is_set()

    def join(self, seconds: float) -> None:
        """Wait for the end of the output of a process that has ended."""
        self._thread.join(seconds)

    def peek(self) -> str:
        """All that was recorded since the last ``take``."""
        with self._lock:
            return "".join(self._lines)

    def take(self) -> str:
        """All that was recorded since the last ``take``; forgets it."""
        with self._lock:
            text = "".join(self._lines)
            self._lines.clear()
            return text


def log_file(function_name: str) -> Path | None:
    """The file of a function in ``ATTUNE_FUNCTION_LOGS``, or none when that is not set."""
    folder = os.environ.get("ATTUNE_FUNCTION_LOGS")
    if not folder:
        return None
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    return path / f"{function_name}.log"
