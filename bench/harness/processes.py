"""Programs under measurement: started on one core, waited for with a deadline, asked what they cost."""

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# How long anything may take: far more than it needs, for a benchmark that hangs must end.
DEADLINE = 120.0


class Failed(Exception):
    """A program did not do what the benchmark needs; the sentence says which and what it said."""


@dataclass(frozen=True)
class Cost:
    """What a program that has ended took."""

    cpu: float  # seconds, its own and those of the children it waited for


class Process:
    """A running program; it ends with its `with`, and by then at the latest."""

    def __init__(self, words: Sequence[str | Path], core: int, **places: Any) -> None:
        self.words = [str(word) for word in words]
        self._errors = tempfile.TemporaryFile()
        places = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": self._errors} | places
        self._popen = subprocess.Popen(
            self.words, preexec_fn=lambda: os.sched_setaffinity(0, {core}), env=os.environ | {"LC_ALL": "C.UTF-8"}, **places
        )
        self._pidfd = os.pidfd_open(self.pid)
        self._cost: Cost | None = None

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe:
                pipe.close()
        self._errors.close()
        os.close(self._pidfd)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def name(self) -> str:
        return " ".join([Path(self.words[0]).name, *self.words[1:]])

    @property
    def stdout(self) -> Any:
        """Its stdout, a pipe, for another program to read."""
        return self._popen.stdout

    # While it runs

    def port(self) -> int:
        """The port on which it listens, as the kernel has it; waits until it does."""
        deadline = time.monotonic() + DEADLINE
        while not (port := self._listening_port()):
            if time.monotonic() > deadline or self._ended_within(0.001):
                raise Failed(f"{self.name} does not listen: {self.said()}")
        return port

    def _listening_port(self) -> int | None:
        try:
            sockets = {os.readlink(entry.path) for entry in os.scandir(f"/proc/{self.pid}/fd")}
        except OSError:
            return None  # it has not started its program yet, or has ended
        for table in ("tcp", "tcp6"):
            for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                columns = row.split()
                if columns[3] == "0A" and f"socket:[{columns[9]}]" in sockets:
                    return int(columns[1].rpartition(":")[2], 16)
        return None

    def cpu(self) -> float:
        """The seconds its threads took until now, by the scheduler's clock of nanoseconds (not the ticks of `stat`)."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def own_memory(self) -> int:
        """Bytes of memory that are its own: neither files nor shared, and nothing of the kernel's."""
        for row in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if row.startswith("RssAnon:"):
                return int(row.split()[1]) * 1024
        raise Failed(f"the kernel does not say how much memory {self.name} has")

    def line(self) -> str:
        """The next line of its stdout, a pipe."""
        if not _readable(self._popen.stdout.fileno(), DEADLINE):
            raise Failed(f"{self.name} says nothing")
        line = self._popen.stdout.readline().decode()
        if not line:
            self.wait()
            raise Failed(f"{self.name} ended: {self.said()}")
        return line

    def go(self) -> None:
        """A line on its stdin, a pipe."""
        self._popen.stdin.write(b"go\n")
        self._popen.stdin.flush()

    # Its end

    def wait(self, accept: Sequence[int] = (0,)) -> Cost:
        """Waits until it ends by itself, and checks that it ended well."""
        if not self._ended_within(DEADLINE):
            raise Failed(f"{self.name} does not end")
        cost = self._reap()
        if self._popen.returncode not in accept:
            raise Failed(f"{self.name} failed ({self._popen.returncode}): {self.said()}")
        return cost

    def output(self) -> bytes:
        """All of its stdout, a pipe, once it has ended well."""
        everything = self._popen.stdout.read()
        self.wait()
        return everything

    def end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._cost is None:
                os.kill(self.pid, number)
                if self._ended_within(5):
                    self._reap()

    def said(self) -> str:
        """The end of its stderr."""
        self._errors.seek(0)
        text = self._errors.read().decode(errors="replace").strip()
        return text[-400:] or "it says nothing about it"

    def _ended_within(self, seconds: float) -> bool:
        return self._cost is not None or _readable(self._pidfd, seconds)

    def _reap(self) -> Cost:
        if self._cost is None:
            _, status, usage = os.wait4(self.pid, 0)
            self._popen.returncode = os.waitstatus_to_exitcode(status)
            self._cost = Cost(usage.ru_utime + usage.ru_stime)
        return self._cost


def _readable(descriptor: int, seconds: float) -> bool:
    poll = select.poll()  # select knows only the first 1,024 descriptors
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
