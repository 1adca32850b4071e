"""What a benchmark stands on: the programs, the two cores, the sizes, and rounds in turn."""

import os
import resource
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from .figures import Missing
from .processes import Process

T = TypeVar("T")

ROUNDS = 5  # and 1 in a smoke run


class Ground:
    """Given to each benchmark's `run`."""

    def __init__(self, raccord: Path, tools: Path, scratch: Path, smoke: bool) -> None:
        self.raccord = raccord
        self.scratch = scratch  # in memory where there is enough of it
        self.smoke = smoke
        self._tools = tools
        cores = sorted(os.sched_getaffinity(0))
        # where there is one core, it is both: the figures are worse then, and RESULTS.md says so
        self.server_core, self.load_core = cores[0], cores[-1]
        self.open_files_were, self.open_files = _raise_open_files(100_200)

    def tool(self, name: str) -> Path:
        """One of the programs of `bench/c`."""
        return self._tools / name

    def size(self, full: int, smoke: int) -> int:
        return smoke if self.smoke else full

    def on_server_core(self, *words: str | Path, **places: Any) -> Process:
        return Process(words, self.server_core, **places)

    def on_load_core(self, *words: str | Path, **places: Any) -> Process:
        return Process(words, self.load_core, **places)

    def rounds(self, contenders: dict[str, Callable[[], T]]) -> dict[str, list[T]]:
        """Runs A B C A B C …: what changes on the machine meanwhile meets them all alike."""
        results: dict[str, list[T]] = {name: [] for name in contenders}
        for _ in range(self.size(ROUNDS, 1)):
            for name, run in contenders.items():
                results[name].append(run())
        return results

    def file(self, name: str, words: Sequence[str | Path]) -> Path:
        """A file with what a program prints."""
        path = self.scratch / name
        with path.open("wb") as out:
            subprocess.run(words, stdout=out, check=True)
        return path

    def free_port(self) -> int:
        """For a program that cannot let the system choose."""
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return probe.getsockname()[1]

    def too_many(self, connections: int) -> Missing | None:
        """What to say instead where the limit of open files does not allow so many connections."""
        if connections + 100 <= self.open_files:
            return None
        return Missing(f"{connections:,} connections", f"the hard limit of open files is {self.open_files:,}")


def _raise_open_files(wanted: int) -> tuple[int, int]:
    """As far as is allowed, for this process and all that it starts: what the hard limit was, and what it is."""
    _, was = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = max(was, wanted)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # only root may raise it
    except (ValueError, OSError):
        hard = was
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return was, hard
